//! A module planted, then loaded.
//!
//! Evidence: event 7 of an unsigned module that another process wrote before (11, 15, 29), or another host over SMB
//! (`smb`).
//! Claims: the writer's code runs in the process.
//! Sure: `strong`; as sure as it is who the other host was.

use super::{At, Cause, Node, smb, words};
use crate::fact::Kind;
use crate::graph::Graph;
use crate::names;
use crate::processes::{FactId, ProcessId, SAME_START};
use crate::story::Edge;
use whodunit_event::{Confidence, Time};

/// A module acts within this many seconds of its loading.
const JUST_BEFORE: f64 = 10.0;
/// A module that was written this many seconds before is a planted one.
const PLANTED: f64 = 3600.0;

pub(crate) fn causes(at: &At<'_>) -> Vec<Cause> {
    loads(at.graph, at.id, at.effect, f64::INFINITY).filter_map(|load| planted(at, load)).take(1).collect()
}

/// Modules that are not signed which a process loaded just before a time, the last first.
pub(crate) fn recent(graph: &Graph, id: ProcessId, time: Time) -> Vec<FactId> {
    loads(graph, id, time, JUST_BEFORE).collect()
}

/// A program that only starts others and has just loaded a planted module: what it started, that code started.
pub(crate) fn taken_over(at: &At<'_>) -> Vec<Cause> {
    if at.is_hit {
        return Vec::new();
    }
    foreign(at.graph, at.id, at.effect).and_then(|load| planted(at, load)).into_iter().collect()
}

/// Whether a process had just loaded a planted module.
pub(crate) fn was_taken_over(graph: &Graph, id: ProcessId, time: Time) -> bool {
    foreign(graph, id, time).is_some()
}

/// A load just before a time of a module that was written not long before. The system's own installers write modules
/// that are not signed all day, and those say nothing.
fn foreign(graph: &Graph, id: ProcessId, time: Time) -> Option<FactId> {
    let is_recent = |write: FactId| graph.fact(write).time.is_some_and(|t| time.since(t) <= PLANTED);
    let is_planter = |write: FactId, writer: ProcessId| {
        let image = &graph.process(writer).image;
        !names::in_system(image) || names::is_shell(image) || smb::written(graph, write).is_some()
    };
    let mut recent = loads(graph, id, time, JUST_BEFORE);
    recent.find(|load| writer(graph, id, *load).is_some_and(|(w, by)| is_recent(w) && is_planter(w, by)))
}

/// Loads of modules that are not signed in the `before` seconds up to a time, the last first.
fn loads(graph: &Graph, id: ProcessId, time: Time, before: f64) -> impl Iterator<Item = FactId> + '_ {
    graph.done_around(id, time, before, SAME_START).iter().rev().copied().filter(|f| {
        let fact = graph.fact(*f);
        fact.kind == Kind::Load && !fact.flag
    })
}

/// The write of a loaded module by another process, and that process.
fn writer(graph: &Graph, id: ProcessId, load: FactId) -> Option<(FactId, ProcessId)> {
    let fact = graph.fact(load);
    let writes = graph.writes_of(graph.host_of(load), fact.object).rev();
    writes.filter(|w| graph.fact(*w).time <= fact.time).find_map(|w| Some((w, graph.subject(w).filter(|s| *s != id)?)))
}

fn planted(at: &At<'_>, load: FactId) -> Option<Cause> {
    let (graph, fact) = (at.graph, at.graph.fact(load));
    let (write, writer) = writer(graph, at.id, load)?;
    let loaded = format!("{} loaded {}, which is not signed", words(graph, at.id), fact.object);
    let cause = match smb::written(graph, write) {
        Some(order) => {
            let facts = std::iter::once(load).chain(order.facts.iter().copied());
            let text = format!("{loaded}: {}", order.text);
            Cause::new(Edge::Load, order.node, order.confidence, text).on(facts)
        }
        None => {
            let text = format!("{loaded} and which {} had written", words(graph, writer));
            Cause::new(Edge::Load, Node::Process(writer), Confidence::Strong, text).on([load, write])
        }
    };
    Some(cause.at(fact.time))
}
