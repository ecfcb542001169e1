//! Whether the texts of a chunk's events lie in it in one piece each. Only heads of records and definitions are looked
//! at, so that a search can tell quickly what it may skip.

use super::binxml::{self, Cursor, Result, Token};
use super::chunk::{Header, Records};
use super::record::{HEAD, TAIL};
use super::value::kind;

/// Fragments inside fragments that are looked into.
const MAX_NESTING: usize = 3;

/// True if some text of some record may be put together from pieces. Also true where that cannot be told cheaply.
pub(super) fn joined(chunk: &[u8], header: Header) -> bool {
    let mut known = Known { chunk, definitions: Vec::new() };
    let mut records = Records::new(chunk, header);
    let joined = records
        .any(|found| found.damaged || known.fragment(found.at + HEAD, found.end - TAIL, MAX_NESTING).unwrap_or(true));
    joined || records.gaps > 0
}

struct Known<'c> {
    chunk: &'c [u8],
    definitions: Vec<(usize, bool)>,
}

impl Known<'_> {
    fn fragment(&mut self, at: usize, end: usize, nesting: usize) -> Result<bool> {
        let mut cursor = Cursor::new(self.chunk, at, end);
        let instance = matches!(cursor.take(5), Ok([0x0f, _, _, _, 0x0c]));
        if !instance || nesting == 0 {
            return Ok(true);
        }
        let head = binxml::instance(&mut cursor)?;
        if self.definition(head.definition) {
            return Ok(true);
        }
        let described = cursor.take(head.values.saturating_mul(4))?;
        for &[low, high, kind, _] in described.as_chunks::<4>().0 {
            let at = cursor.at;
            cursor.take(usize::from(u16::from_le_bytes([low, high])))?;
            if kind == kind::BINXML && self.fragment(at, cursor.at, nesting - 1)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn definition(&mut self, offset: usize) -> bool {
        if let Some((_, joins)) = self.definitions.iter().find(|(at, _)| *at == offset) {
            return *joins;
        }
        let joins = Cursor::definition(self.chunk, offset).and_then(joins).unwrap_or(true);
        self.definitions.push((offset, joins));
        joins
    }
}

/// Whether a definition puts a text together from pieces.
fn joins(mut cursor: Cursor<'_>) -> Result<bool> {
    let mut pieces = 0;
    loop {
        match cursor.token()? {
            Token::Eof => return Ok(false),
            Token::CharRef(_) | Token::EntityRef(_) | Token::Instance => return Ok(true),
            Token::Text(_) | Token::Substitution(_) if pieces > 0 => return Ok(true),
            Token::Text(_) | Token::Substitution(_) => pieces += 1,
            // Text before a child may be followed by text behind it.
            Token::Open { .. } if pieces > 0 => return Ok(true),
            Token::Header | Token::Instruction => {}
            _ => pieces = 0,
        }
    }
}
