//! Indicator lists: plain text, CSV (also MISP's), STIX 2 bundles, MISP events. The content says which it is.
//!
//! A bad entry is a [`ListProblem`]; the rest of the list goes on.

mod csv;
mod misp;
mod stix;
mod text;

use super::{BadIndicator, Indicators, Kind, kind};
use std::borrow::Cow;
use std::sync::Arc;

/// A defect of a list, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListProblem {
    /// The list's label.
    pub list: Arc<str>,
    /// Line in the file, from 1, where the format has lines.
    pub line: Option<usize>,
    /// What is wrong, with the entry. Not escaped.
    pub what: String,
    /// What the reader can do about it.
    pub remedy: &'static str,
}

impl std::fmt::Display for ListProblem {
    /// One line; not escaped for a terminal.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.list)?;
        if let Some(line) = self.line {
            write!(f, " line {line}")?;
        }
        write!(f, ": {} ({})", self.what, self.remedy)
    }
}

/// What became of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListReport {
    /// Indicators added.
    pub added: usize,
    /// Indicators that were there already.
    pub repeated: usize,
    /// Entries that their author does not mark for detection (MISP's `to_ids`): not looked for.
    pub unmarked: usize,
    /// What could not be read.
    pub problems: Vec<ListProblem>,
}

/// Longest entry of a list in bytes.
const LONGEST_LINE: usize = 64 << 10;

/// Reads a list into `into`.
pub(super) fn read(into: &mut Indicators, label: &str, bytes: &[u8]) -> ListReport {
    let mut list = List { into, label: label.into(), report: ListReport::default() };
    let text = decode(bytes);
    match text.trim_start().as_bytes() {
        [b'{', ..] | [b'[', b'{' | b'"' | b' ' | b'\t' | b'\r' | b'\n', ..] => read_json(&mut list, &text),
        _ => match csv::Header::find(&text) {
            Some(header) => csv::read(&mut list, &text, &header),
            None => text::read(&mut list, &text),
        },
    }
    list.report
}

/// Text in UTF-8 or, with its mark, UTF-16. Invalid parts are replaced.
fn decode(bytes: &[u8]) -> Cow<'_, str> {
    let wide = |bytes: &[u8], unit: fn([u8; 2]) -> u16| {
        String::from_utf16_lossy(&bytes.as_chunks::<2>().0.iter().map(|&pair| unit(pair)).collect::<Vec<_>>()).into()
    };
    match bytes {
        [0xff, 0xfe, rest @ ..] => wide(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => wide(rest, u16::from_be_bytes),
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8_lossy(rest),
        _ => String::from_utf8_lossy(bytes),
    }
}

fn read_json(list: &mut List<'_>, text: &str) {
    let read = if stix::is_bundle(text) { stix::read(list, text) } else { misp::read(list, text) };
    if let Err(error) = read {
        list.problem(
            Some(error.line()),
            format!("not JSON of STIX or MISP: {error}"),
            "export the list again, or give it as plain text",
        );
    }
}

/// A list being read.
struct List<'i> {
    into: &'i mut Indicators,
    label: Arc<str>,
    report: ListReport,
}

impl List<'_> {
    /// Adds an entry that says no kind.
    fn add(&mut self, line: Option<usize>, text: &str) {
        match kind::classify(text) {
            Ok((kind, value)) => self.add_value(line, kind, &value),
            Err(bad) => self.bad(line, bad),
        }
    }

    /// Adds an entry of a known kind.
    fn add_value(&mut self, line: Option<usize>, kind: Kind, value: &str) {
        match self.into.add_value(kind, value, Some(&self.label)) {
            Ok(true) => self.report.added += 1,
            Ok(false) => self.report.repeated += 1,
            Err(bad) => self.bad(line, bad),
        }
    }

    /// Adds an entry whose type is named as MISP, STIX and common lists name it.
    fn add_typed(&mut self, line: Option<usize>, kind: &str, value: &str) {
        for (part, value) in misp::parts(kind, value) {
            match misp::kind_of(part) {
                Some(misp::Meaning::Kind(kind)) => self.add_value(line, kind, value),
                Some(misp::Meaning::Any) => self.add(line, value),
                Some(misp::Meaning::Nothing) => {}
                None => self.problem(
                    line,
                    format!("entries of type {part:?} are not looked for"),
                    "give it as text:VALUE if it should be",
                ),
            }
        }
    }

    fn bad(&mut self, line: Option<usize>, bad: BadIndicator) {
        self.problem(line, bad.what, bad.remedy);
    }

    fn problem(&mut self, line: Option<usize>, what: impl Into<String>, remedy: &'static str) {
        self.report.problems.push(ListProblem { list: self.label.clone(), line, what: what.into(), remedy });
    }
}

#[cfg(test)]
mod tests;
