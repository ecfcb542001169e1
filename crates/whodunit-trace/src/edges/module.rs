//! Items that are loaded, not started (Windows): a COM class's server, AppInit and AppCert modules, print monitors.
//!
//! Evidence: event 7 of an unsigned module that such an item names, just before the process did what is to be explained.
//! Claims: the item brought the module in, whoever started the process.
//! Sure: `strong`: path and time imply it.

use super::{At, Cause, Node, load, making, words};
use crate::entries::EntryId;
use crate::path;
use crate::processes::{FactId, SAME_START};
use crate::story::Edge;
use whodunit_event::Confidence;

/// Items whose command is a module.
const CATEGORIES: [&str; 4] = ["com-hijack", "appinit", "appcert", "print-monitor"];

pub(crate) fn causes(at: &At<'_>) -> Vec<Cause> {
    let loads = load::recent(at.graph, at.id, at.effect);
    loads.iter().filter_map(|load| brought(at, *load)).take(1).collect()
}

fn brought(at: &At<'_>, load: FactId) -> Option<Cause> {
    let module = at.graph.fact(load);
    let mut entries = CATEGORIES.iter().flat_map(|c| at.graph.entries.of(at.process.host, c));
    let id = entries.find(|id| names_module(at, *id, module.object) && existed(at, *id, load))?;
    let entry = at.graph.entry(id);
    let title = whodunit_event::persist::category_of(entry.item.category).map_or(entry.item.category, |c| c.title);
    let text = format!("the {title} {} had {} load {}", entry.item.name, words(at.graph, at.id), module.object);
    let facts = std::iter::once(load).chain(making(at.graph, entry, module.time));
    Some(Cause::new(Edge::Item, Node::Entry(id), Confidence::Strong, text).at(module.time).on(facts))
}

fn names_module(at: &At<'_>, id: EntryId, module: &str) -> bool {
    let commands = &at.graph.entry(id).item.command;
    commands.iter().any(|c| path::has_folder(c) && path::same(c, module))
}

fn existed(at: &At<'_>, id: EntryId, load: FactId) -> bool {
    let (since, loaded) = (at.graph.entry(id).since, at.graph.fact(load).time);
    since.zip(loaded).is_none_or(|(since, loaded)| since.since(loaded) <= SAME_START)
}
