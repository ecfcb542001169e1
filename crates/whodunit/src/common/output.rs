//! Standard output and standard error; nothing else in the project writes to them.

use std::io::{self, IsTerminal, Write};

/// Standard output, buffered by the caller in large blocks.
pub struct Output {
    out: io::StdoutLock<'static>,
}

impl Output {
    /// Locks standard output for the run.
    pub fn new() -> Self {
        Self { out: io::stdout().lock() }
    }

    /// Writes a block.
    pub fn write(&mut self, bytes: &[u8]) -> anyhow::Result<()> {
        self.out.write_all(bytes)?;
        Ok(())
    }

    /// Hands everything to the reader.
    pub fn flush(&mut self) -> anyhow::Result<()> {
        self.out.flush()?;
        Ok(())
    }
}

/// True if the reader of standard output went away: an end, not an error.
pub fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| cause.downcast_ref::<io::Error>().is_some_and(|e| e.kind() == io::ErrorKind::BrokenPipe))
}

/// Writes to standard error; a closed standard error is no reason to stop.
pub fn to_stderr(text: &str) {
    let _ = io::stderr().lock().write_all(text.as_bytes());
}

/// Whether standard output is a terminal.
pub fn is_terminal() -> bool {
    io::stdout().is_terminal()
}

/// Whether standard error is a terminal.
pub fn stderr_is_terminal() -> bool {
    io::stderr().is_terminal()
}

/// Paints text where colours are wanted.
#[derive(Clone, Copy, Debug)]
pub struct Paint {
    on: bool,
}

impl Paint {
    /// Colours on or off.
    pub fn new(on: bool) -> Self {
        Self { on }
    }

    fn with(self, code: &str, text: &str) -> String {
        if self.on { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }

    /// What the eye should find first.
    pub fn strong(self, text: &str) -> String {
        self.with("1", text)
    }

    /// What may be read over.
    pub fn faint(self, text: &str) -> String {
        self.with("2", text)
    }

    /// Names of events and fields.
    pub fn name(self, text: &str) -> String {
        self.with("36", text)
    }

    /// Hits and roots.
    pub fn alert(self, text: &str) -> String {
        self.with("1;31", text)
    }
}
