//! `trace`: from an indicator, process or record to the root cause.

use crate::args::TraceArgs;
use crate::commands::coverage;
use crate::common::context::Context;
use crate::common::exit::Exit;
use crate::common::filter::{Filter, RecordRef};
use crate::common::output::Output;
use crate::common::reading::{self, Corrected};
use anyhow::{anyhow, bail};
use std::collections::BTreeSet;
use whodunit_event::persist::Item;
use whodunit_event::{Confidence, Event, Guid, Prefilter};
use whodunit_logs::part::Consumer;
use whodunit_logs::{Sink, Summary};
use whodunit_rules::ioc::kind::looks_like;
use whodunit_rules::ioc::{Indicators, IocMatcher, Kind};
use whodunit_rules::matcher::Scratch;
use whodunit_trace::coverage::{ChannelCoverage, Coverage, Interner, Sighting};
use whodunit_trace::story::Gap;
use whodunit_trace::text::{Part, Style};
use whodunit_trace::{Builder, Fact, Hit, Query, Select, Story};

/// Hits that are walked; further ones are counted and said.
const HITS: usize = 100_000;
/// Seconds of silence that a story mentions.
const GAP: i64 = 3600;

/// Runs the command.
pub fn run(args: TraceArgs, context: &Context) -> anyhow::Result<Exit> {
    let filter = Filter::new(&args.filter)?;
    let question = Question::new(&args)?;
    let (evidence, summary) = Evidence::gather(&args, &filter, &question, context)?;
    let stories = evidence.answer(&question, context);
    let style = Style { time: &|time| context.show_time(time), paint: &|part, text| paint(part, text, context) };
    let mut out = Vec::new();
    for story in &stories {
        if args.json {
            serde_json::to_writer(&mut out, story)?;
            out.push(b'\n');
        } else {
            out.extend_from_slice(story.styled(&style).as_bytes());
        }
    }
    Output::new().write(&out)?;
    let found = stories.iter().any(|s| s.root.kind != "none");
    Ok(reading::conclude(&summary, context).or_found(args.exit_code && found))
}

/// Colours a part of a story or tree.
pub fn paint(part: Part, text: &str, context: &Context) -> String {
    let paint = context.paint;
    match part {
        Part::Time | Part::Evidence => paint.faint(text),
        Part::Label => paint.name(text),
        Part::Root | Part::Confidence(Confidence::Certain) => paint.strong(text),
        Part::Confidence(_) => text.to_owned(),
    }
}

/// What is asked, as meant.
struct Question {
    query: Query,
    select: Select,
    search: Search,
}

/// How records that answer are recognised.
enum Search {
    Indicator(Box<IocMatcher>),
    Record(RecordRef),
    /// The graph finds the process itself.
    Process,
}

impl Question {
    fn new(args: &TraceArgs) -> anyhow::Result<Self> {
        let text = args.query.trim();
        let kind = args.kind.as_deref().or_else(|| kind_of(text));
        let query = |kind: &str| Query { kind: kind.to_owned(), value: text.to_owned() };
        let process = |select| Ok(Self { query: query("process"), select, search: Search::Process });
        match kind {
            Some("pid") => process(Select::Pid(text.parse().map_err(|_| anyhow!("`{text}` is no process id"))?)),
            Some("guid") => process(Select::Guid(Guid::parse(text).ok_or_else(|| anyhow!("`{text}` is no GUID"))?)),
            Some("process") => process(Select::Image(text.to_owned())),
            Some("record") => {
                let record =
                    RecordRef::parse(text).ok_or_else(|| anyhow!("`{text}` is no record: write FILE:RECORD"))?;
                Ok(Self { query: query("record"), select: Select::Hits, search: Search::Record(record) })
            }
            kind => Self::indicator(text, kind),
        }
    }

