//! A module planted, then loaded.
//!
//! Evidence: event 7 of an unsigned module that another process wrote before (11, 15, 29).
//! Claims: the writer's code runs in the process.
//! Sure: `strong`.

use super::{At, Cause, Node, words};
use crate::fact::Kind;
use crate::processes::{FactId, SAME_START};
use crate::story::Edge;
use whodunit_event::Confidence;

pub(crate) fn causes(at: &At<'_>) -> Vec<Cause> {
    let loads = at.graph.done_by(at.id).iter().rev().copied().filter(|f| {
        let fact = at.graph.fact(*f);
        let before = fact.time.is_none_or(|t| t.since(at.effect) <= SAME_START);
        fact.kind == Kind::Load && !fact.flag && before
    });
    loads.filter_map(|load| planted(at, load)).take(1).collect()
}

fn planted(at: &At<'_>, load: FactId) -> Option<Cause> {
    let (graph, fact) = (at.graph, at.graph.fact(load));
    let writes = graph.writes_of(at.process.host, fact.object).rev();
    let (write, writer) = writes
        .filter(|w| graph.fact(*w).time <= fact.time)
        .find_map(|w| Some((w, graph.subject(w).filter(|s| *s != at.id)?)))?;
    let text = format!("{} loaded {}, which {} had written", words(graph, at.id), fact.object, words(graph, writer));
    let cause = Cause::new(Edge::Load, Node::Process(writer), Confidence::Strong, text);
    Some(cause.at(fact.time).on([load, write]))
}
