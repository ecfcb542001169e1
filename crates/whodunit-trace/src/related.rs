//! What belongs to a root beside the chain itself: who made the item, what its processes touched, what happened when,
//! and what was not recorded.

use crate::edges::{self, Node, maker};
use crate::fact::Kind;
use crate::graph::Graph;
use crate::hosts::HostId;
use crate::names;
use crate::processes::{FactId, ProcessId};
use crate::sessions::SessionId;
use crate::store::View;
use crate::story::{Edge, Gap, Moment, Related, Root};
use crate::walk::{self, Begin, Chain};
use std::collections::HashSet;
use whodunit_event::{Confidence, Time};

/// At most this many of each kind of related facts.
const OF_A_KIND: usize = 12;
/// At most this many processes of the root's tree are looked at.
const TREE: usize = 500;
/// At most this many lines of the timeline.
const MOMENTS: usize = 100;

/// What else belongs to the root.
pub(crate) fn related(graph: &Graph, host: HostId, chain: &Chain) -> Vec<Related> {
    let mut found = makers(graph, chain);
    found.extend(chain.session.and_then(|s| source(graph, s)));
    let mut seen: HashSet<(&'static str, String)> = HashSet::new();
    let mut counts = std::collections::HashMap::<&'static str, usize>::new();
    for process in tree(graph, chain) {
        for fact in graph.done_by(process) {
            let Some((kind, value)) = touched(graph, *fact) else { continue };
            let count = counts.entry(kind).or_default();
            if *count >= OF_A_KIND || !seen.insert((kind, value.to_lowercase())) {
                continue;
            }
            *count += 1;
            let why = format!("{} {}", verb(&graph.fact(*fact)), edges::words(graph, process));
            found.push(Related { kind, value, why, evidence: edges::origins(graph, &[*fact]) });
        }
    }
    let _ = host;
    found
}

/// Who made the item on the chain, where the maker is no step itself.
fn makers(graph: &Graph, chain: &Chain) -> Vec<Related> {
    let Some(entry) = chain.entry else { return Vec::new() };
    let is_step = |text: &str| chain.steps.iter().any(|s| s.text == text);
    let makers = maker::causes(graph, entry, chain.steps.first().and_then(|s| s.time));
    let makers = makers.into_iter().filter(|m| m.confidence >= Confidence::Strong && !is_step(&m.text)).take(3);
    let mut related: Vec<Related> = Vec::new();
    for maker in makers.map(|maker| made_by(graph, maker)) {
        match related.iter_mut().find(|known| known.value == maker.value && known.why == maker.why) {
            Some(known) => known.evidence.extend(maker.evidence),
            None => related.push(maker),
        }
    }
    related
}

fn made_by(graph: &Graph, maker: edges::Cause) -> Related {
    let value = match &maker.node {
        Node::Process(id) => edges::words(graph, *id),
        Node::Session(id) => graph.sessions.all[*id as usize].name(),
        Node::End(_, name) => name.clone().unwrap_or_else(|| "another host".to_owned()),
        Node::Entry(id) => graph.entry(*id).item.name.clone(),
    };
    let further = match maker.node {
        Node::Process(id) => root_words(graph, id, maker.time),
        _ => String::new(),
    };
    Related {
        kind: "maker",
        value,
        why: format!("{}{further}", maker.text),
        evidence: edges::origins(graph, &maker.facts),
    }
}

/// The root of another process in words.
fn root_words(graph: &Graph, id: ProcessId, time: Option<Time>) -> String {
    let time = time.or(graph.process(id).start).unwrap_or(Time::new(0, 0, 0));
    let begin = Begin {
        node: Node::Process(id),
        time,
        text: String::new(),
        facts: Vec::new(),
        confidence: Confidence::Certain,
        is_deed: false,
    };
    let ending = walk::walk(graph, &begin).ending;
    match (ending.kind.as_str(), ending.name) {
        ("unknown", _) => String::new(),
        (kind, Some(name)) => format!("; its own root is {} {name}", kind.replace('_', " ")),
        (kind, None) => format!("; its own root is {}", kind.replace('_', " ")),
    }
}

/// The process on another host of the evidence from which a session came.
fn source(graph: &Graph, id: SessionId) -> Option<Related> {
    let session = &graph.sessions.all[id as usize];
    let host = graph.host_of_address(&session.address).or_else(|| graph.hosts.find(&session.workstation))?;
    if host == session.host {
        return None;
    }
    let near = graph.around(host, Kind::Network, session.start?, 30.0, 5.0).iter().rev().copied();
    let to_here = |fact: &FactId| {
        let fact = graph.fact(*fact);
        let by_name = graph.hosts.find(fact.object) == Some(session.host) && !fact.object.is_empty();
        fact.flag && (by_name || graph.host_of_address(fact.address) == Some(session.host))
    };
    let is_client = |p: &ProcessId| !names::is_file(&graph.process(*p).image, &["system", "lsass.exe", "svchost.exe"]);
    let candidates: Vec<FactId> = near.filter(to_here).collect();
    let own = candidates.iter().copied().find(|f| graph.subject(*f).is_some_and(|p| is_client(&p)));
    let fact = own.or(candidates.first().copied())?;
    let process = graph.subject(fact)?;
    let name = graph.hosts.names.get(host as usize).map_or("", |n| &**n);
    Some(Related {
        kind: "process",
        value: format!("{} on {name}", edges::words(graph, process)),
        why: format!(
            "it connected to this host as the session began{}",
            root_words(graph, process, graph.fact(fact).time)
        ),
        evidence: edges::origins(graph, &[fact]),
    })
}

/// The processes of the chain and all that they started. Of one that was taken over only itself: it had a life before.
fn tree(graph: &Graph, chain: &Chain) -> Vec<ProcessId> {
    let mut tree = chain.processes.clone();
    let mut at = 0;
    while at < tree.len() && tree.len() < TREE {
        let process = graph.process(tree[at]);
        if !names::is_quiet(&process.image) {
            tree.extend(graph.children(tree[at]).iter().filter(|c| !tree.contains(c)).copied().collect::<Vec<_>>());
        }
        at += 1;
    }
    tree
}

fn touched(graph: &Graph, id: FactId) -> Option<(&'static str, String)> {
    let fact = graph.fact(id);
    match fact.kind {
        Kind::Dns => Some(("domain", fact.object.to_string())),
        Kind::Network if fact.flag && !names::is_local_address(fact.address) => Some(("ip", fact.address.to_string())),
        Kind::FileWrite => Some(("file", fact.object.to_string())),
        Kind::Registry if fact.flag && is_item(&fact) => Some(("item", fact.object.to_string())),
        Kind::Start => Some(("process", process_line(&fact))),
        Kind::Thread => Some(("process", fact.target().map(|t| t.image.to_string())?)),
        _ => None,
    }
    .filter(|(_, value)| !value.is_empty() && !says_nothing(value))
}

/// Whether a registry value starts something, or replaces what does; a service's other values do not.
fn is_item(fact: &View<'_>) -> bool {
    crate::entries::said(fact).is_some() || names::replaces_windows(fact.object)
}

/// Files that PowerShell writes at every start to see whether scripts are allowed, and names of the host itself.
fn says_nothing(value: &str) -> bool {
    value.contains("__PSScriptPolicyTest_") || names::is_local_address(value)
}

fn process_line(fact: &View<'_>) -> String {
    if fact.subject.command.is_empty() { fact.subject.image.to_string() } else { fact.subject.command.to_string() }
}

fn verb(fact: &View<'_>) -> &'static str {
    match fact.kind {
        Kind::Dns => "asked for by",
        Kind::Network => "talked to by",
        Kind::FileWrite => "written by",
        Kind::Registry => "set by",
        Kind::Thread => "a thread put into it by",
        _ => "belongs to the tree of",
    }
}

/// One or two sentences.
pub(crate) fn answer(graph: &Graph, host: HostId, chain: &Chain, root: &Root, related: &[Related]) -> String {
    let hit = chain.steps.first().map_or("", |s| &s.text);
    let name = graph.hosts.names.get(host as usize).map_or("", |n| &**n);
    let host = if name.is_empty() { String::new() } else { format!(" on {name}") };
    let title = title(&root.kind);
    let runs = root.file.as_ref().map_or_else(String::new, |f| format!(", which runs {f}"));
    let first = match (root.kind.as_str(), &root.name) {
        ("unknown", _) => format!("{hit}{host}: the root cause is not in the evidence. {}.", upper(&root.why)),
        ("remote_session" | "user_action" | "exploit" | "logon", name) => {
            let name = name.as_ref().map_or_else(String::new, |n| format!(": {n}"));
            format!("{hit}{host}; the root cause is {title}{name} ({}).", root.confidence)
        }
        (_, Some(name)) => format!("{hit}{host}; the root cause is the {title} {name}{runs} ({}).", root.confidence),
        (_, None) => {
            format!("{hit}{host}; the root cause is a {title} that no record names{runs} ({}).", root.confidence)
        }
    };
    let first = format!("{first}{}", sharers(graph, chain));
    match related.iter().find(|r| r.kind == "maker" || r.value.contains(" on ")) {
        Some(further) => format!("{first} {}.", upper(&further.why)),
        None => first,
    }
}

/// Other items that run the same file: time and command line alone do not choose between them.
fn sharers(graph: &Graph, chain: &Chain) -> String {
    let Some(entry) = chain.entry.map(|e| graph.entry(e)) else { return String::new() };
    let Some(host) = entry.host else { return String::new() };
    let others = graph.entries.of(host, entry.item.category).map(|e| graph.entry(e));
    let same = others.filter(|o| {
        o.item.name != entry.item.name && !o.item.command.is_empty() && o.item.command == entry.item.command
    });
    let names: Vec<&str> = same.map(|o| o.item.name.as_str()).take(5).collect();
    if names.is_empty() { String::new() } else { format!(" {} runs the same command.", names.join(", ")) }
}

fn title(kind: &str) -> &str {
    match kind {
        "remote_session" => "a session from another host",
        "user_action" => "a person's action",
        "exploit" => "a request to a server",
        "logon" => "a logon",
        kind => whodunit_event::persist::category_of(kind).map_or(kind, |c| c.title),
    }
}

fn upper(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |c| c.to_uppercase().chain(chars).collect())
}

/// Steps and what the chain's processes did, by time.
pub(crate) fn timeline(graph: &Graph, chain: &Chain) -> Vec<Moment> {
    let mut moments: Vec<Moment> = chain
        .steps
        .iter()
        .filter_map(|s| Some(Moment { time: s.time, text: s.text.clone(), origin: s.evidence.first()?.clone() }))
        .collect();
    let mut facts: Vec<FactId> = tree(graph, chain).iter().flat_map(|p| graph.done_by(*p).iter().copied()).collect();
    facts.sort_unstable();
    facts.dedup();
    for fact in facts {
        let record = graph.fact(fact);
        let Some((_, value)) = touched(graph, fact).filter(|_| moments.len() < MOMENTS) else { continue };
        if moments.iter().any(|m| m.origin == record.origin()) {
            continue;
        }
        let who = graph.subject(fact).map_or_else(String::new, |p| edges::words(graph, p));
        let text = format!("{value} {} {who}", verb(&record));
        moments.push(Moment { time: record.time, text, origin: record.origin() });
    }
    moments.sort_by(|a, b| (a.time, &a.origin).cmp(&(b.time, &b.origin)));
    moments
}

/// What was not recorded on the host, as far as the story depends on it.
pub(crate) fn gaps(graph: &Graph, host: HostId, chain: &Chain) -> Vec<Gap> {
    let mut gaps = Vec::new();
    let first = graph.of_kind(host, Kind::Start).first().and_then(|f| graph.fact(*f).time);
    for process in &chain.processes {
        let process = graph.process(*process);
        let missed = process.starts.is_empty() && process.host == host;
        if missed && let Some(start) = process.start {
            let text = format!("no record of the start of {} ({})", process.image, process.pid);
            gaps.push(Gap { from: Some(start), to: first.filter(|f| *f > start), text, origin: None });
        }
    }
    for fact in graph.of_kind(host, Kind::Cleared).iter().take(20) {
        let record = graph.fact(*fact);
        let by = if record.account.is_empty() { String::new() } else { format!(" by {}", record.account) };
        let text = format!("the log {} was cleared{by}", record.object);
        gaps.push(Gap { from: None, to: record.time, text, origin: Some(record.origin()) });
    }
    gaps.extend(not_recorded(graph, host, chain));
    gaps.extend(clock(graph, host));
    gaps.extend(called_utc(graph, host));
    gaps
}

/// What is doubtful about the host's times.
fn clock(graph: &Graph, host: HostId) -> Option<Gap> {
    let text = match graph.zones.get(&host) {
        Some(0) => return None,
        Some(seconds) => {
            format!("some logs give local time without a zone: {:+} h were added to get UTC", *seconds as f64 / 3600.0)
        }
        None if graph.has_local_times(host) => {
            "some logs give local time without a zone; it was taken as UTC".to_owned()
        }
        None => return None,
    };
    Some(Gap { from: None, to: None, text, origin: None })
}

/// A log that calls local time UTC.
fn called_utc(graph: &Graph, host: HostId) -> Option<Gap> {
    let seconds = graph.off_guids(host);
    let hours = seconds as f64 / 3600.0;
    let text =
        format!("times of this host are {hours:+} h off UTC, as its ProcessGuids show: the log gives local time");
    (seconds != 0).then_some(Gap { from: None, to: None, text, origin: None })
}

/// Kinds of records that would have told more and were never seen on this host.
fn not_recorded(graph: &Graph, host: HostId, chain: &Chain) -> Vec<Gap> {
    let by_time = chain.steps.iter().any(|s| s.edge == Edge::Time);
    let wanted = [
        (true, Kind::Start, "no start of a process (Sysmon 1, Security 4688) was recorded on this host"),
        (by_time, Kind::Thread, "no injection (Sysmon 8) was recorded on this host"),
        (by_time, Kind::TaskAction, "no run of a task (TaskScheduler 129, 200) was recorded on this host"),
    ];
    let missing = wanted.into_iter().filter(|(wanted, kind, _)| *wanted && graph.of_kind(host, *kind).is_empty());
    missing.map(|(_, _, text)| Gap { from: None, to: None, text: text.to_owned(), origin: None }).collect()
}