    fn indicator(text: &str, kind: Option<&str>) -> anyhow::Result<Self> {
        let mut indicators = Indicators::new();
        let typed = kind.map_or_else(|| text.to_owned(), |kind| format!("{kind}:{text}"));
        let mut add = |typed: &str| indicators.add(typed).map_err(|bad| anyhow!("{} ({})", bad.what, bad.remedy));
        add(&typed)?;
        if kind.is_none() && may_be_file(text) {
            add(&format!("path:{text}"))?;
        }
        let matcher = indicators.build();
        let Some(indicator) = matcher.indicators().first() else { bail!("nothing to look for") };
        let query = Query { kind: indicator.kind.word().to_owned(), value: text.to_owned() };
        Ok(Self { query, select: Select::Hits, search: Search::Indicator(Box::new(matcher)) })
    }
}

/// The kind that a query's form gives away; indicators are told apart by the matcher.
fn kind_of(text: &str) -> Option<&'static str> {
    if Guid::parse(text).is_some() {
        return Some("guid");
    }
    if text.bytes().all(|b| b.is_ascii_digit()) && text.parse::<u32>().is_ok() {
        return Some("pid");
    }
    let (file, record) = text.rsplit_once(':')?;
    let log =
        [".evtx", ".xml", ".json", ".jsonl", ".log", ".gz", ".zst", ".zip", ".tar", "syslog", "messages", "secure"];
    let is_log = log.iter().any(|end| file.to_ascii_lowercase().ends_with(end));
    (is_log && record.parse::<u64>().is_ok()).then_some("record")
}

/// Whether what looks like a domain may as well be a file's name, as `data.enc` does: then both are looked for.
fn may_be_file(text: &str) -> bool {
    looks_like(text) == Kind::Domain && text.matches('.').count() == 1
}

/// Distils events, on a worker.
struct Tracer<'a> {
    question: &'a Question,
    filter: &'a Filter,
    context: &'a Context,
    corrected: Corrected,
    scratch: Scratch,
    interner: Interner,
    found: Distilled,
}

/// A part, distilled.
#[derive(Default)]
struct Distilled {
    facts: Vec<Fact>,
    hits: Vec<Hit>,
    items: Vec<Item>,
    sightings: Vec<Sighting>,
    kinds: BTreeSet<&'static str>,
}

impl Consumer for Tracer<'_> {
    fn event(&mut self, event: &Event) {
        let mut corrected = std::mem::take(&mut self.corrected);
        let event = corrected.apply(event, self.context);
        let fact = Fact::from_event(event);
        self.found.sightings.push(Sighting::from_event(event, fact.as_ref(), &mut self.interner));
        self.found.facts.extend(fact);
        self.find(event);
        self.corrected = corrected;
    }

    fn item(&mut self, item: Item) {
        self.found.items.push(item);
    }
}

impl Tracer<'_> {
    /// Filters choose hits, not evidence: causes lie before them and elsewhere.
    fn find(&mut self, event: &Event) {
        let Self { question, filter, scratch, found, .. } = self;
        let mut fact = None;
        let hits = &mut found.hits;
        let mut add = |field: &str, indicator: &str| {
            let fact: &Fact = fact.get_or_insert_with(|| Fact::of_hit(event));
            let hit = Hit { fact: fact.clone(), field: field.to_owned(), indicator: indicator.to_owned() };
            hits.push(hit);
        };
        match &question.search {
            Search::Process => {}
            Search::Record(record) if record.is(event) && filter.passes(event) => add("", &question.query.value),
            Search::Record(_) => {}
            Search::Indicator(matcher) => matcher.hits(event, scratch, |hit| {
                if filter.passes(event) {
                    found.kinds.insert(hit.indicator.kind.word());
                    add(hit.field, &question.query.value);
                }
            }),
        }
    }
}

impl Sink for Tracer<'_> {
    type Out = Distilled;
    fn take(&mut self) -> Distilled {
        std::mem::take(&mut self.found)
    }
}

/// Everything read, in the forms that answering needs.
struct Evidence {
    builder: Builder,
    coverage: Vec<ChannelCoverage>,
    hits: usize,
    unwalked: usize,
    /// As what the query was found: a name may be a domain's or a file's.
    kinds: BTreeSet<&'static str>,
}

