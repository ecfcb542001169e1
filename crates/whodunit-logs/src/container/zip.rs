//! Zip archives: the central directory says what is inside; where it is missing (a truncated archive), the members' own
//! headers do.

use super::{Budget, Limited, MAX_MEMBERS, Members, ReadAt, Said, Slice, invalid, stream};
use crate::part::{SourceName, Stream};
use crate::problem::Problem;
use memchr::memmem;
use std::io::{self, BufReader, Read};
use std::sync::Arc;
use whodunit_event::Time;
use whodunit_event::time::Civil;

const CENTRAL: &[u8; 4] = b"PK\x01\x02";
const LOCAL: &[u8; 4] = b"PK\x03\x04";
const END: &[u8; 4] = b"PK\x05\x06";
const END64: &[u8; 4] = b"PK\x06\x06";
const CENTRAL_BYTES: usize = 46;
const LOCAL_BYTES: usize = 30;
/// The end record, and the longest comment that may follow it.
const END_BYTES: u64 = 22;
const COMMENT_BYTES: u64 = 65_535;
const ENCRYPTED: u16 = 1;
const SIZES_FOLLOW: u16 = 8;
const STORED: u16 = 0;
const DEFLATED: u16 = 8;

/// Members of a zip archive in the order of its directory.
pub(super) struct Zip {
    name: SourceName,
    bytes: Arc<dyn ReadAt>,
    budget: Arc<Budget>,
    directory: Option<Directory>,
    seen: u64,
    said: Said,
}

/// Where the members are listed.
enum Directory {
    /// The next entry of the central directory, and what to add to its offsets (a stub may stand before the archive).
    Central { at: u64, end: u64, shift: u64 },
    /// The next local header: the central directory is lost.
    Local { at: u64 },
}

/// One member as its headers describe it.
#[derive(Debug, Default)]
struct Entry {
    name: Vec<u8>,
    flags: u16,
    method: u16,
    modified: Option<Time>,
    crc: u32,
    packed: u64,
    size: u64,
    /// Offset of the local header.
    offset: u64,
}

impl Zip {
    pub(super) fn new(name: SourceName, bytes: Arc<dyn ReadAt>, budget: Arc<Budget>) -> Self {
        Self { name, bytes, budget, directory: None, seen: 0, said: Said::default() }
    }

    /// Finds the directory; without one, says so and goes by local headers.
    fn directory(&mut self, problems: &mut Vec<Problem>) -> Directory {
        if let Ok(Some(found)) = find_directory(&*self.bytes) {
            return found;
        }
        let what = "the zip's directory is missing or damaged: the archive is truncated";
        problems.push(Problem::loss(self.name.origin(), what, "copy it again; members that are there were read"));
        Directory::Local { at: 0 }
    }

    /// The next entry and the place behind it.
    fn entry(&self, directory: &Directory) -> io::Result<Option<(Entry, Directory)>> {
        match *directory {
            Directory::Central { at, end, .. } if at >= end => Ok(None),
            Directory::Central { at, end, shift } => {
                let (mut entry, next) = central_entry(&*self.bytes, at)?;
                entry.offset = entry.offset.saturating_add(shift);
                Ok(Some((entry, Directory::Central { at: next, end, shift })))
            }
            Directory::Local { at } => local_entry(&*self.bytes, at)
                .map(|found| found.map(|(entry, next)| (entry, Directory::Local { at: next }))),
        }
    }

    fn open(&self, entry: &Entry, name: SourceName) -> Result<Stream, (SourceName, io::Error)> {
        match self.data(entry) {
            Ok(data) => stream(name, data, entry.modified),
            Err(error) => Err((name, error)),
        }
    }

    /// The unpacked bytes of a member.
    fn data(&self, entry: &Entry) -> io::Result<Box<dyn Read + Send>> {
        if entry.flags & ENCRYPTED != 0 {
            return Err(invalid("is encrypted; unpack it with its password first"));
        }
        let header: [u8; LOCAL_BYTES] = array(&*self.bytes, entry.offset)?;
        if !header.starts_with(LOCAL) {
            return Err(invalid("its header is not where the zip's directory says"));
        }
        let lengths = u64::from(u16_at(&header, 26)) + u64::from(u16_at(&header, 28));
        let at = entry.offset + LOCAL_BYTES as u64 + lengths;
        let packed = Slice { bytes: self.bytes.clone(), at, end: at.saturating_add(entry.packed) };
        let packed = BufReader::with_capacity(64 * 1024, packed);
        let reader: Box<dyn Read + Send> = match entry.method {
            STORED => Box::new(packed),
            DEFLATED => Box::new(flate2::bufread::DeflateDecoder::new(packed)),
            other => {
                return Err(invalid(format!("is packed by method {other} ({}), which is not read", method(other))));
            }
        };
        let limited = Limited { reader, budget: self.budget.clone(), given: 0 };
        Ok(Box::new(Checked {
            reader: limited,
            crc: flate2::Crc::new(),
            expect: entry.crc,
            size: entry.size,
            ended: false,
        }))
    }
}

