//! From a question to stories: which process each hit means, where it leads, one story for each (host, root).

use crate::edges::{self, Node, dns};
use crate::fact::{Hit, Kind};
use crate::graph::Graph;
use crate::hosts::HostId;
use crate::names;
use crate::path;
use crate::processes::{FactId, Known, ProcessId};
use crate::related;
use crate::root;
use crate::story::{Query, Story, StoryHit};
use crate::walk::{self, Begin, Chain};
use std::collections::{HashMap, HashSet};
use whodunit_event::Confidence::{self, Certain, Strong};
use whodunit_event::{Guid, Time};

/// At most this many different beginnings are walked for one question; the earliest come first.
const WALKS: usize = 4096;

/// The rendered text of a record repeats its fields, and does not say which.
const MESSAGE: &str = "Message";

/// Events that say of a process only that it started or ended.
const STARTS_AND_ENDS: [u32; 4] = [1, 5, 4688, 4689];

/// What is asked about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Select {
    /// The records that were added as hits.
    Hits,
    /// Every process of a pid.
    Pid(u32),
    /// The process of a GUID.
    Guid(Guid),
    /// Every process of an image: a file name, or a path.
    Image(String),
}

/// A beginning, and the hits that lead to it.
struct Beginning {
    host: HostId,
    begin: Begin,
    hits: Vec<StoryHit>,
}

/// A way from hits to a root.
struct Telling {
    beginning: Beginning,
    chain: Chain,
}

impl Telling {
    /// Adds a later hit with the same root; the chain that says more tells the story.
    fn join(&mut self, mut other: Beginning, chain: Chain) {
        if worth(&chain) > worth(&self.chain) {
            std::mem::swap(&mut self.beginning, &mut other);
            self.chain = chain;
        }
        self.beginning.hits.extend(other.hits);
    }
}

impl Graph {
    /// One story for each (host, root cause) that the hits or processes lead to; empty if there are none. Those with a
    /// root come first, then those that lead somewhere, each the earliest hit first.
    pub fn stories(&self, query: &Query, select: &Select) -> Vec<Story> {
        let mut tellings: Vec<Telling> = Vec::new();
        let mut places: HashMap<(HostId, String), usize> = HashMap::new();
        for beginning in self.beginnings(select) {
            let chain = walk::walk(self, &beginning.begin);
            let key = (beginning.host, root_key(&chain));
            match places.get(&key) {
                Some(at) => tellings[*at].join(beginning, chain),
                None => {
                    places.insert(key, tellings.len());
                    tellings.push(Telling { beginning, chain });
                }
            }
        }
        tellings.sort_by_key(|told| (told.chain.ending.kind == "unknown", told.chain.steps.len() < 2));
        tellings.into_iter().map(|told| finished(self.story(query, told))).collect()
    }

    /// Whether any process fits; for telling a wrong question from one without an answer.
    pub fn knows(&self, select: &Select) -> bool {
        match select {
            Select::Hits => !self.hits.is_empty(),
            other => !self.selected(other).is_empty(),
        }
    }

    fn beginnings(&self, select: &Select) -> Vec<Beginning> {
        let mut beginnings: Vec<Beginning> = match select {
            Select::Hits => self.of_hits(),
            other => self.selected(other).into_iter().map(|id| self.of_process(id)).collect(),
        };
        beginnings.sort_by_key(|b| (b.begin.time, b.host));
        beginnings.truncate(WALKS);
        beginnings
    }

    fn selected(&self, select: &Select) -> Vec<ProcessId> {
        let is_image = |id: &ProcessId, name: &str| path::same(&self.process(*id).image, name);
        match select {
            Select::Hits => Vec::new(),
            Select::Pid(pid) => self.processes.of_pid(*pid).collect(),
            Select::Guid(guid) => self.processes.of_guid(*guid).collect(),
            Select::Image(name) => (0..self.processes.all.len() as ProcessId).filter(|id| is_image(id, name)).collect(),
        }
    }

    fn of_process(&self, id: ProcessId) -> Beginning {
        let process = self.process(id);
        let time = process.last.or(process.start).unwrap_or(Time::new(0, 0, 0));
        let facts: Vec<FactId> = process.starts.iter().copied().chain(process.mention).take(1).collect();
        let hits = facts.iter().map(|f| self.story_hit(*f, "ProcessId")).collect();
        let begin = Begin {
            node: Node::Process(id),
            time,
            text: edges::words(self, id),
            facts,
            confidence: Confidence::Certain,
            // One that only started did nothing but what its starter wanted.
            is_deed: process.counts.iter().any(|(event, _)| !STARTS_AND_ENDS.contains(event)),
        };
        Beginning { host: process.host, begin, hits }
    }

    /// Hits of one process (or item, or session) share a beginning: the earliest hit.
    fn of_hits(&self) -> Vec<Beginning> {
        let mut hits: Vec<&(FactId, Hit)> = self.hits.iter().collect();
        hits.sort_by(|a, b| (a.0, &a.1.field).cmp(&(b.0, &b.1.field)));
        let in_fields: HashSet<FactId> = hits.iter().filter(|(_, h)| h.field != MESSAGE).map(|(f, _)| *f).collect();
        hits.retain(|(fact, hit)| hit.field != MESSAGE || !in_fields.contains(fact));
        let mut places: HashMap<Node, usize> = HashMap::new();
        let mut beginnings: Vec<Beginning> = Vec::new();
        for (fact, hit) in hits {
            let (node, confidence) = self.node_of(*fact, hit);
            let shown = self.story_hit(*fact, &hit.field);
            if let Some(at) = places.get(&node) {
                beginnings[*at].hits.push(shown);
                continue;
            }
            places.insert(node.clone(), beginnings.len());
            let text = self.hit_words(*fact, hit, &node);
            let is_deed = self.fact(*fact).kind != Kind::Start;
            let begin = Begin {
                node,
                time: self.fact(*fact).time.unwrap_or(Time::new(0, 0, 0)),
                text,
                facts: vec![*fact],
                confidence,
                is_deed,
            };
            beginnings.push(Beginning { host: self.host_of(*fact), begin, hits: vec![shown] });
        }
        beginnings
    }

