//! A parent that is none (Windows): a program may start another under a parent of its choice.
//!
//! Evidence: event 10 with every right on the new process at its very start, as only who creates a process has it, by
//! another program than the stated parent; just before, that program's access to the parent with the right to create
//! processes under it.
//! Claims: that program started the process.
//! Sure: `strong`.

use super::{At, Cause, Node, words};
use crate::fact::Kind;
use crate::processes::{FactId, ProcessId};
use crate::story::Edge;
use whodunit_event::{Confidence, Time};

/// PROCESS_CREATE_PROCESS.
const CREATE_PROCESS: u64 = 0x80;
/// Every right on a process.
const ALL: u64 = 0x1f_0fff;
/// Both accesses lie this many seconds around the start.
const AT_START: f64 = 1.0;

pub(crate) fn causes(at: &At<'_>) -> Vec<Cause> {
    found(at).into_iter().collect()
}

fn found(at: &At<'_>) -> Option<Cause> {
    let ((parent, _), start) = (at.process.parent?, at.process.start?);
    let created = accesses(at, at.id, ALL, start).find(|f| at.graph.subject(*f).is_some_and(|s| s != parent))?;
    let creator = at.graph.subject(created).filter(|c| *c != at.id)?;
    let opened = accesses(at, parent, CREATE_PROCESS, start).find(|f| at.graph.subject(*f) == Some(creator))?;
    let text = format!(
        "{} started {} in the name of {}",
        words(at.graph, creator),
        words(at.graph, at.id),
        words(at.graph, parent)
    );
    let facts = [opened, created].into_iter().chain(at.process.starts.iter().copied());
    Some(Cause::new(Edge::Parent, Node::Process(creator), Confidence::Strong, text).at(at.process.start).on(facts))
}

/// Accesses to a process with these rights around a time.
fn accesses<'a>(at: &At<'a>, target: ProcessId, rights: u64, time: Time) -> impl Iterator<Item = FactId> + use<'a> {
    let graph = at.graph;
    graph.done_to(target).iter().copied().filter(move |f| {
        let fact = graph.fact(*f);
        let near = fact.time.is_some_and(|t| t.since(time).abs() <= AT_START);
        fact.kind == Kind::Access && fact.number & rights == rights && near
    })
}
