//! From facts to a graph: [`Builder`] takes facts, items and hits in any order; [`Builder::build`] puts them in order,
//! finds out which process each one means, and gives the [`Graph`] that answers questions.

use crate::entries::{self, Entries, EntryId};
use crate::fact::{Actor, Fact, Hit, Kind, Text};
use crate::hosts::{HostId, Hosts};
use crate::processes::{self, FactId, ProcessId, Processes};
use crate::sessions::{Session, Sessions};
use crate::{names, path, zones};
use std::collections::{HashMap, HashSet};
use whodunit_event::persist::Item;
use whodunit_event::{Guid, Time};

/// Events of one process that say nothing else, together.
#[derive(Debug, Default)]
struct SeenGroup {
    sample: Fact,
    counts: Vec<(u32, u32)>,
    first: Option<Time>,
    last: Option<Time>,
}

/// Collects the evidence.
#[derive(Debug, Default)]
pub struct Builder {
    facts: Vec<Fact>,
    hits: Vec<(u128, Hit)>,
    items: Vec<(Option<String>, Item)>,
    texts: HashSet<Text>,
    known: HashMap<u128, FactId>,
    seen: HashMap<(Text, u128, u32, Text), SeenGroup>,
    copies: u64,
}

/// Stands in [`Builder::known`] for a fact that was only counted.
const COUNTED: FactId = FactId::MAX;

impl Builder {
    /// An empty collection.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes a fact; a copy of a record that is there already is only counted.
    pub fn add(&mut self, mut fact: Fact) {
        if let Some(id) = self.known.get(&fact.fingerprint).copied() {
            self.add_copy(id, fact);
            return;
        }
        for text in fact.texts() {
            share(&mut self.texts, text);
        }
        let counted = fact.kind == Kind::Seen && !fact.kept;
        let id = if counted { COUNTED } else { self.facts.len() as FactId };
        self.known.insert(fact.fingerprint, id);
        if counted { self.count(fact) } else { self.facts.push(fact) }
    }

    /// The same record again: from another file a copy, from the same place the record that a hit brought before.
    fn add_copy(&mut self, id: FactId, fact: Fact) {
        let same_place = self.facts.get(id as usize).is_none_or(|known| known.origin == fact.origin);
        self.copies += u64::from(!same_place && !fact.kept);
        if id == COUNTED && fact.kept {
            self.known.insert(fact.fingerprint, self.facts.len() as FactId);
            self.facts.push(fact);
        }
    }

    fn count(&mut self, fact: Fact) {
        let subject = &fact.subject;
        let key = (fact.host.clone(), subject.guid.0, subject.pid, subject.image.clone());
        let (id, time) = (fact.event_id, fact.time);
        let group = self.seen.entry(key).or_insert_with(|| SeenGroup { sample: fact, ..SeenGroup::default() });
        match group.counts.iter_mut().find(|(i, _)| *i == id) {
            Some((_, n)) => *n += 1,
            None => group.counts.push((id, 1)),
        }
        group.first = match (group.first, time) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        group.last = group.last.max(time);
    }

    /// Takes an item of the evidence; `host` names the host it lies on, where the evidence tells.
    pub fn add_item(&mut self, host: Option<&str>, item: Item) {
        self.items.push((host.map(str::to_owned), item));
    }

    /// Takes a record that matched the query. The record may be added as a fact as well, before or after.
    pub fn add_hit(&mut self, mut hit: Hit) {
        let fact = std::mem::take(&mut hit.fact);
        self.hits.push((fact.fingerprint, hit));
        self.add(fact);
    }

    /// How many records were there more than once, counting each further copy.
    pub fn copies(&self) -> u64 {
        self.copies
    }

