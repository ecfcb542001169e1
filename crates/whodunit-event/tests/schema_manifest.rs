//! The Sysmon table against Sysmon's own manifests: the newest one for events, fields, order and types, the history of
//! all versions for what came when.

#![allow(clippy::unwrap_used)] // a sample that cannot be read fails the test

mod schema_common;

use schema_common::data;
use std::collections::BTreeMap;
use whodunit_event::schema::RuleDefault::{Always, Exclude, Include};
use whodunit_event::schema::{EventSpec, FieldType, lookup, sysmon::SYSMON};
use whodunit_event::xml::{Reader, Tag, Token};

const PROVIDER: &str = "Microsoft-Windows-Sysmon";
const HISTORY: &str = "sysmon-configs/schema/SysmonCommon-manifest-2.0-to-4.90.xml";
const NEWEST: &str = "sysmon-configs/schema/sysmon-4.91.xml";

/// Events of the newest schema that the history, which is the shared code's, does not hold.
const WINDOWS_ONLY: [u32; 3] = [27, 28, 29];

#[derive(Debug)]
struct Manifest {
    /// Two places, as the table has it: `4.10`.
    version: String,
    events: Vec<ManifestEvent>,
}

#[derive(Debug)]
struct ManifestEvent {
    id: u32,
    version: u8,
    template: String,
    rule: Option<String>,
    include: bool,
    /// Name, inType, outType.
    fields: Vec<(String, String, String)>,
}

fn attribute(tag: &Tag, name: &str) -> Option<String> {
    tag.attribute(name).map(str::to_owned)
}

fn manifests(text: &str) -> Vec<Manifest> {
    let mut all: Vec<Manifest> = Vec::new();
    for token in Reader::new(text) {
        let Token::Start(tag) = token else { continue };
        match tag.name {
            "manifest" => {
                let version: f32 = tag.attribute("schemaversion").unwrap().parse().unwrap();
                all.push(Manifest { version: format!("{version:.2}"), events: Vec::new() });
            }
            "event" => all.last_mut().unwrap().events.extend(event(&tag)),
            "data" => {
                let Some(event) = all.last_mut().and_then(|m| m.events.last_mut()) else { continue };
                let text = |name| attribute(&tag, name).unwrap_or_default();
                event.fields.push((text("name"), text("inType"), text("outType")));
            }
            _ => {}
        }
    }
    all.iter_mut().for_each(|m| m.events.retain(|e| e.id <= 255));
    all
}

/// An event; internal ones (`0xf001`) get an id that no record has.
fn event(tag: &Tag) -> Option<ManifestEvent> {
    Some(ManifestEvent {
        id: attribute(tag, "value")?.parse().unwrap_or(u32::MAX),
        version: attribute(tag, "version").and_then(|v| v.parse().ok()).unwrap_or(0),
        template: attribute(tag, "template")?,
        rule: attribute(tag, "rulename"),
        include: tag.attribute("ruledefault") == Some("include"),
        fields: Vec::new(),
    })
}

fn read(path: &str) -> Option<Vec<Manifest>> {
    let text = std::fs::read_to_string(data(path)?).unwrap();
    Some(manifests(text.trim_start_matches('\u{feff}')))
}

/// True if a field of the manifest's type may be what the table says it is.
fn fits(kind: FieldType, in_type: &str, out_type: &str) -> bool {
    match (in_type, out_type) {
        ("win:GUID", _) => kind == FieldType::Guid,
        ("win:UInt32", "win:PID") => kind == FieldType::Pid,
        ("win:UInt32", _) => kind == FieldType::Number,
        ("win:UInt16", _) => kind == FieldType::Port,
        ("win:Boolean", _) => kind == FieldType::Bool,
        ("win:HexInt32" | "win:HexInt64", _) => kind == FieldType::Hex,
        ("win:UnicodeString", _) => !matches!(kind, FieldType::Guid | FieldType::Pid | FieldType::Port),
        _ => false,
    }
}

fn agree(spec: &EventSpec, event: &ManifestEvent) {
    let id = event.id;
    assert_eq!((spec.title, spec.version), (event.template.as_str(), event.version), "{id}");
    match &event.rule {
        Some(rule) => {
            let default = if event.include { Include } else { Exclude };
            assert_eq!((spec.name, spec.default), (rule.as_str(), default), "{id}");
        }
        None => assert_eq!(spec.default, Always, "{id}"),
    }
    let names: Vec<_> = spec.fields.iter().map(|f| f.name).collect();
    assert_eq!(names, event.fields.iter().map(|f| f.0.as_str()).collect::<Vec<_>>(), "{id}");
    for (field, (name, in_type, out_type)) in spec.fields.iter().zip(&event.fields) {
        assert!(fits(field.kind, in_type, out_type), "{id} {name}: {in_type} {out_type} is {:?}", field.kind);
    }
}

#[test]
fn the_table_is_the_newest_schema() {
    let (Some(newest), Some(history)) = (read(NEWEST), read(HISTORY)) else { return };
    let [newest] = newest.as_slice() else { panic!("one manifest expected") };
    assert_eq!((newest.version.as_str(), newest.events.len()), ("4.91", 30));
    newest.events.iter().for_each(|event| agree(lookup(PROVIDER, "", event.id), event));
    let linux: Vec<_> = history[0].events.iter().filter(|e| (100..255).contains(&e.id)).collect();
    linux.iter().for_each(|event| agree(lookup("Linux-Sysmon", "", event.id), event));
    assert_eq!(SYSMON.events.len(), newest.events.len() + linux.len());
}

#[test]
fn since_is_the_version_of_the_first_manifest_with_it() {
    let Some(mut history) = read(HISTORY) else { return };
    history.reverse(); // the file has the newest first
    assert!(history.len() > 20 && history.is_sorted_by(|a, b| a.version < b.version));
    let mut first: BTreeMap<(u32, &str), &str> = BTreeMap::new();
    for manifest in &history {
        for event in &manifest.events {
            let names = event.fields.iter().map(|f| f.0.as_str());
            names.chain([""]).for_each(|name| _ = first.entry((event.id, name)).or_insert(&manifest.version));
        }
    }
    let after = |version: &'static str, than: &str| Some(version).filter(|v| *v > than);
    for event in SYSMON.events.iter().filter(|e| !WINDOWS_ONLY.contains(&e.id)) {
        let brought = first[&(event.id, "")];
        assert_eq!(event.since.unwrap_or("2.00"), brought, "{}", event.id);
        for field in event.fields {
            let expect = first[&(event.id, field.name)];
            assert_eq!(field.since.unwrap_or(brought), expect, "{} {}", event.id, field.name);
            assert_eq!(field.since, field.since.and_then(|v| after(v, brought)), "{} {}", event.id, field.name);
        }
    }
}

#[test]
fn the_history_holds_no_field_that_the_table_lost() {
    let Some(history) = read(HISTORY) else { return };
    for manifest in &history {
        for event in &manifest.events {
            let spec = lookup(PROVIDER, "", event.id);
            let lost = event.fields.iter().filter(|f| f.0 != "SequenceNumber" && spec.slot(&f.0).is_none());
            let lost: Vec<_> = lost.map(|f| &f.0).collect();
            assert!(lost.is_empty(), "{} of schema {}: {lost:?}", event.id, manifest.version);
        }
    }
}
