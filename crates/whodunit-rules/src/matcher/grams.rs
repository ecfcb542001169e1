//! The literals of all conditions in one table, found together.
//!
//! Each literal is entered under pieces of itself of one length (grams). A literal of seven bytes or more is entered
//! under four grams that follow each other, so that a search need only look at every fourth place of a text: one of the
//! four must lie there. They are chosen where they are rare, in logs and among the literals, and are six or four bytes long
//! as the literal allows. A filter small enough for the cache answers for most places; what passes is looked up and
//! compared in full.
//!
//! The same table reads folded text (an event's fields) and raw chunks (UTF-16LE at any offset, or one-byte text):
//! grams are hashed with the case bit set, whatever the byte.

use super::common::Rarity;

/// Grams by which a literal is entered, and the distance of places that are looked at.
const STEP: usize = 4;
/// Bytes of a gram, for literals of at least [`STEP`] - 1 bytes more.
const LENGTHS: [usize; 2] = [6, 4];
/// Sets bit 5 of each byte: the case of ASCII letters.
const CASE: u64 = 0x2020_2020_2020_2020;
/// The high bytes of four UTF-16LE characters.
const HIGH: u64 = 0xff00_ff00_ff00_ff00;

/// All literals, by number.
#[derive(Debug, Default)]
pub(super) struct Grams {
    /// The literals' bytes, end to end.
    bytes: Vec<u8>,
    /// End of each literal in `bytes`.
    ends: Vec<u32>,
    /// Literals of seven bytes or more, by the length of their grams ([`LENGTHS`]).
    windowed: [Table; LENGTHS.len()],
    /// Shorter ones by length (1, 2, 3, then 4 to 6), looked for at every place.
    short: [Table; STEP],
}

/// One gram of a literal.
#[derive(Clone, Copy, Debug, Default)]
struct Entry {
    key: u64,
    literal: u32,
    /// Offset of the gram in the literal.
    offset: u32,
}

/// Grams of one length.
#[derive(Debug, Default)]
struct Table {
    /// Two bits of one word for each gram; empty if the table is.
    filter: Vec<u64>,
    /// Shifts of the hash for the filter and for the buckets.
    shifts: (u32, u32),
    /// Start of each bucket in `entries`.
    buckets: Vec<u32>,
    entries: Vec<Entry>,
}

/// How the bytes of a chunk are read.
#[derive(Clone, Copy)]
enum Reading {
    Narrow,
    Wide,
    /// No text: case counts.
    Raw,
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
    fn literal(&self, number: u32) -> &[u8] {
        let number = number as usize;
        let start = number.checked_sub(1).and_then(|n| self.ends.get(n)).copied().unwrap_or(0);
        self.ends.get(number).and_then(|&end| self.bytes.get(start as usize..end as usize)).unwrap_or_default()
    }

    fn enter(&mut self) {
        let mut windowed: [Vec<Entry>; LENGTHS.len()] = Default::default();
        let mut short: [Vec<Entry>; STEP] = Default::default();
        let rarity = Rarity::new(&self.bytes);
        for literal in 0..self.ends.len() as u32 {
            let bytes = self.literal(literal);
            let entry =
                |offset, gram| Entry { key: key(&bytes[offset..offset + gram]), literal, offset: offset as u32 };
            match LENGTHS.iter().position(|gram| bytes.len() >= gram + STEP - 1) {
                Some(table) => {
                    let start = rarity.window(bytes, LENGTHS[table] + STEP - 1);
                    windowed[table].extend((start..start + STEP).map(|offset| entry(offset, LENGTHS[table])));
                }
                None => {
                    let gram = bytes.len().min(STEP);
                    gram.checked_sub(1).into_iter().for_each(|table| short[table].push(entry(0, gram)));
                }
            }
        }
        self.windowed = windowed.map(|entries| Table::new(&entries));
        self.short = short.map(|entries| Table::new(&entries));
    }

