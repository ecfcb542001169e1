//! From an event to a fact: which columns of which event mean what. One file a family.

mod linux;
mod security;
mod sysmon;
mod windows;

use crate::fact::{Actor, Fact, Kind, Text};
use whodunit_event::event::TimeNote;
use whodunit_event::{Event, Guid};

/// The families that tell the graph something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Family {
    Sysmon,
    Security,
    ServiceControl,
    Tasks,
    PowerShell,
    Wmi,
    Bits,
    Shell,
    Sessions,
    EventLog,
    Linux,
}

/// Families by words that their providers' or channels' names begin with; without case, provider first.
const FAMILIES: [(&str, Family); 14] = [
    ("Microsoft-Windows-Sysmon", Family::Sysmon),
    ("Linux-Sysmon", Family::Sysmon),
    ("Microsoft-Windows-Security-Auditing", Family::Security),
    ("Security", Family::Security),
    ("Service Control Manager", Family::ServiceControl),
    ("Microsoft-Windows-TaskScheduler", Family::Tasks),
    ("Microsoft-Windows-PowerShell", Family::PowerShell),
    ("PowerShell", Family::PowerShell),
    ("Microsoft-Windows-WMI-Activity", Family::Wmi),
    ("Microsoft-Windows-Bits-Client", Family::Bits),
    ("Microsoft-Windows-Shell-Core", Family::Shell),
    ("Microsoft-Windows-TerminalServices-LocalSessionManager", Family::Sessions),
    ("Microsoft-Windows-Eventlog", Family::EventLog),
    ("Windows PowerShell", Family::PowerShell),
];

fn family(event: &Event) -> Option<Family> {
    let begins = |name: &str, word: &str| name.get(..word.len()).is_some_and(|n| n.eq_ignore_ascii_case(word));
    let of = |name: &str| FAMILIES.iter().find(|(word, _)| begins(name, word)).map(|(_, family)| *family);
    let provider = event.provider();
    if !provider.is_empty() {
        return of(provider).or_else(|| linux::speaks(event).then_some(Family::Linux));
    }
    match event.channel() {
        "System" => Some(Family::ServiceControl),
        channel => of(channel).or_else(|| linux::speaks(event).then_some(Family::Linux)),
    }
}

/// What the graph needs of an event.
pub(crate) fn fact(event: &Event) -> Option<Fact> {
    let columns = match family(event)? {
        Family::Sysmon => sysmon::columns(event),
        Family::Security => security::columns(event),
        Family::ServiceControl => windows::service_control(event),
        Family::Tasks => windows::task(event),
        Family::PowerShell => windows::powershell(event),
        Family::Wmi => windows::wmi(event),
        Family::Bits => windows::bits(event),
        Family::Shell => windows::shell(event),
        Family::Sessions => windows::session(event),
        Family::EventLog => windows::cleared(event),
        Family::Linux => linux::columns(event),
    }?;
    Some(with_head(event, columns))
}

/// The fact of an event that the graph has no use for: who did it, as far as usual field names tell.
pub(crate) fn other(event: &Event) -> Fact {
    let mut subject = actor(event, "ProcessGuid", "ProcessId", "Image", "User");
    if subject.image.is_empty() {
        subject.image = text(event, "ProcessName");
    }
    with_head(event, Fact { kind: Kind::Other, subject, logon: logon(event, "SubjectLogonId"), ..Fact::default() })
}

/// The process that an access was to, also where the access itself says nothing.
pub(crate) fn accessed(event: &Event) -> Option<Box<Actor>> {
    let is_access = family(event) == Some(Family::Sysmon) && event.event_id == 10;
    is_access.then(|| Box::new(actor(event, "TargetProcessGUID", "TargetProcessId", "TargetImage", "TargetUser")))
}

fn with_head(event: &Event, columns: Fact) -> Fact {
    Fact {
        event_id: event.event_id,
        time: event.time.or(event.logged),
        is_local: event.time_note == Some(TimeNote::ZoneUnknown),
        clock_skew: event.clock_skew,
        host: event.host().into(),
        origin: event.origin.clone(),
        fingerprint: event.fingerprint(),
        ..columns
    }
}

/// A fact that says only who was there.
fn seen(event: &Event) -> Option<Fact> {
    let subject = actor(event, "ProcessGuid", "ProcessId", "Image", "User");
    (!subject.is_nobody()).then(|| Fact { kind: Kind::Seen, subject, ..Fact::default() })
}

/// A field's text; empty where it is absent, empty or `-`.
fn text(event: &Event, field: &str) -> Text {
    event.value(field).map_or_else(Text::default, Text::from)
}

/// The first of several fields that has a value.
fn first(event: &Event, fields: &[&str]) -> Text {
    fields.iter().find_map(|f| event.value(f)).map_or_else(Text::default, Text::from)
}

/// An address in one spelling: IPv4 inside IPv6 as IPv4, no scope; text that is no address stays as it is.
fn address(event: &Event, field: &str) -> Text {
    let Some(text) = event.value(field) else { return Text::default() };
    let bare = text.split('%').next().unwrap_or(text).trim_matches(['[', ']']);
    match bare.parse::<std::net::IpAddr>() {
        Ok(ip) => ip.to_canonical().to_string().into(),
        Err(_) => text.into(),
    }
}

/// A number, decimal or `0x` hexadecimal; 0 where there is none.
fn number(event: &Event, field: &str) -> u64 {
    event.value(field).and_then(parse_number).unwrap_or(0)
}

/// Reads a decimal or `0x` hexadecimal number.
pub(crate) fn parse_number(text: &str) -> Option<u64> {
    let text = text.trim();
    match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(hex) => u64::from_str_radix(hex, 16).ok(),
        None => text.parse().ok(),
    }
}

fn pid(event: &Event, field: &str) -> u32 {
    u32::try_from(number(event, field)).unwrap_or(0)
}

/// LogonIds that every boot gives to the system itself (SYSTEM, network and local service, anonymous): no session.
fn logon(event: &Event, field: &str) -> u64 {
    match number(event, field) {
        0x3e4..=0x3e7 => 0,
        id => id,
    }
}

fn guid(event: &Event, field: &str) -> Guid {
    event.value(field).and_then(Guid::parse).unwrap_or(Guid(0))
}

fn flag(event: &Event, field: &str) -> bool {
    event.value(field).is_some_and(|v| v.eq_ignore_ascii_case("true"))
}

fn actor(event: &Event, guid_field: &str, pid_field: &str, image: &str, user: &str) -> Actor {
    let image = event.value(image).filter(|i| !i.eq_ignore_ascii_case("<unknown process>") && is_image(i));
    Actor {
        guid: guid(event, guid_field),
        pid: pid(event, pid_field),
        image: image.map_or_else(Text::default, Text::from),
        command: Text::default(),
        user: text(event, user),
    }
}

/// Whether a recorder's text can name an executable: some give `?` or one stray character for what they could not read.
fn is_image(text: &str) -> bool {
    text.contains(['\\', '/']) || text.bytes().any(|b| b.is_ascii_alphanumeric())
}

/// `DOMAIN\name`, or the name alone.
fn account(event: &Event, domain: &str, name: &str) -> Text {
    match (event.value(domain), event.value(name)) {
        (Some(domain), Some(name)) => format!("{domain}\\{name}").into(),
        (_, name) => name.map_or_else(Text::default, Text::from),
    }
}

/// At most `limit` bytes of a text, cut at a character.
fn head(text: &str, limit: usize) -> &str {
    let mut end = text.len().min(limit);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}
