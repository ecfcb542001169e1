//! Records that are longer or shorter than a line: what Windows XML, syslog and auditd share.
//!
//! [`RecordSplitter`] cuts a text log where its format says that a record ends; [`Tally`] makes one problem of many
//! alike, so that a file full of broken records does not fill the memory with problems.

use crate::lines::read_problem;
use crate::part::{Decoder, Part, Splitter, Stream};
use crate::problem::Problem;
use crate::reading::Reading;
use std::borrow::Cow;
use std::sync::Arc;
use whodunit_event::Origin;

/// The longest record that is kept in one piece.
pub const MAX_RECORD: usize = 4 * 1024 * 1024;

/// Where the last whole record of some bytes ends; `None` if none does. What follows stands before the next bytes.
pub type Cut = fn(&[u8]) -> Option<usize>;

/// Cuts a log into parts of whole records.
///
/// Holds one part and at most [`MAX_RECORD`] more. A longer record is handed out in pieces, with a problem. Reading
/// ends at the first read error, which becomes a problem; what came before it stands.
pub struct RecordSplitter {
    log: Reading,
    cut: Cut,
    /// The begin of a record whose end is not read yet.
    rest: Vec<u8>,
}

impl RecordSplitter {
    /// Cuts `stream` into parts for `decoder` where `cut` says.
    pub fn new(stream: Stream, decoder: Arc<dyn Decoder>, cut: Cut) -> Self {
        Self { log: Reading::new(stream, decoder), cut, rest: Vec::new() }
    }
}

impl Splitter for RecordSplitter {
    fn next(&mut self, problems: &mut Vec<Problem>) -> Option<Part> {
        let mut buffer = std::mem::take(&mut self.rest);
        loop {
            if self.log.ended {
                return (!buffer.is_empty()).then(|| self.log.part(buffer));
            }
            if let Err(error) = self.log.fill(&mut buffer) {
                problems.push(read_problem(self.log.origin(), &error));
            }
            if let Some(end) = (self.cut)(&buffer).filter(|end| *end > 0) {
                self.rest = buffer[end..].to_vec();
                buffer.truncate(end);
                return Some(self.log.part(buffer));
            }
            if buffer.len() > MAX_RECORD {
                problems.push(Problem::loss(
                    self.log.origin(),
                    format!("a record longer than {} MiB is read in pieces", MAX_RECORD >> 20),
                    "check whether this is a log; reading goes on at the next record",
                ));
                return Some(self.log.part(buffer));
            }
        }
    }
}

/// A record's bytes as text; what is no UTF-8 reads as U+FFFD.
pub fn text(bytes: &[u8]) -> Cow<'_, str> {
    // Checking first is several times faster than replacing at once, and nearly all records are sound.
    std::str::from_utf8(bytes).map_or_else(|_| String::from_utf8_lossy(bytes), Cow::Borrowed)
}

/// Defects of one kind in one part.
#[derive(Debug, Default)]
pub struct Tally {
    first: Option<Origin>,
    count: u64,
}

impl Tally {
    /// Counts a defect; keeps the first one's place.
    pub fn add(&mut self, origin: &Origin) {
        self.count += 1;
        self.first.get_or_insert_with(|| origin.clone());
    }

    /// One problem for all of them, if there was one; something was lost.
    pub fn loss(self, what: &str, remedy: &'static str, problems: &mut Vec<Problem>) {
        let what = self.words(what);
        problems.extend(self.first.map(|origin| Problem::loss(origin, what, remedy)));
    }

    /// One problem for all of them, if there was one; nothing was lost.
    pub fn note(self, what: &str, problems: &mut Vec<Problem>) {
        let what = self.words(what);
        problems.extend(self.first.map(|origin| Problem::note(origin, what)));
    }

    fn words(&self, what: &str) -> String {
        match self.count {
            0 | 1 => what.to_owned(),
            count => format!("{what}; {} more like this follow", count - 1),
        }
    }
}
