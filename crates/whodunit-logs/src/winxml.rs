//! Windows events as XML: what `wevtutil qe /f:xml` and `Get-WinEvent … .ToXml()` print, Event Viewer's "save as XML",
//! files with one `<Event>` a record, and what evtx_dump prints (a line `Record 1` before each).
//!
//! A record is what lies between `<Event` and `</Event>`; whatever stands around the records (a root element, a
//! declaration, white space) does not matter. Records need no order and no line ends.

use crate::event_xml::{self, Defect};
use crate::part::{Decoder, Output, Part, Splitter, Stream};
use crate::records::{self, RecordSplitter, Tally};
use memchr::{memchr_iter, memmem};
use std::ops::Range;
use std::sync::Arc;
use whodunit_event::Origin;

/// True if a file that begins with `head` (UTF-8) is a log of this kind. A syslog line may hold a record, too, and may begin
/// with `<14>`: markup begins with a letter.
pub fn recognise(head: &[u8]) -> bool {
    let head = after_number(head.trim_ascii_start());
    let markup = matches!(head, [b'<', b'?' | b'!' | b'_' | b'A'..=b'Z' | b'a'..=b'z', ..]);
    markup && (start_of_record(head, 0).is_some() || memmem::find(head, b"<Events").is_some())
}

/// What follows a line `Record 1`.
fn after_number(text: &[u8]) -> &[u8] {
    let Some(rest) = text.strip_prefix(b"Record ") else { return text };
    let digits = rest.iter().take_while(|b| b.is_ascii_digit()).count();
    if digits == 0 { text } else { rest[digits..].trim_ascii_start() }
}

/// Cuts a log between records.
pub fn split(stream: Stream) -> Box<dyn Splitter> {
    Box::new(RecordSplitter::new(stream, Arc::new(WinXml), last_end))
}

/// The decoder of this format.
#[derive(Debug)]
pub struct WinXml;

impl Decoder for WinXml {
    fn decode(&self, part: &Part, bytes: &[u8], out: &mut Output<'_>) {
        decode_bytes(bytes, part.offset, part.line, out);
    }
}

/// Decodes records; `offset` and `line` are the place of the first byte in the log.
fn decode_bytes(bytes: &[u8], offset: u64, line: u64, out: &mut Output<'_>) {
    let (mut line, mut at) = (line, 0);
    let mut tallies = Tallies::default();
    while let Some(record) = next_record(bytes, at) {
        tallies.gap(bytes, at..record.start, place(out, offset, line, at));
        line += memchr_iter(b'\n', &bytes[at..record.start]).count() as u64;
        let origin = place(out, offset, line, record.start);
        out.event.origin = Origin { length: Some(record.len() as u64), ..origin };
        let text = records::text(&bytes[record.clone()]);
        let result = event_xml::read_event(&text, out.event);
        tallies.record(result, &out.event.origin);
        out.emit();
        line += memchr_iter(b'\n', &bytes[record.clone()]).count() as u64;
        at = record.end;
    }
    tallies.gap(bytes, at..bytes.len(), place(out, offset, line, at));
    tallies.report(out);
}

fn place(out: &Output<'_>, offset: u64, line: u64, at: usize) -> Origin {
    let (file, member) = (out.event.origin.file.clone(), out.event.origin.member.clone());
    Origin { file, member, line: Some(line), offset: Some(offset + at as u64), ..Origin::default() }
}

/// What was wrong in a part.
#[derive(Default)]
struct Tallies {
    cut: Tally,
    rich: Tally,
    strange: Tally,
}

impl Tallies {
    fn record(&mut self, result: Result<(), Defect>, origin: &Origin) {
        match result {
            Ok(()) => {}
            Err(Defect::TooManyFields) => self.rich.add(origin),
            Err(Defect::Xml(_) | Defect::NoEvent) => self.cut.add(origin),
        }
    }

    /// Looks at what lies between records: tags, declarations and comments are nothing to speak of.
    fn gap(&mut self, bytes: &[u8], range: Range<usize>, origin: Origin) {
        let gap = after_number(bytes[range].trim_ascii());
        let known = [&b"<?xml"[..], b"<Events", b"</", b"<!--", b"\xef\xbb\xbf", b"\0"];
        if !gap.is_empty() && !known.iter().any(|k| gap.starts_with(k)) {
            self.strange.add(&origin);
        }
    }

    fn report(self, out: &mut Output<'_>) {
        self.cut.loss(
            "a record ends early; the fields before its end stand",
            "collect the log again if the rest matters",
            out.problems,
        );
        let rich = Defect::TooManyFields.to_string();
        self.rich.loss(&rich, "look at the record itself", out.problems);
        self.strange.loss("text between records is no record", "look at this place in the file", out.problems);
    }
}

/// The next record from `from` on: up to its end tag, or to the next record or the end of the bytes if it was cut.
fn next_record(bytes: &[u8], from: usize) -> Option<Range<usize>> {
    let start = start_of_record(bytes, from)?;
    // The next record first: a file of records without end would else be searched to its end for each of them.
    let next = start_of_record(bytes, start + 1).unwrap_or(bytes.len());
    let end = end_of_record(&bytes[..next], start).unwrap_or(next);
    Some(start..start + bytes[start..end].trim_ascii_end().len())
}

/// Place of the next `<Event` or `<prefix:Event` from `from` on.
fn start_of_record(bytes: &[u8], from: usize) -> Option<usize> {
    memmem::find_iter(&bytes[from..], b"Event").find_map(|at| {
        let at = from + at;
        let after = bytes.get(at + 5).is_none_or(|b| matches!(b, b' ' | b'\t' | b'\r' | b'\n' | b'>' | b'/'));
        let name = before_prefix(&bytes[from..at]) + from;
        (after && bytes[from..name].ends_with(b"<")).then(|| name - 1)
    })
}

/// Behind the next `</Event>` or `</prefix:Event>` from `from` on.
fn end_of_record(bytes: &[u8], from: usize) -> Option<usize> {
    memmem::find_iter(&bytes[from..], b"Event>").map(|at| from + at).find(|at| is_end(bytes, *at)).map(|at| at + 6)
}

/// Behind the last end tag of a record.
fn last_end(bytes: &[u8]) -> Option<usize> {
    memmem::rfind_iter(bytes, b"Event>").find(|at| is_end(bytes, *at)).map(|at| at + 6)
}

fn is_end(bytes: &[u8], name: usize) -> bool {
    let name = before_prefix(&bytes[..name]);
    bytes[..name].ends_with(b"</")
}

/// Where a name's prefix begins, if the bytes end in one; their length if not.
fn before_prefix(bytes: &[u8]) -> usize {
    let Some((b':', before)) = bytes.split_last() else { return bytes.len() };
    let prefix = before.iter().rev().take(64).take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'));
    before.len() - prefix.count()
}