    /// Puts everything in order.
    pub fn build(mut self) -> Graph {
        let spellings: HashSet<&Text> =
            self.facts.iter().map(|f| &f.host).chain(self.seen.keys().map(|k| &k.0)).collect();
        let hosts = Hosts::new(spellings.into_iter());
        let known = std::mem::take(&mut self.known);
        let zones = zones::settle(&mut self.facts, |fact| hosts.find(&fact.host).unwrap_or(0));
        let order = order(&self.facts, &hosts);
        let facts = order.iter().map(|(old, host)| (std::mem::take(&mut self.facts[*old as usize]), *host)).collect();
        let mut place = vec![0; order.len()];
        for (new, (old, _)) in order.iter().enumerate() {
            place[*old as usize] = new as FactId;
        }
        let hits =
            self.hits.into_iter().filter_map(|(print, hit)| Some((*place.get(*known.get(&print)? as usize)?, hit)));
        let mut graph = Graph { facts, hosts, hits: hits.collect(), copies: self.copies, zones, ..Graph::default() };
        graph.file_processes(self.seen.into_values().collect());
        graph.file_sessions();
        graph.file_entries(self.items);
        graph.file_indexes();
        graph
    }
}

fn share(texts: &mut HashSet<Text>, text: &mut Text) {
    match texts.get(text) {
        Some(known) => text.clone_from(known),
        None => {
            texts.insert(text.clone());
        }
    }
}

/// Facts by host, time and record.
fn order(facts: &[Fact], hosts: &Hosts) -> Vec<(FactId, HostId)> {
    let mut cache: HashMap<&Text, HostId> = HashMap::new();
    let mut order: Vec<(FactId, HostId)> = Vec::with_capacity(facts.len());
    for (id, fact) in facts.iter().enumerate() {
        let host = *cache.entry(&fact.host).or_insert_with(|| hosts.find(&fact.host).unwrap_or(0));
        order.push((id as FactId, host));
    }
    order.sort_by_key(|(id, host)| {
        let fact = &facts[*id as usize];
        (*host, fact.at(), fact.origin.record, *id)
    });
    order
}

/// No process.
const NOBODY: ProcessId = ProcessId::MAX;

/// Everything the evidence holds, in order, ready for questions.
#[derive(Debug, Default)]
pub struct Graph {
    /// Facts by host and time, with their host.
    pub(crate) facts: Vec<(Fact, HostId)>,
    pub(crate) hosts: Hosts,
    pub(crate) processes: Processes,
    pub(crate) sessions: Sessions,
    pub(crate) entries: Entries,
    pub(crate) hits: Vec<(FactId, Hit)>,
    pub(crate) copies: u64,
    /// Seconds that were added to local times of a host to get UTC.
    pub(crate) zones: HashMap<HostId, i64>,
    subjects: Vec<ProcessId>,
    targets: Vec<ProcessId>,
    /// Facts by the process that did them.
    done: Index<ProcessId>,
    /// Facts by the process that they were done to: Thread, Access, Tamper.
    suffered: Index<ProcessId>,
    /// File writes by path in one spelling.
    writes: HashMap<(HostId, String), Vec<FactId>>,
    /// Facts of each host and kind, by time.
    kinds: HashMap<(HostId, Kind), Vec<FactId>>,
    /// Facts by the LogonId of who did them (not starts and logons).
    by_logon: HashMap<(HostId, u64), Vec<FactId>>,
    children: Index<ProcessId>,
    /// Hosts by an address of theirs; those that several hosts had are left out.
    addresses: HashMap<Text, HostId>,
}

/// A list for each key.
type Index<K> = HashMap<K, Vec<u32>>;

impl Graph {
    fn file_processes(&mut self, seen: Vec<SeenGroup>) {
        let mut processes = Processes::default();
        for (id, (fact, host)) in self.facts.iter().enumerate() {
            if fact.kind == Kind::Start {
                processes.add_start(*host, id as FactId, fact);
            }
        }
        for (fact, host) in &self.facts {
            processes.add_guid(*host, &fact.subject, fact.clock_skew);
            if let Some(target) = &fact.target {
                processes.add_guid(*host, target, fact.clock_skew);
            }
        }
        for group in &seen {
            let host = self.hosts.find(&group.sample.host).unwrap_or(0);
            processes.add_guid(host, &group.sample.subject, group.sample.clock_skew);
        }
        processes.order();
        self.file_ends(&mut processes);
        self.resolve_all(&mut processes);
        for group in seen {
            self.file_seen(&mut processes, group);
        }
        self.processes = processes;
    }

