//! From facts to a graph: [`Builder`] takes facts, items and hits in any order; [`Builder::build`] puts them in order,
//! finds out which process each one means, and gives the [`Graph`] that answers questions.

use crate::entries::{self, Entries, EntryId};
use crate::fact::{Actor, Fact, Hit, Kind, Text};
use crate::hosts::{HostId, Hosts};
use crate::processes::{self, FactId, ProcessId, Processes};
use crate::sessions::{Session, Sessions};
use crate::store::{Lists, Store, Sym, View};
use crate::{names, path, zones};
use hashbrown::{DefaultHashBuilder, HashMap, HashSet};
use std::hash::BuildHasher;
use whodunit_event::persist::Item;
use whodunit_event::{Guid, Time};

/// Who an event that says nothing else names: host, GUID, pid, image.
type Who = (Sym, u128, u32, Sym);

/// Events of one process that say nothing else, together.
#[derive(Debug)]
struct SeenGroup {
    user: Sym,
    skew: i64,
    counts: Vec<(u32, u32)>,
    first: Option<Time>,
    last: Option<Time>,
}

/// Collects the evidence.
#[derive(Debug, Default)]
pub struct Builder {
    store: Store,
    hits: Vec<(FactId, Hit)>,
    items: Vec<(Option<String>, Item)>,
    /// Facts by fingerprint, in two halves: a quarter less memory than in one piece.
    known: HashMap<(u64, u64), FactId>,
    seen: HashMap<Who, SeenGroup>,
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
    pub fn add(&mut self, fact: Fact) {
        self.file(&fact);
    }

    /// Files a fact; gives its number, which is [`COUNTED`] if it was only counted.
    fn file(&mut self, fact: &Fact) -> FactId {
        let print = ((fact.fingerprint >> 64) as u64, fact.fingerprint as u64);
        let known = self.known.get(&print).copied();
        let same_place = known.is_some_and(|id| id == COUNTED || self.store.view(id).origin() == fact.origin);
        match known {
            Some(id) if id != COUNTED || !fact.kept => {
                self.copies += u64::from(!same_place);
                return id;
            }
            _ => {}
        }
        let counted = fact.kind == Kind::Seen && !fact.kept;
        let id = if counted { COUNTED } else { self.store.push(fact) };
        self.known.insert(print, id);
        // A hit that was counted before is counted twice now: once in the group. The group is only for numbers.
        if counted {
            self.count(fact);
        }
        id
    }

    fn count(&mut self, fact: &Fact) {
        let (subject, texts) = (&fact.subject, &mut self.store.texts);
        let key = (texts.put(&fact.host), subject.guid.0, subject.pid, texts.put(&subject.image));
        let user = texts.put(&subject.user);
        let new = || SeenGroup { user, skew: fact.clock_skew, counts: Vec::new(), first: fact.time, last: None };
        let group = self.seen.entry(key).or_insert_with(new);
        match group.counts.iter_mut().find(|(i, _)| *i == fact.event_id) {
            Some((_, n)) => *n += 1,
            None => group.counts.push((fact.event_id, 1)),
        }
        group.first = match (group.first, fact.time) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        group.last = group.last.max(fact.time);
    }

    /// Takes an item of the evidence; `host` names the host it lies on, where the evidence tells.
    pub fn add_item(&mut self, host: Option<&str>, item: Item) {
        self.items.push((host.map(str::to_owned), item));
    }

    /// Takes a record that matched the query. The record may be added as a fact as well, before or after.
    pub fn add_hit(&mut self, mut hit: Hit) {
        let mut fact = std::mem::take(&mut hit.fact);
        fact.kept = true;
        let id = self.file(&fact);
        self.hits.push((id, hit));
    }

    /// How many records were there more than once, counting each further copy.
    pub fn copies(&self) -> u64 {
        self.copies
    }

