//! Sysmon's events, Windows and Linux (`schema/sysmon.rs` holds the fields).

use super::{actor, address, first, flag, head, logon, number, pid, seen, text};
use crate::fact::{Fact, Kind, Text};
use crate::names;
use whodunit_event::Event;

/// Rights on a process that let its code be changed or run: CREATE_THREAD, VM_OPERATION with VM_WRITE.
const CREATE_THREAD: u64 = 0x2;
const VM_WRITE: u64 = 0x28;

pub(super) fn columns(event: &Event) -> Option<Fact> {
    match event.event_id {
        1 => Some(start(event)),
        3 => Some(network(event)),
        4 | 16 | 255 => Some(recorder(event)),
        5 => Some(by(event, Kind::End)),
        6 => Some(Fact { object: text(event, "ImageLoaded"), flag: flag(event, "Signed"), ..by(event, Kind::Load) }),
        7 => load(event),
        8 => Some(thread(event)),
        10 => access(event),
        11 | 15 | 27 | 29 => Some(file(event)),
        12..=14 => registry(event),
        17 | 18 => pipe(event),
        19 => wmi(event, Kind::WmiFilter, &["Name"], &["Query"]),
        20 => wmi(event, Kind::WmiConsumer, &["Name"], &["Destination"]),
        21 => wmi(event, Kind::WmiBinding, &["Consumer"], &["Filter"]),
        22 => {
            Some(Fact { object: text(event, "QueryName"), detail: text(event, "QueryResults"), ..by(event, Kind::Dns) })
        }
        25 => Some(Fact { detail: text(event, "Type"), ..by(event, Kind::Tamper) }),
        _ => seen(event),
    }
}

fn by(event: &Event, kind: Kind) -> Fact {
    Fact { kind, subject: actor(event, "ProcessGuid", "ProcessId", "Image", "User"), ..Fact::default() }
}

fn start(event: &Event) -> Fact {
    let mut fact = by(event, Kind::Start);
    fact.subject.command = text(event, "CommandLine");
    let mut parent = actor(event, "ParentProcessGuid", "ParentProcessId", "ParentImage", "ParentUser");
    parent.command = text(event, "ParentCommandLine");
    let session = number(event, "TerminalSessionId");
    Fact {
        target: (!parent.is_nobody()).then(|| Box::new(parent)),
        object: text(event, "CurrentDirectory"),
        detail: text(event, "Hashes"),
        logon: logon(event, "LogonId"),
        number: if session == u64::from(u32::MAX) { 0 } else { session },
        ..fact
    }
}

/// The peer is the side that the recording host is not: where the host opened the connection, the destination. Where it
/// did not, some versions put the host itself into the source: the side of the port that serves is then the host's.
/// Where both could, the graph looks again at the addresses it knows to be the host's.
fn network(event: &Event) -> Fact {
    let opened = flag(event, "Initiated");
    let (source, destination) = (number(event, "SourcePort"), number(event, "DestinationPort"));
    let host_is_source = opened || source != 0 && serving(source) < serving(destination);
    let (peer, own, name) = match host_is_source {
        true => ("DestinationIp", "SourceIp", "DestinationHostname"),
        false => ("SourceIp", "DestinationIp", "SourceHostname"),
    };
    Fact {
        object: text(event, name),
        detail: address(event, own),
        address: address(event, peer),
        number: if opened || !host_is_source { destination } else { source },
        flag: opened,
        ..by(event, Kind::Network)
    }
}

/// Orders ports by how likely they serve: known ones, then Windows' dynamic ones, then those that only clients use.
fn serving(port: u64) -> (u8, u64) {
    let rank = match port {
        0..32_768 => 0,
        49_152.. => 1,
        _ => 2,
    };
    (rank, port)
}

fn recorder(event: &Event) -> Fact {
    Fact {
        kind: Kind::Recorder,
        object: first(event, &["State", "Configuration", "ID"]),
        detail: first(event, &["Version", "ConfigurationFileHash", "Description"]),
        ..Fact::default()
    }
}

