//! One chunk: its header, its checksums, and its records, also where the header or a record is damaged.
//!
//! A sound chunk is walked record by record up to its free-space offset; what lies behind is left over from earlier use
//! and no evidence of the log as it is. Where a record's head does not hold, the next head is searched for. Where the
//! chunk's own header does not hold, its free-space offset is believed only if a record ends there; else records end
//! where their ids no longer rise.

use super::record::{HEAD, TAIL};
use memchr::memmem;

/// Size of a chunk.
pub(super) const CHUNK: usize = 0x1_0000;
/// Size of a chunk's header with its tables.
const CHUNK_HEAD: usize = 512;
const MAGIC: &[u8] = b"ElfChnk\0";
const RECORD_MAGIC: &[u8] = b"**\0\0";
/// The smallest record: head and size copy.
const SMALLEST: usize = HEAD + TAIL;

/// What a chunk's header says, and whether it can be believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    /// The chunk begins with its signature.
    pub(super) signed: bool,
    /// The header's checksum holds.
    pub(super) sound: bool,
    /// The records' checksum holds. False where the header does not.
    pub(super) data_sound: bool,
    /// Offset behind the last record, as far as it can be believed.
    limit: usize,
    /// The same as the header says it.
    free: usize,
}

impl Header {
    /// Reads and checks the header of `chunk`, which may be cut short.
    pub(super) fn read(chunk: &[u8]) -> Self {
        let signed = chunk.starts_with(MAGIC);
        let free = number(chunk, 48) as usize;
        let sound = chunk.len() >= CHUNK_HEAD
            && crc32(&[&chunk[..120], &chunk[128..CHUNK_HEAD]]) == number(chunk, 124)
            && (CHUNK_HEAD..=CHUNK).contains(&free);
        let limit = if sound { free.min(chunk.len()) } else { chunk.len() };
        let data_sound = sound && free <= chunk.len() && crc32(&[&chunk[CHUNK_HEAD..free]]) == number(chunk, 52);
        Self { signed, sound, data_sound, limit, free }
    }
}

/// CRC-32 as in zip files, over pieces.
pub(super) fn crc32(pieces: &[&[u8]]) -> u32 {
    let mut crc = crc32fast::Hasher::new();
    pieces.iter().for_each(|piece| crc.update(piece));
    crc.finalize()
}

fn number(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..at + 4).and_then(|b| b.try_into().ok()).map_or(0, u32::from_le_bytes)
}

fn id(bytes: &[u8], at: usize) -> u64 {
    bytes.get(at + 8..at + 16).and_then(|b| b.try_into().ok()).map_or(0, u64::from_le_bytes)
}

/// Where a record lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Found {
    /// Offset of its first byte in the chunk.
    pub(super) at: usize,
    /// Offset behind its last.
    pub(super) end: usize,
    /// Its head does not hold: its end is a guess.
    pub(super) damaged: bool,
}

/// The records of a chunk.
#[derive(Debug)]
pub(super) struct Records<'c> {
    chunk: &'c [u8],
    at: usize,
    limit: usize,
    /// The limit can be believed.
    sound: bool,
    last: Option<u64>,
    /// Stretches without a record where one should be.
    pub(super) gaps: usize,
    /// Offset of the first such stretch.
    pub(super) first_gap: Option<usize>,
}

impl<'c> Records<'c> {
    /// The records of `chunk` as far as `header` can be believed.
    pub(super) fn new(chunk: &'c [u8], header: Header) -> Self {
        let at = CHUNK_HEAD.min(chunk.len());
        let all = Self { chunk, at, limit: header.limit, sound: true, last: None, gaps: 0, first_gap: None };
        match header.sound {
            true => all,
            false if all.ends_at(header.free) => Self { limit: header.free, ..all },
            false => Self { sound: false, ..all },
        }
    }

    /// Whether a record ends at this offset.
    fn ends_at(&self, offset: usize) -> bool {
        let mut probe = Self { ..*self };
        while probe.at < offset && probe.next().is_some() {}
        probe.at == offset && offset > CHUNK_HEAD
    }

    fn has_magic(&self, at: usize) -> bool {
        self.chunk.get(at..at + 4) == Some(RECORD_MAGIC)
    }

    /// End of the record at `at` by its size, if that stays within the chunk.
    fn end_of(&self, at: usize) -> Option<usize> {
        let size = number(self.chunk, at + 4) as usize;
        (size >= SMALLEST && size <= self.limit.saturating_sub(at)).then_some(at + size)
    }

    fn has_copy(&self, at: usize, end: usize) -> bool {
        number(self.chunk, end - TAIL) as usize == end - at
    }

    /// End of the record at `at` if two of its three marks hold: signature, size copy, and a record or the end behind.
    fn whole(&self, at: usize) -> Option<usize> {
        let end = self.end_of(at)?;
        let (magic, copy) = (self.has_magic(at), self.has_copy(at, end));
        let followed = || end == self.limit || self.has_magic(end);
        ((magic && copy) || ((magic || copy) && followed())).then_some(end)
    }

    /// The next place from `from` on where a record begins, for certain or with an id that fits.
    fn search(&self, from: usize) -> usize {
        let Some(rest) = self.chunk.get(from..self.limit) else { return self.limit };
        let likely = |at: usize| {
            let near = |last: u64| (1..=(CHUNK / SMALLEST) as u64).contains(&id(self.chunk, at).wrapping_sub(last));
            self.end_of(at).is_some_and(|end| self.has_copy(at, end)) || self.last.is_some_and(near)
        };
        memmem::find_iter(rest, RECORD_MAGIC).map(|at| from + at).find(|at| likely(*at)).unwrap_or(self.limit)
    }

    fn is_old(&self, at: usize) -> bool {
        !self.sound && self.last.is_some_and(|last| id(self.chunk, at) <= last)
    }

    fn found(&mut self, at: usize, end: usize, damaged: bool) -> Option<Found> {
        if self.is_old(at) {
            self.at = self.limit;
            return None;
        }
        self.last = Some(id(self.chunk, at));
        self.at = end;
        Some(Found { at, end, damaged })
    }

    fn gap(&mut self, next: usize) {
        if self.chunk[self.at..next].iter().any(|byte| *byte != 0) {
            self.gaps += 1;
            self.first_gap.get_or_insert(self.at);
        }
        self.at = next;
    }
}

impl Iterator for Records<'_> {
    type Item = Found;

    fn next(&mut self) -> Option<Found> {
        while self.at < self.limit {
            let at = self.at;
            if let Some(end) = self.whole(at) {
                return self.found(at, end, false);
            }
            let next = self.search(at + 1);
            if self.has_magic(at) && next - at >= SMALLEST {
                return self.found(at, next, true);
            }
            self.gap(next);
        }
        None
    }
}
