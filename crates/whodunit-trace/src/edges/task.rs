//! Scheduled tasks (Windows).
//!
//! Evidence: TaskScheduler 129 (task and pid of the launched process), 200 (task and program), the definition in 4698,
//! 4702, `schtasks /create` or the task's XML, its last run; the parent: svchost of Schedule, taskeng, taskhostw.
//! Claims: the task started the process.
//! Sure: `certain` by 129's pid and program within two seconds; `strong` by 200's program and time, by a command line that only one
//! task has, by the only task that was told to run at that moment (100, 107, 110, `schtasks /run`), or by the program of
//! the only task that was made at that moment; else `circumstantial`. A child of the scheduler that no record names is some task's: `strong`,
//! unnamed; of a svchost that holds the scheduler among others: `circumstantial`.

use super::rank::rank;
use super::{At, Cause, Launcher, Node, entry_of, making};
use crate::entries::{Entry, EntryId};
use crate::fact::Kind;
use crate::names::Dispatcher;
use crate::processes::{FactId, SAME_START};
use crate::story::Edge;
use crate::{command, path};
use std::collections::HashMap;
use whodunit_event::Confidence::{self, Certain, Circumstantial, Strong};

/// A task's own last run may differ this many seconds from the start of its process.
const LAST_RUN: f64 = 5.0;
/// A task that was registered this many seconds before an unnamed start is likely the one.
const JUST_MADE: f64 = 60.0;
/// Two logs of one host may differ this many seconds in what happened at once.
const CLOCKS: f64 = 0.05;

pub(crate) fn causes(at: &At<'_>) -> Vec<Cause> {
    if !at.may_be_from(&[Dispatcher::Schedule, Dispatcher::Svchost]) {
        return Vec::new();
    }
    let mut found: HashMap<EntryId, Cause> = HashMap::new();
    let named = by_pid(at).into_iter().chain(by_action(at)).chain(by_command(at)).chain(by_run(at));
    for cause in named.chain(by_making(at)) {
        let Node::Entry(entry) = cause.node else { continue };
        let better = found.get(&entry).is_none_or(|known| known.confidence < cause.confidence);
        if better {
            found.insert(entry, cause);
        }
    }
    let mut causes: Vec<Cause> = found.into_values().collect();
    causes.sort_by(|a, b| a.text.cmp(&b.text));
    if causes.is_empty() {
        causes.extend(unnamed(at));
    }
    causes
}

fn cause(at: &At<'_>, entry: EntryId, confidence: Confidence, how: &str, fact: Option<FactId>) -> Cause {
    let task = at.graph.entry(entry);
    let made = making(at.graph, task, at.process.start);
    let text = format!("the scheduled task {} started {}: {how}", task.item.name, super::words(at.graph, at.id));
    let time = fact.and_then(|f| at.graph.fact(f).time).or(at.process.start);
    let facts = fact.into_iter().chain(made).chain(at.process.starts.iter().copied());
    Cause::new(Edge::Item, Node::Entry(entry), confidence, text).at(time).on(facts)
}

/// 129 names the process by its pid.
fn by_pid(at: &At<'_>) -> Vec<Cause> {
    let facts = at.graph.done_by(at.id).iter().copied().filter(|f| at.graph.fact(*f).kind == Kind::TaskProcess);
    let named: Vec<(EntryId, FactId)> = facts.filter_map(|fact| Some((entry_of(at.graph, fact)?, fact))).collect();
    let only = named.iter().all(|(entry, _)| *entry == named[0].0);
    let said = |fact| match (only, names_program(at, fact)) {
        (true, true) => (Certain, "event 129 names this process"),
        (false, true) => (Circumstantial, "event 129 names this process, and another of a second task does"),
        // The pid may have been used again at once, or the two logs' clocks differ.
        (_, false) => (Circumstantial, "event 129 names its pid, but another program"),
    };
    let one = |entry, fact| {
        let (confidence, how) = said(fact);
        cause(at, entry, confidence, how, Some(fact)).weighing(10)
    };
    named.iter().map(|(entry, fact)| one(*entry, *fact)).collect()
}

/// Whether a launch record's program, where it gives one, is the process's: by name, for its folder may be a variable.
fn names_program(at: &At<'_>, launch: FactId) -> bool {
    let (action, process) = (at.graph.fact(launch).detail, at.process);
    action.is_empty()
        || process.image.is_empty()
        || path::same_name(action, &process.image)
        || path::same_name(action, &command::runs_file(&process.image, &process.command))
        || command::fits(action, &process.image, &process.command).is_some()
}

/// 200 names program and time.
fn by_action(at: &At<'_>) -> Vec<Cause> {
    let (Some(start), host) = (at.process.start, at.process.host) else { return Vec::new() };
    let facts = at.graph.around(host, Kind::TaskAction, start, SAME_START, SAME_START).iter().copied();
    let fits = |fact: &FactId| {
        let action = &at.graph.fact(*fact).detail;
        let process = at.process;
        path::same(action, &process.image)
            || path::same(action, &command::runs_file(&process.image, &process.command))
            || command::fits(action, &process.image, &process.command).is_some()
    };
    let named = facts.filter(fits).filter_map(|fact| Some((entry_of(at.graph, fact)?, fact)));
    named
        .map(|(entry, fact)| cause(at, entry, Strong, "event 200 names program and time", Some(fact)).weighing(5))
        .collect()
}

