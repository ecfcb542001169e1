//! Which process a record means.
//!
//! Identity is (host, GUID) or (host, pid, time). A GUID is believed while pid, image and time agree with it: recorders
//! stamp a process whose pid was reused with the GUID of the dead one. Where event 1 is missing, the start time comes
//! out of the GUID. 4688 and Sysmon 1 of one process are joined by pid, image and time.

use crate::fact::{Actor, Text};
use crate::hosts::HostId;
use crate::path;
use crate::store::View;
use hashbrown::HashMap;
use whodunit_event::{Confidence, Guid, Time};

/// Number of a process.
pub(crate) type ProcessId = u32;
/// Number of a fact.
pub(crate) type FactId = u32;

/// Two records of one start may lie this many seconds apart.
pub(crate) const SAME_START: f64 = 2.0;
/// Records about a process may come this many seconds after its end.
const LATE: f64 = 5.0;

/// How a process is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Known {
    /// Only because a record names it by pid.
    Pid,
    /// Because records carry its GUID, whose start time is in it.
    Guid,
    /// By the record of its start.
    Start,
}

/// The first programs of a system start within this many seconds.
const BOOT: i64 = 120;

/// One process.
#[derive(Clone, Debug)]
pub(crate) struct Process {
    pub(crate) host: HostId,
    pub(crate) guid: Guid,
    pub(crate) pid: u32,
    pub(crate) image: Text,
    pub(crate) command: Text,
    pub(crate) user: Text,
    pub(crate) known: Known,
    pub(crate) start: Option<Time>,
    pub(crate) end: Option<Time>,
    /// When the system was started again: it ran no longer then, though its end is not recorded.
    pub(crate) restart: Option<Time>,
    pub(crate) logon: u64,
    pub(crate) session: u64,
    /// Its parent, and how sure that is.
    pub(crate) parent: Option<(ProcessId, Confidence)>,
    /// Records of its start.
    pub(crate) starts: Vec<FactId>,
    /// A record that names it, where none of its start exists.
    pub(crate) mention: Option<FactId>,
    /// Events by id.
    pub(crate) counts: Vec<(u32, u32)>,
    pub(crate) first: Option<Time>,
    pub(crate) last: Option<Time>,
}

impl Process {
    fn new(host: HostId, actor: &Actor<&str>, known: Known, start: Option<Time>) -> Self {
        Self {
            host,
            guid: actor.guid,
            pid: actor.pid,
            image: actor.image.into(),
            command: actor.command.into(),
            user: actor.user.into(),
            known,
            start,
            end: None,
            restart: None,
            logon: 0,
            session: 0,
            parent: None,
            starts: Vec::new(),
            mention: None,
            counts: Vec::new(),
            first: None,
            last: None,
        }
    }

    /// Takes over what this process does not say of itself yet.
    pub(crate) fn absorb(&mut self, actor: &Actor<&str>) {
        for (own, other) in
            [(&mut self.image, actor.image), (&mut self.command, actor.command), (&mut self.user, actor.user)]
        {
            if own.is_empty() && !other.is_empty() {
                *own = other.into();
            }
        }
    }

    /// Counts an event of this process.
    pub(crate) fn count(&mut self, event_id: u32, times: u32) {
        match self.counts.iter_mut().find(|(id, _)| *id == event_id) {
            Some((_, count)) => *count += times,
            None => self.counts.push((event_id, times)),
        }
    }

    /// Widens the span in which it was seen.
    pub(crate) fn seen(&mut self, time: Option<Time>) {
        let Some(time) = time else { return };
        self.first = Some(self.first.map_or(time, |t| t.min(time)));
        self.last = Some(self.last.map_or(time, |t| t.max(time)));
    }

    /// Whether an image that a record gives can be this process's.
    fn has_image(&self, image: &str) -> bool {
        image.is_empty() || self.image.is_empty() || path::same_name(&self.image, image)
    }

    /// Whether it may have been running at a time.
    fn ran_at(&self, time: Option<Time>) -> bool {
        let Some(time) = time else { return true };
        let started = self.start.is_none_or(|s| time.since(s) >= -SAME_START);
        started && self.end.is_none_or(|e| time.since(e) <= LATE) && self.restart.is_none_or(|r| time < r)
    }
}

/// Every process of the evidence, and the ways to find one.
#[derive(Debug, Default)]
pub(crate) struct Processes {
    pub(crate) all: Vec<Process>,
    by_guid: HashMap<(HostId, u128), ProcessId>,
    /// By pid, in order of their starts once [`Processes::order`] was called.
    by_pid: HashMap<(HostId, u32), Vec<ProcessId>>,
    /// Starts by image in lower case, in order of time.
    by_image: HashMap<(HostId, String), Vec<ProcessId>>,
}