    /// Puts everything in order.
    pub fn build(mut self) -> Graph {
        drop(std::mem::take(&mut self.known));
        let mut store = self.store;
        let zones = zones::settle(&mut store);
        let mut spellings: HashSet<Sym> = (0..store.len() as FactId).map(|id| store.host(id)).collect();
        spellings.extend(self.seen.keys().map(|who| who.0));
        let hosts = Hosts::new(spellings.iter().map(|sym| store.texts.get(*sym)));
        let number = |sym: Sym| hosts.find(store.texts.get(sym)).unwrap_or(0);
        let numbers: HashMap<Sym, HostId> = spellings.iter().map(|sym| (*sym, number(*sym))).collect();
        let host_of = |sym: Sym| numbers.get(&sym).copied().unwrap_or(0);
        let zones = zones.into_iter().map(|(sym, seconds)| (host_of(sym), seconds)).collect();
        let places = store.close(host_of);
        let hits = self.hits.into_iter().filter_map(|(id, hit)| Some((*places.get(id as usize)?, hit))).collect();
        let mut graph = Graph { store, hosts, hits, copies: self.copies, zones, ..Graph::default() };
        let seen = self.seen.into_iter().map(|(who, group)| (host_of(who.0), who, group));
        let mut seen: Vec<(HostId, Who, SeenGroup)> = seen.collect();
        // The same evidence gives the same answer, spellings and all.
        seen.sort_by(|(a, who, _), (b, other, _)| {
            let image = |who: &Who| graph.store.texts.get(who.3);
            (a, who.1, who.2, image(who)).cmp(&(b, other.1, other.2, image(other)))
        });
        graph.file_processes(seen);
        graph.file_sessions();
        graph.file_entries(self.items);
        graph.file_indexes();
        graph
    }
}

/// No process.
const NOBODY: ProcessId = ProcessId::MAX;

/// Everything the evidence holds, in order, ready for questions.
#[derive(Debug, Default)]
pub struct Graph {
    /// Facts by host and time.
    store: Store,
    pub(crate) hosts: Hosts,
    pub(crate) processes: Processes,
    pub(crate) sessions: Sessions,
    pub(crate) entries: Entries,
    pub(crate) hits: Vec<(FactId, Hit)>,
    pub(crate) copies: u64,
    /// Seconds that were added to local times of a host to get UTC.
    pub(crate) zones: HashMap<HostId, i64>,
    /// Hosts whose log is in local time and calls it UTC, with the seconds that it is off.
    guid_zones: HashMap<HostId, i64>,
    /// Hosts some of whose times are local ones of unknown zone.
    local: HashSet<HostId>,
    subjects: Vec<ProcessId>,
    targets: Vec<ProcessId>,
    /// Facts by the process that did them.
    done: Lists,
    /// Facts by the process that they were done to: Thread, Access.
    suffered: Lists,
    /// Processes by the one that started them.
    children: Lists,
    /// File writes by host and hash of the path in one spelling.
    writes: Vec<(HostId, u64, FactId)>,
    hasher: DefaultHashBuilder,
    /// Facts of each host and kind, by time.
    kinds: HashMap<(HostId, Kind), Vec<FactId>>,
    /// Hosts by an address of theirs; those that several hosts had are left out.
    addresses: HashMap<Text, HostId>,
}

impl Graph {
    fn ids(&self) -> std::ops::Range<FactId> {
        0..self.store.len() as FactId
    }

    fn file_processes(&mut self, seen: Vec<(HostId, Who, SeenGroup)>) {
        let mut processes = Processes::default();
        self.guid_zones = zones::of_guids(&self.store);
        for id in self.ids().filter(|id| self.store.kind(*id) == Kind::Start) {
            processes.add_start(self.host_of(id), id, &self.fact(id));
        }
        for id in self.ids() {
            for actor in self.store.actors(id) {
                let host = self.host_of(id);
                processes.add_guid(host, &actor, self.store.skew(id) + self.off_guids(host));
            }
        }
        for (host, who, group) in &seen {
            processes.add_guid(*host, &self.seen_actor(who, group), group.skew + self.off_guids(*host));
        }
        processes.order();
        self.file_ends(&mut processes);
        processes.note_restarts(&self.restarts());
        self.resolve_all(&mut processes);
        for (host, who, group) in seen {
            self.file_seen(&mut processes, host, &who, group);
        }
        self.processes = processes;
    }

