//! Windows XML of an event: what `wevtutil qe /f:xml` prints, one `<Event>` element, valid XML 1.0 whatever the text is.

use crate::event::{Event, System};
use std::fmt::Write;

/// Appends the event as one `<Event>` element, without a line end.
pub fn write(event: &Event, out: &mut String) {
    out.push_str("<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider Name='");
    text(event.provider(), out);
    // Writing to a String cannot fail.
    let _ = write!(out, "'/><EventID>{}</EventID>", event.event_id);
    element("Version", event.version, out);
    element("Level", event.level, out);
    element("Task", event.task, out);
    element("Opcode", event.opcode, out);
    if let Some(keywords) = event.keywords {
        let _ = write!(out, "<Keywords>{keywords:#x}</Keywords>");
    }
    if let Some(time) = event.logged.or(event.time) {
        let _ = write!(out, "<TimeCreated SystemTime='{time}'/>");
    }
    element("EventRecordID", event.origin.record, out);
    if let (Some(pid), tid) = (event.writer_pid, event.writer_tid.unwrap_or(0)) {
        let _ = write!(out, "<Execution ProcessID='{pid}' ThreadID='{tid}'/>");
    }
    named("Channel", event.channel(), out);
    named("Computer", event.host(), out);
    match event.system(System::UserSid) {
        "" => out.push_str("<Security/>"),
        sid => {
            out.push_str("<Security UserID='");
            text(sid, out);
            out.push_str("'/>");
        }
    }
    out.push_str("</System><EventData>");
    for (name, _, value) in event.fields() {
        out.push_str("<Data Name='");
        text(name, out);
        out.push_str("'>");
        text(event.text(value), out);
        out.push_str("</Data>");
    }
    out.push_str("</EventData></Event>");
}

fn element(name: &str, value: Option<impl std::fmt::Display>, out: &mut String) {
    if let Some(value) = value {
        let _ = write!(out, "<{name}>{value}</{name}>");
    }
}

fn named(name: &str, value: &str, out: &mut String) {
    let _ = write!(out, "<{name}>");
    text(value, out);
    let _ = write!(out, "</{name}>");
}

/// Appends text for an element or a single-quoted attribute; what XML 1.0 cannot hold becomes U+FFFD.
pub fn text(value: &str, out: &mut String) {
    for c in value.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\'' => out.push_str("&apos;"),
            '\n' => out.push_str("&#10;"),
            '\r' => out.push_str("&#13;"),
            '\t' => out.push_str("&#9;"),
            c if c < ' ' || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_text_stays_text() {
        let mut out = String::new();
        text("a<b>&'\u{1}\n\"", &mut out);
        assert_eq!(out, "a&lt;b&gt;&amp;&apos;\u{fffd}&#10;\"");
    }
}
