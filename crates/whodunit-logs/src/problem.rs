//! What was wrong with the evidence, where, and what to do.

use whodunit_event::{Origin, escape};

/// How bad a problem is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Worth saying; nothing is missing (a file that was not closed cleanly, a line that is no record).
    Note,
    /// Some of the input could not be read; what could be read stands. Leads to exit status 1.
    Loss,
}

/// One defect, with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// How bad it is.
    pub severity: Severity,
    /// The file and the place in it.
    pub origin: Origin,
    /// What is wrong, in words.
    pub what: String,
    /// What the reader of the message can do about it; empty if nothing.
    pub remedy: &'static str,
}

impl Problem {
    /// A problem that lost some of the input.
    pub fn loss(origin: Origin, what: impl Into<String>, remedy: &'static str) -> Self {
        Self { severity: Severity::Loss, origin, what: what.into(), remedy }
    }

    /// A problem that lost nothing.
    pub fn note(origin: Origin, what: impl Into<String>) -> Self {
        Self { severity: Severity::Note, origin, what: what.into(), remedy: "" }
    }
}

impl std::fmt::Display for Problem {
    /// One line, escaped for a terminal.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", escape::terminal(&self.origin.to_string()), escape::terminal(&self.what))?;
        if !self.remedy.is_empty() {
            write!(f, " ({})", self.remedy)?;
        }
        Ok(())
    }
}
