//! A person at the desktop (Windows).
//!
//! Evidence: the parent is explorer as the desktop; what the desktop notes when a person opens something: the program
//! in UserAssist or the jump lists, a link to the file in Recent (13, 11).
//! Claims: a person started it.
//! Sure: `strong` where a desktop older than what a logon starts noted the program or the file at that moment; else
//! `circumstantial`: Run keys, startup folders and DCOM come through explorer too. Ranked below all of them.

use super::{At, Cause, Launcher, Node, autostart, shell, words};
use crate::command;
use crate::fact::Kind;
use crate::names::Dispatcher;
use crate::path;
use crate::processes::FactId;
use crate::story::Edge;
use whodunit_event::Confidence;

/// The desktop notes what was opened within this many seconds of its start.
const NOTED: f64 = 5.0;

pub(crate) fn causes(at: &At<'_>) -> Vec<Cause> {
    if at.dispatcher() != Some(Dispatcher::Desktop) {
        return Vec::new();
    }
    let process = at.process;
    let who = if process.user.is_empty() { "a person" } else { &process.user };
    let what = command::opens(&process.image, &process.command);
    let notes = if autostart::at_logon(at) || shell::call(at).is_some() { Vec::new() } else { notes(at, &what) };
    let (confidence, noted) = match notes.is_empty() {
        true => (Confidence::Circumstantial, ""),
        false => (Confidence::Strong, ", which noted it as opened"),
    };
    let text = format!("{who} started {} at the desktop ({}{noted})", words(at.graph, at.id), at.dispatcher_words());
    let node = Node::End("user_action", Some(format!("{who} opened {}", path::file_name(&what))));
    let cause = Cause::new(Edge::Parent, node, confidence, text);
    vec![cause.at(process.start).on(process.starts.iter().copied().chain(notes)).weighing(-1_000_000)]
}

/// Records by which this desktop noted the program, or the file it opens, at the moment of the start.
fn notes(at: &At<'_>, what: &str) -> Vec<FactId> {
    let (Launcher::Dispatcher(desktop, _), Some(start)) = (at.launcher, at.process.start) else { return Vec::new() };
    let near = |kind| at.graph.around(at.process.host, kind, start, NOTED, NOTED).iter().copied();
    let own = |fact: &FactId| at.graph.subject(*fact) == Some(desktop);
    let programs = near(Kind::Opened).filter(|f| path::same_name(at.graph.fact(*f).object, &at.process.image));
    let links = near(Kind::FileWrite).filter(|f| is_link(at.graph.fact(*f).object, what));
    programs.chain(links).filter(own).take(4).collect()
}

/// `…\Recent\launcher.lnk` or `…\Recent\launcher.vbs.lnk`, for a file of that name.
fn is_link(link: &str, file: &str) -> bool {
    let (link, file) = (link.to_lowercase(), path::file_name(file).to_lowercase());
    let stem = file.rsplit_once('.').map_or(file.as_str(), |(stem, _)| stem);
    let Some((_, name)) = link.rsplit_once("\\recent\\") else { return false };
    let Some(name) = name.strip_suffix(".lnk") else { return false };
    !stem.is_empty() && (name == stem || name == file)
}
