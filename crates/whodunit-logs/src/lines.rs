//! Lines of text: what every line-based format shares.
//!
//! [`LineSplitter`] cuts a text log into parts of whole lines, [`lines`] walks over the lines of one part, and
//! [`to_utf8`] turns UTF-16 into UTF-8 before anything else looks at a text ([`crate::input`] does so for every log, so
//! that readers of text formats see UTF-8 without byte order mark).

use crate::part::{Decoder, PART_BYTES, Part, Splitter, Stream};
use crate::problem::Problem;
use crate::reading::Reading;
use memchr::{memchr, memchr_iter, memrchr};
use std::io::{self, Read};
use std::sync::Arc;

/// The longest line that is read; a longer one is skipped with a problem.
pub const MAX_LINE: usize = 16 * 1024 * 1024;

/// Cuts a text log into parts of about [`PART_BYTES`] that end at line ends.
///
/// Holds at most one line and one part. A last line without line end counts. Reading ends at the first read error,
/// which becomes a problem; what came before it stands.
pub struct LineSplitter {
    log: Reading,
    /// The begin of a line whose end is not read yet.
    rest: Vec<u8>,
}

impl LineSplitter {
    /// Cuts `stream` into parts for `decoder`.
    pub fn new(stream: Stream, decoder: Arc<dyn Decoder>) -> Self {
        Self { log: Reading::new(stream, decoder), rest: Vec::new() }
    }

    /// Reads on; an error becomes a problem of the line that it broke.
    fn fill(&mut self, buffer: &mut Vec<u8>, problems: &mut Vec<Problem>) {
        if let Err(error) = self.log.fill(buffer) {
            let mut origin = self.log.source.origin();
            origin.line = Some(self.log.line + memchr_iter(b'\n', buffer).count() as u64);
            problems.push(read_problem(origin, &error));
        }
    }

    /// Drops a line that is too long, up to its line end, and says so.
    fn skip_long_line(&mut self, buffer: &mut Vec<u8>, problems: &mut Vec<Problem>) {
        problems.push(Problem::loss(
            self.log.origin(),
            format!("a line longer than {} MiB is skipped", MAX_LINE >> 20),
            "check whether this is a text log; reading goes on at the next line end",
        ));
        loop {
            if let Some(end) = memchr(b'\n', buffer) {
                self.log.offset += end as u64 + 1;
                self.log.line += 1;
                buffer.drain(..=end);
                return;
            }
            self.log.offset += buffer.len() as u64;
            buffer.clear();
            if self.log.ended {
                return;
            }
            self.fill(buffer, problems);
        }
    }
}

impl Splitter for LineSplitter {
    fn next(&mut self, problems: &mut Vec<Problem>) -> Option<Part> {
        let mut buffer = std::mem::take(&mut self.rest);
        buffer.reserve_exact(PART_BYTES);
        loop {
            if self.log.ended {
                return (!buffer.is_empty()).then(|| self.log.part(buffer));
            }
            self.fill(&mut buffer, problems);
            if let Some(end) = memrchr(b'\n', &buffer) {
                self.rest = buffer[end + 1..].to_vec();
                buffer.truncate(end + 1);
                return Some(self.log.part(buffer));
            }
            if buffer.len() > MAX_LINE {
                self.skip_long_line(&mut buffer, problems);
            }
        }
    }
}

/// The problem of a read error in the middle of a log.
pub fn read_problem(origin: whodunit_event::Origin, error: &io::Error) -> Problem {
    Problem::loss(origin, format!("cannot be read further: {error}"), "what comes before this place was read")
}

/// One line of a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line<'a> {
    /// Number in the log, from 1.
    pub number: u64,
    /// Offset of its first byte in the log; in UTF-16 logs, in their UTF-8 form.
    pub offset: u64,
    /// Its bytes without line end, and without NUL bytes around it (a crash leaves blocks of them in logs).
    pub bytes: &'a [u8],
}

/// The lines of a part; empty ones too, so that numbers stay true.
pub fn lines<'a>(part: &Part, bytes: &'a [u8]) -> Lines<'a> {
    Lines::new(bytes, part.line, part.offset)
}

/// Iterator of [`lines`].
#[derive(Clone, Debug)]
pub struct Lines<'a> {
    bytes: &'a [u8],
    number: u64,
    offset: u64,
}

impl<'a> Lines<'a> {
    /// The lines of bytes whose first line has this number and offset.
    pub fn new(bytes: &'a [u8], number: u64, offset: u64) -> Self {
        Self { bytes, number, offset }
    }
}

impl<'a> Iterator for Lines<'a> {
    type Item = Line<'a>;

