//! Which events a command works on, as meant: compiled once, asked on every worker.

use super::glob::Glob;
use super::span;
use crate::args::FilterArgs;
use anyhow::{Context as _, bail};
use regex::{Regex, RegexBuilder};
use std::net::IpAddr;
use whodunit_event::event::System;
use whodunit_event::{Event, FieldType, Time};
use whodunit_rules::matcher::net::Net;

/// A conjunction of conditions.
#[derive(Debug, Default)]
pub struct Filter {
    ids: Vec<u32>,
    system: Vec<(System, Glob)>,
    user: Option<Glob>,
    after: Option<Time>,
    before: Option<Time>,
    around: Vec<Time>,
    within: i64,
    fields: Vec<Condition>,
    texts: Vec<String>,
    cased: bool,
    /// What `--around` names, if it is a record: found in a first pass.
    pub around_record: Option<RecordRef>,
}

/// A record as users name it: `FILE:RECORD`, or a record id alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordRef {
    /// End of the file's path; empty for any file.
    pub file: String,
    /// Record id or, for logs without one, line.
    pub record: u64,
}

impl RecordRef {
    /// Reads `FILE:RECORD` or `RECORD`.
    pub fn parse(text: &str) -> Option<Self> {
        let (file, record) = text.rsplit_once(':').unwrap_or(("", text));
        Some(Self { file: file.to_owned(), record: record.parse().ok()? })
    }

    /// Whether the event is that record.
    pub fn is(&self, event: &Event) -> bool {
        let origin = &event.origin;
        let in_file = |name: &str| name.replace('\\', "/").ends_with(&self.file.replace('\\', "/"));
        origin.record.or(origin.line) == Some(self.record)
            && (in_file(&origin.file) || origin.member.as_deref().is_some_and(in_file))
    }
}

#[derive(Debug)]
struct Condition {
    field: Glob,
    name: String,
    test: Test,
}

#[derive(Debug)]
enum Test {
    Is(Glob),
    IsNot(Glob),
    Regex(Regex),
    Cidr(Net),
    Below(f64),
    Above(f64),
}

impl Filter {
    /// Compiles the arguments; an error names the argument and how to write it.
    pub fn new(args: &FilterArgs) -> anyhow::Result<Self> {
        let glob = |pattern: &String| Glob::new(pattern, args.cased);
        let system = [(System::Channel, &args.channel), (System::Provider, &args.provider), (System::Host, &args.host)];
        let mut filter = Self {
            ids: args.id.clone(),
            system: system.into_iter().filter_map(|(which, pattern)| Some((which, glob(pattern.as_ref()?)))).collect(),
            user: args.user.as_ref().map(glob),
            after: args.after.as_deref().map(span::point).transpose().context("--after")?,
            before: args.before.as_deref().map(span::point).transpose().context("--before")?,
            within: span::seconds(if args.within.is_empty() { "5m" } else { &args.within }).context("--within")?.abs(),
            fields: args.field.iter().map(|text| condition(text, args.cased)).collect::<anyhow::Result<_>>()?,
            texts: args.text.iter().map(|t| if args.cased { t.clone() } else { t.to_lowercase() }).collect(),
            cased: args.cased,
            ..Self::default()
        };
        if let Some(around) = &args.around {
            match Time::parse(around) {
                Some(time) => filter.around = vec![time],
                None => filter.around_record = Some(record_ref(around)?),
            }
        }
        Ok(filter)
    }

    /// True if every event passes.
    pub fn is_open(&self) -> bool {
        self.ids.is_empty()
            && self.system.is_empty()
            && self.user.is_none()
            && self.after.is_none()
            && self.before.is_none()
            && self.around.is_empty()
            && self.around_record.is_none()
            && self.fields.is_empty()
            && self.texts.is_empty()
    }

    /// Sets the times that `--around RECORD` stands for.
    pub fn set_around(&mut self, times: Vec<Time>) {
        self.around = times;
    }

