//! What can have caused a process: one file for each kind of edge, one line for each in [`STAGES`].
//!
//! Every file has the same parts: what evidence it reads, what it claims, how sure it is; then `causes`.
//!
//! | stage | edges | when it is asked |
//! |---|---|---|
//! | taken over | [`injection`] | always: foreign code in a process ends what its own start says |
//! | in another's place | [`spoof`], [`hijack`] | always: the stated parent, or who asked for another program, did not ask for this one |
//! | server | [`exploit`] | a program that answers requests put code into another |
//! | planted | [`load`] | a program that only starts others loaded a planted module just before |
//! | brought in | [`module`] | a module that an item names was loaded just before |
//! | for another | [`bits`] | a hit on a service that fetches for whoever asks |
//! | not its own doing | [`load`], [`access`], [`time`] | a hit on a quiet program of the system whose own start explains nothing |
//! | joins | [`task`], [`service`], [`autostart`], [`wmi`], [`bits`], [`remote`], [`linux`], [`com`], [`shell`], [`desktop`] | a program that only starts others started it, or nobody knows who did |
//! | exploit | [`exploit`] | a program that answers requests started it |
//! | parent | [`parent`] | another program started it |
//! | orphan | [`write`], [`session`], [`load`], [`access`], [`time`] | nobody knows who started it |
//!
//! Several edges ask [`signs`] (what other hosts did just before), [`smb`] (files that they wrote here) and [`rdp`]
//! (desktops that they use).
//!
//! The first stage that knows a cause decides; its surest cause is taken, the others are alternatives.

pub(crate) mod access;
pub(crate) mod autostart;
pub(crate) mod bits;
pub(crate) mod com;
pub(crate) mod desktop;
pub(crate) mod dns;
pub(crate) mod exploit;
pub(crate) mod hijack;
pub(crate) mod injection;
pub(crate) mod linux;
pub(crate) mod load;
pub(crate) mod maker;
pub(crate) mod module;
pub(crate) mod parent;
pub(crate) mod rank;
pub(crate) mod rdp;
pub(crate) mod remote;
pub(crate) mod service;
pub(crate) mod session;
pub(crate) mod shell;
pub(crate) mod signs;
pub(crate) mod smb;
pub(crate) mod spoof;
pub(crate) mod task;
pub(crate) mod time;
pub(crate) mod wmi;
pub(crate) mod write;

use crate::entries::{About, Entry, EntryId};
use crate::graph::Graph;
use crate::names::{self, Dispatcher};
use crate::processes::{FactId, Process, ProcessId, SAME_START};
use crate::sessions::SessionId;
use crate::story::Edge;
use crate::{command, path};
use whodunit_event::{Confidence, Origin, Time};

/// At most this many records bear out one cause.
const FACTS: usize = 20;

/// Where the walk stands or goes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Node {
    Process(ProcessId),
    Entry(EntryId),
    Session(SessionId),
    /// The walk ends here, with this kind of root and its name.
    End(&'static str, Option<String>),
}

/// One possible cause.
#[derive(Clone, Debug)]
pub(crate) struct Cause {
    pub(crate) edge: Edge,
    pub(crate) node: Node,
    pub(crate) confidence: Confidence,
    pub(crate) time: Option<Time>,
    pub(crate) text: String,
    pub(crate) facts: Vec<FactId>,
    /// Orders causes of one confidence: more is better.
    pub(crate) weight: i32,
}

impl Cause {
    pub(crate) fn new(edge: Edge, node: Node, confidence: Confidence, text: String) -> Self {
        Self { edge, node, confidence, time: None, text, facts: Vec::new(), weight: 0 }
    }

    pub(crate) fn at(self, time: Option<Time>) -> Self {
        Self { time, ..self }
    }

    pub(crate) fn on(self, facts: impl IntoIterator<Item = FactId>) -> Self {
        Self { facts: facts.into_iter().collect(), ..self }
    }

    pub(crate) fn weighing(self, weight: i32) -> Self {
        Self { weight, ..self }
    }

    /// The same, no surer than `most`.
    pub(crate) fn at_most(self, most: Confidence) -> Self {
        Self { confidence: self.confidence.min(most), ..self }
    }

    /// Adds records that say the same.
    fn bear_out(&mut self, facts: &[FactId]) {
        for fact in facts {
            if self.facts.len() < FACTS && !self.facts.contains(fact) {
                self.facts.push(*fact);
            }
        }
    }
}

/// Who started a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Launcher {
    /// Nobody knows.
    Unknown,
    /// A program with a will of its own, or a dispatcher that was taken over.
    Program(ProcessId),
    /// A program that answers requests from outside.
    Server(ProcessId),
    /// A program that only starts others.
    Dispatcher(ProcessId, Dispatcher),
}

