//! Programs that have the desktop start others (Windows), so that explorer is the parent.
//!
//! Evidence: Security 4663 of the classes ShellWindows and ShellBrowserWindow, read just before by another program; a
//! second explorer, started just before with the program on its command line (`explorer.exe /root,calc.exe`).
//! Claims: that program had the desktop start the process.
//! Sure: `strong` by the command line; else `circumstantial`: no record states the call itself; more than a click, which
//! leaves no such trace.

use super::{At, Cause, Node, words};
use crate::fact::Kind;
use crate::names::{self, Dispatcher};
use crate::path;
use crate::processes::FactId;
use crate::story::Edge;
use whodunit_event::Confidence;

/// The class is read at most this many seconds before the start.
const CALLED: f64 = 5.0;

pub(crate) fn causes(at: &At<'_>) -> Vec<Cause> {
    if at.dispatcher() != Some(Dispatcher::Desktop) {
        return Vec::new();
    }
    by_class(at).into_iter().chain(by_second(at)).collect()
}

/// An explorer that was told to open this very program hands it to the desktop and ends.
fn by_second(at: &At<'_>) -> Option<Cause> {
    let near = at.graph.around(at.process.host, Kind::Start, at.process.start?, CALLED, 0.0).iter().rev().copied();
    let opened = path::file_name(&at.process.image).to_lowercase();
    let fact = near.into_iter().find(|f| {
        let id = at.graph.subject(*f).filter(|id| *id != at.id && Some(*id) != at.process.parent.map(|p| p.0));
        let Some(second) = id.map(|id| at.graph.process(id)) else { return false };
        names::is_file(&second.image, &["explorer.exe"]) && has_word(&second.command, &opened)
    })?;
    let second = at.graph.subject(fact)?;
    let text = format!("{} was told to open it and had {} do so", words(at.graph, second), at.dispatcher_words());
    let facts = std::iter::once(fact).chain(at.process.starts.iter().copied());
    let cause = Cause::new(Edge::Parent, Node::Process(second), Confidence::Strong, text);
    Some(cause.at(at.graph.fact(fact).time).on(facts).weighing(30))
}

/// Whether a command line names a file: `/root,"C:\a\calc.exe"`.
fn has_word(command: &str, file: &str) -> bool {
    let ends = |c: char| c.is_whitespace() || "\\/\",;=".contains(c);
    !file.is_empty() && command.to_lowercase().split(ends).any(|part| part == file)
}

fn by_class(at: &At<'_>) -> Option<Cause> {
    let fact = call(at)?;
    let caller = at.graph.subject(fact)?;
    let text = format!(
        "{} had {} start {} through its COM object",
        words(at.graph, caller),
        at.dispatcher_words(),
        words(at.graph, at.id)
    );
    let facts = std::iter::once(fact).chain(at.process.starts.iter().copied());
    let cause = Cause::new(Edge::Parent, Node::Process(caller), Confidence::Circumstantial, text);
    Some(cause.at(at.graph.fact(fact).time).on(facts).weighing(30))
}

/// The last look at the desktop's classes by a program that is no part of COM itself.
pub(crate) fn call(at: &At<'_>) -> Option<FactId> {
    let near = at.graph.around(at.process.host, Kind::Class, at.process.start?, CALLED, 0.0).iter().rev().copied();
    let is_caller = |fact: &FactId| {
        let Some(id) = at.graph.subject(*fact).filter(|id| *id != at.id) else { return false };
        let process = at.graph.process(id);
        names::dispatcher(&process.image, &process.command).is_none()
    };
    near.into_iter().find(is_caller)
}