/// A loaded module is kept if it is not a signed one of the system's own, or tells what the process is about to do.
fn load(event: &Event) -> Option<Fact> {
    let module = event.value("ImageLoaded")?;
    let plain = event.value("Signed").is_none_or(|s| s.eq_ignore_ascii_case("true")) && names::in_system(module);
    if plain && !names::is_file(module, &["taskschd.dll"]) {
        return seen(event);
    }
    Some(Fact {
        object: module.into(),
        detail: text(event, "Hashes"),
        flag: flag(event, "Signed"),
        ..by(event, Kind::Load)
    })
}

fn thread(event: &Event) -> Fact {
    Fact {
        kind: Kind::Thread,
        subject: actor(event, "SourceProcessGuid", "SourceProcessId", "SourceImage", "SourceUser"),
        target: Some(Box::new(actor(event, "TargetProcessGuid", "TargetProcessId", "TargetImage", "TargetUser"))),
        object: text(event, "StartModule"),
        detail: first(event, &["StartFunction", "StartAddress"]),
        // True where the recorder could have named the module and found none: the code lies in no file.
        flag: event.get("StartModule").is_some() && event.value("StartModule").is_none(),
        ..Fact::default()
    }
}

/// An access is kept if it could write into or run code in the other process, and the system does not do so all day.
fn access(event: &Event) -> Option<Fact> {
    let mask = number(event, "GrantedAccess");
    let source = actor(event, "SourceProcessGUID", "SourceProcessId", "SourceImage", "SourceUser");
    let able = mask & CREATE_THREAD != 0 || mask & VM_WRITE == VM_WRITE;
    let linux = event.provider().eq_ignore_ascii_case("Linux-Sysmon");
    if !(able || linux) || names::reaches_into_all(&source.image) {
        return (!source.is_nobody()).then(|| Fact { kind: Kind::Seen, subject: source, ..Fact::default() });
    }
    Some(Fact {
        kind: Kind::Access,
        subject: source,
        target: Some(Box::new(actor(event, "TargetProcessGUID", "TargetProcessId", "TargetImage", "TargetUser"))),
        flag: event.value("CallTrace").is_some_and(|c| c.contains("UNKNOWN")),
        number: mask,
        ..Fact::default()
    })
}

fn file(event: &Event) -> Fact {
    Fact {
        object: text(event, "TargetFilename"),
        detail: first(event, &["Hashes", "Hash"]),
        ..by(event, Kind::FileWrite)
    }
}

fn registry(event: &Event) -> Option<Fact> {
    let key = event.value("TargetObject")?;
    if let Some(program) = names::opened(key).filter(|_| event.event_id == 13) {
        return Some(Fact { object: program.into(), ..by(event, Kind::Opened) });
    }
    if !names::starts_things(key) && !names::replaces_windows(key) {
        return seen(event);
    }
    let detail = first(event, &["Details", "NewName", "EventType"]);
    Some(Fact { object: key.into(), detail, flag: event.event_id == 13, ..by(event, Kind::Registry) })
}

fn pipe(event: &Event) -> Option<Fact> {
    let name = event.value("PipeName").unwrap_or_default();
    if !names::is_remote_pipe(name) {
        return seen(event);
    }
    Some(Fact { object: name.into(), detail: text(event, "EventType"), ..by(event, Kind::Pipe) })
}

fn wmi(event: &Event, kind: Kind, name: &[&str], what: &[&str]) -> Option<Fact> {
    let what = first(event, what);
    Some(Fact {
        kind,
        object: unquoted(&first(event, name)),
        detail: head(&unquoted(&what).replace("\\\\", "\\"), 8192).into(),
        account: text(event, "User"),
        flag: !event.value("Operation").is_some_and(|o| o.eq_ignore_ascii_case("Deleted")),
        number: u64::from(pid(event, "ProcessId")),
        ..Fact::default()
    })
}

/// Sysmon writes the WMI names with quotes of their own: ` "Updater"`.
fn unquoted(text: &str) -> Text {
    text.trim().trim_matches('"').into()
}
