//! Windows' other channels: services, tasks, PowerShell, WMI, BITS, the shell, terminal sessions.

use super::{account, first, head, parse_number, pid, text};
use crate::fact::{Actor, Fact, Kind, Text};
use whodunit_event::Event;

/// Longest piece of a script block that is kept.
const SCRIPT_KEPT: usize = 4096;

fn of(kind: Kind) -> Fact {
    Fact { kind, ..Fact::default() }
}

/// Service Control Manager 7045; System's own 104.
pub(super) fn service_control(event: &Event) -> Option<Fact> {
    match event.event_id {
        7045 => Some(Fact {
            object: text(event, "ServiceName"),
            detail: first(event, &["ImagePath", "ServiceFileName"]),
            account: text(event, "AccountName"),
            ..of(Kind::Service)
        }),
        104 => cleared(event),
        _ => None,
    }
}

/// 104 and 1102 of the event log itself.
pub(super) fn cleared(event: &Event) -> Option<Fact> {
    let channel = first(event, &["Channel"]);
    matches!(event.event_id, 104 | 1102).then(|| Fact {
        object: if channel.is_empty() { event.channel().into() } else { channel },
        account: account(event, "SubjectDomainName", "SubjectUserName"),
        ..of(Kind::Cleared)
    })
}

/// TaskScheduler/Operational.
pub(super) fn task(event: &Event) -> Option<Fact> {
    let kind = match event.event_id {
        100 | 107 | 108 | 110 | 118 | 119 => Kind::TaskRun,
        106 | 140 => Kind::TaskMade,
        129 => Kind::TaskProcess,
        200 => Kind::TaskAction,
        102 | 201 => Kind::TaskEnd,
        141 => Kind::TaskGone,
        _ => return None,
    };
    let program = first(event, &["Path", "ActionName"]);
    let launched = if kind == Kind::TaskProcess { pid(event, "ProcessID") } else { 0 };
    // 106 and 140 give no command: `detail` stays empty there.
    let detail =
        if matches!(kind, Kind::TaskProcess | Kind::TaskAction | Kind::TaskEnd) { program } else { Text::default() };
    Some(Fact {
        subject: Actor { pid: launched, ..Actor::default() },
        object: text(event, "TaskName"),
        detail,
        account: first(event, &["UserContext", "UserName"]),
        ..of(kind)
    })
}

/// PowerShell 4104 (and 4103): the host process is the one that wrote the record.
pub(super) fn powershell(event: &Event) -> Option<Fact> {
    let script = match event.event_id {
        4104 => event.value("ScriptBlockText")?,
        4103 => event.value("Payload").or_else(|| event.value("ContextInfo"))?,
        _ => return None,
    };
    Some(Fact {
        subject: Actor { pid: event.writer_pid.unwrap_or(0), image: "powershell.exe".into(), ..Actor::default() },
        object: text(event, "Path"),
        detail: head(script, SCRIPT_KEPT).into(),
        number: super::number(event, "MessageNumber"),
        ..of(Kind::Script)
    })
}

/// WMI-Activity 5861: a filter bound to a consumer for good.
pub(super) fn wmi(event: &Event) -> Option<Fact> {
    if event.event_id != 5861 {
        return None;
    }
    Some(Fact {
        object: first(event, &["CONSUMER", "Consumer"]),
        detail: head(&first(event, &["PossibleCause"]), 8192).into(),
        account: text(event, "User"),
        flag: true,
        ..of(Kind::WmiBinding)
    })
}

/// Bits-Client 3 (job made) and 59 (transfer started).
pub(super) fn bits(event: &Event) -> Option<Fact> {
    if !matches!(event.event_id, 3 | 59 | 60) {
        return None;
    }
    Some(Fact {
        subject: Actor {
            pid: first(event, &["processId", "ProcessId"]).parse().unwrap_or(0),
            image: first(event, &["processPath", "ProcessPath"]),
            ..Actor::default()
        },
        object: first(event, &["jobTitle", "name", "string"]),
        detail: first(event, &["url", "RemoteName"]),
        account: first(event, &["jobOwner", "string2", "User"]),
        ..of(Kind::Bits)
    })
}

/// Shell-Core 9707 and 9708: explorer ran a command of a Run key; 9708 names the process.
pub(super) fn shell(event: &Event) -> Option<Fact> {
    if !matches!(event.event_id, 9707 | 9708) {
        return None;
    }
    Some(Fact {
        subject: Actor { pid: event.value("PID").and_then(parse_number).unwrap_or(0) as u32, ..Actor::default() },
        detail: text(event, "Command"),
        ..of(Kind::RunKey)
    })
}

/// LocalSessionManager 21, 25: a terminal session with its source address; it has no LogonId.
pub(super) fn session(event: &Event) -> Option<Fact> {
    matches!(event.event_id, 21 | 25).then(|| Fact {
        object: "terminal session".into(),
        address: super::address(event, "Address"),
        account: text(event, "User"),
        number: 10,
        ..of(Kind::Logon)
    })
}
