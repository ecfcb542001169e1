//! The table for people and for programs: what `whodunit schema` prints.
//!
//! A filter is an id (`22`), a name (`DnsQuery`), a family, provider or channel (`sysmon`), or a family and one of its
//! events (`sysmon/22`, `Security 4688`). ASCII case does not matter.

use super::{EventSpec, FAMILIES, Family};
use crate::encode::json::string;
use std::fmt::Write;

/// A filter that nothing in the table answers to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unknown {
    /// What was asked for.
    pub asked: String,
    /// Names in the table that are nearly that, nearest first.
    pub near: Vec<String>,
}

impl std::fmt::Display for Unknown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "no event or family `{}` in the table", self.asked)?;
        match self.near.as_slice() {
            [] => f.write_str("; `schema` without a name lists all"),
            near => write!(f, "; did you mean {}?", near.join(", ")),
        }
    }
}

impl std::error::Error for Unknown {}

type Entry = (&'static Family, &'static EventSpec);

/// Appends the list of events (no filter, or a family), or the fields of the events that the filter names.
pub fn text(filter: Option<&str>, out: &mut String) -> Result<(), Unknown> {
    match select(filter)? {
        Selection::Families(families) => families.iter().for_each(|family| list(family, out)),
        Selection::Events(events) => events.iter().for_each(|(family, event)| detail(family, event, out)),
    }
    Ok(())
}

/// The same selection as JSON, one object for each event, always with its fields.
pub fn json(filter: Option<&str>) -> Result<Vec<String>, Unknown> {
    let entries = match select(filter)? {
        Selection::Families(families) => families.into_iter().flat_map(entries).collect(),
        Selection::Events(events) => events,
    };
    Ok(entries.into_iter().map(|(family, event)| object(family, event)).collect())
}

enum Selection {
    Families(Vec<&'static Family>),
    Events(Vec<Entry>),
}

fn select(filter: Option<&str>) -> Result<Selection, Unknown> {
    let Some(filter) = filter.map(str::trim) else { return Ok(Selection::Families(FAMILIES.to_vec())) };
    let families: Vec<_> = FAMILIES.iter().copied().filter(|f| called(f, filter)).collect();
    if !families.is_empty() {
        return Ok(Selection::Families(families));
    }
    let (family, event) = filter.rsplit_once([' ', '/']).unwrap_or(("", filter));
    let of_family = |f: &&Family| family.is_empty() || called(f, family.trim());
    let events = FAMILIES.iter().copied().filter(of_family).flat_map(entries);
    match events.filter(|(_, e)| e.name.eq_ignore_ascii_case(event) || event.parse() == Ok(e.id)).collect::<Vec<_>>() {
        events if events.is_empty() => Err(Unknown { asked: filter.to_owned(), near: near(event) }),
        events => Ok(Selection::Events(events)),
    }
}

fn entries(family: &'static Family) -> impl Iterator<Item = Entry> {
    family.events.iter().map(move |event| (family, event))
}

fn called(family: &Family, name: &str) -> bool {
    let names = [family.name].into_iter().chain(family.providers.iter().chain(family.channels).copied());
    names.into_iter().any(|n| n.eq_ignore_ascii_case(name))
}

/// Up to five names of events and families that hold `asked` or differ from it in a third of its letters at most.
fn near(asked: &str) -> Vec<String> {
    let asked = asked.to_ascii_lowercase();
    let names = FAMILIES.iter().flat_map(|f| f.events.iter().map(|e| e.name).chain([f.name]));
    let mut ranked: Vec<_> = names.map(|name| (difference(&asked, &name.to_ascii_lowercase()), name)).collect();
    ranked.retain(|(difference, _)| *difference <= (asked.len() / 3).max(1));
    ranked.sort_unstable();
    ranked.dedup();
    ranked.into_iter().take(5).map(|(_, name)| name.to_owned()).collect()
}

/// Letters to change, add or leave out to make `a` of `b`; 1 where `b` holds all of a longer `a`.
fn difference(a: &str, b: &str) -> usize {
    if a.len() > 3 && b.contains(a) {
        return 1;
    }
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (at, x) in a.bytes().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], at + 1);
        for (to, y) in b.bytes().enumerate() {
            let change = diagonal + usize::from(x != y);
            diagonal = row[to + 1];
            row[to + 1] = change.min(diagonal + 1).min(row[to] + 1);
        }
    }
    row[b.len()]
}

/// One line for each event of a family: id, name, version, since, docs.
fn list(family: &Family, out: &mut String) {
    if !out.is_empty() {
        out.push('\n');
    }
    line(out, format_args!("{}: {}", family.name, family.providers.join(", ")));
    let width = family.events.iter().map(|e| e.name.len()).max().unwrap_or(0);
    for event in family.events {
        let (since, version) = (event.since.unwrap_or("-"), event.version);
        line(out, format_args!("  {:>5}  {:width$}  v{version}  {since:4}  {}", event.id, event.name, event.doc));
    }
}

/// An event with its fields: name, type, since, docs.
fn detail(family: &Family, event: &EventSpec, out: &mut String) {
    if !out.is_empty() {
        out.push('\n');
    }
    let title = if event.title.is_empty() { String::new() } else { format!(" ({})", event.title) };
    let since = event.since.map(|version| format!(", since {version}")).unwrap_or_default();
    line(out, format_args!("{}/{} {}{title}, version {}{since}", family.name, event.id, event.name, event.version));
    line(out, format_args!("{}\n", event.doc));
    let width = event.fields.iter().map(|f| f.name.len()).max().unwrap_or(0);
    for field in event.fields {
        let (kind, since) = (field.kind.word(), field.since.unwrap_or("-"));
        line(out, format_args!("  {:width$}  {kind:11}  {since:4}  {}", field.name, field.doc));
    }
}

