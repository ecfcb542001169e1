//! One `<Event>` element to one [`Event`]: what Windows XML, Sysmon for Linux, the journal and JSON exports share.
//!
//! Sections and their elements may come in any order, with any prefix. The System section names the event, so fields
//! that stand before it are read after it. What the text lacks stays absent; why it was cut short is a [`Defect`].

use whodunit_event::event::{Span, System};
use whodunit_event::xml::{self, Fault, Reader, Tag, Token, unescape_into};
use whodunit_event::{Event, Time, schema};

/// Fields that one record may have; more are left out.
pub const MAX_FIELDS: usize = 4096;

/// Why a record could not be read whole. What was read stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Defect {
    /// There is no `<Event>` element.
    NoEvent,
    /// The XML ends early or is nested too deep.
    Xml(Fault),
    /// More than [`MAX_FIELDS`] fields.
    TooManyFields,
}

impl std::fmt::Display for Defect {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NoEvent => f.write_str("there is no Event element"),
            Self::Xml(fault) => fault.fmt(f),
            Self::TooManyFields => write!(f, "the record has more than {MAX_FIELDS} fields; the rest is left out"),
        }
    }
}

impl std::error::Error for Defect {}

/// Reads the first `<Event>` element of `text` into a cleared event, up to and with its time.
pub fn read_event(text: &str, event: &mut Event) -> Result<(), Defect> {
    let mut reader = Reader::new(text);
    let root = loop {
        match reader.child() {
            Some(tag) if tag.local() == "Event" => break tag,
            Some(_) => {}
            None => return Err(Defect::NoEvent),
        }
    };
    let mut fields = Fields::new(event);
    if !root.empty {
        fields.sections(&mut reader);
    }
    let left_out = fields.left_out();
    event.settle_time();
    match reader.fault() {
        Some(fault) => Err(Defect::Xml(fault)),
        None if left_out => Err(Defect::TooManyFields),
        None => Ok(()),
    }
}

/// Reads the fields of an `<EventData>` or `<UserData>` element that stands alone, into an event whose table entry is
/// set.
pub fn read_data(text: &str, event: &mut Event) -> Result<(), Defect> {
    let mut reader = Reader::new(text);
    let mut fields = Fields::new(event);
    while let Some(section) = reader.child() {
        fields.section(&section, &mut reader);
    }
    match reader.fault() {
        Some(fault) => Err(Defect::Xml(fault)),
        None if fields.left_out() => Err(Defect::TooManyFields),
        None => Ok(()),
    }
}

/// Puts fields into an event.
struct Fields<'e> {
    event: &'e mut Event,
    /// Fields put so far.
    count: usize,
    /// `Data` elements without a name so far.
    unnamed: usize,
}

impl<'e> Fields<'e> {
    fn new(event: &'e mut Event) -> Self {
        Self { event, count: 0, unnamed: 0 }
    }

    fn left_out(&self) -> bool {
        self.count > MAX_FIELDS
    }

    /// The sections of an Event element, the System section before all others.
    fn sections(&mut self, reader: &mut Reader<'_>) {
        let mut early = Vec::new();
        let mut known = false;
        while let Some(tag) = reader.child() {
            if tag.local() == "System" {
                system(&tag, reader, self.event);
                set_spec(self.event);
                known = true;
            } else if known {
                self.section(&tag, reader);
            } else {
                early.push((tag, reader.clone()));
                reader.skip_element(&tag);
            }
        }
        for (tag, mut reader) in early {
            self.section(&tag, &mut reader);
        }
    }

    fn section(&mut self, tag: &Tag<'_>, reader: &mut Reader<'_>) {
        match tag.local() {
            _ if tag.empty => {}
            "EventData" => self.event_data(reader),
            "RenderingInfo" => rendering(reader, self.event),
            _ => self.leaves(reader),
        }
    }

    fn event_data(&mut self, reader: &mut Reader<'_>) {
        loop {
            while let Some((name, text)) = reader.plain("<Data Name=", "</Data>") {
                let value = self.event.put_with(|out| unescape_into(text, out));
                self.named(name, value);
            }
            let Some(tag) = reader.child() else { return };
            let value = self.event.put_with(|out| reader.text_into(&tag, out));
            match tag.attribute("Name") {
                Some(name) => self.named(name, value),
                None if tag.local() == "Data" => self.unnamed(value),
                None => self.named(tag.local(), value),
            }
        }
    }

