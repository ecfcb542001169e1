//! The process tree of the evidence, and its logon sessions with their processes.

use crate::graph::Graph;
use crate::hosts::HostId;
use crate::processes::{Known, ProcessId};
use crate::sessions::Session;
use crate::text::{Part, Style};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt::Write;
use whodunit_event::escape::terminal;
use whodunit_event::{Confidence, Time};

/// One process of a tree; a tree is a list in depth-first order, oldest first among siblings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TreeProcess {
    /// Host.
    pub host: String,
    /// How many ancestors are above it in the list.
    pub depth: usize,
    /// ProcessGuid.
    pub guid: Option<String>,
    /// Process id.
    pub pid: Option<u32>,
    /// Executable.
    pub image: Option<String>,
    /// Command line.
    pub command_line: Option<String>,
    /// Account.
    pub user: Option<String>,
    /// LogonId, `0x` hexadecimal.
    pub logon_id: Option<String>,
    /// When it started.
    pub start: Option<Time>,
    /// When it ended.
    pub end: Option<Time>,
    /// How it is known: `start` by the record of its start, `guid` by its GUID in other records (`start` is the
    /// GUID's), `pid` by its pid alone.
    pub known: &'static str,
    /// GUID of its parent.
    pub parent_guid: Option<String>,
    /// Process id of its parent.
    pub parent_pid: Option<u32>,
    /// How sure the parent is.
    pub parent_confidence: Option<Confidence>,
    /// How many events it did, by event id.
    pub events: BTreeMap<u32, u32>,
}

/// One logon session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TreeLogon {
    /// Host.
    pub host: String,
    /// LogonId, `0x` hexadecimal; on Linux the number of the audit session.
    pub logon_id: Option<String>,
    /// Windows logon type; absent for a login over ssh.
    pub logon_type: Option<u64>,
    /// The way in, in words.
    pub way: &'static str,
    /// Account.
    pub account: Option<String>,
    /// Source address.
    pub source_ip: Option<String>,
    /// Source host.
    pub source_host: Option<String>,
    /// True if it came from another host.
    pub remote: bool,
    /// When it began.
    pub start: Option<Time>,
    /// When it ended.
    pub end: Option<Time>,
    /// Its processes, by start.
    pub processes: Vec<TreeProcess>,
}

