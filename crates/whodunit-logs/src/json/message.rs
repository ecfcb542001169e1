//! Fields won back from the rendered message of an event: some exports keep only it.

use super::text::unescape_into;
use memchr::memchr;
use whodunit_event::Event;
use whodunit_event::schema::EventSpec;

/// Reads a message of lines `Field: value`, as all of Sysmon's are, without a copy, as the JSON is written: fields that
/// the record lacks are pushed, the others compared. True if it repeats fields only; after a `false`, [`win_back`]
/// decides. `written` gives a slot's value as it is written.
pub(super) fn repeats<'t>(message: &str, event: &mut Event, written: impl Fn(usize) -> Option<&'t str>) -> bool {
    let spec = event.spec();
    let title = raw_line(message);
    let rest = &message[title.len()..];
    let Some(mut rest) = rest.strip_prefix("\\r").unwrap_or(rest).strip_prefix("\\n") else { return false };
    if !title.trim_end().ends_with(':') {
        return false;
    }
    let mut next = 0;
    while !rest.is_empty() {
        let begins = |slot: &usize| {
            let after = spec.fields.get(*slot).and_then(|field| rest.strip_prefix(field.name));
            after.is_some_and(|after| after.starts_with(':'))
        };
        let Some(slot) = Some(next).filter(begins).or_else(|| (0..spec.fields.len()).find(begins)) else {
            return false;
        };
        let after = &rest[spec.fields[slot].name.len() + 1..];
        let after = after.strip_prefix(' ').unwrap_or(after);
        let value = match written(slot) {
            Some(value) => value,
            None if event.slot(slot).is_some() => return false,
            None => {
                let value = raw_line(after);
                let span = event.put_with(|out| unescape_into(value, out));
                event.push_slot(slot, span);
                value
            }
        };
        let Some(after) = after.strip_prefix(value) else { return false };
        let after = after.strip_prefix("\\r").unwrap_or(after);
        rest = match after.strip_prefix("\\n") {
            Some(rest) => rest,
            None => return after.is_empty(),
        };
        next = slot + 1;
    }
    true
}

/// The begin of a text with escapes, up to its first `\r` or `\n`.
fn raw_line(text: &str) -> &str {
    let mut at = 0;
    while let Some(found) = text.get(at..).and_then(|rest| memchr(b'\\', rest.as_bytes())) {
        at += found;
        if matches!(text.as_bytes().get(at + 1), Some(b'r' | b'n')) {
            return &text[..at];
        }
        at += 2;
    }
    text
}

/// Pushes fields of the table's entry that the record lacks and the message has. True if the message says nothing that
/// the fields do not.
pub(super) fn win_back(message: &str, event: &mut Event) -> bool {
    let spec = event.spec();
    if named_lines(message, spec, event) {
        return true;
    }
    script_block(message, event);
    labelled_lines(message, spec, event);
    phrases(message, spec, event);
    all_filled(event)
}

/// True if the record has every field of its entry in the table.
pub(super) fn all_filled(event: &Event) -> bool {
    !event.spec().is_unknown() && (0..event.spec().fields.len()).all(|slot| event.slot(slot).is_some())
}

/// Lines `Field: value` after a title, as all messages of Sysmon are. True if every line repeats a field.
fn named_lines(message: &str, spec: &'static EventSpec, event: &mut Event) -> bool {
    let mut lines = lines(message);
    let mut repeated = lines.next().is_some_and(|title| title.trim_end().ends_with(':'));
    let mut next = 0;
    for line in lines {
        let Some(colon) = memchr(b':', line.as_bytes()) else {
            repeated = false;
            continue;
        };
        let (name, value) = (&line[..colon], &line[colon + 1..]);
        let hinted = spec.fields.get(next).filter(|field| field.name == name).map(|_| next);
        let Some(slot) = hinted.or_else(|| spec.slot(name)) else {
            repeated = false;
            continue;
        };
        next = slot + 1;
        let value = value.strip_prefix(' ').unwrap_or(value);
        match event.slot(slot) {
            known if known.is_some() => repeated &= event.bytes(known) == value.as_bytes(),
            _ => {
                let span = event.put(value);
                event.push_slot(slot, span);
            }
        }
    }
    repeated
}

/// The lines of a message without their ends; unlike `str::lines` made for long messages of short lines.
fn lines(message: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(message);
    std::iter::from_fn(move || {
        let text = rest?;
        let end = memchr(b'\n', text.as_bytes());
        rest = end.map(|at| &text[at + 1..]).filter(|rest| !rest.is_empty());
        let line = &text[..end.unwrap_or(text.len())];
        Some(line.strip_suffix('\r').unwrap_or(line))
    })
}

/// Sections of the Security channel's messages and the prefix that their labels have in field names.
const ACCOUNTS: [(&str, &str); 9] = [
    ("Subject", "Subject"),
    ("Creator Subject", "Subject"),
    ("New Logon", "Target"),
    ("Target Subject", "Target"),
    ("Target Account", "Target"),
    ("New Account", "Target"),
    ("Account For Which Logon Failed", "Target"),
    ("Account Whose Credentials Were Used", "Target"),
    ("Group", "Target"),
];

/// Labels of an account's section.
const ACCOUNT_LABELS: [(&str, &str); 6] = [
    ("Security ID", "UserSid"),
    ("Account Name", "UserName"),
    ("Account Domain", "DomainName"),
    ("Logon ID", "LogonId"),
    ("Group Name", "UserName"),
    ("Group Domain", "DomainName"),
];

