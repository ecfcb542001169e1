//! What the evidence can and cannot show: per host and channel the time span, silences, clears, stops of the recorder,
//! and the events that were never seen. "Not found" is worth only what was recorded, so every empty answer cites this.
//!
//! Memory: eight bytes an event (to count a record that was collected twice once), and one entry per silence-length of
//! time that holds events.

use crate::fact::Fact;
use serde::Serialize;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::Arc;
use whodunit_event::schema::Platform;
use whodunit_event::{Event, Origin, Time, schema};

/// What coverage needs of one event; made on workers.
#[derive(Clone, Debug)]
pub struct Sighting {
    /// Host as logged.
    pub host: Arc<str>,
    /// Channel as logged; the provider where there is none.
    pub channel: Arc<str>,
    /// Provider as logged.
    pub provider: Arc<str>,
    /// Event id.
    pub event_id: u32,
    /// When it was logged, or else happened.
    pub time: Option<Time>,
    fingerprint: u64,
    mark: Option<Mark>,
}

/// An event that says something about the recording itself.
#[derive(Clone, Debug, Serialize, PartialEq, Eq)]
pub struct Mark {
    /// When.
    pub time: Option<Time>,
    /// What it says.
    pub text: String,
    /// Who did it, where the record names an account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// The record.
    pub origin: Origin,
    #[serde(skip)]
    cleared: bool,
}

/// Gives equal texts one allocation.
#[derive(Debug, Default)]
pub struct Interner {
    texts: HashSet<Arc<str>>,
}

impl Interner {
    fn get(&mut self, text: &str) -> Arc<str> {
        if let Some(known) = self.texts.get(text) {
            return known.clone();
        }
        let new: Arc<str> = text.into();
        self.texts.insert(new.clone());
        new
    }
}

impl Sighting {
    /// What coverage needs of this event; where its fact was made, the fingerprint is there already.
    pub fn from_event(event: &Event, fact: Option<&Fact>, interner: &mut Interner) -> Self {
        let channel = if event.channel().is_empty() { event.provider() } else { event.channel() };
        Self {
            host: interner.get(event.host()),
            channel: interner.get(channel),
            provider: interner.get(event.provider()),
            event_id: event.event_id,
            time: event.logged.or(event.time),
            fingerprint: fact.map_or_else(|| event.fingerprint(), |fact| fact.fingerprint) as u64,
            mark: mark(event),
        }
    }
}

/// The marks, by provider and id: clears of logs, starts and stops of the recorder and of the log service.
fn mark(event: &Event) -> Option<Mark> {
    let is = |name: &str| event.provider().eq_ignore_ascii_case(name);
    let sysmon = schema::families(event.provider(), event.channel()).any(|f| f.name == "sysmon");
    let field = |name| event.value(name).unwrap_or("?");
    let (text, cleared) = match event.event_id {
        1102 if is("Microsoft-Windows-Eventlog") || event.channel().eq_ignore_ascii_case("Security") => {
            ("the Security log was cleared".to_owned(), true)
        }
        104 if is("Microsoft-Windows-Eventlog") => (format!("the log {} was cleared", field("Channel")), true),
        1100 if is("Microsoft-Windows-Eventlog") => ("the event log service was shut down".to_owned(), false),
        6005 if is("EventLog") => ("the event log service was started".to_owned(), false),
        6006 if is("EventLog") => ("the event log service was stopped".to_owned(), false),
        6008 if is("EventLog") => ("the previous shutdown was unexpected".to_owned(), false),
        4 if sysmon => (format!("the recorder's state: {}", field("State")), false),
        16 if sysmon => (format!("the recorder's configuration changed: {}", field("Configuration")), false),
        255 if sysmon => (format!("the recorder reported an error: {} {}", field("ID"), field("Description")), false),
        _ => return None,
    };
    let by = event.value("SubjectUserName").or_else(|| event.value("User")).map(str::to_owned);
    Some(Mark { time: event.time.or(event.logged), text, by, origin: event.origin.clone(), cleared })
}

/// A silence.
#[derive(Clone, Debug, Serialize, PartialEq, Eq)]
pub struct Gap {
    /// Last event before it.
    pub from: Time,
    /// First event after it.
    pub to: Time,
}

