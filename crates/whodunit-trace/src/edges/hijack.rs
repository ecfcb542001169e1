//! Programs started in another's place, and what the system itself starts beside its own (Windows).
//!
//! Evidence: Image File Execution Options' Debugger and SilentProcessExit's MonitorProcess (event 13, items); a user's
//! own `windir` or `systemroot` (13), from which tasks of the system take their program; children of WerFault, smss and
//! gpscript.
//! Claims: the registry value, or the list that the system works through, started the process, whoever asked for the
//! other program.
//! For the environment: whoever set the value, since the task is the system's own.
//! Sure: `strong` where the value's command line is the process's and the program it stands for is named on it or is
//! monitored; a child of smss that is none of the system's own is BootExecute's, one of gpscript a policy's: `strong`,
//! unnamed.

use super::{At, Cause, Launcher, Node, making, words};
use crate::entries::EntryId;
use crate::fact::Kind;
use crate::names::{self, Dispatcher};
use crate::story::Edge;
use crate::{command, path};
use whodunit_event::Confidence::Strong;

/// A user's environment was changed at most this many seconds before.
const ENVIRONMENT: f64 = 600.0;
/// What smss starts by its nature.
const SESSION_PROGRAMS: [&str; 6] =
    ["smss.exe", "csrss.exe", "wininit.exe", "winlogon.exe", "autochk.exe", "services.exe"];

pub(crate) fn causes(at: &At<'_>) -> Vec<Cause> {
    let mut causes = debuggers(at);
    causes.extend(monitors(at));
    causes.extend(by_list(at));
    causes.extend(by_environment(at));
    causes
}

/// A command line that begins with what somebody had just put in the place of the Windows folder.
fn by_environment(at: &At<'_>) -> Option<Cause> {
    at.dispatcher()?;
    let values = at.graph.around(at.process.host, Kind::Registry, at.process.start?, ENVIRONMENT, 0.0).iter().rev();
    let begins =
        |value: &str| !value.is_empty() && at.process.command.to_lowercase().starts_with(&value.to_lowercase());
    let fact = values.copied().find(|f| {
        let fact = at.graph.fact(*f);
        names::replaces_windows(fact.object) && begins(fact.detail.trim())
    })?;
    let (setter, value) = (at.graph.subject(fact)?, at.graph.fact(fact));
    let text = format!(
        "{} set {} to {}, with which the command line of {} begins",
        words(at.graph, setter),
        value.object,
        value.detail,
        words(at.graph, at.id)
    );
    let facts = std::iter::once(fact).chain(at.process.starts.iter().copied());
    Some(Cause::new(Edge::Maker, Node::Process(setter), Strong, text).at(value.time).on(facts))
}

fn cause(at: &At<'_>, id: EntryId, what: &str) -> Cause {
    let entry = at.graph.entry(id);
    let made = making(at.graph, entry, at.process.start);
    let text = format!("the {what} set for {} started {}", entry.item.name, words(at.graph, at.id));
    let facts = made.into_iter().chain(at.process.starts.iter().copied());
    Cause::new(Edge::Item, Node::Entry(id), Strong, text).at(at.process.start).on(facts)
}

/// The debugger's command line is followed by that of the program whose place it takes.
fn debuggers(at: &At<'_>) -> Vec<Cause> {
    let entries = at.graph.entries.of(at.process.host, "image-hijack");
    let fitting = entries.filter(|id| {
        let entry = at.graph.entry(*id);
        let (_, arguments) = command::program(&at.process.command);
        let named = command::words(arguments).iter().any(|w| path::same_name(w, &entry.item.name));
        let runs = entry.item.command.iter().any(|c| path::same(command::program(c).0, &at.process.image));
        named && runs && at.explained_by(entry)
    });
    fitting.map(|id| cause(at, id, "debugger")).collect()
}

/// WerFault starts the monitor when the monitored program ends.
fn monitors(at: &At<'_>) -> Vec<Cause> {
    let Some((parent, _)) = at.process.parent else { return Vec::new() };
    if !names::is_file(&at.graph.process(parent).image, &["werfault.exe"]) {
        return Vec::new();
    }
    let entries = at.graph.entries.of(at.process.host, "silent-process-exit");
    let fitting = entries.filter(|id| at.explained_by(at.graph.entry(*id)) && at.fits(at.graph.entry(*id)).is_some());
    fitting.map(|id| cause(at, id, "monitor")).collect()
}

/// smss works through BootExecute and its like, gpscript through the policies' scripts.
fn by_list(at: &At<'_>) -> Option<Cause> {
    let Launcher::Dispatcher(parent, dispatcher) = at.launcher else { return None };
    let by_smss = names::is_file(&at.graph.process(parent).image, &["smss.exe"]);
    let kind = match dispatcher {
        Dispatcher::Boot if by_smss && !names::is_file(&at.process.image, &SESSION_PROGRAMS) => "boot-execute",
        Dispatcher::Policy => "gpo-script",
        _ => return None,
    };
    let text = format!("{} started {}; no record names the entry", words(at.graph, parent), words(at.graph, at.id));
    let cause = Cause::new(Edge::Item, Node::End(kind, None), Strong, text);
    Some(cause.at(at.process.start).on(at.process.starts.iter().copied()))
}