    /// Ends come before other records are resolved: they decide which process of a pid was alive.
    fn file_ends(&self, processes: &mut Processes) {
        for (fact, host) in self.facts.iter().filter(|(f, _)| f.kind == Kind::End) {
            if let Some(id) = processes.find(*host, &fact.subject, fact.time, None) {
                let end = &mut processes.all[id as usize].end;
                *end = (*end).or(fact.time);
            }
        }
    }

    fn resolve_all(&mut self, processes: &mut Processes) {
        let mut starters = HashMap::new();
        for (id, process) in processes.all.iter().enumerate() {
            starters.extend(process.starts.iter().map(|fact| (*fact, id as ProcessId)));
        }
        for (id, (fact, host)) in self.facts.iter().enumerate() {
            let started = starters.get(&(id as FactId)).copied();
            let subject = started.or_else(|| resolve_subject(processes, *host, fact));
            let target = fact.target.as_deref().and_then(|target| {
                // A parent is never its own child, though pid and image may be the same.
                let known = processes.find(*host, target, fact.time, started);
                known.or_else(|| processes.resolve(*host, target, fact.time)).filter(|t| started != Some(*t))
            });
            self.subjects.push(subject.unwrap_or(NOBODY));
            self.targets.push(target.unwrap_or(NOBODY));
            self.note(processes, id as FactId, subject, target);
        }
    }

    fn note(&self, processes: &mut Processes, id: FactId, subject: Option<ProcessId>, target: Option<ProcessId>) {
        let fact = &self.facts[id as usize].0;
        if let Some(process) = subject.map(|s| &mut processes.all[s as usize]) {
            process.count(fact.event_id, 1);
            process.seen(fact.time);
            process.mention.get_or_insert(id);
        }
        let Some((target, named)) = target.zip(fact.target.as_deref()) else { return };
        let process = &mut processes.all[target as usize];
        process.mention.get_or_insert(id);
        for (own, other) in [
            (&mut process.image, &named.image),
            (&mut process.command, &named.command),
            (&mut process.user, &named.user),
        ] {
            if own.is_empty() {
                own.clone_from(other);
            }
        }
        if let (Kind::Start, Some(subject)) = (fact.kind, subject) {
            let sure = processes::parent_confidence(&processes.all[target as usize], named);
            let child = &mut processes.all[subject as usize];
            if child.parent.is_none_or(|(_, known)| known < sure) {
                child.parent = Some((target, sure));
            }
        }
    }

    fn file_seen(&self, processes: &mut Processes, group: SeenGroup) {
        let host = self.hosts.find(&group.sample.host).unwrap_or(0);
        let Some(id) = processes.resolve(host, &group.sample.subject, group.first) else { return };
        let process = &mut processes.all[id as usize];
        for (event_id, count) in group.counts {
            process.count(event_id, count);
        }
        process.seen(group.first);
        process.seen(group.last);
    }

    fn file_sessions(&mut self) {
        self.file_addresses();
        let mut sessions = Sessions::default();
        for (id, (fact, host)) in self.facts.iter().enumerate() {
            match fact.kind {
                Kind::Logon => sessions.add(self.session(id as FactId, fact, *host)),
                Kind::Logoff => sessions.end(*host, fact.logon, fact.time),
                _ => {}
            }
        }
        self.sessions = sessions;
    }

