//! The walk from a hit to its root: cause by cause, until something that starts by itself, a session, a person or the
//! end of the evidence.

use crate::edges::{self, At, Cause, Launcher, Node, maker, signs, smb};
use crate::entries::EntryId;
use crate::graph::Graph;
use crate::names::{self, Dispatcher};
use crate::path;
use crate::processes::{FactId, Known, ProcessId};
use crate::root::{self, Ending};
use crate::story::{Alternative, Edge, Step, StoryProcess};
use std::collections::HashSet;
use whodunit_event::persist::Item;
use whodunit_event::{Confidence, Time};

/// A chain longer than this is a circle that the evidence does not show as one.
const LONGEST: usize = 64;
/// At most this many other explanations for a step.
const ALTERNATIVES: usize = 6;

/// Where a walk begins.
#[derive(Clone, Debug)]
pub(crate) struct Begin {
    pub(crate) node: Node,
    pub(crate) time: Time,
    pub(crate) text: String,
    pub(crate) facts: Vec<FactId>,
    pub(crate) confidence: Confidence,
    /// True if what is to be explained is something that the process did, not that it started.
    pub(crate) is_deed: bool,
}

/// A walk that reached its end.
#[derive(Clone, Debug)]
pub(crate) struct Chain {
    pub(crate) steps: Vec<Step>,
    pub(crate) ending: Ending,
    /// Processes on the chain, the hit's first.
    pub(crate) processes: Vec<ProcessId>,
    /// The item on the chain.
    pub(crate) entry: Option<EntryId>,
    pub(crate) session: Option<crate::sessions::SessionId>,
}

struct Walk<'a> {
    graph: &'a Graph,
    chain: Chain,
    visited: HashSet<Node>,
}

/// Walks from a hit to its root.
pub(crate) fn walk(graph: &Graph, begin: &Begin) -> Chain {
    let chain = Chain {
        steps: Vec::new(),
        ending: Ending::unknown("the evidence names no process".to_owned()),
        processes: Vec::new(),
        entry: None,
        session: None,
    };
    let mut walk = Walk { graph, chain, visited: HashSet::new() };
    let first = Cause::new(Edge::Hit, begin.node.clone(), begin.confidence, begin.text.clone());
    walk.push(&first.at(Some(begin.time)).on(begin.facts.iter().copied()), &[]);
    walk.run(begin);
    walk.chain
}