    /// Seconds by which a host's log is off the times in its ProcessGuids.
    pub(crate) fn off_guids(&self, host: HostId) -> i64 {
        self.guid_zones.get(&host).copied().unwrap_or(0)
    }

    fn seen_actor(&self, who: &Who, group: &SeenGroup) -> Actor<&str> {
        let texts = &self.store.texts;
        let (image, user) = (texts.get(who.3), texts.get(group.user));
        Actor { guid: Guid(who.1), pid: who.2, image, user, ..Actor::default() }
    }

    /// Ends come before other records are resolved: they decide which process of a pid was alive.
    fn file_ends(&self, processes: &mut Processes) {
        for id in self.ids().filter(|id| self.store.kind(*id) == Kind::End) {
            let fact = self.fact(id);
            if let Some(process) = processes.find(self.host_of(id), &fact.subject, fact.time, None) {
                let end = &mut processes.all[process as usize].end;
                *end = (*end).or(fact.time);
            }
        }
    }

    /// Starts of systems: of wininit by smss, which happens once in each.
    fn restarts(&self) -> Vec<(HostId, Time)> {
        let starts = self.ids().filter(|id| self.store.kind(*id) == Kind::Start);
        let of_wininit = starts.filter(|id| {
            let fact = self.fact(*id);
            let by_smss = fact.target().is_some_and(|p| names::is_file(p.image, &["smss.exe"]));
            by_smss && names::is_file(fact.subject.image, &["wininit.exe"]) && names::in_system(fact.subject.image)
        });
        of_wininit.filter_map(|id| Some((self.host_of(id), self.fact(id).time?))).collect()
    }

    fn resolve_all(&mut self, processes: &mut Processes) {
        let mut started = vec![NOBODY; self.store.len()];
        for (id, process) in processes.all.iter().enumerate() {
            for fact in &process.starts {
                started[*fact as usize] = id as ProcessId;
            }
        }
        for id in self.ids() {
            let (fact, host) = (self.fact(id), self.host_of(id));
            let own = Some(started[id as usize]).filter(|p| *p != NOBODY);
            let subject = own.or_else(|| resolve_subject(processes, host, &fact));
            let target = fact.target().and_then(|target| {
                // A parent is never its own child, though pid and image may be the same.
                let known = processes.find(host, &target, fact.time, own);
                known.or_else(|| processes.resolve(host, &target, fact.time)).filter(|t| own != Some(*t))
            });
            self.note(processes, id, subject, target);
            self.subjects.push(subject.unwrap_or(NOBODY));
            self.targets.push(target.unwrap_or(NOBODY));
        }
    }

    fn note(&self, processes: &mut Processes, id: FactId, subject: Option<ProcessId>, target: Option<ProcessId>) {
        let fact = self.fact(id);
        if let Some(process) = subject.map(|s| &mut processes.all[s as usize]) {
            process.count(fact.event_id, 1);
            process.seen(fact.time);
            process.mention.get_or_insert(id);
        }
        let Some((target, named)) = target.zip(fact.target()) else { return };
        let process = &mut processes.all[target as usize];
        process.mention.get_or_insert(id);
        process.absorb(&named);
        if let (Kind::Start, Some(subject)) = (fact.kind, subject) {
            let host = self.host_name(self.host_of(id));
            let sure = processes::parent_confidence(&processes.all[target as usize], &named, &host);
            let child = &mut processes.all[subject as usize];
            if child.parent.is_none_or(|(_, known)| known < sure) {
                child.parent = Some((target, sure));
            }
        }
    }

