//! Who made an item.
//!
//! Evidence: 4697, 4698, 4702 (SubjectLogonId, client process), registry values and files written (13, 11),
//! `schtasks /create`, `sc create`, `reg add`; just before its making a share, pipe or connection through which other
//! hosts make tasks and services.
//! Claims: that process or session made the item.
//! Sure: `certain` by client process; `strong` by LogonId, by a writer or a command line, or by a pipe or share that
//! serves it; `circumstantial` by a remote logon or connection alone.

use super::{Node, signs, words};
use crate::entries::{Entry, EntryId};
use crate::fact::Kind;
use crate::graph::Graph;
use crate::names;
use crate::processes::{FactId, ProcessId, SAME_START};
use crate::story::Edge;
use whodunit_event::{Confidence, Time};

use super::Cause;

/// Who made an entry, the surest first; `before` bounds the makings that count.
pub(crate) fn causes(graph: &Graph, id: EntryId, before: Option<Time>) -> Vec<Cause> {
    let entry = graph.entry(id);
    let counts = |fact: &FactId| match (graph.fact(*fact).time, before) {
        (Some(made), Some(before)) => made.since(before) <= SAME_START,
        _ => true,
    };
    let makings: Vec<FactId> = entry.made.iter().copied().filter(counts).collect();
    let mut causes: Vec<Cause> = makings.iter().filter_map(|fact| by_session(graph, entry, *fact)).collect();
    causes.extend(makings.iter().filter_map(|fact| by_process(graph, entry, *fact)));
    causes.extend(makings.first().and_then(|fact| by_order(graph, entry, *fact)));
    causes.sort_by_key(|c| std::cmp::Reverse((c.confidence, c.weight)));
    causes
}

/// The record carries the LogonId of a remote session.
fn by_session(graph: &Graph, entry: &Entry, id: FactId) -> Option<Cause> {
    let (fact, host) = (graph.fact(id), graph.host_of(id));
    let logon = if fact.kind == Kind::Start { graph.process(graph.subject(id)?).logon } else { fact.logon };
    let session = graph.sessions.of_logon(host, logon, fact.time)?;
    let s = &graph.sessions.all[session as usize];
    if !s.remote {
        return None;
    }
    let text = format!("the session of {} ({}) made {}", s.name(), s.way(), entry.item.name);
    let cause = Cause::new(Edge::Remote, Node::Session(session), Confidence::Strong, text);
    Some(cause.at(fact.time).on([id, s.fact]).weighing(10))
}

/// The process that wrote it; the service manager and the scheduler only write what others tell them.
fn by_process(graph: &Graph, entry: &Entry, id: FactId) -> Option<Cause> {
    let fact = graph.fact(id);
    let process = graph.subject(id).filter(|p| is_maker(graph, *p))?;
    if matches!(fact.kind, Kind::TaskProcess | Kind::TaskAction) {
        return None;
    }
    let by_key = fact.kind == Kind::TaskMade && fact.number != 0 && graph.process(process).guid.key() == fact.number;
    let confidence = if by_key { Confidence::Certain } else { Confidence::Strong };
    let text = format!("{} made {}", words(graph, process), entry.item.name);
    Some(Cause::new(Edge::Maker, Node::Process(process), confidence, text).at(fact.time).on([id]).weighing(5))
}

fn is_maker(graph: &Graph, id: ProcessId) -> bool {
    let process = graph.process(id);
    !process.image.is_empty() && !names::is_file(&process.image, &["services.exe", "svchost.exe", "system"])
}

/// Services and tasks are made from other hosts through pipes and shares.
fn by_order(graph: &Graph, entry: &Entry, id: FactId) -> Option<Cause> {
    if !matches!(entry.item.category, "service" | "scheduled-task") {
        return None;
    }
    let (fact, host) = (graph.fact(id), graph.host_of(id));
    let origin = signs::before(graph, host, fact.time?, "")?;
    let text = format!("{} was made just after {}", entry.item.name, origin.text);
    let facts = std::iter::once(id).chain(origin.facts);
    Some(Cause::new(Edge::Remote, origin.node, origin.confidence, text).at(origin.time).on(facts))
}
