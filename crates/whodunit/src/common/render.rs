//! Events as people read them: a line each, or every field on a line of its own. Everything from evidence is escaped.

use super::context::Context;
use whodunit_event::event::System;
use whodunit_event::{Event, FieldType, escape};

/// Characters of one value in a line; `--full` shows all.
const VALUE_CHARS: usize = 120;

/// Appends one line: time, host, id, name, and the fields that tell events of this kind apart.
pub fn line(event: &Event, context: &Context, out: &mut Vec<u8>) {
    let time = event.time.or(event.logged).map_or_else(|| "-".to_owned(), |t| context.show_time(t));
    let host = escape::terminal(event.host());
    let name = if event.spec().is_unknown() { short(event.provider()) } else { event.spec().name };
    let paint = context.paint;
    let head =
        format!("{time:<23}  {}  {:>5} {}", paint.faint(&host), event.event_id, paint.name(&escape::terminal(name)));
    out.extend_from_slice(head.as_bytes());
    for (name, kind, value) in event.fields() {
        let text = event.text(value);
        if tells(name, kind) && !text.is_empty() && text != "-" {
            out.extend_from_slice(format!("  {}={}", paint.faint(&escape::terminal(name)), cut(text)).as_bytes());
        }
    }
    if event.field_count() == 0 {
        out.extend_from_slice(format!("  {}", cut(event.system(System::Message))).as_bytes());
    }
    out.push(b'\n');
}

/// Fields that are not worth the room in one line: identities that only machines compare, and the rule that matched.
fn tells(name: &str, kind: FieldType) -> bool {
    !matches!(kind, FieldType::Guid | FieldType::Time | FieldType::Hashes)
        && !matches!(
            name,
            "RuleName"
                | "FileVersion"
                | "Description"
                | "Product"
                | "Company"
                | "OriginalFileName"
                | "TerminalSessionId"
        )
}

/// A provider's name without its vendor.
fn short(provider: &str) -> &str {
    provider.strip_prefix("Microsoft-Windows-").unwrap_or(provider)
}

fn cut(text: &str) -> String {
    let mut chars = text.chars();
    let kept: String = chars.by_ref().take(VALUE_CHARS).collect();
    let more = if chars.next().is_some() { "…" } else { "" };
    format!("{}{more}", escape::terminal(&kept))
}

/// Appends every field on a line of its own, with the event's place in the evidence above.
pub fn full(event: &Event, context: &Context, out: &mut Vec<u8>) {
    let paint = context.paint;
    let mut put = |name: &str, value: &str| {
        if !value.is_empty() {
            let name = format!("  {:<22}", escape::terminal(name));
            out.extend_from_slice(format!("{} {}\n", paint.faint(&name), escape::terminal(value)).as_bytes());
        }
    };
    let show = |time| context.show_time(time);
    let spec = event.spec();
    put("event", format!("{} {}", event.event_id, spec.name).trim());
    put("time", &event.time.map(show).unwrap_or_default());
    put("logged", &event.logged.map(show).unwrap_or_default());
    for (name, which) in [
        ("host", System::Host),
        ("provider", System::Provider),
        ("channel", System::Channel),
        ("user_sid", System::UserSid),
    ] {
        put(name, event.system(which));
    }
    put("origin", &event.origin.to_string());
    for (name, _, value) in event.fields() {
        put(name, if event.bytes(value).is_empty() { "\"\"" } else { event.text(value) });
    }
    put("message", event.system(System::Message));
    out.push(b'\n');
}
