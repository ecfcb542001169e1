//! One recorded event.
//!
//! An [`Event`] is a reusable buffer: a reader clears it, fills it, lends it to its consumer, and fills it again, so a
//! million events cost no allocation. A consumer that keeps an event clones it. All text lies in one arena inside.

use crate::origin::Origin;
use crate::schema::{EventSpec, FieldSpec, FieldType, UNKNOWN};
use crate::time::Time;
use std::hash::{DefaultHasher, Hasher};

/// A piece of an event's arena; [`Span::NONE`] stands for an absent value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    start: u32,
    end: u32,
}

impl Span {
    /// No value at all; differs from an empty one.
    pub const NONE: Self = Self { start: u32::MAX, end: u32::MAX };

    /// True if there is a value.
    pub fn is_some(self) -> bool {
        self.start != u32::MAX
    }

    fn len(self) -> usize {
        self.end.wrapping_sub(self.start) as usize
    }
}

impl Default for Span {
    fn default() -> Self {
        Self::NONE
    }
}

/// Which clock an event's `time` was read from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TimeFrom {
    /// The event's own field (`UtcTime`).
    Field,
    /// The log's time of the record.
    #[default]
    Log,
    /// The collector's time of receipt: nothing better was left.
    Collector,
}

/// What is doubtful about an event's time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeNote {
    /// The event's own field contradicts the log's time by more than [`FIELD_TIME_TOLERANCE`]; `time` is the log's.
    FieldDiffers,
    /// The log gives a local time without its zone, and nothing in the record tells the zone; it was taken as UTC.
    ZoneUnknown,
}

impl TimeNote {
    /// The words of every output.
    pub fn words(self) -> &'static str {
        match self {
            Self::FieldDiffers => "UtcTime differs from the log's time",
            Self::ZoneUnknown => "local time of an unknown zone",
        }
    }

    /// The note of [`TimeNote::words`].
    pub fn from_words(words: &str) -> Option<Self> {
        [Self::FieldDiffers, Self::ZoneUnknown].into_iter().find(|note| note.words() == words)
    }
}

/// How many seconds an event's own time may be off the log's before the log's is believed instead: records are written
/// within seconds, but `UtcTime` of network, DNS and registry events was seen hours and weeks off.
pub const FIELD_TIME_TOLERANCE: f64 = 300.0;

/// One recorded event: what a log says happened, in the log's own spelling.
#[derive(Clone, Debug)]
pub struct Event {
    /// Its entry in the table, [`UNKNOWN`] if it has none. Set it through [`Event::set_spec`].
    spec: &'static EventSpec,
    /// Event id.
    pub event_id: u32,
    /// Version of the record, where the log has it.
    pub version: Option<u8>,
    /// Level of the record: 1 critical to 5 verbose; 0 is "always".
    pub level: Option<u8>,
    /// Task, opcode and keywords of the System section.
    pub task: Option<u16>,
    /// Opcode of the System section.
    pub opcode: Option<u8>,
    /// Keywords of the System section.
    pub keywords: Option<u64>,
    /// Process that wrote the record (System/Execution ProcessID): the recorder, or for script blocks the host process.
    pub writer_pid: Option<u32>,
    /// Thread that wrote the record.
    pub writer_tid: Option<u32>,
    /// When it happened.
    pub time: Option<Time>,
    /// The log's own time.
    pub logged: Option<Time>,
    /// Where `time` was read from.
    pub time_from: TimeFrom,
    /// What is doubtful about `time`.
    pub time_note: Option<TimeNote>,
    /// Where it lies in the evidence; `origin.record` is the log's record id.
    pub origin: Origin,
    /// Seconds by which the user had this host's clock corrected in `time` and `logged`; 0 if not.
    pub clock_skew: i64,
    text: Vec<u8>,
    /// The system section's texts.
    system: [Span; SYSTEM_TEXTS],
    slots: Vec<Span>,
    extra: Vec<(Span, Span)>,
    /// Slot that the next `push` is likely to fill.
    next: usize,
}

const SYSTEM_TEXTS: usize = 6;

