//! Template definitions compiled to plans: a flat list of what to do with which value.
//!
//! The tree of a definition is walked once per chunk; a record then only runs the plan. How XML becomes an event:
//!
//! * `System`: the event's own members. Provider's Guid and EventSourceName and EventID's Qualifiers say nothing that the
//!   name and the id do not, and are left out; what has no member of its own (`RelatedActivityID`) becomes a field.
//! * `EventData`: an element with a `Name` is the field of that name; `Data` without one is unnamed.
//! * All else (`UserData`, `ProcessingErrorData`, …): each element with text is the field of its own name, each attribute is the field
//!   `Element.Attribute`; namespaces are left out. `RenderingInfo` gives the message, and fields `RenderingInfo.Level` and so on.

use super::binxml::{Cursor, Defect, NO_DEPENDENCY, Result, Token};
use super::utf16;
use whodunit_event::EventSpec;

/// Elements inside elements, at most. Real ones have six levels.
const MAX_DEPTH: usize = 32;
/// Named fields of one definition, at most. Real ones have up to a hundred.
const MAX_FIELDS: usize = 1000;

/// Where in an event a fragment stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Context {
    /// In `Event`, or nowhere yet.
    Event,
    /// In `System`.
    System,
    /// In an element of `System`.
    Member,
    /// In `EventData`.
    EventData,
    /// In `UserData`, or in an element of any other section.
    UserData,
    /// In `RenderingInfo`.
    Rendering,
}

/// A member of the event that comes from the System section.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Member {
    Provider,
    EventId,
    Version,
    Level,
    Task,
    Opcode,
    Keywords,
    Time,
    RecordId,
    ActivityId,
    ProcessId,
    ThreadId,
    Channel,
    Computer,
    UserSid,
    Message,
    /// Read and left out.
    Ignored,
}

/// Members by element and attribute (empty: the element's text).
const MEMBERS: &[(&str, &str, Member)] = &[
    ("Provider", "Name", Member::Provider),
    ("Provider", "Guid", Member::Ignored),
    ("Provider", "EventSourceName", Member::Ignored),
    ("EventID", "", Member::EventId),
    ("EventID", "Qualifiers", Member::Ignored),
    ("Version", "", Member::Version),
    ("Level", "", Member::Level),
    ("Task", "", Member::Task),
    ("Opcode", "", Member::Opcode),
    ("Keywords", "", Member::Keywords),
    ("TimeCreated", "SystemTime", Member::Time),
    ("EventRecordID", "", Member::RecordId),
    ("Correlation", "ActivityID", Member::ActivityId),
    ("Execution", "ProcessID", Member::ProcessId),
    ("Execution", "ThreadID", Member::ThreadId),
    ("Channel", "", Member::Channel),
    ("Computer", "", Member::Computer),
    ("Security", "UserID", Member::UserSid),
];

/// Where a text goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// A member of the event.
    Member(Member),
    /// The field of this number in [`Plan::fields`].
    Field(u32),
    /// A `Data` element without a name.
    Unnamed,
    /// A field whose name has values in it: the pieces of the name.
    Named(u32, u32),
    /// Nowhere; the text can only be a fragment.
    Nowhere,
}

/// A part of a text.
#[derive(Clone, Copy, Debug)]
pub(super) enum Piece {
    /// The value of this number.
    Value(u16),
    /// Fixed text: a range of [`Plan::text`].
    Text(u32, u32),
}

/// A text made of the pieces `from..to`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Text {
    pub(super) target: Target,
    pub(super) from: u32,
    pub(super) to: u32,
    /// An attribute is not there if its value is null; an element is there, empty.
    pub(super) attribute: bool,
    /// Where a fragment stands if the value is one.
    pub(super) inside: Context,
}

/// One step of a plan.
#[derive(Clone, Copy, Debug)]
pub(super) enum Step {
    /// A text goes somewhere.
    Text(Text),
    /// Skip this many steps if the value of this number is null.
    Depends { value: u16, steps: u32 },
    /// The System section is over: the event's kind is known.
    SystemEnd,
    /// A template instance in place, its head at this offset.
    Instance { at: usize, inside: Context },
}

