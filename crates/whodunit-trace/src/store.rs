//! Facts in little memory: equal texts once, in one block; a fact as a row of numbers; a [`View`] to read it by.

use crate::fact::{Actor, Fact, Kind};
use crate::hosts::HostId;
use crate::processes::FactId;
use hashbrown::{DefaultHashBuilder, HashMap, HashTable};
use std::hash::BuildHasher;
use whodunit_event::{Guid, Origin, Time};

/// Number of a text.
pub(crate) type Sym = u32;

/// Texts, each once; number 0 is the empty one.
#[derive(Debug)]
pub(crate) struct Texts {
    block: String,
    /// Where each text ends; it begins where the one before it ends.
    ends: Vec<usize>,
    table: HashTable<Sym>,
    hasher: DefaultHashBuilder,
}

impl Default for Texts {
    fn default() -> Self {
        Self { block: String::new(), ends: vec![0], table: HashTable::new(), hasher: DefaultHashBuilder::default() }
    }
}

impl Texts {
    /// The number of a text.
    pub(crate) fn put(&mut self, text: &str) -> Sym {
        if text.is_empty() {
            return 0;
        }
        let (block, ends, hasher) = (&self.block, &self.ends, &self.hasher);
        let hash = hasher.hash_one(text);
        if let Some(known) = self.table.find(hash, |sym| slice(block, ends, *sym) == text) {
            return *known;
        }
        let new = self.ends.len() as Sym;
        self.block.push_str(text);
        self.ends.push(self.block.len());
        let (block, ends, hasher) = (&self.block, &self.ends, &self.hasher);
        self.table.insert_unique(hash, new, |sym| hasher.hash_one(slice(block, ends, *sym)));
        new
    }

    /// The text of a number.
    pub(crate) fn get(&self, sym: Sym) -> &str {
        slice(&self.block, &self.ends, sym)
    }

    /// Drops what only putting needs.
    fn close(&mut self) {
        self.table = HashTable::new();
        self.block.shrink_to_fit();
        self.ends.shrink_to_fit();
    }
}

fn slice<'a>(block: &'a str, ends: &[usize], sym: Sym) -> &'a str {
    let end = ends.get(sym as usize).copied().unwrap_or(0);
    let start = ends.get((sym as usize).wrapping_sub(1)).copied().unwrap_or(0);
    block.get(start..end).unwrap_or_default()
}

/// An actor as numbers.
#[derive(Clone, Copy, Debug)]
struct Side {
    guid: u128,
    pid: u32,
    image: Sym,
    command: Sym,
    user: Sym,
}

/// A fact as numbers.
#[derive(Clone, Copy, Debug)]
struct Row {
    subject: Side,
    seconds: i64,
    logon: u64,
    number: u64,
    record: u64,
    line: u64,
    offset: u64,
    length: u32,
    nanos: u32,
    event_id: u32,
    /// As spelled until [`Store::close`], then the host's number.
    host: u32,
    /// Index of the target, `NONE` if there is none.
    target: u32,
    place: u32,
    object: Sym,
    detail: Sym,
    address: Sym,
    account: Sym,
    skew: i32,
    /// Where the row stood before [`Store::close`].
    old: FactId,
    kind: Kind,
    digits: u8,
    flags: u8,
}

const NONE: u32 = u32::MAX;
const ABSENT: u64 = u64::MAX;
const FLAG: u8 = 1;
const LOCAL: u8 = 2;
const TIMED: u8 = 4;

/// Facts.
#[derive(Debug, Default)]
pub(crate) struct Store {
    pub(crate) texts: Texts,
    rows: Vec<Row>,
    targets: Vec<Side>,
    /// Files, members, keys: origins without the place in them.
    places: Vec<Origin>,
    place_of: HashMap<Origin, u32>,
}

/// A fact to read; columns as in [`Fact`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct View<'a> {
    store: &'a Store,
    row: &'a Row,
    pub(crate) kind: Kind,
    pub(crate) event_id: u32,
    pub(crate) flag: bool,
    pub(crate) time: Option<Time>,
    pub(crate) subject: Actor<&'a str>,
    pub(crate) object: &'a str,
    pub(crate) detail: &'a str,
    pub(crate) address: &'a str,
    pub(crate) account: &'a str,
    pub(crate) logon: u64,
    pub(crate) number: u64,
}