    fn next(&mut self) -> Option<Line<'a>> {
        if self.bytes.is_empty() {
            return None;
        }
        let end = memchr(b'\n', self.bytes).unwrap_or(self.bytes.len());
        let (line, rest) = self.bytes.split_at(end);
        let skipped = line.iter().take_while(|b| **b == 0).count();
        let found =
            Line { number: self.number, offset: self.offset + skipped as u64, bytes: trim_end(&line[skipped..]) };
        self.bytes = rest.get(1..).unwrap_or_default();
        self.number += 1;
        self.offset += end as u64 + 1;
        Some(found)
    }
}

fn trim_end(line: &[u8]) -> &[u8] {
    let end = line.iter().rposition(|b| !matches!(b, 0 | b'\r')).map_or(0, |at| at + 1);
    &line[..end]
}

/// How a text's characters lie in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Encoding {
    Utf8,
    Utf16 { big: bool },
}

/// The stream as UTF-8 without byte order mark, if its head shows a text in UTF-16 or a mark; unchanged otherwise.
///
/// UTF-16 is known by its mark, or by a zero byte beside each of the first ASCII characters.
pub fn to_utf8(mut stream: Stream) -> Stream {
    let (encoding, mark) = encoding(&stream.head);
    if encoding == Encoding::Utf8 && mark == 0 {
        return stream;
    }
    stream.head.drain(..mark);
    stream.file = None;
    stream.reader = Box::new(SkipMark { reader: stream.reader, left: mark });
    if let Encoding::Utf16 { big } = encoding {
        let mut head = Vec::new();
        // The head is in memory: reading it cannot fail.
        let _ = Utf16Reader::new(&stream.head[..stream.head.len() & !1], big).read_to_end(&mut head);
        stream.head = head;
        stream.reader = Box::new(Utf16Reader::new(stream.reader, big));
    }
    stream
}

fn encoding(head: &[u8]) -> (Encoding, usize) {
    match head {
        [0xef, 0xbb, 0xbf, ..] => (Encoding::Utf8, 3),
        [0xff, 0xfe, ..] => (Encoding::Utf16 { big: false }, 2),
        [0xfe, 0xff, ..] => (Encoding::Utf16 { big: true }, 2),
        _ if zeros(head, 1) => (Encoding::Utf16 { big: false }, 0),
        _ if zeros(head, 0) => (Encoding::Utf16 { big: true }, 0),
        _ => (Encoding::Utf8, 0),
    }
}

/// True if the first pairs of bytes are printable ASCII with a zero at place `zero`.
fn zeros(head: &[u8], zero: usize) -> bool {
    let printable = |b: u8| matches!(b, b'\t' | b'\r' | b'\n' | 0x20..=0x7e);
    head.len() >= 8 && head.chunks_exact(2).take(8).all(|pair| pair[zero] == 0 && printable(pair[1 - zero]))
}

struct SkipMark {
    reader: Box<dyn Read + Send>,
    left: usize,
}

impl Read for SkipMark {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.left > 0 {
            io::copy(&mut self.reader.by_ref().take(self.left as u64), &mut io::sink())?;
            self.left = 0;
        }
        self.reader.read(buffer)
    }
}

/// Reads UTF-16 as UTF-8; what is no character reads as U+FFFD.
struct Utf16Reader<R> {
    reader: R,
    big: bool,
    input: Vec<u8>,
    /// Text that is not handed out yet, and how far it was.
    text: String,
    given: usize,
    ended: bool,
}

const UTF16_BYTES: u64 = 64 * 1024;

impl<R: Read> Utf16Reader<R> {
    fn new(reader: R, big: bool) -> Self {
        Self { reader, big, input: Vec::new(), text: String::new(), given: 0, ended: false }
    }

    fn fill(&mut self) -> io::Result<()> {
        (self.given, self.ended) = (0, self.reader.by_ref().take(UTF16_BYTES).read_to_end(&mut self.input)? == 0);
        self.text.clear();
        let used = self.usable();
        let big = self.big;
        let units = self.input[..used].chunks_exact(2).map(|b| unit([b[0], b[1]], big));
        self.text.extend(char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)));
        self.input.drain(..used);
        if self.ended && !self.input.is_empty() {
            self.text.push(char::REPLACEMENT_CHARACTER);
            self.input.clear();
        }
        Ok(())
    }

    /// Bytes of whole units, without a high surrogate at the end whose other half is still to come.
    fn usable(&self) -> usize {
        let whole = self.input.len() & !1;
        let last = self.input[..whole].last_chunk::<2>().map(|b| unit(*b, self.big));
        match last {
            Some(0xd800..=0xdbff) if !self.ended => whole - 2,
            _ => whole,
        }
    }
}

