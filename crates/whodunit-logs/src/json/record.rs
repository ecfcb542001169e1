//! One JSON object to one event.
//!
//! The object is walked once: values with a role go to their place, fields wait until the table's entry is known. Then
//! the fields are pushed, those that are missing are won back from the rendered message, and the time is settled.

use super::names::{NO_NAME, Name, Names};
use super::roles::{Mark, Role, Shape, WRAPPERS};
use super::tape::{Kind, Tape, Value};
use super::{linux, message};
use crate::event_xml;
use crate::part::Output;
use crate::problem::Problem;
use crate::records::Tally;
use std::borrow::Cow;
use std::fmt::Display;
use std::ops::Range;
use whodunit_event::event::{FIELD_TIME_TOLERANCE, System, TimeFrom, TimeNote};
use whodunit_event::{Event, Origin, Time, schema};

/// Stands for a slot that no node filled.
const NO_NODE: u32 = u32::MAX;
/// Fields that one record may have; more are left out with a problem.
const MAX_FIELDS: usize = 4096;
/// Bytes that the names of a record's nested fields may have together, but for the last one.
const MAX_PATHS: usize = 16 * 1024 * 1024;
/// So many wrappers may lie around each other (Chainsaw: `document`, `data`, `Event`).
const MAX_WRAPPERS: usize = 3;

/// Reads objects; keeps its buffers from record to record.
#[derive(Default)]
pub(super) struct Reader {
    /// The tape of the text; lent to the caller.
    pub(super) tape: Tape,
    /// Keys of all texts.
    pub(super) names: Names,
    no_events: Tally,
    /// Records that could not be read whole, and what was wrong with the first.
    damaged: Tally,
    damage: String,
    work: Work,
    /// Nodes of JSON in a string.
    inner: Tape,
    /// The node that filled each slot.
    slots: Vec<u32>,
    message: String,
}

/// What is known of a record before its fields are pushed.
#[derive(Default)]
struct Work {
    path: String,
    /// Names of waiting fields, one after the other.
    names: String,
    fields: Vec<Waiting>,
    /// Nodes that hold further fields, and the message.
    data: Vec<u32>,
    message: Option<u32>,
    times: Times,
    /// Something was found that only an event has.
    is_event: bool,
    left_out: bool,
    /// No field has an [`Waiting::or`].
    settled: bool,
}

/// A field whose place is not known yet.
struct Waiting {
    /// Where its name lies in `Work::names`; empty if its name is its key from byte `skip` on.
    name: Range<u32>,
    skip: u32,
    node: u32,
    /// What it is if nothing better comes.
    or: Option<System>,
}

impl Waiting {
    fn name<'a>(&self, names: &'a str, value: Value<'a>) -> &'a str {
        let own = || value.raw_key().get(self.skip as usize..).unwrap_or_default();
        let path = || names.get(self.name.start as usize..self.name.end as usize).unwrap_or_default();
        if self.name.is_empty() { own() } else { path() }
    }

    /// The number of its name, if that is the whole key of its node.
    fn number(&self, value: Value<'_>) -> Name {
        if self.name.is_empty() && self.skip == 0 { value.name() } else { NO_NAME }
    }
}

/// The times of a record.
#[derive(Default)]
struct Times {
    /// The log's own time with its zone known.
    logged: Option<Time>,
    /// The log's own time in an unknown zone.
    local: Option<Time>,
    /// When the collector received it, UTC, and in the zone of `local`.
    received: Option<Time>,
    received_local: Option<Time>,
    /// Our own JSON's time: it was settled when it was written.
    own: Option<Time>,
}

impl Reader {
    /// Reads one object and lends the event.
    pub(super) fn read(&mut self, object: Value<'_>, out: &mut Output<'_>) {
        let (object, survey) = unwrap(object, &self.names);
        match survey.shape {
            Shape::Journal => return self.lend(linux::journal_entry(object, out.event), out),
            Shape::Syslog => return self.lend(linux::syslog_row(object, out.event), out),
            _ => {}
        }
        if let Some(text) = survey.embedded() {
            return self.embedded(object, &text, out);
        }
        self.work.clear();
        self.work.walk(object, survey.shape, &mut self.names, out.event);
        if !self.work.is_event {
            self.no_events.add(&out.event.origin);
            out.event.clear();
            return;
        }
        let result = self.fields(object, out.event);
        self.message(object, survey.shape == Shape::Own, out.event);
        self.settle_time(out.event);
        self.lend(result, out);
    }