/// A field's name and place.
#[derive(Clone, Copy, Debug)]
pub(super) struct Field {
    /// Range of [`Plan::text`].
    pub(super) name: (u32, u32),
    /// Slot in the table's entry that the plan was made for; `None`: the named rest.
    pub(super) slot: Option<u16>,
}

/// A compiled definition. Names are unique in it: the second `Image` is `Image_2`.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) steps: Vec<Step>,
    pub(super) pieces: Vec<Piece>,
    pub(super) fields: Vec<Field>,
    pub(super) text: String,
    /// The table's entry that slots refer to.
    pub(super) spec: &'static EventSpec,
    /// Why the definition could not be read to its end; the steps before stand.
    pub(super) defect: Option<Defect>,
}

impl Plan {
    /// Bytes that it takes, about.
    pub(super) fn size(&self) -> usize {
        self.text.len() + self.steps.len() * size_of::<Step>() + (self.pieces.len() + self.fields.len()) * 16
    }

    /// A range of the plan's text.
    pub(super) fn text(&self, (from, to): (u32, u32)) -> &str {
        self.text.get(from as usize..to as usize).unwrap_or_default()
    }

    /// How much work compiling it was, in steps.
    pub(super) fn cost(&self) -> usize {
        self.steps.len() + self.pieces.len() + self.fields.len().pow(2) / 16
    }

    /// The pieces of a range.
    pub(super) fn pieces(&self, from: u32, to: u32) -> &[Piece] {
        self.pieces.get(from as usize..to as usize).unwrap_or_default()
    }
}

/// Compiles the fragment at `cursor` as one that stands in `context` of an event of kind `spec`. `cursor` ends behind it.
pub(super) fn compile(cursor: &mut Cursor<'_>, context: Context, spec: &'static EventSpec) -> Plan {
    let plan =
        Plan { steps: Vec::new(), pieces: Vec::new(), fields: Vec::new(), text: String::new(), spec, defect: None };
    let mut compiler = Compiler { cursor: *cursor, plan, open: Vec::new() };
    let defect = compiler.fragment(context).err();
    *cursor = compiler.cursor;
    Plan { defect, ..compiler.plan }
}

struct Compiler<'c> {
    cursor: Cursor<'c>,
    plan: Plan,
    /// Pieces of the texts of the elements that are open.
    open: Vec<Piece>,
}

impl<'c> Compiler<'c> {
    /// Everything up to the end of the fragment; text outside of elements is unnamed.
    fn fragment(&mut self, context: Context) -> Result<()> {
        let base = self.open.len();
        loop {
            match self.cursor.token()? {
                Token::Eof => break,
                Token::Open { name, dependency } => self.element(name, dependency, context, 0)?,
                Token::Header | Token::Instruction => {}
                Token::Instance => self.instance(context)?,
                token => self.piece(token)?,
            }
        }
        if self.open.len() > base {
            self.text(Target::Unnamed, base, false, context);
        }
        Ok(())
    }

    /// One element behind its `Open` token.
    fn element(&mut self, name: &'c [u8], dependency: u16, context: Context, depth: usize) -> Result<()> {
        if depth > MAX_DEPTH {
            return Err(self.cursor.defect("elements are nested too deeply"));
        }
        let depends = self.plan.steps.len();
        if dependency != NO_DEPENDENCY {
            self.plan.steps.push(Step::Depends { value: dependency, steps: 0 });
        }
        let role = Role::new(name, context);
        let done = self.element_inside(name, role, depth);
        let steps = (self.plan.steps.len() - depends).saturating_sub(1) as u32;
        if dependency != NO_DEPENDENCY {
            self.plan.steps[depends] = Step::Depends { value: dependency, steps };
        }
        done
    }

