//! One record to one event: runs the plans of its templates over its values.

use super::binxml::{self, Cursor, Defect, Result};
use super::template::{self, Context, Member, Piece, Plan, Step, Target, Text};
use super::value::{Value, kind, parse_number};
use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use whodunit_event::event::{Span, System};
use whodunit_event::{Event, EventSpec, Time, schema};

/// Bytes of a record before its BinXML, and of the copy of its size behind it.
pub(super) const HEAD: usize = 24;
pub(super) const TAIL: usize = 4;

/// Fragments inside fragments, at most. Real ones have two levels.
const MAX_NESTING: usize = 8;
/// What one record may expand to. A record has less than 64 KiB; texts grow by templates that repeat a value.
const RECORD: Budget = Budget { text: 4 << 20, steps: 100_000 };
/// What one chunk may expand to.
const CHUNK: Budget = Budget { text: 64 << 20, steps: 2_000_000 };

/// Work that may still be done; real records use a thousandth of it.
#[derive(Clone, Copy, Debug)]
struct Budget {
    text: usize,
    steps: usize,
}

impl Budget {
    fn least(self, other: Self) -> Self {
        Self { text: self.text.min(other.text), steps: self.steps.min(other.steps) }
    }
}

/// A value's place in the chunk.
#[derive(Clone, Copy, Debug)]
struct Place {
    at: u32,
    size: u16,
    kind: u8,
}

/// Decodes records; keeps its buffers, its plans and what it knows of providers from record to record.
#[derive(Debug)]
pub(super) struct Reader {
    /// Values of the instances that are being run, innermost last.
    values: Vec<Place>,
    plans: Vec<Here>,
    compiled: Compiled,
    kinds: Kinds,
    /// What the chunk may still expand to.
    left: Budget,
    /// What the record may still expand to.
    budget: Budget,
    /// The first thing that was wrong with the record.
    defect: Option<Defect>,
    /// Fields of the record so far, and unnamed ones among them.
    fields: usize,
    unnamed: usize,
}

/// Where in this chunk the definition of a plan lies.
#[derive(Debug)]
struct Here {
    definition: usize,
    context: Context,
    plan: Arc<Plan>,
}

impl Default for Reader {
    fn default() -> Self {
        let (values, plans, compiled, kinds) = (Vec::new(), Vec::new(), Compiled::default(), Kinds::default());
        Self { values, plans, compiled, kinds, left: CHUNK, budget: RECORD, defect: None, fields: 0, unnamed: 0 }
    }
}

impl Reader {
    /// To be called when another chunk begins.
    pub(super) fn begin_chunk(&mut self) {
        self.plans.clear();
        self.left = CHUNK;
    }

    /// Decodes the record at `at..end` of `chunk` into `event`; a defect if it has one, then the event holds what could
    /// be read.
    pub(super) fn record(&mut self, chunk: &[u8], at: usize, end: usize, event: &mut Event) -> Result<()> {
        let budget = RECORD.least(self.left);
        (self.budget, self.defect, self.fields, self.unnamed) = (budget, None, 0, 0);
        self.values.clear();
        let cursor = Cursor::new(chunk, at + HEAD, end.saturating_sub(TAIL));
        Run { chunk, reader: self, event, depth: 0 }.fragment(cursor, Context::Event);
        self.left.text -= budget.text - self.budget.text;
        self.left.steps -= budget.steps - self.budget.steps;
        complete(chunk, at, event);
        self.defect.map_or(Ok(()), Err)
    }

    fn fail(&mut self, defect: Defect) {
        self.defect.get_or_insert(defect);
    }

    /// The plan of a definition for the kind of event that `spec` is.
    fn plan(
        &mut self,
        chunk: &[u8],
        definition: usize,
        context: Context,
        spec: &'static EventSpec,
    ) -> Result<Option<Arc<Plan>>> {
        let known = |c: &&Here| c.definition == definition && c.context == context && std::ptr::eq(c.plan.spec, spec);
        if let Some(compiled) = self.plans.iter().find(known) {
            return Ok(Some(compiled.plan.clone()));
        }
        let Ok(cursor) = Cursor::definition(chunk, definition) else { return Ok(None) };
        let plan = self.compiled.get(cursor, context, spec);
        if !self.spend(plan.cost()) {
            return Err(Defect { at: definition, what: TOO_MUCH });
        }
        self.plans.push(Here { definition, context, plan: plan.clone() });
        Ok(Some(plan))
    }

    /// Takes steps from the budget; false, with a defect, if there are not so many left.
    fn spend(&mut self, steps: usize) -> bool {
        let left = self.budget.steps.checked_sub(steps);
        self.budget.steps = left.unwrap_or(0);
        if left.is_none() {
            self.fail(Defect { at: 0, what: TOO_MUCH });
        }
        left.is_some()
    }
}