    /// Lends the event, and keeps in mind what was wrong with it.
    fn lend(&mut self, result: Result<(), impl Display>, out: &mut Output<'_>) {
        if let Err(what) = result {
            self.damaged(&what, &out.event.origin);
        }
        out.emit();
    }

    fn damaged(&mut self, what: &dyn Display, origin: &Origin) {
        if self.damage.is_empty() {
            self.damage = what.to_string();
        }
        self.damaged.add(origin);
    }

    /// Says what was wrong with the records read; to be called at the end.
    pub(super) fn report(self, problems: &mut Vec<Problem>) {
        self.no_events.note("the object has no event id, time or computer: it is no event", problems);
        self.damaged.loss(&self.damage, "what was read of the record stands; look at it in the file", problems);
    }

    /// A record that an export carries as text: XML of an event, or JSON.
    fn embedded(&mut self, object: Value<'_>, text: &str, out: &mut Output<'_>) {
        if !text.trim_start().starts_with('{') {
            let place = out.event.origin.clone();
            let result = event_xml::read_event(text, out.event);
            out.event.origin = Origin { record: out.event.origin.record, ..place };
            let host = ["Computer", "host"].iter().find_map(|key| object.get(key));
            if let Some(host) = host.filter(|_| out.event.host().is_empty()) {
                out.event.put_system(System::Host, &host.string());
            }
            return self.lend(result, out);
        }
        let mut tape = std::mem::take(&mut self.inner);
        let read = tape.read(text, 0, &mut self.names);
        match Value::root(text, &tape).filter(|v| read.is_ok() && v.kind() == Kind::Object) {
            Some(inner) if unwrap(inner, &self.names).1.embedded().is_none() => self.read(inner, out),
            _ => self.damaged(&"the record's text is no JSON", &out.event.origin),
        }
        self.inner = tape;
    }

    /// Pushes all fields; the reason if some of them could not be read.
    fn fields(&mut self, object: Value<'_>, event: &mut Event) -> Result<(), String> {
        event.set_spec(schema::lookup(event.provider(), event.channel(), event.event_id));
        let mut result = if self.work.left_out { Err(too_many()) } else { Ok(()) };
        for node in std::mem::take(&mut self.work.data) {
            if let Err(what) = self.data(object.at(node), event) {
                result = Err(what);
            }
        }
        self.slots.clear();
        self.slots.resize(event.spec().fields.len(), NO_NODE);
        self.waiting(object, event);
        result
    }

    /// Pushes the fields that waited.
    fn waiting(&mut self, object: Value<'_>, event: &mut Event) {
        let beside_data = event.field_count() > 0;
        let (slots, mut extra) = (self.names.begin(event.spec()), 0);
        for field in &self.work.fields {
            let value = object.at(field.node);
            let (name, number) = (field.name(&self.work.names, value), field.number(value));
            // What stands in the data and again beside them (Azure's columns) is one field.
            if beside_data && event.get(name).is_some_and(|known| known == value.string()) {
                continue;
            }
            let span = event.put_with(|out| value.string_into(out));
            let slot = if number == NO_NAME { None } else { self.names.slot(slots, number, name) };
            let filled = match slot.filter(|slot| !event.slot(*slot).is_some()) {
                Some(slot) => {
                    event.push_slot(slot, span);
                    Some(slot)
                }
                // All extra fields came this way, and none of them has this name: no need to look for it.
                None if slot.is_none() && self.names.is_new(number) && event.extra_fields().count() == extra => {
                    let name = event.put(name);
                    event.push_extra(name, span);
                    extra += 1;
                    None
                }
                None => event.push(name, span),
            };
            if let Some(place) = filled.and_then(|slot| self.slots.get_mut(slot)) {
                *place = field.node;
            }
        }
    }

    /// Fields of `EventData` or `UserData` in whatever form they are.
    fn data(&mut self, data: Value<'_>, event: &mut Event) -> Result<(), String> {
        let text = match data.kind() {
            Kind::Object => {
                push_object(data, event);
                return Ok(());
            }
            Kind::Array => {
                data.children().enumerate().for_each(|(at, value)| push_unnamed(at, value, event));
                return Ok(());
            }
            _ => data.string(),
        };
        match text.trim_start().as_bytes().first() {
            Some(b'<') => event_xml::read_data(&text, event).map_err(|defect| defect.to_string()),
            Some(b'{') => {
                let read = self
                    .inner
                    .read(&text, 0, &mut self.names)
                    .map_err(|fault| format!("the event data: {}", fault.what));
                Value::root(&text, &self.inner).into_iter().for_each(|inner| push_object(inner, event));
                read.map(|_| ())
            }
            None => Ok(()),
            Some(_) => {
                event.push_text("Data", &text);
                Ok(())
            }
        }
    }

