//! Windows event logs (EVTX).
//!
//! A file is a header and chunks of 64 KiB that stand for themselves: every offset is relative to the chunk. The
//! splitter hands out runs of chunks; for a plain file the workers read them. Layers, from the bytes up: [`utf16`] and
//! [`value`] turn values to text; [`binxml`] reads tokens; [`template`] compiles template definitions to plans;
//! [`record`] runs plans over values; [`chunk`] finds records; [`joined`] tells whether a chunk's texts lie in one piece.
//!
//! # What a prefilter may rely on
//!
//! With `joined` false, every field's text (and provider, channel, computer) lies in the chunk in one piece, as UTF-16LE
//! at some byte offset or as one-byte text, unless it was rendered from a typed value: decimal and `0x` hexadecimal
//! numbers, GUIDs (`{8-4-4-4-12}`), SIDs, times (RFC 3339), `true`/`false`, upper-case hex of binary data. Of texts that do
//! lie there, three things are written otherwise: bytes above 0x7f of one-byte text are code page 1252, what is no
//! valid UTF-16 is U+FFFD, and elements of arrays are joined by a line feed. Field names and `Data_2` do not count as text.

mod binxml;
mod chunk;
mod header;
mod joined;
mod record;
mod template;
mod utf16;
mod value;

use crate::part::{Body, Consumer, Decoder, Output, PART_BYTES, Part, SourceName, Splitter, Stream};
use crate::problem::Problem;
use binxml::Defect;
use chunk::{CHUNK, Header, Records};
use record::Reader;
use std::fs::File;
use std::io::Read;
use std::sync::{Arc, Mutex, PoisonError};
use whodunit_event::{Event, Origin};

/// Cuts an EVTX log into runs of chunks.
pub fn split(stream: Stream) -> Box<dyn Splitter> {
    let decoder = decoder();
    let remarks = header::remarks(&stream.head);
    let source = match stream.file {
        Some(file) => Source::File(file),
        None => Source::Reader(stream.reader),
    };
    Box::new(Chunks { name: stream.name, source, decoder, remarks, offset: 0 })
}

/// A decoder of runs of chunks.
pub fn decoder() -> Arc<dyn Decoder> {
    Arc::new(Evtx::default())
}

/// Decodes a whole EVTX log in memory.
pub fn decode_bytes(data: &[u8], consumer: &mut dyn Consumer, problems: &mut Vec<Problem>) {
    let source = SourceName::default();
    problems.extend(header::remarks(data).into_iter().map(|what| Problem::note(source.origin(), what)));
    let chunks = data.get(header::FILE_HEAD..).unwrap_or_default();
    let decoder = decoder();
    let body = Body::Bytes(Vec::new());
    let part = Part { source, decoder: decoder.clone(), body, offset: header::FILE_HEAD as u64, line: 0 };
    let mut event = Event::default();
    decoder.decode(&part, chunks, &mut Output { event: &mut event, consumer, problems, prefilter: None });
}

enum Source {
    /// A plain file: workers read it.
    File(Arc<File>),
    /// A stream: read here.
    Reader(Box<dyn Read + Send>),
    /// A stream that could not be read to its end.
    Ended,
}

struct Chunks {
    name: SourceName,
    source: Source,
    decoder: Arc<dyn Decoder>,
    /// What was unusual about the header; told once.
    remarks: Vec<&'static str>,
    /// Offset of the next part.
    offset: u64,
}

impl Splitter for Chunks {
    fn next(&mut self, problems: &mut Vec<Problem>) -> Option<Part> {
        problems.extend(self.remarks.drain(..).map(|what| Problem::note(self.name.origin(), what)));
        let body = self.body(problems)?;
        let part =
            Part { source: self.name.clone(), decoder: self.decoder.clone(), body, offset: self.offset, line: 0 };
        self.offset += PART_BYTES as u64;
        Some(part)
    }
}

impl Chunks {
    /// The next run of chunks, `None` at the end.
    fn body(&mut self, problems: &mut Vec<Problem>) -> Option<Body> {
        let skip = if self.offset == 0 { header::FILE_HEAD as u64 } else { 0 };
        self.offset += skip;
        let (body, error) = match &mut self.source {
            Source::File(file) => match file.metadata() {
                Ok(metadata) => (range(file, self.offset, metadata.len()), None),
                Err(error) => (None, Some(error)),
            },
            Source::Reader(reader) => run(reader, skip),
            Source::Ended => (None, None),
        };
        if let Some(error) = error {
            let origin = Origin { offset: Some(self.offset), ..self.name.origin() };
            let what = format!("cannot be read to its end: {error}");
            problems.push(Problem::loss(origin, what, "what came before the defect was read; use another copy"));
            self.source = Source::Ended;
        }
        body
    }
}

