//! What the splitters of text logs share: reading on, and knowing which offset and line the next part begins at.

use crate::part::{Body, Decoder, PART_BYTES, Part, SourceName, Stream};
use memchr::memchr_iter;
use std::io::{self, Read};
use std::sync::Arc;
use whodunit_event::Origin;

/// A text log being read from its first byte to its last.
pub(crate) struct Reading {
    pub(crate) source: SourceName,
    decoder: Arc<dyn Decoder>,
    reader: Box<dyn Read + Send>,
    /// Offset of the first byte that no part has yet.
    pub(crate) offset: u64,
    /// Line of that byte, from 1.
    pub(crate) line: u64,
    /// Nothing more is to be had: the end, or a read error.
    pub(crate) ended: bool,
}

impl Reading {
    pub(crate) fn new(stream: Stream, decoder: Arc<dyn Decoder>) -> Self {
        Self { source: stream.name, decoder, reader: stream.reader, offset: 0, line: 1, ended: false }
    }

    /// The place that the next part begins at.
    pub(crate) fn origin(&self) -> Origin {
        Origin { line: Some(self.line), offset: Some(self.offset), ..self.source.origin() }
    }

    /// Reads up to [`PART_BYTES`] more onto `buffer`; what was read before an error stands.
    pub(crate) fn fill(&mut self, buffer: &mut Vec<u8>) -> io::Result<()> {
        let result = self.reader.by_ref().take(PART_BYTES as u64).read_to_end(buffer);
        self.ended = !matches!(result, Ok(n) if n > 0);
        result.map(drop)
    }

    /// The next bytes as a part.
    pub(crate) fn part(&mut self, bytes: Vec<u8>) -> Part {
        let (offset, line) = (self.offset, self.line);
        self.offset += bytes.len() as u64;
        self.line += memchr_iter(b'\n', &bytes).count() as u64;
        let (source, decoder) = (self.source.clone(), self.decoder.clone());
        Part { source, decoder, body: Body::Bytes(bytes), offset, line }
    }
}
