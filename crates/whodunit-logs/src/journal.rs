//! systemd's journal in its export format (`journalctl -o export`, `systemd-journal-remote`).
//!
//! Source of the format: systemd.io, "Journal Export Formats". An entry is a run of fields that an empty line ends. A field
//! is `NAME=value`, or, where the value has line ends or is no text, `NAME`, a line end, eight bytes of length (little
//! endian), the value, a line end. So line ends alone do not show where an entry ends; the splitter follows the lengths.

use crate::event_xml::Defect;
use crate::lines::read_problem;
use crate::linux::{self, Message};
use crate::part::{Body, Decoder, Output, PART_BYTES, Part, SourceName, Splitter, Stream};
use crate::problem::Problem;
use crate::records::{self, MAX_RECORD, Tally};
use memchr::{memchr, memmem};
use std::borrow::Cow;
use std::io::{self, BufRead, BufReader, Read};
use std::sync::Arc;
use whodunit_event::{Event, Origin, Time};

/// The longest field that is kept (core dumps lie in the journal, too).
const MAX_FIELD: u64 = 1024 * 1024;

/// True if a file that begins with `head` is a log of this kind.
pub fn recognise(head: &[u8]) -> bool {
    let first = memchr(b'=', head).map_or(&b""[..], |at| &head[..at]);
    let name = first.iter().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || *b == b'_');
    let time = memmem::find(head, b"__REALTIME_TIMESTAMP=").is_some_and(|at| at == 0 || head[at - 1] == b'\n');
    first.len() > 1 && name && time
}

/// Cuts a log between entries.
pub fn split(stream: Stream) -> Box<dyn Splitter> {
    let reader = BufReader::with_capacity(64 * 1024, stream.reader);
    Box::new(Entries { source: stream.name, reader, decoder: Arc::new(Journal), offset: 0, ended: false })
}

/// Reads fields one by one into parts of whole entries.
struct Entries {
    source: SourceName,
    reader: BufReader<Box<dyn Read + Send>>,
    decoder: Arc<dyn Decoder>,
    /// Offset of the next byte.
    offset: u64,
    ended: bool,
}

impl Splitter for Entries {
    fn next(&mut self, problems: &mut Vec<Problem>) -> Option<Part> {
        let (offset, mut bytes) = (self.offset, Vec::new());
        while !self.ended && bytes.len() < PART_BYTES {
            match self.entry(&mut bytes) {
                Ok(0) => {}
                Ok(dropped) => {
                    // Offsets of later entries in this part would be wrong: it ends here.
                    let what = format!("{dropped} bytes of long fields of an entry are left out");
                    problems.push(Problem::loss(self.origin(), what, "read the entry with journalctl if they matter"));
                    break;
                }
                Err(error) => {
                    problems.push(read_problem(self.origin(), &error));
                    self.ended = true;
                }
            }
        }
        let (source, decoder) = (self.source.clone(), self.decoder.clone());
        (!bytes.is_empty()).then(|| Part { source, decoder, body: Body::Bytes(bytes), offset, line: 0 })
    }
}

impl Entries {
    fn origin(&self) -> Origin {
        Origin { offset: Some(self.offset), ..self.source.origin() }
    }

    /// Appends the next entry with its empty line; returns how many bytes of it were left out.
    fn entry(&mut self, bytes: &mut Vec<u8>) -> io::Result<u64> {
        let (start, mut dropped) = (bytes.len(), 0);
        loop {
            let field = bytes.len();
            let (line, left_out) = self.line(bytes)?;
            dropped += left_out;
            let name = &bytes[field..];
            if line == 0 || name == b"\n" {
                return Ok(dropped);
            }
            if left_out == 0 && memchr(b'=', name).is_none() && name.ends_with(b"\n") {
                dropped += self.binary(bytes, field)?;
            }
            if left_out > 0 || bytes.len() - start > MAX_RECORD {
                dropped += (bytes.len() - field) as u64;
                bytes.truncate(field);
            }
        }
    }

    /// Appends a line with its end; returns its length, and how much of it was too much to keep.
    fn line(&mut self, bytes: &mut Vec<u8>) -> io::Result<(u64, u64)> {
        let length = self.reader.by_ref().take(MAX_FIELD).read_until(b'\n', bytes)? as u64;
        self.offset += length;
        self.ended = length == 0;
        let mut left_out = 0;
        while length == MAX_FIELD && bytes.last() != Some(&b'\n') {
            let buffer = self.reader.fill_buf()?;
            let end = memchr(b'\n', buffer).map(|at| at + 1);
            let used = end.unwrap_or(buffer.len());
            self.reader.consume(used);
            self.offset += used as u64;
            left_out += used as u64;
            if end.is_some() || used == 0 {
                left_out = left_out.max(1);
                break;
            }
        }
        Ok((length, left_out))
    }

    /// Appends the length and value of a binary field whose name begins at `field`; returns how much was left out.
    fn binary(&mut self, bytes: &mut Vec<u8>, field: usize) -> io::Result<u64> {
        let from = bytes.len();
        self.offset += self.reader.by_ref().take(8).read_to_end(bytes)? as u64;
        let Some(length) = bytes.get(from..).and_then(|b| b.first_chunk()).map(|b| u64::from_le_bytes(*b)) else {
            return Ok(0);
        };
        if length <= MAX_FIELD {
            self.offset += self.reader.by_ref().take(length + 1).read_to_end(bytes)? as u64;
            return Ok(0);
        }
        let name = (bytes.len() - field) as u64;
        bytes.truncate(field);
        let skipped = io::copy(&mut self.reader.by_ref().take(length.saturating_add(1)), &mut io::sink())?;
        self.offset += skipped;
        Ok(name + skipped)
    }
}

