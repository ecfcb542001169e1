//! A person at the desktop (Windows).
//!
//! Evidence: the parent is explorer as the desktop.
//! Claims: a person started it.
//! Sure: `circumstantial`: Run keys, startup folders and DCOM come through explorer too; ranked below all of them.

use super::{At, Cause, Node, words};
use crate::command;
use crate::names::Dispatcher;
use crate::story::Edge;
use whodunit_event::Confidence;

pub(crate) fn causes(at: &At<'_>) -> Vec<Cause> {
    if at.dispatcher() != Some(Dispatcher::Desktop) {
        return Vec::new();
    }
    let process = at.process;
    let who = if process.user.is_empty() { "a person" } else { &process.user };
    let what = command::runs_file(&process.image, &process.command);
    let text = format!("{who} started {} at the desktop ({})", words(at.graph, at.id), at.dispatcher_words());
    let node = Node::End("user_action", Some(format!("{who} opened {}", crate::path::file_name(&what))));
    let cause = Cause::new(Edge::Parent, node, Confidence::Circumstantial, text);
    vec![cause.at(process.start).on(process.starts.iter().copied()).weighing(-1_000_000)]
}
