//! Orders from another host (Windows).
//!
//! Evidence: the process's LogonId and 4624 of a session from another address; else a remote logon (4624) and a
//! connection to RPC, SMB, WinRM (3, 5156, pipes served by the kernel) just before; children of WmiPrvSE, wsmprovhost,
//! PSEXESVC, DCOM servers and desktops.
//! Claims: the session gave the order.
//! Sure: `strong` by LogonId, by logon and connection from one address just before, by a connection that a server of
//! DCOM accepted, or by a connection from where the program that runs had been brought; `circumstantial` by one of them
//! alone. Without any of them the caller may be the host itself: nothing is claimed, but of remote shells, whose callers
//! are elsewhere as a rule: `circumstantial`, with no more than the account.

use super::{At, Cause, Launcher, Node, rdp, signs, smb, words};
use crate::fact::Kind;
use crate::names::{self, Dispatcher};
use crate::processes::FactId;
use crate::story::Edge;
use whodunit_event::Confidence::{Circumstantial, Strong};
use whodunit_event::Time;

/// A server of DCOM stays for its caller's next order about this many seconds.
const DCOM_BEFORE: f64 = 600.0;

pub(crate) fn causes(at: &At<'_>) -> Vec<Cause> {
    let Some(dispatcher) = at.dispatcher() else { return Vec::new() };
    // The server of a remote shell is started by COM, for a caller.
    let is_shell = names::dispatcher(&at.process.image, "") == Some(Dispatcher::WinRm);
    let callers_only =
        is_shell || matches!(dispatcher, Dispatcher::Wmi | Dispatcher::WinRm | Dispatcher::RemoteService);
    if !callers_only && !matches!(dispatcher, Dispatcher::Com | Dispatcher::Desktop) {
        return Vec::new();
    }
    let mut causes: Vec<Cause> = by_logon(at).into_iter().collect();
    if causes.is_empty() {
        causes.extend(by_own_connection(at));
    }
    if causes.is_empty() {
        causes.extend(at.process.start.and_then(|start| match dispatcher {
            Dispatcher::Desktop => rdp::cause(at, start),
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
        let near = fact.time.is_some_and(|t| (-signs::CONNECTED_BEFORE..=DCOM_BEFORE).contains(&start.since(t)));
        fact.kind == Kind::Network && !fact.flag && near && signs::is_elsewhere(at.graph, at.process.host, *f)
    })?;
    let record = at.graph.fact(fact);
    let who = at.graph.subject(fact).unwrap_or(parent);
    let text =
        format!("{} accepted a connection from {}, as a server of DCOM does", words(at.graph, who), record.address);
    let session = at.graph.sessions.remote_before(at.process.host, start, DCOM_BEFORE);
    let session = session.into_iter().find(|s| *at.graph.sessions.all[*s as usize].address == *record.address);
    let node = session.map_or_else(|| signs::from(account(at), record.address), Node::Session);
    let facts = std::iter::once(fact).chain(at.process.starts.iter().copied());
    // A desktop has a person before it, who starts programs too.
    let at_once = record.time.is_some_and(|t| start.since(t) <= signs::CONNECTED_BEFORE);
    let desktop = at.dispatcher() == Some(Dispatcher::Desktop);
    let confidence = if desktop && !at_once { Circumstantial } else { Strong };
    Some(Cause::new(Edge::Remote, node, confidence, text).at(record.time).on(facts).weighing(12))
}

/// A remote shell works for callers over the network; that the caller is this host itself is not shut out.
fn unnamed(at: &At<'_>) -> Cause {
    let text = format!(
        "{} was started through {}, which serves remote shells; from where is not recorded, it may be this host itself",
        words(at.graph, at.id),
        at.dispatcher_words()
    );
    let cause = Cause::new(Edge::Remote, signs::from(account(at), ""), Circumstantial, text);
    cause.at(at.process.start).on(at.process.starts.iter().copied())
}

fn by_logon(at: &At<'_>) -> Option<Cause> {
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
    Some(Cause::new(Edge::Remote, Node::Session(session), Strong, text).at(s.start).on(facts).weighing(15))
}

/// The account that a process works for: its logon's, which may be on record without an address, else its own.
fn account<'a>(at: &At<'a>) -> &'a str {
    let sessions = &at.graph.sessions;
    let session = sessions.of_logon(at.process.host, at.process.logon, at.process.start);
    session.map_or(&*at.process.user, |id| &*sessions.all[id as usize].account)
}

/// Whether a file was written here from an address that the signs of the order name.
fn is_from_there(at: &At<'_>, write: FactId, signs: &[FactId]) -> bool {
    let address = |f: &FactId| at.graph.fact(*f).address;
    let by = smb::written(at.graph, write).map_or(Vec::new(), |cause| cause.facts);
    by.iter().map(address).any(|a| !a.is_empty() && signs.iter().any(|s| address(s) == a))
}

fn by_time(at: &At<'_>, start: Time, callers_only: bool) -> Option<Cause> {
    let origin = signs::before(at.graph, at.process.host, start, account(at))?;
    // COM starts programs all day: only a caller's own account, seen to come in, says whose order it was.
    let by_person = !signs::is_system(&at.process.user) && matches!(origin.node, Node::Session(_));
    if !(callers_only || by_person && origin.confidence == Strong) {
        return None;
    }
    let at_its_port = origin.facts.iter().any(|f| matches!(at.graph.fact(*f).number, 5985 | 5986));
    let brought = smb::brought(at, start).filter(|f| callers_only && is_from_there(at, *f, &origin.facts));
    let confidence = match callers_only {
        true if at_its_port && at.dispatcher() != Some(Dispatcher::Wmi) => Strong,
        true if brought.is_some() => Strong,
        true => origin.confidence,
        false => Circumstantial,
    };
    let file = brought.map_or_else(String::new, |f| format!(", from where {} had come", at.graph.fact(f).object));
    let text = format!(
        "{} was started through {} just after {}{file}",
        words(at.graph, at.id),
        at.dispatcher_words(),
        origin.text
    );
    let facts = origin.facts.iter().copied().chain(brought).chain(at.process.starts.iter().copied());
    Some(Cause::new(Edge::Remote, origin.node, confidence, text).at(origin.time).on(facts).weighing(1))
}
