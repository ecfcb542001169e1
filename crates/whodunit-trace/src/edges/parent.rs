//! The process that started another.
//!
//! Evidence: Sysmon 1, Security 4688: the parent's GUID, pid, image.
//! Claims: the parent started it.
//! Sure: `certain` where the record's GUID, pid and image agree with the parent's own; else `strong`.

use super::{At, Cause, Launcher, Node, words};
use crate::command;
use crate::story::Edge;
use whodunit_event::Confidence;

pub(crate) fn causes(at: &At<'_>) -> Vec<Cause> {
    let (Launcher::Program(parent) | Launcher::Server(parent)) = at.launcher else { return Vec::new() };
    let confidence = at.process.parent.map_or(Confidence::Strong, |(_, confidence)| confidence);
    let process = at.graph.process(parent);
    let script = command::script(&process.image, &process.command).map(|s| s.file).filter(|f| !f.is_empty());
    let running = script.map_or_else(String::new, |file| format!(", running {file},"));
    let text = format!("{}{running} started {}", words(at.graph, parent), words(at.graph, at.id));
    vec![
        Cause::new(Edge::Parent, Node::Process(parent), confidence, text).at(at.process.start).on(at
            .process
            .starts
            .iter()
            .copied()),
    ]
}
