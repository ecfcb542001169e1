//! Every record of every recording, compared with an independent reader: the `evtx` crate.
//!
//! Each value that it finds must be among ours, under the same name; System values must be equal. The explained
//! differences:
//!
//! * null values: absent there, absent or empty here;
//! * `Provider` Guid and EventSourceName, `EventID` Qualifiers, and namespaces are left out here;
//! * a name that comes again is `Name_1` there, `Name_2` here;
//! * letters of GUIDs and hexadecimal digits are compared without case;
//! * times have microseconds there and all digits of the record here;
//! * floating-point numbers are compared as numbers.
#![allow(clippy::unwrap_used, clippy::print_stdout)] // a test may fail, and says what it skips

use serde_json::Value;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use whodunit_event::event::System;
use whodunit_event::{Event, Time};
use whodunit_logs::part::Consumer;

/// Our events of one file, by record id, in order.
#[derive(Default)]
struct Events(HashMap<u64, Vec<Event>>);

impl Consumer for Events {
    fn event(&mut self, event: &Event) {
        self.0.entry(event.origin.record.unwrap_or(0)).or_default().push(event.clone());
    }
}

#[derive(Default)]
struct Tally {
    files: usize,
    records: usize,
    values: usize,
    wrong: Vec<String>,
}

#[test]
fn every_value_of_every_record() {
    let Some(root) = data() else { return };
    let mut tally = Tally::default();
    for path in files(&root) {
        tally.files += 1;
        compare_file(&path, &mut tally);
    }
    println!("{} files, {} records, {} values", tally.files, tally.records, tally.values);
    assert!(
        tally.wrong.is_empty(),
        "{} differences:\n{}",
        tally.wrong.len(),
        tally.wrong[..tally.wrong.len().min(40)].join("\n")
    );
    assert!(tally.files > 0 && tally.values > 20 * tally.files);
}