fn some(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

impl Graph {
    /// The processes of all hosts as trees.
    pub fn tree(&self) -> Vec<TreeProcess> {
        let mut order: Vec<ProcessId> = (0..self.processes.all.len() as ProcessId).collect();
        order.sort_by_key(|id| {
            let process = self.process(*id);
            (process.host, process.start.or(process.first), *id)
        });
        let mut placed = vec![false; order.len()];
        let mut list = Vec::with_capacity(order.len());
        let is_top = |id: &&ProcessId| self.process(**id).parent.is_none();
        for top in order.iter().filter(is_top) {
            self.place(*top, &mut placed, &mut list);
        }
        // What is left has parents in a circle: identities contradict each other there.
        for id in order {
            self.place(id, &mut placed, &mut list);
        }
        list
    }

    /// A process and all below it, depth first; without recursion, for chains may be long.
    fn place(&self, top: ProcessId, placed: &mut [bool], list: &mut Vec<TreeProcess>) {
        let mut open = vec![(top, 0)];
        while let Some((id, depth)) = open.pop() {
            if std::mem::replace(&mut placed[id as usize], true) {
                continue;
            }
            list.push(self.tree_process(id, depth));
            let mut children = self.children(id).to_vec();
            children.sort_by_key(|c| std::cmp::Reverse((self.process(*c).start, *c)));
            open.extend(children.into_iter().map(|c| (c, depth + 1)));
        }
    }

    fn tree_process(&self, id: ProcessId, depth: usize) -> TreeProcess {
        let process = self.process(id);
        let parent = process.parent.map(|(p, sure)| (self.process(p), sure));
        let guid = |p: &crate::processes::Process| (!p.guid.is_zero()).then(|| p.guid.to_string());
        TreeProcess {
            host: self.host_name(process.host),
            depth,
            guid: guid(process),
            pid: (process.pid != 0).then_some(process.pid),
            image: some(&process.image),
            command_line: some(&process.command),
            user: some(&process.user),
            logon_id: (process.logon != 0).then(|| format!("0x{:x}", process.logon)),
            start: process.start,
            end: process.end,
            known: match process.known {
                Known::Start => "start",
                Known::Guid => "guid",
                Known::Pid => "pid",
            },
            parent_guid: parent.and_then(|(p, _)| guid(p)),
            parent_pid: parent.map(|(p, _)| p.pid).filter(|p| *p != 0),
            parent_confidence: parent.map(|(_, sure)| sure),
            events: process.counts.iter().copied().collect(),
        }
    }

    pub(crate) fn host_name(&self, host: HostId) -> String {
        self.hosts.names.get(host as usize).map_or_else(String::new, |n| n.to_string())
    }

    /// The logon sessions of all hosts, by host and time, with their processes.
    pub fn logons(&self) -> Vec<TreeLogon> {
        let mut of: BTreeMap<u32, Vec<ProcessId>> = BTreeMap::new();
        for (id, process) in self.processes.all.iter().enumerate() {
            let logon = if process.logon != 0 { process.logon } else { process.session };
            if let Some(session) = self.sessions.of_logon(process.host, logon, process.start) {
                of.entry(session).or_default().push(id as ProcessId);
            }
        }
        let sessions = self.sessions.all.iter().enumerate();
        sessions.map(|(id, s)| self.tree_logon(s, of.remove(&(id as u32)).unwrap_or_default())).collect()
    }

    fn tree_logon(&self, session: &Session, mut processes: Vec<ProcessId>) -> TreeLogon {
        processes.sort_by_key(|p| (self.process(*p).start, *p));
        TreeLogon {
            host: self.host_name(session.host),
            logon_id: (session.logon != 0).then(|| format!("0x{:x}", session.logon)),
            logon_type: Some(session.kind).filter(|k| *k != crate::sessions::SSH),
            way: session.way(),
            account: some(&session.account),
            source_ip: some(&session.address),
            source_host: some(&session.workstation),
            remote: session.remote,
            start: session.start,
            end: session.end,
            processes: processes.into_iter().map(|p| self.tree_process(p, 0)).collect(),
        }
    }
}

/// A tree as text: a heading for each host, then a line a process, indented below its parent.
pub fn text(tree: &[TreeProcess], style: &Style<'_>) -> String {
    let mut out = String::new();
    let mut host = None;
    for process in tree {
        if host != Some(&process.host) {
            host = Some(&process.host);
            let _ = writeln!(out, "{}", (style.paint)(Part::Root, &terminal(&process.host)));
        }
        line(process, style, &mut out);
    }
    out
}

fn line(process: &TreeProcess, style: &Style<'_>, out: &mut String) {
    let time = |t: Option<Time>| t.map_or_else(|| "-".to_owned(), style.time);
    let marks = match process.known {
        "start" => "",
        "guid" => "  (no record of its start: time from its GUID)",
        _ => "  (known by its pid only)",
    };
    let start = (style.paint)(Part::Time, &format!("{:<23} {:<23}", time(process.start), time(process.end)));
    let name = process.command_line.as_deref().or(process.image.as_deref()).unwrap_or("-");
    let pid = process.pid.map_or_else(|| "-".to_owned(), |p| p.to_string());
    let user = process.user.as_ref().map_or_else(String::new, |u| format!("  {u}"));
    let events: Vec<String> = process.events.iter().map(|(id, n)| format!("{id}:{n}")).collect();
    let indent = "  ".repeat(process.depth.min(40));
    let rest = terminal(&format!("{name}{user}  [{}]{marks}", events.join(" "))).into_owned();
    let _ = writeln!(out, "{start} {indent}{pid} {rest}");
}

/// Logon sessions as text, each with its processes below it.
pub fn logons_text(logons: &[TreeLogon], style: &Style<'_>) -> String {
    let mut out = String::new();
    for logon in logons {
        let time = |t: Option<Time>| t.map_or_else(|| "-".to_owned(), style.time);
        let times = format!("{:<23} {:<23}", time(logon.start), time(logon.end));
        let times = (style.paint)(Part::Time, &times);
        let source = match (&logon.source_ip, &logon.source_host) {
            (Some(ip), Some(host)) => format!(" from {ip} ({host})"),
            (Some(one), None) | (None, Some(one)) => format!(" from {one}"),
            (None, None) => String::new(),
        };
        let id = logon.logon_id.as_deref().unwrap_or("-");
        let account = logon.account.as_deref().unwrap_or("-");
        let rest = format!("{}  {} of {account}{source}  {id}", logon.host, logon.way);
        let _ = writeln!(out, "{times} {}", terminal(&rest));
        for process in &logon.processes {
            line(&TreeProcess { depth: 1, ..process.clone() }, style, &mut out);
        }
    }
    out
}