    /// The elements that hold text, however deep, by their names.
    fn leaves(&mut self, reader: &mut Reader<'_>) {
        let outside = reader.depth().saturating_sub(1);
        let mut open: Option<(Tag<'_>, Span)> = None;
        while let Some(token) = reader.next() {
            match token {
                Token::Start(tag) if tag.empty => {
                    let value = self.event.put("");
                    self.leaf(&tag, value);
                    open = None;
                }
                Token::Start(tag) => open = Some((tag, Span::NONE)),
                Token::Text(_) | Token::Cdata(_) => {
                    if let Some((_, value)) = &mut open {
                        *value = self.append(*value, token);
                    }
                }
                Token::End(_) => {
                    if let Some((tag, value)) = open.take() {
                        let value = if value.is_some() { value } else { self.event.put("") };
                        self.leaf(&tag, value);
                    }
                }
                Token::Comment(_) | Token::Instruction(_) => {}
            }
            if reader.depth() <= outside {
                return;
            }
        }
        if let Some((tag, value)) = open.filter(|(_, value)| value.is_some()) {
            self.leaf(&tag, value);
        }
    }

    fn append(&mut self, before: Span, token: Token<'_>) -> Span {
        let before = self.event.text(before).to_owned();
        self.event.put_with(|out| {
            out.extend_from_slice(before.as_bytes());
            match token {
                Token::Text(text) => unescape_into(text, out),
                Token::Cdata(text) => out.extend_from_slice(text.as_bytes()),
                _ => {}
            }
        })
    }

    fn leaf(&mut self, tag: &Tag<'_>, value: Span) {
        self.named(tag.attribute("Name").unwrap_or(tag.local()), value);
    }

    fn named(&mut self, name: &str, value: Span) {
        self.count += 1;
        if !self.left_out() {
            self.event.push(&xml::unescape(name), value);
        }
    }

    /// The n-th value without a name belongs to the n-th field of the table's entry, or is called `Data_n`.
    fn unnamed(&mut self, value: Span) {
        let at = self.unnamed;
        self.unnamed += 1;
        let free = at < self.event.spec().fields.len() && !self.event.slot(at).is_some();
        if free {
            self.event.push_slot(at, value);
        } else if at == 0 {
            self.named("Data", value);
        } else {
            self.numbered(at + 1, value);
        }
    }

    fn numbered(&mut self, number: usize, value: Span) {
        self.count += 1;
        if !self.left_out() {
            let name = self.event.put(&format!("Data_{number}"));
            self.event.push_extra(name, value);
        }
    }
}

/// Sets the event's entry of the table from what its System section said.
fn set_spec(event: &mut Event) {
    event.set_spec(schema::lookup(event.provider(), event.channel(), event.event_id));
}

fn system(section: &Tag<'_>, reader: &mut Reader<'_>, event: &mut Event) {
    if section.empty {
        return;
    }
    while let Some(tag) = reader.child() {
        match tag.local() {
            "Provider" => attribute(&tag, "Name", System::Provider, event),
            "TimeCreated" => event.logged = tag.attribute("SystemTime").and_then(Time::parse),
            "Correlation" => attribute(&tag, "ActivityID", System::ActivityId, event),
            "Security" => attribute(&tag, "UserID", System::UserSid, event),
            "Execution" => {
                event.writer_pid = tag.attribute("ProcessID").and_then(number);
                event.writer_tid = tag.attribute("ThreadID").and_then(number);
            }
            "Channel" => text(&tag, System::Channel, reader, event),
            "Computer" => text(&tag, System::Host, reader, event),
            name => value(name, &tag, reader, event),
        }
        if matches!(tag.local(), "Provider" | "TimeCreated" | "Correlation" | "Security" | "Execution") {
            reader.skip_element(&tag);
        }
    }
}

/// A number of the System section.
fn value(name: &str, tag: &Tag<'_>, reader: &mut Reader<'_>, event: &mut Event) {
    let raw = first_text(tag, reader);
    match name {
        "EventID" => event.event_id = number(raw).unwrap_or_default(),
        "Version" => event.version = number(raw),
        "Level" => event.level = number(raw),
        "Task" => event.task = number(raw),
        "Opcode" => event.opcode = number(raw),
        "Keywords" => event.keywords = keywords(raw),
        "EventRecordID" => event.origin.record = number(raw),
        _ => {}
    }
}

/// The first piece of an element's text, escaped; passes over the element.
fn first_text<'a>(tag: &Tag<'_>, reader: &mut Reader<'a>) -> &'a str {
    let mut text = "";
    if !tag.empty {
        if let Some(Token::Text(t)) = reader.clone().next() {
            text = t.trim_ascii();
        }
        reader.skip_element(tag);
    }
    text
}

fn number<T: std::str::FromStr>(raw: &str) -> Option<T> {
    raw.trim_ascii().parse().ok()
}

fn keywords(raw: &str) -> Option<u64> {
    match raw.strip_prefix("0x").or_else(|| raw.strip_prefix("0X")) {
        Some(hex) => u64::from_str_radix(hex, 16).ok(),
        None => number(raw),
    }
}

fn attribute(tag: &Tag<'_>, name: &str, which: System, event: &mut Event) {
    if let Some(raw) = tag.attribute(name).filter(|raw| !raw.is_empty()) {
        let span = event.put_with(|out| unescape_into(raw, out));
        event.set_system(which, span);
    }
}

fn text(tag: &Tag<'_>, which: System, reader: &mut Reader<'_>, event: &mut Event) {
    let span = event.put_with(|out| reader.text_into(tag, out));
    event.set_system(which, span);
}

fn rendering(reader: &mut Reader<'_>, event: &mut Event) {
    while let Some(tag) = reader.child() {
        match tag.local() {
            "Message" => text(&tag, System::Message, reader, event),
            _ => reader.skip_element(&tag),
        }
    }
}