    fn element_inside(&mut self, name: &'c [u8], role: Role, depth: usize) -> Result<()> {
        let (base, before) = (self.open.len(), self.plan.steps.len());
        let mut given = None;
        let mut token = self.cursor.token()?;
        while let Token::Attribute(attribute) = token {
            token = self.attribute(name, attribute, role, &mut given)?;
        }
        let attributes = self.plan.steps.len() > before;
        let target = self.target(name, role, given);
        let children = match token {
            Token::CloseEmpty => false,
            Token::CloseStart => self.content(role.inside, depth)?,
            _ => return Err(self.cursor.defect("a start tag does not end")),
        };
        let leaf = !children && !attributes && role.field;
        if leaf || self.open.len() > base {
            self.text(target, base, false, role.inside);
        }
        if role.inside == Context::System {
            self.plan.steps.push(Step::SystemEnd);
        }
        Ok(())
    }

    /// An attribute behind its name; returns the token that ended it. A `Name` that names a field goes to `given`.
    fn attribute(
        &mut self,
        element: &[u8],
        name: &'c [u8],
        role: Role,
        given: &mut Option<(u32, u32)>,
    ) -> Result<Token<'c>> {
        let base = self.open.len();
        let token = loop {
            match self.cursor.token()? {
                token @ (Token::Attribute(_) | Token::CloseStart | Token::CloseEmpty) => break token,
                token => self.piece(token)?,
            }
        };
        if is_namespace(name) {
            self.open.truncate(base);
        } else if role.named && utf16::is(name, "Name") {
            *given = Some(self.close(base));
        } else {
            let target = self.attribute_target(element, name, role);
            self.text(target, base, true, Context::UserData);
        }
        Ok(token)
    }

    /// The content behind a start tag up to its end tag; true if there are elements in it. Its text stays open.
    fn content(&mut self, context: Context, depth: usize) -> Result<bool> {
        let mut children = false;
        loop {
            match self.cursor.token()? {
                Token::End => return Ok(children),
                Token::Eof => return Err(self.cursor.defect("an element does not end")),
                Token::Open { name, dependency } => {
                    children = true;
                    self.element(name, dependency, context, depth + 1)?;
                }
                Token::Instance => {
                    children = true;
                    self.instance(context)?;
                }
                Token::Header | Token::Instruction => {}
                token => self.piece(token)?,
            }
        }
    }

    fn instance(&mut self, inside: Context) -> Result<()> {
        let at = self.cursor.at;
        skip_instance(&mut self.cursor)?;
        self.plan.steps.push(Step::Instance { at, inside });
        Ok(())
    }

    /// Adds a piece of text to the element or attribute that is open.
    fn piece(&mut self, token: Token<'_>) -> Result<()> {
        let from = self.plan.text.len() as u32;
        match token {
            Token::Substitution(number) => {
                self.open.push(Piece::Value(number));
                return Ok(());
            }
            Token::Text(value) => {
                let mut bytes = std::mem::take(&mut self.plan.text).into_bytes();
                value.write(&mut bytes);
                self.plan.text = String::from_utf8(bytes).unwrap_or_default();
            }
            Token::CharRef(unit) => {
                self.plan.text.push(char::from_u32(u32::from(unit)).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            Token::EntityRef(name) => self.plan.text.push_str(&entity(name)),
            _ => return Err(self.cursor.defect("a token in the wrong place")),
        }
        self.open.push(Piece::Text(from, self.plan.text.len() as u32));
        Ok(())
    }

    /// Moves the open pieces from `base` on into the plan; returns their range.
    fn close(&mut self, base: usize) -> (u32, u32) {
        let from = self.plan.pieces.len() as u32;
        self.plan.pieces.extend(self.open.drain(base..));
        (from, self.plan.pieces.len() as u32)
    }

    fn text(&mut self, target: Target, base: usize, attribute: bool, inside: Context) {
        let (from, to) = self.close(base);
        let steps = &mut self.plan.steps;
        let blank =
            |p: &Piece| matches!(p, Piece::Text(a, b) if self.plan.text[*a as usize..*b as usize].trim().is_empty());
        if target == Target::Nowhere && self.plan.pieces[from as usize..].iter().all(blank) {
            return;
        }
        steps.push(Step::Text(Text { target, from, to, attribute, inside }));
    }

    fn target(&mut self, element: &[u8], role: Role, given: Option<(u32, u32)>) -> Target {
        match (role.kind, given) {
            (Kind::Container, _) => Target::Nowhere,
            (Kind::Member(member), _) => Target::Member(member),
            (_, Some((from, to))) => match self.plan.pieces(from, to) {
                [Piece::Text(a, b)] => self.field(self.plan.text((*a, *b)).to_owned()),
                _ => Target::Named(from, to),
            },
            (Kind::Data, None) => Target::Unnamed,
            (Kind::Field, None) if role.inside == Context::Rendering => {
                self.field(format!("RenderingInfo.{}", utf16::string(element)))
            }
            (Kind::Field, None) => self.field(utf16::string(element)),
        }
    }

    fn attribute_target(&mut self, element: &[u8], name: &[u8], role: Role) -> Target {
        if role.inside == Context::Member {
            let known = MEMBERS.iter().find(|(e, a, _)| utf16::is(element, e) && utf16::is(name, a));
            return match known {
                Some((.., member)) => Target::Member(*member),
                None => self.field(utf16::string(name)),
            };
        }
        self.field(format!("{}.{}", utf16::string(element), utf16::string(name)))
    }

    /// A field of this name, made unique, at its slot if the table has one. Too many fields become unnamed.
    fn field(&mut self, mut name: String) -> Target {
        if self.plan.fields.len() >= MAX_FIELDS {
            return Target::Unnamed;
        }
        if self.has_field(&name) {
            // At most as many numbers are taken as there are names that begin so.
            let head = format!("{name}_");
            let alike = self.names().filter(|n| n.get(..head.len()).is_some_and(|n| n.eq_ignore_ascii_case(&head)));
            let numbered = (2 + alike.count()..).map(|number| format!("{name}_{number}"));
            name = { numbered }.find(|n| !self.has_field(n)).unwrap_or_default();
        }
        let from = self.plan.text.len() as u32;
        self.plan.text.push_str(&name);
        let slot = self.slot(&name);
        self.plan.fields.push(Field { name: (from, self.plan.text.len() as u32), slot });
        Target::Field(self.plan.fields.len() as u32 - 1)
    }

    fn has_field(&self, name: &str) -> bool {
        self.names().any(|n| n.eq_ignore_ascii_case(name))
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        self.plan.fields.iter().map(|f| self.plan.text(f.name))
    }

    /// The slot of a name; looks first behind the last one, because records have the table's order.
    fn slot(&self, name: &str) -> Option<u16> {
        let next = self.plan.fields.last().and_then(|f| f.slot).map_or(0, |slot| usize::from(slot) + 1);
        let slot = match self.plan.spec.fields.get(next) {
            Some(field) if field.name == name => next,
            _ => self.plan.spec.slot(name)?,
        };
        u16::try_from(slot).ok()
    }
}

/// A number that two definitions share only if they compile to the same plan; `None` for one that cannot be kept because
/// its plan holds for its place only (it has an instance in it) or has a defect. Names count by their text, not by where
/// they lie. `key` is unknown to whoever wrote the log, so that no two definitions can be made to collide.
pub(super) fn signature(mut cursor: Cursor<'_>, key: u64) -> Option<u64> {
    let mut hash = Hash { state: key, key };
    loop {
        match cursor.token().ok()? {
            Token::Eof => return Some(hash.state),
            Token::Open { name, dependency } => hash.text(1 | u64::from(dependency) << 8, name),
            Token::CloseStart => hash.number(2),
            Token::CloseEmpty => hash.number(3),
            Token::End => hash.number(4),
            Token::Text(value) => hash.text(5 | u64::from(value.kind) << 8, value.bytes),
            Token::Attribute(name) => hash.text(6, name),
            Token::CharRef(unit) => hash.number(8 | u64::from(unit) << 8),
            Token::EntityRef(name) => hash.text(9, name),
            Token::Substitution(number) => hash.number(13 | u64::from(number) << 8),
            Token::Instruction | Token::Header => {}
            Token::Instance => return None,
        }
    }
}

/// A keyed hash by folded multiplication.
struct Hash {
    state: u64,
    key: u64,
}

impl Hash {
    fn number(&mut self, word: u64) {
        let product = u128::from(self.state ^ word) * u128::from(self.key | 1);
        self.state = (product as u64) ^ ((product >> 64) as u64).rotate_left(17);
    }

    fn text(&mut self, head: u64, text: &[u8]) {
        self.number(head | (text.len() as u64) << 32);
        let (words, rest) = text.as_chunks::<8>();
        words.iter().for_each(|word| self.number(u64::from_le_bytes(*word)));
        self.number(rest.iter().fold(0, |word, byte| word << 8 | u64::from(*byte)));
    }
}

/// Goes over an instance behind its token.
fn skip_instance(cursor: &mut Cursor<'_>) -> Result<()> {
    let head = super::binxml::instance(cursor)?;
    let sizes = cursor.take(head.values.saturating_mul(4))?;
    let size: usize = sizes.as_chunks::<4>().0.iter().map(|s| usize::from(u16::from_le_bytes([s[0], s[1]]))).sum();
    cursor.take(size).map(|_| ())
}

/// What an element is.
#[derive(Clone, Copy, Debug)]
struct Role {
    kind: Kind,
    /// Context of what is in it.
    inside: Context,
    /// Whether a `Name` attribute names it.
    named: bool,
    /// Whether it is a field, even if it is empty.
    field: bool,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Container,
    Member(Member),
    Data,
    Field,
}

impl Role {
    fn new(name: &[u8], context: Context) -> Self {
        let is = |text| utf16::is(name, text);
        match context {
            Context::Event if is("Event") => Self::container(Context::Event),
            Context::Event if is("System") => Self::container(Context::System),
            Context::Event if is("EventData") => Self::container(Context::EventData),
            Context::Event if is("UserData") => Self::container(Context::UserData),
            Context::Event if is("RenderingInfo") => Self::container(Context::Rendering),
            Context::System => Self::member(name),
            Context::Rendering if is("Message") => {
                Self { kind: Kind::Member(Member::Message), inside: Context::Rendering, named: false, field: false }
            }
            Context::Rendering => Self { kind: Kind::Field, inside: Context::Rendering, named: false, field: false },
            _ if is("Data") => Self { kind: Kind::Data, inside: Context::UserData, named: true, field: true },
            Context::EventData => Self { kind: Kind::Field, inside: Context::UserData, named: true, field: true },
            _ => Self { kind: Kind::Field, inside: Context::UserData, named: false, field: true },
        }
    }

    fn container(inside: Context) -> Self {
        Self { kind: Kind::Container, inside, named: false, field: false }
    }

    fn member(name: &[u8]) -> Self {
        let inside = Context::Member;
        let known = MEMBERS.iter().find(|(element, attribute, _)| attribute.is_empty() && utf16::is(name, element));
        let kind = match known {
            Some((.., member)) => Kind::Member(*member),
            None if MEMBERS.iter().any(|(element, ..)| utf16::is(name, element)) => Kind::Member(Member::Ignored),
            None => Kind::Field,
        };
        Self { kind, inside, named: false, field: false }
    }
}

fn is_namespace(name: &[u8]) -> bool {
    utf16::is(name, "xmlns") || name.get(..12).is_some_and(|start| utf16::is(start, "xmlns:"))
}

fn entity(name: &[u8]) -> String {
    let name = utf16::string(name);
    match name.as_str() {
        "amp" => "&".into(),
        "lt" => "<".into(),
        "gt" => ">".into(),
        "quot" => "\"".into(),
        "apos" => "'".into(),
        _ => format!("&{name};"),
    }
}
