use super::*;
use crate::problem::Severity;
use std::io::Write;

/// One member of an archive to be made: name, bytes, whether deflated.
type Made<'a> = (&'a str, &'a [u8], bool);

fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut out = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::default());
    out.write_all(bytes).unwrap();
    out.finish().unwrap()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    out.write_all(bytes).unwrap();
    out.finish().unwrap()
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    ruzstd::encoding::compress_to_vec(bytes, ruzstd::encoding::CompressionLevel::Fastest)
}

fn crc(bytes: &[u8]) -> u32 {
    let mut crc = flate2::Crc::new();
    crc.update(bytes);
    crc.sum()
}

fn zip(members: &[Made<'_>]) -> Vec<u8> {
    let (mut out, mut directory) = (Vec::new(), Vec::new());
    for (name, bytes, packed) in members {
        let data = if *packed { deflate(bytes) } else { bytes.to_vec() };
        let mut common = vec![20, 0, 0, 0, if *packed { 8 } else { 0 }, 0, 0, 0, 0x21, 0];
        for n in [crc(bytes), data.len() as u32, bytes.len() as u32] {
            common.extend_from_slice(&n.to_le_bytes());
        }
        common.extend_from_slice(&(name.len() as u16).to_le_bytes());
        common.extend_from_slice(&[0, 0]);
        directory.extend_from_slice(b"PK\x01\x02\x14\0");
        directory.extend_from_slice(&common);
        directory.extend_from_slice(&[0; 10]);
        directory.extend_from_slice(&(out.len() as u32).to_le_bytes());
        directory.extend_from_slice(name.as_bytes());
        out.extend_from_slice(b"PK\x03\x04");
        out.extend_from_slice(&common);
        out.extend_from_slice(name.as_bytes());
        out.extend_from_slice(&data);
    }
    let at = out.len() as u32;
    out.extend_from_slice(&directory);
    out.extend_from_slice(b"PK\x05\x06\0\0\0\0");
    out.extend_from_slice(&[(members.len() as u16).to_le_bytes(), (members.len() as u16).to_le_bytes()].concat());
    out.extend_from_slice(&(directory.len() as u32).to_le_bytes());
    out.extend_from_slice(&at.to_le_bytes());
    out.extend_from_slice(&[0, 0]);
    out
}

fn tar_header(name: &[u8], size: usize, kind: u8) -> Vec<u8> {
    let mut block = vec![0; 512];
    block[..name.len()].copy_from_slice(name);
    block[124..136].copy_from_slice(format!("{size:011o}\0").as_bytes());
    block[136..148].copy_from_slice(b"14000000000\0");
    block[156] = kind;
    block[257..263].copy_from_slice(b"ustar\0");
    block[148..156].fill(b' ');
    let sum: u32 = block.iter().map(|b| u32::from(*b)).sum();
    block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    block
}

fn tar_member(name: &[u8], bytes: &[u8], kind: u8) -> Vec<u8> {
    let mut out = tar_header(name, bytes.len(), kind);
    out.extend_from_slice(bytes);
    out.resize(out.len().next_multiple_of(512), 0);
    out
}

fn tar(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut out: Vec<u8> = members.iter().flat_map(|(name, bytes)| tar_member(name.as_bytes(), bytes, b'0')).collect();
    out.resize(out.len() + 1024, 0);
    out
}

/// Names and sizes found, and the problems in words.
fn read(bytes: &[u8]) -> (Vec<(String, u64)>, Vec<String>) {
    let mut problems = Vec::new();
    let found = read_all(bytes, &mut problems);
    (found, problems.iter().map(|p| format!("{:?} {p}", p.severity)).collect())
}

fn expect(bytes: &[u8], members: &[(&str, u64)]) {
    let members: Vec<_> = members.iter().map(|(n, s)| ((*n).to_owned(), *s)).collect();
    assert_eq!(read(bytes), (members, vec![]));
}

#[test]
fn gzip_and_zstd_with_several_members() {
    let text = b"some text ".repeat(10_000);
    expect(&[gzip(&text), gzip(&text)].concat(), &[("", 200_000)]);
    expect(&[zstd(&text), b"\x50\x2a\x4d\x18\x03\0\0\0abc".to_vec(), zstd(b"more")].concat(), &[("", 100_004)]);
}

#[test]
fn zip_stored_deflated_empty_and_folders() {
    let text = b"some text ".repeat(10_000);
    let made = zip(&[("dir/", b"", false), ("dir/a", &text, true), ("b", &text, false), ("empty", b"", false)]);
    let members = [("dir/a", 100_000), ("b", 100_000), ("empty", 0)];
    expect(&made, &members);
    expect(&[b"PK\x03\x04 stub that is no header ".to_vec(), made].concat(), &members);
    expect(&zip(&[]), &[]);
}

#[test]
fn tar_with_long_names_links_and_padding() {
    let long = "d/".repeat(90) + "name";
    let made = [
        tar_member(b"././@LongLink", long.as_bytes(), b'L'),
        tar_member(b"short", b"12345", b'0'),
        tar_member(b"link", b"", b'2'),
        tar_member(b"pax", b"28 path=logs/g\xc3\xb6\xc3\x9fe.json\n", b'x'),
        tar_member(b"x", &[7; 513], b'0'),
        vec![0; 1024],
    ]
    .concat();
    expect(&made, &[(&long, 5), ("logs/göße.json", 513)]);
    expect(&made[..made.len() - 1024 - 511], &[(&long, 5), ("logs/göße.json", 513)]);
}

#[test]
fn archives_in_archives() {
    let text = b"text".as_slice();
    let inner = tar(&[("a.json", text)]);
    expect(&gzip(&inner), &[("a.json", 4)]);
    expect(&zip(&[("in.tar.gz", &gzip(&inner), false)]), &[("in.tar.gz/a.json", 4)]);
    expect(&tar(&[("in.zip", &zip(&[("b.gz", &gzip(text), true)]))]), &[("in.zip/b.gz", 4)]);
}

#[test]
fn names_that_climb_are_noted_and_read() {
    for name in ["../../etc/passwd", "/etc/passwd", "C:\\x", "a\\..\\b"] {
        let (found, problems) = read(&zip(&[(name, b"1", false)]));
        assert_eq!(found, [(name.to_owned(), 1)]);
        assert!(problems[0].starts_with("Note") && problems[0].contains("outside the archive"), "{problems:?}");
    }
}

#[test]
fn every_cut_gives_what_is_there_and_says_so() {
    let text = b"0123456789abcdef".repeat(40);
    for made in [
        gzip(&text),
        zip(&[("a", &text, true), ("b", &text, false)]),
        tar(&[("a", &text), ("b", &text)])[..2304].to_vec(),
    ] {
        for cut in 11..made.len() {
            let (found, problems) = read(&made[..cut]);
            // A tar may end behind a member, with or without its padding; its begin alone is no tar.
            let tar = is_tar(&made);
            let whole = tar && ((1152..=1536).contains(&cut) || cut < 512);
            assert!(whole || problems.iter().any(|p| p.starts_with("Loss")), "{cut} {found:?}");
        }
    }
}

#[test]
fn flipped_bits_never_hang_or_panic() {
    let text = b"0123456789abcdef".repeat(40);
    for made in [gzip(&text), zstd(&text), zip(&[("a", &text, true), ("b", &text, false)]), tar(&[("a", &text)])] {
        for at in 0..made.len() {
            let mut broken = made.clone();
            broken[at] ^= 0xff;
            read(&broken);
        }
    }
}

#[test]
fn damage_encryption_and_foreign_methods_name_the_member() {
    let text = b"0123456789abcdef".repeat(40);
    let made = zip(&[("a", &text, false), ("b", b"2", false)]);
    for (at, byte, word) in [(50, b'x', "checksum"), (6, 1, "encrypted"), (8, 12, "bzip2")] {
        let mut broken = made.clone();
        broken[at] = byte;
        if at < 30 {
            // The directory repeats these two bytes later.
            let directory = memchr::memmem::find(&made, b"PK\x01\x02").unwrap();
            broken[directory + at + 2] = byte;
        }
        let (found, problems) = read(&broken);
        assert!(found.contains(&("b".to_owned(), 1)), "{found:?}");
        assert!(problems.len() == 1 && problems[0].contains("(a)") && problems[0].contains(word), "{problems:?}");
    }
}

#[test]
fn many_bad_members_are_counted() {
    let members: Vec<Made<'_>> = (0..1000).map(|_| ("../x", b"1".as_slice(), false)).collect();
    let mut made = zip(&members);
    for at in memchr::memmem::find_iter(&made.clone(), b"PK\x01\x02") {
        made[at + 8] = 1;
    }
    let (found, problems) = read(&made);
    assert_eq!((found.len(), problems.len()), (0, MAX_SAID as usize + 2));
    assert!(problems[MAX_SAID as usize + 1].contains("980 more members"), "{problems:?}");
}

#[test]
fn bombs_are_stopped() {
    let zeros = gzip(&vec![0; 1 << 20]).repeat((FREE_BYTES >> 20) as usize + 8);
    let mut problems = Vec::new();
    assert_eq!(read_all(&zeros, &mut problems), []);
    assert_eq!(problems.len(), 1);
    assert!(problems[0].severity == Severity::Loss && problems[0].what.contains("bomb"), "{}", problems[0]);
}

#[test]
fn a_member_whose_data_would_begin_behind_the_end() {
    let mut header = b"PK\x03\x04\x14\0\x08\0\x08\0".to_vec();
    header.extend_from_slice(&[0; 16]);
    header.extend_from_slice(&[0xff; 4]);
    header.extend_from_slice(b"name");
    let mut problems = Vec::new();
    assert!(read_all(&header, &mut problems).is_empty());
    assert!(!problems.is_empty());
}

#[test]
fn tar_numbers_that_are_none() {
    let mut block = vec![0u8; 1024];
    block[257..263].copy_from_slice(b"ustar\0");
    for field in [124..136, 136..148, 148..156] {
        let mut hostile = block.clone();
        hostile[field.clone()].fill(0xff);
        hostile[field.start] = 0x80;
        read_all(&hostile, &mut Vec::new());
    }
}