/// What one channel of one host can show.
#[derive(Clone, Debug, Serialize)]
pub struct ChannelCoverage {
    /// Host as logged.
    pub host: Arc<str>,
    /// Channel as logged.
    pub channel: Arc<str>,
    /// First event.
    pub first: Option<Time>,
    /// Last event.
    pub last: Option<Time>,
    /// Events, each record once.
    pub events: u64,
    /// Further copies of the same records.
    pub copies: u64,
    /// Events that carry no time.
    pub untimed: u64,
    /// Events by id.
    pub by_id: BTreeMap<u32, u64>,
    /// Ids of the table that this channel could hold and does not.
    pub not_seen: Vec<u32>,
    /// Silences longer than asked for.
    pub gaps: Vec<Gap>,
    /// Clears of the log.
    pub cleared: Vec<Mark>,
    /// Starts, stops and errors of the recorder.
    pub recorder: Vec<Mark>,
    /// What was not recorded, in words.
    pub notes: Vec<String>,
}

/// Gathers sightings.
#[derive(Debug)]
pub struct Coverage {
    /// Seconds.
    gap: i64,
    logs: BTreeMap<(Arc<str>, Arc<str>), Log>,
    seen: HashSet<u64, BuildHasherDefault<Identity>>,
}

#[derive(Debug, Default)]
struct Log {
    provider: Arc<str>,
    events: u64,
    copies: u64,
    untimed: u64,
    by_id: BTreeMap<u32, u64>,
    /// First and last event of each slice of `gap` seconds: two events further apart than `gap` never share one.
    slices: HashMap<i64, (Time, Time)>,
    marks: Vec<Mark>,
}

/// Fingerprints are hashes already.
#[derive(Debug, Default)]
struct Identity(u64);

impl Hasher for Identity {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, _: &[u8]) {}
    fn write_u64(&mut self, n: u64) {
        self.0 = n;
    }
}

impl Coverage {
    /// Empty; silences longer than `gap` seconds (at least one) will be named.
    pub fn new(gap: i64) -> Self {
        Self { gap: gap.max(1), logs: BTreeMap::new(), seen: HashSet::default() }
    }

    /// Adds one event.
    pub fn add(&mut self, sighting: Sighting) {
        let log = self.logs.entry((sighting.host, sighting.channel)).or_default();
        if !self.seen.insert(sighting.fingerprint) {
            log.copies += 1;
            return;
        }
        if log.provider.is_empty() {
            log.provider = sighting.provider;
        }
        log.events += 1;
        *log.by_id.entry(sighting.event_id).or_default() += 1;
        log.marks.extend(sighting.mark);
        match sighting.time {
            None => log.untimed += 1,
            Some(time) => {
                let slice = log.slices.entry(time.seconds().div_euclid(self.gap)).or_insert((time, time));
                *slice = (slice.0.min(time), slice.1.max(time));
            }
        }
    }

    /// What each channel can show, by host and channel.
    pub fn finish(self) -> Vec<ChannelCoverage> {
        let gap = self.gap;
        self.logs.into_iter().map(|((host, channel), log)| log.finish(host, channel, gap)).collect()
    }
}

impl Log {
    fn finish(mut self, host: Arc<str>, channel: Arc<str>, gap: i64) -> ChannelCoverage {
        let mut slices: Vec<_> = self.slices.into_values().collect();
        slices.sort_unstable();
        let apart = |pair: &[(Time, Time)]| {
            (pair[1].0.since(pair[0].1) > gap as f64).then(|| Gap { from: pair[0].1, to: pair[1].0 })
        };
        self.marks.sort_by_key(|m| m.time);
        let (cleared, recorder): (Vec<_>, Vec<_>) = self.marks.into_iter().partition(|m| m.cleared);
        let not_seen = not_seen(&self.provider, &channel, &self.by_id);
        let notes = notes(&self.provider, &channel, &not_seen, &self.by_id);
        ChannelCoverage {
            first: slices.first().map(|s| s.0),
            last: slices.last().map(|s| s.1),
            gaps: slices.windows(2).filter_map(apart).collect(),
            host,
            channel,
            events: self.events,
            copies: self.copies,
            untimed: self.untimed,
            by_id: self.by_id,
            not_seen,
            cleared,
            recorder,
            notes,
        }
    }
}

