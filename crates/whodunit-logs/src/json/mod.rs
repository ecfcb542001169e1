//! JSON: one object a line, or objects and arrays in any arrangement; each object of any known shape becomes an event.
//!
//! | module | does |
//! |---|---|
//! | `tape` | text to values, without allocation |
//! | `names` | keys to small numbers, and what is known of them |
//! | `text` | escapes of strings |
//! | `record` | one object to one event: roles of names, fields, times |
//! | `roles` | what a name means in which shape of export |
//! | `linux` | journal entries and syslog rows, handed to their readers |
//! | `message` | fields won back from the rendered message |
//!
//! A text that is no JSON is a problem with its line and column; reading goes on at the next line (in indented texts, at
//! the next record).

mod linux;
mod message;
mod names;
mod record;
mod roles;
mod tape;
mod text;

use crate::lines::{LineSplitter, Lines};
use crate::part::{Decoder, Output, Part, Splitter, Stream};
use crate::problem::Problem;
use crate::records::RecordSplitter;
use memchr::{memchr, memchr_iter};
use names::Names;
use record::Reader;
use std::borrow::Cow;
use std::sync::Arc;
use tape::{Fault, Kind, Tape, Value, skip_space};
use whodunit_event::Origin;

/// Problems that one part may report by themselves; the rest is counted.
const MAX_PROBLEMS: u64 = 10;

/// True if a file that begins with `head` (UTF-8) holds JSON objects: the first is whole or goes on behind the head, and
/// has a key.
pub fn recognise(head: &[u8]) -> bool {
    let start = head.iter().position(|b| !matches!(b, b' ' | b'\t' | b'\r' | b'\n' | b'[' | b',' | 0));
    let object = start.map(|at| &head[at..]).and_then(|rest| rest.strip_prefix(b"{"));
    object.is_some_and(|rest| matches!(rest.trim_ascii_start(), [] | [b'"' | b'}', ..]))
}

/// Cuts a log between objects: at line ends where the first line holds whole objects, else by counting brackets.
pub fn split(stream: Stream) -> Box<dyn Splitter> {
    match one_a_line(&stream.head) {
        true => Box::new(LineSplitter::new(stream, Arc::new(Json { lines: true }))),
        false => Box::new(RecordSplitter::new(stream, Arc::new(Json { lines: false }), last_end)),
    }
}

/// Whether a line holds whole objects, as far as the head shows it.
fn one_a_line(head: &[u8]) -> bool {
    let text = head.trim_ascii_start();
    let Some(end) = memchr(b'\n', text) else { return text.starts_with(b"{") };
    let first = String::from_utf8_lossy(&text[..end]);
    match first.trim_end() {
        // An array with an object a line.
        "[" => text[end..].trim_ascii_start().starts_with(b"{\"") || one_a_line(&text[end + 1..]),
        line => line.starts_with('{') && line.len() > 1 && Tape::default().read(line, 0, &mut Names::default()).is_ok(),
    }
}

/// The decoder of this format.
#[derive(Debug)]
struct Json {
    /// No object reaches over a line end.
    lines: bool,
}

impl Decoder for Json {
    fn decode(&self, part: &Part, bytes: &[u8], out: &mut Output<'_>) {
        decode(bytes, self.lines, part.line, part.offset, out);
    }
}

/// Decodes JSON in any arrangement: what fuzz targets and tests call.
pub fn decode_bytes(bytes: &[u8], out: &mut Output<'_>) {
    decode(bytes, one_a_line(bytes), 1, 0, out);
}

fn decode(bytes: &[u8], by_line: bool, line: u64, offset: u64, out: &mut Output<'_>) {
    let mut decoding = Decoding::new(out, offset);
    match by_line {
        true => Lines::new(bytes, line, offset).for_each(|line| decoding.text(line.bytes, line.number, line.offset)),
        false => decoding.text(bytes, line, offset),
    }
    decoding.end();
}

/// Where the last object that is whole ends, with the comma behind it; strings are passed over.
fn last_end(bytes: &[u8]) -> Option<usize> {
    let (mut at, mut depth, mut end) = (0, 0u64, None);
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' if depth > 0 => {
                at += 1;
                while let Some(found) = memchr::memchr2(b'"', b'\\', bytes.get(at..)?) {
                    at += found;
                    if bytes[at] == b'"' {
                        break;
                    }
                    at += 2;
                }
                if bytes.get(at) != Some(&b'"') {
                    return end;
                }
            }
            b'{' => depth += 1,
            b'}' => {
                depth = depth.saturating_sub(1);
                end = if depth == 0 { Some(at + 1) } else { end };
            }
            _ => {}
        }
        at += 1;
    }
    end
}