    /// Whether the event passes.
    pub fn passes(&self, event: &Event) -> bool {
        (self.ids.is_empty() || self.ids.contains(&event.event_id))
            && self.system.iter().all(|(which, glob)| glob.matches(event.system(*which)))
            && self.passes_time(event.time.or(event.logged))
            && self.user.as_ref().is_none_or(|glob| has_user(event, glob))
            && self.fields.iter().all(|condition| condition.holds(event))
            && self.texts.iter().all(|text| self.has_text(event, text))
    }

    fn passes_time(&self, time: Option<Time>) -> bool {
        if self.after.is_none() && self.before.is_none() && self.around.is_empty() && self.around_record.is_none() {
            return true;
        }
        let Some(time) = time else { return false };
        let near = |at: &Time| time.since(*at).abs() <= self.within as f64;
        self.after.is_none_or(|after| time >= after)
            && self.before.is_none_or(|before| time <= before)
            && (self.around_record.is_none() && self.around.is_empty() || self.around.iter().any(near))
    }

    fn has_text(&self, event: &Event, text: &str) -> bool {
        let has = |value: &str| if self.cased { value.contains(text) } else { value.to_lowercase().contains(text) };
        event.fields().any(|(_, _, value)| has(event.text(value))) || has(event.system(System::Message))
    }
}

fn has_user(event: &Event, glob: &Glob) -> bool {
    let short = |value: &str| value.rsplit('\\').next().is_some_and(|name| glob.matches(name));
    let is = |value: &str| glob.matches(value) || short(value);
    let typed = event.fields().any(|(name, kind, value)| {
        let user = matches!(kind, FieldType::User | FieldType::Sid) || name.to_ascii_lowercase().contains("user");
        user && is(event.text(value))
    });
    typed || is(event.system(System::UserSid))
}

fn record_ref(text: &str) -> anyhow::Result<RecordRef> {
    RecordRef::parse(text)
        .with_context(|| format!("--around: `{text}` is neither a time nor a record: write for example 2025-05-10T04:56:03Z or sysmon.evtx:4711"))
}

/// Compiles `F=glob`, `F!=glob`, `F~regex`, `F@cidr`, `F<n` or `F>n`; the first operator counts.
fn condition(text: &str, cased: bool) -> anyhow::Result<Condition> {
    let explain = || format!("--field: `{text}` is no condition: write F=glob, F!=glob, F~regex, F@cidr, F<n or F>n");
    let at = text.find(['=', '!', '~', '@', '<', '>']).filter(|at| *at > 0).with_context(explain)?;
    let (name, rest) = text.split_at(at);
    let (operator, value) = if rest.starts_with("!=") { rest.split_at(2) } else { rest.split_at(1) };
    let number = || value.trim().parse::<f64>().with_context(explain);
    let test = match operator {
        "=" => Test::Is(Glob::new(value, cased)),
        "!=" => Test::IsNot(Glob::new(value, cased)),
        "~" => Test::Regex(RegexBuilder::new(value).case_insensitive(!cased).build().with_context(explain)?),
        "@" => Test::Cidr(network(value).with_context(explain)?),
        "<" => Test::Below(number()?),
        ">" => Test::Above(number()?),
        _ => bail!(explain()),
    };
    let name = name.trim();
    Ok(Condition { field: Glob::new(name, cased), name: name.to_owned(), test })
}

impl Condition {
    /// A field that is absent fails every test but `!=`.
    fn holds(&self, event: &Event) -> bool {
        match event.get(&self.name) {
            Some(value) => self.test.holds(value),
            None if self.name.contains(['*', '?']) => self.holds_for_any(event),
            None => matches!(self.test, Test::IsNot(_)),
        }
    }

    /// A name with wildcards: one field that fits is enough, for `!=` all must.
    fn holds_for_any(&self, event: &Event) -> bool {
        let mut named = event.fields().filter(|(name, ..)| self.field.matches(name)).map(|(_, _, v)| event.text(v));
        match self.test {
            Test::IsNot(_) => named.all(|value| self.test.holds(value)),
            _ => named.any(|value| self.test.holds(value)),
        }
    }
}