    /// Wins fields back from the message, and keeps it if it says more than the fields, or if it is `final_form`.
    fn message(&mut self, object: Value<'_>, final_form: bool, event: &mut Event) {
        let Some(node) = self.work.message else { return };
        let written = |slot: usize| {
            let node = self.slots.get(slot).copied().filter(|node| *node != NO_NODE)?;
            Some(object.at(node).raw_text())
        };
        if final_form || event.spec().is_unknown() {
            let span = event.put_with(|out| object.at(node).string_into(out));
            event.set_system(System::Message, span);
            return;
        }
        if message::all_filled(event) || message::repeats(object.at(node).raw_text(), event, written) {
            return;
        }
        let mut buffer = std::mem::take(&mut self.message).into_bytes();
        buffer.clear();
        object.at(node).string_into(&mut buffer);
        self.message = String::from_utf8(buffer).unwrap_or_default();
        if !message::win_back(&self.message, event) {
            event.put_system(System::Message, &self.message);
        }
    }

    fn settle_time(&mut self, event: &mut Event) {
        let times = std::mem::take(&mut self.work.times);
        if let Some(own) = times.own {
            event.logged = times.logged;
            event.time = Some(own);
            let field = event.get("UtcTime").and_then(Time::parse);
            event.time_from = if field == Some(own) { TimeFrom::Field } else { TimeFrom::Log };
            return;
        }
        let (logged, note) = times.logged(|| event.get("UtcTime").and_then(Time::parse));
        event.logged = logged;
        event.settle_time();
        if event.time_from == TimeFrom::Log && event.time_note.is_none() {
            event.time_note = note;
        }
        if event.time.is_none() && times.received.is_some() {
            (event.time, event.time_from) = (times.received, TimeFrom::Collector);
        }
    }
}

fn too_many() -> String {
    format!("the record has more than {MAX_FIELDS} fields, or names of many MiB; the rest is left out")
}

/// What the keys of an object tell about it.
#[derive(Clone, Copy)]
struct Survey<'t> {
    shape: Shape,
    /// A string that may hold the record's XML or JSON.
    text: Option<Value<'t>>,
    /// Whether a key of [`WRAPPERS`] holds an object.
    wraps: bool,
}

impl<'t> Survey<'t> {
    fn of(object: Value<'t>, names: &Names) -> Self {
        let (mut system, mut own, mut beats, mut nxlog, mut powershell) = (0, 0, 0, 0, 0);
        let (mut journal, mut syslog) = (0, 0);
        let (mut text, mut wraps) = (None, false);
        for child in object.children() {
            let container = child.kind() == Kind::Object;
            match names.mark(child.name(), child.raw_key()) {
                Mark::System if container => system += 1,
                Mark::Fields if container => own += 1,
                Mark::EventId => (own, beats) = (own + 1, beats + 1),
                Mark::Winlog if container => beats += 2,
                Mark::WinlogPath => beats += 2,
                Mark::Beats => beats += 1,
                Mark::Nxlog => nxlog += 1,
                Mark::PowerShell => powershell += 1,
                Mark::Journal => journal += 1,
                Mark::Syslog => syslog += 1,
                Mark::Text if !container => text = Some(child),
                Mark::Wrapper if container => wraps = true,
                _ => {}
            }
        }
        let shape = match () {
            () if system >= 1 => Shape::System,
            () if journal >= 1 => Shape::Journal,
            () if syslog >= 1 => Shape::Syslog,
            () if own >= 2 => Shape::Own,
            () if beats >= 2 => Shape::Beats,
            () if nxlog >= 1 => Shape::Nxlog,
            () if powershell >= 4 => Shape::GetWinEvent,
            () => Shape::Flat,
        };
        Self { shape, text, wraps }
    }