/// The texts of an event's system section.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(usize)]
pub enum System {
    /// Computer that logged the event.
    Host = 0,
    /// Provider's name.
    Provider = 1,
    /// Channel.
    Channel = 2,
    /// SID (Linux: uid) of the account that the record was written under.
    UserSid = 3,
    /// Correlation ActivityID.
    ActivityId = 4,
    /// The rendered message, where an export carries one that its fields do not repeat.
    Message = 5,
}

impl Default for Event {
    fn default() -> Self {
        Self {
            spec: &UNKNOWN,
            event_id: 0,
            version: None,
            level: None,
            task: None,
            opcode: None,
            keywords: None,
            writer_pid: None,
            writer_tid: None,
            time: None,
            logged: None,
            time_from: TimeFrom::Log,
            time_note: None,
            origin: Origin::default(),
            clock_skew: 0,
            text: Vec::new(),
            system: [Span::NONE; SYSTEM_TEXTS],
            slots: Vec::new(),
            extra: Vec::new(),
            next: 0,
        }
    }
}

impl Event {
    /// Empties the event for the next record; buffers and `origin.file`/`origin.member` stay.
    pub fn clear(&mut self) {
        let origin = &mut self.origin;
        (origin.record, origin.line, origin.offset, origin.length) = (None, None, None, None);
        (origin.key, origin.value) = (None, None);
        (self.event_id, self.version, self.level) = (0, None, None);
        (self.task, self.opcode, self.keywords) = (None, None, None);
        (self.writer_pid, self.writer_tid) = (None, None);
        (self.time, self.logged, self.time_from, self.time_note) = (None, None, TimeFrom::Log, None);
        self.clock_skew = 0;
        self.text.clear();
        self.system = [Span::NONE; SYSTEM_TEXTS];
        self.extra.clear();
        self.set_spec(&UNKNOWN);
    }

