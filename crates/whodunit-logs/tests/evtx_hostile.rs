//! Damaged and hostile logs: what can be read is read, what cannot is said, and nothing hangs or panics.
#![allow(clippy::unwrap_used)] // a test may fail

mod evtx_common;

use evtx_common::*;
use std::time::{Duration, Instant};
use whodunit_logs::problem::Severity;

fn sound_log() -> Vec<u8> {
    log(&[dns_chunk(1..=40).finish(), dns_chunk(41..=80).finish()])
}

/// Puts both checksums right after a change.
fn mend(log: &mut [u8], chunk: usize) {
    let bytes = &mut log[FILE_HEAD + chunk * CHUNK..][..CHUNK];
    let free = u32::from_le_bytes(bytes[48..52].try_into().unwrap()) as usize;
    let sum = crc32fast::hash(&bytes[512..free]);
    bytes[52..56].copy_from_slice(&sum.to_le_bytes());
    let sum = crc32fast::hash(&[&bytes[..120], &bytes[128..512]].concat());
    bytes[124..128].copy_from_slice(&sum.to_le_bytes());
}

/// One loss, with what it says.
fn one_loss(found: &Found) -> &str {
    assert_eq!(found.problems.len(), 1, "{:?}", found.messages());
    assert_eq!(found.problems[0].severity, Severity::Loss);
    assert!(!found.problems[0].remedy.is_empty());
    &found.problems[0].what
}

#[test]
fn cut_anywhere() {
    let whole = sound_log();
    let mut most = 0;
    for at in (0..whole.len()).step_by(4096) {
        let found = decode(&whole[..at]);
        assert!(found.events.len() >= most && found.ids().is_sorted(), "cut at {at}");
        most = found.events.len();
    }
    assert_eq!(most, 80);
}

#[test]
fn cut_in_a_record_keeps_those_before() {
    let mut chunk = dns_chunk(1..=10);
    let at = dns(&mut chunk, 11);
    let found = decode(&log(&[chunk.finish()])[..FILE_HEAD + at + 60]);
    assert_eq!(found.ids()[..10], (1..=10).collect::<Vec<_>>());
    let what = one_loss(&found);
    assert!(what.starts_with("the log ends inside this chunk; 10 records read"), "{what}");
    assert_eq!(found.problems[0].origin.offset, Some(FILE_HEAD as u64));
}

#[test]
fn any_flipped_bits() {
    let whole = sound_log();
    let mut random = Random(1);
    let (mut saved, mut rounds) = (0, 0);
    for _ in 0..300 {
        let mut log = whole.clone();
        for _ in 0..20 {
            let at = FILE_HEAD + random.below(2 * CHUNK);
            log[at] ^= 1 << random.below(8);
        }
        saved += decode(&log).events.len();
        rounds += 1;
    }
    assert!(saved > rounds * 80 * 9 / 10, "{saved} of {}", rounds * 80);
}

#[test]
fn every_byte_of_a_record_overwritten() {
    let mut chunk = Chunk::default();
    let from = dns(&mut chunk, 1);
    let to = dns(&mut chunk, 2);
    dns(&mut chunk, 3);
    let whole = log(&[chunk.finish()]);
    for at in from..to {
        for byte in [0x00, 0x01, 0x0c, 0x41, 0x7f, 0xff] {
            let mut log = whole.clone();
            log[FILE_HEAD + at] = byte;
            for mended in [false, true] {
                if mended {
                    mend(&mut log, 0);
                }
                let found = decode(&log);
                assert!(found.events.len() <= 4, "{at} {byte}");
                // The templates lie in the first record; its head and its values do not matter to the others.
                let values = at < from + 24;
                assert!(!values || found.ids().ends_with(&[2, 3]), "{at} {byte}: {:?}", found.ids());
            }
        }
    }
}

#[test]
fn a_damaged_head_of_a_record_costs_that_record_at_most() {
    for (what, at, bytes) in [
        ("signature", 0, &[0xff; 4][..]),
        ("size of 2 GiB", 4, &[0xff, 0xff, 0xff, 0x7f]),
        ("size too small", 4, &[1, 0, 0, 0]),
        ("both", 0, &[0xee; 8]),
    ] {
        let mut chunk = dns_chunk(1..=5);
        let place = dns(&mut chunk, 6);
        let mut bytes_of = dns_chunk_after(chunk, 7..=9).finish();
        bytes_of[place + at..place + at + bytes.len()].copy_from_slice(bytes);
        let found = decode(&log(&[bytes_of]));
        let others: Vec<_> = found.ids().into_iter().filter(|id| *id != 6).collect();
        assert_eq!(others, [1, 2, 3, 4, 5, 7, 8, 9], "{what}");
        assert_eq!(found.problems.len(), 1, "{what}: {:?}", found.messages());
        if what != "both" {
            assert!(found.ids().contains(&6), "{what}");
        }
    }
}

