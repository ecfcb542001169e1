//! The table against real records, and old records against the table.

#![allow(clippy::unwrap_used)] // a sample that cannot be read fails the test

mod schema_common;

use schema_common::data;
use serde_json::{Map, Value};
use std::path::{Path, PathBuf};
use whodunit_event::Event;
use whodunit_event::schema::{EventSpec, lookup, sysmon::SYSMON};

fn event(spec: &'static EventSpec, fields: impl IntoIterator<Item = (String, String)>) -> Event {
    let mut event = Event::default();
    event.set_spec(spec);
    fields.into_iter().for_each(|(name, value)| event.push_text(&name, &value));
    event
}

fn names(event: &Event) -> Vec<&str> {
    event.fields().map(|(name, ..)| name).collect()
}

/// Schema 4.22 of Sysmon 10 had no user columns, 3.30 of Sysmon 6 no rule names: the record's version is the same.
#[test]
fn records_of_older_schemas_fill_the_same_slots() {
    for spec in SYSMON.events {
        for version in ["3.30", "4.22", "4.91"] {
            let old: Vec<_> =
                spec.fields.iter().filter(|f| f.since.is_none_or(|s| s <= version)).map(|f| f.name).collect();
            let record = event(spec, old.iter().map(|name| (name.to_string(), format!("<{name}>"))));
            assert_eq!(names(&record), old, "{}", spec.id);
            for name in &old {
                assert_eq!(record.get(name), Some(format!("<{name}>").as_str()), "{} {name}", spec.id);
            }
        }
    }
    let counts = |id| {
        ["4.22", "4.91"].map(|v| {
            let spec = lookup("Microsoft-Windows-Sysmon", "", id);
            spec.fields.iter().filter(|f| f.since.is_none_or(|s| s <= v)).count()
        })
    };
    assert_eq!([1, 7, 10, 12, 17, 22].map(counts), [[22, 23], [15, 16], [11, 13], [7, 8], [7, 8], [8, 9]]);
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        match entry.path() {
            path if path.is_dir() => files(&path, found),
            path if path.extension().is_some_and(|e| e == "json") => found.push(path),
            _ => {}
        }
    }
}

/// The fields of a record in the shape that EVTX tools write: EventData, or the one element inside UserData.
fn fields(event: &Value) -> Option<&Map<String, Value>> {
    let inner = |user: &'static str| event[user].as_object()?.iter().find(|(k, _)| !k.starts_with('#'))?.1.as_object();
    event["EventData"].as_object().or_else(|| inner("UserData"))
}

#[test]
fn every_field_of_a_real_record_has_a_slot() {
    let Some(folder) = data("sigma-regression") else { return };
    let (mut paths, mut known) = (Vec::new(), 0);
    files(&folder, &mut paths);
    for path in paths {
        let text = std::fs::read_to_string(&path).unwrap();
        for record in serde_json::Deserializer::from_str(&text).into_iter::<Value>().map_while(Result::ok) {
            let (record, system) = (&record["Event"], &record["Event"]["System"]);
            let provider = system["Provider"]["#attributes"]["Name"].as_str().unwrap_or_default();
            let id = system["EventID"].as_u64().or_else(|| system["EventID"]["#text"].as_u64()).unwrap_or_default();
            let spec = lookup(provider, "", u32::try_from(id).unwrap());
            let Some(fields) = fields(record).filter(|_| !spec.is_unknown()) else { continue };
            let fields = fields.iter().filter(|(name, _)| !name.starts_with('#'));
            let fields: Vec<_> = fields.map(|(name, value)| (name.clone(), value.to_string())).collect();
            let event = event(spec, fields.clone());
            for (name, value) in fields {
                assert!(spec.fields.iter().any(|f| f.name == name), "{}: {id} has {name}", path.display());
                assert_eq!(event.get(&name), Some(value.as_str()), "{}: {id} {name}", path.display());
            }
            known += 1;
        }
    }
    println!("{known} records");
    assert!(known > 90, "only {known} records of the table's events");
}
