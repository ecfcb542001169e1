//! Syslog files: lines with BSD stamps (`Oct 24 17:05:38 host tag[pid]: text`), with ISO stamps as rsyslog writes them, and
//! RFC 5424, each with or without `<priority>`.
//!
//! A record is a stamped line with the lines without a stamp that follow it: a line end in a Sysmon record's command line
//! splits the record, and some programs log several lines at once. BSD stamps have no year and no zone: the year is
//! reckoned back from the file's time over the year ends in it, the zone is taken as UTC.

use crate::event_xml::Defect;
use crate::lines::{Line, lines};
use crate::linux::{self, Message};
use crate::part::{Body, Decoder, Output, Part, Splitter, Stream};
use crate::records::{self, RecordSplitter, Tally};
use memchr::{memchr, memrchr};
use std::fs::File;
use std::sync::Arc;
use whodunit_event::time::Civil;
use whodunit_event::{Origin, Time};

/// True if a file that begins with `head` is a log of this kind: its first line that is not empty has a stamp and a tag.
pub fn recognise(head: &[u8]) -> bool {
    let mut lines = head.split(|b| *b == b'\n').map(|l| l.trim_ascii()).filter(|l| !l.is_empty() && l[0] != 0);
    lines.next().is_some_and(|line| header(&records::text(line)).is_some_and(|h| !h.tag.is_empty()))
}

/// Cuts a log between records.
pub fn split(stream: Stream) -> Box<dyn Splitter> {
    let years = Years::of(&stream);
    let auth = ["auth", "secure"].iter().any(|word| file_name(&stream).contains(word));
    Box::new(RecordSplitter::new(stream, Arc::new(Syslog { years, auth }), last_start))
}

fn file_name(stream: &Stream) -> &str {
    let path = stream.name.member.as_deref().unwrap_or(&stream.name.file);
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}

/// The decoder of this format. The default one gives stamps without a year no time.
#[derive(Debug, Default)]
pub struct Syslog {
    years: Years,
    /// True for a file of logins (`auth.log`, `secure`).
    auth: bool,
}

impl Decoder for Syslog {
    fn decode(&self, part: &Part, bytes: &[u8], out: &mut Output<'_>) {
        let mut tallies = Tallies::default();
        // The record that goes on: its first line, and where it ends so far.
        let mut open: Option<(Line<'_>, u64)> = None;
        for line in lines(part, bytes) {
            let end = line.offset + line.bytes.len() as u64;
            if stamp(line.bytes).is_some() {
                self.record(part, bytes, open.replace((line, end)), &mut tallies, out);
            } else if let Some((_, last)) = &mut open {
                *last = if line.bytes.is_empty() { *last } else { end };
            } else {
                tallies.stray(&line, out);
            }
        }
        self.record(part, bytes, open, &mut tallies, out);
        tallies.report(out);
    }
}

impl Syslog {
    /// Emits the record that begins with a line and ends at an offset, if there is one.
    fn record(
        &self,
        part: &Part,
        bytes: &[u8],
        place: Option<(Line<'_>, u64)>,
        tallies: &mut Tallies,
        out: &mut Output<'_>,
    ) {
        let Some((line, end)) = place else { return };
        let bytes = &bytes[(line.offset - part.offset) as usize..(end - part.offset) as usize];
        let text = records::text(bytes);
        let Some(header) = header(&text) else { return tallies.stray(&line, out) };
        let time = self.time(header.stamp, line.offset);
        let auth = header.priority.map_or(self.auth, |priority| matches!(priority >> 3, 4 | 10));
        let message = Message {
            channel: if auth { "auth" } else { "syslog" },
            host: header.host,
            tag: header.tag,
            pid: header.pid,
            text: header.text,
            time,
        };
        let result = linux::read_message(&message, out.event);
        let origin = &mut out.event.origin;
        (origin.line, origin.offset) = (Some(line.number), Some(line.offset));
        origin.length = Some(bytes.len() as u64);
        tallies.record(result, out.event.time.is_none(), &out.event.origin);
        out.emit();
    }

    fn time(&self, stamp: Stamp, offset: u64) -> Option<Time> {
        match stamp {
            Stamp::Full(time) => Some(time),
            Stamp::Yearless { date, nanos, digits } => {
                let year = self.years.of_line(offset, &date)?;
                Time::from_civil(Civil { year, ..date }, nanos, digits)
            }
            Stamp::None => None,
        }
    }
}

#[derive(Default)]
struct Tallies {
    cut: Tally,
    stray: Tally,
    timeless: Tally,
}

impl Tallies {
    fn stray(&mut self, line: &Line<'_>, out: &Output<'_>) {
        if !line.bytes.trim_ascii().is_empty() {
            let (file, member) = (out.event.origin.file.clone(), out.event.origin.member.clone());
            let (number, offset) = (Some(line.number), Some(line.offset));
            self.stray.add(&Origin { file, member, line: number, offset, ..Origin::default() });
        }
    }

