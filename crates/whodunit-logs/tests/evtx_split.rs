//! The splitter and the prefilter.
#![allow(clippy::unwrap_used)] // a test may fail

mod evtx_common;

use evtx_common::*;
use std::io::{Cursor, Read, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use whodunit_event::{Event, Prefilter};
use whodunit_logs::part::{PART_BYTES, SourceName, Stream};
use whodunit_logs::problem::Severity;
use whodunit_logs::{evtx, scan};

/// Chunks for a bit more than two parts.
fn long_log() -> Vec<u8> {
    let chunks = 2 * (PART_BYTES / CHUNK) as u64 + 3;
    log(&(0..chunks).map(|n| dns_chunk(n * 3 + 1..=n * 3 + 3).finish()).collect::<Vec<_>>())
}

fn stream(log: &[u8], reader: impl Read + Send + 'static) -> Stream {
    let name = SourceName { file: "a.evtx".into(), member: None };
    Stream { name, reader: Box::new(reader), head: log[..log.len().min(4096)].to_vec(), file: None, modified: None }
}

fn read(stream: Stream) -> (Found, usize) {
    let (mut found, mut problems) = (Found::default(), Vec::new());
    let (mut event, mut buffer, mut parts) = (Event::default(), Vec::new(), 0);
    let mut splitter = evtx::split(stream);
    while let Some(part) = splitter.next(&mut problems) {
        parts += 1;
        scan::decode(&part, &mut found, &mut event, &mut buffer, &mut problems, None);
    }
    assert!(splitter.next(&mut Vec::new()).is_none());
    found.problems = problems;
    (found, parts)
}

#[test]
fn a_file_and_a_stream_give_the_same() {
    let log = long_log();
    let (streamed, parts) = read(stream(&log, Cursor::new(log.clone())));
    assert_eq!((streamed.ids(), streamed.messages(), parts), ((1..=57).collect(), vec![], 3));
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(&log).unwrap();
    let (filed, parts) = read(Stream { file: Some(Arc::new(file)), ..stream(&log, std::io::empty()) });
    assert_eq!((filed.ids(), filed.messages(), parts), ((1..=57).collect(), vec![], 3));
    assert_eq!(filed.events[30].origin.to_string(), "a.evtx record 31");
}

/// Gives its bytes, then an error.
struct Broken(Cursor<Vec<u8>>);

impl Read for Broken {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        match self.0.read(buffer)? {
            0 => Err(std::io::Error::other("unexpected end of the archive")),
            n => Ok(n),
        }
    }
}

#[test]
fn a_stream_that_breaks_off_keeps_what_came() {
    let log = long_log();
    let short = log[..FILE_HEAD + PART_BYTES + 5 * CHUNK + 100].to_vec();
    let (found, _) = read(stream(&log, Broken(Cursor::new(short))));
    assert_eq!(found.ids(), (1..=39).collect::<Vec<_>>());
    assert!(found.problems.iter().any(|p| p.severity == Severity::Loss && p.what.contains("unexpected end")));
}

#[test]
fn nothing_behind_the_header() {
    let log = log(&[]);
    assert!(read(stream(&log, Cursor::new(log.clone()))).0.problems.is_empty());
    let (found, parts) = read(stream(&log[..50], Cursor::new(log[..50].to_vec())));
    assert_eq!((found.events.len(), found.problems.len(), parts), (0, 1, 0));
}

/// Answers always alike, and remembers what it was asked.
#[derive(Default)]
struct Asked {
    answer: bool,
    joined: AtomicUsize,
    apart: AtomicUsize,
}

impl Prefilter for Asked {
    fn may_match(&self, _: &[u8], joined: bool) -> bool {
        (if joined { &self.joined } else { &self.apart }).fetch_add(1, Ordering::Relaxed);
        self.answer
    }
}

fn asked(chunk: Chunk) -> (usize, usize) {
    let no = Asked::default();
    assert!(decode_filtered(&log(&[chunk.finish()]), &no).events.is_empty());
    (no.joined.into_inner(), no.apart.into_inner())
}

#[test]
fn sound_chunks_can_be_skipped_and_others_not() {
    let sound = log(&[dns_chunk(1..=3).finish()]);
    assert_eq!(decode_filtered(&sound, &Asked::default()).events.len(), 0);
    assert_eq!(decode_filtered(&sound, &Asked { answer: true, ..Asked::default() }).events.len(), 3);
    for at in [0, 60, 512 + 30] {
        let mut damaged = sound.clone();
        damaged[FILE_HEAD + at] ^= 1;
        assert!(!decode_filtered(&damaged, &Asked::default()).events.is_empty(), "byte {at}");
    }
}

/// A record whose event data are what `write` makes of value 0.
fn custom(write: impl Fn(&mut Chunk)) -> Chunk {
    let mut chunk = dns_chunk([1]);
    chunk.event_with(
        2,
        "Nobody",
        1,
        xml(|c| {
            c.header();
            c.inline_instance(
                |c| {
                    c.open("EventData", false);
                    c.close_start();
                    c.open("Data", false);
                    c.close_start();
                    write(c);
                    c.end();
                    c.end();
                },
                &[s("text")],
            );
            c.eof();
        }),
    );
    chunk
}

#[test]
fn chunks_that_join_texts_say_so() {
    assert_eq!(asked(dns_chunk(1..=3)), (0, 1));
    assert_eq!(asked(custom(|c| c.value(0))), (0, 1));
    assert_eq!(asked(custom(|c| c.cdata("x"))), (0, 1));
    let joins: [&dyn Fn(&mut Chunk); 5] = [
        &|c| {
            c.text("a");
            c.value(0);
        },
        &|c| {
            c.value(0);
            c.value(0);
        },
        &|c| c.entity("amp"),
        &|c| c.char_ref(65),
        &|c| {
            c.value(0);
            c.open("b", false);
            c.close_empty();
            c.value(0);
        },
    ];
    for join in joins {
        assert_eq!(asked(custom(join)), (1, 0));
    }
    let mut loose = Chunk::default();
    loose.event_with(
        1,
        "Nobody",
        1,
        xml(|c| {
            c.header();
            c.open("EventData", false);
            c.close_empty();
            c.eof();
        }),
    );
    assert_eq!(asked(loose), (1, 0));
}