    /// The text of a record that lies as a string in its wrapper: XML, or JSON in Splunk's `_raw`.
    fn embedded(&self) -> Option<Cow<'t, str>> {
        let value = self.text.filter(|value| value.kind() == Kind::String)?;
        let text = value.string();
        let xml = text.contains("<Event>") || text.contains("<Event ");
        let json = value.raw_key() == "_raw" && text.trim_start().starts_with("{\"");
        (xml || json).then_some(text)
    }
}

/// The record inside the objects that exports wrap around it.
fn unwrap<'t>(object: Value<'t>, names: &Names) -> (Value<'t>, Survey<'t>) {
    let survey = Survey::of(object, names);
    if survey.shape != Shape::Flat || !survey.wraps {
        return (object, survey);
    }
    let wrapped = ["_source", "result"].iter().find_map(|key| object.get(key)).filter(|v| v.kind() == Kind::Object);
    let inner =
        wrapped_record(object, MAX_WRAPPERS, names).or_else(|| wrapped.map(|inner| (inner, Survey::of(inner, names))));
    inner.unwrap_or((object, survey))
}

/// A record of a shape that cannot be mistaken, some wrappers deep.
fn wrapped_record<'t>(object: Value<'t>, deeper: usize, names: &Names) -> Option<(Value<'t>, Survey<'t>)> {
    WRAPPERS.iter().filter_map(|key| object.get(key)).filter(|v| v.kind() == Kind::Object).find_map(|inner| {
        let survey = Survey::of(inner, names);
        match survey.shape {
            Shape::Flat if deeper > 1 => wrapped_record(inner, deeper - 1, names),
            Shape::Flat => None,
            _ => Some((inner, survey)),
        }
    })
}

impl Work {
    fn clear(&mut self) {
        self.path.clear();
        self.names.clear();
        self.fields.clear();
        self.data.clear();
        (self.message, self.times) = (None, Times::default());
        (self.is_event, self.left_out, self.settled) = (false, false, true);
    }

    /// All values of the object: those with a role to their place, the others to the waiting fields.
    fn walk(&mut self, object: Value<'_>, shape: Shape, names: &mut Names, event: &mut Event) {
        self.object(object, shape, names, event);
        if self.settled {
            return;
        }
        let mut fields = std::mem::take(&mut self.fields);
        fields.retain(|field| match field.or.filter(|which| !event.system_span(*which).is_some()) {
            Some(which) => {
                event.put_system(which, &object.at(field.node).string());
                self.is_event = true;
                false
            }
            None => true,
        });
        self.fields = fields;
    }

    fn object(&mut self, object: Value<'_>, shape: Shape, names: &mut Names, event: &mut Event) {
        for value in object.children() {
            let container = value.kind() == Kind::Object;
            let number = value.kind() == Kind::Number;
            // A key beside which no path is needed is not copied.
            if self.path.is_empty() && !container && value.plain_key() {
                self.value(value, names.role(value.name(), shape, number, value.raw_key()), event);
                continue;
            }
            let length = self.path.len();
            let key = value.key();
            let name = if shape == Shape::System { plain_name(&key) } else { &key };
            if length > 0 && !name.is_empty() {
                self.path.push('.');
            }
            self.path.push_str(name);
            let role = shape.role(&self.path, number);
            if container && role != Role::Data {
                self.object(value, shape, names, event);
            } else {
                self.value(value, role, event);
            }
            self.path.truncate(length);
        }
    }

    /// One value that is no object.
    fn value(&mut self, value: Value<'_>, role: Role, event: &mut Event) {
        if value.kind() == Kind::Null {
            return;
        }
        let used = match role {
            Role::Field(start) => {
                self.field(value, start, None);
                return;
            }
            Role::OrHost | Role::OrProvider => {
                let or = if role == Role::OrHost { System::Host } else { System::Provider };
                self.field(value, 0, Some(or));
                return;
            }
            Role::Skip => true,
            Role::Data => {
                self.data.push(value.place());
                true
            }
            Role::Message => self.message.replace(value.place()).is_none() && value.kind() == Kind::String,
            Role::Logged | Role::Received | Role::ReceivedLocal | Role::Time => self.time(value, role),
            _ => set(value, role, event),
        };
        if used {
            self.is_event |= !matches!(role, Role::Skip | Role::Message | Role::Version | Role::Level | Role::Data);
        } else {
            self.field(value, 0, None);
        }
    }

