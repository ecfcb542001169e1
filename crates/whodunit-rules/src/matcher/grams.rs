//! The literals of all conditions in one table, found together.
//!
//! Each literal is entered under four-byte pieces (grams) of itself. A literal of seven bytes or more is entered under
//! the four grams of a seven-byte window, so that a search need only look at every fourth place of a text: one of the
//! four grams must lie there. The window is chosen where the grams are rare, in logs and among the literals. A bitmap
//! small enough for the cache answers most places; what passes is compared in full.
//!
//! The same table reads folded text (an event's fields) and raw chunks (UTF-16LE at any offset, or one-byte text):
//! grams are hashed with the case bit set, whatever the byte.

use super::common;

/// Bytes in a gram.
const GRAM: usize = 4;
/// Length from which a literal is entered for every fourth place.
const LONG: usize = 2 * GRAM - 1;
/// Sets bit 5 of each byte: the case of ASCII letters.
const CASE: u32 = 0x2020_2020;

/// All literals, by number.
#[derive(Debug, Default)]
pub(super) struct Grams {
    /// The literals' bytes, end to end.
    bytes: Vec<u8>,
    /// End of each literal in `bytes`.
    ends: Vec<u32>,
    /// Literals of [`LONG`] bytes or more, looked for at every fourth place.
    long: Table,
    /// Shorter ones by length (1, 2, 3, then 4 to 6), looked for at every place.
    short: [Table; GRAM],
}

/// One place of a literal in a table.
#[derive(Clone, Copy, Debug, Default)]
struct Entry {
    key: u32,
    literal: u32,
    /// Offset of the gram in the literal.
    offset: u32,
}

/// Grams of one length.
#[derive(Debug, Default)]
struct Table {
    /// One bit for each hash; empty if the table is.
    bitmap: Vec<u64>,
    /// Shift of the hash for the bitmap and for the buckets.
    shifts: (u32, u32),
    /// Start of each bucket in `entries`.
    buckets: Vec<u32>,
    entries: Vec<Entry>,
}