    fn record(&mut self, result: Result<(), Defect>, timeless: bool, origin: &Origin) {
        if result.is_err() {
            self.cut.add(origin);
        }
        if timeless {
            self.timeless.add(origin);
        }
    }

    fn report(self, out: &mut Output<'_>) {
        self.cut.loss(
            "a Sysmon record ends early; the fields before its end stand",
            "raise the message size limit of the syslog daemon on that host",
            out.problems,
        );
        self.stray.loss("a line is no syslog record", "look at this place in the file", out.problems);
        self.timeless.loss(
            "a record's time cannot be told: its stamp has no year and the file has no time",
            "give the log as a file that kept its modification time",
            out.problems,
        );
    }
}

/// Where the last stamped line begins: what stands before it is whole.
fn last_start(bytes: &[u8]) -> Option<usize> {
    let mut end = bytes.len();
    while let Some(at) = memrchr(b'\n', &bytes[..end]) {
        if stamp(&bytes[at + 1..]).is_some() {
            return Some(at + 1);
        }
        end = at;
    }
    None
}

/// The time of a line as it is written.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Stamp {
    Full(Time),
    /// The year of `date` means nothing.
    Yearless {
        date: Civil,
        nanos: u32,
        digits: u8,
    },
    /// RFC 5424's `-`.
    None,
}

/// What stands before a message.
struct Header<'a> {
    priority: Option<u16>,
    stamp: Stamp,
    host: &'a str,
    tag: &'a str,
    pid: &'a str,
    text: &'a str,
}

/// Priority and stamp of a line, whether it is RFC 5424, and where they end; `None` if it has no stamp.
fn stamp(line: &[u8]) -> Option<(Option<u16>, Stamp, bool, usize)> {
    let (priority, at) = priority(line);
    let rest = &line[at..];
    match rest {
        [b'A'..=b'Z', ..] => bsd(rest).map(|(stamp, length)| (priority, stamp, false, at + length)),
        [b'0'..=b'9', b'0'..=b'9', ..] => iso(rest).map(|(stamp, length)| (priority, stamp, false, at + length)),
        [b'1'..=b'9', b' ', ..] if priority.is_some() => {
            iso(&rest[2..]).map(|(stamp, length)| (priority, stamp, true, at + 2 + length))
        }
        _ => None,
    }
}

fn priority(line: &[u8]) -> (Option<u16>, usize) {
    let end = line.iter().take(5).position(|b| *b == b'>');
    let digits = end.filter(|_| line[0] == b'<').and_then(|end| std::str::from_utf8(&line[1..end]).ok());
    match (digits.and_then(|d| d.parse().ok()), end) {
        (Some(priority), Some(end)) => (Some(priority), end + 1),
        _ => (None, 0),
    }
}

