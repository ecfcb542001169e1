//! Which undecoded chunks can be skipped: the proof that no event in them can match.
//!
//! An event's text is the chunk's own text, or the rendering of a typed value. So a chunk can be skipped when
//! every condition has literals of which one must stand in any text that meets it, none of them can come out of the
//! rendering of a value, and none stands in the chunk. Three more ways are closed:
//!
//! - a literal can be spread over several places where a template joins values (`joined`): never skipped;
//! - `ſ` and the Kelvin sign fold to `s` and `k`: a chunk with either next to a letter is never skipped;
//! - a binary value is rendered as hexadecimal digits: conditions on hexadecimal tokens give their raw bytes as well.

use super::grams::{Grams, is_wide, word};
use super::pairs::Pair;
use memchr::memmem;
use std::borrow::Cow;

/// Up to so many literals are searched one by one.
const FEW: usize = 6;
/// Shorter literals stand in nearly every chunk.
const SHORTEST: usize = 3;

/// The chunk search of a matcher.
#[derive(Debug)]
pub(super) struct ChunkSearch {
    /// Some condition can match in a chunk without any of the literals.
    always: bool,
    /// The literals where they are few.
    few: Vec<Pair>,
    /// Raw bytes whose hexadecimal rendering would match.
    raw: Raw,
    strangers: Vec<memmem::Finder<'static>>,
}

/// Where a literal can come from, in the view of the condition that needs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// Text only: no rendered value can meet the condition.
    Text,
    /// Text, or the hexadecimal rendering of a whole binary value.
    Binary,
    /// Text, or the rendering of a value if it looks like one.
    Value,
}

/// Raw bytes to find.
#[derive(Debug, Default)]
struct Raw {
    few: Vec<memmem::Finder<'static>>,
    many: Grams,
}

impl ChunkSearch {
    /// The search for conditions with these literals; `open` if some condition has none.
    pub(super) fn new(literals: &[(Cow<'_, str>, Source)], open: bool) -> Self {
        let raw: Vec<_> =
            literals.iter().filter(|(_, source)| *source == Source::Binary).map(|(text, _)| unhex(text)).collect();
        let always = open
            || literals.iter().any(|(text, source)| !is_proof(text, *source))
            || !raw.iter().all(|raw| is_found(raw));
        if always {
            return Self { always, few: Vec::new(), raw: Raw::default(), strangers: Vec::new() };
        }
        let few = if literals.len() <= FEW { literals } else { &[] };
        let folds = literals.iter().any(|(text, _)| text.contains(['s', 'k']));
        Self {
            always,
            few: few.iter().filter_map(|(text, _)| Pair::new(text.as_bytes())).collect(),
            raw: Raw::new(&raw),
            strangers: if folds {
                STRANGERS.iter().map(|s| memmem::Finder::new(s).into_owned()).collect()
            } else {
                Vec::new()
            },
        }
    }

    /// See [`whodunit_event::Prefilter::may_match`]; `grams` holds the literals given to [`ChunkSearch::new`].
    pub(super) fn may_match(&self, grams: &Grams, chunk: &[u8], joined: bool) -> bool {
        if self.always || joined && !grams.is_empty() {
            return true;
        }
        let literal = match self.few.as_slice() {
            [] => grams.occur_in(chunk),
            few => few.iter().any(|pair| pair.occurs_in(chunk)),
        };
        literal || self.raw.occurs_in(chunk) || self.holds_stranger(chunk)
    }

    /// Whether a stranger that folds into ASCII stands in UTF-16 text of the chunk, beside ASCII or another one.
    fn holds_stranger(&self, chunk: &[u8]) -> bool {
        let text = |at: Option<usize>| {
            let unit = at.and_then(|at| chunk.get(at..)?.first_chunk::<2>());
            unit.is_some_and(|&[low, high]| (high == 0 && low >= b' ') || STRANGERS.contains(&[low, high]))
        };
        let beside = |at: usize| text(at.checked_sub(2)) || text(Some(at + 2));
        self.strangers.iter().any(|finder| overlapping(finder, chunk).any(beside))
    }
}

/// `ſ` and the Kelvin sign in UTF-16LE.
const STRANGERS: [[u8; 2]; 2] = [[0x7f, 0x01], [0x2a, 0x21]];

/// All places, also those that overlap.
fn overlapping<'a>(finder: &'a memmem::Finder<'_>, chunk: &'a [u8]) -> impl Iterator<Item = usize> + 'a {
    let mut from = 0;
    std::iter::from_fn(move || {
        let at = from + finder.find(chunk.get(from..)?)?;
        from = at + 1;
        Some(at)
    })
}