    /// The event's entry in the table.
    pub fn spec(&self) -> &'static EventSpec {
        self.spec
    }

    /// Sets the table's entry. Fields pushed before this stay where they were put: call it before pushing fields.
    pub fn set_spec(&mut self, spec: &'static EventSpec) {
        self.spec = spec;
        self.slots.clear();
        self.slots.resize(spec.fields.len(), Span::NONE);
        self.next = 0;
    }

    /// Chooses `time` from the field `UtcTime` and `logged`: the field's where it parses and agrees with the log's within
    /// [`FIELD_TIME_TOLERANCE`], else the log's, with a note. Every reader calls it once the record is complete.
    pub fn settle_time(&mut self) {
        let field = self.get("UtcTime").and_then(Time::parse);
        let agrees = |field: Time, log: Time| field.since(log).abs() <= FIELD_TIME_TOLERANCE;
        match (field, self.logged) {
            (Some(field), Some(log)) if !agrees(field, log) => {
                (self.time, self.time_from, self.time_note) = (Some(log), TimeFrom::Log, Some(TimeNote::FieldDiffers));
            }
            (Some(field), _) => (self.time, self.time_from) = (Some(field), TimeFrom::Field),
            (None, log) => (self.time, self.time_from) = (log, TimeFrom::Log),
        }
    }

    /// Puts text into the arena. Invalid UTF-8 is replaced.
    pub fn put(&mut self, value: &str) -> Span {
        self.put_with(|text| text.extend_from_slice(value.as_bytes()))
    }

    /// Puts what `write` appends into the arena. `write` must append valid UTF-8 and touch nothing before it; what is
    /// not valid reads as empty text later, it is never undefined.
    pub fn put_with(&mut self, write: impl FnOnce(&mut Vec<u8>)) -> Span {
        let start = self.text.len();
        write(&mut self.text);
        match (u32::try_from(start), u32::try_from(self.text.len())) {
            (Ok(start), Ok(end)) if end < u32::MAX && start <= end => Span { start, end },
            _ => {
                self.text.truncate(start);
                Span::NONE
            }
        }
    }

    /// Sets a text of the system section.
    pub fn set_system(&mut self, which: System, value: Span) {
        self.system[which as usize] = value;
    }

    /// Puts and sets a text of the system section.
    pub fn put_system(&mut self, which: System, value: &str) {
        let span = self.put(value);
        self.set_system(which, span);
    }

    /// A text of the system section; empty if absent.
    pub fn system(&self, which: System) -> &str {
        self.text(self.system[which as usize])
    }

    /// Span of a text of the system section.
    pub fn system_span(&self, which: System) -> Span {
        self.system[which as usize]
    }

    /// Computer that logged the event; empty if unknown.
    pub fn host(&self) -> &str {
        self.system(System::Host)
    }

    /// Provider's name; empty if unknown.
    pub fn provider(&self) -> &str {
        self.system(System::Provider)
    }

    /// Channel; empty if unknown.
    pub fn channel(&self) -> &str {
        self.system(System::Channel)
    }

    /// Adds a field by name: into its slot if the table has one that is still free, else to the named rest. A name that
    /// comes again gets a number (`Data`, `Data_2`, …), so that nothing is lost; the table declares unnamed fields so.
    /// Gives the slot that it filled.
    pub fn push(&mut self, name: &str, value: Span) -> Option<usize> {
        match self.find_slot(name) {
            Some(slot) if !self.slots[slot].is_some() => {
                self.push_slot(slot, value);
                return Some(slot);
            }
            None if self.find_extra(name).is_none() => {
                let name = self.put(name);
                self.extra.push((name, value));
            }
            _ => self.push_numbered(name, value),
        }
        None
    }

    fn push_numbered(&mut self, name: &str, value: Span) {
        let name = self.free_name(name);
        match self.spec.slot(self.text(name)) {
            Some(numbered) => self.push_slot(numbered, value),
            None => self.extra.push((name, value)),
        }
    }

    /// Adds a field by name and text.
    pub fn push_text(&mut self, name: &str, value: &str) {
        let span = self.put(value);
        self.push(name, span);
    }

    /// Fills a slot of the table's entry; a slot number out of range is ignored.
    pub fn push_slot(&mut self, slot: usize, value: Span) {
        if let Some(place) = self.slots.get_mut(slot) {
            *place = value;
            self.next = slot + 1;
        }
    }

    /// Adds a named field that the table's entry does not hold, without looking for duplicates.
    pub fn push_extra(&mut self, name: Span, value: Span) {
        self.extra.push((name, value));
    }

    /// The slot of `name`; looks first where the last field suggests.
    fn find_slot(&self, name: &str) -> Option<usize> {
        match self.spec.fields.get(self.next) {
            Some(field) if field.name == name => Some(self.next),
            _ => self.spec.slot(name),
        }
    }

    fn find_extra(&self, name: &str) -> Option<Span> {
        let same = |n: Span| n.len() == name.len() && self.bytes(n).eq_ignore_ascii_case(name.as_bytes());
        self.extra.iter().find(|(n, _)| same(*n)).map(|(_, v)| *v)
    }

    fn free_name(&mut self, name: &str) -> Span {
        if self.get(name).is_none() {
            return self.put(name);
        }
        let mut number = 1 + self.numbered(name);
        loop {
            let numbered = format!("{name}_{number}");
            if self.get(&numbered).is_none() {
                return self.put(&numbered);
            }
            number += 1;
        }
    }

    /// How many fields are called `name` or `name_<number>`: one pass instead of a search for every number.
    fn numbered(&self, name: &str) -> usize {
        let like = |n: &[u8]| {
            let rest = n.get(name.len()..).filter(|_| n[..name.len()].eq_ignore_ascii_case(name.as_bytes()));
            rest.is_some_and(|r| r.is_empty() || r[0] == b'_' && r[1..].iter().all(u8::is_ascii_digit))
        };
        let in_slot = self.spec.slot(name).is_some_and(|slot| self.slots[slot].is_some());
        usize::from(in_slot) + self.extra.iter().filter(|(n, _)| like(self.bytes(*n))).count()
    }

    /// The bytes of a span; empty for [`Span::NONE`].
    pub fn bytes(&self, span: Span) -> &[u8] {
        self.text.get(span.start as usize..span.end as usize).unwrap_or_default()
    }

    /// The text of a span; empty for [`Span::NONE`].
    pub fn text(&self, span: Span) -> &str {
        std::str::from_utf8(self.bytes(span)).unwrap_or_default()
    }

    /// A field's value by name; ASCII case does not matter. `None` if the record does not have it.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.span(name).map(|span| self.text(span))
    }

    /// A field's value by name, `None` also where it is empty or `-`.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.get(name).filter(|v| !v.is_empty() && *v != "-")
    }

    /// A field's span by name.
    pub fn span(&self, name: &str) -> Option<Span> {
        if let Some(slot) = self.spec.slot(name) {
            return self.slots.get(slot).copied().filter(|s| s.is_some());
        }
        self.find_extra(name)
    }

    /// A slot's span.
    pub fn slot(&self, slot: usize) -> Span {
        self.slots.get(slot).copied().unwrap_or_default()
    }

    /// All fields that the record has: name, type and value's span; table order first, then the named rest.
    pub fn fields(&self) -> impl Iterator<Item = (&str, FieldType, Span)> {
        let known = self.known_fields().map(|(field, span)| (field.name, field.kind, span));
        known.chain(self.extra_fields().map(|(name, value)| (self.text(name), FieldType::Text, value)))
    }

    /// The fields that the table's entry has too, in its order.
    pub fn known_fields(&self) -> impl Iterator<Item = (&'static FieldSpec, Span)> {
        self.spec.fields.iter().zip(self.slots.iter().copied()).filter(|(_, span)| span.is_some())
    }

    /// The named rest: spans of name and value.
    pub fn extra_fields(&self) -> impl Iterator<Item = (Span, Span)> {
        self.extra.iter().copied()
    }

    /// Moves `time` and `logged` by a correction of the host's clock; the fields stay as recorded.
    pub fn skew_clock(&mut self, seconds: i64) {
        self.clock_skew += seconds;
        self.time = self.time.map(|t| t.plus_seconds(seconds));
        self.logged = self.logged.map(|t| t.plus_seconds(seconds));
    }

    /// The same for two copies of one record (same host, channel, record id and content), whatever files they lie in;
    /// differs otherwise but for chance in 2^128. ASCII case does not count: exporters differ in it.
    pub fn fingerprint(&self) -> u128 {
        let mut hash = Fingerprint::default();
        hash.number(u64::from(self.event_id));
        hash.number(self.origin.record.map_or(0, |r| r.wrapping_add(1)));
        hash.number(self.time.map_or(0, |t| t.plus_seconds(-self.clock_skew).millis() as u64));
        hash.text(self.host().as_bytes());
        hash.text(self.channel().as_bytes());
        for (name, _, value) in self.fields() {
            hash.text(name.as_bytes());
            hash.text(self.bytes(value));
        }
        hash.finish()
    }

    /// Number of fields that the record has.
    pub fn field_count(&self) -> usize {
        self.slots.iter().filter(|s| s.is_some()).count() + self.extra.len()
    }
}

