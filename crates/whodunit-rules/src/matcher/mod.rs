//! Many conditions over typed fields, decided together.
//!
//! A [`Condition`] is a choice of fields and a test of their text. A [`Matcher`] holds any number of them, tells which
//! hold in an event and where, and which raw chunks need not be decoded at all. It works in three steps:
//!
//! 1. Each test names literals of which at least one stands in any text that passes it (its anchors). All anchors
//!    lie in one table; an event's fields are folded and searched once, whatever the number of conditions.
//! 2. Where an anchor stands, the test of its condition is run, there and only there. Tests without anchors
//!    (a regex without a fixed part, `::/0`) are run on every field: they are few.
//! 3. The front end gets each condition that holds, once for each field.
//!
//! Front ends compile to conditions and keep what is theirs: names, lists, the logic between conditions.
//!
//! - **Indicators** ([`crate::ioc`]): one condition each; there is no logic.
//! - **Sysmon configuration**: `<Image condition="end with">` is `Fields::Named("Image")` with [`Bounds::Ends`];
//!   `is`, `begin with`, `contains` the other bounds; `contains any` several conditions; `image` is a [`Tree`] of one
//!   part. Groups are ANDs and ORs of condition numbers, and "include" or "exclude" is theirs to decide.
//! - **Sigma**: `Image|endswith: \x.exe` is the same; `|re`, `|cidr` are the tests of that name; `|all`,
//!   `1 of selection*` and `not` are logic over condition numbers. A rule registers for its condition
//!   with the rarest anchor and its logic is evaluated when that was reported: most rules are never looked at.
//!
//! | module | holds |
//! |---|---|
//! | [`condition`] | conditions, tests and their anchors |
//! | [`net`] | addresses in text |
//! | [`tree`] | paths and registry keys in their many spellings |
//! | [`pattern`] | which literals a regular expression needs |
//! | [`fold`] | case folding |
//! | `grams` | the table of literals |
//! | `pairs`, `chunk` | the search in raw chunks |
//! | `common` | what is common in logs |

mod chunk;
mod common;
pub mod condition;
pub mod fold;
mod grams;
pub mod net;
mod pairs;
pub mod pattern;
pub mod tree;

pub use condition::{Bounds, Condition, Fields, Test, TypeSet};
pub use tree::Tree;

use chunk::ChunkSearch;
use condition::FieldText;
use grams::Grams;
use std::ops::Range;
use whodunit_event::event::{Span, System};
use whodunit_event::{Event, FieldType, Prefilter};

/// Many conditions, decided together. See the module's head.
#[derive(Debug)]
pub struct Matcher {
    conditions: Vec<Condition>,
    grams: Grams,
    /// The condition of each literal.
    owners: Vec<u32>,
    /// Conditions without anchors.
    open: Vec<u32>,
    chunks: ChunkSearch,
}

/// A condition that holds in an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Match<'e> {
    /// Number of the condition, in the order given to [`Matcher::new`].
    pub condition: usize,
    /// Name of the field: the event's own, or `Host`, `UserSid` or `Message` for the system section's texts.
    pub field: &'e str,
    /// Where in the field's text, in characters.
    pub range: Range<usize>,
}

/// Buffers of a scan, to be kept from one event to the next.
#[derive(Debug, Default)]
pub struct Scratch {
    /// The folded fields, each followed by a NUL.
    folded: String,
    fields: Vec<FieldPlace>,
    candidates: Vec<Candidate>,
}

#[derive(Clone, Copy, Debug)]
struct FieldPlace {
    kind: FieldType,
    value: Span,
    start: usize,
    end: usize,
}

/// A condition to be tested, ordered by field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Candidate {
    field: u32,
    condition: u32,
    /// Where the anchor stands in the folded field; [`WHOLE`] if the field is to be searched.
    at: u32,
}

/// Of [`Candidate::at`]: no particular place.
const WHOLE: u32 = u32::MAX;

/// The system section's texts that are searched: channel and provider would match whole logs.
const SYSTEM: [(&str, System, FieldType); 3] = [
    ("Host", System::Host, FieldType::Host),
    ("UserSid", System::UserSid, FieldType::Sid),
    ("Message", System::Message, FieldType::Text),
];

