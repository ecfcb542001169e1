//! A record as EVTX and the same record as another tool's JSON are one event, where such pairs are there.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

use std::path::{Path, PathBuf};
use whodunit_event::event::System;
use whodunit_event::{Event, Guid};
use whodunit_logs::input::Inputs;
use whodunit_logs::part::Consumer;
use whodunit_logs::{Options, Sink, scan};

#[derive(Default)]
struct Keep(Vec<Event>);

impl Consumer for Keep {
    fn event(&mut self, event: &Event) {
        self.0.push(event.clone());
    }
}

impl Sink for Keep {
    type Out = Vec<Event>;
    fn take(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.0)
    }
}

fn read(path: &Path) -> Vec<Event> {
    let mut events = Vec::new();
    let summary = scan(Inputs::new([path.to_owned()]), Options::default(), Keep::default, |found: Vec<Event>| {
        events.extend(found);
        true
    });
    assert!(!summary.lost(), "{:?}", summary.problems);
    events
}

fn json_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            json_files(&path, found);
        } else if path.extension().is_some_and(|e| e == "json") && path.with_extension("evtx").exists() {
            found.push(path);
        }
    }
}

/// A value as both tools mean it: the other one writes GUIDs in capitals without braces, and cuts white space; authors
/// changed the case of some.
fn plain(value: &str) -> String {
    match Guid::parse(value) {
        Some(guid) => guid.to_string(),
        None => value.trim().to_ascii_lowercase(),
    }
}

/// What the event says, in an order of its own.
fn said(event: &Event) -> Vec<String> {
    let mut all = vec![
        format!("{} {:?} {:?} {:?}", event.event_id, event.version, event.level, event.task),
        format!("{:?} {:?} {:?} {:?}", event.opcode, event.keywords, event.writer_pid, event.writer_tid),
        format!(
            "{:?} {:?} {:?}",
            event.origin.record,
            event.logged.map(|t| t.millis()),
            event.time.map(|t| t.millis())
        ),
        format!("{} {} {}", event.host(), event.provider(), event.channel()),
        plain(event.system(System::UserSid)),
        plain(event.system(System::ActivityId)),
    ];
    all.extend(event.fields().map(|(name, _, value)| format!("{name}={}", plain(event.text(value)))));
    all
}

#[test]
fn pairs_are_alike() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap();
    let data = std::env::var_os("WHODUNIT_DATA").map_or_else(|| root.join("../shared/data"), PathBuf::from);
    let folder = data.join("sigma-regression");
    if !folder.is_dir() {
        println!("skipped: no data at {}", folder.display());
        return;
    }
    let mut paths = Vec::new();
    json_files(&folder, &mut paths);
    let (mut pairs, mut events) = (0, 0);
    for path in paths {
        let logs = read(&path.with_extension("evtx"));
        for json in read(&path) {
            let twin =
                logs.iter().find(|log| log.origin.record == json.origin.record).expect("a record of that number");
            assert_eq!(said(&json), said(twin), "{}", path.display());
            events += 1;
        }
        pairs += 1;
    }
    println!("{pairs} pairs, {events} events");
    assert!(pairs > 50 && events >= pairs);
}
