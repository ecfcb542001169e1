//! cron, systemd, ssh and audit sessions (Linux).
//!
//! Evidence: cron's CMD lines (pid of the job's shell or of its parent, account, command), items of the evidence,
//! sshd's Accepted lines (pid), systemd's Started lines, sessions of audit; parents cron, sshd, systemd.
//! Claims: the job, unit or session started the process.
//! Sure: cron: `certain` by pid within two seconds, `strong` by command and time. ssh: `certain` by sshd's pid or the
//! audit session, `strong` by account and time. systemd: `strong` where a unit's command line is the process's.

use super::{At, Cause, Launcher, Node, words};
use crate::command;
use crate::entries::EntryId;
use crate::fact::Kind;
use crate::names::Dispatcher;
use crate::processes::{FactId, SAME_START};
use crate::sessions::SessionId;
use crate::story::Edge;
use whodunit_event::Confidence::{Certain, Circumstantial, Strong};

/// Categories of jobs of cron and its like.
const JOBS: [&str; 6] = ["cron-system", "cron-d", "cron-periodic", "cron-user", "anacron", "at-job"];
/// Categories of units.
const UNITS: [&str; 3] = ["systemd-service", "systemd-timer", "systemd-user"];
/// A unit's line may come this many seconds after its process's start.
const UNIT_LINE: f64 = 5.0;

pub(crate) fn causes(at: &At<'_>) -> Vec<Cause> {
    let mut causes = Vec::new();
    if at.may_be_from(&[Dispatcher::Cron]) {
        causes.extend(cron(at));
    }
    if at.may_be_from(&[Dispatcher::Systemd]) {
        causes.extend(units(at));
    }
    if at.may_be_from(&[Dispatcher::Sshd]) {
        causes.extend(ssh(at));
    }
    causes
}

fn is_linux(at: &At<'_>) -> bool {
    at.process.image.starts_with('/')
}

/// A line of cron, then the definition of the job; a child of cron that neither names is some job's.
fn cron(at: &At<'_>) -> Vec<Cause> {
    let line = cron_line(at);
    let from_cron = at.dispatcher() == Some(Dispatcher::Cron);
    if line.is_none() && !from_cron {
        return Vec::new();
    }
    let command = line.map_or_else(|| shell_command(at), |(line, _)| at.graph.fact(line).detail.to_string());
    let confidence = line.map_or(Strong, |(_, by_pid)| if by_pid { Certain } else { Strong });
    let facts: Vec<FactId> = line.map(|(f, _)| f).into_iter().chain(at.process.starts.iter().copied()).collect();
    let new = |node, name: &str| {
        let text = format!("the cron job {name} started {}", words(at.graph, at.id));
        Cause::new(Edge::Item, node, confidence, text).at(at.process.start).on(facts.clone())
    };
    let jobs: Vec<EntryId> = jobs(at, &command);
    // cron's line does not say which of several jobs of one command it was.
    let most = if jobs.len() > 1 { Circumstantial } else { Certain };
    let of_job = |job: &EntryId| new(Node::Entry(*job), &at.graph.entry(*job).item.name).weighing(1).at_most(most);
    match jobs.is_empty() {
        false => jobs.iter().map(of_job).collect(),
        true => vec![new(Node::End("cron-system", Some(command.clone()).filter(|c| !c.is_empty())), &command)],
    }
}

/// Jobs of the evidence with this command; what is only known from cron's own lines comes last.
fn jobs(at: &At<'_>, command: &str) -> Vec<EntryId> {
    let all = JOBS.iter().flat_map(|c| at.graph.entries.of(at.process.host, c));
    let fitting = |e: &EntryId| {
        let item = &at.graph.entry(*e).item;
        !command.is_empty() && item.command.iter().any(|c| c.trim() == command.trim())
    };
    let mut jobs: Vec<EntryId> = all.filter(fitting).collect();
    jobs.sort_by_key(|e| !at.graph.entry(*e).defined);
    jobs.truncate(4);
    if jobs.first().is_some_and(|e| at.graph.entry(*e).defined) {
        jobs.retain(|e| at.graph.entry(*e).defined);
    }
    jobs
}

/// `sh -c COMMAND`: what cron's shell was told.
fn shell_command(at: &At<'_>) -> String {
    let script = command::script(&at.process.image, &at.process.command);
    script.map_or_else(|| at.process.command.to_string(), |s| if s.code.is_empty() { s.file } else { s.code })
}

