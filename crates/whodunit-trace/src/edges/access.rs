//! Access with the rights to write or run code in another process.
//!
//! Evidence: event 10 with CREATE_THREAD or VM_OPERATION and VM_WRITE.
//! Claims: the one that opened the process may have put code into it.
//! Sure: never more than `circumstantial`: most such accesses are innocent.

use super::{At, Cause, Node, words};
use crate::fact::Kind;
use crate::names;
use crate::processes::{FactId, SAME_START};
use crate::story::Edge;
use std::collections::HashSet;
use whodunit_event::Confidence;

/// Accesses that are looked at, the last before the effect first.
const LOOKED_AT: usize = 200;

pub(crate) fn causes(at: &At<'_>) -> Vec<Cause> {
    let mut sources = HashSet::new();
    let facts = at.graph.done_to(at.id).iter().rev().copied().filter(|f| counts(at, *f)).take(LOOKED_AT);
    facts.filter_map(|fact| cause(at, fact)).filter(|cause| sources.insert(cause.node.clone())).take(5).collect()
}

fn counts(at: &At<'_>, fact: FactId) -> bool {
    let record = at.graph.fact(fact);
    let before = record.time.is_none_or(|t| t.since(at.effect) <= SAME_START);
    let source = at.graph.subject(fact).filter(|s| *s != at.id && Some(*s) != at.process.parent.map(|p| p.0));
    record.kind == Kind::Access && before && source.is_some() && !names::is_quiet(record.subject.image)
}

fn cause(at: &At<'_>, fact: FactId) -> Option<Cause> {
    let source = at.graph.subject(fact)?;
    let record = at.graph.fact(fact);
    let unbacked = if record.flag { ", called from code that lies in no file" } else { "" };
    let text = format!(
        "{} opened {} with rights to change it (0x{:x}){unbacked}; that it did so is not recorded",
        words(at.graph, source),
        words(at.graph, at.id),
        record.number
    );
    // More than an item that only ran at about the same time: it touched this very process.
    let weight = 40 + if record.flag { 20 } else { 0 };
    Some(
        Cause::new(Edge::Injection, Node::Process(source), Confidence::Circumstantial, text)
            .at(record.time)
            .on([fact])
            .weighing(weight),
    )
}
