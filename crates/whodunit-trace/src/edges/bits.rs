//! BITS jobs (Windows).
//!
//! Evidence: Bits-Client 3, 59 and 60, `bitsadmin` and `Start-BitsTransfer` with their URLs and targets; children of
//! `svchost -s BITS` or of one for several services (a job's command when it ends); what such a svchost asked for,
//! talked to and wrote.
//! Claims: the job started the process, or had the service fetch what it fetched.
//! Sure: `strong` where a job's command line is the process's, where one job is known to `svchost -s BITS`, or where that
//! fetched from the very host of the job's URL; else `circumstantial`. A command line that does not begin with its
//! program is BITS's way: it passes on what it was given.

use super::{At, Cause, Launcher, Node, words};
use crate::entries::EntryId;
use crate::fact::Kind;
use crate::names::{self, Dispatcher};
use crate::processes::{FactId, SAME_START};
use crate::story::Edge;
use crate::{command, path};
use std::collections::HashSet;
use whodunit_event::Confidence::{self, Circumstantial, Strong};

/// What the service did this many seconds around its deed belongs to the same transfer.
const TRANSFER: f64 = 120.0;

pub(crate) fn causes(at: &At<'_>) -> Vec<Cause> {
    let Launcher::Dispatcher(parent, dispatcher) = at.launcher else { return Vec::new() };
    let by_bits = is_bits(&at.graph.process(parent).command);
    let by_manner = dispatcher == Dispatcher::Svchost && is_bare(at);
    let entries = at.graph.entries.of(at.process.host, "bits-job").filter(|e| at.explained_by(at.graph.entry(*e)));
    let known: Vec<EntryId> = entries.collect();
    let fitting: Vec<EntryId> = known.iter().copied().filter(|e| has_command(at, *e)).collect();
    let by_command = dispatcher == Dispatcher::Svchost && !fitting.is_empty();
    if !by_bits && !by_manner && !by_command {
        return Vec::new();
    }
    let jobs = if fitting.is_empty() { known } else { fitting };
    let confidence = match jobs.len() {
        0 if by_bits => Strong,
        1 if by_bits || by_command => Strong,
        _ => Circumstantial,
    };
    let mut causes: Vec<Cause> = jobs.iter().map(|job| started(at, *job, confidence)).collect();
    if jobs.len() != 1 {
        causes.push(unnamed(at, &jobs, if by_bits { Strong } else { Circumstantial }));
    }
    causes
}

fn is_bits(command: &str) -> bool {
    names::service_of_svchost(command).is_some_and(|s| s.eq_ignore_ascii_case("bits"))
}

fn started(at: &At<'_>, job: EntryId, confidence: Confidence) -> Cause {
    let name = &at.graph.entry(job).item.name;
    let text = format!("the BITS job {name} started {}", words(at.graph, at.id));
    let facts = at.graph.entry(job).made.iter().take(1).chain(&at.process.starts).copied();
    Cause::new(Edge::Item, Node::Entry(job), confidence, text).at(at.process.start).on(facts)
}

/// Some job, but nothing tells which of those that are known.
fn unnamed(at: &At<'_>, jobs: &[EntryId], confidence: Confidence) -> Cause {
    let names: Vec<&str> = jobs.iter().take(8).map(|j| at.graph.entry(*j).item.name.as_str()).collect();
    let which = match names.is_empty() {
        true => "a BITS job".to_owned(),
        false => format!("one of the BITS jobs {}", names.join(", ")),
    };
    let text = format!("{which} started {}; no record tells which", words(at.graph, at.id));
    let cause = Cause::new(Edge::Item, Node::End("bits-job", None), confidence, text);
    // Before some task: the scheduler gives its programs a whole command line.
    cause.at(at.process.start).on(at.process.starts.iter().copied()).weighing(10)
}

/// A command line that does not begin with the program that runs it.
fn is_bare(at: &At<'_>) -> bool {
    let (program, _) = command::program(&at.process.command);
    !program.is_empty() && !path::same_name(program, &at.process.image)
}