/// The decoder of this format.
#[derive(Debug)]
pub struct Journal;

impl Decoder for Journal {
    fn decode(&self, part: &Part, bytes: &[u8], out: &mut Output<'_>) {
        decode_bytes(bytes, part.offset, out);
    }
}

/// Decodes entries; `offset` is the place of the first byte in the log.
fn decode_bytes(bytes: &[u8], offset: u64, out: &mut Output<'_>) {
    let (mut broken, mut cut) = (Tally::default(), Tally::default());
    let (mut at, mut fields) = (0, Vec::new());
    while at < bytes.len() {
        fields.clear();
        let (end, whole) = entry(&bytes[at..], &mut fields);
        let origin = &mut out.event.origin;
        (origin.offset, origin.length) = (Some(offset + at as u64), Some(end as u64));
        if !whole {
            broken.add(&out.event.origin);
        }
        if !fields.is_empty() {
            let fields = fields.iter().map(|(name, value)| (name.as_ref(), value.as_ref()));
            if read_entry(fields, out.event).is_err() {
                cut.add(&out.event.origin);
            }
            out.emit();
        }
        at += end;
    }
    broken.loss("an entry of the journal ends early or is broken", "export the journal again", out.problems);
    cut.loss("a Sysmon record ends early; the fields before its end stand", "", out.problems);
}

type Fields<'a> = Vec<(Cow<'a, str>, Cow<'a, str>)>;

/// Reads the fields of the entry at the begin of `bytes`; returns its length, and whether it was whole.
fn entry<'a>(bytes: &'a [u8], fields: &mut Fields<'a>) -> (usize, bool) {
    let mut at = 0;
    while let Some(end) = memchr(b'\n', &bytes[at..]).map(|end| at + end) {
        let line = &bytes[at..end];
        at = end + 1;
        if line.is_empty() {
            return (at, true);
        }
        if let Some(equals) = memchr(b'=', line) {
            fields.push((records::text(&line[..equals]), records::text(&line[equals + 1..])));
            continue;
        }
        let Some(value) = binary(&bytes[at..]) else { return (bytes.len(), false) };
        fields.push((records::text(line), records::text(value)));
        at += 8 + value.len() + 1;
        if at > bytes.len() {
            return (bytes.len(), false);
        }
    }
    // The last entry of an export may lack its empty line, not the end of its last field.
    (bytes.len(), at == bytes.len())
}

fn binary(bytes: &[u8]) -> Option<&[u8]> {
    let (length, value) = bytes.split_first_chunk()?;
    value.get(..usize::try_from(u64::from_le_bytes(*length)).ok()?)
}

/// Turns an entry's fields into an event, whatever format they came in. Fields that have no other place are kept by name;
/// a Sysmon record inside an entry is the event, the entry's own fields say nothing that it lacks.
pub fn read_entry<'a>(
    fields: impl Iterator<Item = (&'a str, &'a str)> + Clone,
    event: &mut Event,
) -> Result<(), Defect> {
    let get = |name: &str| fields.clone().find(|(n, _)| *n == name).map(|(_, value)| value).unwrap_or_default();
    let first = |names: [&str; 2]| names.into_iter().map(get).find(|value| !value.is_empty()).unwrap_or_default();
    let received = time(get("__REALTIME_TIMESTAMP"));
    let message = Message {
        channel: "journal",
        host: get("_HOSTNAME"),
        tag: first(["SYSLOG_IDENTIFIER", "_COMM"]),
        pid: first(["_PID", "SYSLOG_PID"]),
        text: get("MESSAGE"),
        time: time(get("_SOURCE_REALTIME_TIMESTAMP")).or(received),
    };
    linux::read_message(&message, event)?;
    if linux::is_sysmon(message.text) {
        return Ok(());
    }
    event.logged = received.or(event.logged);
    if event.spec().slot("Unit").is_some_and(|slot| !event.slot(slot).is_some()) {
        let unit = first(["UNIT", "USER_UNIT"]);
        if !unit.is_empty() {
            event.push_text("Unit", unit);
        }
    }
    for (name, value) in fields.filter(|(name, _)| !PLACED.contains(name)).take(MAX_FIELDS) {
        event.push_text(name, value);
    }
    Ok(())
}

/// Fields that one entry may have; more come from no real journal.
const MAX_FIELDS: usize = 1024;

/// Fields that have a place of their own in an event.
const PLACED: [&str; 5] =
    ["MESSAGE", "_HOSTNAME", "SYSLOG_IDENTIFIER", "__REALTIME_TIMESTAMP", "_SOURCE_REALTIME_TIMESTAMP"];

/// Microseconds since 1970.
fn time(text: &str) -> Option<Time> {
    let micros: i64 = text.parse().ok()?;
    Some(Time::new(micros.div_euclid(1_000_000), micros.rem_euclid(1_000_000) as u32 * 1000, 6))
}
