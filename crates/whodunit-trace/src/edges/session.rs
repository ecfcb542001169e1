//! The logon session of a process whose parent nobody knows.
//!
//! Evidence: the process's LogonId and 4624 of a session from another address.
//! Claims: whoever logged on started it.
//! Sure: `strong`: anything in that session could have.

use super::{At, Cause, Node, words};
use crate::story::Edge;
use whodunit_event::Confidence;

pub(crate) fn causes(at: &At<'_>) -> Vec<Cause> {
    let session = at.graph.sessions.of_logon(at.process.host, at.process.logon, at.process.start);
    let remote = session.filter(|s| at.graph.sessions.all[*s as usize].remote);
    let cause = remote.map(|id| {
        let session = &at.graph.sessions.all[id as usize];
        let text = format!("{} runs in the session of {} ({})", words(at.graph, at.id), session.name(), session.way());
        Cause::new(Edge::Session, Node::Session(id), Confidence::Strong, text).at(session.start).on([session.fact])
    });
    cause.into_iter().collect()
}