fn dns_chunk_after(mut chunk: Chunk, ids: impl IntoIterator<Item = u64>) -> Chunk {
    for id in ids {
        dns(&mut chunk, id);
    }
    chunk
}

#[test]
fn an_altered_value_is_told_and_read() {
    let mut chunk = dns_chunk(1..=3);
    let last = dns(&mut chunk, 4);
    let mut bytes = chunk.finish();
    let name = memchr::memmem::find(&bytes[last..], &utf16("host4")).unwrap() + last;
    bytes[name] = b'g';
    let found = decode(&log(&[bytes]));
    assert_eq!(found.ids(), [1, 2, 3, 4]);
    assert_eq!(found.events[3].get("QueryName"), Some("gost4.example.org"));
    assert_eq!(found.problems[0].severity, Severity::Note);
    assert!(found.problems[0].what.contains("checksum"), "{:?}", found.messages());
}

#[test]
fn records_left_over_behind_the_end_are_no_events() {
    let mut old = dns_chunk(1..=9);
    let at = dns(&mut old, 10);
    let left_over = old.bytes[at..].to_vec();
    assert_eq!(decode(&log(&[dns_chunk(20..=22).finish_with(&left_over)])).ids(), [20, 21, 22]);
    // With a damaged header the end is not known: ids that do not rise are not believed.
    let mut bytes = dns_chunk(20..=22).finish_with(&left_over);
    bytes[48] ^= 0xff;
    let found = decode(&log(&[bytes]));
    assert_eq!(found.ids(), [20, 21, 22]);
    assert!(one_loss(&found).starts_with("a chunk's header is damaged; 3 records read"), "{:?}", found.messages());
    // Where a record ends at the offset that the header names, that is the end all the same.
    let mut newer = dns_chunk(1..=29);
    let at = dns(&mut newer, 30);
    let left_over = newer.bytes[at..].to_vec();
    let mut bytes = dns_chunk(20..=22).finish_with(&left_over);
    bytes[300] ^= 0xff;
    assert_eq!(decode(&log(&[bytes])).ids(), [20, 21, 22]);
}

#[test]
fn headers_do_not_matter_to_the_records() {
    for (from, to) in [(0, 8), (0, 128), (128, 512), (0, 512)] {
        let mut bytes = dns_chunk(1..=5).finish();
        bytes[from..to].fill(0xaa);
        let found = decode(&log(&[bytes, dns_chunk(6..=7).finish()]));
        assert_eq!(found.ids(), [1, 2, 3, 4, 5, 6, 7]);
        one_loss(&found);
    }
    let mut whole = sound_log();
    whole[16..120].fill(0xaa);
    assert_eq!(decode(&whole).events.len(), 80);
    let mut dirty = sound_log();
    dirty[120] = 1;
    let found = decode(&dirty);
    assert_eq!((found.events.len(), found.problems.len()), (80, 1));
    assert_eq!(found.problems[0].severity, Severity::Note);
}

#[test]
fn unused_chunks_are_nothing_to_tell_and_junk_is() {
    let found = decode(&log(&[dns_chunk(1..=2).finish(), vec![0; CHUNK]]));
    assert_eq!((found.events.len(), found.messages()), (2, vec![]));
    let found = decode(&log(&[vec![0x2a; CHUNK], dns_chunk(1..=2).finish()]));
    assert_eq!(found.events.len(), 2);
    assert!(one_loss(&found).starts_with("no chunk where one should be"));
}

#[test]
fn an_unknown_template_costs_its_record() {
    let mut chunk = dns_chunk(1..=2);
    chunk.record(3, |c| {
        c.header();
        c.instance(0xffff_fff0, &[s("x")]);
        c.eof();
    });
    let found = decode(&log(&[dns_chunk_after(chunk, 4..=5).finish()]));
    assert_eq!(found.ids(), [1, 2, 4, 5]);
    let what = one_loss(&found);
    assert!(what.contains("4 records read, 1 lost; first at "), "{what}");
}

