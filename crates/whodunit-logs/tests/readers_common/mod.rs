//! Runs one reader over bytes and shows what it found.
#![allow(dead_code)] // each test file uses its own part
#![allow(clippy::panic, clippy::print_stdout)] // a test fails by panic and says what it skips

use std::io::Cursor;
use std::path::{Path, PathBuf};
use whodunit_event::persist::Item;
use whodunit_event::{Event, Time, encode};
use whodunit_logs::part::{Consumer, SourceName, Splitter, Stream};
use whodunit_logs::{Problem, lines, scan};

/// What a reader found.
#[derive(Default)]
pub(crate) struct Found {
    pub(crate) events: Vec<Event>,
    pub(crate) items: Vec<Item>,
    pub(crate) problems: Vec<Problem>,
}

impl Consumer for Found {
    fn event(&mut self, event: &Event) {
        self.events.push(event.clone());
    }
    fn item(&mut self, item: Item) {
        self.items.push(item);
    }
}

pub(crate) type Split = fn(Stream) -> Box<dyn Splitter>;

/// A log in memory under a name.
pub(crate) fn stream(name: &str, bytes: &[u8], modified: Option<&str>) -> Stream {
    lines::to_utf8(Stream {
        name: SourceName { file: name.into(), member: None },
        reader: Box::new(Cursor::new(bytes.to_vec())),
        head: bytes[..bytes.len().min(4096)].to_vec(),
        file: None,
        modified: modified.and_then(Time::parse),
    })
}

/// Everything that a reader finds in a log.
pub(crate) fn read_stream(split: Split, stream: Stream) -> Found {
    let mut found = Found::default();
    let (mut problems, mut event, mut buffer) = (Vec::new(), Event::default(), Vec::new());
    let mut splitter = split(stream);
    while let Some(part) = splitter.next(&mut problems) {
        scan::decode(&part, &mut found, &mut event, &mut buffer, &mut problems, None);
    }
    found.problems = problems;
    found
}

pub(crate) fn read(split: Split, bytes: &[u8]) -> Found {
    read_stream(split, stream("log", bytes, Some("2026-03-02T12:00:00Z")))
}

/// Reads every prefix of a log, and the log with each byte broken: nothing may panic, and nothing may invent events.
pub(crate) fn torture(split: Split, bytes: &[u8]) {
    let whole = read(split, bytes).events.len();
    for cut in 0..bytes.len() {
        assert!(read(split, &bytes[..cut]).events.len() <= whole + 1, "cut at {cut}");
    }
    for at in 0..bytes.len() {
        for byte in [0, b'<', b'\n', 0xff, b'='] {
            let mut broken = bytes.to_vec();
            broken[at] = byte;
            read(split, &broken);
        }
    }
}

/// The event as JSON.
pub(crate) fn json(event: &Event) -> serde_json::Value {
    let mut out = Vec::new();
    encode::json::write(event, &mut out);
    serde_json::from_slice(&out).unwrap_or_else(|e| panic!("{e}: {}", String::from_utf8_lossy(&out)))
}

/// The fields of an event as `name=value`, joined by `|`.
pub(crate) fn fields(event: &Event) -> String {
    let all: Vec<_> = event.fields().map(|(name, _, value)| format!("{name}={}", event.text(value))).collect();
    all.join("|")
}

/// Each event as `id name: fields`.
pub(crate) fn shown(found: &Found) -> Vec<String> {
    found.events.iter().map(|e| format!("{} {}: {}", e.event_id, e.spec().name, fields(e))).collect()
}

/// The recorded data, if it is there.
pub(crate) fn data() -> Option<PathBuf> {
    let path = std::env::var_os("WHODUNIT_DATA").map(PathBuf::from);
    let path = path.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"));
    if !path.is_dir() {
        println!("skipped: no data at {}", path.display());
        return None;
    }
    Some(path)
}