impl Walk<'_> {
    fn run(&mut self, begin: &Begin) {
        let (mut node, mut effect) = (begin.node.clone(), begin.time);
        for round in 0..LONGEST {
            if !self.visited.insert(node.clone()) {
                self.cut_circle(&node);
                self.end(&node, effect);
                self.chain.ending.why += "; what might have caused it goes in a circle back to it";
                return;
            }
            let accepted = begin.facts.first().filter(|_| round == 0 && self.serves(&node));
            let accepted: Vec<Cause> = accepted.and_then(|f| from_elsewhere(self.graph, *f)).into_iter().collect();
            let causes = match accepted.is_empty() {
                true => self.causes(&node, effect, round == 0, begin.is_deed),
                false => accepted,
            };
            let Some(next) = causes.first().cloned() else { return self.end(&node, effect) };
            self.push(&next, &causes[1..]);
            effect = next.time.unwrap_or_else(|| self.effect_of(&node, effect));
            node = next.node;
        }
    }

    /// What leads back to where the walk had been explains nothing: the walk ends where it came by first.
    fn cut_circle(&mut self, node: &Node) {
        let Node::Process(id) = node else { return };
        let Some(first) = self.chain.processes.iter().position(|p| p == id) else { return };
        let of_processes = self.chain.steps.iter().enumerate().filter(|(_, step)| step.process.is_some());
        if let Some(at) = of_processes.map(|(at, _)| at).nth(first) {
            self.chain.steps.truncate(at + 1);
            self.chain.processes.truncate(first + 1);
        }
    }

    /// The causes of a node. An item is a root, unless it is the hit itself or was made and started from elsewhere.
    fn causes(&self, node: &Node, effect: Time, is_hit: bool, is_deed: bool) -> Vec<Cause> {
        match node {
            Node::Process(id) => edges::causes(&At::new(self.graph, *id, effect, is_hit && is_deed)),
            Node::Entry(id) => {
                let makers = maker::causes(self.graph, *id, (!is_hit).then_some(effect));
                if is_hit { makers } else { root::beyond_item(self.graph, *id, effect, makers) }
            }
            Node::Session(_) | Node::End(..) => Vec::new(),
        }
    }

    /// Whether a process accepts connections because it is there for them: the kernel and programs of the system.
    fn serves(&self, node: &Node) -> bool {
        let Node::Process(id) = node else { return false };
        let image = &self.graph.process(*id).image;
        names::in_system(image) && (names::is_quiet(image) || names::dispatcher(image, "").is_some())
    }

    /// What the cause of a process has to come before: its start. Records of its deeds may bear an earlier time: their
    /// clock is another's.
    fn effect_of(&self, node: &Node, effect: Time) -> Time {
        match node {
            Node::Process(id) => self.graph.process(*id).start.unwrap_or(effect),
            _ => effect,
        }
    }

    fn push(&mut self, cause: &Cause, others: &[Cause]) {
        match cause.node {
            Node::Process(id) => self.chain.processes.push(id),
            Node::Entry(id) => self.chain.entry = Some(id),
            Node::Session(id) => self.chain.session = Some(id),
            Node::End(..) => {}
        }
        let step = step(self.graph, cause, others);
        self.chain.steps.push(step);
    }

    fn end(&mut self, node: &Node, effect: Time) {
        if let Node::Process(id) = node {
            self.push_dispatcher(&At::new(self.graph, *id, effect, false));
        }
        self.chain.ending = match node {
            Node::Entry(id) => root::of_entry(self.graph, *id, self.chain.processes.last().copied()),
            Node::Session(id) => root::of_session(self.graph, *id),
            Node::End(kind, name) => root::of_end(kind, name.clone()),
            Node::Process(id) => Ending {
                name: self.earliest(),
                ..Ending::unknown(where_it_ends(&At::new(self.graph, *id, effect, false)))
            },
        };
    }

    /// What started the last process, though it only starts what others tell it: the last that is on record.
    fn push_dispatcher(&mut self, at: &At<'_>) {
        let Launcher::Dispatcher(id, _) = at.launcher else { return };
        let sure = at.process.parent.map_or(Confidence::Strong, |(_, sure)| sure);
        let text =
            format!("{} started {}; for whom is not recorded", at.dispatcher_words(), edges::words(at.graph, at.id));
        let cause = Cause::new(Edge::Parent, Node::Process(id), sure, text);
        let cause = cause.at(at.process.start).on(at.process.starts.iter().copied());
        self.chain.steps.push(step(self.graph, &cause, &[]));
    }

    /// The name of the earliest process of the chain that has one: where the evidence ends.
    fn earliest(&self) -> Option<String> {
        let images = self.chain.processes.iter().rev().map(|p| path::file_name(&self.graph.process(*p).image));
        images.map(str::to_owned).find(|name| !name.is_empty())
    }
}

/// What the kernel and programs of the system do only for another host: accept its connection, write its file.
fn from_elsewhere(graph: &Graph, fact: FactId) -> Option<Cause> {
    signs::accepted(graph, fact).or_else(|| smb::written(graph, fact))
}

fn step(graph: &Graph, cause: &Cause, others: &[Cause]) -> Step {
    let process = match cause.node {
        Node::Process(id) => Some(story_process(graph, id)),
        _ => None,
    };
    let item = match cause.node {
        Node::Entry(id) => Some(item(graph, id)),
        _ => None,
    };
    let mut evidence = edges::origins(graph, &cause.facts);
    if let Some(item) = &item {
        evidence.extend(item.evidence.iter().filter(|o| !evidence.contains(o)).cloned().collect::<Vec<_>>());
    }
    Step {
        time: cause.time,
        edge: cause.edge,
        text: cause.text.clone(),
        confidence: cause.confidence,
        process,
        item,
        evidence,
        alternatives: others.iter().take(ALTERNATIVES).map(|other| alternative(graph, other)).collect(),
    }
}