const MONTHS: [&[u8; 3]; 12] =
    [b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec"];

/// `Oct 24 17:05:38`, also with a fraction, and with a year before the time or behind it (Cisco, some BSDs).
fn bsd(line: &[u8]) -> Option<(Stamp, usize)> {
    let (month, day) = month_and_day(line)?;
    let (year, at) = match digits(line, 7, 4) {
        Some(year) if line.get(11) == Some(&b' ') => (Some(year), 12),
        _ => (None, 7),
    };
    let part = |at| digits(line, at, 2).map(|n| n as u8);
    let (hour, minute, second) = (part(at)?, part(at + 3)?, part(at + 6)?);
    if line.get(at + 2) != Some(&b':') || line.get(at + 5) != Some(&b':') {
        return None;
    }
    let (nanos, digits, end) = fraction(line, at + 8);
    let date = Civil { year: year.unwrap_or(2000) as i32, month, day, hour, minute, second };
    let time = Time::from_civil(date, nanos, digits)?;
    let stamp = if year.is_some() { Stamp::Full(time) } else { Stamp::Yearless { date, nanos, digits } };
    Some((stamp, end))
}

/// The month and day that a BSD stamp begins with.
fn month_and_day(line: &[u8]) -> Option<(u8, u8)> {
    let name = line.first_chunk::<3>()?;
    let month = MONTHS.iter().position(|m| *m == name)? as u8 + 1;
    let day = match (line.get(3..7)?, digits(line, 4, 2)) {
        ([b' ', b' ', day @ b'1'..=b'9', b' '], _) => day - b'0',
        ([b' ', _, _, b' '], Some(day)) => day as u8,
        _ => return None,
    };
    Some((month, day))
}

fn digits(line: &[u8], at: usize, count: usize) -> Option<u32> {
    line.get(at..at + count)?.iter().try_fold(0, |n, d| d.is_ascii_digit().then(|| n * 10 + u32::from(d - b'0')))
}

/// Nanoseconds, digits and end of a `.123` at `at`.
fn fraction(line: &[u8], at: usize) -> (u32, u8, usize) {
    if line.get(at) != Some(&b'.') {
        return (0, 0, at);
    }
    let count = line[at + 1..].iter().take(9).take_while(|d| d.is_ascii_digit()).count();
    let value = digits(line, at + 1, count).unwrap_or_default();
    (value * 10u32.pow(9 - count as u32), count as u8, at + 1 + count)
}

/// `2026-04-07T16:13:10.545523+00:00`, or RFC 5424's `-`.
fn iso(line: &[u8]) -> Option<(Stamp, usize)> {
    let end = line.iter().take(40).position(|b| *b == b' ')?;
    if &line[..end] == b"-" {
        return Some((Stamp::None, end));
    }
    if line.get(10) != Some(&b'T') {
        return None;
    }
    let time = std::str::from_utf8(&line[..end]).ok().and_then(Time::parse)?;
    Some((Stamp::Full(time), end))
}

fn header(line: &str) -> Option<Header<'_>> {
    let (priority, stamp, modern, end) = stamp(line.as_bytes())?;
    let rest = line.get(end..)?.trim_start_matches([' ', ':']);
    let header = Header { priority, stamp, host: "", tag: "", pid: "", text: rest };
    if modern { rfc5424(rest, header) } else { traditional(rest, header) }
}

/// `host app pid msgid [data] text`.
fn rfc5424<'a>(rest: &'a str, header: Header<'a>) -> Option<Header<'a>> {
    let mut words = rest.splitn(5, ' ');
    let mut word = || words.next().map(|w| if w == "-" { "" } else { w });
    let (host, tag, pid, _) = (word()?, word()?, word()?, word()?);
    let text = without_data(word().unwrap_or_default());
    Some(Header { host, tag, pid, text: text.trim_start_matches('\u{feff}'), ..header })
}

/// A message without RFC 5424's structured data.
fn without_data(text: &str) -> &str {
    let (mut quoted, mut escaped, mut inside) = (false, false, false);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' if inside => quoted = !quoted,
            b'[' if !quoted => inside = true,
            b']' if !quoted => inside = false,
            b' ' if !inside => return &text[at + 1..],
            _ => {}
        }
    }
    if text.starts_with('[') { "" } else { text }
}