    fn field(&mut self, value: Value<'_>, name_start: usize, or: Option<System>) {
        if self.fields.len() >= MAX_FIELDS || self.names.len() >= MAX_PATHS {
            self.left_out = true;
            return;
        }
        let start = self.names.len() as u32;
        self.names.push_str(self.path.get(name_start..).unwrap_or(&self.path));
        let name = start..self.names.len() as u32;
        self.settled &= or.is_none();
        self.fields.push(Waiting { name, skip: name_start as u32, node: value.place(), or });
    }

    /// Takes a time; `false` where it is none, or where its text is to be kept as a field too.
    fn time(&mut self, value: Value<'_>, role: Role) -> bool {
        let text = value.string();
        let Some((time, zone)) = parse_time(&text) else { return false };
        let times = &mut self.times;
        let place = match role {
            Role::Time => &mut times.own,
            Role::Received => &mut times.received,
            Role::ReceivedLocal => &mut times.received_local,
            _ if zone => &mut times.logged,
            _ => &mut times.local,
        };
        self.is_event = true;
        let first = place.is_none();
        if first {
            *place = Some(time);
        }
        first && (role == Role::Time || role == Role::Logged && zone)
    }
}

/// A key as the XML has it: `#attributes` and `#text` are no names, `@Name` and `EventID_attributes` are.
fn plain_name(key: &str) -> &str {
    match key {
        "#attributes" | "#text" | "$" => "",
        _ => key.strip_suffix("_attributes").unwrap_or(key).trim_start_matches('@'),
    }
}

/// Fills a part of the event; `false` if the value does not fit it.
fn set(value: Value<'_>, role: Role, event: &mut Event) -> bool {
    let text = value.string();
    let system = match role {
        Role::Host => Some(System::Host),
        Role::Provider => Some(System::Provider),
        Role::Channel => Some(System::Channel),
        Role::ActivityId => Some(System::ActivityId),
        Role::UserSid if text.starts_with("S-1-") || value.kind() == Kind::Number => Some(System::UserSid),
        Role::UserSid => Some(System::UserSid).filter(|_| text.bytes().all(|b| b.is_ascii_digit())),
        _ => None,
    };
    if let Some(which) = system {
        let free = !event.system_span(which).is_some() && value.kind() != Kind::Array;
        if free {
            event.put_system(which, &text);
        }
        return free;
    }
    match role {
        Role::EventId => number(&text).map(|n| event.event_id = n).is_some(),
        Role::Version => fill(&mut event.version, number(&text)),
        Role::Level => fill(&mut event.level, number(&text).or_else(|| level(&text))),
        Role::Task => fill(&mut event.task, number(&text)),
        Role::Opcode => fill(&mut event.opcode, number(&text)),
        Role::Keywords => fill(&mut event.keywords, keywords(&text)),
        Role::WriterPid => fill(&mut event.writer_pid, number(&text)),
        Role::WriterTid => fill(&mut event.writer_tid, number(&text)),
        Role::Record => fill(&mut event.origin.record, number(&text)),
        Role::TimeNote => fill(&mut event.time_note, TimeNote::from_words(&text)),
        _ => false,
    }
}

/// Puts a value into a place that is still empty.
fn fill<T>(place: &mut Option<T>, value: Option<T>) -> bool {
    let fits = place.is_none() && value.is_some();
    if fits {
        *place = value;
    }
    fits
}

fn number<T: std::str::FromStr>(text: &str) -> Option<T> {
    text.trim().parse().ok()
}

/// Keywords: hexadecimal, or decimal, which some exporters give a sign.
fn keywords(text: &str) -> Option<u64> {
    match text.trim().strip_prefix("0x") {
        Some(hex) => u64::from_str_radix(hex, 16).ok(),
        None => number(text).or_else(|| number::<i64>(text).map(|n| n as u64)),
    }
}

/// A level by its English name.
fn level(text: &str) -> Option<u8> {
    let names = ["critical", "error", "warning", "information", "verbose"];
    names.iter().zip(1..).find(|(name, _)| text.eq_ignore_ascii_case(name)).map(|(_, level)| level)
}

