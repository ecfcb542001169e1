//! Nothing but time.
//!
//! Evidence: what ran in the minutes before: items by their last run or their records (129, 200), script hosts and
//! programs from folders that everybody can write to, by event 1.
//! Claims: one of them may be behind it.
//! Sure: `circumstantial` at most; ranked by [`rank`]'s rules, the others as alternatives.

use super::rank::{rank, runs_script};
use super::{At, Cause, Node, words};
use crate::entries::EntryId;
use crate::fact::Kind;
use crate::names;
use crate::processes::{FactId, ProcessId};
use crate::story::Edge;
use crate::{command, path};
use whodunit_event::Confidence::Circumstantial;
use whodunit_event::Time;

/// What ran this many seconds before a quiet process's deed is looked at.
const MINUTES: f64 = 600.0;
/// What ran this many seconds before an orphan started is looked at.
const SECONDS: f64 = 10.0;
/// At most this many candidates.
const CANDIDATES: usize = 8;

pub(crate) fn causes(at: &At<'_>) -> Vec<Cause> {
    let used = names::is_quiet(&at.process.image);
    let (until, window) = match (used, at.process.start) {
        (false, Some(start)) => (start, SECONDS),
        (false, None) => return Vec::new(),
        (true, _) => (at.effect, MINUTES),
    };
    let mut causes = entries(at, until, window);
    if used {
        causes.extend(starts(at, until, window));
    }
    causes.sort_by_key(|c| std::cmp::Reverse(c.weight));
    causes.truncate(CANDIDATES);
    causes
}

/// Items that ran in the window.
fn entries(at: &At<'_>, until: Time, window: f64) -> Vec<Cause> {
    let all = at.graph.entries.of_host(at.process.host);
    all.filter_map(|id| entry(at, id, until, window)).collect()
}

fn entry(at: &At<'_>, id: EntryId, until: Time, window: f64) -> Option<Cause> {
    let entry = at.graph.entry(id);
    let in_window = |time: Time| (0.0..=window).contains(&until.since(time));
    let record = entry.runs.iter().rev().copied().find(|f| at.graph.fact(*f).time.is_some_and(in_window));
    let run = record.and_then(|f| at.graph.fact(f).time).or(entry.item.last_run.filter(|t| in_window(*t)))?;
    if entry.since.is_some_and(|since| since > run.plus_seconds(2)) {
        return None;
    }
    let (weight, reasons) = rank(entry, run, record.is_some());
    let weight = weight - (until.since(run) / 60.0) as i32;
    let title = whodunit_event::persist::category_of(entry.item.category).map_or(entry.item.category, |c| c.title);
    let text = format!("the {title} {} ran {:.0} s before: {}", entry.item.name, until.since(run), reasons.join(", "));
    Some(Cause::new(Edge::Time, Node::Entry(id), Circumstantial, text).at(Some(run)).on(record).weighing(weight))
}

/// Script hosts and programs from writable folders that started in the window.
fn starts(at: &At<'_>, until: Time, window: f64) -> Vec<Cause> {
    let near = at.graph.around(at.process.host, Kind::Start, until, window, 0.0).iter().rev().copied();
    near.take(2000).filter_map(|fact| start(at, fact, until)).collect()
}

fn start(at: &At<'_>, fact: FactId, until: Time) -> Option<Cause> {
    let id = at.graph.subject(fact).filter(|p| *p != at.id)?;
    let process = at.graph.process(id);
    let file = command::runs_file(&process.image, &process.command);
    let of_interest = path::is_writable(&file) && !is_started_by_same(at, id);
    if !of_interest {
        return None;
    }
    let started = process.start?;
    let seconds = until.since(started);
    let text = format!("{} started {seconds:.0} s before and runs {file}", words(at.graph, id));
    let weight = 55 + if runs_script(&file) { 10 } else { 0 } - (seconds / 60.0) as i32;
    Some(Cause::new(Edge::Time, Node::Process(id), Circumstantial, text).at(Some(started)).on([fact]).weighing(weight))
}

/// A candidate whose parent is one itself tells nothing more.
fn is_started_by_same(at: &At<'_>, id: ProcessId) -> bool {
    super::is_descendant(at.graph, id, at.id)
}
