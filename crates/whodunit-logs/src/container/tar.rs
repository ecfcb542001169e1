//! Tar archives (ustar, GNU and pax names), read as one stream from begin to end.

use super::{MAX_MEMBERS, Members, Said, invalid, stream};
use crate::lines::read_problem;
use crate::part::{SourceName, Stream};
use crate::problem::Problem;
use std::io::{self, Read};
use std::sync::{Arc, Mutex, PoisonError};
use whodunit_event::Time;

const BLOCK: usize = 512;
/// Names and extended headers longer than this are no names.
const MAX_NAME: u64 = 1 << 20;

/// Members of a tar archive in their order.
pub(super) struct Tar {
    name: SourceName,
    /// Shared with the member that is being read.
    source: Arc<Mutex<Source>>,
    seen: u64,
    ended: bool,
    said: Said,
}

/// The archive's bytes, and how far the current member reaches.
struct Source {
    reader: Box<dyn Read + Send>,
    left: u64,
    padding: u64,
    /// What broke the archive while a member was read: the member has reported it.
    broken: bool,
}

/// One header, with what extended headers before it said.
struct Header {
    name: Vec<u8>,
    kind: u8,
    modified: Option<Time>,
}

impl Tar {
    pub(super) fn new(archive: Stream) -> Self {
        let source = Source { reader: archive.reader, left: 0, padding: 0, broken: false };
        Self { name: archive.name, source: Arc::new(Mutex::new(source)), seen: 0, ended: false, said: Said::default() }
    }

    /// The next member that is a file; `None` at the end.
    fn member(&mut self, problems: &mut Vec<Problem>) -> io::Result<Option<(SourceName, Option<Time>)>> {
        let mut source = self.source.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if source.broken {
                return Ok(None);
            }
            let Some(header) = source.header()? else { return Ok(None) };
            self.seen += 1;
            if self.seen > MAX_MEMBERS {
                return Err(invalid(format!("more than {MAX_MEMBERS} members; unpack it by hand")));
            }
            match header.kind {
                0 | b'0' | b'7' => {
                    return Ok(Some((self.said.name(&self.name, &header.name, problems), header.modified)));
                }
                b'S' => {
                    let name = self.said.name(&self.name, &header.name, problems);
                    self.said.lost(&name, "is a sparse member, which is not read".to_owned(), problems);
                }
                _ => {}
            }
        }
    }
}

impl Members for Tar {
    fn next(&mut self, problems: &mut Vec<Problem>) -> Option<Stream> {
        while !self.ended {
            match self.member(problems) {
                Ok(Some((name, modified))) => match stream(name, Box::new(Member(self.source.clone())), modified) {
                    Ok(stream) => return Some(stream),
                    Err((name, error)) => self.said.lost(&name, error.to_string(), problems),
                },
                Ok(None) => {
                    self.ended = true;
                    self.said.end(&self.name, problems);
                }
                Err(error) => {
                    problems.push(read_problem(self.name.origin(), &error));
                    self.ended = true;
                }
            }
        }
        None
    }
}

impl Source {
    /// The header of the next member, after what is left of the current one is skipped.
    fn header(&mut self) -> io::Result<Option<Header>> {
        let (mut long_name, mut long_size) = (None, None);
        loop {
            self.skip(self.left.saturating_add(self.padding))?;
            let mut block = [0; BLOCK];
            match self.fill(&mut block)? {
                0 => return Ok(None),
                BLOCK => {}
                _ => return Err(truncated()),
            }
            if block.iter().all(|b| *b == 0) {
                return Ok(None);
            }
            if !checksum_fits(&block) {
                return Err(invalid("a header's checksum does not fit: the tar archive is damaged"));
            }
            let size = number(&block[124..136]).ok_or_else(|| invalid("a header's size is no number"))?;
            let kind = block[156];
            self.begin(if matches!(kind, b'1'..=b'6') { 0 } else { size });
            match kind {
                b'L' => long_name = Some(self.text()?),
                b'x' => pax(&self.text()?, &mut long_name, &mut long_size),
                b'g' | b'K' => {}
                _ => {
                    if let Some(size) = long_size {
                        self.begin(size);
                    }
                    let modified = number(&block[136..148]).and_then(|s| i64::try_from(s).ok());
                    let modified = modified.map(|s| Time::new(s, 0, 0));
                    let name = long_name.unwrap_or_else(|| short_name(&block));
                    return Ok(Some(Header { name, kind, modified }));
                }
            }
        }
    }