impl<'a> View<'a> {
    /// Whom it was done to; the parent of a new process.
    pub(crate) fn target(&self) -> Option<Actor<&'a str>> {
        self.store.targets.get(self.row.target as usize).map(|side| self.store.actor(side))
    }

    /// Where it stands.
    pub(crate) fn origin(&self) -> Origin {
        let row = self.row;
        let length = (row.length != NONE).then_some(u64::from(row.length));
        let place = self.store.places.get(row.place as usize).cloned().unwrap_or_default();
        let some = |n: u64| (n != ABSENT).then_some(n);
        Origin { record: some(row.record), line: some(row.line), offset: some(row.offset), length, ..place }
    }
}

impl Store {
    /// Number of facts.
    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// Takes a fact.
    pub(crate) fn push(&mut self, fact: &Fact) -> FactId {
        let id = self.rows.len() as FactId;
        let subject = self.side(&fact.subject);
        let target = fact.target.as_deref().map_or(NONE, |target| {
            let side = self.side(target);
            self.targets.push(side);
            self.targets.len() as u32 - 1
        });
        let place = self.place(&fact.origin);
        let time = fact.time.unwrap_or(Time::new(0, 0, 0));
        let texts = &mut self.texts;
        let flags = [(fact.flag, FLAG), (fact.is_local, LOCAL), (fact.time.is_some(), TIMED)];
        self.rows.push(Row {
            subject,
            seconds: time.seconds(),
            logon: fact.logon,
            number: fact.number,
            record: fact.origin.record.unwrap_or(ABSENT),
            line: fact.origin.line.unwrap_or(ABSENT),
            offset: fact.origin.offset.unwrap_or(ABSENT),
            length: fact.origin.length.and_then(|l| u32::try_from(l).ok()).unwrap_or(NONE),
            nanos: time.nanos(),
            event_id: fact.event_id,
            host: texts.put(&fact.host),
            target,
            place,
            object: texts.put(&fact.object),
            detail: texts.put(&fact.detail),
            address: texts.put(&fact.address),
            account: texts.put(&fact.account),
            skew: i32::try_from(fact.clock_skew).unwrap_or(0),
            old: id,
            kind: fact.kind,
            digits: time.digits(),
            flags: flags.iter().filter(|(on, _)| *on).map(|(_, bit)| bit).sum(),
        });
        id
    }

    fn side(&mut self, actor: &Actor) -> Side {
        Side {
            guid: actor.guid.0,
            pid: actor.pid,
            image: self.texts.put(&actor.image),
            command: self.texts.put(&actor.command),
            user: self.texts.put(&actor.user),
        }
    }

    fn place(&mut self, origin: &Origin) -> u32 {
        let place = Origin { record: None, line: None, offset: None, length: None, ..origin.clone() };
        if self.places.last() == Some(&place) {
            return self.places.len() as u32 - 1;
        }
        if let Some(known) = self.place_of.get(&place) {
            return *known;
        }
        self.places.push(place.clone());
        self.place_of.insert(place, self.places.len() as u32 - 1);
        self.places.len() as u32 - 1
    }