/// The process whose cause is sought.
#[derive(Clone, Copy)]
pub(crate) struct At<'a> {
    pub(crate) graph: &'a Graph,
    pub(crate) id: ProcessId,
    pub(crate) process: &'a Process,
    /// When it did what is to be explained: the hit's time, or the start of the process it started.
    pub(crate) effect: Time,
    pub(crate) launcher: Launcher,
    /// True for the process of the hit itself, where the hit is something it did.
    pub(crate) is_hit: bool,
}

impl<'a> At<'a> {
    pub(crate) fn new(graph: &'a Graph, id: ProcessId, effect: Time, is_hit: bool) -> Self {
        let process = graph.process(id);
        let launcher = launcher(graph, process);
        Self { graph, id, process, effect, launcher, is_hit }
    }

    /// The dispatcher that started it.
    pub(crate) fn dispatcher(&self) -> Option<Dispatcher> {
        match self.launcher {
            Launcher::Dispatcher(_, dispatcher) => Some(dispatcher),
            _ => None,
        }
    }

    /// True if one of these dispatchers started it, or nobody knows who did.
    pub(crate) fn may_be_from(&self, dispatchers: &[Dispatcher]) -> bool {
        self.launcher == Launcher::Unknown || self.dispatcher().is_some_and(|d| dispatchers.contains(&d))
    }

    /// The dispatcher's process in words: `services.exe (620)`.
    pub(crate) fn dispatcher_words(&self) -> String {
        match self.launcher {
            Launcher::Dispatcher(id, _) => words(self.graph, id),
            _ => "an unrecorded parent".to_owned(),
        }
    }

    /// Whether an entry existed before the process started and is not the process's own work.
    pub(crate) fn explained_by(&self, entry: &Entry) -> bool {
        let before = |time: Time| self.process.start.is_none_or(|start| time.since(start) <= SAME_START);
        let removed_before = entry.gone.iter().filter_map(|g| self.graph.fact(*g).time).any(|gone| {
            self.process.start.is_some_and(|start| start.since(gone) > SAME_START)
                && entry.since.is_none_or(|since| since <= gone)
                && !entry.made.iter().any(|m| self.graph.fact(*m).time.is_some_and(|t| t > gone && before(t)))
        });
        entry.since.is_none_or(before) && !removed_before && !self.made(entry)
    }

    /// Whether the process or one of its descendants made an entry.
    fn made(&self, entry: &Entry) -> bool {
        let makers = entry.made.iter().filter_map(|fact| self.graph.subject(*fact));
        makers.filter(|maker| is_descendant(self.graph, *maker, self.id)).any(|_| true)
    }

    /// How well the process fits one of an entry's command lines.
    pub(crate) fn fits(&self, entry: &Entry) -> Option<Confidence> {
        let process = self.process;
        entry.item.command.iter().filter_map(|c| command::fits(c, &process.image, &process.command)).max()
    }
}

/// Whether a process is `ancestor` or was started by it, however many steps away.
pub(crate) fn is_descendant(graph: &Graph, mut process: ProcessId, ancestor: ProcessId) -> bool {
    for _ in 0..64 {
        if process == ancestor {
            return true;
        }
        match graph.process(process).parent {
            Some((parent, _)) => process = parent,
            None => return false,
        }
    }
    false
}

/// Who started a process. A dispatcher that was taken over before, or that no system started, acts for itself.
pub(crate) fn launcher(graph: &Graph, process: &Process) -> Launcher {
    let Some((id, _)) = process.parent else { return Launcher::Unknown };
    let parent = graph.process(id);
    if parent.image.is_empty() && parent.parent.is_none() {
        return Launcher::Unknown;
    }
    if let Some(dispatcher) = genuine_dispatcher(graph, id) {
        let start = process.start.or(process.first);
        let taken = |start| injection::was_taken_over(graph, id, start) || load::was_taken_over(graph, id, start);
        let taken = start.is_some_and(taken);
        return if taken { Launcher::Program(id) } else { Launcher::Dispatcher(id, dispatcher) };
    }
    if names::is_server(&parent.image) {
        return Launcher::Server(id);
    }
    Launcher::Program(id)
}