impl Evidence {
    fn gather(
        args: &TraceArgs,
        filter: &Filter,
        question: &Question,
        context: &Context,
    ) -> anyhow::Result<(Self, Summary)> {
        let (mut builder, mut coverage) = (Builder::new(), Coverage::new(GAP));
        let (mut hits, mut unwalked, mut kinds) = (0, 0, BTreeSet::new());
        let make = || Tracer {
            question,
            filter,
            context,
            corrected: Corrected::default(),
            scratch: Scratch::default(),
            interner: Interner::default(),
            found: Distilled::default(),
        };
        let no_prefilter: Option<&dyn Prefilter> = None;
        let summary = reading::scan(reading::inputs(&args.sources)?, no_prefilter, context, make, |part| {
            part.sightings.into_iter().for_each(|s| coverage.add(s));
            part.facts.into_iter().for_each(|f| builder.add(f));
            part.items.into_iter().for_each(|i| builder.add_item(None, i));
            kinds.extend(part.kinds);
            for hit in part.hits {
                hits += 1;
                if hits > HITS { unwalked += 1 } else { builder.add_hit(hit) }
            }
            true
        });
        Ok((Self { builder, coverage: coverage.finish(), hits, unwalked, kinds }, summary))
    }

    fn answer(self, question: &Question, context: &Context) -> Vec<Story> {
        let Self { builder, coverage, hits, unwalked, kinds } = self;
        let graph = builder.build();
        let mut query = question.query.clone();
        if let Some(kind) = kinds.first().filter(|_| kinds.len() == 1) {
            query.kind = (*kind).to_owned();
        }
        let mut stories = graph.stories(&query, &question.select);
        if stories.is_empty() {
            let what = if hits == 0 { "" } else { "no process or item could be joined to it; " };
            let why = format!("{what}{}", coverage::sentence(&coverage, context));
            stories.push(Story::none(question.query.clone(), why, gaps(&coverage, None)));
        }
        for story in &mut stories {
            if story.root.kind != "none" {
                let known: Vec<_> = story.gaps.iter().filter_map(|g| g.origin.clone()).collect();
                let more = gaps(&coverage, Some(&story.host)).into_iter();
                story.gaps.extend(more.filter(|g| g.origin.as_ref().is_none_or(|o| !known.contains(o))));
            }
            if unwalked > 0 {
                let text = format!("{unwalked} further hits were counted and not walked back: narrow the query");
                story.gaps.push(Gap { from: None, to: None, text, origin: None });
            }
        }
        stories
    }
}

/// What was not recorded on a host (on any, without one).
fn gaps(coverage: &[ChannelCoverage], host: Option<&str>) -> Vec<Gap> {
    let mut gaps = Vec::new();
    let mut seen = BTreeSet::new();
    for row in coverage.iter().filter(|row| host.is_none_or(|h| h.eq_ignore_ascii_case(&row.host))) {
        for note in &row.notes {
            let text = format!("{}: {note}", row.channel);
            if seen.insert(text.clone()) {
                gaps.push(Gap { from: row.first, to: row.last, text, origin: None });
            }
        }
        for mark in row.cleared.iter().chain(&row.recorder) {
            gaps.push(Gap {
                from: mark.time,
                to: mark.time,
                text: mark.text.clone(),
                origin: Some(mark.origin.clone()),
            });
        }
    }
    gaps
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_may_be_a_domains_or_a_files() {
        for (text, both) in
            [("data.enc", true), ("evil.com", true), ("a.evil.com", false), ("x.exe", false), ("a b", false)]
        {
            assert_eq!(may_be_file(text), both, "{text}");
        }
    }

    #[test]
    fn the_form_tells_the_kind() {
        for (text, kind) in [
            ("23468", Some("pid")),
            ("{77bc24b4-a4f1-681e-2702-000000008300}", Some("guid")),
            ("logs/sysmon.evtx:4711", Some("record")),
            ("10.0.0.5:443", None),
            ("de.xxxxxxx.com", None),
            ("99999999999", None),
            ("C:\\Users\\a.log", None),
        ] {
            assert_eq!(kind_of(text), kind, "{text}");
        }
    }
}
