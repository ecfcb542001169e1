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
    fn sections<'a>(&mut self, reader: &mut Reader<'a>) {
        let mut early = Vec::new();
        let mut known = false;
        while let Some(tag) = reader.child() {
            if tag.local() == "System" {
                self.system(&tag, reader);
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

    /// The System section; what has no place of its own in an event is a field, put when the table's entry is known.
    fn system<'a>(&mut self, section: &Tag<'a>, reader: &mut Reader<'a>) {
        let mut others: Vec<(&str, Span)> = Vec::new();
        while let Some(tag) = if section.empty { None } else { reader.child() } {
            for (name, raw) in tag.attributes().filter(|(name, _)| !is_namespace(name)) {
                if !system_attribute(tag.local(), name, raw, self.event) {
                    others.push((name, self.event.put_with(|out| unescape_into(raw, out))));
                }
            }
            if !system_element(&tag, reader, self.event) {
                let value = self.event.put_with(|out| reader.text_into(&tag, out));
                if !self.event.bytes(value).is_empty() {
                    others.push((tag.local(), value));
                }
            }
        }
        self.event.set_spec(schema::lookup(self.event.provider(), self.event.channel(), self.event.event_id));
        for (name, value) in others {
            self.named(name, value);
        }
    }

    fn section(&mut self, tag: &Tag<'_>, reader: &mut Reader<'_>) {
        self.attributes(tag, false);
        match tag.local() {
            _ if tag.empty => {}
            "EventData" => self.event_data(reader),
            "RenderingInfo" => self.rendering(reader),
            _ => self.leaves(reader),
        }
    }

    /// Attributes of an element as fields `Element.Attribute`, without the one that names a field; true if there are any.
    fn attributes(&mut self, tag: &Tag<'_>, named: bool) -> bool {
        let mut any = false;
        for (name, raw) in tag.attributes().filter(|(name, _)| !is_namespace(name)) {
            if !(named && name.eq_ignore_ascii_case("Name")) {
                let value = self.event.put_with(|out| unescape_into(raw, out));
                self.named(&format!("{}.{name}", tag.local()), value);
                any = true;
            }
        }
        any
    }

    fn event_data(&mut self, reader: &mut Reader<'_>) {
        loop {
            while let Some((name, text)) = reader.plain("<Data Name=", "</Data>") {
                let value = self.event.put_with(|out| unescape_into(text, out));
                self.named(name, value);
            }
            let Some(tag) = reader.child() else { return };
            let described = self.attributes(&tag, true);
            let value = self.event.put_with(|out| reader.text_into(&tag, out));
            match tag.attribute("Name") {
                _ if described && self.event.bytes(value).is_empty() => {}
                Some(name) => self.named(name, value),
                None if tag.local() == "Data" => self.unnamed(value),
                None => self.named(tag.local(), value),
            }
        }
    }

    fn rendering(&mut self, reader: &mut Reader<'_>) {
        while let Some(tag) = reader.child() {
            let value = self.event.put_with(|out| reader.text_into(&tag, out));
            match tag.local() {
                "Message" => self.event.set_system(System::Message, value),
                _ if self.event.bytes(value).trim_ascii().is_empty() => {}
                name => self.named(&format!("RenderingInfo.{name}"), value),
            }
        }
    }

    /// The elements that hold text, however deep, by their names.
    fn leaves(&mut self, reader: &mut Reader<'_>) {
        let outside = reader.depth().saturating_sub(1);
        let mut open: Option<Leaf<'_>> = None;
        while let Some(token) = reader.next() {
            match token {
                Token::Start(tag) => {
                    let described = self.attributes(&tag, tag.local() == "Data");
                    open = Some(Leaf { tag, described, text: Vec::new() });
                    if tag.empty {
                        self.leaf(open.take());
                    }
                }
                Token::Text(text) => open.iter_mut().for_each(|leaf| unescape_into(text, &mut leaf.text)),
                Token::Cdata(text) => open.iter_mut().for_each(|leaf| leaf.text.extend_from_slice(text.as_bytes())),
                Token::End(_) => self.leaf(open.take()),
                Token::Comment(_) | Token::Instruction(_) => {}
            }
            if reader.depth() <= outside {
                return;
            }
        }
        self.leaf(open.filter(|leaf| !leaf.text.is_empty()));
    }

    fn leaf(&mut self, leaf: Option<Leaf<'_>>) {
        let Some(Leaf { tag, described, text }) = leaf else { return };
        if described && text.is_empty() {
            return;
        }
        let value = self.event.put_with(|out| out.extend_from_slice(&text));
        match tag.attribute("Name").filter(|_| tag.local() == "Data") {
            Some(name) => self.named(name, value),
            None => self.named(tag.local(), value),
        }
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

/// An element of user data that is open.
struct Leaf<'a> {
    tag: Tag<'a>,
    /// It has attributes.
    described: bool,
    text: Vec<u8>,
}

fn is_namespace(attribute: &str) -> bool {
    attribute == "xmlns" || attribute.starts_with("xmlns:")
}

/// Puts an attribute of the System section into its place; `false` if it has none.
fn system_attribute(element: &str, name: &str, raw: &str, event: &mut Event) -> bool {
    let is = |text: &str| name.eq_ignore_ascii_case(text);
    let which = match element {
        "Provider" if is("Name") => System::Provider,
        "Correlation" if is("ActivityID") => System::ActivityId,
        "Security" if is("UserID") => System::UserSid,
        "Provider" if is("Guid") || is("EventSourceName") => return true,
        "EventID" if is("Qualifiers") => return true,
        "TimeCreated" if is("SystemTime") => {
            event.logged = Time::parse(raw);
            return true;
        }
        "Execution" if is("ProcessID") => {
            event.writer_pid = number(raw);
            return true;
        }
        "Execution" if is("ThreadID") => {
            event.writer_tid = number(raw);
            return true;
        }
        _ => return false,
    };
    if !raw.is_empty() {
        let span = event.put_with(|out| unescape_into(raw, out));
        event.set_system(which, span);
    }
    true
}

/// Puts an element of the System section into its place; `false`, with its text unread, if it has none.
fn system_element<'a>(tag: &Tag<'a>, reader: &mut Reader<'a>, event: &mut Event) -> bool {
    match tag.local() {
        "EventID" => event.event_id = number(first_text(tag, reader)).unwrap_or_default(),
        "Version" => event.version = number(first_text(tag, reader)),
        "Level" => event.level = number(first_text(tag, reader)),
        "Task" => event.task = number(first_text(tag, reader)),
        "Opcode" => event.opcode = number(first_text(tag, reader)),
        "Keywords" => event.keywords = keywords(first_text(tag, reader)),
        "EventRecordID" => event.origin.record = number(first_text(tag, reader)),
        "Channel" => text(tag, System::Channel, reader, event),
        "Computer" => text(tag, System::Host, reader, event),
        "Provider" | "TimeCreated" | "Correlation" | "Execution" | "Security" => reader.skip_element(tag),
        _ => return false,
    }
    true
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

fn text(tag: &Tag<'_>, which: System, reader: &mut Reader<'_>, event: &mut Event) {
    let span = event.put_with(|out| reader.text_into(tag, out));
    event.set_system(which, span);
}
