//! Archives and compressed logs: gzip, zstd, zip and tar, read as streams with constant memory.
//!
//! A compressed file ([`unpack`]) is one log of another size. An archive ([`members`]) gives its members one after the
//! other; a member may be compressed or be an archive itself, [`MAX_ARCHIVES`] deep. Member names are labels only: nothing
//! is ever written to a path that an archive names.
//!
//! Against bombs each argument has one [`Budget`]: it bounds how many bytes may come out of how many went in.

mod tar;
mod zip;

use crate::detect::{self, Container};
use crate::part::{SourceName, Stream};
use crate::problem::Problem;
use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use whodunit_event::Time;

/// An archive may lie in an archive, no deeper.
pub const MAX_ARCHIVES: usize = 2;
/// A log may be compressed this often over (`.gz` in `.gz`).
pub const MAX_LAYERS: usize = 3;
/// Members that are read from one archive.
pub const MAX_MEMBERS: u64 = 1_000_000;
/// How many times more bytes may come out of an argument than went in. Logs pack 10 to 100 times; deflate's limit is 1032.
pub const MAX_RATIO: u64 = 250;
/// Bytes that may come out before [`MAX_RATIO`] counts.
pub const FREE_BYTES: u64 = 64 << 20;
/// Bytes that may come out of one member, whatever went in.
pub const MAX_MEMBER_BYTES: u64 = 256 << 30;
/// A zip inside another archive, or from a pipe, is copied to memory up to this size …
const SPOOL_MEMORY: u64 = 16 << 20;
/// … and to an unnamed temporary file up to this one.
pub const MAX_SPOOL: u64 = 64 << 30;

/// What may still come out of one argument: shared by all its layers and members.
#[derive(Debug, Default)]
pub struct Budget {
    read: AtomicU64,
    unpacked: AtomicU64,
}

impl Budget {
    /// A budget for an argument of which `size` bytes are known to be there; 0 for a pipe.
    pub fn new(size: u64) -> Arc<Self> {
        Arc::new(Self { read: AtomicU64::new(size), unpacked: AtomicU64::new(0) })
    }

    /// Notes bytes that came from a pipe.
    pub fn add_read(&self, bytes: u64) {
        self.read.fetch_add(bytes, Ordering::Relaxed);
    }

    fn unpack(&self, bytes: u64) -> io::Result<()> {
        let unpacked = self.unpacked.fetch_add(bytes, Ordering::Relaxed) + bytes;
        if unpacked > FREE_BYTES && unpacked / MAX_RATIO > self.read.load(Ordering::Relaxed) {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                format!(
                    "unpacks to more than {MAX_RATIO} times its size, as a decompression bomb does; unpack it by hand if it is none"
                ),
            ));
        }
        Ok(())
    }
}

/// Reads what a decompressor gives, within the budget and [`MAX_MEMBER_BYTES`].
struct Limited<R> {
    reader: R,
    budget: Arc<Budget>,
    given: u64,
}

impl<R: Read> Read for Limited<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.reader.read(buffer)?;
        self.given += n as u64;
        if self.given > MAX_MEMBER_BYTES {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "unpacks to more than 256 GiB; unpack it by hand"));
        }
        self.budget.unpack(n as u64)?;
        Ok(n)
    }
}

/// A stream with its first bytes read ahead for recognition.
pub fn stream(
    name: SourceName,
    mut reader: Box<dyn Read + Send>,
    modified: Option<Time>,
) -> Result<Stream, (SourceName, io::Error)> {
    let mut head = Vec::new();
    match reader.by_ref().take(detect::HEAD_BYTES as u64).read_to_end(&mut head) {
        // What a broken archive gives before it breaks is read; the error comes again when it is reached.
        Err(error) if head.is_empty() => Err((name, error)),
        Err(error) => {
            let rest = Failing(Some(error));
            Ok(Stream { name, reader: Box::new(io::Cursor::new(head.clone()).chain(rest)), head, file: None, modified })
        }
        Ok(_) => {
            let reader = Box::new(io::Cursor::new(head.clone()).chain(reader));
            Ok(Stream { name, reader, head, file: None, modified })
        }
    }
}

/// Gives its error once, then the end.
struct Failing(Option<io::Error>);

impl Read for Failing {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        self.0.take().map_or(Ok(0), Err)
    }
}