    fn actor<'a>(&'a self, side: &Side) -> Actor<&'a str> {
        Actor {
            guid: Guid(side.guid),
            pid: side.pid,
            image: self.texts.get(side.image),
            command: self.texts.get(side.command),
            user: self.texts.get(side.user),
        }
    }

    /// A fact by number.
    pub(crate) fn view(&self, id: FactId) -> View<'_> {
        let row = &self.rows[id as usize];
        View {
            store: self,
            row,
            kind: row.kind,
            event_id: row.event_id,
            flag: row.flags & FLAG != 0,
            time: time(row),
            subject: self.actor(&row.subject),
            object: self.texts.get(row.object),
            detail: self.texts.get(row.detail),
            address: self.texts.get(row.address),
            account: self.texts.get(row.account),
            logon: row.logon,
            number: row.number,
        }
    }

    /// The processes that a fact names: who did it, whom it was done to.
    pub(crate) fn actors(&self, id: FactId) -> impl Iterator<Item = Actor<&str>> {
        let row = &self.rows[id as usize];
        let target = self.targets.get(row.target as usize);
        std::iter::once(&row.subject).chain(target).map(|side| self.actor(side))
    }

    /// The correction of the clock in a fact's time.
    pub(crate) fn skew(&self, id: FactId) -> i64 {
        i64::from(self.rows[id as usize].skew)
    }

    /// When a fact happened; 1970 where the record has no time.
    pub(crate) fn at(&self, id: FactId) -> Time {
        let row = &self.rows[id as usize];
        Time::new(row.seconds, row.nanos, row.digits)
    }

    /// What a fact says.
    pub(crate) fn kind(&self, id: FactId) -> Kind {
        self.rows[id as usize].kind
    }

    /// The host of a fact: its spelling's number until [`Store::close`], then the host's.
    pub(crate) fn host(&self, id: FactId) -> u32 {
        self.rows[id as usize].host
    }

    /// Whether a fact's time is a local one of unknown zone.
    pub(crate) fn is_local(&self, id: FactId) -> bool {
        self.rows[id as usize].flags & LOCAL != 0
    }

    /// Moves a local time to UTC.
    pub(crate) fn move_time(&mut self, id: FactId, seconds: i64) {
        let row = &mut self.rows[id as usize];
        row.seconds = row.seconds.saturating_add(seconds);
        row.flags &= !LOCAL;
    }

    /// Makes the own side of a connection the peer's and the other way round.
    pub(crate) fn swap_sides(&mut self, id: FactId) {
        let row = &mut self.rows[id as usize];
        std::mem::swap(&mut row.address, &mut row.detail);
    }

    /// Puts facts into the order of host, time and record, and numbers hosts; gives each fact's new number by its old.
    pub(crate) fn close(&mut self, host_of: impl Fn(Sym) -> HostId) -> Vec<FactId> {
        for row in &mut self.rows {
            row.host = host_of(row.host);
        }
        self.rows.sort_by_cached_key(|row| (row.host, row.seconds, row.nanos, row.record, row.old));
        self.texts.close();
        self.place_of = HashMap::new();
        let mut places = vec![0; self.rows.len()];
        for (new, row) in self.rows.iter().enumerate() {
            places[row.old as usize] = new as FactId;
        }
        places
    }
}

fn time(row: &Row) -> Option<Time> {
    (row.flags & TIMED != 0).then(|| Time::new(row.seconds, row.nanos, row.digits))
}

/// Lists of numbers by a number from 0, in one block.
#[derive(Debug, Default)]
pub(crate) struct Lists {
    starts: Vec<u32>,
    all: Vec<u32>,
}

impl Lists {
    /// From pairs of (list, value) that `pairs` gives twice in the same order; values keep that order.
    pub(crate) fn new<I: Iterator<Item = (u32, u32)>>(lists: usize, pairs: impl Fn() -> I) -> Self {
        let mut starts = vec![0; lists + 1];
        for (list, _) in pairs() {
            starts[list as usize + 1] += 1;
        }
        for at in 0..lists {
            starts[at + 1] += starts[at];
        }
        let mut next = starts.clone();
        let mut all = vec![0; starts[lists] as usize];
        for (list, value) in pairs() {
            all[next[list as usize] as usize] = value;
            next[list as usize] += 1;
        }
        Self { starts, all }
    }

    /// A list.
    pub(crate) fn get(&self, list: u32) -> &[u32] {
        match (self.starts.get(list as usize), self.starts.get(list as usize + 1)) {
            (Some(start), Some(end)) => &self.all[*start as usize..*end as usize],
            _ => &[],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_texts_are_one() {
        let mut texts = Texts::default();
        let (a, b, c) = (texts.put("a"), texts.put("bc"), texts.put("a"));
        assert_eq!((a, texts.get(a), texts.get(b), texts.get(0)), (c, "a", "bc", ""));
        for n in 0..1000 {
            texts.put(&n.to_string());
        }
        assert_eq!(texts.put("bc"), b);
    }

    #[test]
    fn lists_keep_their_order() {
        let pairs = [(2, 7), (0, 1), (2, 5)];
        let lists = Lists::new(3, || pairs.into_iter());
        assert_eq!((lists.get(0), lists.get(1), lists.get(2), lists.get(9)), (&[1][..], &[][..], &[7, 5][..], &[][..]));
    }
}