/// Labels that mean one field wherever they stand; the first that the event's entry has and that is empty is filled.
const LABELS: [(&str, &[&str]); 37] = [
    ("New Process ID", &["NewProcessId"]),
    ("New Process Name", &["NewProcessName"]),
    ("Token Elevation Type", &["TokenElevationType"]),
    ("Mandatory Label", &["MandatoryLabel"]),
    ("Creator Process ID", &["ProcessId"]),
    ("Creator Process Name", &["ParentProcessName"]),
    ("Process Command Line", &["CommandLine"]),
    ("Process ID", &["ProcessId", "ProcessID", "ClientProcessId"]),
    ("Process Name", &["ProcessName"]),
    ("Exit Status", &["Status"]),
    ("Logon Type", &["LogonType"]),
    ("Logon GUID", &["LogonGuid", "TargetLogonGuid"]),
    ("Logon Process", &["LogonProcessName"]),
    ("Authentication Package", &["AuthenticationPackageName"]),
    ("Workstation Name", &["WorkstationName"]),
    ("Source Network Address", &["IpAddress"]),
    ("Network Address", &["IpAddress"]),
    ("Source Address", &["IpAddress", "SourceAddress"]),
    ("Source Port", &["IpPort", "SourcePort"]),
    ("Destination Address", &["DestAddress"]),
    ("Destination Port", &["DestPort"]),
    ("Application Name", &["Application"]),
    ("Direction", &["Direction"]),
    ("Protocol", &["Protocol"]),
    ("Failure Reason", &["FailureReason"]),
    ("Sub Status", &["SubStatus"]),
    ("Target Server Name", &["TargetServerName"]),
    ("Additional Information", &["TargetInfo"]),
    ("Privileges", &["PrivilegeList"]),
    ("Task Name", &["TaskName"]),
    ("Share Name", &["ShareName"]),
    ("Share Path", &["ShareLocalPath"]),
    ("Relative Target Name", &["RelativeTargetName"]),
    ("Service Name", &["ServiceName"]),
    ("Service File Name", &["ServiceFileName", "ImagePath"]),
    ("Service Type", &["ServiceType"]),
    ("Service Start Type", &["ServiceStartType", "StartType"]),
];

/// Lines `Label: value` in sections, as the messages of the Security and System channels are.
fn labelled_lines(message: &str, spec: &'static EventSpec, event: &mut Event) {
    let mut section = "";
    for line in lines(message) {
        let Some(colon) = memchr(b':', line.as_bytes()) else { continue };
        let (label, value) = (line[..colon].trim_ascii(), line[colon + 1..].trim_ascii());
        let account = ACCOUNTS.iter().find(|(name, _)| *name == section).map(|(_, prefix)| *prefix);
        let part = ACCOUNT_LABELS.iter().find(|(name, _)| *name == label).map(|(_, part)| *part);
        if value.is_empty() {
            section = label;
        } else if let (Some(prefix), Some(part)) = (account, part) {
            fill(&format!("{prefix}{part}"), value, spec, event);
        } else if let Some((_, fields)) = LABELS.iter().find(|(name, _)| *name == label) {
            let free = fields.iter().find(|field| spec.slot(field).is_some());
            free.into_iter().for_each(|field| fill(field, value, spec, event));
        }
    }
}

/// What stands around a value in the sentences of TaskScheduler's messages.
const PHRASES: [(&str, &str, &[&str]); 9] = [
    ("ask \"", "\"", &["TaskName"]),
    ("of the \"", "\"", &["TaskName"]),
    ("User \"", "\"", &["UserContext", "UserName"]),
    ("for user \"", "\"", &["UserContext"]),
    ("action \"", "\"", &["ActionName"]),
    ("instance \"{", "\"", &["TaskInstanceId", "InstanceId"]),
    ("instance \"", "\"", &["Path"]),
    ("process ID ", ".", &["ProcessID"]),
    ("return code ", ".", &["ResultCode"]),
];

fn phrases(message: &str, spec: &'static EventSpec, event: &mut Event) {
    for (before, after, fields) in PHRASES {
        let Some(field) = fields.iter().find(|field| spec.slot(field).is_some()) else { continue };
        let Some(start) = message.find(before).map(|at| at + before.len()) else { continue };
        let Some(length) = message[start..].find(after) else { continue };
        // A brace belongs to the value.
        let start = if before.ends_with('{') { start - 1 } else { start };
        let value = &message[start..start + length + usize::from(before.ends_with('{'))];
        fill(field, value, spec, event);
    }
}

/// PowerShell 4104: the script's text between its number and its id.
fn script_block(message: &str, event: &mut Event) {
    let Some(rest) = message.strip_prefix("Creating Scriptblock text (") else { return };
    let Some((numbers, rest)) = rest.split_once("):") else { return };
    let Some(end) = rest.rfind("ScriptBlock ID: ") else { return };
    let spec = event.spec();
    let (text, tail) = (rest[..end].trim_matches(['\r', '\n']), &rest[end..]);
    if let Some((number, total)) = numbers.split_once(" of ") {
        fill("MessageNumber", number, spec, event);
        fill("MessageTotal", total, spec, event);
    }
    fill("ScriptBlockText", text, spec, event);
    for line in tail.lines() {
        match line.split_once(": ") {
            Some(("ScriptBlock ID", id)) => fill("ScriptBlockId", id.trim_end(), spec, event),
            Some(("Path", path)) => fill("Path", path.trim_end(), spec, event),
            _ => {}
        }
    }
}

/// Fills a field of the table's entry that is still empty.
fn fill(name: &str, value: &str, spec: &'static EventSpec, event: &mut Event) {
    if let Some(slot) = spec.slot(name).filter(|slot| !event.slot(*slot).is_some()) {
        let span = event.put(value);
        event.push_slot(slot, span);
    }
}
