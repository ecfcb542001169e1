//! The desktop's COM objects (Windows): a program asks explorer to start another, so that explorer is its parent.
//!
//! Evidence: Security 4663 of the classes ShellWindows and ShellBrowserWindow, read just before by another program.
//! Claims: that program had explorer start the process.
//! Sure: `circumstantial`: no record states the call itself; more than a click, which leaves no such trace.

use super::{At, Cause, Node, words};
use crate::fact::Kind;
use crate::names::{self, Dispatcher};
use crate::processes::FactId;
use crate::story::Edge;
use whodunit_event::Confidence;

/// The class is read at most this many seconds before the start.
const CALLED: f64 = 5.0;

pub(crate) fn causes(at: &At<'_>) -> Vec<Cause> {
    if at.dispatcher() != Some(Dispatcher::Desktop) {
        return Vec::new();
    }
    let Some(fact) = call(at) else { return Vec::new() };
    let Some(caller) = at.graph.subject(fact) else { return Vec::new() };
    let text = format!(
        "{} had {} start {} through its COM object",
        words(at.graph, caller),
        at.dispatcher_words(),
        words(at.graph, at.id)
    );
    let facts = std::iter::once(fact).chain(at.process.starts.iter().copied());
    let cause = Cause::new(Edge::Parent, Node::Process(caller), Confidence::Circumstantial, text);
    vec![cause.at(at.graph.fact(fact).time).on(facts).weighing(30)]
}

/// The last look at the desktop's classes by a program that is no part of COM itself.
pub(crate) fn call(at: &At<'_>) -> Option<FactId> {
    let near = at.graph.around(at.process.host, Kind::Class, at.process.start?, CALLED, 0.0).iter().rev().copied();
    let is_caller = |fact: &FactId| {
        let Some(id) = at.graph.subject(*fact).filter(|id| *id != at.id) else { return false };
        let process = at.graph.process(id);
        names::dispatcher(&process.image, &process.command).is_none()
    };
    near.into_iter().find(is_caller)
}