impl Raw {
    fn new(literals: &[Vec<u8>]) -> Self {
        if literals.len() > FEW {
            return Self { few: Vec::new(), many: Grams::new(literals.iter().map(Vec::as_slice)) };
        }
        let few = literals.iter().map(|raw| memmem::Finder::new(raw).into_owned()).collect();
        Self { few, many: Grams::default() }
    }

    fn occurs_in(&self, chunk: &[u8]) -> bool {
        !self.many.is_empty() && self.many.occur_raw_in(chunk)
            || self.few.iter().any(|finder| finder.find(chunk).is_some())
    }
}

/// Whether the absence of `literal` from a chunk's text proves that it is in no text of an event. Line feeds are put
/// between the elements of an array: they need not stand in the chunk.
fn is_proof(literal: &str, source: Source) -> bool {
    let renderable = || source == Source::Value && is_renderable(literal);
    literal.len() >= SHORTEST && literal.is_ascii() && !literal.contains(['\0', '\n']) && !renderable()
}

/// Whether folded `literal` may be a piece of a rendered number, boolean, GUID, SID, time or binary value, or of several
/// of them in a row.
fn is_renderable(literal: &str) -> bool {
    const SHAPES: [&str; 3] = [
        "0123456789abcdefx{}-,; \n", // numbers, hexadecimal, GUIDs, binary
        "0123456789+-.:tzuce/,; \n", // times, floating point
        "0123456789abcdefxs-,; \n",  // SIDs
    ]; // in none of them a letter follows a point
    let dotted = literal.as_bytes().windows(2).any(|pair| pair[0] == b'.' && pair[1].is_ascii_lowercase());
    let word = |word: &str| word.contains(literal);
    ["true", "false", "nan", "infinity", "null"].into_iter().any(word)
        || !dotted && SHAPES.iter().any(|shape| literal.chars().all(|c| shape.contains(c)))
}

/// The bytes of hexadecimal text; a digit too many is left out.
fn unhex(text: &str) -> Vec<u8> {
    let digit = |byte: u8| (byte as char).to_digit(16).unwrap_or(0) as u8;
    text.as_bytes().as_chunks::<2>().0.iter().map(|&[high, low]| digit(high) << 4 | digit(low)).collect()
}

/// Whether the search for raw bytes can find these: enough of them, and no piece that looks like text.
fn is_found(raw: &[u8]) -> bool {
    raw.len() >= 11 && !raw.windows(8).any(|piece| is_wide(word(piece, 0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_value_can_render_is_no_proof() {
        for text in
            ["4688", "0x1fff", "s-1-5-18", "cafe", "2025-05-10", "04:56:03.9", "tru", "true", "1.5", "größe", "ab"]
        {
            assert!(!is_proof(text, Source::Value), "{text}");
        }
        for text in ["mimikatz", "evil.com", "10.0.2.x", "face.de", "123.cc", "psexesvc", "0xg"] {
            assert!(is_proof(text, Source::Value), "{text}");
        }
    }

    #[test]
    fn a_stranger_counts_beside_text_only() {
        let search = ChunkSearch::new(&[("mimikatz".into(), Source::Value)], false);
        let wide = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
        assert!(search.holds_stranger(&wide("mimi\u{212a}atz")));
        assert!(search.holds_stranger(&[&[1][..], &wide("\u{17f}\u{212a}")].concat()));
        assert!(!search.holds_stranger(&[0xff, 0xfe, 0x7f, 0x01, 0xfe, 0xff]));
    }
}
