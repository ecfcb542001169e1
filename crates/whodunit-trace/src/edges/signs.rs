//! Signs that another host gave an order (Windows), for the edges that ask for them.
//!
//! Evidence: remote logons (4624), shares and pipes that serve orders (5145, 17, 18), accepted connections to RPC, SMB,
//! WinRM (3, 5156).
//! Claims: the other host, or the session it opened, was there just before.
//! Sure: `strong` by a logon and a connection from one address, while nobody else had logged on from another, or by a share or pipe that serves orders while no more
//! than one host was connected; else `circumstantial`.

use super::{Cause, Node};
use crate::fact::Kind;
use crate::graph::Graph;
use crate::hosts::HostId;
use crate::names;
use crate::path;
use crate::processes::FactId;
use crate::sessions::SessionId;
use crate::story::Edge;
use whodunit_event::Confidence::{self, Circumstantial, Strong};
use whodunit_event::Time;

/// Logons this many seconds before may be the caller's.
const LOGON_BEFORE: f64 = 60.0;
/// Connections this many seconds before may be the caller's.
pub(crate) const CONNECTED_BEFORE: f64 = 30.0;
/// The port of remote desktops: who comes in there gives orders at the desktop alone.
pub(crate) const DESKTOP_PORT: u64 = 3389;
/// A logon follows its connection within this many seconds.
const OPENED_WITHIN: i64 = 10;

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
    let session = |id: &SessionId| &graph.sessions.all[*id as usize];
    // Who sits at a desktop orders nothing over the network, from wherever the desktop is used.
    let fits = |id: &SessionId| matches!(session(id).kind, 3 | 8) && is_account(&session(id).account, user);
    let mut fitting = sessions.iter().copied().filter(fits);
    let is_person = |id: &SessionId| !session(id).account.ends_with('$');
    let first = fitting.clone().find(is_person).or_else(|| fitting.next());
    let seen = Seen::before(graph, host, time);
    match first {
        Some(first) => {
            let is_rival = |id: SessionId| is_person(&id) && session(&id).address != session(&first).address;
            let sure = if fitting.any(is_rival) { Circumstantial } else { Strong };
            Some(by_session(graph, first, seen.first(), sure))
        }
        None => by_seen(graph, &seen, user),
    }
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
        None => (from("", fact.address), Circumstantial),
    };
    let facts = std::iter::once(connection).chain(session.map(|s| graph.sessions.all[s as usize].fact));
    Some(Cause::new(Edge::Remote, node, confidence, text).at(fact.time).on(facts))
}

/// A session of which only the account, or the address, may be known.
pub(crate) fn from(account: &str, address: &str) -> Node {
    let account = if is_system(account) { "" } else { account };
    let name = match (account, address) {
        ("", "") => None,
        ("", address) => Some(address.to_owned()),
        (account, "") => Some(format!("{account} from an address that was not recorded")),
        (account, address) => Some(format!("{account} from {address}")),
    };
    Node::End("remote_session", name)
}

/// Whether a session's account is the one that a process runs as; domains are spelled in several ways.
pub(crate) fn is_account(account: &str, user: &str) -> bool {
    is_system(user) || names::is_same_account(account, user)
}

/// Whether an account is the system's own, or not known.
pub(crate) fn is_system(user: &str) -> bool {
    let name = path::file_name(user).to_lowercase();
    matches!(name.as_str(), "" | "system" | "local service" | "network service") || name.ends_with('$')
}

/// Whether the peer of a connection, or whoever opened a share, is another host.
pub(crate) fn is_elsewhere(graph: &Graph, host: HostId, fact: FactId) -> bool {
    let fact = graph.fact(fact);
    let own = graph.host_of_address(fact.address) == Some(host) || fact.address == fact.detail;
    !own && !names::is_local_address(fact.address)
}