    fn story_hit(&self, fact: FactId, field: &str) -> StoryHit {
        let record = self.fact(fact);
        StoryHit { time: record.time, field: field.to_owned(), origin: record.origin() }
    }

    /// What a hit is about: the process that did it, the other one where the field speaks of that, else the item or
    /// session that the record tells of.
    fn node_of(&self, id: FactId, hit: &Hit) -> (Node, Confidence) {
        let fact = self.fact(id);
        let of_other = hit.field.starts_with("Parent") || hit.field.starts_with("Target") && fact.target().is_some();
        let process = if of_other { self.target(id).or_else(|| self.subject(id)) } else { self.subject(id) };
        let item = edges::entry_of(self, id).filter(|_| fact.kind != Kind::Start);
        let only_writes = |p: ProcessId| names::is_file(&self.process(p).image, &["services.exe", "svchost.exe"]);
        if let Some(entry) = item.filter(|_| process.is_none_or(only_writes)) {
            return (Node::Entry(entry), Confidence::Certain);
        }
        if let Some(process) = process.or_else(|| self.asker_of(id)) {
            return (Node::Process(process), self.hit_confidence(id, process));
        }
        let host = self.host_of(id);
        match self.sessions.of_logon(host, fact.logon, fact.time) {
            Some(session) => (Node::Session(session), if fact.kind == Kind::Logon { Certain } else { Strong }),
            None => (Node::End("unknown", None), Confidence::Unknown),
        }
    }

    /// For a query by the DNS client's service: a process that used the answer.
    fn asker_of(&self, id: FactId) -> Option<ProcessId> {
        dns::connections_of(self, id).into_iter().find_map(|c| self.subject(c))
    }

    fn hit_confidence(&self, id: FactId, process: ProcessId) -> Confidence {
        let (fact, known) = (self.fact(id), self.process(process));
        let of_other = self.subject(id) != Some(process);
        let guid = if of_other { fact.target().map_or(Guid(0), |t| t.guid) } else { fact.subject.guid };
        let by_guid = !guid.is_zero() && guid == known.guid;
        let by_start = known.starts.contains(&id);
        match by_guid || by_start || known.known == Known::Pid {
            true => Confidence::Certain,
            false => Confidence::Strong,
        }
    }

    fn hit_words(&self, id: FactId, hit: &Hit, node: &Node) -> String {
        let fact = self.fact(id);
        let what = match fact.kind {
            Kind::Dns => format!("DNS query {}", fact.object),
            Kind::Network => format!("connection with {} port {}", self.peer_words(id), fact.number),
            Kind::Start => "start of a process".to_owned(),
            Kind::FileWrite => format!("file {} written", fact.object),
            Kind::Load => format!("module {} loaded", fact.object),
            Kind::Registry => format!("registry value {} set", fact.object),
            Kind::Script => "script block".to_owned(),
            Kind::Service => format!("service {} installed", fact.object),
            Kind::TaskMade => format!("task {} made", fact.object),
            Kind::Logon => format!("logon of {}", fact.account),
            _ => format!("event {}", fact.event_id),
        };
        let what = match (hit.field.as_str(), fact.kind) {
            ("", _) | (_, Kind::Dns | Kind::Network) => what,
            (field, _) => format!("{what} ({field})"),
        };
        match node {
            Node::Process(process) => format!("{what} by {}", edges::words(self, *process)),
            _ => what,
        }
    }

    fn peer_words(&self, connection: FactId) -> String {
        let address = &self.fact(connection).address;
        match dns::query_of(self, connection) {
            Some(query) => format!("{address} ({})", self.fact(query).object),
            None => address.to_string(),
        }
    }

    fn story(&self, query: &Query, telling: Telling) -> Story {
        let Telling { beginning, chain } = telling;
        let chain = &chain;
        let host = beginning.host;
        let root = root::of(self, chain);
        let related = related::related(self, host, chain);
        let answer = related::answer(self, host, chain, &root, &related);
        Story {
            query: query.clone(),
            host: self.hosts.names.get(host as usize).map_or(String::new(), |n| n.to_string()),
            hits: beginning.hits,
            answer,
            timeline: related::timeline(self, chain),
            gaps: related::gaps(self, host, chain),
            steps: chain.steps.clone(),
            root,
            related,
        }
    }
}

/// What a chain is worth as the one that tells of its root: whether it tells of a process, how sure it is, its length.
type Worth = (bool, Confidence, usize);

fn worth(chain: &Chain) -> Worth {
    (!chain.processes.is_empty(), root::confidence(chain), chain.steps.len())
}

/// What makes two roots one: kind, name and file; where none is named, the process at which the evidence ends.
fn root_key(chain: &Chain) -> String {
    let ending = &chain.ending;
    let last = chain.processes.last().copied();
    match (&ending.name, chain.entry.or(chain.session)) {
        (Some(name), _) if !matches!(ending.kind.as_str(), "user_action" | "unknown") => {
            format!("{}|{}", ending.kind, name.to_lowercase())
        }
        _ => format!("{}|{last:?}", ending.kind),
    }
}

/// Hits in order, without the same record and field twice.
fn finished(mut story: Story) -> Story {
    story.hits.sort_by(|a, b| (a.time, &a.origin, &a.field).cmp(&(b.time, &b.origin, &b.field)));
    story.hits.dedup();
    story
}