/// The stream behind a gzip or zstd stream; several members one after the other are one stream.
pub fn unpack(packed: Stream, kind: Container, budget: &Arc<Budget>) -> Result<Stream, (SourceName, io::Error)> {
    let input = BufReader::with_capacity(64 * 1024, packed.reader);
    let reader: Box<dyn Read + Send> = match kind {
        Container::Zstd => Box::new(Limited { reader: Zstd::new(input), budget: budget.clone(), given: 0 }),
        _ => {
            let reader = flate2::bufread::MultiGzDecoder::new(input);
            Box::new(Limited { reader, budget: budget.clone(), given: 0 })
        }
    };
    stream(packed.name, reader, packed.modified)
}

/// Reads zstd frames one after the other.
struct Zstd<R> {
    source: R,
    decoder: FrameDecoder,
    inside: bool,
}

impl<R: BufRead> Zstd<R> {
    fn new(source: R) -> Self {
        Self { source, decoder: FrameDecoder::new(), inside: false }
    }

    /// Begins the next frame, or skips one that holds no data.
    fn begin(&mut self) -> io::Result<()> {
        match self.decoder.init(&mut self.source) {
            Ok(()) => self.inside = true,
            Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame { length, .. })) => {
                io::copy(&mut self.source.by_ref().take(u64::from(length)), &mut io::sink())?;
            }
            Err(error) => return Err(invalid(error)),
        }
        Ok(())
    }

    fn end(&mut self) -> io::Result<()> {
        self.inside = false;
        let (stored, found) = (self.decoder.get_checksum_from_data(), self.decoder.get_calculated_checksum());
        match stored {
            Some(stored) if found != Some(stored) => {
                Err(invalid("the zstd checksum does not fit: the data are damaged"))
            }
            _ => Ok(()),
        }
    }
}

impl<R: BufRead> Read for Zstd<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            if !self.inside {
                if self.source.fill_buf()?.is_empty() {
                    return Ok(0);
                }
                self.begin()?;
            } else if self.decoder.can_collect() > 0 {
                return self.decoder.read(buffer);
            } else if self.decoder.is_finished() {
                self.end()?;
            } else {
                self.decoder.decode_blocks(&mut self.source, BlockDecodingStrategy::UptoBlocks(1)).map_err(invalid)?;
            }
        }
    }
}

fn invalid(error: impl std::fmt::Display) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error.to_string())
}

/// Members of an archive, one after the other.
pub trait Members: Send {
    /// The next member that is a file, `None` at the end. A member that cannot be read is a problem, and the next one is
    /// tried. The stream of the member before is at its end from then on.
    fn next(&mut self, problems: &mut Vec<Problem>) -> Option<Stream>;
}

/// True if `head` begins with the header of a tar archive.
pub fn is_tar(head: &[u8]) -> bool {
    head.first().is_some_and(|b| *b != 0) && tar::checksum_fits(head)
}

/// Opens an archive.
pub fn members(archive: Stream, kind: Container, budget: &Arc<Budget>) -> io::Result<Box<dyn Members>> {
    match kind {
        Container::Zip => {
            let (name, bytes) = (archive.name.clone(), seekable(archive)?);
            Ok(Box::new(zip::Zip::new(name, bytes, budget.clone())))
        }
        _ => Ok(Box::new(tar::Tar::new(archive))),
    }
}

/// Bytes that can be read at any place.
trait ReadAt: Send + Sync {
    /// Reads some bytes at `offset`; 0 at the end.
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize>;
    fn size(&self) -> io::Result<u64>;
}

impl ReadAt for File {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        crate::part::read_at(self, buffer, offset)
    }

    fn size(&self) -> io::Result<u64> {
        Ok(self.metadata()?.len())
    }
}

impl ReadAt for Vec<u8> {
    fn read_at(&self, mut buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let from = usize::try_from(offset).unwrap_or(usize::MAX).min(self.len());
        io::Write::write(&mut buffer, &self[from..])
    }

    fn size(&self) -> io::Result<u64> {
        Ok(self.len() as u64)
    }
}

/// The archive as something to seek in: its file, a copy in memory, or an unnamed temporary file.
fn seekable(mut archive: Stream) -> io::Result<Arc<dyn ReadAt>> {
    if let Some(file) = archive.file {
        return Ok(file);
    }
    let mut copy = Vec::new();
    archive.reader.by_ref().take(SPOOL_MEMORY).read_to_end(&mut copy)?;
    if (copy.len() as u64) < SPOOL_MEMORY {
        return Ok(Arc::new(copy));
    }
    let mut file = tempfile::tempfile()?;
    let copied = io::copy(&mut copy.chain(archive.reader.take(MAX_SPOOL)), &mut file)?;
    if copied > MAX_SPOOL {
        return Err(invalid("a zip of more than 64 GiB inside another archive; unpack it by hand"));
    }
    Ok(Arc::new(file))
}

