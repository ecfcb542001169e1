//! Readers held against recordings: the same records through EVTX and through another reader's XML, and Linux records of
//! an attack out of a JSON export.
#![allow(clippy::unwrap_used, clippy::print_stdout)] // a test fails by panic

mod readers_common;

use readers_common::*;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use whodunit_event::Event;
use whodunit_event::event::System;
use whodunit_logs::{evtx as ours, winxml};

fn recordings(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            recordings(&path, found);
        } else if path.extension().is_some_and(|e| e == "evtx") {
            found.push(path);
        }
    }
}

/// What an event says, without its place.
fn content(event: &Event) -> BTreeMap<String, String> {
    let mut out: BTreeMap<_, _> =
        event.fields().map(|(name, _, value)| (name.to_owned(), event.text(value).to_owned())).collect();
    for which in [System::Host, System::Provider, System::Channel, System::UserSid] {
        out.insert(format!("{which:?}"), event.system(which).to_owned());
    }
    let numbers = format!(
        "{} {:?} {:?} {:?} {:?} {:?} {:?} {:?}",
        event.event_id,
        event.version,
        event.level,
        event.task,
        event.opcode,
        event.keywords,
        event.writer_pid,
        event.writer_tid
    );
    out.insert("numbers".to_owned(), numbers);
    out.insert("time".to_owned(), format!("{:?}", event.time.map(|t| t.seconds())));
    out
}

#[test]
fn xml_says_what_evtx_says() {
    let Some(data) = data() else { return };
    let mut files = Vec::new();
    recordings(&data.join("evtx"), &mut files);
    files.sort();
    let (mut compared, mut different) = (0, Vec::new());
    for path in files.iter().filter(|p| p.metadata().is_ok_and(|m| m.len() < 1_200_000)) {
        let Ok(mut parser) = evtx::EvtxParser::from_path(path) else { continue };
        let xml: Vec<String> = parser.records().flatten().map(|r| r.data).collect();
        let by_xml = read(winxml::split, format!("<Events>{}</Events>", xml.concat()).as_bytes());
        assert_eq!(by_xml.events.len(), xml.len(), "{}", path.display());
        let bytes = std::fs::read(path).unwrap();
        let by_evtx = read(ours::split, &bytes);
        let evtx: BTreeMap<_, _> = by_evtx.events.iter().map(|e| (e.origin.record, content(e))).collect();
        for event in &by_xml.events {
            let Some(expect) = evtx.get(&event.origin.record) else { continue };
            compared += 1;
            let found = content(event);
            if found != *expect {
                let name = path.file_name().unwrap().to_string_lossy().into_owned();
                // The other reader writes `_` for control characters.
                let plain = |k: &&String| !expect.get(*k).is_some_and(|v| v.contains(char::is_control));
                let keys = found.keys().chain(expect.keys()).filter(plain);
                let keys = keys.filter(|k| found.get(*k) != expect.get(*k));
                let differ: Vec<_> = keys.map(|k| format!("{k}: {:?} {:?}", found.get(k), expect.get(k))).collect();
                if differ.is_empty() {
                    continue;
                }
                different.push(format!("{name} {:?} {}", event.origin.record, differ.join("; ")));
            }
        }
    }
    println!("{compared} records compared");
    assert!(
        compared > 1000 && different.is_empty(),
        "{} differ:\n{}",
        different.len(),
        different[..different.len().min(20)].join("\n")
    );
}