/// `host tag[pid]: text`, or without host. Without a tag everything behind the host is text.
fn traditional<'a>(rest: &'a str, header: Header<'a>) -> Option<Header<'a>> {
    if let Some((tag, pid, text)) = tag(rest).filter(|(tag, ..)| !tag.is_empty()) {
        return Some(Header { tag, pid, text, ..header });
    }
    let (host, rest) = rest.split_once(' ').unwrap_or((rest, ""));
    let (tag, pid, text) = tag(rest.trim_ascii_start()).unwrap_or(("", "", rest));
    Some(Header { host, tag, pid, text, ..header })
}

/// Tag, pid and message of `tag[pid]: text` and `tag: text`.
fn tag(rest: &str) -> Option<(&str, &str, &str)> {
    let end = rest.bytes().take(128).position(|b| matches!(b, b':' | b'[' | b' '))?;
    let (name, after) = rest.split_at(end);
    if after.starts_with(' ') {
        return None;
    }
    if let Some(text) = after.strip_prefix(':') {
        return text.starts_with(' ').then(|| (name, "", &text[1..])).or(text.is_empty().then_some((name, "", "")));
    }
    let close = memchr(b']', after.as_bytes().get(..64).unwrap_or(after.as_bytes()))?;
    let text = after[close + 1..].strip_prefix(':').unwrap_or(&after[close + 1..]);
    Some((name, &after[1..close], text.strip_prefix(' ').unwrap_or(text)))
}

/// Which year the lines of a file without years belong to.
#[derive(Debug, Default)]
struct Years {
    /// When the file was last written.
    modified: Option<Time>,
    /// Offsets from which on another year holds, ascending; empty for what is no plain file.
    changes: Vec<(u64, i32)>,
}

/// Changes of the year that are kept; more come from no real log.
const MAX_CHANGES: usize = 4096;
/// Bytes read at once while looking for years.
const BLOCK: usize = 1 << 20;
/// Bytes of a line that hold its month and day, with `<priority>`.
const DATE_BYTES: usize = 16;

impl Years {
    fn of(stream: &Stream) -> Self {
        let mut years = Self { modified: stream.modified, changes: Vec::new() };
        let line = stream.head.trim_ascii_start();
        let yearless = matches!(stamp(line), Some((_, Stamp::Yearless { .. }, ..)));
        if let (true, Some(file), Some(modified)) = (yearless, &stream.file, stream.modified) {
            years.changes = Walk::over(file, modified);
        }
        years
    }

    fn of_line(&self, offset: u64, date: &Civil) -> Option<i32> {
        let at = self.changes.partition_point(|(from, _)| *from <= offset);
        match at.checked_sub(1).and_then(|at| self.changes.get(at)) {
            Some((_, year)) => Some(*year),
            None => self.modified.map(|modified| latest_year(modified, date.month, date.day)),
        }
    }
}

/// The last year in which a date lies before `modified`, with a day to spare for other zones.
fn latest_year(modified: Time, month: u8, day: u8) -> i32 {
    let last = modified.plus_seconds(86_400).civil();
    if (month, day) <= (last.month, last.day) { last.year } else { last.year - 1 }
}

/// A walk over the dates of a file's lines.
#[derive(Default)]
struct Walk {
    /// Year ends passed since the first line.
    passed: i32,
    last: Option<(u8, u8)>,
    changes: Vec<(u64, i32)>,
}

impl Walk {
    /// Changes of the year in a file, with the years that they lead to.
    fn over(file: &Arc<File>, modified: Time) -> Vec<(u64, i32)> {
        let mut walk = Self::default();
        let (mut offset, mut buffer) = (0, Vec::new());
        loop {
            let body = Body::Range { file: file.clone(), offset, length: BLOCK };
            let Ok(bytes) = body.load(&mut buffer) else { break };
            let ended = bytes.len() < BLOCK;
            let used = walk.block(bytes, offset, ended);
            if ended || walk.changes.len() > MAX_CHANGES {
                break;
            }
            offset += used as u64;
        }
        let last = walk.last.map(|(month, day)| latest_year(modified, month, day)).unwrap_or_default();
        let first = last - walk.passed;
        walk.changes.into_iter().map(|(from, passed)| (from, first + passed)).collect()
    }

