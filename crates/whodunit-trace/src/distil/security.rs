//! Windows' Security channel.

use super::{account, actor, address, first, logon, number, parse_number, pid, text};
use crate::fact::{Actor, Fact, Kind, Text};
use crate::names;
use whodunit_event::persist::task_xml;
use whodunit_event::{Event, Guid};

pub(super) fn columns(event: &Event) -> Option<Fact> {
    match event.event_id {
        1102 => Some(Fact {
            kind: Kind::Cleared,
            object: "Security".into(),
            account: account(event, "SubjectDomainName", "SubjectUserName"),
            logon: logon(event, "SubjectLogonId"),
            ..Fact::default()
        }),
        4624 => logon_event(event),
        4634 | 4647 => Some(Fact {
            kind: Kind::Logoff,
            account: account(event, "TargetDomainName", "TargetUserName"),
            logon: logon(event, "TargetLogonId"),
            ..Fact::default()
        }),
        4648 => Some(explicit(event)),
        4688 => Some(start(event)),
        4689 => Some(Fact { kind: Kind::End, subject: process(event, "ProcessId", "ProcessName"), ..Fact::default() }),
        4778 => Some(Fact {
            kind: Kind::Logon,
            object: text(event, "SessionName"),
            detail: text(event, "ClientName"),
            address: address(event, "ClientAddress"),
            account: account(event, "AccountDomain", "AccountName"),
            logon: logon(event, "LogonID"),
            number: 10,
            ..Fact::default()
        }),
        4697 => Some(Fact {
            kind: Kind::Service,
            object: text(event, "ServiceName"),
            detail: first(event, &["ServiceFileName", "ImagePath"]),
            account: text(event, "ServiceAccount"),
            logon: logon(event, "SubjectLogonId"),
            ..Fact::default()
        }),
        4698 | 4702 => Some(task(event)),
        4699 => Some(Fact {
            kind: Kind::TaskGone,
            object: text(event, "TaskName"),
            account: account(event, "SubjectDomainName", "SubjectUserName"),
            logon: logon(event, "SubjectLogonId"),
            ..Fact::default()
        }),
        4663 => class(event),
        5140 | 5145 => share(event),
        5156 => inbound(event),
        _ => None,
    }
}

/// 4663 of a registry key: only the classes through which the desktop takes orders.
fn class(event: &Event) -> Option<Fact> {
    let class = names::desktop_class(event.value("ObjectName")?)?;
    let subject = process(event, "ProcessId", "ProcessName");
    Some(Fact { kind: Kind::Class, subject, object: class.into(), ..Fact::default() })
}

fn process(event: &Event, pid_field: &str, image: &str) -> Actor {
    Actor { pid: pid(event, pid_field), image: text(event, image), ..Actor::default() }
}

/// 4688: pids are hexadecimal, `ProcessId` is the creator's; the token may be another account's (`Target…`).
fn start(event: &Event) -> Fact {
    let mut subject = process(event, "NewProcessId", "NewProcessName");
    subject.command = text(event, "CommandLine");
    let target_logon = logon(event, "TargetLogonId");
    subject.user = match event.value("TargetUserName") {
        Some(_) => account(event, "TargetDomainName", "TargetUserName"),
        // The creator's: a machine account starts processes for others.
        None if event.value("SubjectUserName").is_some_and(|name| name.ends_with('$')) => Text::default(),
        None => account(event, "SubjectDomainName", "SubjectUserName"),
    };
    let parent = process(event, "ProcessId", "ParentProcessName");
    Fact {
        kind: Kind::Start,
        subject,
        target: (!parent.is_nobody()).then(|| Box::new(parent)),
        logon: if target_logon != 0 { target_logon } else { logon(event, "SubjectLogonId") },
        ..Fact::default()
    }
}

fn logon_event(event: &Event) -> Option<Fact> {
    let id = logon(event, "TargetLogonId");
    (id != 0).then(|| Fact {
        kind: Kind::Logon,
        subject: process(event, "ProcessId", "ProcessName"),
        object: text(event, "LogonProcessName"),
        detail: text(event, "WorkstationName"),
        address: address(event, "IpAddress"),
        account: account(event, "TargetDomainName", "TargetUserName"),
        logon: id,
        number: number(event, "LogonType"),
        ..Fact::default()
    })
}

fn explicit(event: &Event) -> Fact {
    Fact {
        kind: Kind::Explicit,
        subject: process(event, "ProcessId", "ProcessName"),
        object: text(event, "TargetServerName"),
        address: address(event, "IpAddress"),
        account: account(event, "TargetDomainName", "TargetUserName"),
        logon: logon(event, "SubjectLogonId"),
        ..Fact::default()
    }
}

/// 4698, 4702: the task's XML lies inside; version 1 names the client process by its start key and pid.
fn task(event: &Event) -> Fact {
    let xml = event.value("TaskContent").or_else(|| event.value("TaskContentNew")).unwrap_or_default();
    let definition = task_xml::parse(xml).unwrap_or_default();
    let key = event.value("ClientProcessStartKey").and_then(parse_number).unwrap_or(0);
    Fact {
        kind: Kind::TaskMade,
        subject: Actor { guid: Guid(0), pid: pid(event, "ClientProcessId"), ..Actor::default() },
        object: text(event, "TaskName"),
        detail: definition.command.join("\n").into(),
        address: definition.trigger.as_deref().unwrap_or_default().into(),
        account: account(event, "SubjectDomainName", "SubjectUserName"),
        flag: definition.why.iter().any(|w| w.contains("hidden")),
        logon: logon(event, "SubjectLogonId"),
        number: key,
        ..Fact::default()
    }
}

/// Accesses to shares are many; those through which hosts are commanded are few.
fn share(event: &Event) -> Option<Fact> {
    let path = event.value("RelativeTargetName").unwrap_or_default();
    let share = event.value("ShareName").unwrap_or_default();
    if !names::is_remote_pipe(path) && !names::is_admin_share(share) {
        return None;
    }
    let object: Text = if path.is_empty() { share.into() } else { format!("{share}\\{path}").into() };
    Some(Fact {
        kind: Kind::Share,
        object,
        address: address(event, "IpAddress"),
        account: account(event, "SubjectDomainName", "SubjectUserName"),
        logon: logon(event, "SubjectLogonId"),
        ..Fact::default()
    })
}

/// 5156: only connections from outside to the ports through which hosts are commanded.
fn inbound(event: &Event) -> Option<Fact> {
    let inbound = event.value("Direction").is_some_and(|d| d == "%%14592" || d.eq_ignore_ascii_case("inbound"));
    // Inbound, the "source" is the local side in Windows' own wording of this event: the ports tell which is which.
    let (source, dest) = (number(event, "SourcePort"), number(event, "DestPort"));
    let local_is_source = names::is_command_port(source);
    let subject = actor(event, "", "ProcessID", "Application", "");
    if !inbound || !(local_is_source || names::is_command_port(dest)) {
        return None;
    }
    let (own, peer, port) = match local_is_source {
        true => ("SourceAddress", "DestAddress", source),
        false => ("DestAddress", "SourceAddress", dest),
    };
    let (detail, address) = (address(event, own), address(event, peer));
    Some(Fact { kind: Kind::Network, subject, detail, address, number: port, ..Fact::default() })
}