impl Grams {
    /// A table of these literals; number `n` is the `n`th. They must be folded and not empty.
    pub(super) fn new<'a>(literals: impl Iterator<Item = &'a [u8]>) -> Self {
        let mut grams = Self::default();
        for literal in literals {
            grams.bytes.extend_from_slice(literal);
            grams.ends.push(u32::try_from(grams.bytes.len()).unwrap_or(u32::MAX));
        }
        grams.enter();
        grams
    }

    /// True if there are no literals.
    pub(super) fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// A literal by number.
    pub(super) fn literal(&self, number: u32) -> &[u8] {
        let number = number as usize;
        let start = number.checked_sub(1).and_then(|n| self.ends.get(n)).copied().unwrap_or(0);
        self.ends.get(number).and_then(|&end| self.bytes.get(start as usize..end as usize)).unwrap_or_default()
    }

    fn enter(&mut self) {
        let mut long = Vec::new();
        let mut short: [Vec<Entry>; GRAM] = Default::default();
        let rarity = common::Rarity::new((0..self.ends.len()).map(|n| self.literal(n as u32)));
        for literal in 0..self.ends.len() as u32 {
            let bytes = self.literal(literal);
            if bytes.len() >= LONG {
                let start = rarity.window(bytes, LONG);
                let entry = |offset: usize| Entry { key: key(&bytes[offset..]), literal, offset: offset as u32 };
                long.extend((start..start + GRAM).map(entry));
            } else if let Some(table) = short.get_mut(bytes.len().min(GRAM) - 1) {
                table.push(Entry { key: key(bytes), literal, offset: 0 });
            }
        }
        self.long = Table::new(long);
        self.short = short.map(Table::new);
    }

    /// Calls `found(literal, place)` for every occurrence of every literal in a folded text, in no particular order.
    pub(super) fn find(&self, text: &[u8], mut found: impl FnMut(u32, usize)) {
        let mut verify = |entry: &Entry, at: usize| {
            let start = at.wrapping_sub(entry.offset as usize);
            let literal = self.literal(entry.literal);
            if text.get(start..).is_some_and(|t| t.starts_with(literal)) {
                found(entry.literal, start);
            }
        };
        if !self.long.is_empty() {
            for (number, gram) in text.as_chunks::<GRAM>().0.iter().enumerate() {
                self.long.look(u32::from_le_bytes(*gram) | CASE, |entry| verify(entry, number * GRAM));
            }
        }
        for (length, table) in self.short.iter().enumerate().filter(|(_, t)| !t.is_empty()) {
            for (at, gram) in text.windows(length + 1).enumerate() {
                table.look(key(gram), |entry| verify(entry, at));
            }
        }
    }

    /// Whether any literal occurs in a raw chunk as one-byte text or as UTF-16LE, in any case. All must be ASCII.
    pub(super) fn occur_in(&self, chunk: &[u8]) -> bool {
        (!self.long.is_empty() && self.long_occur_in(chunk)) || self.short_occur_in(chunk)
    }

    /// Places 0 and 1 of every eight bytes for UTF-16 (four characters), places 0 and 4 for one-byte text.
    fn long_occur_in(&self, chunk: &[u8]) -> bool {
        let mut at = 0;
        while let Some(piece) = chunk.get(at..).and_then(|c| c.first_chunk::<9>()) {
            let even =
                u64::from_le_bytes([piece[0], piece[1], piece[2], piece[3], piece[4], piece[5], piece[6], piece[7]]);
            let odd = even >> 8 | u64::from(piece[8]) << 56;
            if self.wide_at(even, chunk, at)
                || self.wide_at(odd, chunk, at + 1)
                || self.narrow_at(even as u32, chunk, at)
                || self.narrow_at((even >> 32) as u32, chunk, at + 4)
            {
                return true;
            }
            at += 8;
        }
        chunk[at..]
            .as_chunks::<GRAM>()
            .0
            .iter()
            .enumerate()
            .any(|(n, gram)| self.narrow_at(u32::from_le_bytes(*gram), chunk, at + n * GRAM))
            || self.wide_tail(chunk, at)
    }

    /// The last place that a whole UTF-16 gram fits when the chunk ends with it.
    fn wide_tail(&self, chunk: &[u8], at: usize) -> bool {
        let tail = chunk[at..].first_chunk::<8>();
        tail.is_some_and(|piece| self.wide_at(u64::from_le_bytes(*piece), chunk, at))
    }

    fn wide_at(&self, word: u64, chunk: &[u8], at: usize) -> bool {
        if word & 0xff00_ff00_ff00_ff00 != 0 {
            return false;
        }
        let mut any = false;
        self.long.look(narrow(word) | CASE, |entry| {
            let start = at.wrapping_sub(2 * entry.offset as usize);
            any = any || chunk.get(start..).is_some_and(|c| wide_starts_with(c, self.literal(entry.literal)));
        });
        any
    }

    fn narrow_at(&self, word: u32, chunk: &[u8], at: usize) -> bool {
        let mut any = false;
        self.long.look(word | CASE, |entry| {
            let start = at.wrapping_sub(entry.offset as usize);
            any = any || chunk.get(start..).is_some_and(|c| narrow_starts_with(c, self.literal(entry.literal)));
        });
        any
    }

    fn short_occur_in(&self, chunk: &[u8]) -> bool {
        self.short.iter().enumerate().filter(|(_, t)| !t.is_empty()).any(|(length, table)| {
            (0..chunk.len()).any(|at| {
                let text = &chunk[at..];
                let mut any = false;
                if let Some(gram) = text.get(..length + 1) {
                    table.look(key(gram), |e| any = any || narrow_starts_with(text, self.literal(e.literal)));
                }
                if let Some(gram) = wide_key(text, length + 1) {
                    table.look(gram, |e| any = any || wide_starts_with(text, self.literal(e.literal)));
                }
                any
            })
        })
    }
}