fn unit(bytes: [u8; 2], big: bool) -> u16 {
    if big { u16::from_be_bytes(bytes) } else { u16::from_le_bytes(bytes) }
}

impl<R: Read> Read for Utf16Reader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.given == self.text.len() && !self.ended {
            self.fill()?;
        }
        let ready = &self.text.as_bytes()[self.given..];
        let n = ready.len().min(buffer.len());
        buffer[..n].copy_from_slice(&ready[..n]);
        self.given += n;
        Ok(n)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::part::Output;
    use crate::part::{Body, SourceName};

    #[derive(Debug)]
    struct Nothing;

    impl Decoder for Nothing {
        fn decode(&self, _: &Part, _: &[u8], _: &mut Output<'_>) {}
    }

    fn stream(bytes: &[u8]) -> Stream {
        Stream {
            name: SourceName { file: "t".into(), member: None },
            reader: Box::new(io::Cursor::new(bytes.to_vec())),
            head: bytes[..bytes.len().min(crate::detect::HEAD_BYTES)].to_vec(),
            file: None,
            modified: None,
        }
    }

    /// All lines as the parts give them: number, offset, text.
    fn read(bytes: &[u8]) -> (Vec<(u64, u64, String)>, Vec<Problem>) {
        let mut splitter = LineSplitter::new(to_utf8(stream(bytes)), Arc::new(Nothing));
        let (mut found, mut problems) = (Vec::new(), Vec::new());
        while let Some(part) = splitter.next(&mut problems) {
            let Body::Bytes(body) = &part.body else { panic!("bytes expected") };
            found.extend(
                lines(&part, body).map(|l| (l.number, l.offset, String::from_utf8_lossy(l.bytes).into_owned())),
            );
        }
        (found, problems)
    }

    fn texts(bytes: &[u8]) -> Vec<String> {
        read(bytes).0.into_iter().map(|(_, _, text)| text).collect()
    }

    #[test]
    fn line_ends_nuls_and_the_last_line() {
        let (found, problems) = read(b"one\r\n\n\0\0three\0\nfour");
        let expect = [(1, 0, "one"), (2, 5, ""), (3, 8, "three"), (4, 15, "four")];
        assert_eq!(found, expect.map(|(n, o, t)| (n, o, t.to_owned())));
        assert_eq!(problems, []);
        assert_eq!(texts(b""), [""; 0]);
    }

    #[test]
    fn numbers_and_offsets_go_on_over_parts() {
        let text: String = (1..200_001).map(|n| format!("line {n}\n")).collect();
        let (found, _) = read(text.as_bytes());
        assert_eq!(found.len(), 200_000);
        for (number, offset, line) in found {
            assert_eq!(line, format!("line {number}"));
            assert!(text[offset as usize..].starts_with(&line));
        }
    }

    #[test]
    fn a_line_over_the_bound_is_skipped_and_said() {
        let mut text = b"first\n".to_vec();
        text.resize(text.len() + MAX_LINE + 3 * PART_BYTES, b'x');
        text.extend_from_slice(b"\nlast\n");
        let (found, problems) = read(&text);
        assert_eq!(found, [(1, 0, "first".to_owned()), (3, text.len() as u64 - 5, "last".to_owned())]);
        assert_eq!((problems.len(), problems[0].origin.line), (1, Some(2)));
    }

    #[test]
    fn utf16_with_and_without_mark_and_utf8_mark() {
        let text = "größe 名前 🦀 and more\nzwei\n";
        let units =
            |big: bool| text.encode_utf16().flat_map(move |u| if big { u.to_be_bytes() } else { u.to_le_bytes() });
        let expect = ["größe 名前 🦀 and more", "zwei"];
        assert_eq!(texts(&[0xff, 0xfe].into_iter().chain(units(false)).collect::<Vec<_>>()), expect);
        assert_eq!(texts(&[0xfe, 0xff].into_iter().chain(units(true)).collect::<Vec<_>>()), expect);
        assert_eq!(texts(&[&[0xef, 0xbb, 0xbf], text.as_bytes()].concat()), expect);
        let plain: Vec<u8> = "<Events>\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(texts(&plain), ["<Events>"]);
    }

    #[test]
    fn utf16_pairs_over_block_borders_and_odd_ends() {
        let text = format!("x{}\n", "🦀".repeat(100_000));
        let mut bytes = vec![0xff, 0xfe];
        bytes.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
        assert_eq!(texts(&bytes), [text.trim_end()]);
        assert_eq!(texts(&[0xff, 0xfe, b'a', 0, b'b']), ["a\u{fffd}"]);
    }
}