impl Members for Zip {
    fn next(&mut self, problems: &mut Vec<Problem>) -> Option<Stream> {
        let mut directory = match self.directory.take() {
            Some(directory) => directory,
            None => self.directory(problems),
        };
        loop {
            let (entry, next) = match self.entry(&directory) {
                Ok(Some(found)) if self.seen < MAX_MEMBERS => found,
                Ok(None) => return self.end(problems),
                Ok(Some(_)) => {
                    let what = format!("holds more than {MAX_MEMBERS} members; the rest was not read");
                    problems.push(Problem::loss(self.name.origin(), what, "unpack it by hand"));
                    return self.end(problems);
                }
                Err(error) => {
                    problems.push(crate::lines::read_problem(self.name.origin(), &error));
                    return self.end(problems);
                }
            };
            self.seen += 1;
            directory = next;
            if entry.name.ends_with(b"/") {
                continue;
            }
            let name = self.said.name(&self.name, &entry.name, problems);
            match self.open(&entry, name) {
                Ok(stream) => {
                    self.directory = Some(directory);
                    return Some(stream);
                }
                Err((name, error)) => self.said.lost(&name, error.to_string(), problems),
            }
        }
    }
}

impl Zip {
    fn end(&mut self, problems: &mut Vec<Problem>) -> Option<Stream> {
        self.said.end(&self.name, problems);
        self.directory = Some(Directory::Central { at: 0, end: 0, shift: 0 });
        None
    }
}

fn method(number: u16) -> &'static str {
    match number {
        9 => "Deflate64",
        12 => "bzip2",
        14 => "LZMA",
        93 => "zstd",
        95 => "xz",
        98 => "PPMd",
        99 => "AES encryption",
        _ => "unknown",
    }
}

/// Looks for the end record from the archive's end backwards.
fn find_directory(bytes: &dyn ReadAt) -> io::Result<Option<Directory>> {
    let size = bytes.size()?;
    let from = size.saturating_sub(END_BYTES + COMMENT_BYTES);
    let tail = range(bytes, from, (size - from) as usize)?;
    let ends = memmem::rfind_iter(&tail, END).filter(|at| at + END_BYTES as usize <= tail.len());
    for at in ends {
        let record = &tail[at..];
        let (mut length, mut offset, mut end) =
            (u64::from(u32_at(record, 12)), u64::from(u32_at(record, 16)), from + at as u64);
        if offset == u64::from(u32::MAX) || length == u64::from(u32::MAX) {
            let Some(found) = find_end64(&tail[..at], from) else { continue };
            (length, offset, end) = found;
        }
        let Some(start) = end.checked_sub(length) else { continue };
        let Some(shift) = start.checked_sub(offset) else { continue };
        if length == 0 || array::<4>(bytes, start)? == *CENTRAL {
            return Ok(Some(Directory::Central { at: start, end, shift }));
        }
    }
    Ok(None)
}

/// Length and offset of the directory in the zip64 end record before `tail`'s end, and where that record is.
fn find_end64(tail: &[u8], from: u64) -> Option<(u64, u64, u64)> {
    let at = memmem::rfind(tail, END64)?;
    let record = tail.get(at..at + 56)?;
    Some((u64_at(record, 40), u64_at(record, 48), from + at as u64))
}

fn central_entry(bytes: &dyn ReadAt, at: u64) -> io::Result<(Entry, u64)> {
    let header: [u8; CENTRAL_BYTES] = array(bytes, at)?;
    if !header.starts_with(CENTRAL) {
        return Err(invalid("the zip's directory is damaged"));
    }
    let (name, extra) = (usize::from(u16_at(&header, 28)), usize::from(u16_at(&header, 30)));
    let rest = range(bytes, at + CENTRAL_BYTES as u64, name + extra)?;
    let mut entry = Entry {
        name: rest.get(..name).unwrap_or(&rest).to_vec(),
        flags: u16_at(&header, 8),
        method: u16_at(&header, 10),
        modified: dos_time(u16_at(&header, 12), u16_at(&header, 14)),
        crc: u32_at(&header, 16),
        packed: u64::from(u32_at(&header, 20)),
        size: u64::from(u32_at(&header, 24)),
        offset: u64::from(u32_at(&header, 42)),
    };
    zip64(rest.get(name..).unwrap_or_default(), &mut entry);
    let next = at + (CENTRAL_BYTES + name + extra) as u64 + u64::from(u16_at(&header, 32));
    Ok((entry, next))
}

