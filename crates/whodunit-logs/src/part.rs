//! Parts: runs of whole records cut from a log, the unit that is decoded at once.

use crate::problem::Problem;
use std::fs::File;
use std::io;
use std::sync::Arc;
use whodunit_event::persist::Item;
use whodunit_event::{Event, Origin, Prefilter, Time};

/// About how many bytes a part should have: large enough to make hand-over cheap, small enough to stay in the cache.
pub const PART_BYTES: usize = 512 * 1024;

/// Name of a log: the file, and the member where it lies in an archive.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourceName {
    /// Path as reached from the argument given.
    pub file: Arc<str>,
    /// Path inside an archive.
    pub member: Option<Arc<str>>,
}

impl SourceName {
    /// An origin that names the whole log.
    pub fn origin(&self) -> Origin {
        Origin { file: self.file.clone(), member: self.member.clone(), ..Origin::default() }
    }
}

/// An opened log before its format's splitter takes it over.
pub struct Stream {
    /// Its name.
    pub name: SourceName,
    /// All its bytes from the first, decompressed where it lies in an archive.
    pub reader: Box<dyn io::Read + Send>,
    /// The first bytes once more, for recognition (up to [`crate::detect::HEAD_BYTES`]).
    pub head: Vec<u8>,
    /// The open file where the log is a plain file, so that workers can read it at any place.
    pub file: Option<Arc<File>>,
    /// When the file (the member) was last written: the year of syslog lines that carry none.
    pub modified: Option<Time>,
}

/// Where a part's bytes are.
#[derive(Debug)]
pub enum Body {
    /// Already read.
    Bytes(Vec<u8>),
    /// Still in the file: read by the worker that decodes it, outside any lock.
    Range {
        /// The open file.
        file: Arc<File>,
        /// Offset in it.
        offset: u64,
        /// Number of bytes; the file may turn out shorter.
        length: usize,
    },
}

impl Body {
    /// The bytes, read into `buffer` if they are still in the file. A file that became shorter gives fewer.
    pub fn load<'a>(&'a self, buffer: &'a mut Vec<u8>) -> io::Result<&'a [u8]> {
        match self {
            Self::Bytes(bytes) => Ok(bytes),
            Self::Range { file, offset, length } => {
                buffer.resize(*length, 0);
                let mut filled = 0;
                while filled < *length {
                    match read_at(file, &mut buffer[filled..], offset + filled as u64) {
                        Ok(0) => break,
                        Ok(n) => filled += n,
                        Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                        Err(e) => return Err(e),
                    }
                }
                Ok(&buffer[..filled])
            }
        }
    }
}

#[cfg(unix)]
pub(crate) fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, buffer, offset)
}

#[cfg(windows)]
pub(crate) fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, buffer, offset)
}

/// A run of whole records of one log.
#[derive(Debug)]
pub struct Part {
    /// The log it was cut from.
    pub source: SourceName,
    /// How to decode it.
    pub decoder: Arc<dyn Decoder>,
    /// Its bytes.
    pub body: Body,
    /// Offset of its first byte in the log (in the decompressed member where there is one).
    pub offset: u64,
    /// Number of its first line, from 1; 0 where lines mean nothing.
    pub line: u64,
}

/// Cuts one log into parts. Runs under a lock, so it does as little as it can.
pub trait Splitter: Send {
    /// The next part, `None` at the end. A defect goes to `problems`; a splitter never gives up on what follows
    /// unless reading itself fails.
    fn next(&mut self, problems: &mut Vec<Problem>) -> Option<Part>;
}

/// Decodes a part's bytes: the one function of a format that tests, fuzz targets and [`crate::scan`] share.
///
/// Must never panic, never hang, and never allocate without bound, whatever the bytes are.
pub trait Decoder: std::fmt::Debug + Send + Sync {
    /// Lends each event to `out` in the part's order.
    fn decode(&self, part: &Part, bytes: &[u8], out: &mut Output<'_>);
}

/// Where a decoder puts what it finds.
pub struct Output<'a> {
    /// The reusable event. Its origin already names the log.
    pub event: &'a mut Event,
    /// The consumer of events and items.
    pub consumer: &'a mut dyn Consumer,
    /// Defects found.
    pub problems: &'a mut Vec<Problem>,
    /// Lets a reader skip what cannot match; `None` if everything is wanted.
    pub prefilter: Option<&'a dyn Prefilter>,
}

/// Receives what decoders find.
pub trait Consumer {
    /// One event, lent.
    fn event(&mut self, event: &Event);
    /// One persistence item that the evidence holds as a file (a task's XML), not as a record.
    fn item(&mut self, item: Item) {
        let _ = item;
    }
}

impl Output<'_> {
    /// Lends the event to the consumer and clears it.
    pub fn emit(&mut self) {
        self.consumer.event(self.event);
        self.event.clear();
    }
}