/// Two hashes with different starts, fed alike.
struct Fingerprint(DefaultHasher, DefaultHasher);

impl Default for Fingerprint {
    fn default() -> Self {
        let mut second = DefaultHasher::new();
        second.write_u8(1);
        Self(DefaultHasher::new(), second)
    }
}

impl Fingerprint {
    fn number(&mut self, n: u64) {
        self.0.write_u64(n);
        self.1.write_u64(n);
    }

    fn text(&mut self, text: &[u8]) {
        self.number(text.len() as u64);
        let mut folded = [0; 64];
        for piece in text.chunks(folded.len()) {
            let folded = &mut folded[..piece.len()];
            folded.copy_from_slice(piece);
            folded.make_ascii_lowercase();
            self.0.write(folded);
            self.1.write(folded);
        }
    }

    fn finish(&self) -> u128 {
        u128::from(self.0.finish()) << 64 | u128::from(self.1.finish())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema;

    fn dns() -> Event {
        let mut event = Event::default();
        event.set_spec(schema::lookup("Microsoft-Windows-Sysmon", "", 22));
        event
    }

    #[test]
    fn fields_come_in_table_order_and_none_is_lost() {
        let mut event = dns();
        event.push_text("Image", "C:\\a.exe");
        event.push_text("QueryName", "example.org");
        event.push_text("Strange", "1");
        event.push_text("Strange", "2");
        event.push_text("Image", "C:\\b.exe");
        let names: Vec<_> = event.fields().map(|(n, _, v)| (n.to_owned(), event.text(v).to_owned())).collect();
        let expect = [
            ("QueryName", "example.org"),
            ("Image", "C:\\a.exe"),
            ("Strange", "1"),
            ("Strange_2", "2"),
            ("Image_2", "C:\\b.exe"),
        ];
        assert_eq!(names, expect.map(|(n, v)| (n.to_owned(), v.to_owned())));
    }

    #[test]
    fn copies_have_one_fingerprint() {
        let mut event = dns();
        event.origin.record = Some(5);
        event.push_text("QueryName", "Example.org");
        let mut copy = event.clone();
        copy.origin.file = "other.json".into();
        assert_eq!(event.fingerprint(), copy.fingerprint());
        copy.skew_clock(90);
        assert_eq!(event.fingerprint(), copy.fingerprint());
        copy.push_text("Image", "a");
        assert_ne!(event.fingerprint(), copy.fingerprint());
    }

    #[test]
    fn the_log_is_believed_where_the_field_contradicts_it() {
        for (field, log, expect) in [
            ("2025-05-10 04:56:03.922", "2025-05-10T04:56:05Z", ("2025-05-10T04:56:03.922Z", TimeFrom::Field, None)),
            (
                "2025-05-10 04:50:03.922",
                "2025-05-10T04:56:05Z",
                ("2025-05-10T04:56:05Z", TimeFrom::Log, Some(TimeNote::FieldDiffers)),
            ),
            ("2025-05-10 04:50:03.922", "", ("2025-05-10T04:50:03.922Z", TimeFrom::Field, None)),
            ("-", "2025-05-10T04:56:05Z", ("2025-05-10T04:56:05Z", TimeFrom::Log, None)),
        ] {
            let mut event = dns();
            event.logged = Time::parse(log);
            event.push_text("UtcTime", field);
            event.settle_time();
            assert_eq!((event.time.unwrap().to_string().as_str(), event.time_from, event.time_note), expect, "{field}");
        }
    }

    #[test]
    fn unnamed_fields_fill_their_numbered_slots() {
        let mut event = Event::default();
        event.set_spec(schema::lookup("PowerShell", "", 400));
        for value in ["Available", "None", "HostApplication=powershell", "more"] {
            event.push_text("Data", value);
        }
        let slots: Vec<_> = (0..3).map(|slot| event.text(event.slot(slot)).to_owned()).collect();
        assert_eq!(slots, ["Available", "None", "HostApplication=powershell"]);
        assert_eq!((event.get("Data_3"), event.get("Data_4")), (Some("HostApplication=powershell"), Some("more")));
    }

    #[test]
    fn clear_keeps_the_file_only() {
        let mut event = dns();
        event.origin = Origin { record: Some(7), ..Origin::file("a.evtx") };
        (event.event_id, event.version, event.level, event.task, event.opcode) =
            (22, Some(5), Some(4), Some(22), Some(0));
        (event.keywords, event.writer_pid, event.writer_tid, event.clock_skew) = (Some(1), Some(2), Some(3), 4);
        (event.origin.line, event.origin.offset, event.origin.length) = (Some(1), Some(2), Some(3));
        (event.origin.key, event.origin.value) = (Some("HKLM".into()), Some("Run".into()));
        event.put_system(System::Host, "host");
        event.push_text("QueryName", "example.org");
        event.push_text("UtcTime", "2025-05-10 04:56:03.922");
        event.push_text("Other", "x");
        event.settle_time();
        event.clear();
        assert_eq!(format!("{event:?}"), format!("{:?}", Event { origin: Origin::file("a.evtx"), ..Event::default() }));
    }
}
