//! Login records: `/var/run/utmp`, `/var/log/wtmp` and `/var/log/btmp` as glibc writes them on x86-64.
//!
//! Source of the format: utmp(5). A file is an array of 384-byte records without any mark; nothing but the file's name tells
//! failed logins (btmp) from others.

use crate::part::{Decoder, Output, Part, Splitter, Stream};
use crate::records::{self, RecordSplitter, Tally};
use memchr::memchr;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::Arc;
use whodunit_event::event::System;
use whodunit_event::schema::{UNKNOWN, linux};
use whodunit_event::{Event, Time};

/// Bytes of a record.
const RECORD: usize = 384;

/// True if a file that begins with `head` holds login records: as many as the head has, all of them sound, one not empty.
pub fn recognise(head: &[u8]) -> bool {
    let mut records = head.chunks_exact(RECORD).map(Record::parse);
    head.len() >= RECORD && records.clone().all(|r| r.is_some()) && records.any(|r| r.is_some_and(|r| r.kind != EMPTY))
}

/// Cuts a log between records.
pub fn split(stream: Stream) -> Box<dyn Splitter> {
    let path = stream.name.member.as_deref().unwrap_or(&stream.name.file);
    let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
    let log = ["btmp", "utmp"].into_iter().find(|log| name.starts_with(log)).unwrap_or("wtmp");
    Box::new(RecordSplitter::new(stream, Arc::new(Utmp { log }), |bytes| Some(bytes.len() - bytes.len() % RECORD)))
}

/// The decoder of this format.
#[derive(Debug)]
pub struct Utmp {
    /// `wtmp`, `btmp` or `utmp`.
    log: &'static str,
}

impl Decoder for Utmp {
    fn decode(&self, part: &Part, bytes: &[u8], out: &mut Output<'_>) {
        decode_bytes(bytes, part.offset, self.log, out);
    }
}

/// Decodes records; `offset` is the place of the first byte, `log` one of `wtmp`, `btmp`, `utmp`.
fn decode_bytes(bytes: &[u8], offset: u64, log: &str, out: &mut Output<'_>) {
    let (mut empty, mut broken) = (Tally::default(), Tally::default());
    for (number, bytes) in bytes.chunks(RECORD).enumerate() {
        let origin = &mut out.event.origin;
        origin.offset = Some(offset + (number * RECORD) as u64);
        origin.length = Some(bytes.len() as u64);
        match Record::parse(bytes) {
            None => broken.add(&out.event.origin),
            Some(record) if record.kind == EMPTY => empty.add(&out.event.origin),
            Some(record) => {
                record.fill(log, out.event);
                out.emit();
            }
        }
    }
    empty.note("a login record is empty; tools that hide logins leave such ones", out.problems);
    broken.loss("a login record is broken or ends early", "look at this place in the file", out.problems);
}

const EMPTY: u16 = 0;
const LOGIN_PROCESS: u16 = 6;
const USER_PROCESS: u16 = 7;

/// A sound record.
struct Record<'a> {
    kind: u16,
    bytes: &'a [u8; RECORD],
}

impl<'a> Record<'a> {
    /// `None` for what no login program writes.
    fn parse(bytes: &'a [u8]) -> Option<Self> {
        let bytes: &[u8; RECORD] = bytes.try_into().ok()?;
        let record = Self { kind: u16::from_le_bytes([bytes[0], bytes[1]]), bytes };
        let texts = [record.text(8, 32), record.text(44, 32), record.text(76, 256)];
        let plain = |text: &[u8]| text.iter().all(|b| *b >= b' ' && *b != 0x7f);
        let sound = record.kind <= 9 && bytes[2..4] == [0, 0] && record.number(344) < 1_000_000;
        let empty = || record.kind != EMPTY || bytes[44..332].iter().all(|b| *b == 0);
        (sound && texts.iter().all(|t| plain(t)) && empty()).then_some(record)
    }

    fn number(&self, at: usize) -> u32 {
        self.bytes[at..].first_chunk().map_or(0, |b| u32::from_le_bytes(*b))
    }

    /// Text that a zero byte ends if it is shorter than its place.
    fn text(&self, at: usize, length: usize) -> &'a [u8] {
        let place = &self.bytes[at..at + length];
        &place[..memchr(0, place).unwrap_or(length)]
    }

    fn address(&self) -> Option<String> {
        let bytes: [u8; 16] = self.bytes[348..364].try_into().ok()?;
        let [a, b, c, d, rest @ ..] = bytes;
        match bytes {
            _ if bytes == [0; 16] => None,
            _ if rest == [0; 12] => Some(Ipv4Addr::new(a, b, c, d).to_string()),
            _ => Some(Ipv6Addr::from(bytes).to_canonical().to_string()),
        }
    }

    fn fill(&self, log: &str, event: &mut Event) {
        let failed = log == "btmp" && matches!(self.kind, LOGIN_PROCESS | USER_PROCESS);
        event.event_id = if failed { 71010 } else { 71000 + u32::from(self.kind) };
        event.set_spec(linux::UTMP.event(event.event_id).unwrap_or(&UNKNOWN));
        event.put_system(System::Provider, "utmp");
        event.put_system(System::Channel, log);
        let seconds = i64::from(self.number(340));
        event.logged = (seconds != 0).then(|| Time::new(seconds, self.number(344) * 1000, 6));
        event.time = event.logged;
        event.push_text("ProcessId", &self.number(4).to_string());
        for (name, at, length) in [("User", 44, 32), ("Tty", 8, 32), ("TerminalId", 40, 4), ("SourceHost", 76, 256)] {
            let text = self.text(at, length);
            if !text.is_empty() {
                event.push_text(name, &records::text(text));
            }
        }
        if let Some(address) = self.address() {
            event.push_text("SourceIp", &address);
        }
        event.push_text("SessionId", &self.number(336).to_string());
        let half = |at: usize| i16::from_le_bytes([self.bytes[at], self.bytes[at + 1]]);
        if (half(332), half(334)) != (0, 0) {
            event.push_text("Status", &format!("signal {}, exit {}", half(332), half(334)));
        }
    }
}