/// cron's line for the process, and whether the pid says so: that of the job's parent, or of the job itself.
fn cron_line(at: &At<'_>) -> Option<(FactId, bool)> {
    let start = at.process.start?;
    let near = at.graph.around(at.process.host, Kind::Cron, start, SAME_START, SAME_START);
    let parent = at.process.parent.map(|(p, _)| at.graph.process(p).pid);
    let by_pid = |f: &&FactId| {
        let pid = at.graph.fact(**f).subject.pid;
        pid != 0 && (pid == at.process.pid || Some(pid) == parent)
    };
    let own = shell_command(at);
    let by_command = |f: &&FactId| is_linux(at) && !own.is_empty() && at.graph.fact(**f).detail.trim() == own.trim();
    let found = near.iter().find(by_pid).map(|f| (*f, true));
    found.or_else(|| near.iter().find(by_command).map(|f| (*f, false)))
}

fn units(at: &At<'_>) -> Vec<Cause> {
    let all = UNITS.iter().flat_map(|c| at.graph.entries.of(at.process.host, c));
    let fitting = all.filter(|e| is_linux(at) && at.explained_by(at.graph.entry(*e)));
    let mut causes: Vec<Cause> = fitting.filter_map(|e| unit(at, e)).collect();
    if causes.is_empty() && at.dispatcher() == Some(Dispatcher::Systemd) {
        causes.extend(unit_lines(at));
    }
    causes
}

fn unit(at: &At<'_>, id: EntryId) -> Option<Cause> {
    let entry = at.graph.entry(id);
    let fits = at.fits(entry)?;
    let by_systemd = at.dispatcher() == Some(Dispatcher::Systemd);
    let confidence = if by_systemd { fits } else { Circumstantial };
    let text = format!("the unit {} started {}", entry.item.name, words(at.graph, at.id));
    let run = entry.runs.iter().rev().copied().find(|f| {
        let times = at.graph.fact(*f).time.zip(at.process.start);
        times.is_some_and(|(line, start)| line.since(start).abs() <= UNIT_LINE)
    });
    let facts = run.into_iter().chain(at.process.starts.iter().copied());
    Some(Cause::new(Edge::Item, Node::Entry(id), confidence, text).at(at.process.start).on(facts).weighing(5))
}

/// Units that systemd started at that time; their commands are not on record.
fn unit_lines(at: &At<'_>) -> Vec<Cause> {
    let Some(start) = at.process.start else { return Vec::new() };
    let near = at.graph.around(at.process.host, Kind::Unit, start, SAME_START, UNIT_LINE).iter().copied();
    let named = near.filter_map(|fact| Some((fact, super::entry_of(at.graph, fact)?)));
    let cause = |(fact, id)| {
        let name = &at.graph.entry(id).item.name;
        let text = format!("systemd started the unit {name} and {} at the same time", words(at.graph, at.id));
        Cause::new(Edge::Item, Node::Entry(id), Circumstantial, text).at(Some(start)).on([fact])
    };
    named.map(cause).take(8).collect()
}

fn ssh(at: &At<'_>) -> Vec<Cause> {
    let graph = at.graph;
    let by_audit =
        graph.sessions.of_logon(at.process.host, at.process.session, at.process.start).filter(|_| is_linux(at));
    // The numbers of audit's sessions begin again with each start of the system.
    let ended = |s: SessionId| graph.sessions.all[s as usize].end.zip(at.process.start).is_some_and(|(e, s)| e < s);
    let found =
        by_audit.map(|s| (s, if ended(s) { Strong } else { Certain })).or_else(|| by_sshd(at).map(|s| (s, Certain)));
    let Some((id, confidence)) = found.filter(|(s, _)| graph.sessions.all[*s as usize].remote) else {
        return Vec::new();
    };
    let session = &graph.sessions.all[id as usize];
    let text = format!("{} runs in the session of {} ({})", words(graph, at.id), session.name(), session.way());
    let facts = std::iter::once(session.fact).chain(at.process.starts.iter().copied());
    vec![Cause::new(Edge::Session, Node::Session(id), confidence, text).at(session.start).on(facts).weighing(3)]
}

/// The login of the sshd process that started the process, or of one of its parents.
fn by_sshd(at: &At<'_>) -> Option<SessionId> {
    let Launcher::Dispatcher(mut id, Dispatcher::Sshd) = at.launcher else { return None };
    let sessions = at.graph.sessions.of_host(at.process.host);
    for _ in 0..4 {
        let (pid, began) = (at.graph.process(id).pid, at.graph.process(id).start);
        let own = sessions.iter().rev().copied().find(|s| {
            let session = &at.graph.sessions.all[*s as usize];
            let before = session.start.zip(at.process.start).is_none_or(|(s, p)| s.since(p) <= SAME_START);
            // A login before this sshd began was another's of that pid.
            let of_this = session.start.zip(began).is_none_or(|(s, began)| began.since(s) <= SAME_START);
            session.pid == pid && pid != 0 && before && of_this
        });
        if own.is_some() {
            return own;
        }
        id = at.graph.process(id).parent?.0;
    }
    None
}
