//! Writes EVTX logs for tests: a file header, chunks with checksums, records in BinXML.
#![allow(dead_code, clippy::unwrap_used)] // each test file uses its own part

use whodunit_event::persist::Item;
use whodunit_event::{Event, Prefilter};
use whodunit_logs::Problem;
use whodunit_logs::part::{Body, Consumer, Output, Part, SourceName};

pub(crate) const CHUNK: usize = 0x1_0000;
pub(crate) const FILE_HEAD: usize = 4096;
/// 2020-01-01 as a FILETIME.
pub(crate) const NEW_YEAR: u64 = 132_223_104_000_000_000;

/// What a decoder found.
#[derive(Default)]
pub(crate) struct Found {
    pub(crate) events: Vec<Event>,
    pub(crate) problems: Vec<Problem>,
}

impl Consumer for Found {
    fn event(&mut self, event: &Event) {
        self.events.push(event.clone());
    }
    fn item(&mut self, _: Item) {}
}

impl Found {
    pub(crate) fn ids(&self) -> Vec<u64> {
        self.events.iter().map(|e| e.origin.record.unwrap()).collect()
    }

    pub(crate) fn messages(&self) -> Vec<String> {
        self.problems.iter().map(|p| format!("{:?}: {p}", p.severity)).collect()
    }
}

/// Everything in a log.
pub(crate) fn decode(log: &[u8]) -> Found {
    let (mut found, mut problems) = (Found::default(), Vec::new());
    whodunit_logs::evtx::decode_bytes(log, &mut found, &mut problems);
    found.problems = problems;
    found
}

/// What a search with this prefilter sees of a log.
pub(crate) fn decode_filtered(log: &[u8], prefilter: &dyn Prefilter) -> Found {
    let (mut found, mut problems, mut event) = (Found::default(), Vec::new(), Event::default());
    let decoder = whodunit_logs::evtx::decoder();
    let body = Body::Bytes(Vec::new());
    let part = Part { source: SourceName::default(), decoder: decoder.clone(), body, offset: 4096, line: 0 };
    let prefilter = Some(prefilter);
    decoder.decode(
        &part,
        &log[4096..],
        &mut Output { event: &mut event, consumer: &mut found, problems: &mut problems, prefilter },
    );
    found.problems = problems;
    found
}

/// Fields of an event as `Name=value`.
pub(crate) fn fields(event: &Event) -> Vec<String> {
    event.fields().map(|(name, _, value)| format!("{name}={}", event.text(value))).collect()
}

/// A value of a template instance.
pub(crate) enum V<'a> {
    Plain(u8, Vec<u8>),
    Xml(Box<dyn Fn(&mut Chunk) + 'a>),
}

pub(crate) fn null() -> V<'static> {
    V::Plain(0, Vec::new())
}
pub(crate) fn s(text: &str) -> V<'static> {
    V::Plain(1, utf16(text))
}
pub(crate) fn strings(texts: &[&str]) -> V<'static> {
    V::Plain(0x81, texts.iter().flat_map(|t| utf16(&format!("{t}\0"))).collect())
}
pub(crate) fn n8(n: u8) -> V<'static> {
    V::Plain(4, vec![n])
}
pub(crate) fn n16(n: u16) -> V<'static> {
    V::Plain(6, n.to_le_bytes().into())
}
pub(crate) fn n32(n: u32) -> V<'static> {
    V::Plain(8, n.to_le_bytes().into())
}
pub(crate) fn n64(n: u64) -> V<'static> {
    V::Plain(0x0a, n.to_le_bytes().into())
}
pub(crate) fn hex64(n: u64) -> V<'static> {
    V::Plain(0x15, n.to_le_bytes().into())
}
pub(crate) fn filetime(n: u64) -> V<'static> {
    V::Plain(0x11, n.to_le_bytes().into())
}
pub(crate) fn guid(first: u8) -> V<'static> {
    V::Plain(0x0f, (0..16).map(|n| first.wrapping_add(n)).collect())
}
pub(crate) fn binary(bytes: &[u8]) -> V<'static> {
    V::Plain(0x0e, bytes.into())
}
pub(crate) fn local_system() -> V<'static> {
    V::Plain(0x13, vec![1, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0])
}
pub(crate) fn xml<'a>(write: impl Fn(&mut Chunk) + 'a) -> V<'a> {
    V::Xml(Box::new(write))
}