impl Test {
    fn holds(&self, value: &str) -> bool {
        match self {
            Self::Is(glob) => glob.matches(value),
            Self::IsNot(glob) => !glob.matches(value),
            Self::Regex(regex) => regex.is_match(value),
            Self::Cidr(net) => value.parse().is_ok_and(|address| net.contains(address)),
            Self::Below(limit) => number(value).is_some_and(|n| n < *limit),
            Self::Above(limit) => number(value).is_some_and(|n| n > *limit),
        }
    }
}

/// A decimal or `0x` number.
fn number(value: &str) -> Option<f64> {
    match value.strip_prefix("0x") {
        Some(hex) => u64::from_str_radix(hex, 16).ok().map(|n| n as f64),
        None => value.parse().ok(),
    }
}

/// A network, or a single address.
fn network(text: &str) -> Option<Net> {
    let address = || text.trim().parse::<IpAddr>().ok().map(Net::of);
    Net::parse(text.trim()).or_else(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event() -> Event {
        let mut event = Event::default();
        event.event_id = 3;
        event.time = Time::parse("2025-05-10T04:56:03.922Z");
        event.put_system(System::Host, "WS1.corp.local");
        for (name, value) in [
            ("Image", "C:\\Windows\\explorer.exe"),
            ("DestinationIp", "10.1.2.3"),
            ("DestinationPort", "4444"),
            ("User", "CORP\\alice"),
        ] {
            event.push_text(name, value);
        }
        event
    }

    fn passes(args: FilterArgs) -> bool {
        Filter::new(&args).unwrap().passes(&event())
    }

    fn field(text: &str) -> bool {
        passes(FilterArgs { field: vec![text.to_owned()], ..FilterArgs::default() })
    }

    #[test]
    fn conditions_on_fields() {
        for yes in [
            "Image=*\\EXPLORER.exe",
            "image~expl.rer",
            "DestinationIp@10.0.0.0/8",
            "DestinationPort>443",
            "DestinationPort<5000",
            "Image!=*cmd*",
            "Missing!=x",
            "Dest*=4444",
            "*!=nothing",
        ] {
            assert!(field(yes), "{yes}");
        }
        for no in [
            "Image=explorer.exe",
            "DestinationIp@10.2.0.0/16",
            "DestinationPort>4444",
            "Missing=*",
            "Image!=*explorer*",
            "*=nothing",
        ] {
            assert!(!field(no), "{no}");
        }
        for bad in ["Image", "=x", "Port<many", "Ip@10.0.0.0/33", "Image~("] {
            assert!(
                Filter::new(&FilterArgs { field: vec![bad.to_owned()], ..FilterArgs::default() }).is_err(),
                "{bad}"
            );
        }
    }

    #[test]
    fn other_conditions() {
        assert!(passes(FilterArgs {
            id: vec![1, 3],
            host: Some("ws1*".into()),
            user: Some("ALICE".into()),
            ..FilterArgs::default()
        }));
        assert!(passes(FilterArgs {
            after: Some("2025-05-10".into()),
            before: Some("2025-05-11".into()),
            ..FilterArgs::default()
        }));
        assert!(!passes(FilterArgs { after: Some("2025-05-11".into()), ..FilterArgs::default() }));
        let around = |t: &str| FilterArgs { around: Some(t.into()), within: "2m".into(), ..FilterArgs::default() };
        assert!(passes(around("2025-05-10T04:55:00Z")) && !passes(around("2025-05-10T04:50:00Z")));
        assert!(passes(FilterArgs { text: vec!["Explorer".into()], ..FilterArgs::default() }));
        assert!(!passes(FilterArgs { text: vec!["Explorer".into()], cased: true, ..FilterArgs::default() }));
    }

    #[test]
    fn records_by_name() {
        let reference = RecordRef::parse("sysmon.evtx:4711").unwrap();
        let mut event = event();
        event.origin =
            whodunit_event::Origin { record: Some(4711), ..whodunit_event::Origin::file("logs/sysmon.evtx") };
        assert!(reference.is(&event) && RecordRef::parse("4711").unwrap().is(&event));
        assert!(!RecordRef::parse("other.evtx:4711").unwrap().is(&event));
        assert_eq!(RecordRef::parse("explorer.exe"), None);
    }
}