    /// Looks at the lines that begin in a block, which begins with a line; returns where the next block should begin.
    fn block(&mut self, bytes: &[u8], offset: u64, ended: bool) -> usize {
        let mut start = 0;
        loop {
            if bytes.len() - start < DATE_BYTES && !ended && start > 0 {
                return start;
            }
            self.line(&bytes[start..], offset + start as u64);
            match memchr(b'\n', &bytes[start..]) {
                Some(end) => start += end + 1,
                None if start > 0 && !ended => return start,
                None => return bytes.len(),
            }
        }
    }

    fn line(&mut self, line: &[u8], offset: u64) {
        let (_, at) = priority(line);
        let Some(date) = month_and_day(&line[at..]) else { return };
        let day = |(month, day): (u8, u8)| i32::from(month) * 31 + i32::from(day);
        let step = self.last.map_or(0, |last| day(date) - day(last));
        match step {
            // More than a jitter back in the calendar: a year has ended. Nearly a year forward: a late line of the old one.
            ..-3 => self.passed += 1,
            360.. => self.passed -= 1,
            _ if self.last.is_some() => {
                self.last = Some(date);
                return;
            }
            _ => {}
        }
        self.last = Some(date);
        self.changes.push((offset, self.passed));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(line: &str) -> Option<(String, &str, &str, &str, &str)> {
        let h = header(line)?;
        let time = match h.stamp {
            Stamp::Full(time) => time.to_string(),
            Stamp::Yearless { date, nanos, digits } => {
                let time = Time::from_civil(Civil { year: 0, ..date }, nanos, digits);
                time.map(|t| t.to_string()[5..].to_owned()).unwrap_or_default()
            }
            Stamp::None => String::new(),
        };
        Some((time, h.host, h.tag, h.pid, h.text))
    }

    #[test]
    fn headers() {
        for (line, expect) in [
            ("Oct 24 17:05:38 host sysmon: <Event>", ("10-24T17:05:38Z", "host", "sysmon", "", "<Event>")),
            ("<14>Oct  4 17:05:38 h cron[12]: x: y", ("10-04T17:05:38Z", "h", "cron", "12", "x: y")),
            ("Oct 24 17:05:38.25 sudo:  a : TTY", ("10-24T17:05:38.25Z", "", "sudo", "", " a : TTY")),
            ("Oct 24 2021 17:05:38 h k: t", ("2021-10-24T17:05:38Z", "h", "k", "", "t")),
            ("2026-04-07T16:13:10.545523+02:00 h sysmon: x", ("2026-04-07T14:13:10.545523Z", "h", "sysmon", "", "x")),
            (
                "<34>1 2003-10-11T22:14:15.003Z h su - ID47 [a b=\"]\\\"\"][c d=\"\"] 'su' x",
                ("2003-10-11T22:14:15.003Z", "h", "su", "", "'su' x"),
            ),
            ("<34>1 - - app 7 - - text here", ("", "", "app", "7", "text here")),
            (
                "Feb 29 00:00:00 h last message repeated 2 times",
                ("02-29T00:00:00Z", "h", "", "", "last message repeated 2 times"),
            ),
        ] {
            let (time, host, tag, pid, text) = expect;
            assert_eq!(parts(line), Some((time.to_owned(), host, tag, pid, text)), "{line}");
        }
        for line in [
            "",
            "x",
            "Oct 32 17:05:38 h t: x",
            "Oct 24 17:05",
            "<999999>",
            "2026-04-07 16:13:10 install x",
            "Okt 24 17:05:38",
        ] {
            assert!(stamp(line.as_bytes()).is_none(), "{line}");
        }
    }

    #[test]
    fn years_go_back_over_year_ends() {
        let text = "Nov 30 1\nDec 31 2\nJan  1 3\nDec 31 4\nJan  1 5\nMay  5 6\nFeb  1 7\n";
        let mut walk = Walk::default();
        walk.block(text.as_bytes(), 0, true);
        assert_eq!(walk.changes, [(0, 0), (18, 1), (27, 0), (36, 1), (54, 2)]);
    }
}