fn data() -> Option<PathBuf> {
    let base = match std::env::var_os("WHODUNIT_DATA") {
        Some(path) => PathBuf::from(path),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(3)?.join("shared/data"),
    };
    let path = base.join("evtx");
    if !path.is_dir() {
        println!("skipped: no data at {}", path.display());
        return None;
    }
    Some(path)
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|e| e.eq_ignore_ascii_case("evtx")) {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn compare_file(path: &Path, tally: &mut Tally) {
    let bytes = std::fs::read(path).unwrap();
    let (mut ours, mut problems) = (Events::default(), Vec::new());
    whodunit_logs::evtx::decode_bytes(&bytes, &mut ours, &mut problems);
    let settings = evtx::ParserSettings::default().num_threads(1);
    let mut parser = evtx::EvtxParser::from_buffer(bytes).unwrap().with_configuration(settings);
    let mut taken: HashMap<u64, usize> = HashMap::new();
    for record in parser.records_json_value().flatten() {
        let event = &record.data["Event"];
        let id = number(&event["System"]["EventRecordID"]).unwrap_or(record.event_record_id);
        let nth = taken.entry(id).or_default();
        tally.records += 1;
        match ours.0.get(&id).and_then(|events| events.get(*nth)) {
            None => tally.wrong.push(format!("{} record {id} is missing", path.display())),
            Some(our) => {
                let wrong = compare(event, our, tally);
                tally.wrong.extend(wrong.into_iter().map(|w| format!("{} record {id}: {w}", path.display())));
            }
        }
        *nth += 1;
    }
    for problem in problems {
        println!("{}: {problem}", path.display());
    }
    let our_records: usize = ours.0.values().map(Vec::len).sum();
    let their_records: usize = taken.values().sum();
    if our_records != their_records {
        tally.wrong.push(format!("{}: {our_records} records, there {their_records}", path.display()));
    }
}

fn compare(theirs: &Value, ours: &Event, tally: &mut Tally) -> Vec<String> {
    let mut wrong = compare_system(&theirs["System"], ours);
    let mut values = Vec::new();
    for (name, value) in theirs.as_object().unwrap() {
        match name.as_str() {
            "System" => values.extend(unlisted(value)),
            "#attributes" => {}
            "RenderingInfo" => leaves("RenderingInfo.", name, value, &mut values),
            _ => leaves("", name, value, &mut values),
        }
    }
    tally.values += values.len();
    let mut rest: Vec<_> = ours.fields().map(|(name, _, value)| (name, ours.text(value))).collect();
    let mut take = |fits: &dyn Fn(&str, &str) -> bool| {
        let at = rest.iter().position(|(name, value)| fits(name, value));
        at.map(|at| rest.remove(at)).is_some()
    };
    values.retain(|(name, value)| !take(&|n, v| n == name && equal(value, v)));
    for (name, value) in values {
        // Unnamed data have the table's names or numbers here; names that come again are numbered otherwise.
        let renamed = |n: &str| name == "Data" || base(n) == base(&name);
        if !take(&|n, v| renamed(n) && equal(&value, v)) {
            wrong.push(format!("{name} is {value:?} there, {:?} here", ours.get(&name)));
        }
    }
    let extra: Vec<_> = rest.iter().filter(|(_, v)| !v.is_empty()).collect();
    if !extra.is_empty() {
        wrong.push(format!("only here: {extra:?}"));
    }
    wrong
}

fn compare_system(theirs: &Value, ours: &Event) -> Vec<String> {
    let attribute = |element: &str, name: &str| theirs[element]["#attributes"][name].clone();
    let text = |element: &str| match &theirs[element] {
        Value::Object(parts) => parts.get("#text").cloned().unwrap_or(Value::Null),
        value => value.clone(),
    };
    let show = |n: Option<u64>| n.map(|n| n.to_string()).unwrap_or_default();
    let keywords = ours.keywords.map(|k| format!("0x{k:x}")).unwrap_or_default();
    let pairs = [
        ("Provider", attribute("Provider", "Name"), ours.provider().to_owned()),
        ("EventID", text("EventID"), ours.event_id.to_string()),
        ("Version", text("Version"), show(ours.version.map(u64::from))),
        ("Level", text("Level"), show(ours.level.map(u64::from))),
        ("Task", text("Task"), show(ours.task.map(u64::from))),
        ("Opcode", text("Opcode"), show(ours.opcode.map(u64::from))),
        ("Keywords", text("Keywords"), keywords),
        ("EventRecordID", text("EventRecordID"), show(ours.origin.record)),
        ("TimeCreated", attribute("TimeCreated", "SystemTime"), ours.logged.map(|t| t.to_string()).unwrap_or_default()),
        ("ActivityID", attribute("Correlation", "ActivityID"), ours.system(System::ActivityId).to_owned()),
        ("ProcessID", attribute("Execution", "ProcessID"), show(ours.writer_pid.map(u64::from))),
        ("ThreadID", attribute("Execution", "ThreadID"), show(ours.writer_tid.map(u64::from))),
        ("Channel", text("Channel"), ours.channel().to_owned()),
        ("Computer", text("Computer"), ours.host().to_owned()),
        ("UserID", attribute("Security", "UserID"), ours.system(System::UserSid).to_owned()),
    ];
    let differs = |(_, theirs, ours): &(&str, Value, String)| match theirs {
        Value::Null => !ours.is_empty(),
        _ => !equal(&scalar(theirs), ours),
    };
    pairs
        .into_iter()
        .filter(differs)
        .map(|(name, theirs, ours)| format!("System {name}: {theirs} there, {ours} here"))
        .collect()
}

/// Attributes of the System section that are fields here.
fn unlisted(system: &Value) -> Vec<(String, String)> {
    let known = ["ActivityID", "ProcessID", "ThreadID"];
    let attributes = ["Correlation", "Execution"].map(|element| system[element]["#attributes"].as_object());
    let all = attributes.into_iter().flatten().flatten();
    all.filter(|(n, v)| !known.contains(&n.as_str()) && !v.is_null()).map(|(n, v)| (n.clone(), scalar(v))).collect()
}

/// Names and texts of all leaves under `value`.
fn leaves(prefix: &str, name: &str, value: &Value, out: &mut Vec<(String, String)>) {
    match value {
        Value::Null => {}
        Value::Array(items) => items.iter().for_each(|item| leaves(prefix, name, item, out)),
        Value::Object(members) => {
            for (member, value) in members {
                match (member.as_str(), value) {
                    ("#text", value) => leaves(prefix, name, value, out),
                    ("#attributes", Value::Object(attributes)) => {
                        let kept = attributes.iter().filter(|(n, _)| !n.starts_with("xmlns"));
                        kept.for_each(|(attribute, value)| leaves(prefix, &format!("{name}.{attribute}"), value, out));
                    }
                    (member, value) => leaves(prefix, member, value, out),
                }
            }
        }
        scalar_value => out.push((format!("{prefix}{name}"), scalar(scalar_value))),
    }
}

fn scalar(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// A name without the number behind it.
fn base(name: &str) -> &str {
    name.rsplit_once('_').filter(|(_, number)| number.parse::<u32>().is_ok()).map_or(name, |(base, _)| base)
}

fn number(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.parse().ok())
}

fn equal(theirs: &str, ours: &str) -> bool {
    let hexadecimal = |text: &str| text.bytes().all(|b| b.is_ascii_hexdigit() || b"{}-x".contains(&b));
    theirs == ours
        || (hexadecimal(theirs) && theirs.eq_ignore_ascii_case(ours))
        || same_time(theirs, ours)
        || matches!((theirs.parse::<f64>(), ours.parse::<f64>()), (Ok(a), Ok(b)) if a == b && ours.contains(['.', 'e']))
}

fn same_time(theirs: &str, ours: &str) -> bool {
    match (Time::parse(theirs), Time::parse(ours)) {
        (Some(a), Some(b)) => (a.total_nanos() - b.total_nanos()).abs() < 1000,
        _ => false,
    }
}
