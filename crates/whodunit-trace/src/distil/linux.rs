//! Linux's own logs (`schema/linux.rs` holds the events and fields): cron, sshd, sudo, su, systemd, audit, utmp.

use super::{address, number, pid, text};
use crate::fact::{Actor, Fact, Kind, Text};
use crate::sessions::SSH;
use whodunit_event::Event;
use whodunit_event::schema::linux;

/// "No session" and "no account" in audit records.
const UNSET: u64 = u32::MAX as u64;

/// Whether the event comes from a Linux log that the graph understands: ids of these logs lie apart, but for audit's.
pub(super) fn speaks(event: &Event) -> bool {
    (70_000..72_000).contains(&event.event_id) || is_audit(event)
}

fn is_audit(event: &Event) -> bool {
    linux::AUDIT.providers.iter().any(|p| event.provider().eq_ignore_ascii_case(p))
}

pub(super) fn columns(event: &Event) -> Option<Fact> {
    if is_audit(event) {
        return audit(event);
    }
    match event.event_id {
        70101 => {
            Some(Fact { account: text(event, "User"), detail: text(event, "CommandLine"), ..by(event, Kind::Cron) })
        }
        70201 => Some(login(event, address(event, "SourceIp"), Text::default())),
        70301 => Some(Fact {
            detail: text(event, "CommandLine"),
            object: text(event, "TargetUser"),
            account: text(event, "User"),
            ..by(event, Kind::Sudo)
        }),
        70401 => {
            Some(Fact { object: text(event, "TargetUser"), account: text(event, "User"), ..by(event, Kind::Sudo) })
        }
        70602 => Some(Fact { object: text(event, "Unit"), detail: Text::default(), ..by(event, Kind::Unit) }),
        71007 => Some(login(event, address(event, "SourceIp"), text(event, "SourceHost"))),
        _ => None,
    }
}

fn by(event: &Event, kind: Kind) -> Fact {
    Fact { kind, subject: Actor { pid: pid(event, "ProcessId"), ..Actor::default() }, ..Fact::default() }
}

fn login(event: &Event, address: Text, host: Text) -> Fact {
    Fact { address, detail: host, account: text(event, "User"), number: SSH, ..by(event, Kind::Logon) }
}

/// Audit: programs run (1300 and 1309 with execve), sessions begun (1105, 1112), units started (1130), sudo (1123).
fn audit(event: &Event) -> Option<Fact> {
    match event.event_id {
        1300 | 1309 => exec(event),
        1112 | 1105 => session(event),
        1123 => {
            Some(Fact { detail: text(event, "CommandLine"), account: text(event, "User"), ..by(event, Kind::Sudo) })
        }
        1130 => Some(Fact { kind: Kind::Unit, object: text(event, "Unit"), ..Fact::default() }),
        _ => None,
    }
}

/// A program run is a start; any other watched call only proves that the process was there.
fn exec(event: &Event) -> Option<Fact> {
    let failed = event.value("Success").is_some_and(|s| s.eq_ignore_ascii_case("no"));
    let is_exec = !failed && is_exec_call(event);
    let mut fact = by(event, if is_exec { Kind::Start } else { Kind::Seen });
    fact.subject.image = text(event, "Image");
    fact.subject.user = text(event, "User");
    if is_exec {
        fact.subject.command = text(event, "CommandLine");
        let parent = Actor { pid: pid(event, "ParentProcessId"), ..Actor::default() };
        fact.target = (parent.pid != 0).then(|| Box::new(parent));
        fact.object = text(event, "CurrentDirectory");
        fact.number = session_number(event);
    }
    (fact.subject.pid != 0).then_some(fact)
}

fn is_exec_call(event: &Event) -> bool {
    event.event_id == 1309 || event.value("Syscall").is_some_and(|s| s.starts_with("execve"))
}

fn session_number(event: &Event) -> u64 {
    match number(event, "Session") {
        UNSET => 0,
        session => session,
    }
}

/// The audit session's number serves as LogonId: every program run carries it.
fn session(event: &Event) -> Option<Fact> {
    let session = session_number(event);
    let account = super::first(event, &["TargetUser", "User"]);
    (session != 0).then(|| Fact {
        address: address(event, "SourceIp"),
        detail: text(event, "SourceHost"),
        account,
        logon: session,
        number: SSH,
        ..by(event, Kind::Logon)
    })
}