impl Processes {
    /// Files the record of a start; starts come in order of time.
    pub(crate) fn add_start(&mut self, host: HostId, id: FactId, fact: &View<'_>) -> ProcessId {
        let known = self.with_guid(host, fact.subject.guid).or_else(|| self.with_start(host, &fact.subject, fact.time));
        let known = known.or_else(|| self.with_other_half(host, fact));
        let process = known.unwrap_or_else(|| self.push_start(host, fact));
        self.absorb(process, &fact.subject);
        let entry = &mut self.all[process as usize];
        if entry.guid.is_zero() && !fact.subject.guid.is_zero() {
            entry.guid = fact.subject.guid;
            self.by_guid.insert((host, fact.subject.guid.0), process);
        }
        let entry = &mut self.all[process as usize];
        entry.starts.push(id);
        entry.logon = if entry.logon == 0 { fact.logon } else { entry.logon };
        entry.session = if entry.session == 0 { fact.number } else { entry.session };
        process
    }

    fn push_start(&mut self, host: HostId, fact: &View<'_>) -> ProcessId {
        let id = self.push(Process::new(host, &fact.subject, Known::Start, fact.time));
        self.by_image.entry((host, fact.subject.image.to_lowercase())).or_default().push(id);
        id
    }

    /// The same start told by two logs of which one gives the GUID and the other the pid: some exports drop the pid of
    /// Sysmon's events. Image, command line and time have to agree.
    fn with_other_half(&self, host: HostId, fact: &View<'_>) -> Option<ProcessId> {
        let other = &fact.subject;
        let recent = self.by_image.get(&(host, other.image.to_lowercase()))?.iter().rev().take(8);
        let fits = |id: &&ProcessId| {
            let own = &self.all[**id as usize];
            let halves = own.pid == 0 && other.guid.is_zero() && other.pid != 0
                || other.pid == 0 && own.guid.is_zero() && own.pid != 0;
            let same_time = own.start.zip(fact.time).is_some_and(|(a, b)| a.since(b).abs() <= SAME_START);
            let command = own.command.is_empty() || other.command.is_empty() || *own.command == *other.command;
            halves && same_time && command
        };
        let mut fitting = recent.filter(fits);
        let first = fitting.next().copied();
        first.filter(|_| fitting.next().is_none())
    }

    /// Gives a process what a record adds to it.
    fn absorb(&mut self, id: ProcessId, actor: &Actor<&str>) {
        let process = &mut self.all[id as usize];
        process.absorb(actor);
        if process.pid == 0 && actor.pid != 0 {
            process.pid = actor.pid;
            self.by_pid.entry((process.host, actor.pid)).or_default().push(id);
        }
    }

    fn push(&mut self, process: Process) -> ProcessId {
        let id = self.all.len() as ProcessId;
        if !process.guid.is_zero() {
            self.by_guid.insert((process.host, process.guid.0), id);
        }
        if process.pid != 0 {
            self.by_pid.entry((process.host, process.pid)).or_default().push(id);
        }
        self.all.push(process);
        id
    }

    fn with_guid(&self, host: HostId, guid: Guid) -> Option<ProcessId> {
        (!guid.is_zero()).then(|| self.by_guid.get(&(host, guid.0)).copied()).flatten()
    }

    /// A process of the same pid and image that started at the same time, by another kind of record.
    fn with_start(&self, host: HostId, actor: &Actor<&str>, start: Option<Time>) -> Option<ProcessId> {
        let start = start?;
        let near = |p: &&ProcessId| {
            let p = &self.all[**p as usize];
            let same_time = p.start.is_some_and(|s| s.since(start).abs() <= SAME_START);
            same_time && p.has_image(actor.image) && (p.guid.is_zero() || actor.guid.is_zero())
        };
        self.by_pid.get(&(host, actor.pid))?.iter().rev().take(8).find(near).copied()
    }

    /// Files a process that a record names by its GUID.
    pub(crate) fn add_guid(&mut self, host: HostId, actor: &Actor<&str>, skew: i64) {
        if actor.guid.is_zero() {
            return;
        }
        if let Some(id) = self.with_guid(host, actor.guid) {
            if self.all[id as usize].has_image(actor.image) {
                self.absorb(id, actor);
            }
            return;
        }
        let start = actor.guid.start().map(|t| t.plus_seconds(skew));
        match self.with_start(host, actor, start) {
            Some(id) => {
                self.all[id as usize].guid = actor.guid;
                self.by_guid.insert((host, actor.guid.0), id);
            }
            None => {
                self.push(Process::new(host, actor, Known::Guid, start));
            }
        }
    }

    /// Puts the processes of each pid into the order of their starts: after the last start and GUID, before any
    /// resolving.
    pub(crate) fn order(&mut self) {
        let all = &self.all;
        for ids in self.by_pid.values_mut() {
            ids.sort_by_key(|id| (all[*id as usize].start, *id));
        }
    }

    /// Notes the starts of the systems, by host and time: what had started well before the next one did not run any more then.
    pub(crate) fn note_restarts(&mut self, restarts: &[(HostId, Time)]) {
        for process in &mut self.all {
            let Some(start) = process.start else { continue };
            let next = restarts.partition_point(|(host, t)| (*host, *t) <= (process.host, start.plus_seconds(BOOT)));
            process.restart = restarts.get(next).filter(|(host, _)| *host == process.host).map(|(_, t)| *t);
        }
    }

