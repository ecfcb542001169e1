//! Orders from another host (Windows).
//!
//! Evidence: the process's LogonId and 4624 of a session from another address; else a remote logon (4624) and a
//! connection to RPC, SMB, WinRM (3, 5156, pipes served by the kernel) just before; children of WmiPrvSE, wsmprovhost,
//! PSEXESVC, DCOM servers and desktops.
//! Claims: the session gave the order.
//! Sure: `certain` by LogonId under a program that works for callers only; `strong` by LogonId under a desktop, or by
//! logon and connection from one address just before, or by a connection that a server of DCOM accepted; `circumstantial`
//! by one of them, and for a desktop by a connection to RDP. Without any of them the caller may be the host itself:
//! nothing is claimed, but of remote shells, whose callers are elsewhere as a rule: `circumstantial`, without a name.

use super::{At, Cause, Launcher, Node, words};
use crate::fact::Kind;
use crate::graph::Graph;
use crate::hosts::HostId;
use crate::names::{self, Dispatcher};
use crate::path;
use crate::processes::FactId;
use crate::sessions::SessionId;
use crate::story::Edge;
use whodunit_event::Confidence::{self, Certain, Circumstantial, Strong};
use whodunit_event::Time;

/// Logons this many seconds before may be the caller's.
const LOGON_BEFORE: f64 = 60.0;
/// Connections this many seconds before may be the caller's.
const CONNECTED_BEFORE: f64 = 30.0;
/// A logon follows its connection within this many seconds.
const OPENED_WITHIN: i64 = 10;
/// A server of DCOM stays for its caller's next order about this many seconds.
const DCOM_BEFORE: f64 = 600.0;
/// A desktop over RDP is used about this many seconds after the connection.
const RDP_BEFORE: f64 = 600.0;
/// A session over RDP may have lasted this many seconds.
const DESKTOP_BEFORE: f64 = 12.0 * 3600.0;

pub(crate) fn causes(at: &At<'_>) -> Vec<Cause> {
    let Some(dispatcher) = at.dispatcher() else { return Vec::new() };
    // The server of a remote shell is started by COM, for a caller.
    let is_shell = names::dispatcher(&at.process.image, "") == Some(Dispatcher::WinRm);
    let callers_only =
        is_shell || matches!(dispatcher, Dispatcher::Wmi | Dispatcher::WinRm | Dispatcher::RemoteService);
    if !callers_only && !matches!(dispatcher, Dispatcher::Com | Dispatcher::Desktop) {
        return Vec::new();
    }
    let sure = if callers_only { Certain } else { Strong };
    let mut causes: Vec<Cause> = by_logon(at, sure).into_iter().collect();
    if causes.is_empty() {
        causes.extend(by_own_connection(at));
    }
    if causes.is_empty() {
        causes.extend(at.process.start.and_then(|start| match dispatcher {
            Dispatcher::Desktop => by_desktop(at, start),
            _ => by_time(at, start, callers_only),
        }));
    }
    if causes.is_empty() && (is_shell || dispatcher == Dispatcher::WinRm) {
        causes.push(unnamed(at));
    }
    causes
}

/// A program that serves no port accepts connections only as a server of DCOM: the peer is the caller. It is looked for
/// at the process itself and at the one that started it.
fn by_own_connection(at: &At<'_>) -> Option<Cause> {
    let Launcher::Dispatcher(parent, Dispatcher::Com | Dispatcher::Desktop) = at.launcher else { return None };
    let start = at.process.start?;
    let serves = !names::is_file(&at.graph.process(parent).image, &["svchost.exe"]);
    let own = at.graph.done_by(at.id).iter();
    let of_parent = at.graph.done_by(parent).iter().filter(|_| serves);
    let fact = of_parent.chain(own).copied().find(|f| {
        let fact = at.graph.fact(*f);
        let near = fact.time.is_some_and(|t| (-CONNECTED_BEFORE..=DCOM_BEFORE).contains(&start.since(t)));
        fact.kind == Kind::Network && !fact.flag && near && is_elsewhere(at.graph, at.process.host, *f)
    })?;
    let record = at.graph.fact(fact);
    let who = at.graph.subject(fact).unwrap_or(parent);
    let text =
        format!("{} accepted a connection from {}, as a server of DCOM does", words(at.graph, who), record.address);
    let session = at.graph.sessions.remote_before(at.process.host, start, DCOM_BEFORE);
    let session = session.into_iter().find(|s| *at.graph.sessions.all[*s as usize].address == *record.address);
    let node = session.map_or(Node::End("remote_session", Some(record.address.to_string())), Node::Session);
    let facts = std::iter::once(fact).chain(at.process.starts.iter().copied());
    Some(Cause::new(Edge::Remote, node, Strong, text).at(record.time).on(facts).weighing(12))
}

