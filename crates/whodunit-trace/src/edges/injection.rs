//! Injection and takeover.
//!
//! Evidence: event 8 (a thread in another process), event 25 (the image of a process was changed).
//! Claims: from then on the process does the other's work; for 25, the work of the process that started it.
//! Sure: `certain` where event 8's thread starts in no module, by a GUID on both sides, before the deed of a program
//! that has none of its own; else `strong`: what a shell or a desktop starts later may be its user's doing.

use super::{At, Cause, Node, words};
use crate::fact::Kind;
use crate::graph::Graph;
use crate::names;
use crate::path;
use crate::processes::{FactId, ProcessId, SAME_START};
use crate::story::Edge;
use whodunit_event::{Confidence, Time};

pub(crate) fn causes(at: &At<'_>) -> Vec<Cause> {
    let mut causes: Vec<Cause> = threads(at.graph, at.id, at.effect).map(|fact| by_thread(at, fact)).collect();
    causes.extend(by_tampering(at));
    causes
}

/// Whether foreign code was put into a process before a time.
pub(crate) fn was_taken_over(graph: &Graph, id: ProcessId, time: Time) -> bool {
    threads(graph, id, time).next().is_some()
}

/// Threads that others started in a process before a time, the last first.
fn threads(graph: &Graph, id: ProcessId, time: Time) -> impl Iterator<Item = FactId> {
    let foreign = move |fact: &FactId| {
        let record = graph.fact(*fact);
        let before = record.time.is_none_or(|t| t.since(time) <= SAME_START);
        let source = graph.subject(*fact);
        let own = source.is_none_or(|s| s == id || path::same(&graph.process(s).image, &graph.process(id).image));
        record.kind == Kind::Thread && before && !own && !names::reaches_into_all(record.subject.image)
    };
    graph.done_to(id).iter().rev().copied().filter(foreign)
}

fn by_thread(at: &At<'_>, fact: FactId) -> Cause {
    let (graph, record) = (at.graph, at.graph.fact(fact));
    let source = graph.subject(fact).unwrap_or(at.id);
    let by_guid = record.target().is_some_and(|t| t.guid == at.process.guid && !t.guid.is_zero());
    let by_guids = by_guid && !record.subject.guid.is_zero() && graph.process(source).guid == record.subject.guid;
    let before = record.time.is_some_and(|t| t <= at.effect);
    let sure = record.flag && by_guids && before && at.is_hit && does_nothing_itself(at);
    let confidence = if sure { Confidence::Certain } else { Confidence::Strong };
    let place = match (record.object, record.flag) {
        ("", true) => ", in code that lies in no file".to_owned(),
        ("", false) => String::new(),
        (module, _) => format!(", in {}", path::file_name(module)),
    };
    let text = format!("{} started a thread in {}{place}", words(graph, source), words(graph, at.id));
    let seconds = record.time.map_or(0.0, |t| at.effect.since(t)).clamp(0.0, 1e6);
    Cause::new(Edge::Injection, Node::Process(source), confidence, text)
        .at(record.time)
        .on([fact])
        .weighing(-(seconds as i32))
}

/// A quiet program that serves nobody: what it did cannot be its own doing or a caller's.
fn does_nothing_itself(at: &At<'_>) -> bool {
    names::is_quiet(&at.process.image) && !names::is_file(&at.process.image, &["svchost.exe", "dllhost.exe"])
}

fn by_tampering(at: &At<'_>) -> Option<Cause> {
    let done = at.graph.done_by(at.id).iter().rev().copied();
    let fact = done.into_iter().find(|f| {
        let record = at.graph.fact(*f);
        record.kind == Kind::Tamper && record.time.is_none_or(|t| t.since(at.effect) <= SAME_START)
    })?;
    let (parent, _) = at.process.parent?;
    let record = at.graph.fact(fact);
    let text = format!(
        "the image of {} was changed ({}): {}, which started it, runs in it",
        words(at.graph, at.id),
        record.detail,
        words(at.graph, parent)
    );
    Some(Cause::new(Edge::Injection, Node::Process(parent), Confidence::Strong, text).at(record.time).on([fact]))
}