    fn begin(&mut self, size: u64) {
        (self.left, self.padding) = (size, size.wrapping_neg() % BLOCK as u64);
    }

    /// The whole current member, cut after [`MAX_NAME`].
    fn text(&mut self) -> io::Result<Vec<u8>> {
        let mut text = Vec::new();
        let take = self.left.min(MAX_NAME);
        self.reader.by_ref().take(take).read_to_end(&mut text)?;
        self.left -= text.len() as u64;
        let end = text.iter().rposition(|b| *b != 0).map_or(0, |at| at + 1);
        text.truncate(end);
        Ok(text)
    }

    fn skip(&mut self, bytes: u64) -> io::Result<()> {
        let skipped = io::copy(&mut self.reader.by_ref().take(bytes), &mut io::sink())?;
        // Padding at the very end is often missing.
        if skipped < bytes.saturating_sub(self.padding) { Err(truncated()) } else { Ok(()) }
    }

    fn fill(&mut self, block: &mut [u8]) -> io::Result<usize> {
        let mut filled = 0;
        while filled < block.len() {
            match self.reader.read(&mut block[filled..])? {
                0 => break,
                n => filled += n,
            }
        }
        Ok(filled)
    }
}

fn truncated() -> io::Error {
    io::Error::new(io::ErrorKind::UnexpectedEof, "the tar archive ends in the middle of a member")
}

/// Reads the current member of the archive.
struct Member(Arc<Mutex<Source>>);

impl Read for Member {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut source = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let want = usize::try_from(source.left).unwrap_or(usize::MAX).min(buffer.len());
        if want == 0 || source.broken {
            return Ok(0);
        }
        let result = match source.reader.read(&mut buffer[..want]) {
            Ok(0) => Err(truncated()),
            other => other,
        };
        match &result {
            Ok(n) => source.left -= *n as u64,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => source.broken = true,
        }
        result
    }
}

/// Octal digits, or a big-endian number after a byte 0x80.
fn number(field: &[u8]) -> Option<u64> {
    if field.first() == Some(&0x80) {
        let (high, low) = field.split_last_chunk::<8>().filter(|(high, _)| !high.is_empty())?;
        return high.iter().skip(1).all(|b| *b == 0).then_some(u64::from_be_bytes(*low));
    }
    let digits = field.trim_ascii_start().iter().take_while(|b| !matches!(b, 0 | b' '));
    digits.clone().try_fold(0u64, |n, b| matches!(b, b'0'..=b'7').then(|| n << 3 | u64::from(b - b'0')))
}

/// True if the block is a header: its bytes add up to what it says, its checksum field taken as blanks.
pub(crate) fn checksum_fits(block: &[u8]) -> bool {
    if block.len() < BLOCK {
        return false;
    }
    let sum: u64 = block[..BLOCK].iter().map(|b| u64::from(*b)).sum();
    let field: u64 = block[148..156].iter().map(|b| u64::from(*b)).sum();
    number(&block[148..156]) == Some(sum - field + 8 * u64::from(b' '))
}

/// The name of a header: prefix (in ustar only) and name.
fn short_name(block: &[u8; BLOCK]) -> Vec<u8> {
    let cut = |field: &[u8]| field.iter().copied().take_while(|b| *b != 0).collect::<Vec<_>>();
    let (mut prefix, name) = (cut(&block[345..500]), cut(&block[..100]));
    if prefix.is_empty() || &block[257..263] != b"ustar\0" {
        return name;
    }
    prefix.push(b'/');
    prefix.extend_from_slice(&name);
    prefix
}

/// Takes `path` and `size` from records `LENGTH KEY=VALUE\n`.
fn pax(mut text: &[u8], name: &mut Option<Vec<u8>>, size: &mut Option<u64>) {
    while let Some(blank) = text.iter().position(|b| *b == b' ') {
        let length = std::str::from_utf8(&text[..blank]).ok().and_then(|n| n.parse::<usize>().ok());
        let Some(record) = length.and_then(|length| text.get(blank + 1..length.min(text.len()))) else { return };
        let record = record.strip_suffix(b"\n").unwrap_or(record);
        if let Some(path) = record.strip_prefix(b"path=") {
            *name = Some(path.to_vec());
        } else if let Some(digits) = record.strip_prefix(b"size=") {
            *size = std::str::from_utf8(digits).ok().and_then(|n| n.parse().ok());
        }
        text = text.get(length.unwrap_or(text.len())..).unwrap_or_default();
    }
}