/// A time in any of the forms of exports, and whether its zone is known: RFC 3339, `/Date(milliseconds)/`, or a number of
/// seconds, milli- or microseconds since 1970.
fn parse_time(text: &str) -> Option<(Time, bool)> {
    let text = text.trim();
    if let Some(time) = Time::parse(text) {
        let zone = text.ends_with(['Z', 'z']) || text.get(11..).is_some_and(|t| t.contains(['+', '-']));
        return Some((time, zone));
    }
    let digits = text.strip_prefix("/Date(").and_then(|t| t.strip_suffix(")/")).unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let plain = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    if !(9..=17).contains(&whole.len()) || !plain(whole) || !plain(fraction) {
        return None;
    }
    let (seconds, rest) = whole.split_at(whole.len() - [0, 0, 0, 3, 3, 6, 6][(whole.len() - 9) / 2 + 1]);
    let fraction: String = rest.chars().chain(fraction.chars()).take(9).collect();
    let nanos = format!("{fraction:0<9}").parse().ok()?;
    Some((Time::new(seconds.parse().ok()?, nanos, fraction.len() as u8), true))
}

impl Times {
    /// The log's own time in UTC. A local time gets its zone from the collector's times, or from the event's own field.
    fn logged(&self, field: impl Fn() -> Option<Time>) -> (Option<Time>, Option<TimeNote>) {
        let (None, Some(local)) = (self.logged, self.local) else { return (self.logged, None) };
        let by_collector = self.received.zip(self.received_local.or(Some(local)));
        let by_collector = by_collector.and_then(|(utc, local)| zone(utc, local));
        match by_collector.or_else(|| zone(field()?, local)) {
            Some(east) => (Some(local.plus_seconds(-east)), None),
            None => (Some(local), Some(TimeNote::ZoneUnknown)),
        }
    }
}

/// Seconds that a local time lies east of UTC: whole quarter hours, if the two differ by little more or less.
fn zone(utc: Time, local: Time) -> Option<i64> {
    const QUARTER: f64 = 900.0;
    let apart = local.since(utc);
    let quarters = (apart / QUARTER).round();
    let fits = (apart - quarters * QUARTER).abs() <= FIELD_TIME_TOLERANCE && quarters.abs() <= 14.0 * 4.0;
    fits.then_some((quarters * QUARTER) as i64)
}

/// Fields of an object as the XML's `Data` elements.
fn push_object(object: Value<'_>, event: &mut Event) {
    for value in object.children() {
        let key = value.key();
        let name = plain_name(&key);
        match value.kind() {
            _ if key == "#attributes" || key.ends_with("_attributes") || key.starts_with('@') || name == "xmlns" => {}
            Kind::Array if name == "Data" || name.is_empty() => {
                value.children().enumerate().for_each(|(at, value)| push_unnamed(at, value, event));
            }
            Kind::Object => push_element(&key, value, event),
            _ if name == "Data" || name.is_empty() => push_unnamed(0, value, event),
            _ => push_value(name, value, event),
        }
    }
}

/// An element: `{"#text": …}`, or one that holds others.
fn push_element(name: &str, element: Value<'_>, event: &mut Event) {
    match element.get("#text").filter(|text| text.kind() != Kind::Array) {
        Some(text) if name != "Data" => push_value(name, text, event),
        Some(_) => push_unnamed(0, element, event),
        None => push_object(element, event),
    }
}

/// One of several `Data` elements: with a `Name` beside its text, or in the order of the table.
fn push_unnamed(at: usize, value: Value<'_>, event: &mut Event) {
    if value.kind() == Kind::Object {
        let attributes = value.get("#attributes").unwrap_or(value);
        let name = ["@Name", "Name"].iter().find_map(|key| attributes.get(key));
        let text = ["#text", "text", "Value", "$"].iter().find_map(|key| value.get(key));
        match (name, text) {
            (Some(name), Some(text)) => push_value(&name.string(), text, event),
            (Some(name), None) => event.push_text(&name.string(), ""),
            (None, Some(text)) => push_unnamed(at, text, event),
            (None, None) => push_value("Data", value, event),
        }
        return;
    }
    if value.kind() == Kind::Array {
        value.children().enumerate().for_each(|(at, value)| push_unnamed(at, value, event));
        return;
    }
    let free = at < event.spec().fields.len() && !event.slot(at).is_some();
    let span = event.put_with(|out| value_into(value, out));
    if free {
        event.push_slot(at, span);
    } else {
        event.push("Data", span);
    }
}

fn push_value(name: &str, value: Value<'_>, event: &mut Event) {
    if event.field_count() < MAX_FIELDS {
        let span = event.put_with(|out| value_into(value, out));
        event.push(name, span);
    }
}

/// A value's text; an empty element is written as null.
fn value_into(value: Value<'_>, out: &mut Vec<u8>) {
    if value.kind() != Kind::Null {
        value.string_into(out);
    }
}
