//! Files that another host wrote here (Windows).
//!
//! Evidence: event 11 by System (the file server is part of the kernel); 5145 of that file with session and address, or
//! accepted connections to SMB just before.
//! Claims: that session, or that host, wrote the file.
//! Sure: `strong` by 5145; by a connection alone `circumstantial`, and nothing where the host talks to itself over SMB.

use super::{At, Cause, signs};
use crate::fact::Kind;
use crate::graph::Graph;
use crate::path;
use crate::processes::{FactId, ProcessId};
use crate::story::Edge;
use whodunit_event::Confidence::{Circumstantial, Strong};
use whodunit_event::Time;

/// 5145 of a file comes this many seconds before or after the record of its writing.
const SAME_WRITE: f64 = 60.0;
/// A file that was brought this many seconds before is brought to be run.
const BROUGHT_BEFORE: f64 = 600.0;

/// Whose doing a file is that the file server wrote; `None` if no other host is known to have been there.
pub(crate) fn written(graph: &Graph, write: FactId) -> Option<Cause> {
    let fact = graph.fact(write);
    let by_server = graph.subject(write).is_some_and(|s| is_server(graph, s));
    if fact.kind != Kind::FileWrite || !by_server {
        return None;
    }
    by_share(graph, write).or_else(|| by_connection(graph, write))
}

/// A file that a process runs or names on its command line, and that another host wrote here before it started.
pub(crate) fn brought(at: &At<'_>, start: Time) -> Option<FactId> {
    let writes = at.graph.around(at.process.host, Kind::FileWrite, start, BROUGHT_BEFORE, 0.0).iter().rev().copied();
    let command = at.process.command.to_lowercase().replace('/', "\\");
    let image = path::key(&at.process.image);
    let named = |file: &str| {
        let key = path::key(file);
        // Whoever loads a library may leave out its ending.
        let bare = key.strip_suffix(".dll").unwrap_or(&key);
        path::has_folder(&key) && (image == key || command.contains(bare))
    };
    writes.into_iter().find(|f| named(at.graph.fact(*f).object) && written(at.graph, *f).is_some())
}

fn is_server(graph: &Graph, process: ProcessId) -> bool {
    graph.process(process).image.eq_ignore_ascii_case("system")
}

fn by_share(graph: &Graph, write: FactId) -> Option<Cause> {
    let (fact, host) = (graph.fact(write), graph.host_of(write));
    let key = path::key(fact.object);
    let near = graph.around(host, Kind::Share, fact.time?, SAME_WRITE, SAME_WRITE).iter().copied();
    let id =
        near.into_iter().find(|s| signs::is_elsewhere(graph, host, *s) && path::key(graph.fact(*s).object) == key)?;
    let share = graph.fact(id);
    let session = graph.sessions.of_logon(host, share.logon, share.time);
    let session = session.filter(|s| graph.sessions.all[*s as usize].remote);
    let (node, who) = match session {
        Some(id) => (super::Node::Session(id), graph.sessions.all[id as usize].name()),
        None => (signs::from(share.account, share.address), format!("{} from {}", share.account, share.address)),
    };
    let text = format!("{who} wrote {} through the file server (SMB)", fact.object);
    let facts = [write, id].into_iter().chain(session.map(|s| graph.sessions.all[s as usize].fact));
    Some(Cause::new(Edge::Remote, node, Strong, text).at(fact.time).on(facts))
}

fn by_connection(graph: &Graph, write: FactId) -> Option<Cause> {
    let (fact, host) = (graph.fact(write), graph.host_of(write));
    let time = fact.time.filter(|t| !signs::reaches_itself(graph, host, *t))?;
    let id = signs::orders(graph, host, time, signs::CONNECTED_BEFORE).find(|c| graph.fact(*c).number == 445)?;
    let address = graph.fact(id).address;
    let text = format!("the file server wrote {} while {address} was connected to it (SMB)", fact.object);
    Some(Cause::new(Edge::Remote, signs::from("", address), Circumstantial, text).at(fact.time).on([write, id]))
}