/// Reads from `at` up to `end`.
struct Slice {
    bytes: Arc<dyn ReadAt>,
    at: u64,
    end: u64,
}

impl Read for Slice {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.end.saturating_sub(self.at)).unwrap_or(usize::MAX).min(buffer.len());
        let n = self.bytes.read_at(&mut buffer[..left], self.at)?;
        self.at += n as u64;
        Ok(n)
    }
}

/// What was said about the members of one archive: a hostile one has a million bad ones.
#[derive(Default)]
struct Said {
    noted: bool,
    lost: u64,
}

/// Members of one archive that are named one by one if they cannot be read.
const MAX_SAID: u64 = 20;

impl Said {
    /// Says that a member cannot be read.
    fn lost(&mut self, member: &SourceName, what: String, problems: &mut Vec<Problem>) {
        self.lost += 1;
        if self.lost <= MAX_SAID {
            problems.push(Problem::loss(member.origin(), what, "unpack the archive by hand and give the file"));
        }
    }

    /// Says at the archive's end how many more there were.
    fn end(&mut self, archive: &SourceName, problems: &mut Vec<Problem>) {
        let more = std::mem::take(&mut self.lost).saturating_sub(MAX_SAID);
        if more > 0 {
            let what = format!("{more} more members cannot be read");
            problems.push(Problem::loss(archive.origin(), what, "unpack the archive by hand"));
        }
    }

    /// The name of a member of `archive`; a name that tries to leave the archive is only a label, but worth a note.
    fn name(&mut self, archive: &SourceName, name: &[u8], problems: &mut Vec<Problem>) -> SourceName {
        let name = String::from_utf8_lossy(name);
        let label = match &archive.member {
            Some(outer) => format!("{outer}/{name}"),
            None => name.to_string(),
        };
        let member = SourceName { file: archive.file.clone(), member: Some(label.into()) };
        let climbs = name.split(['/', '\\']).any(|part| part == "..");
        let outside = climbs || name.starts_with(['/', '\\']) || name.get(1..2) == Some(":");
        if outside && !std::mem::replace(&mut self.noted, true) {
            let what =
                "its name points outside the archive, as in an attack on unpackers; it is only read, not unpacked";
            problems.push(Problem::note(member.origin(), what));
        }
        member
    }
}

/// All members of the archive in `bytes`, unpacked and read to their end: name and size. For tests and fuzzing.
pub fn read_all(bytes: &[u8], problems: &mut Vec<Problem>) -> Vec<(String, u64)> {
    let budget = Budget::new(bytes.len() as u64);
    let reader = Box::new(io::Cursor::new(bytes.to_vec()));
    let name = SourceName { file: "bytes".into(), member: None };
    let mut found = Vec::new();
    if let Ok(stream) = stream(name, reader, None) {
        read_stream(stream, &budget, MAX_ARCHIVES + MAX_LAYERS, &mut found, problems);
    }
    found
}

fn read_stream(
    mut given: Stream,
    budget: &Arc<Budget>,
    deeper: usize,
    found: &mut Vec<(String, u64)>,
    problems: &mut Vec<Problem>,
) {
    let origin = given.name.origin();
    let failed = |error: io::Error| crate::lines::read_problem(origin.clone(), &error);
    match detect::container(&given.head).filter(|_| deeper > 0) {
        Some(kind @ (Container::Zip | Container::Tar)) => match members(given, kind, budget) {
            Ok(mut members) => {
                while let Some(member) = members.next(problems) {
                    read_stream(member, budget, deeper - 1, found, problems);
                }
            }
            Err(error) => problems.push(failed(error)),
        },
        Some(kind @ (Container::Gzip | Container::Zstd)) => match unpack(given, kind, budget) {
            Ok(inner) => read_stream(inner, budget, deeper - 1, found, problems),
            Err((_, error)) => problems.push(failed(error)),
        },
        _ => match io::copy(&mut given.reader, &mut io::sink()) {
            Ok(size) => found.push((given.name.member.as_deref().unwrap_or_default().to_owned(), size)),
            Err(error) => problems.push(failed(error)),
        },
    }
}

#[cfg(test)]
mod tests;
