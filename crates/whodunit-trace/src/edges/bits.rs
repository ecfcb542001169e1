//! BITS jobs (Windows).
//!
//! Evidence: Bits-Client 3 and 59, `bitsadmin /SetNotifyCmdLine`; children of `svchost -s BITS` or of one for several
//! services (a job's command when it ends).
//! Claims: the job started the process.
//! Sure: `strong` where a job's command line is the process's, or where one job is known to `svchost -s BITS`; else
//! `circumstantial`. A command line that does not begin with its program is BITS's way: it passes on what it was given.

use super::{At, Cause, Launcher, Node, words};
use crate::entries::EntryId;
use crate::names::{self, Dispatcher};
use crate::story::Edge;
use crate::{command, path};
use whodunit_event::Confidence::{Circumstantial, Strong};

pub(crate) fn causes(at: &At<'_>) -> Vec<Cause> {
    let Launcher::Dispatcher(parent, dispatcher) = at.launcher else { return Vec::new() };
    let service = names::service_of_svchost(&at.graph.process(parent).command);
    let by_bits = service.is_some_and(|s| s.eq_ignore_ascii_case("bits"));
    let by_manner = dispatcher == Dispatcher::Svchost && is_bare(at);
    let entries = at.graph.entries.of(at.process.host, "bits-job").filter(|e| at.explained_by(at.graph.entry(*e)));
    let known: Vec<EntryId> = entries.collect();
    let fitting: Vec<EntryId> = known.iter().copied().filter(|e| has_command(at, *e)).collect();
    let by_command = dispatcher == Dispatcher::Svchost && !fitting.is_empty();
    if !by_bits && !by_manner && !by_command {
        return Vec::new();
    }
    let jobs = if fitting.is_empty() { known } else { fitting.clone() };
    let confidence = if jobs.len() == 1 && (by_bits || by_command) { Strong } else { Circumstantial };
    let started = words(at.graph, at.id);
    let new = |node, text| {
        Cause::new(Edge::Item, node, confidence, text).at(at.process.start).on(at.process.starts.iter().copied())
    };
    if jobs.is_empty() {
        let text = format!("a BITS job started {started}; no record names it");
        let confidence = if by_bits { Strong } else { Circumstantial };
        return vec![Cause { confidence, ..new(Node::End("bits-job", None), text) }.weighing(1)];
    }
    let name = |e: EntryId| &at.graph.entry(e).item.name;
    jobs.iter().map(|e| new(Node::Entry(*e), format!("the BITS job {} started {started}", name(*e)))).collect()
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