#[test]
fn values_past_the_end_leave_those_before() {
    let mut chunk = Chunk::default();
    let at = chunk.event(1, "Nobody", 1, &[("A", s("first")), ("B", s("second"))]);
    let mut bytes = chunk.finish();
    let value = memchr::memmem::find(&bytes[at..], &utf16("second")).unwrap() + at;
    // Size of value B: four bytes before the data of A.
    let size = value - "first".len() * 2 - 4;
    assert_eq!(bytes[size], 12);
    bytes[size + 1] = 0xff;
    let found = decode(&log(&[bytes]));
    assert_eq!(fields(&found.events[0]), ["A=first", "B="]);
    assert!(one_loss(&found).contains("0 records read, 1 in part"), "{:?}", found.messages());
}

#[test]
fn text_that_is_no_utf16_is_replaced() {
    let mut chunk = Chunk::default();
    let broken = V::Plain(1, vec![0x41, 0, 0, 0xd8, 0x42, 0, 0x43]);
    chunk.event(1, "Nobody", 1, &[("A", broken)]);
    assert_eq!(fields(&decode(&log(&[chunk.finish()])).events[0]), ["A=A\u{fffd}B\u{fffd}"]);
}

/// Decodes within a time that leaves no room for exponential work.
fn decode_soon(chunk: Chunk) -> Found {
    let start = Instant::now();
    let found = decode(&log(&[chunk.finish()]));
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
    found
}

#[test]
fn a_template_that_holds_itself_ends() {
    let mut chunk = dns_chunk([1]);
    chunk.record(2, |c| {
        c.header();
        c.inline_instance(
            |c| {
                c.open("EventData", false);
                c.close_start();
                let definition = memchr::memmem::rfind(&c.bytes, &[7; 16]).unwrap() - 4;
                c.instance(definition, &[]);
                c.instance(definition, &[]);
                c.end();
            },
            &[],
        );
        c.eof();
    });
    let found = decode_soon(chunk);
    assert_eq!(found.ids(), [1]);
    assert!(one_loss(&found).contains("nested too deeply"), "{:?}", found.messages());
}

/// A value that holds a template instance whose template repeats its only value many times, and so on.
fn bomb(c: &mut Chunk, levels: usize) {
    c.header();
    let repeat = |c: &mut Chunk| {
        c.open("EventData", false);
        c.close_start();
        (0..500).for_each(|_| c.value(0));
        (0..500).for_each(|_| c.element("a", 0));
        c.end();
    };
    if levels == 0 {
        c.inline_instance(repeat, &[s(&"x".repeat(500))]);
    } else {
        c.inline_instance(repeat, &[xml(|c| bomb(c, levels - 1))]);
    }
    c.eof();
}

#[test]
fn values_that_repeat_themselves_are_cut_off() {
    let mut chunk = Chunk::default();
    chunk.event(1, "Nobody", 1, &[("A", s("a"))]);
    let mut first = None;
    for id in 2..40 {
        if chunk.bytes.len() < 30_000 {
            first.get_or_insert(id);
            chunk.record(id, |c| bomb(c, 1));
        }
    }
    let found = decode_soon(chunk);
    assert_eq!(found.ids()[0], 1);
    assert!(one_loss(&found).contains("expands to too much"), "{:?}", found.messages());
    assert!(found.events.iter().all(|e| e.fields().map(|(_, _, v)| e.bytes(v).len()).sum::<usize>() <= 8 << 20));
}

#[test]
fn thousands_of_equal_names_are_cheap() {
    let mut chunk = Chunk::default();
    chunk.event(1, "Nobody", 1, &[("", strings(&[""; 15_000]))]);
    let found = decode_soon(chunk);
    assert_eq!((found.events[0].field_count(), found.messages()), (15_000, vec![]));
    let mut chunk = Chunk::default();
    chunk.event_with(
        1,
        "Nobody",
        1,
        xml(|c| {
            c.header();
            c.open("EventData", false);
            c.close_start();
            for _ in 0..1500 {
                c.open("a", false);
                c.close_empty();
            }
            c.end();
        }),
    );
    let found = decode_soon(chunk);
    assert_eq!(found.events[0].field_count(), 1500);
}

#[test]
fn elements_in_elements_end() {
    let mut chunk = dns_chunk([1]);
    chunk.record(2, |c| {
        c.header();
        (0..1000).for_each(|_| {
            c.open("a", false);
            c.close_start();
        });
        (0..1000).for_each(|_| c.end());
        c.eof();
    });
    let found = decode_soon(chunk);
    assert!(one_loss(&found).contains("nested too deeply"), "{:?}", found.messages());
}
