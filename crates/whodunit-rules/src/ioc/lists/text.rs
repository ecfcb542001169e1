//! Plain text: one indicator a line, with comments (`#`, `//`, `;`), also as the first column of a table or in a hosts file.

use super::{LONGEST_LINE, List};
use crate::ioc::kind::{self, Kind};

pub(super) fn read(list: &mut List<'_>, text: &str) {
    for (line, number) in text.lines().zip(1..) {
        if line.len() > LONGEST_LINE {
            list.problem(
                Some(number),
                format!("a line of {} bytes is no indicator", line.len()),
                "put each indicator on its own line",
            );
            continue;
        }
        match without_comment(line) {
            "" => {}
            entry => read_entry(list, number, entry),
        }
    }
}

/// The line without its comment, trimmed. A comment starts the line or follows a blank.
fn without_comment(line: &str) -> &str {
    let line = line.trim();
    if ["#", "//", ";"].iter().any(|mark| line.starts_with(mark)) {
        return "";
    }
    let comments = line.bytes().enumerate().filter(|(at, byte)| match byte {
        b'#' => true,
        b'/' => line.as_bytes().get(at + 1) == Some(&b'/'),
        _ => false,
    });
    let end = comments.map(|(at, _)| at).find(|&at| line[..at].ends_with([' ', '\t']));
    line[..end.unwrap_or(line.len())].trim_end()
}

/// Adds an entry. If it looks like nothing but text, it may be a table's row, whose first cell counts, or a line of a hosts file.
fn read_entry(list: &mut List<'_>, line: usize, entry: &str) {
    match kind::classify(entry) {
        Ok((Kind::Text, _)) => list.add(Some(line), cell(entry)),
        Ok((kind, value)) => list.add_value(Some(line), kind, &value),
        Err(bad) => list.bad(Some(line), bad),
    }
}

/// The cell of a row, or the name in a hosts file, if it looks like something; else the whole entry.
fn cell(entry: &str) -> &str {
    let means = |text: &str| kind::classify(text).map_or(Kind::Text, |(kind, _)| kind);
    let first = entry.split([',', '\t']).next().unwrap_or_default().trim().trim_matches('"');
    let mut words = entry.split_ascii_whitespace();
    match (words.next(), words.next(), words.next()) {
        (Some("0.0.0.0" | "127.0.0.1" | "::1" | "::"), Some(name), None) if means(name) == Kind::Domain => name,
        _ if first.len() < entry.len() && means(first) != Kind::Text => first,
        _ => entry,
    }
}