/// A run of chunks of a file of `size` bytes.
fn range(file: &Arc<File>, offset: u64, size: u64) -> Option<Body> {
    let length = size.saturating_sub(offset).min(PART_BYTES as u64) as usize;
    (length > 0).then(|| Body::Range { file: file.clone(), offset, length })
}

/// The next run of chunks behind `skip` bytes. What was read before an error stands.
fn run(reader: &mut dyn Read, skip: u64) -> (Option<Body>, Option<std::io::Error>) {
    let mut bytes = Vec::with_capacity(PART_BYTES);
    let read = std::io::copy(&mut reader.take(skip), &mut std::io::sink());
    let read = read.and_then(|_| reader.take(PART_BYTES as u64).read_to_end(&mut bytes));
    ((!bytes.is_empty()).then_some(Body::Bytes(bytes)), read.err())
}

/// Decodes runs of chunks. Readers wait here between parts, so that each worker finds warm buffers.
#[derive(Debug, Default)]
struct Evtx {
    idle: Mutex<Vec<Reader>>,
}

impl Evtx {
    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Reader>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Decoder for Evtx {
    fn decode(&self, part: &Part, bytes: &[u8], out: &mut Output<'_>) {
        let mut reader = self.idle().pop().unwrap_or_default();
        for (number, chunk) in bytes.chunks(CHUNK).enumerate() {
            let offset = part.offset + (number * CHUNK) as u64;
            decode_chunk(&mut reader, chunk, Origin { offset: Some(offset), ..part.source.origin() }, out);
        }
        self.idle().push(reader);
    }
}

fn decode_chunk(reader: &mut Reader, chunk: &[u8], origin: Origin, out: &mut Output<'_>) {
    let header = Header::read(chunk);
    // Only a sound chunk can be skipped: in a damaged one the bytes do not say what they once said.
    if header.data_sound
        && let Some(prefilter) = out.prefilter
        && !prefilter.may_match(chunk, joined::joined(chunk, header))
    {
        return;
    }
    let mut records = Records::new(chunk, header);
    let mut tally = Tally::default();
    reader.begin_chunk();
    for found in &mut records {
        let read = reader.record(chunk, found.at, found.end, out.event);
        let head = if found.damaged { Err(Defect { at: found.at, what: "damaged record head" }) } else { Ok(()) };
        tally.count(head.and(read), out);
    }
    if let Some(at) = records.first_gap {
        tally.gaps = records.gaps;
        tally.first.get_or_insert(Defect { at, what: "no record where one should be" });
    }
    out.problems.extend(tally.problem(chunk, header, origin));
}

/// What became of a chunk's records.
#[derive(Debug, Default)]
struct Tally {
    whole: usize,
    /// Read up to a defect, and lent as far as they go.
    partial: usize,
    lost: usize,
    /// Stretches without a record.
    gaps: usize,
    /// The first defect.
    first: Option<Defect>,
}

impl Tally {
    /// Lends the record to the consumer if there is enough of it to be an event.
    fn count(&mut self, read: binxml::Result<()>, out: &mut Output<'_>) {
        let known = out.event.event_id != 0 || !out.event.provider().is_empty();
        match read {
            Ok(()) => self.whole += 1,
            Err(_) if known => self.partial += 1,
            Err(_) => self.lost += 1,
        }
        if let Err(defect) = read {
            self.first.get_or_insert(defect);
        }
        if read.is_ok() || known {
            out.emit();
        } else {
            out.event.clear();
        }
    }

    /// The one message about a chunk that is not as it should be.
    fn problem(&self, chunk: &[u8], header: Header, origin: Origin) -> Option<Problem> {
        let sound = header.signed && header.data_sound;
        if (sound && self.first.is_none()) || chunk.iter().all(|byte| *byte == 0) {
            return None;
        }
        let saved = self.saved();
        let what = match (header, self.first) {
            _ if chunk.len() < CHUNK && !sound => "the log ends inside this chunk",
            (Header { signed: true, sound: true, data_sound: false, .. }, None) => {
                let what =
                    format!("the checksum of a chunk's records is wrong, a value may have been altered; {saved}");
                return Some(Problem::note(origin, what));
            }
            (Header { signed: true, sound: true, .. }, _) => "a chunk holds damaged records",
            _ if self.whole + self.partial == 0 => "no chunk where one should be",
            _ => "a chunk's header is damaged",
        };
        let place = self.first.map(|d| format!("; first at {}: {}", origin.offset.unwrap_or(0) + d.at as u64, d.what));
        let what = format!("{what}; {saved}{}", place.unwrap_or_default());
        Some(Problem::loss(origin, what, "use another copy of the log if there is one"))
    }

    fn saved(&self) -> String {
        let mut text = format!("{} records read", self.whole);
        for (count, what) in [(self.partial, "in part"), (self.lost, "lost"), (self.gaps, "stretches unreadable")] {
            if count > 0 {
                text.push_str(&format!(", {count} {what}"));
            }
        }
        text
    }
}
