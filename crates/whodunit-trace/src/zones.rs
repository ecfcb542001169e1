//! Local times without a zone: exports give some channels in the host's local time beside others in UTC. The zone shows
//! where both tell of the same start of a process: the difference is then a whole number of quarter hours.

use crate::fact::{Fact, Kind};
use crate::hosts::HostId;
use crate::path;
use crate::processes::SAME_START;
use std::collections::HashMap;

/// Zones differ from UTC by multiples of this many seconds.
const QUARTER: f64 = 900.0;
/// No zone is farther from UTC.
const FARTHEST: f64 = 14.0 * 3600.0;
/// Starts of one pid that are compared.
const COMPARED: usize = 64;

/// Moves facts of unknown zone to UTC; gives the hosts whose zone was found, with the seconds added.
pub(crate) fn settle(facts: &mut [Fact], host_of: impl Fn(&Fact) -> HostId) -> HashMap<HostId, i64> {
    let zones = zones(facts, &host_of);
    for fact in facts.iter_mut().filter(|f| f.is_local) {
        if let Some(seconds) = zones.get(&host_of(fact)) {
            fact.time = fact.time.map(|t| t.plus_seconds(*seconds));
            fact.is_local = false;
        }
    }
    zones
}

/// The difference that most pairs of starts of each host agree on.
fn zones(facts: &[Fact], host_of: &impl Fn(&Fact) -> HostId) -> HashMap<HostId, i64> {
    let mut starts: HashMap<(HostId, u32, String), Vec<&Fact>> = HashMap::new();
    let is_start = |f: &&Fact| f.kind == Kind::Start && f.subject.pid != 0;
    let has_local = facts.iter().any(|f| f.is_local);
    for fact in facts.iter().filter(|_| has_local).filter(is_start) {
        let name = path::file_name(&fact.subject.image).to_lowercase();
        starts.entry((host_of(fact), fact.subject.pid, name)).or_default().push(fact);
    }
    let mut votes: HashMap<HostId, HashMap<i64, usize>> = HashMap::new();
    for ((host, ..), starts) in &starts {
        let (local, utc): (Vec<&Fact>, Vec<&Fact>) = starts.iter().partition(|f| f.is_local);
        for (a, b) in local.iter().take(COMPARED).flat_map(|a| utc.iter().take(COMPARED).map(move |b| (a, b))) {
            if let Some(zone) = difference(a, b) {
                *votes.entry(*host).or_default().entry(zone).or_default() += 1;
            }
        }
    }
    let most = |votes: HashMap<i64, usize>| votes.into_iter().max_by_key(|(zone, n)| (*n, -zone.abs())).map(|(z, _)| z);
    votes.into_iter().filter_map(|(host, votes)| Some((host, most(votes)?))).collect()
}

/// How many seconds a local time is behind UTC, if two records can be one start.
fn difference(local: &Fact, utc: &Fact) -> Option<i64> {
    let (a, b) = (&local.subject.command, &utc.subject.command);
    let seconds = utc.time?.since(local.time?);
    let whole = (seconds / QUARTER).round() * QUARTER;
    let fits =
        (seconds - whole).abs() <= SAME_START && whole.abs() <= FARTHEST && (a.is_empty() || b.is_empty() || a == b);
    fits.then_some(whole as i64)
}