/// What a process dispatches, if it is what its name says: a svchost or services.exe of an ordinary program is none.
pub(crate) fn genuine_dispatcher(graph: &Graph, id: ProcessId) -> Option<Dispatcher> {
    let process = graph.process(id);
    let dispatcher = names::dispatcher(&process.image, &process.command)?;
    let Some((parent, _)) = process.parent else { return Some(dispatcher) };
    let parent = graph.process(parent);
    let by_system = parent.image.is_empty()
        || names::dispatcher(&parent.image, &parent.command).is_some()
        || dispatcher != Dispatcher::Svchost && names::in_system(&parent.image) && !names::is_shell(&parent.image)
        || process.image.starts_with('/');
    by_system.then_some(dispatcher)
}

/// A process in words: `explorer.exe (23468)`.
pub(crate) fn words(graph: &Graph, id: ProcessId) -> String {
    let process = graph.process(id);
    let name = match path::file_name(&process.image) {
        "" => "a process without a name",
        name => name,
    };
    match process.pid {
        0 => name.to_owned(),
        pid => format!("{name} ({pid})"),
    }
}

/// Where facts stand.
pub(crate) fn origins(graph: &Graph, facts: &[FactId]) -> Vec<Origin> {
    let mut origins: Vec<Origin> = facts.iter().map(|f| graph.fact(*f).origin()).collect();
    origins.dedup();
    origins
}

/// Records that speak of an entry: its making, nearest before `time`, and where it is defined.
pub(crate) fn making(graph: &Graph, entry: &Entry, time: Option<Time>) -> Option<FactId> {
    let before = |id: &&FactId| match (graph.fact(**id).time, time) {
        (Some(made), Some(time)) => made.since(time) <= SAME_START,
        _ => true,
    };
    entry.made.iter().rev().find(before).copied()
}

/// What a fact tells of an entry, for the edges that look for runs.
pub(crate) fn entry_of(graph: &Graph, fact: FactId) -> Option<EntryId> {
    let (record, host) = (graph.fact(fact), graph.host_of(fact));
    let said = crate::entries::said(&record).filter(|s| s.what != About::Gone)?;
    graph.entries.named(host, said.category, &said.name)
}

/// A find of causes.
type Find = fn(&At<'_>) -> Vec<Cause>;

/// When a stage is asked.
type When = fn(&At<'_>) -> bool;

/// The stages in order; see this module's table.
const STAGES: [(When, &[Find]); 11] = [
    (|_| true, &[injection::causes]),
    (|_| true, &[spoof::causes, hijack::causes]),
    (|at| names::is_server(&at.process.image), &[exploit::injected]),
    (dispatches, &[load::taken_over]),
    (|_| true, &[module::causes]),
    (|at| at.is_hit, &[bits::transfers]),
    (is_used, &[load::causes, access::causes, time::causes]),
    (
        |at| matches!(at.launcher, Launcher::Unknown | Launcher::Dispatcher(..)),
        &[
            task::causes,
            service::causes,
            autostart::causes,
            wmi::causes,
            bits::causes,
            remote::causes,
            linux::causes,
            com::causes,
            shell::causes,
            desktop::causes,
        ],
    ),
    (|at| matches!(at.launcher, Launcher::Server(_)), &[exploit::causes]),
    (|at| matches!(at.launcher, Launcher::Program(_) | Launcher::Server(_)), &[parent::causes]),
    (
        |at| at.launcher == Launcher::Unknown,
        &[write::causes, session::causes, load::causes, access::causes, time::causes],
    ),
];

/// A program that only starts others; the walk reaches one only where it acts for somebody.
fn dispatches(at: &At<'_>) -> bool {
    names::dispatcher(&at.process.image, &at.process.command).is_some()
}

/// A quiet program of the system that the system itself started: what it did at the hit is likely another's doing.
fn is_used(at: &At<'_>) -> bool {
    let by_system = matches!(at.launcher, Launcher::Unknown | Launcher::Dispatcher(..));
    at.is_hit && by_system && names::is_quiet(&at.process.image)
}

/// Each cause once: what else leads to the same node is no other explanation, it bears the first one out.
fn one_each(found: Vec<Cause>) -> Vec<Cause> {
    let mut causes: Vec<Cause> = Vec::new();
    for cause in found {
        match causes.iter_mut().find(|c| c.node == cause.node) {
            Some(known) => known.bear_out(&cause.facts),
            None => causes.push(cause),
        }
    }
    causes
}

/// The causes of a process: those of the first stage that knows any, the surest first.
pub(crate) fn causes(at: &At<'_>) -> Vec<Cause> {
    for (when, finds) in STAGES {
        if !when(at) {
            continue;
        }
        let mut found: Vec<Cause> = finds.iter().flat_map(|find| find(at)).collect();
        if !found.is_empty() {
            found.sort_by_key(|c| std::cmp::Reverse((c.confidence, c.weight)));
            return one_each(found);
        }
    }
    Vec::new()
}