/// Takes 64-bit sizes and the offset from the extra field 1, which holds those whose 32-bit form is all ones.
fn zip64(mut extra: &[u8], entry: &mut Entry) {
    while extra.len() >= 4 {
        let (id, length) = (u16_at(extra, 0), usize::from(u16_at(extra, 2)));
        let data = extra.get(4..4 + length).unwrap_or_default();
        if id == 1 {
            let mut values = data.chunks_exact(8).map(|v| u64_at(v, 0));
            for value in [&mut entry.size, &mut entry.packed, &mut entry.offset] {
                if *value == u64::from(u32::MAX) {
                    *value = values.next().unwrap_or(*value);
                }
            }
        }
        extra = extra.get(4 + length..).unwrap_or_default();
    }
}

/// The member whose local header is the next from `at` on.
fn local_entry(bytes: &dyn ReadAt, at: u64) -> io::Result<Option<(Entry, u64)>> {
    let Some(offset) = find(bytes, LOCAL, at)? else { return Ok(None) };
    let Ok(header) = array::<LOCAL_BYTES>(bytes, offset) else { return Ok(None) };
    let (name, extra) = (usize::from(u16_at(&header, 26)), usize::from(u16_at(&header, 28)));
    let data = offset + (LOCAL_BYTES + name + extra) as u64;
    let mut entry = Entry {
        name: range(bytes, offset + LOCAL_BYTES as u64, name)?,
        flags: u16_at(&header, 6),
        method: u16_at(&header, 8),
        modified: dos_time(u16_at(&header, 10), u16_at(&header, 12)),
        crc: u32_at(&header, 14),
        packed: u64::from(u32_at(&header, 18)),
        size: u64::from(u32_at(&header, 22)),
        offset,
    };
    if entry.flags & SIZES_FOLLOW != 0 {
        // Sizes and checksum stand behind the data: the data end before the next header at the latest.
        let next = find(bytes, LOCAL, data)?.map_or_else(|| bytes.size(), Ok)?;
        (entry.packed, entry.size, entry.crc) = (next.saturating_sub(data), u64::MAX, 0);
    }
    let next = data.saturating_add(entry.packed);
    Ok(Some((entry, next)))
}

/// Offset of `mark` at or behind `at`.
fn find(bytes: &dyn ReadAt, mark: &[u8; 4], mut at: u64) -> io::Result<Option<u64>> {
    loop {
        let block = range(bytes, at, 64 * 1024)?;
        if let Some(found) = memmem::find(&block, mark) {
            return Ok(Some(at + found as u64));
        }
        if block.len() < mark.len() {
            return Ok(None);
        }
        at += (block.len() - 3) as u64;
    }
}

/// Up to `length` bytes at `offset`; fewer at the end.
fn range(bytes: &dyn ReadAt, offset: u64, length: usize) -> io::Result<Vec<u8>> {
    let mut found = vec![0; length];
    let mut filled = 0;
    while filled < length {
        match bytes.read_at(&mut found[filled..], offset + filled as u64)? {
            0 => break,
            n => filled += n,
        }
    }
    found.truncate(filled);
    Ok(found)
}

fn array<const N: usize>(bytes: &dyn ReadAt, offset: u64) -> io::Result<[u8; N]> {
    let found = range(bytes, offset, N)?;
    found.try_into().map_err(|_| io::Error::new(io::ErrorKind::UnexpectedEof, "the zip ends too early"))
}

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    bytes.get(at..at + 2).map_or(0, |b| u16::from_le_bytes([b[0], b[1]]))
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from(u16_at(bytes, at)) | u32::from(u16_at(bytes, at + 2)) << 16
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from(u32_at(bytes, at)) | u64::from(u32_at(bytes, at + 4)) << 32
}

/// The time of a member; it stands without zone and is taken as UTC.
fn dos_time(time: u16, date: u16) -> Option<Time> {
    let civil = Civil {
        year: 1980 + i32::from(date >> 9),
        month: (date >> 5 & 15) as u8,
        day: (date & 31) as u8,
        hour: (time >> 11) as u8,
        minute: (time >> 5 & 63) as u8,
        second: (time & 31) as u8 * 2,
    };
    Time::from_civil(civil, 0, 0)
}

/// Compares size and checksum at the end. A size of `u64::MAX` stands for unknown ones.
struct Checked<R> {
    reader: R,
    crc: flate2::Crc,
    expect: u32,
    size: u64,
    ended: bool,
}

impl<R: Read> Read for Checked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.reader.read(buffer)?;
        self.crc.update(&buffer[..n]);
        if n == 0 && !buffer.is_empty() && !self.ended && self.size != u64::MAX {
            self.ended = true;
            let found = u64::from(self.crc.amount());
            if found != self.size & u64::from(u32::MAX) {
                return Err(invalid(format!("the member ends after {found} of {} bytes", self.size)));
            }
            if self.crc.sum() != self.expect {
                return Err(invalid("the zip checksum does not fit: the data are damaged"));
            }
        }
        Ok(n)
    }
}
