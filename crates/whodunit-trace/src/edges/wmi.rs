//! WMI (Windows): subscriptions and local callers.
//!
//! Evidence: events 19 to 21 and 5861 (filter, consumer, binding); children of WmiPrvSE and scrcons; on the same host a
//! program that asked WMI for this very program just before (`wmic process call create`, `Invoke-WmiMethod`).
//! Claims: the subscription, or the caller, started the process.
//! Sure: `strong` where the consumer's command line is the process's, or the caller named it; a child of scrcons, or
//! scrcons itself, is a subscription's doing: `strong` if only one script consumer is known, else `circumstantial`.

use super::{At, Cause, Node, making, words};
use crate::entries::EntryId;
use crate::fact::Kind;
use crate::names::{self, Dispatcher};
use crate::path;
use crate::processes::{FactId, SAME_START};
use crate::story::Edge;
use whodunit_event::Confidence::{self, Circumstantial, Strong};

/// A caller started at most this many seconds before.
const CALLED: f64 = 15.0;
/// Words of a command line that asks WMI to start something.
const CALLS: [&str; 5] = ["process call create", "win32_process", "wmimethod", "cimmethod", "wmiexec"];

pub(crate) fn causes(at: &At<'_>) -> Vec<Cause> {
    let runs_scripts = names::is_file(&at.process.image, &["scrcons.exe"]);
    if runs_scripts || at.dispatcher() == Some(Dispatcher::WmiScript) {
        return scripts(at);
    }
    if at.dispatcher() != Some(Dispatcher::Wmi) {
        return Vec::new();
    }
    let mut causes = consumers(at);
    causes.extend(local_caller(at));
    causes
}

fn cause(at: &At<'_>, entry: EntryId, confidence: Confidence) -> Cause {
    let consumer = at.graph.entry(entry);
    let text = format!("the WMI subscription {} started {}", consumer.item.name, words(at.graph, at.id));
    let made = making(at.graph, consumer, at.process.start);
    let facts = made.into_iter().chain(at.process.starts.iter().copied());
    Cause::new(Edge::Item, Node::Entry(entry), confidence, text).at(at.process.start).on(facts).weighing(10)
}

fn consumers(at: &At<'_>) -> Vec<Cause> {
    let entries = at.graph.entries.of(at.process.host, "wmi-subscription");
    let fitting = entries.filter(|e| at.explained_by(at.graph.entry(*e)));
    let causes: Vec<Cause> = fitting.filter_map(|e| Some(cause(at, e, at.fits(at.graph.entry(e))?))).collect();
    let most = if causes.len() > 1 { Circumstantial } else { Strong };
    causes.into_iter().map(|cause| cause.at_most(most)).collect()
}

fn scripts(at: &At<'_>) -> Vec<Cause> {
    let entries = at.graph.entries.of(at.process.host, "wmi-subscription");
    let known: Vec<EntryId> = entries.filter(|e| at.explained_by(at.graph.entry(*e))).collect();
    let confidence = if known.len() == 1 { Strong } else { Circumstantial };
    if !known.is_empty() {
        return known.into_iter().map(|e| cause(at, e, confidence)).collect();
    }
    let text = format!("a script of a WMI subscription started {}; no record names it", words(at.graph, at.id));
    let node = Node::End("wmi-subscription", None);
    vec![Cause::new(Edge::Item, node, Strong, text).at(at.process.start).on(at.process.starts.iter().copied())]
}

fn local_caller(at: &At<'_>) -> Option<Cause> {
    let start = at.process.start?;
    let calls = |fact: &FactId| {
        let command = at.graph.fact(*fact).subject.command.to_lowercase();
        let name = path::file_name(&at.process.image).to_lowercase();
        let stem = name.strip_suffix(".exe").unwrap_or(&name);
        CALLS.iter().any(|c| command.contains(c))
            && !stem.is_empty()
            && command.contains(stem)
            && !command.contains("/node")
    };
    let near = at.graph.around(at.process.host, Kind::Start, start, CALLED, SAME_START);
    let fact = near.iter().rev().copied().find(|f| at.graph.subject(*f) != Some(at.id) && calls(f))?;
    let caller = at.graph.subject(fact)?;
    let text = format!("{} asked WMI to start {}", words(at.graph, caller), words(at.graph, at.id));
    let facts = std::iter::once(fact).chain(at.process.starts.iter().copied());
    Some(
        Cause::new(Edge::Parent, Node::Process(caller), Strong, text)
            .at(at.graph.fact(fact).time)
            .on(facts)
            .weighing(5),
    )
}
