//! CSV with a header that names the column of values, and perhaps one of types: `indicator`, `value`, `ioc`; MISP's export.

use super::{LONGEST_LINE, List};

/// Names of the column that holds the indicators; the first that is there is taken.
const VALUES: [&str; 7] = ["value", "indicator", "ioc", "ioc_value", "indicator_value", "observable", "pattern"];
/// Names of the column that holds their types.
const TYPES: [&str; 5] = ["type", "indicator_type", "ioc_type", "kind", "observable_type"];

/// What the header says.
pub(super) struct Header {
    separator: u8,
    /// Bytes before the first row, and their lines.
    offset: usize,
    lines: usize,
    value: usize,
    kind: Option<usize>,
    to_ids: Option<usize>,
}

impl Header {
    /// The header, if the first line that is no comment is one.
    pub(super) fn find(text: &str) -> Option<Self> {
        let mut offset = 0;
        for (line, number) in text.split_inclusive('\n').zip(1..) {
            offset += line.len();
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') || line.starts_with("//") {
                continue;
            }
            return [b',', b';', b'\t'].into_iter().find_map(|separator| Self::of(line, separator, offset, number));
        }
        None
    }

    fn of(line: &str, separator: u8, offset: usize, lines: usize) -> Option<Self> {
        let names: Vec<String> =
            line.split(char::from(separator)).map(|name| name.trim().trim_matches('"').to_ascii_lowercase()).collect();
        let place = |wanted: &[&str]| wanted.iter().find_map(|w| names.iter().position(|name| name == w));
        Some(Self { separator, offset, lines, value: place(&VALUES)?, kind: place(&TYPES), to_ids: place(&["to_ids"]) })
    }
}

pub(super) fn read(list: &mut List<'_>, text: &str, header: &Header) {
    let mut rows = Rows {
        rest: text.get(header.offset..).unwrap_or_default(),
        separator: header.separator,
        line: header.lines + 1,
    };
    let mut row = Vec::new();
    while let Some(line) = rows.next_into(&mut row) {
        if row.iter().all(String::is_empty) || row.first().is_some_and(|cell| cell.starts_with('#')) {
            continue;
        }
        read_row(list, header, &row, line);
    }
}

fn read_row(list: &mut List<'_>, header: &Header, row: &[String], line: usize) {
    let cell =
        |at: Option<usize>| at.and_then(|at| row.get(at)).map(|cell| cell.trim()).filter(|cell| !cell.is_empty());
    match (cell(Some(header.value)), cell(header.kind)) {
        _ if cell(header.to_ids).is_some_and(|mark| mark == "0" || mark.eq_ignore_ascii_case("false")) => {
            list.report.unmarked += 1
        }
        (Some(value), _) if value.len() > LONGEST_LINE => {
            list.problem(
                Some(line),
                format!("a value of {} bytes is no indicator", value.len()),
                "look for an unclosed quote before it",
            );
        }
        (Some(value), Some(kind)) => list.add_typed(Some(line), kind, value),
        (Some(value), None) => list.add(Some(line), value),
        (None, _) => list.problem(Some(line), "the row has no value", "fill it in, or take the row out"),
    }
}

/// Rows of cells; quoted cells may hold separators, line ends and doubled quotes.
struct Rows<'t> {
    rest: &'t str,
    separator: u8,
    line: usize,
}

impl Rows<'_> {
    /// Reads the next row into `row` and says at which line it starts.
    fn next_into(&mut self, row: &mut Vec<String>) -> Option<usize> {
        row.clear();
        if self.rest.is_empty() {
            return None;
        }
        let start = self.line;
        loop {
            let cell = self.cell();
            row.push(cell);
            let mut rest = self.rest.chars();
            match rest.next() {
                Some(c) if c == char::from(self.separator) => self.rest = rest.as_str(),
                _ => break,
            }
        }
        let end = self.rest.find('\n').map_or(self.rest.len(), |at| at + 1);
        self.line += usize::from(end > 0 && self.rest[..end].ends_with('\n'));
        self.rest = &self.rest[end..];
        Some(start)
    }

    /// One cell; leaves what follows it.
    fn cell(&mut self) -> String {
        let Some(quoted) = self.rest.strip_prefix('"') else {
            let end = self.rest.find([char::from(self.separator), '\n', '\r']).unwrap_or(self.rest.len());
            let cell = self.rest[..end].to_owned();
            self.rest = &self.rest[end..];
            return cell;
        };
        let mut cell = String::new();
        let mut rest = quoted;
        loop {
            let end = rest.find('"').unwrap_or(rest.len());
            cell.push_str(&rest[..end]);
            rest = rest.get(end + 1..).unwrap_or_default();
            match rest.strip_prefix('"') {
                Some(after) => rest = after,
                None => break,
            }
            cell.push('"');
        }
        self.line += cell.matches('\n').count();
        self.rest = rest;
        cell
    }
}