    fn file_seen(&self, processes: &mut Processes, host: HostId, who: &Who, group: SeenGroup) {
        let Some(id) = processes.resolve(host, &self.seen_actor(who, &group), group.first) else { return };
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
        for id in self.ids() {
            match self.store.kind(id) {
                Kind::Logon => sessions.add(self.session(id)),
                // The logon itself may not be on record, but whose session it was and from where.
                Kind::Share if self.opens_session(&sessions, id) => {
                    sessions.add(Session { kind: 3, ..self.session(id) })
                }
                Kind::Logoff => sessions.end(self.host_of(id), self.fact(id).logon, self.fact(id).time),
                _ => {}
            }
        }
        sessions.share_addresses();
        self.sessions = sessions;
    }

    fn opens_session(&self, sessions: &Sessions, id: FactId) -> bool {
        let fact = self.fact(id);
        fact.logon != 0 && sessions.of_logon(self.host_of(id), fact.logon, fact.time).is_none()
    }

    /// Own addresses of hosts: their side of the connections they opened, and of those to the ports they serve.
    fn file_addresses(&mut self) {
        let mut shared: HashSet<Text> = HashSet::new();
        let mut addresses: HashMap<Text, HostId> = HashMap::new();
        for id in self.ids().filter(|id| self.store.kind(*id) == Kind::Network) {
            let (fact, host) = (self.fact(id), self.host_of(id));
            let sure = fact.flag || fact.detail == fact.address || names::is_command_port(fact.number);
            if !sure || names::is_local_address(fact.detail) {
                continue;
            }
            match addresses.get(fact.detail) {
                Some(known) if *known == host => {}
                Some(_) => drop(shared.insert(fact.detail.into())),
                None => drop(addresses.insert(fact.detail.into(), host)),
            }
        }
        addresses.retain(|address, _| !shared.contains(address));
        self.addresses = addresses;
        self.turn_connections();
    }

    /// Accepted connections whose ports did not tell which side is the host: the one whose address it is known to have.
    fn turn_connections(&mut self) {
        let is_turned = |id: &FactId| {
            let (fact, host) = (self.fact(*id), self.host_of(*id));
            let is_own = |address: &str| self.addresses.get(address) == Some(&host);
            fact.kind == Kind::Network && !fact.flag && is_own(fact.address) && !is_own(fact.detail)
        };
        let turned: Vec<FactId> = self.ids().filter(is_turned).collect();
        for id in turned {
            self.store.swap_sides(id);
        }
    }

    fn session(&self, id: FactId) -> Session {
        let (fact, host) = (self.fact(id), self.host_of(id));
        let own = |name: &str| self.hosts.find(name) == Some(host) || self.addresses.get(name) == Some(&host);
        let from_address = !names::is_local_address(fact.address) && !own(fact.address);
        let no_address = fact.address.is_empty() || fact.address == "-";
        let from_name = no_address && fact.number == 3 && !fact.detail.is_empty() && !own(fact.detail);
        let account = path::file_name(fact.account).trim_end_matches('$');
        let itself = fact.account.ends_with('$') && self.hosts.find(account) == Some(host);
        // A host that names itself as the client calls itself, though by its outer address.
        let itself = itself || fact.number == 3 && !fact.detail.is_empty() && own(fact.detail);
        let way = !itself && (fact.kind == Kind::Share || matches!(fact.number, 3 | 8 | 10 | crate::sessions::SSH))
            || !itself && fact.number == 7 && from_address;
        Session {
            host,
            logon: fact.logon,
            kind: fact.number,
            account: fact.account.into(),
            address: if names::is_local_address(fact.address) { Text::default() } else { fact.address.into() },
            workstation: if fact.kind == Kind::Share { Text::default() } else { fact.detail.into() },
            start: fact.time,
            end: None,
            fact: id,
            pid: fact.subject.pid,
            remote: way && (from_address || from_name),
            sure: true,
        }
    }