pub(crate) fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// A chunk being written. Token writers append at its end.
pub(crate) struct Chunk {
    pub(crate) bytes: Vec<u8>,
    ids: Vec<u64>,
    /// Places of the sizes of open elements, and of the attribute lists.
    open: Vec<(usize, Option<usize>)>,
    /// Whether elements carry a dependency (in definitions).
    dependencies: bool,
    /// Offsets of the standard templates, once written.
    root: Option<usize>,
    data: Vec<(Vec<String>, usize)>,
}

impl Default for Chunk {
    fn default() -> Self {
        let (bytes, ids, open, data) = (vec![0; 512], Vec::new(), Vec::new(), Vec::new());
        Self { bytes, ids, open, dependencies: false, root: None, data }
    }
}

impl Chunk {
    /// One record around BinXML; returns its offset.
    pub(crate) fn record(&mut self, id: u64, write: impl FnOnce(&mut Self)) -> usize {
        let at = self.bytes.len();
        self.bytes.extend(b"**\0\0\0\0\0\0");
        self.bytes.extend(id.to_le_bytes());
        self.bytes.extend((NEW_YEAR + id).to_le_bytes());
        write(self);
        let size = (self.bytes.len() - at + 4) as u32;
        self.bytes.extend(size.to_le_bytes());
        self.bytes[at + 4..at + 8].copy_from_slice(&size.to_le_bytes());
        self.ids.push(id);
        at
    }