    /// The process that a record means; one that is not known yet is filed. `None` if the record names none.
    pub(crate) fn resolve(&mut self, host: HostId, actor: &Actor<&str>, time: Option<Time>) -> Option<ProcessId> {
        self.find(host, actor, time, None).or_else(|| self.file_loose(host, actor))
    }

    fn file_loose(&mut self, host: HostId, actor: &Actor<&str>) -> Option<ProcessId> {
        if actor.pid == 0 {
            return None;
        }
        let id = self.push(Process::new(host, actor, Known::Pid, None));
        // Without a start it is the oldest of its pid: later records look at it last.
        if let Some(ids) = self.by_pid.get_mut(&(host, actor.pid)) {
            ids.rotate_right(1);
        }
        Some(id)
    }

    /// The known process that a record means, but for `not`.
    pub(crate) fn find(
        &self,
        host: HostId,
        actor: &Actor<&str>,
        time: Option<Time>,
        not: Option<ProcessId>,
    ) -> Option<ProcessId> {
        let by_guid = self.with_guid(host, actor.guid).filter(|id| Some(*id) != not);
        if let Some(id) = by_guid {
            return Some(self.reused(id, actor, time, not).unwrap_or(id));
        }
        self.with_pid(host, actor, time, not)
    }

    /// The process that a record means although it carries the GUID of `stale`: the younger one of that pid, where the
    /// old one had ended, or where the image is the younger one's.
    fn reused(
        &self,
        stale: ProcessId,
        actor: &Actor<&str>,
        time: Option<Time>,
        not: Option<ProcessId>,
    ) -> Option<ProcessId> {
        let old = &self.all[stale as usize];
        let pid = if actor.pid == 0 { old.pid } else { actor.pid };
        let by_pid = Actor { pid, ..Actor::default() };
        let young = self.with_pid(old.host, &by_pid, time, not)?;
        let new = &self.all[young as usize];
        let younger = young != stale && new.known == Known::Start && new.start > old.start;
        let dead = old.end.zip(time).is_some_and(|(end, time)| time.since(end) > LATE);
        let other_image = !old.has_image(actor.image) && new.has_image(actor.image);
        let other_pid = old.pid != 0 && old.pid != pid;
        (younger && (dead || other_image) || other_pid && other_image).then_some(young)
    }

    /// The process of a pid at a time: the last that had started and not ended, and has the image.
    fn with_pid(
        &self,
        host: HostId,
        actor: &Actor<&str>,
        time: Option<Time>,
        not: Option<ProcessId>,
    ) -> Option<ProcessId> {
        let fits = |id: &&ProcessId| {
            let process = &self.all[**id as usize];
            Some(**id) != not && process.ran_at(time) && process.has_image(actor.image)
        };
        self.by_pid.get(&(host, actor.pid))?.iter().rev().find(fits).copied()
    }

    /// Every process of a pid, of all hosts.
    pub(crate) fn of_pid(&self, pid: u32) -> impl Iterator<Item = ProcessId> {
        self.by_pid.iter().filter(move |((_, p), _)| *p == pid).flat_map(|(_, ids)| ids.iter().copied())
    }

    /// Every process of a pid on a host, by start.
    pub(crate) fn of_host_pid(&self, host: HostId, pid: u32) -> &[ProcessId] {
        self.by_pid.get(&(host, pid)).map_or(&[], Vec::as_slice)
    }

    /// Every process of a GUID, of all hosts.
    pub(crate) fn of_guid(&self, guid: Guid) -> impl Iterator<Item = ProcessId> {
        self.by_guid.iter().filter(move |((_, g), _)| *g == guid.0).map(|(_, id)| *id)
    }

    /// The process of a start key (the last half of newer GUIDs) on a host.
    pub(crate) fn of_start_key(&self, host: HostId, pid: u32, key: u64) -> Option<ProcessId> {
        let ids = self.by_pid.get(&(host, pid))?;
        ids.iter().copied().find(|id| self.all[*id as usize].guid.key() == key)
    }
}

/// How sure it is that `parent` is the process that the record of a start names as parent.
/// Records without a host's name may be of several hosts: there a pid alone makes nothing certain.
pub(crate) fn parent_confidence(parent: &Process, named: &Actor<&str>, host: &str) -> Confidence {
    let by_guid = !named.guid.is_zero() && named.guid == parent.guid;
    let agrees = parent.has_image(named.image) && (named.pid == 0 || parent.pid == 0 || named.pid == parent.pid);
    let no_guid = named.guid.is_zero() || parent.guid.is_zero();
    // The record states pid and path; which process of that pid it was follows from the times.
    let by_pid =
        !host.is_empty() && named.pid != 0 && parent.known == Known::Start && path::same(&parent.image, named.image);
    match agrees && (by_guid || no_guid && by_pid) {
        true => Confidence::Certain,
        false => Confidence::Strong,
    }
}
