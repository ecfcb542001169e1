//! Services (Windows).
//!
//! Evidence: 7045, 4697, the registry's ImagePath or ServiceDll, `sc create`, items of the evidence; children of
//! services.exe and `svchost -s NAME`.
//! Claims: the service started the process, or is it.
//! Sure: `strong` where the whole command line agrees, with no other service of it, and services.exe started it; else `circumstantial`. A child of
//! services.exe that no record names is some service: `strong`, unnamed. A svchost is a service of interest only if a
//! record tells of that service's making: those of the system are never a root.

use super::{At, Cause, Node, making, signs};
use crate::entries::EntryId;
use crate::names::{self, Dispatcher};
use crate::path;
use crate::story::Edge;
use whodunit_event::Confidence::{self, Circumstantial, Strong};

/// A service that was made this many seconds before is likely the one of several with its command line.
const JUST_MADE: i32 = 60;

pub(crate) fn causes(at: &At<'_>) -> Vec<Cause> {
    if !at.may_be_from(&[Dispatcher::Services]) {
        return Vec::new();
    }
    if names::is_file(&at.process.image, &["svchost.exe"]) && names::in_system(&at.process.image) {
        return hosted(at);
    }
    let entries = at.graph.entries.of(at.process.host, "service").filter(|e| at.explained_by(at.graph.entry(*e)));
    let mut causes: Vec<Cause> = entries
        .filter_map(|e| Some((e, at.fits(at.graph.entry(e))?)))
        .filter_map(|(e, fits)| cause(at, e, fits))
        .collect();
    if causes.iter().filter(|c| c.confidence == Strong).count() > 1 && !is_just_made(&causes) {
        causes = causes.into_iter().map(|cause| cause.at_most(Circumstantial)).collect();
    }
    if causes.is_empty() {
        causes.extend(unnamed(at));
        causes.extend(unnamed_from_elsewhere(at));
    }
    causes
}

/// Whether just one of the services of one command line was made just before.
fn is_just_made(causes: &[Cause]) -> bool {
    causes.iter().filter(|c| c.weight >= -JUST_MADE).count() == 1
}

fn cause(at: &At<'_>, entry: EntryId, fits: Confidence) -> Option<Cause> {
    let service = at.graph.entry(entry);
    let by_services = at.dispatcher() == Some(Dispatcher::Services);
    if !by_services && fits != Strong {
        return None;
    }
    let confidence = if by_services { fits } else { Circumstantial };
    let text = format!("the service {} started {}", service.item.name, super::words(at.graph, at.id));
    let made = making(at.graph, service, at.process.start);
    let age = service.since.zip(at.process.start).map_or(1e6, |(made, start)| start.since(made)).clamp(0.0, 1e6);
    let facts = made.into_iter().chain(at.process.starts.iter().copied());
    Some(
        Cause::new(Edge::Item, Node::Entry(entry), confidence, text)
            .at(at.process.start)
            .on(facts)
            .weighing(-(age as i32)),
    )
}

/// `svchost -s NAME` of a service whose making is on record.
fn hosted(at: &At<'_>) -> Vec<Cause> {
    let Some(name) = names::service_of_svchost(&at.process.command) else { return Vec::new() };
    let entry = at.graph.entries.named(at.process.host, "service", name);
    let entry = entry.filter(|e| !at.graph.entry(*e).made.is_empty() && at.explained_by(at.graph.entry(*e)));
    entry.and_then(|e| cause(at, e, Strong)).into_iter().collect()
}

/// Some service, but no record says which; a program of the system itself is none of interest.
fn unnamed(at: &At<'_>) -> Option<Cause> {
    if at.dispatcher() != Some(Dispatcher::Services) || names::is_quiet(&at.process.image) {
        return None;
    }
    let file = path::file_name(&at.process.image);
    // Where another host may have made it, that it is a service says little.
    let start = at.process.start.filter(|_| may_be_foreign(at));
    let reached = start.is_some_and(|start| signs::before(at.graph, at.process.host, start, "").is_some());
    let confidence = if reached { Circumstantial } else { Strong };
    let text = format!("services.exe started {}: a service; no record names it", super::words(at.graph, at.id));
    // The service's name is not known: that of its file stands for it.
    let node = Node::End("service", Some(file.to_owned()).filter(|f| !f.is_empty()));
    let cause = Cause::new(Edge::Item, node, confidence, text);
    Some(cause.at(at.process.start).on(at.process.starts.iter().copied()))
}

/// A service that no record names, started just after another host had reached the ports that make services: it was
/// made from there, as far as the evidence goes.
fn unnamed_from_elsewhere(at: &At<'_>) -> Option<Cause> {
    if at.dispatcher() != Some(Dispatcher::Services) || !may_be_foreign(at) {
        return None;
    }
    let origin = signs::before(at.graph, at.process.host, at.process.start?, "")?;
    let text = format!("services.exe started {} just after {}", super::words(at.graph, at.id), origin.text);
    let facts = origin.facts.iter().copied().chain(at.process.starts.iter().copied());
    Some(Cause::new(Edge::Remote, origin.node, origin.confidence, text).at(origin.time).on(facts).weighing(1))
}

/// The system starts services of its own all day; those that others make run shells, or programs of their own.
fn may_be_foreign(at: &At<'_>) -> bool {
    let image = &at.process.image;
    let serves_others = names::dispatcher(image, "") == Some(Dispatcher::RemoteService);
    serves_others || names::is_shell(image) || !names::in_system(image)
}