const TOO_MUCH: &str = "the record expands to too much";
const TOO_DEEP: &str = "fragments are nested too deeply";

/// Fills in what the record's head says and what follows from the fields.
fn complete(chunk: &[u8], at: usize, event: &mut Event) {
    let word = |at: usize| chunk.get(at..at + 8).and_then(|b| b.try_into().ok()).map(u64::from_le_bytes);
    event.origin.record = event.origin.record.or_else(|| word(at + 8));
    event.logged = event.logged.or_else(|| word(at + 16).and_then(Time::from_filetime));
    event.settle_time();
}

/// A record on its way. Defects are kept in the reader; what can go on goes on.
struct Run<'r, 'c> {
    chunk: &'c [u8],
    reader: &'r mut Reader,
    event: &'r mut Event,
    depth: usize,
}

/// A plan being run over the values from `base` on.
#[derive(Clone, Copy)]
struct Frame<'p> {
    plan: &'p Plan,
    base: usize,
    /// The plan's slots and names can be used as they are: nothing else has put fields into the event.
    direct: bool,
}

impl<'c> Run<'_, 'c> {
    /// A fragment: nearly always one template instance.
    fn fragment(&mut self, mut cursor: Cursor<'c>, context: Context) {
        match self.chunk.get(cursor.at..cursor.at + 5) {
            Some([0x0f, _, _, _, 0x0c]) if cursor.take(5).is_ok() => self.instance(cursor, context),
            _ => self.loose(cursor, context),
        }
    }

    /// A fragment with elements of its own, compiled for this once.
    fn loose(&mut self, mut cursor: Cursor<'c>, context: Context) {
        let plan = template::compile(&mut cursor, context, self.event.spec());
        if self.reader.spend(plan.cost()) {
            self.run(&plan, self.reader.values.len());
        }
    }

    /// A template instance behind its token.
    fn instance(&mut self, mut cursor: Cursor<'c>, context: Context) {
        let base = self.reader.values.len();
        let plan = self.read_instance(&mut cursor, context);
        match plan {
            Ok(plan) => self.run(&plan, base),
            Err(defect) => self.reader.fail(defect),
        }
        self.reader.values.truncate(base);
    }

    fn read_instance(&mut self, cursor: &mut Cursor<'c>, context: Context) -> Result<Arc<Plan>> {
        let head = binxml::instance(cursor)?;
        if let Err(defect) = self.read_values(cursor, head.values) {
            self.reader.fail(defect);
        }
        let plan = self.reader.plan(self.chunk, head.definition, context, self.event.spec())?;
        plan.ok_or_else(|| cursor.defect("a template that is not there"))
    }

    /// Reads where values lie; those within the record stand even if a later one does not.
    fn read_values(&mut self, cursor: &mut Cursor<'c>, count: usize) -> Result<()> {
        let described = cursor.take(count.saturating_mul(4))?;
        for &[low, high, kind, _] in described.as_chunks::<4>().0 {
            let size = u16::from_le_bytes([low, high]);
            let at = cursor.at as u32;
            cursor.take(usize::from(size))?;
            self.reader.values.push(Place { at, size, kind });
        }
        Ok(())
    }

    fn value(&self, base: usize, number: u16) -> Value<'c> {
        let Some(place) = self.reader.values.get(base + usize::from(number)) else { return Value::NULL };
        let from = place.at as usize;
        let bytes = self.chunk.get(from..from + usize::from(place.size)).unwrap_or_default();
        Value { kind: place.kind, bytes }
    }

    /// Runs a plan, one level deeper.
    fn run(&mut self, plan: &Plan, base: usize) {
        if self.depth >= MAX_NESTING {
            return self.reader.fail(Defect { at: 0, what: TOO_DEEP });
        }
        if !self.reader.spend(plan.steps.len()) {
            return;
        }
        self.depth += 1;
        self.steps(Frame { plan, base, direct: self.is_direct(plan) });
        self.depth -= 1;
        if let Some(defect) = plan.defect {
            self.reader.fail(defect);
        }
    }

    fn steps(&mut self, mut frame: Frame<'_>) {
        let mut at = 0;
        while let Some(step) = frame.plan.steps.get(at) {
            at += 1;
            match *step {
                Step::Text(text) => self.text(frame, text),
                Step::Depends { value, steps } if self.value(frame.base, value).kind == kind::NULL => {
                    at += steps as usize
                }
                Step::Depends { .. } => {}
                Step::SystemEnd => {
                    self.event.set_spec(self.reader.kinds.get(self.event));
                    frame.direct = self.is_direct(frame.plan);
                }
                Step::Instance { at, inside } => self.instance(Cursor::new(self.chunk, at, self.chunk.len()), inside),
            }
        }
    }

    fn is_direct(&self, plan: &Plan) -> bool {
        self.reader.fields == 0 && std::ptr::eq(plan.spec, self.event.spec())
    }

    /// One text of a plan.
    fn text(&mut self, frame: Frame<'_>, text: Text) {
        match frame.plan.pieces(text.from, text.to) {
            [Piece::Value(number)] => self.single(frame, text, *number),
            pieces => {
                let span = self.join(frame, pieces);
                self.put(frame, text.target, span);
            }
        }
    }

    /// A text that is one value.
    fn single(&mut self, frame: Frame<'_>, text: Text, number: u16) {
        let value = self.value(frame.base, number);
        match (value.kind, text.target) {
            (kind::NULL, Target::Member(_) | Target::Nowhere) => {}
            (kind::NULL, _) if text.attribute => {}
            (kind::BINXML, _) => self.embedded(frame.base, number, text.inside),
            (_, Target::Member(member)) => self.member(member, value),
            (kind, Target::Unnamed | Target::Nowhere) if kind & kind::ARRAY != 0 => {
                for element in value.elements() {
                    let span = self.span(element);
                    self.put_unnamed(span);
                }
            }
            _ => {
                let span = self.span(value);
                self.put(frame, text.target, span);
            }
        }
    }

    /// A value that is a fragment.
    fn embedded(&mut self, base: usize, number: u16, inside: Context) {
        let Some(place) = self.reader.values.get(base + usize::from(number)) else { return };
        let at = place.at as usize;
        let cursor = Cursor::new(self.chunk, at, at + usize::from(place.size));
        self.fragment(cursor, inside);
    }

    /// Puts a value's text into the event.
    fn span(&mut self, value: Value<'_>) -> Span {
        self.write(most(value), |out| value.write(out))
    }

    /// Puts pieces into the event as one text.
    fn join(&mut self, frame: Frame<'_>, pieces: &[Piece]) -> Span {
        if let [Piece::Text(from, to)] = *pieces {
            let text = frame.plan.text((from, to));
            return self.write(text.len(), |out| out.extend_from_slice(text.as_bytes()));
        }
        let resolve = |piece: &Piece| match *piece {
            Piece::Text(from, to) => Ok(frame.plan.text((from, to))),
            Piece::Value(number) => Err(self.value(frame.base, number)),
        };
        let parts: Vec<_> = pieces.iter().map(resolve).collect();
        let size = parts.iter().map(|part| part.map_or_else(most, str::len)).sum();
        self.write(size, |out| {
            for part in parts {
                match part {
                    Ok(text) => out.extend_from_slice(text.as_bytes()),
                    Err(value) => value.write(out),
                }
            }
        })
    }

    /// Lets `write` append at most `most` bytes to the event's text; no text at all if there is no room for them.
    #[inline]
    fn write(&mut self, most: usize, write: impl FnOnce(&mut Vec<u8>)) -> Span {
        let Some(left) = self.reader.budget.text.checked_sub(most) else {
            self.reader.fail(Defect { at: 0, what: TOO_MUCH });
            return Span::NONE;
        };
        self.reader.budget.text = left;
        self.event.put_with(write)
    }

    /// Puts a text where it belongs.
    fn put(&mut self, frame: Frame<'_>, target: Target, span: Span) {
        match target {
            Target::Field(number) => self.field(frame, number, span),
            Target::Member(member) => self.member_text(member, span),
            Target::Named(from, to) => {
                let name = self.join(frame, frame.plan.pieces(from, to));
                let name = self.event.text(name).to_owned();
                self.push(&name, span);
            }
            Target::Nowhere if self.event.bytes(span).is_empty() => {}
            Target::Nowhere | Target::Unnamed => self.put_unnamed(span),
        }
    }

    fn field(&mut self, frame: Frame<'_>, number: u32, span: Span) {
        let Some(field) = frame.plan.fields.get(number as usize) else { return };
        if !frame.direct {
            return self.push(frame.plan.text(field.name), span);
        }
        self.reader.fields += 1;
        match field.slot {
            Some(slot) => self.event.push_slot(usize::from(slot), span),
            None => {
                let name = self.event.put(frame.plan.text(field.name));
                self.event.push_extra(name, span);
            }
        }
    }

    /// Adds a field by name; the more fields there are, the more it costs.
    fn push(&mut self, name: &str, span: Span) {
        if self.reader.spend(1 + self.reader.fields / 4) {
            self.reader.fields += 1;
            self.event.push(name, span);
        }
    }

    /// The n-th unnamed `Data` is the table's n-th field; where the table has none it is `Data`, `Data_2`, …
    fn put_unnamed(&mut self, span: Span) {
        let number = self.reader.unnamed;
        self.reader.unnamed += 1;
        if let Some(field) = self.event.spec().fields.get(number) {
            return self.push(field.name, span);
        }
        if self.reader.spend(1) {
            self.reader.fields += 1;
            let name = match number {
                0 => self.event.put("Data"),
                _ => self.event.put(&format!("Data_{}", number + 1)),
            };
            self.event.push_extra(name, span);
        }
    }

    /// A member of the event from a value.
    fn member(&mut self, member: Member, value: Value<'_>) {
        if let Some(which) = system_text(member) {
            let span = self.span(value);
            self.event.set_system(which, span);
        } else if member == Member::Time {
            self.event.logged = value.time();
        } else if let Some(number) = value.number() {
            self.member_number(member, number);
        }
    }

    /// A member of the event from a text.
    fn member_text(&mut self, member: Member, span: Span) {
        if let Some(which) = system_text(member) {
            self.event.set_system(which, span);
        } else if member == Member::Time {
            self.event.logged = Time::parse(self.event.text(span));
        } else if let Some(number) = parse_number(self.event.text(span).trim()) {
            self.member_number(member, number);
        }
    }

    fn member_number(&mut self, member: Member, number: u64) {
        let event = &mut *self.event;
        match member {
            Member::EventId => event.event_id = number as u32,
            Member::Version => event.version = u8::try_from(number).ok(),
            Member::Level => event.level = u8::try_from(number).ok(),
            Member::Task => event.task = u16::try_from(number).ok(),
            Member::Opcode => event.opcode = u8::try_from(number).ok(),
            Member::Keywords => event.keywords = Some(number),
            Member::RecordId => event.origin.record = Some(number),
            Member::ProcessId => event.writer_pid = u32::try_from(number).ok(),
            Member::ThreadId => event.writer_tid = u32::try_from(number).ok(),
            _ => {}
        }
    }
}