/// A desktop over RDP: the session of the same account, or a connection to the port shortly before.
fn by_desktop(at: &At<'_>, start: Time) -> Option<Cause> {
    let (node, origin, time, fact) = desktop_session(at, start).or_else(|| desktop_connection(at, start))?;
    let text = format!("{} was started at the desktop after {origin}", words(at.graph, at.id));
    let facts = std::iter::once(fact).chain(at.process.starts.iter().copied());
    Some(Cause::new(Edge::Remote, node, Circumstantial, text).at(time).on(facts).weighing(2))
}

fn desktop_session(at: &At<'_>, start: Time) -> Option<(Node, String, Option<Time>, FactId)> {
    let sessions = at.graph.sessions.remote_before(at.process.host, start, DESKTOP_BEFORE);
    let id = sessions.into_iter().find(|s| {
        let session = &at.graph.sessions.all[*s as usize];
        let open = session.end.is_none_or(|end| end > start);
        session.kind == 10 && open && !at.process.user.is_empty() && is_account(&session.account, &at.process.user)
    })?;
    let session = &at.graph.sessions.all[id as usize];
    Some((Node::Session(id), format!("a {} of {}", session.way(), session.name()), session.start, session.fact))
}

fn desktop_connection(at: &At<'_>, start: Time) -> Option<(Node, String, Option<Time>, FactId)> {
    let near = at.graph.around(at.process.host, Kind::Network, start, RDP_BEFORE, 1.0).iter().rev().copied();
    let is_rdp = |f: &FactId| at.graph.fact(*f).number == 3389 && is_order(at.graph, at.process.host, *f);
    let id = near.into_iter().find(is_rdp)?;
    let fact = at.graph.fact(id);
    let node = Node::End("remote_session", Some(fact.address.to_string()).filter(|a| !a.is_empty()));
    Some((node, format!("a connection to remote desktop from {}", fact.address), fact.time, id))
}

/// A remote shell works for callers over the network; that the caller is this host itself is not shut out.
fn unnamed(at: &At<'_>) -> Cause {
    let text = format!(
        "{} was started through {}, which serves remote shells; from where is not recorded, it may be this host itself",
        words(at.graph, at.id),
        at.dispatcher_words()
    );
    let cause = Cause::new(Edge::Remote, Node::End("remote_session", None), Circumstantial, text);
    cause.at(at.process.start).on(at.process.starts.iter().copied())
}

fn by_logon(at: &At<'_>, confidence: Confidence) -> Option<Cause> {
    let session = at.graph.sessions.of_logon(at.process.host, at.process.logon, at.process.start)?;
    let s = &at.graph.sessions.all[session as usize];
    if !s.remote {
        return None;
    }
    let text = format!(
        "{} runs in the session of {} ({}), through {}",
        words(at.graph, at.id),
        s.name(),
        s.way(),
        at.dispatcher_words()
    );
    let facts = std::iter::once(s.fact).chain(at.process.starts.iter().copied());
    let confidence = if s.sure { confidence } else { confidence.min(Strong) };
    Some(Cause::new(Edge::Remote, Node::Session(session), confidence, text).at(s.start).on(facts).weighing(15))
}

fn by_time(at: &At<'_>, start: Time, callers_only: bool) -> Option<Cause> {
    let origin = before(at.graph, at.process.host, start, &at.process.user)?;
    // COM starts programs all day: only a caller's own account, seen to come in, says whose order it was.
    let by_person = !is_system(&at.process.user) && matches!(origin.node, Node::Session(_));
    if !(callers_only || by_person && origin.confidence == Strong) {
        return None;
    }
    let at_its_port = origin.facts.iter().any(|f| matches!(at.graph.fact(*f).number, 5985 | 5986));
    let confidence = match callers_only {
        true if at_its_port && at.dispatcher() != Some(Dispatcher::Wmi) => Strong,
        true => origin.confidence,
        false => Circumstantial,
    };
    let text =
        format!("{} was started through {} just after {}", words(at.graph, at.id), at.dispatcher_words(), origin.text);
    let facts = origin.facts.iter().copied().chain(at.process.starts.iter().copied());
    Some(Cause::new(Edge::Remote, origin.node, confidence, text).at(origin.time).on(facts).weighing(1))
}

/// What another host's connection to this one is the doing of: the session that it opened, or the other host.
pub(crate) fn accepted(graph: &Graph, connection: FactId) -> Option<Cause> {
    let (fact, host) = (graph.fact(connection), graph.host_of(connection));
    if fact.kind != Kind::Network || fact.flag || !is_elsewhere(graph, host, connection) {
        return None;
    }
    let sessions = graph.sessions.remote_before(host, fact.time?.plus_seconds(OPENED_WITHIN), LOGON_BEFORE);
    let account = |s: &SessionId| &graph.sessions.all[*s as usize].account;
    let from_there = |s: &SessionId| *graph.sessions.all[*s as usize].address == *fact.address;
    let sessions: Vec<SessionId> = sessions.into_iter().filter(from_there).collect();
    let session = sessions.first().copied();
    let one_account = sessions.iter().all(|s| session.is_some_and(|f| names::is_same_account(account(s), account(&f))));
    let text = format!("{} connected to port {}", fact.address, fact.number);
    let (node, confidence) = match session {
        Some(session) => (Node::Session(session), if one_account { Strong } else { Circumstantial }),
        None => (Node::End("remote_session", Some(fact.address.to_owned())), Circumstantial),
    };
    let facts = std::iter::once(connection).chain(session.map(|s| graph.sessions.all[s as usize].fact));
    Some(Cause::new(Edge::Remote, node, confidence, text).at(fact.time).on(facts))
}

