//! Local times without a zone: exports give some channels in the host's local time beside others in UTC. The zone shows
//! where both tell of the same start of a process: the difference is then a whole number of quarter hours.
//!
//! Others call local time UTC. There the start times inside ProcessGuids, which are UTC, show it.

use crate::fact::Kind;
use crate::path;
use crate::processes::{FactId, SAME_START};
use crate::store::{Store, View};
use hashbrown::HashMap;

/// Zones differ from UTC by multiples of this many seconds.
const QUARTER: f64 = 900.0;
/// No zone is farther from UTC.
const FARTHEST: f64 = 14.0 * 3600.0;
/// Starts of one pid that are compared.
const COMPARED: usize = 64;

/// Moves facts of unknown zone to UTC; gives the hosts whose zone was found, by their spelling's number, with the
/// seconds added.
pub(crate) fn settle(store: &mut Store) -> HashMap<u32, i64> {
    if !(0..store.len() as FactId).any(|id| store.is_local(id)) {
        return HashMap::new();
    }
    let zones = zones(store);
    for id in 0..store.len() as FactId {
        if let Some(seconds) = zones.get(&store.host(id)).filter(|_| store.is_local(id)) {
            store.move_time(id, *seconds);
        }
    }
    zones
}

/// The difference that most pairs of starts of each host agree on.
fn zones(store: &Store) -> HashMap<u32, i64> {
    let mut starts: HashMap<(u32, u32, String), Vec<FactId>> = HashMap::new();
    for id in (0..store.len() as FactId).filter(|id| store.kind(*id) == Kind::Start) {
        let subject = store.view(id).subject;
        let name = path::file_name(subject.image).to_lowercase();
        starts.entry((store.host(id), subject.pid, name)).or_default().push(id);
    }
    let mut votes: HashMap<u32, HashMap<i64, usize>> = HashMap::new();
    for ((host, ..), starts) in &starts {
        let (local, utc): (Vec<FactId>, Vec<FactId>) = starts.iter().partition(|id| store.is_local(**id));
        for (a, b) in local.iter().take(COMPARED).flat_map(|a| utc.iter().take(COMPARED).map(move |b| (a, b))) {
            if let Some(zone) = difference(&store.view(*a), &store.view(*b)) {
                *votes.entry(*host).or_default().entry(zone).or_default() += 1;
            }
        }
    }
    let most = |votes: HashMap<i64, usize>| votes.into_iter().max_by_key(|(zone, n)| (*n, -zone.abs())).map(|(z, _)| z);
    votes.into_iter().filter_map(|(host, votes)| Some((host, most(votes)?))).collect()
}

/// Hosts whose every start is recorded at the same whole number of quarter hours off the time in its ProcessGuid, with
/// the seconds to add to such a time for the log's.
pub(crate) fn of_guids(store: &Store) -> HashMap<u32, i64> {
    let mut zones: HashMap<u32, Option<i64>> = HashMap::new();
    for id in (0..store.len() as FactId).filter(|id| store.kind(*id) == Kind::Start) {
        if let Some(zone) = off_guid(&store.view(id), store.skew(id)) {
            let known = zones.entry(store.host(id)).or_insert(Some(zone));
            *known = known.filter(|k| *k == zone);
        }
    }
    zones.into_iter().filter_map(|(host, zone)| Some((host, zone.filter(|z| *z != 0)?))).collect()
}

/// How far a start's time is off that in its GUID, if it can be a zone.
fn off_guid(start: &View<'_>, skew: i64) -> Option<i64> {
    let seconds = start.time?.since(start.subject.guid.start()?.plus_seconds(skew));
    let whole = (seconds / QUARTER).round() * QUARTER;
    ((seconds - whole).abs() <= SAME_START && whole.abs() <= FARTHEST).then_some(whole as i64)
}

/// How many seconds a local time is behind UTC, if two records can be one start.
fn difference(local: &View<'_>, utc: &View<'_>) -> Option<i64> {
    let (a, b) = (local.subject, utc.subject);
    let seconds = utc.time?.since(local.time?);
    let whole = (seconds / QUARTER).round() * QUARTER;
    let same = a.pid != 0 && (a.command.is_empty() || b.command.is_empty() || a.command == b.command);
    (same && (seconds - whole).abs() <= SAME_START && whole.abs() <= FARTHEST).then_some(whole as i64)
}