/// Bytes that a value's text can have at most.
fn most(value: Value<'_>) -> usize {
    value.bytes.len() * 5 + 64
}

/// The event's text that a member is.
fn system_text(member: Member) -> Option<System> {
    Some(match member {
        Member::Provider => System::Provider,
        Member::ActivityId => System::ActivityId,
        Member::Channel => System::Channel,
        Member::Computer => System::Host,
        Member::UserSid => System::UserSid,
        Member::Message => System::Message,
        _ => return None,
    })
}

/// Plans of definitions met before, in whatever chunk.
#[derive(Debug)]
struct Compiled {
    /// By signature, context, and address of the table's entry.
    known: HashMap<(u64, Context, usize), Arc<Plan>>,
    key: u64,
    size: usize,
}

/// Bytes of plans that are kept. A log has a few hundred kinds of event at most.
const PLANS: usize = 8 << 20;

impl Default for Compiled {
    fn default() -> Self {
        Self { known: HashMap::new(), key: RandomState::new().hash_one(0), size: 0 }
    }
}

impl Compiled {
    fn get(&mut self, mut cursor: Cursor<'_>, context: Context, spec: &'static EventSpec) -> Arc<Plan> {
        let signature = template::signature(cursor, self.key).map(|s| (s, context, std::ptr::from_ref(spec).addr()));
        if let Some(plan) = signature.and_then(|s| self.known.get(&s)) {
            return plan.clone();
        }
        let plan = Arc::new(template::compile(&mut cursor, context, spec));
        if let (Some(signature), None) = (signature, plan.defect) {
            self.keep(signature, &plan);
        }
        plan
    }