    /// A record like Windows writes it: a root template with a System section, and event data in a template inside.
    pub(crate) fn event(&mut self, id: u64, provider: &str, event_id: u16, data: &[(&str, V<'_>)]) -> usize {
        self.event_with(id, provider, event_id, xml(|c| c.event_data(data)))
    }

    /// The same with anything as the event's data.
    pub(crate) fn event_with(&mut self, id: u64, provider: &str, event_id: u16, data: V<'_>) -> usize {
        let system = [
            s(provider),
            n16(event_id),
            n8(5),
            n8(4),
            n16(event_id),
            n8(0),
            hex64(0x8000_0000_0000_0000),
            filetime(NEW_YEAR + 10_000_000),
            n64(id),
            null(),
            n32(1234),
            n32(5678),
            s("Channel/Operational"),
            s("HOST"),
            local_system(),
            data,
        ];
        self.record(id, |c| {
            c.header();
            match c.root {
                Some(root) => c.instance(root, &system),
                None => c.root = Some(c.inline_instance(root_template, &system)),
            }
            c.eof();
        })
    }

    fn event_data(&mut self, data: &[(&str, V<'_>)]) {
        let names: Vec<String> = data.iter().map(|(name, _)| (*name).to_owned()).collect();
        let values: Vec<&V<'_>> = data.iter().map(|(_, value)| value).collect();
        self.header();
        match self.data.iter().find(|(known, _)| *known == names).map(|(_, at)| *at) {
            Some(at) => self.instance_of(at, &values),
            None => {
                let at = self.inline_instance_of(|c| data_template(c, &names), &values);
                self.data.push((names, at));
            }
        }
        self.eof();
    }

    pub(crate) fn header(&mut self) {
        self.bytes.extend([0x0f, 1, 1, 0]);
    }
    pub(crate) fn eof(&mut self) {
        self.bytes.push(0);
    }

    /// Start of a start tag; `attributes` follow.
    pub(crate) fn open(&mut self, name: &str, attributes: bool) {
        self.open_if(name, attributes, 0xffff);
    }

    /// The same for an element that is not there if the value of number `dependency` is null.
    pub(crate) fn open_if(&mut self, name: &str, attributes: bool, dependency: u16) {
        self.bytes.push(if attributes { 0x41 } else { 0x01 });
        if self.dependencies {
            self.bytes.extend(dependency.to_le_bytes());
        }
        let size = self.gap();
        self.name(name);
        let list = attributes.then(|| self.gap());
        self.open.push((size, list));
    }

    pub(crate) fn attribute(&mut self, name: &str) {
        self.bytes.push(0x06);
        self.name(name);
    }

    pub(crate) fn close_start(&mut self) {
        if let Some((_, Some(list))) = self.open.last().copied() {
            self.fill(list);
        }
        self.bytes.push(0x02);
    }

    pub(crate) fn close_empty(&mut self) {
        let (size, list) = self.open.pop().unwrap();
        if let Some(list) = list {
            self.fill(list);
        }
        self.bytes.push(0x03);
        self.fill(size);
    }

    pub(crate) fn end(&mut self) {
        self.bytes.push(0x04);
        let (size, _) = self.open.pop().unwrap();
        self.fill(size);
    }

    pub(crate) fn text(&mut self, text: &str) {
        self.bytes.extend([0x05, 0x01]);
        self.counted(text);
    }
    pub(crate) fn cdata(&mut self, text: &str) {
        self.bytes.push(0x07);
        self.counted(text);
    }
    pub(crate) fn char_ref(&mut self, unit: u16) {
        self.bytes.push(0x08);
        self.bytes.extend(unit.to_le_bytes());
    }
    pub(crate) fn entity(&mut self, name: &str) {
        self.bytes.push(0x09);
        self.name(name);
    }

    /// A place for the value of this number.
    pub(crate) fn value(&mut self, number: u16) {
        self.bytes.push(0x0d);
        self.bytes.extend(number.to_le_bytes());
        self.bytes.push(1);
    }

    /// `<name>%number</name>`
    pub(crate) fn element(&mut self, name: &str, number: u16) {
        self.open(name, false);
        self.close_start();
        self.value(number);
        self.end();
    }

    /// `<name attribute="%number" …/>`
    pub(crate) fn attributes(&mut self, name: &str, attributes: &[(&str, u16)]) {
        self.open(name, true);
        for (attribute, number) in attributes {
            self.attribute(attribute);
            self.value(*number);
        }
        self.close_empty();
    }

    pub(crate) fn instance(&mut self, definition: usize, values: &[V<'_>]) {
        self.instance_of(definition, &values.iter().collect::<Vec<_>>());
    }

    /// An instance with its definition in place; returns the definition's offset.
    pub(crate) fn inline_instance(&mut self, write: impl FnOnce(&mut Self), values: &[V<'_>]) -> usize {
        self.inline_instance_of(write, &values.iter().collect::<Vec<_>>())
    }

    fn instance_of(&mut self, definition: usize, values: &[&V<'_>]) {
        self.bytes.extend([0x0c, 1, 1, 2, 3, 4]);
        self.bytes.extend((definition as u32).to_le_bytes());
        self.values(values);
    }

    fn inline_instance_of(&mut self, write: impl FnOnce(&mut Self), values: &[&V<'_>]) -> usize {
        self.bytes.extend([0x0c, 1, 1, 2, 3, 4]);
        let definition = self.bytes.len() + 4;
        self.bytes.extend((definition as u32).to_le_bytes());
        self.bytes.extend([0; 4]);
        self.bytes.extend([7; 16]);
        let size = self.gap();
        let outside = std::mem::replace(&mut self.dependencies, true);
        self.header();
        write(self);
        self.eof();
        self.dependencies = outside;
        self.fill(size);
        self.values(values);
        definition
    }

    fn values(&mut self, values: &[&V<'_>]) {
        self.bytes.extend((values.len() as u32).to_le_bytes());
        let table = self.bytes.len();
        self.bytes.resize(table + values.len() * 4, 0);
        for (number, value) in values.iter().enumerate() {
            let start = self.bytes.len();
            let kind = match value {
                V::Plain(kind, bytes) => {
                    self.bytes.extend(bytes);
                    *kind
                }
                V::Xml(write) => {
                    let outside = std::mem::replace(&mut self.dependencies, false);
                    write(self);
                    self.dependencies = outside;
                    0x21
                }
            };
            let size = (self.bytes.len() - start) as u16;
            self.bytes[table + number * 4..][..2].copy_from_slice(&size.to_le_bytes());
            self.bytes[table + number * 4 + 2] = kind;
        }
    }

    /// A name in place.
    fn name(&mut self, name: &str) {
        let here = self.bytes.len() as u32 + 4;
        self.bytes.extend(here.to_le_bytes());
        self.bytes.extend([0; 6]);
        self.counted(name);
        self.bytes.extend([0, 0]);
    }

    fn counted(&mut self, text: &str) {
        let units = utf16(text);
        self.bytes.extend(((units.len() / 2) as u16).to_le_bytes());
        self.bytes.extend(units);
    }

    /// Room for a size.
    fn gap(&mut self) -> usize {
        self.bytes.extend([0; 4]);
        self.bytes.len() - 4
    }

    /// The size of what is behind its room.
    fn fill(&mut self, gap: usize) {
        let size = (self.bytes.len() - gap - 4) as u32;
        self.bytes[gap..gap + 4].copy_from_slice(&size.to_le_bytes());
    }

    /// The chunk with its header and checksums; `behind` is put behind the free-space offset.
    pub(crate) fn finish_with(mut self, behind: &[u8]) -> Vec<u8> {
        let free = self.bytes.len();
        self.bytes.extend(behind);
        assert!(self.bytes.len() <= CHUNK, "{} bytes are too many for a chunk", self.bytes.len());
        self.bytes.resize(CHUNK, 0);
        let (first, last) = (self.ids.first().copied().unwrap_or(1), self.ids.last().copied().unwrap_or(1));
        self.bytes[..8].copy_from_slice(b"ElfChnk\0");
        for (at, id) in [(8, first), (16, last), (24, first), (32, last)] {
            self.bytes[at..at + 8].copy_from_slice(&id.to_le_bytes());
        }
        self.bytes[40] = 128;
        self.bytes[48..52].copy_from_slice(&(free as u32).to_le_bytes());
        let sum = crc32fast::hash(&self.bytes[512..free]);
        self.bytes[52..56].copy_from_slice(&sum.to_le_bytes());
        let head = [&self.bytes[..120], &self.bytes[128..512]].concat();
        let sum = crc32fast::hash(&head);
        self.bytes[124..128].copy_from_slice(&sum.to_le_bytes());
        self.bytes
    }

    pub(crate) fn finish(self) -> Vec<u8> {
        self.finish_with(&[])
    }
}

/// The System section, and event data in value 15.
fn root_template(c: &mut Chunk) {
    c.open("Event", true);
    c.attribute("xmlns");
    c.text("http://schemas.microsoft.com/win/2004/08/events/event");
    c.close_start();
    c.open("System", false);
    c.close_start();
    c.attributes("Provider", &[("Name", 0)]);
    for (name, number) in [("EventID", 1), ("Version", 2), ("Level", 3), ("Task", 4), ("Opcode", 5), ("Keywords", 6)] {
        c.element(name, number);
    }
    c.attributes("TimeCreated", &[("SystemTime", 7)]);
    c.element("EventRecordID", 8);
    c.attributes("Correlation", &[("ActivityID", 9)]);
    c.attributes("Execution", &[("ProcessID", 10), ("ThreadID", 11)]);
    c.element("Channel", 12);
    c.element("Computer", 13);
    c.attributes("Security", &[("UserID", 14)]);
    c.end();
    c.value(15);
    c.end();
}

fn data_template(c: &mut Chunk, names: &[String]) {
    c.open("EventData", false);
    c.close_start();
    for (number, name) in names.iter().enumerate() {
        c.open("Data", !name.is_empty());
        if !name.is_empty() {
            c.attribute("Name");
            c.text(name);
        }
        c.close_start();
        c.value(number as u16);
        c.end();
    }
    c.end();
}

/// A log of these chunks.
pub(crate) fn log(chunks: &[Vec<u8>]) -> Vec<u8> {
    let mut head = vec![0; FILE_HEAD];
    head[..8].copy_from_slice(b"ElfFile\0");
    head[32] = 128;
    head[36..44].copy_from_slice(&[1, 0, 3, 0, 0, 16, chunks.len() as u8, 0]);
    let sum = crc32fast::hash(&head[..120]);
    head[124..128].copy_from_slice(&sum.to_le_bytes());
    [head, chunks.concat()].concat()
}

/// A chunk of Sysmon DNS events with these record ids.
pub(crate) fn dns_chunk(ids: impl IntoIterator<Item = u64>) -> Chunk {
    let mut chunk = Chunk::default();
    for id in ids {
        dns(&mut chunk, id);
    }
    chunk
}

pub(crate) fn dns(chunk: &mut Chunk, id: u64) -> usize {
    let name = format!("host{id}.example.org");
    let data = [
        ("RuleName", s("-")),
        ("UtcTime", s("2020-01-01 00:00:00.500")),
        ("ProcessGuid", guid(0x10)),
        ("ProcessId", n32(4711)),
        ("QueryName", s(&name)),
        ("Image", s("C:\\Windows\\größe.exe")),
    ];
    chunk.event(id, "Microsoft-Windows-Sysmon", 22, &data)
}

/// The same sequence of numbers every time.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit as u64) as usize
    }
}
