//! Exit statuses (`spec/interface.md`).

use std::process::ExitCode;

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// 0: ran to the end.
    Done,
    /// 1: ran, but some input could not be read whole.
    Partial,
    /// 2: wrong usage, or nothing at all could be read.
    Nothing,
    /// 3: something was found, and `--exit-code` was given.
    Found,
}

impl Exit {
    /// This status, or [`Exit::Found`] if something was found and the user asked for it.
    pub fn or_found(self, found: bool) -> Self {
        if found { Self::Found } else { self }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Done => 0,
            Exit::Partial => 1,
            Exit::Nothing => 2,
            Exit::Found => 3,
        })
    }
}