    fn keep(&mut self, signature: (u64, Context, usize), plan: &Arc<Plan>) {
        self.size += plan.size();
        if self.size > PLANS {
            self.known.clear();
            self.size = plan.size();
        }
        self.known.insert(signature, plan.clone());
    }
}

/// What the table says about an event, remembered.
#[derive(Clone, Debug)]
struct Kind {
    provider: String,
    channel: String,
    id: u32,
    spec: &'static EventSpec,
}

/// Kinds of event met before.
#[derive(Debug, Default)]
struct Kinds {
    known: Vec<Kind>,
}

/// Kinds that are remembered.
const KINDS: usize = 64;

impl Kinds {
    fn get(&mut self, event: &Event) -> &'static EventSpec {
        let (provider, channel) = (event.system_span(System::Provider), event.system_span(System::Channel));
        let (provider, channel, id) = (event.bytes(provider), event.bytes(channel), event.event_id);
        let known = |k: &&Kind| k.id == id && k.provider.as_bytes() == provider && k.channel.as_bytes() == channel;
        if let Some(kind) = self.known.iter().find(known) {
            return kind.spec;
        }
        let spec = schema::lookup(event.provider(), event.channel(), id);
        let (provider, channel) = (event.provider().to_owned(), event.channel().to_owned());
        self.known.truncate(KINDS - 1);
        self.known.push(Kind { provider, channel, id, spec });
        spec
    }
}
