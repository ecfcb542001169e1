//! The order of items that fit equally well.
//!
//! A record of the run counts most, then a definition that can be read, then whether its triggers can have set it off
//! at that time, then what it runs and how it hides. The rules are one table; an item's rank is the sum of those that
//! hold, and their words are its reasons.

use crate::command;
use crate::entries::Entry;
use crate::path;
use whodunit_event::Time;

/// The widest difference between a host's local time, in which triggers are written, and UTC, in seconds.
const ZONES: f64 = 14.0 * 3600.0;

/// What an item is worth as the one that ran at a time, and why. `recorded`: a record names that run.
pub(crate) fn rank(entry: &Entry, run: Time, recorded: bool) -> (i32, Vec<&'static str>) {
    let item = &entry.item;
    let file = item.command.first().map(|c| command::runs_file("", c)).unwrap_or_default();
    let readable = !item.command.is_empty();
    let ran = item.last_run.is_some_and(|last| last.since(run).abs() <= 5.0);
    let says = |word: &str| item.why.iter().any(|w| w.contains(word));
    let rules = [
        (recorded, 30, "a record names the run"),
        (!recorded && ran, 20, "its last run is this one"),
        (entry.defined && readable && !in_registry_only(entry), 20, "its definition is in the evidence"),
        (!readable, -10, "its command is not on record"),
        (in_registry_only(entry), -10, "only the registry knows it: its file is missing"),
        (cannot_have_run(entry, run), -25, "its only time is another day"),
        (runs_script(&file), 10, "it runs a script"),
        (path::is_writable(&file), 10, "from a folder that its user can write to"),
        (entry.hidden, 5, "it is hidden"),
        (says("highest"), 3, "it runs with the highest privileges"),
        (item.enabled == Some(false), -40, "it is switched off"),
    ];
    let holding = rules.iter().filter(|(holds, ..)| *holds);
    (holding.clone().map(|(_, worth, _)| worth).sum(), holding.map(|(.., reason)| *reason).collect())
}

/// Every trigger is one single time, and none is near.
fn cannot_have_run(entry: &Entry, run: Time) -> bool {
    let Some(triggers) = &entry.item.trigger else { return false };
    triggers.split("; ").all(|trigger| {
        let time = trigger.strip_prefix("once at ").and_then(|t| Time::parse(t.get(..19)?));
        time.is_some_and(|time| time.since(run).abs() > ZONES)
    })
}

/// A scheduled task without its file is not whole: the scheduler's own window would not show it.
fn in_registry_only(entry: &Entry) -> bool {
    let evidence = &entry.item.evidence;
    entry.item.category == "scheduled-task" && !evidence.is_empty() && evidence.iter().all(|o| o.key.is_some())
}

/// Whether a file is a script.
pub(crate) fn runs_script(file: &str) -> bool {
    let file = file.to_lowercase();
    [".cmd", ".bat", ".ps1", ".vbs", ".js", ".hta", ".sh", ".py"].iter().any(|e| file.ends_with(e))
}
