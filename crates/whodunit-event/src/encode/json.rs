//! JSON of an event (`spec/interface.md`): one object a line.

use crate::event::{Event, Span, System};
use crate::time::Time;

/// Appends the event as one JSON object, without a line end.
pub fn write(event: &Event, out: &mut Vec<u8>) {
    out.extend_from_slice(b"{\"event_id\":");
    number(u64::from(event.event_id), out);
    out.extend_from_slice(b",\"name\":");
    match event.spec().name {
        "" => out.extend_from_slice(b"null"),
        name => string(name.as_bytes(), out),
    }
    time(",\"time\":", event.time, out);
    time(",\"logged\":", event.logged, out);
    if let Some(note) = event.time_note {
        out.extend_from_slice(b",\"time_note\":");
        string(note.words().as_bytes(), out);
    }
    system(",\"host\":", event, System::Host, out);
    system(",\"provider\":", event, System::Provider, out);
    system(",\"channel\":", event, System::Channel, out);
    optional(",\"level\":", event.level.map(u64::from), out);
    optional(",\"version\":", event.version.map(u64::from), out);
    optional(",\"task\":", event.task.map(u64::from), out);
    optional(",\"opcode\":", event.opcode.map(u64::from), out);
    if let Some(keywords) = event.keywords {
        out.extend_from_slice(b",\"keywords\":\"0x");
        hex(keywords, out);
        out.push(b'"');
    }
    optional(",\"writer_pid\":", event.writer_pid.map(u64::from), out);
    optional(",\"writer_tid\":", event.writer_tid.map(u64::from), out);
    present(",\"user_sid\":", event, event.system_span(System::UserSid), out);
    present(",\"activity_id\":", event, event.system_span(System::ActivityId), out);
    if event.clock_skew != 0 {
        out.extend_from_slice(format!(",\"clock_skew_s\":{}", event.clock_skew).as_bytes());
    }
    fields(event, out);
    present(",\"message\":", event, event.system_span(System::Message), out);
    origin(event, out);
    out.push(b'}');
}

fn fields(event: &Event, out: &mut Vec<u8>) {
    out.extend_from_slice(b",\"fields\":{");
    let mut first = true;
    for (name, _, value) in event.fields() {
        if !std::mem::take(&mut first) {
            out.push(b',');
        }
        string(name.as_bytes(), out);
        out.push(b':');
        string(event.bytes(value), out);
    }
    out.push(b'}');
}

fn origin(event: &Event, out: &mut Vec<u8>) {
    let o = &event.origin;
    out.extend_from_slice(b",\"origin\":{\"file\":");
    string(o.file.as_bytes(), out);
    if let Some(member) = &o.member {
        out.extend_from_slice(b",\"member\":");
        string(member.as_bytes(), out);
    }
    optional(",\"record\":", o.record, out);
    optional(",\"line\":", o.line, out);
    optional(",\"offset\":", o.offset, out);
    optional(",\"length\":", o.length, out);
    for (name, text) in [(",\"key\":", &o.key), (",\"value\":", &o.value)] {
        if let Some(text) = text {
            out.extend_from_slice(name.as_bytes());
            string(text.as_bytes(), out);
        }
    }
    out.push(b'}');
}

fn number(value: u64, out: &mut Vec<u8>) {
    out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
}

fn hex(value: u64, out: &mut Vec<u8>) {
    let digits = (16 - value.leading_zeros() as usize / 4).max(1);
    for at in (0..digits).rev() {
        out.push(b"0123456789abcdef"[(value >> (at * 4)) as usize & 15]);
    }
}

fn optional(name: &str, value: Option<u64>, out: &mut Vec<u8>) {
    if let Some(value) = value {
        out.extend_from_slice(name.as_bytes());
        number(value, out);
    }
}

fn time(name: &str, value: Option<Time>, out: &mut Vec<u8>) {
    out.extend_from_slice(name.as_bytes());
    match value {
        Some(time) => {
            out.push(b'"');
            time.write_rfc3339(out);
            out.push(b'"');
        }
        None => out.extend_from_slice(b"null"),
    }
}

fn system(name: &str, event: &Event, which: System, out: &mut Vec<u8>) {
    out.extend_from_slice(name.as_bytes());
    match event.system_span(which) {
        span if span.is_some() => string(event.bytes(span), out),
        _ => out.extend_from_slice(b"null"),
    }
}

fn present(name: &str, event: &Event, span: Span, out: &mut Vec<u8>) {
    if span.is_some() {
        out.extend_from_slice(name.as_bytes());
        string(event.bytes(span), out);
    }
}

/// What each byte needs inside a JSON string: 0 nothing, `u` a `\u00..` escape, else the letter after the backslash.
const ESCAPES: [u8; 256] = {
    let mut table = [0u8; 256];
    let mut at = 0;
    while at < 0x20 {
        table[at] = b'u';
        at += 1;
    }
    table[0x7f] = b'u';
    table[b'"' as usize] = b'"';
    table[b'\\' as usize] = b'\\';
    table[b'\n' as usize] = b'n';
    table[b'\r' as usize] = b'r';
    table[b'\t' as usize] = b't';
    table
};

/// Appends a JSON string with its quotes. `text` is UTF-8.
pub fn string(text: &[u8], out: &mut Vec<u8>) {
    out.push(b'"');
    let mut start = 0;
    for (at, &byte) in text.iter().enumerate() {
        let escape = ESCAPES[byte as usize];
        if escape == 0 {
            continue;
        }
        out.extend_from_slice(&text[start..at]);
        start = at + 1;
        match escape {
            b'u' => {
                out.extend_from_slice(b"\\u00");
                out.push(b"0123456789abcdef"[usize::from(byte >> 4)]);
                out.push(b"0123456789abcdef"[usize::from(byte & 15)]);
            }
            letter => out.extend_from_slice(&[b'\\', letter]),
        }
    }
    out.extend_from_slice(&text[start..]);
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Origin, schema};

    #[test]
    fn strings_read_back_equal() {
        for text in ["", "C:\\Users\\\"x\"\r\n\t", "\u{0}\u{1f}\u{7f}", "größe 名前 \u{202e}"] {
            let mut out = Vec::new();
            string(text.as_bytes(), &mut out);
            assert_eq!(serde_json::from_slice::<String>(&out).unwrap(), text);
        }
    }

    #[test]
    fn the_contract_shape() {
        let mut event = Event::default();
        (event.event_id, event.level) = (22, Some(4));
        event.set_spec(schema::lookup("Microsoft-Windows-Sysmon", "", 22));
        event.origin = Origin { record: Some(4711), ..Origin::file("logs/sysmon.evtx") };
        event.time = Time::parse("2025-05-10 04:56:03.922");
        event.put_system(System::Host, "XiaoDi");
        event.push_text("QueryName", "de.xxxxxxx.com");
        let mut out = Vec::new();
        write(&event, &mut out);
        assert_eq!(
            String::from_utf8(out).unwrap(),
            r#"{"event_id":22,"name":"DnsQuery","time":"2025-05-10T04:56:03.922Z","logged":null,"host":"XiaoDi","provider":null,"channel":null,"level":4,"fields":{"QueryName":"de.xxxxxxx.com"},"origin":{"file":"logs/sysmon.evtx","record":4711}}"#
        );
    }
}