    fn file_entries(&mut self, items: Vec<(Option<String>, Item)>) {
        let mut entries = Entries::default();
        let only = (self.hosts.names.len() <= 1).then_some(0);
        for (host, item) in items {
            let host = host.and_then(|h| self.hosts.find(&h)).or(only);
            entries.add_item(host, item);
        }
        for (host, shown, name) in self.service_names() {
            entries.add_alias(host, &shown, name);
        }
        for id in self.ids() {
            let fact = self.fact(id);
            if let Some(said) = entries::said(&fact) {
                entries.add_said(self.host_of(id), id, &fact, said);
            }
        }
        self.entries = entries;
    }

    /// Services by the names under which 7045 shows them: its name is the one for people, where a service has two. The
    /// registry tells both; else 4697, which names the key, of the same program at the same time.
    fn service_names(&self) -> Vec<(HostId, String, String)> {
        let mut names = Vec::new();
        let mut installed: HashMap<(HostId, &str), Vec<FactId>> = HashMap::new();
        for id in self.ids() {
            let (fact, host) = (self.fact(id), self.host_of(id));
            match (fact.kind, fact.event_id) {
                (Kind::Registry, _) => {
                    let name =
                        entries::service_shown(&fact).map(|name| (host, fact.detail.to_owned(), name.to_owned()));
                    names.extend(name);
                }
                (Kind::Service, 4697) => installed.entry((host, fact.detail)).or_default().push(id),
                _ => {}
            }
        }
        for id in self.ids().filter(|id| self.store.kind(*id) == Kind::Service) {
            let (fact, host) = (self.fact(id), self.host_of(id));
            let same = installed.get(&(host, fact.detail)).filter(|_| fact.event_id == 7045 && !fact.detail.is_empty());
            let near = same.into_iter().flatten().find(|other| same_moment(self.fact(**other).time, fact.time));
            names.extend(near.map(|other| (host, fact.object.to_owned(), self.fact(*other).object.to_owned())));
        }
        names
    }

    fn file_indexes(&mut self) {
        let processes = self.processes.all.len();
        let pairs = |of: &[ProcessId]| -> Vec<(u32, u32)> {
            of.iter().zip(0..).filter(|(p, _)| **p != NOBODY).map(|(p, fact)| (*p, fact)).collect()
        };
        let done = pairs(&self.subjects);
        let suffered = pairs(&self.targets);
        let not_start = |(_, fact): &(u32, u32)| self.store.kind(*fact) != Kind::Start;
        let parents = || self.processes.all.iter().zip(0..).filter_map(|(p, id)| Some((p.parent?.0, id)));
        let children = Lists::new(processes, parents);
        let suffered = Lists::new(processes, || suffered.iter().copied().filter(not_start));
        self.done = Lists::new(processes, || done.iter().copied());
        self.suffered = suffered;
        self.children = children;
        for id in self.ids() {
            let (host, kind) = (self.host_of(id), self.store.kind(id));
            self.kinds.entry((host, kind)).or_default().push(id);
            if self.store.is_local(id) {
                self.local.insert(host);
            }
            if kind == Kind::FileWrite {
                let hash = self.hasher.hash_one(path::key(self.fact(id).object));
                self.writes.push((host, hash, id));
            }
        }
        self.writes.sort_unstable();
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
    pub(crate) fn fact(&self, id: FactId) -> View<'_> {
        self.store.view(id)
    }

    /// The host of a fact.
    pub(crate) fn host_of(&self, id: FactId) -> HostId {
        self.store.host(id)
    }

    /// Whether times of a host are local ones whose zone is not known.
    pub(crate) fn has_local_times(&self, host: HostId) -> bool {
        self.local.contains(&host)
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
        self.done.get(process)
    }

