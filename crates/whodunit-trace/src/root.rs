//! What counts as the root.
//!
//! The root is the deepest cause on the chain that has a name of its own and evidence:
//!
//! * An item (task, service, Run key …) that started the process is the root of what runs now. Who made the item is
//!   reported beside it, not in its place: the item survives its maker, and removing the maker changes nothing.
//! * Except where another host made the item and it ran within [`SAME_MINUTES`]: then it was only the tool by which a
//!   remote session ran something once (PsExec, atexec and their like). The session is the root, the item a step.
//! * Where nothing more is known the root is `unknown`. Its name is that of the earliest process of the chain: not the
//!   cause, but where the evidence ends.
//! * Infrastructure (schedulers, service managers, desktops, WMI, shells of the system) is never the root.
//! * A root is as sure as the weakest step on the way to it.

use crate::command;
use crate::edges::{Cause, Node};
use crate::entries::EntryId;
use crate::graph::Graph;
use crate::names;
use crate::processes::ProcessId;
use crate::sessions::SessionId;
use crate::story::{Alternative, Root, Step};
use crate::walk::Chain;
use whodunit_event::{Confidence, Time};

/// An item that ran within this many seconds of its making was made to run once.
const SAME_MINUTES: f64 = 300.0;

/// Where a walk ended.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ending {
    pub(crate) kind: String,
    pub(crate) name: Option<String>,
    pub(crate) file: Option<String>,
    pub(crate) command: Option<String>,
    pub(crate) why: String,
}

impl Ending {
    pub(crate) fn unknown(why: String) -> Self {
        Self { kind: "unknown".to_owned(), why, ..Self::default() }
    }
}

/// The makers of an item that lie beyond it: only a remote session that made it to run it at once.
pub(crate) fn beyond_item(graph: &Graph, id: EntryId, effect: Time, makers: Vec<Cause>) -> Vec<Cause> {
    let entry = graph.entry(id);
    let at_once = entry.since.is_some_and(|made| effect.since(made) <= SAME_MINUTES);
    if !at_once || !matches!(entry.item.category, "service" | "scheduled-task") {
        return Vec::new();
    }
    let remote = |node: &Node| match node {
        Node::Session(session) => graph.sessions.all[*session as usize].remote,
        Node::End("remote_session", _) => true,
        _ => false,
    };
    // A process of this host that made it speaks against the mere nearness of a connection.
    let local = makers.iter().find(|m| matches!(m.node, Node::Process(_))).map(|m| m.confidence);
    makers.into_iter().filter(|m| remote(&m.node) && local.is_none_or(|l| m.confidence > l)).collect()
}

/// An item at the end of a chain; of several commands the one that `process`, which it started, runs.
pub(crate) fn of_entry(graph: &Graph, id: EntryId, process: Option<ProcessId>) -> Ending {
    let entry = graph.entry(id);
    let process = process.map(|p| graph.process(p));
    let runs = |c: &&String| process.is_some_and(|p| command::fits(c, &p.image, &p.command).is_some());
    let command = entry.item.command.iter().find(runs).or(entry.item.command.first()).cloned();
    let mut why = Vec::new();
    match entry.since {
        Some(since) => why.push(format!("it existed before, since {since}")),
        None => why.push("when it was made is not recorded".to_owned()),
    }
    if let Some(trigger) = &entry.item.trigger {
        why.push(trigger.clone());
    }
    if entry.hidden {
        why.push("hidden".to_owned());
    }
    let target = entry.item.target.as_ref().map(|t| t.path.clone()).filter(|p| !p.is_empty());
    Ending {
        kind: entry.item.category.to_owned(),
        name: Some(entry.item.name.clone()),
        file: command.as_ref().and_then(|c| file_of(c)).or(target),
        command,
        why: why.join("; "),
    }
}

/// The file of an item's command line; a script text that a subscription holds is none.
fn file_of(command: &str) -> Option<String> {
    let file = command::runs_file("", command);
    let one_word = !file.is_empty() && !command.trim().contains(char::is_whitespace);
    let is_name = command::is_file_name(&file) || one_word;
    is_name.then_some(file)
}

pub(crate) fn of_session(graph: &Graph, id: SessionId) -> Ending {
    let session = &graph.sessions.all[id as usize];
    let kind = if session.remote { "remote_session" } else { "logon" };
    Ending {
        kind: kind.to_owned(),
        name: Some(session.name()),
        why: format!("a {} from {} gave the order", session.way(), session.source()),
        ..Ending::default()
    }
}

pub(crate) fn of_end(kind: &str, name: Option<String>) -> Ending {
    let why = match kind {
        "user_action" => "a person at the desktop started it, and nothing on record that starts by itself fits",
        "exploit" => {
            "a server has no business starting a shell: a request made it do so; the request itself is not in these logs"
        }
        "remote_session" => "the order came from another host; whose session it was is not recorded",
        "unknown" => "the record names no process, session or item of this host that could have made it",
        _ => "its starter says what kind of thing it was; no record names it",
    };
    Ending { kind: kind.to_owned(), name, why: why.to_owned(), ..Ending::default() }
}

/// The root of a chain, with the file and command of its last process where the ending itself names none.
pub(crate) fn of(graph: &Graph, chain: &Chain) -> Root {
    let ending = &chain.ending;
    // A BITS job has the service fetch: that is nothing it runs.
    let fetches = |image: &str| ending.kind == "bits-job" && names::is_file(image, &["svchost.exe"]);
    let last = chain.processes.last().map(|p| graph.process(*p));
    let last = last.filter(|p| ending.kind != "none" && !fetches(&p.image));
    let text = |t: &str| (!t.is_empty()).then(|| t.to_owned());
    let file_of = if ending.kind == "user_action" { command::opens } else { command::runs_file };
    let file = last.and_then(|p| text(&file_of(&p.image, &p.command)));
    let evidence: Vec<_> = chain.steps.last().map_or(Vec::new(), |s| s.evidence.clone());
    Root {
        kind: ending.kind.clone(),
        name: ending.name.clone(),
        file: ending.file.clone().or(file),
        command: ending.command.clone().or_else(|| last.and_then(|p| text(&p.command))),
        confidence: confidence(chain),
        why: why(chain),
        evidence,
        alternatives: alternatives(&chain.steps),
    }
}

/// The weakest step's.
pub(crate) fn confidence(chain: &Chain) -> Confidence {
    match chain.ending.kind.as_str() {
        "unknown" => Confidence::Unknown,
        _ => chain.steps.iter().map(|s| s.confidence).min().unwrap_or(Confidence::Unknown),
    }
}

fn why(chain: &Chain) -> String {
    match chain.steps.last().filter(|_| chain.ending.kind != "unknown" && chain.steps.len() > 1) {
        Some(step) => format!("{}; {}", step.text, chain.ending.why),
        None => chain.ending.why.clone(),
    }
}

/// The other explanations along the way, the last step's first.
fn alternatives(steps: &[Step]) -> Vec<Alternative> {
    let mut all: Vec<Alternative> = Vec::new();
    for alternative in steps.iter().rev().flat_map(|s| &s.alternatives) {
        if !all.contains(alternative) && all.len() < 8 {
            all.push(alternative.clone());
        }
    }
    all
}