impl Matcher {
    /// A matcher for these conditions.
    pub fn new(conditions: Vec<Condition>) -> Self {
        let (mut literals, mut owners, mut open) = (Vec::new(), Vec::new(), Vec::new());
        for (condition, number) in conditions.iter().zip(0u32..) {
            let before = owners.len();
            let source = condition.test.source();
            condition.test.each_anchor(|anchor| {
                literals.push((anchor, source));
                owners.push(number);
            });
            if owners.len() == before {
                open.push(number);
            }
        }
        let grams = Grams::new(literals.iter().map(|(text, _)| text.as_bytes()));
        let chunks = ChunkSearch::new(&literals, !open.is_empty());
        drop(literals);
        Self { conditions, grams, owners, open, chunks }
    }

    /// Number of conditions.
    pub fn len(&self) -> usize {
        self.conditions.len()
    }

    /// True if there are no conditions.
    pub fn is_empty(&self) -> bool {
        self.conditions.is_empty()
    }

    /// Reports each condition that holds in the event, once for each field, in the order of fields, then of conditions.
    pub fn scan<'e>(&self, event: &'e Event, scratch: &mut Scratch, mut report: impl FnMut(Match<'e>)) {
        scratch.fold(event);
        self.find_candidates(event, scratch);
        let mut done = None;
        for candidate in &scratch.candidates {
            let (number, condition) = (candidate.field as usize, candidate.condition as usize);
            if done == Some((number, condition)) {
                continue;
            }
            let place = scratch.fields[number];
            let field = FieldText {
                kind: place.kind,
                text: event.text(place.value),
                folded: &scratch.folded[place.start..place.end],
            };
            let at = (candidate.at != WHOLE).then_some(candidate.at as usize);
            if let Some(range) = self.conditions[condition].test.find(&field, at) {
                done = Some((number, condition));
                report(Match { condition, field: field_name(event, number), range });
            }
        }
    }

    /// Fills the candidates, ordered, without duplicates.
    fn find_candidates(&self, event: &Event, scratch: &mut Scratch) {
        let Scratch { folded, fields, candidates } = scratch;
        candidates.clear();
        self.grams.find(folded.as_bytes(), |literal, at| {
            let field = fields.partition_point(|f| f.end < at);
            let Some(place) = fields.get(field) else { return };
            let Some(&condition) = self.owners.get(literal as usize) else { return };
            let anywhere = self.conditions[condition as usize].test.is_anywhere();
            let at = if anywhere { WHOLE } else { (at - place.start) as u32 };
            candidates.push(Candidate { field: field as u32, condition, at });
        });
        for field in 0..fields.len() as u32 {
            candidates.extend(self.open.iter().map(|&condition| Candidate { field, condition, at: WHOLE }));
        }
        candidates.retain(|c| {
            let field = c.field as usize;
            self.conditions[c.condition as usize].fields.hold(fields[field].kind, || field_name(event, field))
        });
        candidates.sort_unstable();
        candidates.dedup();
    }
}

#[cfg(test)]
impl Matcher {
    /// What [`Matcher::scan`] reports, found by trying every condition at every place of every field.
    pub(crate) fn scan_slowly<'e>(&self, event: &'e Event) -> Vec<(usize, &'e str)> {
        let mut all = Vec::new();
        for (name, kind, value) in all_fields(event) {
            let text = event.text(value);
            let folded = fold::text(text);
            let field = FieldText { kind, text, folded: &folded };
            for (number, condition) in self.conditions.iter().enumerate().filter(|(_, c)| c.fields.hold(kind, || name))
            {
                let test = &condition.test;
                let places = (0..folded.len()).filter(|at| folded.is_char_boundary(*at));
                if test.find(&field, None).is_some() || places.map(Some).any(|at| test.find(&field, at).is_some()) {
                    all.push((number, name));
                }
            }
        }
        all
    }
}

impl Prefilter for Matcher {
    fn may_match(&self, chunk: &[u8], joined: bool) -> bool {
        self.chunks.may_match(&self.grams, chunk, joined)
    }
}

impl Scratch {
    /// Folds the fields of an event into one text.
    fn fold(&mut self, event: &Event) {
        self.folded.clear();
        self.fields.clear();
        for (_, kind, value) in all_fields(event) {
            let start = self.folded.len();
            fold::append(event.text(value), &mut self.folded);
            self.fields.push(FieldPlace { kind, value, start, end: self.folded.len() });
            self.folded.push('\0');
        }
    }
}

/// All texts of an event that are searched: its fields, then the system section's.
fn all_fields(event: &Event) -> impl Iterator<Item = (&str, FieldType, Span)> {
    let system = SYSTEM.iter().map(|&(name, which, kind)| (name, kind, event.system_span(which)));
    event.fields().chain(system.filter(|(_, _, span)| span.is_some()))
}

fn field_name(event: &Event, number: usize) -> &str {
    all_fields(event).nth(number).map_or("", |(name, ..)| name)
}