    /// Own addresses of hosts: their side of the connections they opened, and of those to the ports they serve.
    fn file_addresses(&mut self) {
        let mut shared = HashSet::new();
        for (fact, host) in self.facts.iter().filter(|(f, _)| f.kind == Kind::Network) {
            let sure = fact.flag || fact.detail == fact.address || names::is_command_port(fact.number);
            if !sure || names::is_local_address(&fact.detail) {
                continue;
            }
            if *self.addresses.entry(fact.detail.clone()).or_insert(*host) != *host {
                shared.insert(fact.detail.clone());
            }
        }
        self.addresses.retain(|address, _| !shared.contains(address));
    }

    fn session(&self, id: FactId, fact: &Fact, host: HostId) -> Session {
        let own = |name: &str| self.hosts.find(name) == Some(host) || self.addresses.get(name) == Some(&host);
        let from_address = !names::is_local_address(&fact.address) && !own(&fact.address);
        let no_address = fact.address.is_empty() || &*fact.address == "-";
        let from_name = no_address && fact.number == 3 && !fact.detail.is_empty() && !own(&fact.detail);
        let account = path::file_name(&fact.account).trim_end_matches('$');
        let itself = fact.account.ends_with('$') && self.hosts.find(account) == Some(host);
        let way = !itself && matches!(fact.number, 3 | 8 | 10 | crate::sessions::SSH)
            || !itself && fact.number == 7 && from_address;
        Session {
            host,
            logon: fact.logon,
            kind: fact.number,
            account: fact.account.clone(),
            address: if names::is_local_address(&fact.address) { Text::default() } else { fact.address.clone() },
            workstation: fact.detail.clone(),
            start: fact.time,
            end: None,
            fact: id,
            pid: fact.subject.pid,
            remote: way && (from_address || from_name),
        }
    }

    fn file_entries(&mut self, items: Vec<(Option<String>, Item)>) {
        let mut entries = Entries::default();
        let only = (self.hosts.names.len() <= 1).then_some(0);
        for (host, item) in items {
            let host = host.and_then(|h| self.hosts.find(&h)).or(only);
            entries.add_item(host, item);
        }
        for (id, (fact, host)) in self.facts.iter().enumerate() {
            if let Some(said) = entries::said(fact) {
                entries.add_said(*host, id as FactId, fact, said);
            }
        }
        self.entries = entries;
    }

    fn file_indexes(&mut self) {
        for (id, (fact, host)) in self.facts.iter().enumerate() {
            let id = id as FactId;
            if self.subjects[id as usize] != NOBODY {
                self.done.entry(self.subjects[id as usize]).or_default().push(id);
            }
            if self.targets[id as usize] != NOBODY && fact.kind != Kind::Start {
                self.suffered.entry(self.targets[id as usize]).or_default().push(id);
            }
            if fact.kind == Kind::FileWrite {
                self.writes.entry((*host, path::key(&fact.object))).or_default().push(id);
            }
            if fact.logon != 0 && !matches!(fact.kind, Kind::Start | Kind::Logon | Kind::Logoff) {
                self.by_logon.entry((*host, fact.logon)).or_default().push(id);
            }
            self.kinds.entry((*host, fact.kind)).or_default().push(id);
        }
        for (id, process) in self.processes.all.iter().enumerate() {
            if let Some((parent, _)) = process.parent {
                self.children.entry(parent).or_default().push(id as ProcessId);
            }
        }
    }

    /// The process that a fact says did it.
    pub(crate) fn subject(&self, fact: FactId) -> Option<ProcessId> {
        self.subjects.get(fact as usize).copied().filter(|p| *p != NOBODY)
    }

    /// The process that a fact says it was done to.
    pub(crate) fn target(&self, fact: FactId) -> Option<ProcessId> {
        self.targets.get(fact as usize).copied().filter(|p| *p != NOBODY)
    }

    /// A fact by number.
    pub(crate) fn fact(&self, id: FactId) -> &Fact {
        &self.facts[id as usize].0
    }

    /// A process by number.
    pub(crate) fn process(&self, id: ProcessId) -> &processes::Process {
        &self.processes.all[id as usize]
    }

    /// An entry by number.
    pub(crate) fn entry(&self, id: EntryId) -> &entries::Entry {
        &self.entries.all[id as usize]
    }