fn line(out: &mut String, text: std::fmt::Arguments) {
    let _ = writeln!(out, "{text}"); // writing into a string cannot fail
}

fn object(family: &Family, event: &EventSpec) -> String {
    let mut out = Vec::new();
    out.extend_from_slice(b"{\"family\":");
    string(family.name.as_bytes(), &mut out);
    list_of("providers", family.providers, &mut out);
    list_of("channels", family.channels, &mut out);
    out.extend_from_slice(format!(",\"event_id\":{}", event.id).as_bytes());
    member("name", Some(event.name), &mut out);
    member("title", Some(event.title).filter(|t| !t.is_empty()), &mut out);
    out.extend_from_slice(format!(",\"version\":{}", event.version).as_bytes());
    member("since", event.since, &mut out);
    member("doc", Some(event.doc), &mut out);
    out.extend_from_slice(b",\"fields\":[");
    for (at, field) in event.fields.iter().enumerate() {
        out.extend_from_slice(if at == 0 { b"{\"name\":" } else { b",{\"name\":" });
        string(field.name.as_bytes(), &mut out);
        member("type", Some(field.kind.word()), &mut out);
        member("since", field.since, &mut out);
        member("doc", Some(field.doc), &mut out);
        out.push(b'}');
    }
    out.extend_from_slice(b"]}");
    String::from_utf8(out).unwrap_or_default()
}

/// `,"name":"value"`, or `null`.
fn member(name: &str, value: Option<&str>, out: &mut Vec<u8>) {
    out.extend_from_slice(format!(",\"{name}\":").as_bytes());
    match value {
        Some(value) => string(value.as_bytes(), out),
        None => out.extend_from_slice(b"null"),
    }
}

fn list_of(name: &str, values: &[&str], out: &mut Vec<u8>) {
    out.extend_from_slice(format!(",\"{name}\":[").as_bytes());
    for (at, value) in values.iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        string(value.as_bytes(), out);
    }
    out.push(b']');
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    fn shown(filter: &str) -> String {
        let mut out = String::new();
        text(Some(filter), &mut out).unwrap();
        out
    }

    #[test]
    fn all_spellings_of_an_event_show_its_fields() {
        let expect = shown("sysmon/22");
        assert!(
            expect.starts_with("sysmon/22 DnsQuery (Dns query), version 5, since 4.21\nA process asked for a name;")
        );
        assert!(expect.contains("\n  QueryName     host         -     The name that was asked for.\n"), "{expect}");
        assert!(expect.contains("\n  User          user         4.80  "), "{expect}");
        for filter in ["DnsQuery", "dnsquery", "Microsoft-Windows-Sysmon/Operational 22", "Linux-Sysmon/DnsQuery"] {
            assert_eq!(shown(filter), expect, "{filter}");
        }
        assert!(shown("Security 4688").starts_with("security/4688 ProcessCreated ("));
        assert_eq!(shown("PipeEvent").matches("\nA named pipe was ").count(), 2);
    }

    #[test]
    fn families_and_the_whole_table_are_lists() {
        let bits = shown("bits");
        assert!(bits.starts_with("bits: Microsoft-Windows-Bits-Client\n      3  BitsJobCreated "), "{bits}");
        let mut all = String::new();
        text(None, &mut all).unwrap();
        let events: usize = FAMILIES.iter().map(|f| f.events.len()).sum();
        assert_eq!(all.lines().filter(|l| l.starts_with("  ")).count(), events);
        assert_eq!(shown("System").lines().filter(|l| !l.starts_with("  ") && l.contains(": ")).count(), 3);
    }

    #[test]
    fn what_is_not_there_is_named_with_its_neighbours() {
        let error = text(Some("sysmon/DnsQuerry"), &mut String::new()).unwrap_err();
        assert_eq!(error.to_string(), "no event or family `sysmon/DnsQuerry` in the table; did you mean DnsQuery?");
        let near = json(Some("task")).unwrap_err().near;
        assert!(near.len() == 5 && near.iter().all(|n| n.to_ascii_lowercase().contains("task")), "{near:?}");
        assert_eq!(json(Some("99999")).unwrap_err().near, Vec::<String>::new());
        assert!(json(Some("bits/22")).is_err() && json(Some("")).is_err());
    }

    #[test]
    fn json_repeats_the_table() {
        let lines = json(None).unwrap();
        let entries: Vec<_> = FAMILIES.iter().copied().flat_map(entries).collect();
        assert_eq!(lines.len(), entries.len());
        for (line, (family, event)) in lines.iter().zip(entries) {
            let read: Value = serde_json::from_str(line).unwrap();
            assert_eq!(read["family"], family.name);
            assert_eq!(read["providers"], serde_json::json!(family.providers));
            assert_eq!(read["channels"], serde_json::json!(family.channels));
            assert_eq!(read["event_id"], event.id);
            assert_eq!((&read["name"], &read["version"]), (&event.name.into(), &event.version.into()));
            assert_eq!((&read["since"], &read["doc"]), (&serde_json::json!(event.since), &event.doc.into()));
            for (at, field) in event.fields.iter().enumerate() {
                let expect = serde_json::json!({"name": field.name, "type": field.kind.word(), "since": field.since, "doc": field.doc});
                assert_eq!(read["fields"][at], expect);
            }
            assert_eq!(read["fields"].as_array().unwrap().len(), event.fields.len());
        }
    }
}