    /// Calls `found(literal, place)` for every occurrence of every literal in a folded text, in no particular order.
    pub(super) fn find(&self, text: &[u8], mut found: impl FnMut(u32, usize)) {
        let mut verify = |entry: &Entry, at: usize| {
            let start = at.wrapping_sub(entry.offset as usize);
            if text.get(start..).is_some_and(|t| t.starts_with(self.literal(entry.literal))) {
                found(entry.literal, start);
            }
        };
        for (table, gram) in self.windowed.iter().zip(LENGTHS).filter(|(t, _)| !t.is_empty()) {
            for at in (0..text.len()).step_by(STEP) {
                table.look(first(word(text, at), gram) | CASE, |entry| verify(entry, at));
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
        self.windowed_occur_in(chunk) || self.short_occur_in(chunk)
    }

    fn windowed_occur_in(&self, chunk: &[u8]) -> bool {
        match self.windowed.each_ref().map(Table::is_empty) {
            [true, true] => false,
            [_, true] => self.windowed_occur::<false>(chunk),
            [_, false] => self.windowed_occur::<true>(chunk),
        }
    }

    /// `SHORT` tells whether there are grams of four bytes.
    fn windowed_occur<const SHORT: bool>(&self, chunk: &[u8]) -> bool {
        let (words, _) = chunk.as_chunks::<8>();
        // A word is judged with the two behind it.
        let end = 8 * words.len().saturating_sub(2);
        words.array_windows().enumerate().any(|(at, words)| {
            let [low, high, next] = words.map(u64::from_le_bytes);
            self.occur_about::<SHORT>(chunk, 8 * at, low, high, next)
        }) || (end..chunk.len()).step_by(8).any(|at| {
            let word = |at| word(chunk, at);
            self.occur_about::<SHORT>(chunk, at, word(at), word(at + 8), word(at + 16))
        })
    }

    /// Judges eight places: the first two for UTF-16 (its grams are eight bytes apart), the first and fifth for one-byte
    /// text. Where one reading has no NUL in it the others have: no literal holds one, so only one reading is tried.
    #[inline(always)]
    fn occur_about<const SHORT: bool>(&self, chunk: &[u8], at: usize, low: u64, high: u64, next: u64) -> bool {
        if low & HIGH == 0 {
            return self.wide_occur::<SHORT>(chunk, at, low, high);
        }
        let odd = low >> 8 | high << 56;
        if odd & HIGH == 0 {
            return self.wide_occur::<SHORT>(chunk, at + 1, odd, high >> 8 | next << 56);
        }
        self.occur_at::<SHORT>(chunk, at, low, Reading::Narrow)
            || self.occur_at::<SHORT>(chunk, at + STEP, low >> 32 | high << 32, Reading::Narrow)
    }

    /// Whether a literal in UTF-16 has one of its grams at `at`, where these two words stand; the first is UTF-16.
    #[inline(always)]
    fn wide_occur<const SHORT: bool>(&self, chunk: &[u8], at: usize, low: u64, high: u64) -> bool {
        self.occur_at::<SHORT>(chunk, at, narrow(low) | narrow(high) << 32, Reading::Wide)
    }

    /// Whether a literal has one of its grams at `at`, where this text stands.
    #[inline(always)]
    fn occur_at<const SHORT: bool>(&self, chunk: &[u8], at: usize, text: u64, reading: Reading) -> bool {
        if holds_zero(text as u32) {
            return false;
        }
        let [long, short] = &self.windowed;
        self.is_at(long, first(text, LENGTHS[0]) | CASE, chunk, at, reading)
            || SHORT && self.is_at(short, first(text, LENGTHS[1]) | CASE, chunk, at, reading)
    }

    /// Whether a literal of raw bytes occurs in a chunk. None may have a piece that looks like UTF-16: see [`is_wide`].
    pub(super) fn occur_raw_in(&self, chunk: &[u8]) -> bool {
        let is_raw = |word: u64, at: usize| {
            !is_wide(word) && self.is_at(&self.windowed[0], first(word, LENGTHS[0]) | CASE, chunk, at, Reading::Raw)
        };
        let (words, _) = chunk.as_chunks::<8>();
        let mut at = 0;
        // Most blocks are text as a whole.
        while let Some(block) = words.get(at..).and_then(|rest| rest.first_chunk::<5>()) {
            let block = block.map(u64::from_le_bytes);
            let is_raw_at = |(n, pair): (usize, &[u64; 2])| {
                let at = 8 * (at + n);
                is_raw(pair[0], at) || is_raw(pair[0] >> 32 | pair[1] << 32, at + STEP)
            };
            if !is_wide(block.iter().fold(0, |all, word| all | word))
                && block.array_windows().enumerate().any(is_raw_at)
            {
                return true;
            }
            at += 4;
        }
        (8 * at..chunk.len()).step_by(STEP).any(|at| is_raw(word(chunk, at), at))
    }

    #[inline(always)]
    fn is_at(&self, table: &Table, key: u64, chunk: &[u8], at: usize, reading: Reading) -> bool {
        table.may_hold(key) && self.is_literal_at(table, key, chunk, at, reading)
    }

    #[cold]
    #[inline(never)]
    fn is_literal_at(&self, table: &Table, key: u64, chunk: &[u8], at: usize, reading: Reading) -> bool {
        table.entries_of(key).any(|entry| {
            let start = at.checked_sub(entry.offset as usize * reading.width());
            let text = start.and_then(|start| chunk.get(start..));
            text.is_some_and(|text| reading.starts_with(text, self.literal(entry.literal)))
        })
    }

    fn short_occur_in(&self, chunk: &[u8]) -> bool {
        let [one, two, three, four] = &self.short;
        self.short_of::<1>(one, chunk)
            || self.short_of::<2>(two, chunk)
            || self.short_of::<3>(three, chunk)
            || self.short_of::<4>(four, chunk)
    }

    /// Looks at every place for the grams of a table, which have this length.
    fn short_of<const GRAM: usize>(&self, table: &Table, chunk: &[u8]) -> bool {
        let is_any = |at: usize| {
            let word = word(chunk, at);
            let wide = word & first(HIGH, 2 * GRAM) == 0;
            wide && self.is_at(table, first(narrow(word), GRAM) | CASE, chunk, at, Reading::Wide)
                || !(GRAM == 4 && holds_zero(word as u32))
                    && self.is_at(table, first(word, GRAM) | CASE, chunk, at, Reading::Narrow)
        };
        !table.is_empty() && (0..chunk.len()).any(is_any)
    }
}

impl Table {
    fn new(entries: &[Entry]) -> Self {
        if entries.is_empty() {
            return Self::default();
        }
        let bits = entries.len().next_power_of_two().trailing_zeros();
        let (filter, bucket) = (bits.saturating_sub(1).clamp(6, 17), bits.clamp(4, 24));
        let mut table = Self {
            filter: vec![0; 1 << filter],
            shifts: (64 - filter, 64 - bucket),
            buckets: vec![0; (1 << bucket) + 1],
            entries: vec![Entry::default(); entries.len()],
        };
        table.sort_in(entries);
        table
    }

    /// Counting sort by bucket.
    fn sort_in(&mut self, entries: &[Entry]) {
        for entry in entries {
            let hash = hash(entry.key);
            self.filter[(hash >> self.shifts.0) as usize] |= filter_bits(hash);
            self.buckets[(hash >> self.shifts.1) as usize + 1] += 1;
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
    fn look(&self, key: u64, found: impl FnMut(&Entry)) {
        if self.may_hold(key) {
            self.each_of(key, found);
        }
    }

    #[inline(never)]
    fn each_of(&self, key: u64, found: impl FnMut(&Entry)) {
        self.entries_of(key).for_each(found);
    }

    /// What the filter says: false if there is no entry with this key.
    #[inline(always)]
    fn may_hold(&self, key: u64) -> bool {
        let hash = hash(key);
        let bits = filter_bits(hash);
        self.filter.get((hash >> self.shifts.0) as usize).is_some_and(|word| word & bits == bits)
    }

    fn entries_of(&self, key: u64) -> impl Iterator<Item = &Entry> {
        let bucket = (hash(key) >> self.shifts.1) as usize;
        let entries = match self.buckets.get(bucket..bucket + 2) {
            Some(&[start, end]) => self.entries.get(start as usize..end as usize),
            _ => None,
        };
        entries.unwrap_or_default().iter().filter(move |entry| entry.key == key)
    }
}

impl Reading {
    fn width(self) -> usize {
        match self {
            Self::Narrow | Self::Raw => 1,
            Self::Wide => 2,
        }
    }

    fn starts_with(self, text: &[u8], literal: &[u8]) -> bool {
        match self {
            Self::Narrow => narrow_starts_with(text, literal),
            Self::Wide => wide_starts_with(text, literal),
            Self::Raw => text.starts_with(literal),
        }
    }
}

/// The upper half of the bits depends on the whole key.
#[inline(always)]
fn hash(key: u64) -> u64 {
    key.wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

/// Two bits below those that choose the word.
#[inline(always)]
fn filter_bits(hash: u64) -> u64 {
    1 << (hash >> 34 & 63) | 1 << (hash >> 40 & 63)
}

/// Key of the first eight bytes, or of all if there are fewer.
fn key(bytes: &[u8]) -> u64 {
    word(bytes, 0) | CASE
}

/// Eight bytes from `at`, zero beyond the end.
#[inline(always)]
pub(super) fn word(bytes: &[u8], at: usize) -> u64 {
    let rest = bytes.get(at..).unwrap_or_default();
    match rest.first_chunk::<8>() {
        Some(eight) => u64::from_le_bytes(*eight),
        None => rest.iter().rev().fold(0, |word, &byte| word << 8 | u64::from(byte)),
    }
}

/// The first bytes of a word, up to eight.
#[inline(always)]
fn first(word: u64, count: usize) -> u64 {
    match count {
        0 => 0,
        _ => word & u64::MAX >> (64 - 8 * count),
    }
}

/// Whether eight bytes look like UTF-16 text of one-byte characters, at either offset.
#[inline(always)]
pub(super) fn is_wide(word: u64) -> bool {
    word & HIGH == 0 || word & !HIGH == 0
}

fn holds_zero(word: u32) -> bool {
    word.wrapping_sub(0x0101_0101) & !word & 0x8080_8080 != 0
}

/// The low bytes of four UTF-16 characters.
#[inline(always)]
fn narrow(word: u64) -> u64 {
    let pairs = (word | word >> 8) & 0x0000_ffff_0000_ffff;
    (pairs | pairs >> 16) & 0xffff_ffff
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
