//! Linux messages that an export carries as JSON: handed to the readers of these logs.

use super::tape::{Kind, Value};
use crate::event_xml::Defect;
use crate::journal;
use crate::linux::{self, Message};
use whodunit_event::{Event, Origin, Time};

/// An entry of `journalctl -o json`. A value that is no text is an array of byte numbers; a name that comes several times
/// in an entry has an array of texts.
pub(super) fn journal_entry(object: Value<'_>, event: &mut Event) -> Result<(), Defect> {
    let mut fields = Vec::new();
    for value in object.children() {
        match value.kind() {
            Kind::Null => {}
            Kind::Array => values(value, |text| fields.push((value.key(), text))),
            _ => fields.push((value.key(), value.string().into_owned())),
        }
    }
    keep_place(event, |event| {
        journal::read_entry(fields.iter().map(|(name, text)| (name.as_ref(), text.as_str())), event)
    })
}

fn values(array: Value<'_>, mut take: impl FnMut(String)) {
    if array.children().all(|value| value.kind() == Kind::Number) {
        let bytes: Vec<u8> = array.children().filter_map(|value| value.string().parse().ok()).collect();
        take(String::from_utf8_lossy(&bytes).into_owned());
        return;
    }
    for value in array.children() {
        if value.kind() == Kind::Array {
            values(value, &mut take as &mut dyn FnMut(String))
        } else {
            take(value.string().into_owned())
        }
    }
}

/// A row of Azure's `Syslog` table. Its other columns are the collector's.
pub(super) fn syslog_row(object: Value<'_>, event: &mut Event) -> Result<(), Defect> {
    let text = |names: &[&str]| names.iter().find_map(|name| object.get(name)).map(|v| v.string()).unwrap_or_default();
    let (host, tag, pid) = (text(&["HostName", "Computer"]), text(&["ProcessName"]), text(&["ProcessID", "ProcessId"]));
    let (words, time) = (text(&["SyslogMessage"]), text(&["EventTime", "TimeGenerated"]));
    let message = Message {
        channel: "syslog",
        host: &host,
        tag: &tag,
        pid: &pid,
        text: words.trim_start(),
        time: Time::parse(&time),
    };
    keep_place(event, |event| linux::read_message(&message, event))
}

/// The place of the JSON object stays, beside the record id that the text inside gave.
fn keep_place(event: &mut Event, read: impl FnOnce(&mut Event) -> Result<(), Defect>) -> Result<(), Defect> {
    let place = event.origin.clone();
    let result = read(event);
    event.origin = Origin { record: event.origin.record, ..place };
    result
}