fn not_seen(provider: &str, channel: &str, by_id: &BTreeMap<u32, u64>) -> Vec<u32> {
    let absent = if is_linux(channel) { Platform::Windows } else { Platform::Linux };
    let events = schema::families(provider, channel).flat_map(|family| family.events);
    let possible = events.filter(|e| e.platform != absent).map(|e| e.id);
    let mut ids: Vec<u32> = possible.filter(|id| !by_id.contains_key(id)).collect();
    ids.sort_unstable();
    ids
}

fn is_linux(channel: &str) -> bool {
    channel.starts_with("Linux")
}

/// What it means that an event was never seen, for those a responder would miss most: family, id, words.
const MISSED: &[(&str, u32, &str)] = &[
    ("sysmon", 1, "process starts were not recorded here"),
    ("sysmon", 3, "network connections were not recorded here"),
    ("sysmon", 8, "remote threads were not recorded here"),
    ("sysmon", 11, "file creations were not recorded here"),
    ("sysmon", 13, "registry changes were not recorded here"),
    ("sysmon", 22, "DNS queries were not recorded here"),
    ("security", 4688, "process starts were not audited here"),
    ("security", 4624, "logons were not audited here"),
    ("security", 4698, "scheduled tasks made were not audited here"),
];

fn notes(provider: &str, channel: &str, not_seen: &[u32], by_id: &BTreeMap<u32, u64>) -> Vec<String> {
    let families: Vec<&str> = schema::families(provider, channel).map(|f| f.name).collect();
    let missed = MISSED.iter().filter(|(name, id, _)| families.contains(name) && not_seen.contains(id));
    let mut notes: Vec<String> = missed.map(|(_, id, words)| format!("no event {id}: {words}")).collect();
    if is_linux(channel) && !by_id.contains_key(&22) {
        notes.push("no event 22: Sysmon for Linux records no DNS queries".to_owned());
    }
    notes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(id: u32, time: &str, record: u64) -> Event {
        let mut event = Event::default();
        event.event_id = id;
        event.put_system(whodunit_event::event::System::Provider, "Microsoft-Windows-Sysmon");
        event.put_system(whodunit_event::event::System::Channel, "Microsoft-Windows-Sysmon/Operational");
        event.put_system(whodunit_event::event::System::Host, "WS1");
        event.set_spec(schema::lookup("Microsoft-Windows-Sysmon", "", id));
        event.time = Time::parse(time);
        event.origin.record = Some(record);
        event
    }

    fn cover(events: &[Event]) -> Vec<ChannelCoverage> {
        let (mut coverage, mut interner) = (Coverage::new(3600), Interner::default());
        for event in events {
            coverage.add(Sighting::from_event(event, None, &mut interner));
        }
        coverage.finish()
    }

    #[test]
    fn spans_gaps_and_copies() {
        let events = [
            event(1, "2025-05-10T02:00:00Z", 3),
            event(1, "2025-05-10T00:00:00Z", 1),
            event(1, "2025-05-10T00:59:59Z", 2),
            event(1, "2025-05-10T00:00:00Z", 1),
        ];
        let rows = cover(&events);
        let row = &rows[0];
        assert_eq!((row.events, row.copies, row.by_id[&1]), (3, 1, 3));
        let gap = &row.gaps[..];
        assert_eq!(gap, [Gap { from: events[2].time.unwrap(), to: events[0].time.unwrap() }]);
        assert!(row.not_seen.contains(&22) && !row.not_seen.contains(&1));
        assert!(row.notes.iter().any(|n| n.contains("DNS")));
    }

    #[test]
    fn on_linux_dns_is_missed_only_where_it_is_missing() {
        let linux = |id| {
            let mut event = event(id, "2025-05-10T00:00:00Z", u64::from(id));
            event.put_system(whodunit_event::event::System::Channel, "Linux-Sysmon/Operational");
            event
        };
        let dns = |rows: &[ChannelCoverage]| rows[0].notes.iter().filter(|n| n.contains("DNS")).count();
        assert_eq!(dns(&cover(&[linux(1)])), 1);
        assert_eq!(dns(&cover(&[linux(1), linux(22)])), 0);
    }

    #[test]
    fn stops_of_the_recorder() {
        let mut stop = event(4, "2025-05-10T00:00:00Z", 1);
        stop.push_text("State", "Stopped");
        assert_eq!(cover(&[stop])[0].recorder[0].text, "the recorder's state: Stopped");
    }
}
