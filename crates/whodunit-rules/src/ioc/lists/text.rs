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
            entry => list.add(Some(number), indicator(entry)),
        }
    }
}

/// The line without its comment, trimmed. A comment starts the line or follows a blank.
fn without_comment(line: &str) -> &str {
    let line = line.trim();
    if ["#", "//", ";"].iter().any(|mark| line.starts_with(mark)) {
        return "";
    }
    let marks = ["#", "//"].iter().flat_map(|mark| line.match_indices(mark));
    let comments = marks.map(|(at, _)| at).filter(|&at| line[..at].ends_with([' ', '\t']));
    line[..comments.min().unwrap_or(line.len())].trim_end()
}

/// The entry itself; of a table's row its first cell, of a hosts file's line the name, if the entry as a whole is nothing
/// but text.
fn indicator(entry: &str) -> &str {
    let means = |text: &str| kind::classify(text).map_or(Kind::Text, |(kind, _)| kind);
    if means(entry) != Kind::Text {
        return entry;
    }
    let first = entry.split([',', '\t']).next().unwrap_or_default().trim().trim_matches('"');
    let mut words = entry.split_ascii_whitespace();
    match (words.next(), words.next(), words.next()) {
        (Some("0.0.0.0" | "127.0.0.1" | "::1" | "::"), Some(name), None) if means(name) == Kind::Domain => name,
        _ if first.len() < entry.len() && means(first) != Kind::Text => first,
        _ => entry,
    }
}