/// The decoding of one part.
struct Decoding<'o, 'p> {
    out: &'o mut Output<'p>,
    reader: Reader,
    name: Origin,
    /// Defects so far.
    defects: u64,
    /// Where the part begins, for the problem that counts the rest.
    offset: u64,
}

impl<'o, 'p> Decoding<'o, 'p> {
    fn new(out: &'o mut Output<'p>, offset: u64) -> Self {
        let name = out.event.origin.clone();
        Self { out, reader: Reader::default(), name, defects: 0, offset }
    }

    /// All objects of a text whose first byte is at `line` and `offset`.
    fn text(&mut self, bytes: &[u8], line: u64, offset: u64) {
        // The check is several times faster than the mending.
        let text = std::str::from_utf8(bytes).map_or_else(|_| String::from_utf8_lossy(bytes), Cow::Borrowed);
        let exact = matches!(text, Cow::Borrowed(_));
        let mut tape = std::mem::take(&mut self.reader.tape);
        let (mut at, mut place) = (0, Place { line, at: 0 });
        loop {
            at = skip_between(text.as_bytes(), at);
            if at >= text.len() {
                break;
            }
            place.move_to(text.as_bytes(), at);
            let result = tape.read(&text, at, &mut self.reader.names);
            let end = *result.as_ref().unwrap_or(&text.len());
            let origin = Origin {
                line: Some(place.line),
                offset: exact.then_some(offset + at as u64),
                length: exact.then_some((end - at) as u64),
                ..self.name.clone()
            };
            match result {
                Ok(end) => {
                    self.value(Value::root(&text, &tape), origin);
                    at = end;
                }
                Err(fault) => {
                    self.fault(&text, fault, place, origin);
                    at = resume(text.as_bytes(), at);
                }
            }
        }
        self.reader.tape = tape;
    }

    fn value(&mut self, value: Option<Value<'_>>, origin: Origin) {
        match value {
            Some(value) if value.kind() == Kind::Object => {
                self.out.event.origin = origin;
                self.reader.read(value, self.out);
            }
            _ => self.defect(origin, "is no JSON object".to_owned(), "each record must be an object in braces"),
        }
    }

    fn fault(&mut self, text: &str, fault: Fault, mut place: Place, mut origin: Origin) {
        place.move_to(text.as_bytes(), fault.at);
        let line_start = memchr::memrchr(b'\n', &text.as_bytes()[..fault.at.min(text.len())]).map_or(0, |at| at + 1);
        let column =
            1 + String::from_utf8_lossy(&text.as_bytes()[line_start..fault.at.min(text.len())]).chars().count();
        (origin.line, origin.offset, origin.length) = (Some(place.line), None, None);
        let what = format!("is no JSON at column {column}: {}", fault.what);
        self.defect(origin, what, "the record was skipped; look at this line of the file");
    }

    fn defect(&mut self, origin: Origin, what: String, remedy: &'static str) {
        self.defects += 1;
        if self.defects <= MAX_PROBLEMS {
            self.out.problems.push(Problem::loss(origin, what, remedy));
        }
    }

    fn end(self) {
        self.reader.report(self.out.problems);
        if self.defects > MAX_PROBLEMS {
            let origin = Origin { offset: Some(self.offset), ..self.name };
            let what = format!("{} more records near here are no JSON", self.defects - MAX_PROBLEMS);
            self.out.problems.push(Problem::loss(origin, what, "check whether the file is damaged"));
        }
    }
}

/// A place whose line is known.
#[derive(Clone, Copy)]
struct Place {
    line: u64,
    at: usize,
}

impl Place {
    fn move_to(&mut self, bytes: &[u8], at: usize) {
        let at = at.min(bytes.len());
        self.line += memchr_iter(b'\n', bytes.get(self.at..at).unwrap_or_default()).count() as u64;
        self.at = at;
    }
}

/// Passes over what stands between objects: white space, commas, and the brackets of an array around them.
fn skip_between(bytes: &[u8], mut at: usize) -> usize {
    loop {
        at = skip_space(bytes, at);
        match bytes.get(at) {
            Some(b',' | b'[' | b']' | 0 | 0x1e) => at += 1,
            _ => return at,
        }
    }
}

/// Where to go on after a fault in the record that begins at `start`: at the next line that begins as the record's own
/// line does (as much white space, then a brace), or at the end. What is inside the record is indented deeper.
fn resume(bytes: &[u8], start: usize) -> usize {
    let line = memchr::memrchr(b'\n', &bytes[..start]).map_or(0, |at| at + 1);
    let indent = &bytes[line..start];
    memchr_iter(b'\n', &bytes[start..])
        .map(|at| start + at + 1)
        .find(|at| bytes[*at..].strip_prefix(indent).is_some_and(|rest| rest.starts_with(b"{")))
        .unwrap_or(bytes.len())
}