fn alternative(graph: &Graph, cause: &Cause) -> Alternative {
    let mut evidence = edges::origins(graph, &cause.facts);
    if let Node::Entry(id) = cause.node {
        evidence.extend(graph.entry(id).item.evidence.iter().cloned());
    }
    Alternative { text: cause.text.clone(), confidence: cause.confidence, evidence }
}

/// An entry's item, with what records add to it.
pub(crate) fn item(graph: &Graph, id: EntryId) -> Item {
    let entry = graph.entry(id);
    let mut item = entry.item.clone();
    let run = entry.runs.iter().rev().find_map(|f| graph.fact(*f).time);
    item.created = item.created.or(entry.since);
    item.last_run = item.last_run.max(run);
    let records = entry.made.iter().chain(&entry.runs).take(20);
    item.evidence.extend(records.map(|f| graph.fact(*f).origin()));
    item
}

/// A process as a story shows it.
pub(crate) fn story_process(graph: &Graph, id: ProcessId) -> StoryProcess {
    let process = graph.process(id);
    let text = |t: &str| (!t.is_empty()).then(|| t.to_owned());
    StoryProcess {
        guid: (!process.guid.is_zero()).then(|| process.guid.to_string()),
        pid: (process.pid != 0).then_some(process.pid),
        image: text(&process.image),
        command_line: text(&process.command),
        user: text(&process.user),
        start: process.start,
        start_from: match process.known {
            Known::Start => Some("event"),
            Known::Guid => process.start.map(|_| "guid"),
            Known::Pid => None,
        },
        host: None,
    }
}

/// Why nothing more can be said, and what would have said more.
fn where_it_ends(at: &At<'_>) -> String {
    let name = edges::words(at.graph, at.id);
    match at.launcher {
        Launcher::Unknown if at.process.starts.is_empty() => {
            format!("the evidence ends at {name}: its start was not recorded{}", recorder_began(at))
        }
        Launcher::Unknown => format!("the evidence ends at {name}: the record of its start names no parent"),
        Launcher::Dispatcher(_, dispatcher) => {
            format!(
                "the evidence ends at {name}: {} started it, which only starts what it is told to; {}",
                at.dispatcher_words(),
                would_tell(dispatcher)
            )
        }
        _ => format!("the evidence ends at {name}"),
    }
}

fn recorder_began(at: &At<'_>) -> String {
    let first = at.graph.of_kind(at.process.host, crate::fact::Kind::Start).first();
    let first = first.and_then(|f| at.graph.fact(*f).time);
    match (first, at.process.start) {
        (Some(first), Some(start)) if start < first => {
            format!(" (it started at {start}; the first recorded start of a process on this host is at {first})")
        }
        (None, _) => " (no start of any process is recorded on this host)".to_owned(),
        _ => String::new(),
    }
}

fn would_tell(dispatcher: Dispatcher) -> &'static str {
    match dispatcher {
        Dispatcher::Schedule | Dispatcher::Svchost => {
            "a task's definition (4698, Tasks folder) or TaskScheduler 129 and 200 would tell for whom"
        }
        Dispatcher::Services => "a service's definition (7045, 4697, the SYSTEM hive) would tell for whom",
        Dispatcher::Wmi | Dispatcher::WmiScript => {
            "no remote logon or connection and no subscription (19 to 21, 5861) is recorded that would tell for whom"
        }
        Dispatcher::WinRm | Dispatcher::RemoteService => {
            "a logon (4624) or a connection from elsewhere would tell for whom; it may be this host itself"
        }
        Dispatcher::Com => "a logon (4624) or the caller's own records would tell for whom",
        Dispatcher::Desktop | Dispatcher::Logon => "what a logon starts (Run keys, startup folder) would tell for whom",
        Dispatcher::Policy => "the policy's script list would tell which script",
        Dispatcher::Boot => "it belongs to the start of the system",
        Dispatcher::Cron => "cron's own lines in the system log would tell which job",
        Dispatcher::Systemd => "the unit's lines in the journal would tell which unit",
        Dispatcher::Sshd => "sshd's own lines in the auth log would tell from where",
    }
}
