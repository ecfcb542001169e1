//! A few literals searched in a raw chunk: two rare characters of the literal at their distance, many places at a time.
//!
//! The inner loop compares whole blocks without a branch, which compilers turn into vector instructions; only a block
//! in which both characters stand at the right distance is looked at closely.

use super::common::frequency;
use super::grams::{narrow_starts_with, wide_starts_with};

/// Places compared at a time.
const BLOCK: usize = 64;
/// Sets the case bit of an ASCII letter; other characters are compared a little loosely, which costs only time.
const CASE: u8 = 0x20;

/// One literal and its two rare characters.
#[derive(Debug)]
pub(super) struct Pair {
    /// Folded ASCII.
    literal: Box<[u8]>,
    /// Place of the first of the two characters.
    first: usize,
    /// Distance to the second.
    distance: usize,
    bytes: [u8; 2],
}

impl Pair {
    /// The search for a folded ASCII literal of at least two characters; `None` if it is shorter.
    pub(super) fn new(literal: &[u8]) -> Option<Self> {
        let mut places: Vec<usize> = (0..literal.len()).collect();
        places.sort_by_key(|&place| frequency(literal[place]));
        let &[one, other] = places.first_chunk::<2>()?;
        let (first, second) = (one.min(other), one.max(other));
        let bytes = [literal[first] | CASE, literal[second] | CASE];
        Some(Self { literal: literal.into(), first, distance: second - first, bytes })
    }

    /// Whether the literal occurs in a chunk as one-byte text or as UTF-16LE, in any case.
    pub(super) fn occurs_in(&self, chunk: &[u8]) -> bool {
        let mut at = 0;
        while let Some(rest) = chunk.get(at..).filter(|rest| rest.len() >= BLOCK + 2 * self.distance) {
            if self.block_may_hold(rest) && self.occurs_at(chunk, at..at + BLOCK) {
                return true;
            }
            at += BLOCK;
        }
        self.occurs_at(chunk, at..chunk.len())
    }

    #[inline(always)]
    fn block_may_hold(&self, rest: &[u8]) -> bool {
        let block = |at: usize| rest.get(at..).and_then(|r| r.first_chunk::<BLOCK>());
        let (Some(first), Some(near), Some(far)) = (block(0), block(self.distance), block(2 * self.distance)) else {
            return true;
        };
        let mut any = 0;
        for at in 0..BLOCK {
            let second = u8::from(near[at] | CASE == self.bytes[1]) | u8::from(far[at] | CASE == self.bytes[1]);
            any |= u8::from(first[at] | CASE == self.bytes[0]) & second;
        }
        any != 0
    }

    /// Looks closely at each place of the first character.
    fn occurs_at(&self, chunk: &[u8], mut places: std::ops::Range<usize>) -> bool {
        places.any(|place| {
            let starts = |width: usize| place.checked_sub(width * self.first).and_then(|start| chunk.get(start..));
            chunk[place] | CASE == self.bytes[0]
                && (starts(1).is_some_and(|text| narrow_starts_with(text, &self.literal))
                    || starts(2).is_some_and(|text| wide_starts_with(text, &self.literal)))
        })
    }
}