    /// What a process did, by time.
    pub(crate) fn done_by(&self, process: ProcessId) -> &[FactId] {
        self.done.get(&process).map_or(&[], Vec::as_slice)
    }

    /// What was done to a process, by time.
    pub(crate) fn done_to(&self, process: ProcessId) -> &[FactId] {
        self.suffered.get(&process).map_or(&[], Vec::as_slice)
    }

    /// Who wrote a file on a host, by time.
    pub(crate) fn writes_of(&self, host: HostId, file: &str) -> &[FactId] {
        self.writes.get(&(host, path::key(file))).map_or(&[], Vec::as_slice)
    }

    /// Facts of a kind on a host, by time.
    pub(crate) fn of_kind(&self, host: HostId, kind: Kind) -> &[FactId] {
        self.kinds.get(&(host, kind)).map_or(&[], Vec::as_slice)
    }

    /// Facts of a kind on a host from `before` seconds before a time to `after` seconds after it.
    pub(crate) fn around(&self, host: HostId, kind: Kind, time: Time, before: f64, after: f64) -> &[FactId] {
        let all = self.of_kind(host, kind);
        let from = all.partition_point(|id| time.since(self.fact(*id).at()) > before);
        let to = all.partition_point(|id| self.fact(*id).at().since(time) <= after);
        all.get(from..to).unwrap_or_default()
    }

    /// What a logon session did, as far as records carry its LogonId.
    pub(crate) fn done_in(&self, host: HostId, logon: u64) -> &[FactId] {
        self.by_logon.get(&(host, logon)).map_or(&[], Vec::as_slice)
    }

    /// Processes that a process started.
    pub(crate) fn children(&self, process: ProcessId) -> &[ProcessId] {
        self.children.get(&process).map_or(&[], Vec::as_slice)
    }

    /// The host that had an address.
    pub(crate) fn host_of_address(&self, address: &str) -> Option<HostId> {
        self.addresses.get(address).copied()
    }

    /// Hosts, as shown.
    pub fn hosts(&self) -> impl Iterator<Item = &str> {
        self.hosts.names.iter().map(|n| &**n)
    }

    /// How many records were there more than once, counting each further copy.
    pub fn copies(&self) -> u64 {
        self.copies
    }
}

/// Who a fact is about. Some name a process by pid only at their own time; a task's maker may be named by its start key.
fn resolve_subject(processes: &mut Processes, host: HostId, fact: &Fact) -> Option<ProcessId> {
    match fact.kind {
        Kind::TaskMade => {
            let by_key = processes.of_start_key(host, fact.subject.pid, fact.number).filter(|_| fact.number != 0);
            by_key.or_else(|| processes.resolve(host, &fact.subject, fact.time))
        }
        // The record is made after the process was launched, and its clock is another's: the nearest start decides.
        Kind::TaskProcess => nearest_start(processes, host, fact),
        // PowerShell's host may be any program: only its pid counts.
        Kind::Script => {
            let actor = Actor { image: Text::default(), guid: Guid(0), ..fact.subject.clone() };
            processes.find(host, &actor, fact.time, None).or_else(|| processes.resolve(host, &fact.subject, fact.time))
        }
        // Logons name the process that asked for them, which is never the session's own.
        Kind::Logon | Kind::RunKey => None,
        _ => processes.resolve(host, &fact.subject, fact.time),
    }
}

fn nearest_start(processes: &Processes, host: HostId, fact: &Fact) -> Option<ProcessId> {
    let distance = |id: &ProcessId| processes.all[*id as usize].start.zip(fact.time).map(|(s, t)| s.since(t).abs());
    let ids = processes.of_host_pid(host, fact.subject.pid).iter().copied();
    let near = ids.filter_map(|id| Some((id, distance(&id)?))).filter(|(_, d)| *d <= processes::SAME_START);
    near.min_by(|a, b| a.1.total_cmp(&b.1)).map(|(id, _)| id)
}