/// The task's command line is the process's.
fn by_command(at: &At<'_>) -> Vec<Cause> {
    let entries = at.graph.entries.of(at.process.host, "scheduled-task");
    let fitting: Vec<(EntryId, Confidence)> = entries
        .filter(|e| at.explained_by(at.graph.entry(*e)))
        .filter_map(|e| Some((e, at.fits(at.graph.entry(e))?)))
        .collect();
    let only = fitting.len() == 1;
    fitting.into_iter().filter_map(|(entry, fits)| by_one_command(at, entry, fits, only)).collect()
}

fn by_one_command(at: &At<'_>, entry: EntryId, fits: Confidence, only: bool) -> Option<Cause> {
    let task = at.graph.entry(entry);
    let ran = task.item.last_run.zip(at.process.start).is_some_and(|(run, start)| run.since(start).abs() <= LAST_RUN);
    let scheduler = at.dispatcher() == Some(Dispatcher::Schedule);
    let known_parent = at.dispatcher().is_some();
    let made_now = made_at(at, task);
    let unread = at.process.command.is_empty() && !at.process.starts.is_empty();
    let confidence = match (fits, only) {
        (Strong, true) if scheduler || ran || known_parent || made_now => Strong,
        (_, true) if unread && made_now => Strong,
        _ => Circumstantial,
    };
    let just_made = task.since.zip(at.process.start).is_some_and(|(made, start)| start.since(made) <= JUST_MADE);
    // Without any word of the parent, the command line alone must say it whole, or the time of the making.
    if !known_parent && !ran && !just_made && fits != Strong {
        return None;
    }
    let (weight, reasons) = rank(task, at.process.start.unwrap_or(at.effect), !recorded(at, task).is_empty());
    let how = match only {
        true if unread => "its program is that of the task and of no other that fits".to_owned(),
        true => "its command line is the task's and no other's".to_owned(),
        false => format!("its command line is the task's, among others: {}", reasons.join(", ")),
    };
    Some(cause(at, entry, confidence, &how, None).weighing(weight))
}

/// Whether a task was made at the moment at which the process started, not after it.
fn made_at(at: &At<'_>, task: &Entry) -> bool {
    let made = task.made.iter().filter_map(|f| at.graph.fact(*f).time);
    at.process.start.is_some_and(|start| made.into_iter().any(|m| (-CLOCKS..=SAME_START).contains(&start.since(m))))
}

/// The task that was told to run at that moment.
fn by_run(at: &At<'_>) -> Vec<Cause> {
    if at.dispatcher() != Some(Dispatcher::Schedule) {
        return Vec::new();
    }
    let entries = at.graph.entries.of(at.process.host, "scheduled-task");
    let told: Vec<(EntryId, FactId)> = entries.filter_map(|e| Some((e, told_to_run(at, at.graph.entry(e))?))).collect();
    let confidence = if told.len() == 1 { Strong } else { Circumstantial };
    let how = "it was told to run at that moment";
    told.into_iter().map(|(entry, fact)| cause(at, entry, confidence, how, Some(fact)).weighing(3)).collect()
}

/// A record of the order to run a task whose command line, where it is on record, is the process's.
fn told_to_run(at: &At<'_>, task: &Entry) -> Option<FactId> {
    let start = at.process.start?;
    let fits = task.item.command.is_empty() || at.fits(task).is_some();
    task.runs.iter().copied().find(|f| {
        let fact = at.graph.fact(*f);
        let near = fact.time.is_some_and(|t| start.since(t).abs() <= SAME_START);
        fits && near && matches!(fact.kind, Kind::Start | Kind::TaskRun)
    })
}

/// Records of a task's runs near the start.
fn recorded(at: &At<'_>, task: &Entry) -> Vec<FactId> {
    let near = |fact: &&FactId| {
        let run = at.graph.fact(**fact).time.zip(at.process.start);
        run.is_some_and(|(run, start)| run.since(start).abs() <= LAST_RUN)
    };
    task.runs.iter().filter(near).copied().collect()
}

/// Registered just before, with no command line on record: by the scheduler, or by a parent that the record of the
/// start could not name.
fn by_making(at: &At<'_>) -> Vec<Cause> {
    if at.launcher == Launcher::Unknown && at.process.starts.is_empty() {
        return Vec::new();
    }
    let Some(start) = at.process.start else { return Vec::new() };
    let entries = at.graph.entries.of(at.process.host, "scheduled-task").filter(|e| {
        let task = at.graph.entry(*e);
        let recent = task.since.is_some_and(|made| (-SAME_START..=JUST_MADE).contains(&start.since(made)));
        recent && task.item.command.is_empty() && at.explained_by(task)
    });
    let how = "it was registered just before; its command line is not on record";
    entries.map(|e| cause(at, e, Circumstantial, how, None)).collect()
}

/// Some task, but no record says which.
fn unnamed(at: &At<'_>) -> Option<Cause> {
    let confidence = match at.launcher {
        Launcher::Dispatcher(_, Dispatcher::Schedule) => Strong,
        Launcher::Dispatcher(p, Dispatcher::Svchost) if holds_scheduler(&at.graph.process(p).command) => Circumstantial,
        _ => return None,
    };
    let text = format!(
        "{} of the task scheduler started {}: some scheduled task; no record names it",
        at.dispatcher_words(),
        super::words(at.graph, at.id)
    );
    let node = Node::End("scheduled-task", None);
    let cause = Cause::new(Edge::Item, node, confidence, text);
    Some(cause.at(at.process.start).on(at.process.starts.iter().copied()))
}

/// `svchost -k netsvcs` without `-s`: the scheduler among other services, on Windows 10 1607 and older.
fn holds_scheduler(command: &str) -> bool {
    command.split_ascii_whitespace().any(|w| w.eq_ignore_ascii_case("netsvcs"))
}
