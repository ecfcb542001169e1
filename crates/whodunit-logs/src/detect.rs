//! What a file is, by its first bytes; names and extensions are not trusted.

/// Kinds of log that can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Windows event log.
    Evtx,
}

/// Bytes that [`detect`] wants to see, where the file has them.
pub const HEAD_BYTES: usize = 4096;

/// The format of a log that begins with `head`; `None` if it is none that whodunit reads.
pub fn detect(head: &[u8]) -> Option<Format> {
    head.starts_with(b"ElfFile\0").then_some(Format::Evtx)
}
