//! `coverage`: what the evidence can and cannot show.

use crate::args::{CoverageArgs, Sources};
use crate::common::context::Context;
use crate::common::exit::Exit;
use crate::common::filter::Filter;
use crate::common::output::Output;
use crate::common::reading::{self, Corrected};
use crate::common::span;
use anyhow::Context as _;
use std::collections::BTreeSet;
use whodunit_event::{Event, escape};
use whodunit_logs::part::Consumer;
use whodunit_logs::{Sink, Summary};
use whodunit_trace::coverage::{ChannelCoverage, Coverage, Interner, Mark, Sighting};

/// Runs the command.
pub fn run(args: CoverageArgs, context: &Context) -> anyhow::Result<Exit> {
    let filter = Filter::new(&args.filter)?;
    let gap = span::seconds(&args.gap).context("--gap")?;
    let (rows, summary) = gather(&args.sources, &filter, gap, context)?;
    let mut out = Vec::new();
    for row in &rows {
        if args.json {
            serde_json::to_writer(&mut out, row)?;
            out.push(b'\n');
        } else {
            out.extend_from_slice(text(row, context).as_bytes());
        }
    }
    Output::new().write(&out)?;
    Ok(reading::conclude(&summary, context))
}

/// Reads the sources once for their coverage.
pub fn gather(
    sources: &Sources,
    filter: &Filter,
    gap: i64,
    context: &Context,
) -> anyhow::Result<(Vec<ChannelCoverage>, Summary)> {
    let mut coverage = Coverage::new(gap);
    let make = || Watcher {
        filter,
        context,
        corrected: Corrected::default(),
        interner: Interner::default(),
        seen: Vec::new(),
    };
    let summary = reading::scan(reading::inputs(sources)?, None, context, make, |seen| {
        seen.into_iter().for_each(|sighting| coverage.add(sighting));
        true
    });
    Ok((coverage.finish(), summary))
}

struct Watcher<'a> {
    filter: &'a Filter,
    context: &'a Context,
    corrected: Corrected,
    interner: Interner,
    seen: Vec<Sighting>,
}

impl Consumer for Watcher<'_> {
    fn event(&mut self, event: &Event) {
        let event = self.corrected.apply(event, self.context);
        if self.filter.passes(event) {
            self.seen.push(Sighting::from_event(event, None, &mut self.interner));
        }
    }
}

impl Sink for Watcher<'_> {
    type Out = Vec<Sighting>;
    fn take(&mut self) -> Vec<Sighting> {
        std::mem::take(&mut self.seen)
    }
}

/// What was searched and what was not recorded, in one sentence; the part of an empty answer that says what it is worth.
pub fn sentence(rows: &[ChannelCoverage], context: &Context) -> String {
    let events: u64 = rows.iter().map(|r| r.events).sum();
    let hosts: BTreeSet<&str> = rows.iter().map(|r| &*r.host).collect();
    let first = rows.iter().filter_map(|r| r.first).min().map_or_else(|| "-".to_owned(), |t| context.show_time(t));
    let last = rows.iter().filter_map(|r| r.last).max().map_or_else(|| "-".to_owned(), |t| context.show_time(t));
    let mut text = format!("searched {events} events of {} from {first} to {last}", count(hosts.len(), "host"));
    for row in rows.iter().filter(|r| !r.notes.is_empty()).take(NOTED) {
        let (host, channel) = (escape::terminal(&row.host), escape::terminal(&row.channel));
        text.push_str(&format!("; {host} {channel}: {}", row.notes.join(", ")));
    }
    text
}

/// Channels whose notes one sentence names.
const NOTED: usize = 4;

fn count(n: usize, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}

/// One channel for people.
fn text(row: &ChannelCoverage, context: &Context) -> String {
    let show = |time: Option<_>| time.map_or_else(|| "-".to_owned(), |t| context.show_time(t));
    let name = |text: &str| escape::terminal(if text.is_empty() { "(no name)" } else { text }).into_owned();
    let mut text = format!(
        "{}  {}\n  {} events from {} to {}",
        context.paint.strong(&name(&row.host)),
        context.paint.name(&name(&row.channel)),
        row.events,
        show(row.first),
        show(row.last)
    );
    if row.copies > 0 {
        text.push_str(&format!(", and {} further copies of them", row.copies));
    }
    if row.untimed > 0 {
        text.push_str(&format!(", {} without time", row.untimed));
    }
    text.push('\n');
    let ids: Vec<String> = row.by_id.iter().map(|(id, n)| format!("{id}:{n}")).collect();
    text.push_str(&format!("  by id      {}\n", ids.join(" ")));
    if !row.not_seen.is_empty() {
        let ids: Vec<String> = row.not_seen.iter().map(u32::to_string).collect();
        text.push_str(&format!("  never seen {}\n", ids.join(" ")));
    }
    for note in &row.notes {
        text.push_str(&format!("  note       {note}\n"));
    }
    for gap in &row.gaps {
        text.push_str(&format!("  silent     {} to {}\n", context.show_time(gap.from), context.show_time(gap.to)));
    }
    for mark in &row.cleared {
        text.push_str(&format!("  {}    {}\n", context.paint.alert("cleared"), mark_text(mark, context)));
    }
    for mark in &row.recorder {
        text.push_str(&format!("  recorder   {}\n", mark_text(mark, context)));
    }
    text.push('\n');
    text
}

fn mark_text(mark: &Mark, context: &Context) -> String {
    let time = mark.time.map_or_else(|| "-".to_owned(), |t| context.show_time(t));
    let by = mark.by.as_deref().map_or_else(String::new, |by| format!(" by {}", escape::terminal(by)));
    format!("{time}  {}{by}  ({})", escape::terminal(&mark.text), escape::terminal(&mark.origin.to_string()))
}