    /// What was done to a process, by time.
    pub(crate) fn done_to(&self, process: ProcessId) -> &[FactId] {
        self.suffered.get(process)
    }

    /// Who wrote a file on a host, by time.
    pub(crate) fn writes_of(&self, host: HostId, file: &str) -> impl DoubleEndedIterator<Item = FactId> {
        let key = path::key(file);
        let hash = self.hasher.hash_one(&key);
        let from = self.writes.partition_point(|w| (w.0, w.1) < (host, hash));
        let to = self.writes.partition_point(|w| (w.0, w.1) <= (host, hash));
        let same = self.writes.get(from..to).unwrap_or_default().iter().map(|w| w.2);
        same.filter(move |id| path::key(self.fact(*id).object) == key)
    }

    /// Facts of a kind on a host, by time.
    pub(crate) fn of_kind(&self, host: HostId, kind: Kind) -> &[FactId] {
        self.kinds.get(&(host, kind)).map_or(&[], Vec::as_slice)
    }

    /// Facts of a kind on a host from `before` seconds before a time to `after` seconds after it.
    pub(crate) fn around(&self, host: HostId, kind: Kind, time: Time, before: f64, after: f64) -> &[FactId] {
        self.within(self.of_kind(host, kind), time, before, after)
    }

    /// What a process did from `before` seconds before a time to `after` seconds after it.
    pub(crate) fn done_around(&self, process: ProcessId, time: Time, before: f64, after: f64) -> &[FactId] {
        self.within(self.done_by(process), time, before, after)
    }

    fn within<'a>(&self, all: &'a [FactId], time: Time, before: f64, after: f64) -> &'a [FactId] {
        let from = all.partition_point(|id| time.since(self.store.at(*id)) > before);
        let to = all.partition_point(|id| self.store.at(*id).since(time) <= after);
        all.get(from..to).unwrap_or_default()
    }

    /// Processes that a process started.
    pub(crate) fn children(&self, process: ProcessId) -> &[ProcessId] {
        self.children.get(process)
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

fn same_moment(a: Option<Time>, b: Option<Time>) -> bool {
    a.zip(b).is_some_and(|(a, b)| a.since(b).abs() <= processes::SAME_START)
}

/// Who a fact is about. Some name a process by pid only at their own time; a task's maker may be named by its start key.
fn resolve_subject(processes: &mut Processes, host: HostId, fact: &View<'_>) -> Option<ProcessId> {
    match fact.kind {
        Kind::TaskMade => {
            let by_key = processes.of_start_key(host, fact.subject.pid, fact.number).filter(|_| fact.number != 0);
            by_key.or_else(|| processes.resolve(host, &fact.subject, fact.time))
        }
        // The record is made after the process was launched, and its clock is another's: the nearest start decides.
        Kind::TaskProcess => nearest_start(processes, host, fact),
        // PowerShell's host may be any program: only its pid counts.
        Kind::Script => {
            let actor = Actor { image: "", guid: Guid(0), ..fact.subject };
            processes.find(host, &actor, fact.time, None).or_else(|| processes.resolve(host, &fact.subject, fact.time))
        }
        // Logons name the process that asked for them, which is never the session's own.
        Kind::Logon | Kind::RunKey => None,
        _ => processes.resolve(host, &fact.subject, fact.time),
    }
}

fn nearest_start(processes: &Processes, host: HostId, fact: &View<'_>) -> Option<ProcessId> {
    let distance = |id: &ProcessId| processes.all[*id as usize].start.zip(fact.time).map(|(s, t)| s.since(t).abs());
    let ids = processes.of_host_pid(host, fact.subject.pid).iter().copied();
    let near = ids.filter_map(|id| Some((id, distance(&id)?))).filter(|(_, d)| *d <= processes::SAME_START);
    near.min_by(|a, b| a.1.total_cmp(&b.1)).map(|(id, _)| id)
}
