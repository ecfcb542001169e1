//! BITS jobs (Windows).
//!
//! Evidence: Bits-Client 3 and 59; children of `svchost -s BITS` (a job's command when it ends).
//! Claims: the job started the process.
//! Sure: `strong` where one job is known, `circumstantial` where several are.

use super::{At, Cause, Launcher, Node, words};
use crate::entries::EntryId;
use crate::names;
use crate::story::Edge;
use whodunit_event::Confidence::{Circumstantial, Strong};

pub(crate) fn causes(at: &At<'_>) -> Vec<Cause> {
    let Launcher::Dispatcher(parent, _) = at.launcher else { return Vec::new() };
    let service = names::service_of_svchost(&at.graph.process(parent).command);
    if !service.is_some_and(|s| s.eq_ignore_ascii_case("bits")) {
        return Vec::new();
    }
    let entries = at.graph.entries.of(at.process.host, "bits-job");
    let jobs: Vec<EntryId> = entries.filter(|e| at.explained_by(at.graph.entry(*e))).collect();
    let confidence = if jobs.len() == 1 { Strong } else { Circumstantial };
    let started = words(at.graph, at.id);
    let new = |node, text| {
        Cause::new(Edge::Item, node, confidence, text).at(at.process.start).on(at.process.starts.iter().copied())
    };
    if jobs.is_empty() {
        let text = format!("a BITS job started {started}; no record names it");
        return vec![Cause { confidence: Strong, ..new(Node::End("bits-job", None), text) }];
    }
    let name = |e: EntryId| &at.graph.entry(e).item.name;
    jobs.iter().map(|e| new(Node::Entry(*e), format!("the BITS job {} started {started}", name(*e)))).collect()
}