/// Connections from elsewhere, accepted at ports through which hosts are commanded, up to a time: the last first.
pub(crate) fn orders(graph: &Graph, host: HostId, time: Time, before: f64) -> impl Iterator<Item = FactId> + '_ {
    let near = graph.around(host, Kind::Network, time, before, 1.0).iter().rev().copied();
    near.filter(move |f| {
        let fact = graph.fact(*f);
        !fact.flag && names::is_command_port(fact.number) && is_elsewhere(graph, host, *f)
    })
}

/// Whether a host talked to its own file server about a time: it opens its own pipes and files the way others do.
pub(crate) fn reaches_itself(graph: &Graph, host: HostId, time: Time) -> bool {
    let near = graph.around(host, Kind::Network, time, CONNECTED_BEFORE, 1.0).iter();
    near.copied().any(|f| graph.fact(f).number == 445 && !is_elsewhere(graph, host, f))
}

/// What was seen of other hosts just before a time.
struct Seen {
    /// A share or pipe of those that serve orders. The kernel itself opens a pipe only for another host.
    opened: Option<FactId>,
    /// The last connection.
    connection: Option<FactId>,
    /// No more than one host was connected.
    one_host: bool,
}

impl Seen {
    fn before(graph: &Graph, host: HostId, time: Time) -> Self {
        let near = |kind| graph.around(host, kind, time, CONNECTED_BEFORE, 1.0).iter().rev().copied();
        let share = near(Kind::Share).find(|f| is_elsewhere(graph, host, *f));
        let itself = reaches_itself(graph, host, time);
        let pipe = near(Kind::Pipe).find(|f| !itself && graph.fact(*f).subject.image.eq_ignore_ascii_case("system"));
        let orders = orders(graph, host, time, CONNECTED_BEFORE).filter(|f| graph.fact(*f).number != DESKTOP_PORT);
        let orders: Vec<FactId> = orders.collect();
        let one_host = orders.iter().all(|f| graph.fact(*f).address == graph.fact(orders[0]).address);
        Self { opened: share.or(pipe), connection: orders.first().copied(), one_host }
    }

    fn first(&self) -> Option<FactId> {
        self.opened.or(self.connection)
    }
}

/// `sure` where its address was connected.
fn by_session(graph: &Graph, id: SessionId, connection: Option<FactId>, sure: Confidence) -> Origin {
    let session = &graph.sessions.all[id as usize];
    let agrees = connection.filter(|c| {
        let address = graph.fact(*c).address;
        address.is_empty() || *address == *session.address
    });
    Origin {
        node: Node::Session(id),
        confidence: if agrees.is_some() { sure } else { Circumstantial },
        text: format!("a {} of {}", session.way(), session.name()),
        time: session.start,
        facts: std::iter::once(session.fact).chain(agrees).collect(),
    }
}

fn by_seen(graph: &Graph, seen: &Seen, user: &str) -> Option<Origin> {
    let id = seen.first()?;
    let fact = graph.fact(id);
    let connection = seen.connection.map(|c| graph.fact(c)).filter(|_| fact.kind == Kind::Pipe);
    let address = connection.as_ref().map_or(fact.address, |c| c.address);
    let over = connection.as_ref().map_or_else(String::new, |c| format!(", connected from {}", c.address));
    let text = match fact.kind {
        Kind::Pipe => format!("another host{over} opened the pipe {}", fact.object),
        Kind::Share => format!("{} opened {} from {}", fact.account, fact.object, fact.address),
        _ => format!("a connection from {} to port {}", fact.address, fact.number),
    };
    let strong = fact.kind == Kind::Share || fact.kind == Kind::Pipe && seen.one_host;
    let account = if fact.account.is_empty() { user } else { fact.account };
    Some(Origin {
        node: from(account, address),
        confidence: if strong { Strong } else { Circumstantial },
        text,
        time: fact.time,
        facts: std::iter::once(id).chain(seen.connection.filter(|_| connection.is_some())).collect(),
    })
}
