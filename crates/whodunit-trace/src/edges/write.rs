//! A file written, then run.
//!
//! Evidence: events 11, 15, 29 of the process's image or script before its start; what another host wrote over SMB
//! (`smb`).
//! Claims: whoever wrote the file brought it here; nobody knows who started it.
//! Sure: `strong`; as sure as it is who the other host was.

use super::{At, Cause, Node, smb, words};
use crate::command;
use crate::fact::Kind;
use crate::processes::SAME_START;
use crate::story::Edge;
use whodunit_event::Confidence;

pub(crate) fn causes(at: &At<'_>) -> Vec<Cause> {
    let process = at.process;
    let script = command::script(&process.image, &process.command).map(|s| s.file).filter(|f| !f.is_empty());
    let file = script.clone().unwrap_or_else(|| process.image.to_string());
    let edge = if script.is_some() { Edge::Script } else { Edge::Write };
    writer(at, &file, edge).into_iter().collect()
}

fn writer(at: &At<'_>, file: &str, edge: Edge) -> Option<Cause> {
    let until = at.process.start.unwrap_or(at.effect);
    let facts = at.graph.writes_of(at.process.host, file).rev();
    let (fact, writer) = facts
        .filter(|f| at.graph.fact(*f).kind == Kind::FileWrite)
        .filter(|f| at.graph.fact(*f).time.is_some_and(|t| t.since(until) <= SAME_START))
        .find_map(|f| Some((f, at.graph.subject(f).filter(|s| *s != at.id)?)))?;
    if let Some(order) = smb::written(at.graph, fact) {
        let text = format!("{}; {} runs it", order.text, words(at.graph, at.id));
        return Some(Cause { text, ..order.weighing(5) });
    }
    let text = format!("{} wrote {file}, which {} runs", words(at.graph, writer), words(at.graph, at.id));
    let cause = Cause::new(edge, Node::Process(writer), Confidence::Strong, text);
    Some(cause.at(at.graph.fact(fact).time).on([fact]).weighing(5))
}