impl Table {
    fn new(entries: Vec<Entry>) -> Self {
        if entries.is_empty() {
            return Self::default();
        }
        let bucket_bits = entries.len().next_power_of_two().trailing_zeros().clamp(4, 24);
        let bitmap_bits = (bucket_bits + 5).clamp(12, 23);
        let mut table = Self {
            bitmap: vec![0; 1 << (bitmap_bits - 6)],
            shifts: (32 - bitmap_bits, 32 - bucket_bits),
            buckets: vec![0; (1 << bucket_bits) + 1],
            entries: vec![Entry::default(); entries.len()],
        };
        table.sort_in(&entries);
        table
    }

    /// Counting sort by bucket.
    fn sort_in(&mut self, entries: &[Entry]) {
        for entry in entries {
            let bit = hash(entry.key) >> self.shifts.0;
            self.bitmap[(bit >> 6) as usize] |= 1 << (bit & 63);
            self.buckets[(hash(entry.key) >> self.shifts.1) as usize + 1] += 1;
        }
        for bucket in 1..self.buckets.len() {
            self.buckets[bucket] += self.buckets[bucket - 1];
        }
        let mut next = self.buckets.clone();
        for entry in entries {
            let place = &mut next[(hash(entry.key) >> self.shifts.1) as usize];
            self.entries[*place as usize] = *entry;
            *place += 1;
        }
    }

    fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Calls `found` for each entry with this key.
    #[inline(always)]
    fn look(&self, key: u32, found: impl FnMut(&Entry)) {
        let bit = hash(key) >> self.shifts.0;
        let set = self.bitmap.get((bit >> 6) as usize).is_some_and(|word| word >> (bit & 63) & 1 == 1);
        if set {
            self.look_up(key, found);
        }
    }

    #[inline(never)]
    fn look_up(&self, key: u32, found: impl FnMut(&Entry)) {
        let bucket = (hash(key) >> self.shifts.1) as usize;
        if let Some(&[start, end]) = self.buckets.get(bucket..bucket + 2) {
            let entries = self.entries.get(start as usize..end as usize).unwrap_or_default();
            entries.iter().filter(|e| e.key == key).for_each(found);
        }
    }
}

fn hash(key: u32) -> u32 {
    key.wrapping_mul(0x9e37_79b1)
}

/// Key of the first four bytes, or of all if there are fewer.
pub(super) fn key(bytes: &[u8]) -> u32 {
    let mut gram = [0; GRAM];
    for (to, from) in gram.iter_mut().zip(bytes) {
        *to = *from;
    }
    u32::from_le_bytes(gram) | CASE
}

/// Key of `length` UTF-16 characters, `None` unless all are one-byte characters.
fn wide_key(text: &[u8], length: usize) -> Option<u32> {
    let mut gram = [0; GRAM];
    for (to, unit) in gram.iter_mut().zip(text.get(..2 * length)?.as_chunks::<2>().0) {
        if unit[1] != 0 {
            return None;
        }
        *to = unit[0];
    }
    Some(u32::from_le_bytes(gram) | CASE)
}

/// The low bytes of four UTF-16 characters.
fn narrow(word: u64) -> u32 {
    let pairs = (word | word >> 8) & 0x0000_ffff_0000_ffff;
    (pairs | pairs >> 16) as u32
}

/// Whether one-byte text starts with a folded ASCII literal, in any case.
pub(super) fn narrow_starts_with(text: &[u8], literal: &[u8]) -> bool {
    text.get(..literal.len()).is_some_and(|t| t.eq_ignore_ascii_case(literal))
}

/// Whether UTF-16LE text starts with a folded ASCII literal, in any case.
pub(super) fn wide_starts_with(text: &[u8], literal: &[u8]) -> bool {
    let Some(text) = text.get(..2 * literal.len()) else { return false };
    text.as_chunks::<2>().0.iter().zip(literal).all(|(unit, byte)| unit[1] == 0 && unit[0].eq_ignore_ascii_case(byte))
}
