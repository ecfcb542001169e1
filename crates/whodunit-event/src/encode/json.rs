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
    let start = out.len();
    for (field, value) in event.known_fields() {
        // The table's names need no escape.
        out.push(b'"');
        out.extend_from_slice(field.name.as_bytes());
        out.extend_from_slice(b"\":");
        string(event.bytes(value), out);
        out.push(b',');
    }
    for (name, value) in event.extra_fields() {
        string(event.bytes(name), out);
        out.push(b':');
        string(event.bytes(value), out);
        out.push(b',');
    }
    if out.len() > start {
        out.pop();
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

/// Appends a JSON string with its quotes. `text` is UTF-8.
pub fn string(text: &[u8], out: &mut Vec<u8>) {
    out.reserve(text.len() + 2);
    out.push(b'"');
    let mut rest = text;
    loop {
        // Copied by whole blocks first: most have nothing to escape, and a block is one store.
        while let Some((block, behind)) = rest.split_first_chunk::<16>().filter(|(block, _)| is_plain(block)) {
            out.extend_from_slice(block);
            rest = behind;
        }
        let Some((word, behind)) = rest.split_first_chunk::<8>() else { break };
        out.extend_from_slice(word);
        match first_escape(*word) {
            None => rest = behind,
            Some(at) => {
                out.truncate(out.len() - 8 + at);
                escape(word[at], out);
                rest = &rest[at + 1..];
            }
        }
    }
    tail(text, rest.len(), out);
    out.push(b'"');
}

/// The last `count` bytes of `text`, fewer than eight. Where the text is long enough they are taken as one word too.
#[inline]
fn tail(text: &[u8], count: usize, out: &mut Vec<u8>) {
    if let Some(word) = text.last_chunk::<8>().filter(|_| count > 0) {
        // The bytes wanted, and plain ones behind them.
        let word = u64::from_le_bytes(*word) >> (64 - 8 * count) | 0x2020_2020_2020_2020 << (8 * count);
        if first_escape(word.to_le_bytes()).is_none() {
            out.extend_from_slice(&word.to_le_bytes());
            out.truncate(out.len() - (8 - count));
            return;
        }
    }
    for &byte in &text[text.len() - count..] {
        match byte {
            0..0x20 | b'"' | b'\\' => escape(byte, out),
            _ => out.push(byte),
        }
    }
}

/// True if a JSON string can hold the block as it is.
#[inline]
fn is_plain(block: &[u8; 16]) -> bool {
    let escaped = block.iter().map(|&b| u8::from(b < 0x20) | u8::from(b == b'"') | u8::from(b == b'\\'));
    escaped.fold(0, |all, one| all | one) == 0
}

/// Index of the first byte of eight that a JSON string cannot hold as it is. All bytes are looked at together; the
/// subtractions may mark bytes behind the first wrongly, never before it.
#[inline]
fn first_escape(word: [u8; 8]) -> Option<usize> {
    const ONES: u64 = 0x0101_0101_0101_0101;
    let word = u64::from_le_bytes(word);
    let below = |word: u64, limit: u8| word.wrapping_sub(ONES * u64::from(limit)) & !word;
    let equal = |byte: u8| below(word ^ (ONES * u64::from(byte)), 1);
    let marks = (below(word, 0x20) | equal(b'"') | equal(b'\\')) & (ONES * 0x80);
    (marks != 0).then_some(marks.trailing_zeros() as usize / 8)
}

fn escape(byte: u8, out: &mut Vec<u8>) {
    let letter = match byte {
        b'"' | b'\\' => byte,
        b'\n' => b'n',
        b'\r' => b'r',
        b'\t' => b't',
        _ => {
            let digit = |n: u8| b"0123456789abcdef"[usize::from(n)];
            out.extend_from_slice(&[b'\\', b'u', b'0', b'0', digit(byte >> 4), digit(byte & 15)]);
            return;
        }
    };
    out.extend_from_slice(&[b'\\', letter]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Origin, schema};

    #[test]
    fn strings_read_back_equal() {
        for text in ["", "C:\\Users\\\"x\"\r\n\t", "\u{0}\u{1f}\u{7f}", "größe 名前 \u{202e}"] {
            read_back(text);
        }
        for c in (0..=0x1ff).filter_map(char::from_u32) {
            for before in 0..10 {
                read_back(&format!("{}{c}{c} !#[]{c}", &"abcdefghi"[..before.min(9)]));
            }
        }
    }

    fn read_back(text: &str) {
        let mut out = Vec::new();
        string(text.as_bytes(), &mut out);
        assert_eq!(serde_json::from_slice::<String>(&out).unwrap(), text);
    }

    #[test]
    fn names_of_the_table_need_no_escape() {
        for field in schema::FAMILIES.iter().flat_map(|f| f.events).flat_map(|e| e.fields) {
            assert!(field.name.bytes().all(|b| first_escape([b; 8]).is_none()), "{}", field.name);
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