/// Where an order came from.
pub(crate) struct Origin {
    pub(crate) node: Node,
    pub(crate) confidence: Confidence,
    pub(crate) text: String,
    pub(crate) time: Option<Time>,
    pub(crate) facts: Vec<FactId>,
}

/// The remote logon and connection just before a time. What runs as an account was ordered by a session of that
/// account; `user` is empty, or the system's, where any session may have given the order.
pub(crate) fn before(graph: &Graph, host: HostId, time: Time, user: &str) -> Option<Origin> {
    let sessions = graph.sessions.remote_before(host, time, LOGON_BEFORE);
    let fits = |id: &SessionId| is_account(&graph.sessions.all[*id as usize].account, user);
    let mut fitting = sessions.iter().copied().filter(fits);
    let is_person = |id: &SessionId| !graph.sessions.all[*id as usize].account.ends_with('$');
    let session = fitting.clone().find(is_person).or_else(|| fitting.next());
    let connection = connection_before(graph, host, time);
    match (session, connection) {
        (Some(session), connection) => Some(by_session(graph, session, connection)),
        (None, Some(fact)) => Some(by_connection(graph, fact)),
        (None, None) => None,
    }
}

/// Whether a session's account is the one that a process runs as; domains are spelled in several ways.
fn is_account(account: &str, user: &str) -> bool {
    is_system(user) || names::is_same_account(account, user)
}

/// Whether an account is the system's own, or not known.
fn is_system(user: &str) -> bool {
    let name = path::file_name(user).to_lowercase();
    matches!(name.as_str(), "" | "system" | "local service" | "network service") || name.ends_with('$')
}

fn by_session(graph: &Graph, id: SessionId, connection: Option<FactId>) -> Origin {
    let session = &graph.sessions.all[id as usize];
    let agrees = connection.filter(|c| {
        let address = graph.fact(*c).address;
        address.is_empty() || *address == *session.address
    });
    Origin {
        node: Node::Session(id),
        confidence: if agrees.is_some() { Strong } else { Circumstantial },
        text: format!("a {} of {}", session.way(), session.name()),
        time: session.start,
        facts: std::iter::once(session.fact).chain(agrees).collect(),
    }
}

fn by_connection(graph: &Graph, id: FactId) -> Origin {
    let fact = graph.fact(id);
    let name = match (fact.kind, fact.address) {
        (Kind::Pipe, _) | (_, "") => None,
        (_, address) => Some(address.to_owned()),
    };
    let text = match fact.kind {
        Kind::Pipe => format!("another host opened the pipe {}", fact.object),
        Kind::Share => format!("{} opened {} from {}", fact.account, fact.object, fact.address),
        _ => format!("a connection from {} to port {}", fact.address, fact.number),
    };
    let confidence = if fact.kind == Kind::Network { Circumstantial } else { Strong };
    Origin { node: Node::End("remote_session", name), confidence, text, time: fact.time, facts: vec![id] }
}

/// The last sign before a time that another host gave orders: a share or pipe of those that serve them, or a
/// connection from elsewhere to their ports. The kernel itself opens a pipe only for another host.
pub(crate) fn connection_before(graph: &Graph, host: HostId, time: Time) -> Option<FactId> {
    let near = |kind| graph.around(host, kind, time, CONNECTED_BEFORE, 1.0).iter().rev().copied();
    let share = near(Kind::Share).find(|f| is_elsewhere(graph, host, *f));
    // A host that talks to itself over SMB opens its own pipes the same way.
    let itself = near(Kind::Network).any(|f| graph.fact(f).number == 445 && !is_elsewhere(graph, host, f));
    let pipe = near(Kind::Pipe).find(|f| !itself && graph.fact(*f).subject.image.eq_ignore_ascii_case("system"));
    let inbound = near(Kind::Network).find(|f| is_order(graph, host, *f));
    share.or(pipe).or(inbound)
}

fn is_order(graph: &Graph, host: HostId, fact: FactId) -> bool {
    !graph.fact(fact).flag && names::is_command_port(graph.fact(fact).number) && is_elsewhere(graph, host, fact)
}

/// Whether the peer of a connection is another host.
fn is_elsewhere(graph: &Graph, host: HostId, fact: FactId) -> bool {
    let fact = graph.fact(fact);
    let own = graph.host_of_address(fact.address) == Some(host) || fact.address == fact.detail;
    !own && !names::is_local_address(fact.address)
}
