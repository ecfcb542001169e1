//! Indicators of compromise: the matcher's first front end.
//!
//! An [`Indicator`] is a kind and a value. [`Indicators`] gathers them, typed by hand ([`Indicators::add`]) or
//! from lists ([`Indicators::add_list`]), and builds an [`IocMatcher`], which says where an event holds them and which
//! raw chunks cannot.
//!
//! | module | holds |
//! |---|---|
//! | [`kind`] | the kinds, and the kind of a string that says none |
//! | [`defang`] | `hxxp://evil[.]com` made whole again |
//! | `compile` | an indicator as a condition of the matcher |
//! | [`lists`] | plain text, CSV, STIX 2 and MISP |

mod compile;
pub mod defang;
pub mod kind;
pub mod lists;

pub use kind::Kind;
pub use lists::{ListProblem, ListReport};

use crate::matcher::{Condition, Matcher, Scratch};
use std::collections::HashSet;
use std::ops::Range;
use std::sync::Arc;
use whodunit_event::{Event, Prefilter};

/// One thing to look for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Indicator {
    /// What it is.
    pub kind: Kind,
    /// Its value, defanged forms made whole; a domain without its subdomains begins with `=`.
    pub value: Arc<str>,
    /// The list it came from; `None` if it was given by hand.
    pub source: Option<Arc<str>>,
}

/// Why a text is no indicator.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct BadIndicator {
    /// What is wrong, with the text.
    pub what: String,
    /// What to write instead.
    pub remedy: &'static str,
}

impl BadIndicator {
    fn new(what: impl Into<String>, remedy: &'static str) -> Self {
        Self { what: what.into(), remedy }
    }
}

/// Indicators being gathered. The same one given twice counts once, with its first source.
#[derive(Debug, Default)]
pub struct Indicators {
    all: Vec<Indicator>,
    conditions: Vec<Condition>,
    seen: HashSet<(Kind, Arc<str>)>,
}

impl Indicators {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one as a person types it: `evil.com`, `hxxp://evil[.]com/a`, `=evil.com` (without subdomains),
    /// `text:evil.com` (a kind of choice), `/regex/`. See [`kind::classify`].
    pub fn add(&mut self, text: &str) -> Result<(), BadIndicator> {
        let (kind, value) = kind::classify(text)?;
        self.add_value(kind, &value, None).map(|_| ())
    }

    /// Adds the indicators of a list, whose format is recognised by its content. `label` names the list in hits and
    /// problems. What cannot be read is reported; the rest is added.
    pub fn add_list(&mut self, label: &str, bytes: &[u8]) -> ListReport {
        lists::read(self, label, bytes)
    }

    /// Adds a value of a known kind; false if it was there already.
    fn add_value(&mut self, kind: Kind, value: &str, source: Option<&Arc<str>>) -> Result<bool, BadIndicator> {
        let value: Arc<str> = kind::normalise(kind, value).into();
        let key = (kind, value);
        if self.seen.contains(&key) {
            return Ok(false);
        }
        self.conditions.push(compile::condition(kind, &key.1)?);
        self.all.push(Indicator { kind, value: key.1.clone(), source: source.cloned() });
        self.seen.insert(key);
        Ok(true)
    }

    /// Number of indicators.
    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// True if there are none.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// The matcher of these indicators.
    pub fn build(self) -> IocMatcher {
        IocMatcher { indicators: self.all, matcher: Matcher::new(self.conditions) }
    }
}

/// Finds many indicators at once in events.
#[derive(Debug)]
pub struct IocMatcher {
    indicators: Vec<Indicator>,
    matcher: Matcher,
}

/// An indicator found in a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit<'m, 'e> {
    /// What was found.
    pub indicator: &'m Indicator,
    /// Name of the field: the event's own, or `Host`, `UserSid` or `Message`.
    pub field: &'e str,
    /// Where in the field's text, in characters: the first place.
    pub range: Range<usize>,
}

impl IocMatcher {
    /// Reports each indicator once for each field that holds it.
    pub fn hits<'m, 'e>(&'m self, event: &'e Event, scratch: &mut Scratch, mut report: impl FnMut(Hit<'m, 'e>)) {
        self.matcher.scan(event, scratch, |found| {
            report(Hit { indicator: &self.indicators[found.condition], field: found.field, range: found.range });
        });
    }

    /// The indicators, in the order in which they were added.
    pub fn indicators(&self) -> &[Indicator] {
        &self.indicators
    }
}

impl Prefilter for IocMatcher {
    fn may_match(&self, chunk: &[u8], joined: bool) -> bool {
        self.matcher.may_match(chunk, joined)
    }
}

#[cfg(test)]
mod tests;
