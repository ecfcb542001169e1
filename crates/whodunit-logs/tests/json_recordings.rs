//! JSON recordings of real attacks, where they are there: every line becomes an event, nothing is lost.
//!
//! `WHODUNIT_FULL=1` reads all of them (1.4 GB unpacked); otherwise the small ones.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use whodunit_event::Event;
use whodunit_event::event::TimeFrom;
use whodunit_logs::input::Inputs;
use whodunit_logs::part::Consumer;
use whodunit_logs::problem::Severity;
use whodunit_logs::{Options, Problem, Sink, scan};

/// The data beside the repository, or where `WHODUNIT_DATA` says.
fn data() -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap();
    let path = std::env::var_os("WHODUNIT_DATA").map_or_else(|| root.join("../shared/data"), PathBuf::from);
    let found = path.is_dir();
    if !found {
        println!("skipped: no data at {}", path.display());
    }
    found.then_some(path)
}

fn zips(folder: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<_> = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            zips(&path, found);
        } else if path.extension().is_some_and(|e| e == "zip") {
            found.push(path);
        }
    }
}

#[derive(Default)]
struct Seen {
    events: u64,
    defects: BTreeMap<&'static str, (u64, String)>,
}

struct Looker(Seen);

impl Consumer for Looker {
    fn event(&mut self, event: &Event) {
        self.0.events += 1;
        let mut defect = |what, is: bool| {
            if is {
                let entry = self.0.defects.entry(what).or_insert((0, format!("{} {}", event.origin, event.event_id)));
                entry.0 += 1;
            }
        };
        defect("no host", event.host().is_empty());
        defect("no time", event.time.is_none());
        defect("only the collector's time", event.time_from == TimeFrom::Collector);
        let sysmon = event.provider().ends_with("-Sysmon") || event.channel().contains("Sysmon");
        defect("Sysmon event without entry", sysmon && event.spec().is_unknown());
        let guid = event.spec().fields.iter().any(|f| f.name == "ProcessGuid");
        defect("Sysmon event without ProcessGuid", sysmon && guid && event.get("ProcessGuid").is_none());
        defect("Sysmon event without ProcessId", sysmon && guid && event.get("ProcessId").is_none());
    }
}

impl Sink for Looker {
    type Out = Seen;
    fn take(&mut self) -> Seen {
        std::mem::take(&mut self.0)
    }
}

/// Lines of a zip's members, counted without this crate's own readers.
fn lines(path: &Path) -> u64 {
    let listing =
        std::process::Command::new("unzip").args(["-p"]).arg(path).args(["-x", "__MACOSX/*"]).output().unwrap();
    listing.stdout.split(|b| *b == b'\n').filter(|line| !line.trim_ascii().is_empty()).count() as u64
}

#[test]
fn every_line_of_every_recording_is_an_event() {
    let Some(data) = data() else { return };
    let full = std::env::var_os("WHODUNIT_FULL").is_some();
    let mut paths = Vec::new();
    zips(&data.join("mordor"), &mut paths);
    paths.retain(|path| full || path.metadata().unwrap().len() < 60_000);
    assert!(!paths.is_empty());
    let unzip = std::process::Command::new("unzip").arg("-v").output().is_ok();
    let mut all = BTreeMap::new();
    for path in paths {
        let (mut events, mut defects) = (0, BTreeMap::new());
        let summary = scan(
            Inputs::new([path.clone()]),
            Options::default(),
            || Looker(Seen::default()),
            |seen: Seen| {
                events += seen.events;
                seen.defects.into_iter().for_each(|(what, found)| {
                    defects.entry(what).or_insert((0, found.1)).0 += found.0;
                });
                true
            },
        );
        // Syslog itself cut some of the events in this one.
        let cut = |p: &Problem| p.origin.file.contains("syslog_sysmon_") && p.what.contains("ends in the middle");
        let lost: Vec<_> = summary.problems.iter().filter(|p| p.severity == Severity::Loss && !cut(p)).collect();
        assert!(lost.is_empty(), "{lost:?}");
        assert!(events > 0 && (!unzip || events == lines(&path)), "{}: {events} events", path.display());
        defects.into_iter().for_each(|(what, found)| all.entry(what).or_insert((0, found.1)).0 += found.0);
    }
    println!("{all:#?}");
    for what in ["no host", "no time", "Sysmon event without entry"] {
        assert!(!all.contains_key(what), "{what}: {:?}", all[what]);
    }
}

#[test]
fn a_recording_reads_alike_packed_and_plain() {
    let Some(data) = data() else { return };
    let mut paths = Vec::new();
    zips(&data.join("mordor"), &mut paths);
    let Some(path) = paths.iter().find(|p| p.metadata().unwrap().len() < 30_000) else { return };
    let Ok(plain) = std::process::Command::new("unzip").arg("-p").arg(path).output() else { return };
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.json"), &plain.stdout).unwrap();
    let read = |path: PathBuf| {
        let mut text = Vec::new();
        scan(
            Inputs::new([path]),
            Options::default(),
            || Texts(Vec::new()),
            |out: Vec<u8>| {
                text.extend_from_slice(&out);
                true
            },
        );
        text
    };
    assert_eq!(read(path.clone()), read(folder.path().to_owned()));
}

struct Texts(Vec<u8>);

impl Consumer for Texts {
    fn event(&mut self, event: &Event) {
        let mut event = event.clone();
        event.origin = whodunit_event::Origin { record: event.origin.record, ..Default::default() };
        whodunit_event::encode::json::write(&event, &mut self.0);
        self.0.push(b'\n');
    }
}

impl Sink for Texts {
    type Out = Vec<u8>;
    fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.0)
    }
}
