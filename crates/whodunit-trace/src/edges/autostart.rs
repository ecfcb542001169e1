//! Run keys, startup folders, logon scripts and other things that a logon starts (Windows).
//!
//! Evidence: registry values set (event 13), `reg add`, files written to a startup folder, items of the evidence;
//! Shell-Core 9707 and 9708 (the shell ran a Run key's command); children of explorer, userinit, winlogon, runonce.
//! Claims: the item, which existed before, started the process.
//! Sure: `certain` where 9708 names pid and command and only one Run key has it; `strong` where 9707 names the command, or userinit, runonce or an
//! explorer not older than three minutes started the whole command line; else `circumstantial`: a person could have.

use super::{At, Cause, Launcher, Node, making};
use crate::command;
use crate::entries::EntryId;
use crate::fact::Kind;
use crate::names::Dispatcher;
use crate::processes::FactId;
use crate::story::Edge;
use whodunit_event::Confidence::{self, Certain, Circumstantial, Strong};

/// What a logon starts.
const CATEGORIES: [&str; 8] =
    ["run-key", "startup-folder", "winlogon", "logon-script", "active-setup", "gpo-script", "screensaver", "appinit"];
/// A desktop this young is still working through what a logon starts.
const LOGON_WORK: f64 = 180.0;
/// Shell-Core's records lie this near to the start.
const SHELL_RECORD: f64 = 5.0;

pub(crate) fn causes(at: &At<'_>) -> Vec<Cause> {
    if !at.may_be_from(&[Dispatcher::Desktop, Dispatcher::Logon]) {
        return Vec::new();
    }
    let entries = CATEGORIES.iter().flat_map(|c| at.graph.entries.of(at.process.host, c));
    let fitting: Vec<(EntryId, Confidence)> = entries
        .filter(|e| at.explained_by(at.graph.entry(*e)))
        .filter_map(|e| Some((e, at.fits(at.graph.entry(e))?)))
        .collect();
    let record = shell_record(at);
    let run_keys = fitting.iter().filter(|(e, _)| is_run_key(at, *e)).count();
    // The shell's records name a Run key's command, not the value that holds it.
    let rivals = |e| if record.is_some() && is_run_key(at, e) { run_keys } else { fitting.len() };
    let causes = fitting.iter().filter_map(|(e, fits)| Some((*e, cause(at, *e, *fits, record)?)));
    causes.map(|(e, cause)| if rivals(e) > 1 { cause.at_most(Circumstantial) } else { cause }).collect()
}

fn is_run_key(at: &At<'_>, entry: EntryId) -> bool {
    at.graph.entry(entry).item.category == "run-key"
}

fn cause(at: &At<'_>, entry: EntryId, fits: Confidence, record: Option<(FactId, Confidence)>) -> Option<Cause> {
    let item = &at.graph.entry(entry).item;
    let record = record.filter(|_| is_run_key(at, entry));
    let confidence = match (record, fits) {
        (Some((_, sure)), _) => sure,
        (None, Strong) if at_logon(at) => Strong,
        (None, Strong) => Circumstantial,
        (None, _) if at.dispatcher().is_some() => Circumstantial,
        _ => return None,
    };
    let title = whodunit_event::persist::category_of(item.category).map_or(item.category, |c| c.title);
    let text = format!("the {title} {} started {}", item.name, super::words(at.graph, at.id));
    let made = making(at.graph, at.graph.entry(entry), at.process.start);
    let facts = record.map(|(f, _)| f).into_iter().chain(made).chain(at.process.starts.iter().copied());
    Some(Cause::new(Edge::Item, Node::Entry(entry), confidence, text).at(at.process.start).on(facts).weighing(20))
}

/// 9707 or 9708 of the same command near the start.
fn shell_record(at: &At<'_>) -> Option<(FactId, Confidence)> {
    let start = at.process.start?;
    let facts = at.graph.around(at.process.host, Kind::RunKey, start, SHELL_RECORD, SHELL_RECORD).iter().copied();
    let fits =
        facts.filter(|f| command::fits(at.graph.fact(*f).detail, &at.process.image, &at.process.command).is_some());
    fits.map(|f| (f, if at.graph.fact(f).subject.pid == at.process.pid { Certain } else { Strong }))
        .max_by_key(|(_, c)| *c)
}

/// Whether the desktop or logon that started it was still working through what a logon starts.
pub(crate) fn at_logon(at: &At<'_>) -> bool {
    match at.launcher {
        Launcher::Dispatcher(_, Dispatcher::Logon) => true,
        Launcher::Dispatcher(desktop, _) => {
            let began = at.graph.process(desktop).start.zip(at.process.start);
            began.is_some_and(|(desktop, start)| start.since(desktop) <= LOGON_WORK)
        }
        _ => false,
    }
}