/// Whether a job's command is the process's: with its program, or as BITS passes it on, without.
fn has_command(at: &At<'_>, job: EntryId) -> bool {
    let entry = at.graph.entry(job);
    let bare = |c: &String| command::program(c).1.trim() == at.process.command.trim() && is_bare(at);
    at.fits(entry).is_some() || entry.item.command.iter().any(bare)
}

/// The job for which the service fetched something: the hit is the service's own deed.
pub(crate) fn transfers(at: &At<'_>) -> Vec<Cause> {
    let shared = names::dispatcher(&at.process.image, &at.process.command) == Some(Dispatcher::Svchost);
    let alone = is_bits(&at.process.command);
    if !at.is_hit || !(alone || shared) {
        return Vec::new();
    }
    let (peers, folders) = (peers(at), folders(at));
    let jobs = at.graph.entries.of(at.process.host, "bits-job");
    jobs.filter_map(|job| transfer(at, job, &peers, &folders))
        .map(|cause| if alone { cause } else { Cause { confidence: Circumstantial, ..cause } })
        .collect()
}

fn transfer(at: &At<'_>, job: EntryId, peers: &HashSet<String>, folders: &HashSet<String>) -> Option<Cause> {
    let made = &at.graph.entry(job).made;
    let before = |f: &FactId| at.graph.fact(*f).time.is_none_or(|t| t.since(at.effect) <= SAME_START);
    let order = |f: &FactId| order_of(at, *f);
    let fits_host = |f: &FactId| host_of(order(f)).is_some_and(|host| peers.contains(&host));
    let fits_folder = |f: &FactId| folders.iter().any(|folder| order(f).to_lowercase().contains(folder.as_str()));
    let mut before = made.iter().rev().copied().filter(before);
    let by_host = before.clone().find(fits_host);
    let fact = by_host.or_else(|| before.find(fits_folder))?;
    let confidence = if by_host.is_some() { Strong } else { Circumstantial };
    let maker = at.graph.subject(fact).map_or_else(String::new, |m| format!(", made by {},", words(at.graph, m)));
    let name = &at.graph.entry(job).item.name;
    let text = format!("the BITS job {name}{maker} had {} fetch it", words(at.graph, at.id));
    let cause = Cause::new(Edge::Item, Node::Entry(job), confidence, text);
    Some(cause.at(at.graph.fact(fact).time).on([fact]).weighing(10))
}

/// What a record says of a job: its URL, or the command line with URL and target.
fn order_of<'a>(at: &At<'a>, fact: FactId) -> &'a str {
    let fact = at.graph.fact(fact);
    if fact.kind == Kind::Start { fact.subject.command } else { fact.detail }
}

/// The host of the first URL in a text.
fn host_of(text: &str) -> Option<String> {
    let (_, rest) = text.split_once("://")?;
    let host = rest.split(|c: char| "/:?\"' ".contains(c)).next()?;
    (!host.is_empty()).then(|| host.to_lowercase())
}

/// Names and addresses that the service had to do with around its deed.
fn peers(at: &At<'_>) -> HashSet<String> {
    let facts = around(at).map(|f| at.graph.fact(f));
    let of = facts.filter_map(|fact| match fact.kind {
        Kind::Dns => Some(fact.object.to_lowercase()),
        Kind::Network => Some(fact.address.to_lowercase()),
        _ => None,
    });
    of.filter(|name| !name.is_empty()).collect()
}

/// Folders into which the service wrote its `BIT….tmp` around its deed, with the slash at their end.
fn folders(at: &At<'_>) -> HashSet<String> {
    let facts = around(at).map(|f| at.graph.fact(f)).filter(|f| f.kind == Kind::FileWrite);
    let temporary = facts.filter(|f| {
        let name = path::file_name(f.object).to_lowercase();
        name.starts_with("bit") && name.ends_with(".tmp")
    });
    temporary.filter_map(|f| f.object.rfind('\\').map(|end| f.object[..=end].to_lowercase())).collect()
}

fn around<'a>(at: &At<'a>) -> impl Iterator<Item = FactId> + use<'a> {
    let (graph, effect) = (at.graph, at.effect);
    let near = move |f: &FactId| graph.fact(*f).time.is_some_and(|t| t.since(effect).abs() <= TRANSFER);
    graph.done_by(at.id).iter().copied().filter(near)
}
