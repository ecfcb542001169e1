//! CSV of an event: fixed columns, the fields as `Name=value` joined by ` | ` in the last.
//!
//! Cells that a spreadsheet would run as a formula (`= + - @`, tab, carriage return first) get a leading `'`.

use crate::event::Event;

/// The header line, with its line end.
pub const HEADER: &str = "time,host,channel,event_id,name,record,file,fields\r\n";

/// Appends one line.
pub fn write(event: &Event, out: &mut Vec<u8>) {
    let time = event.time.map(|t| t.to_string()).unwrap_or_default();
    let record = event.origin.record.or(event.origin.line).map(|r| r.to_string()).unwrap_or_default();
    let mut fields = String::new();
    for (name, _, value) in event.fields() {
        if !fields.is_empty() {
            fields.push_str(" | ");
        }
        fields.push_str(name);
        fields.push('=');
        fields.push_str(event.text(value));
    }
    let id = event.event_id.to_string();
    row(&[&time, event.host(), event.channel(), &id, event.spec().name, &record, &event.origin.file, &fields], out);
}

/// Appends one line of cells, quoted where needed (RFC 4180).
pub fn row(cells: &[&str], out: &mut Vec<u8>) {
    for (at, cell) in cells.iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        let formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r']) && *cell != "-";
        if !formula && !cell.contains([',', '"', '\n', '\r']) {
            out.extend_from_slice(cell.as_bytes());
            continue;
        }
        out.push(b'"');
        if formula {
            out.push(b'\'');
        }
        out.extend_from_slice(cell.replace('"', "\"\"").as_bytes());
        out.push(b'"');
    }
    out.extend_from_slice(b"\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_and_formulas_disarmed() {
        let mut out = Vec::new();
        row(&["a", "b,c", "say \"x\"", "=cmd()", "-"], &mut out);
        assert_eq!(String::from_utf8(out).unwrap(), "a,\"b,c\",\"say \"\"x\"\"\",\"'=cmd()\",-\r\n");
    }
}
