//! What a file is, by its first bytes; names and extensions are not trusted.

use crate::part::{Splitter, Stream};
use crate::{audit, container, evtx, journal, json, syslog, taskxml, utmp, winxml};

/// Bytes that [`detect`] wants to see, where the file has them.
pub const HEAD_BYTES: usize = 4096;

/// A kind of log that can be read.
#[derive(Debug)]
pub struct Format {
    /// What it is called in messages and help.
    pub name: &'static str,
    /// True if a file that begins with these bytes is one.
    pub recognise: fn(&[u8]) -> bool,
    /// Cuts a log into parts.
    pub split: fn(Stream) -> Box<dyn Splitter>,
}

/// All formats, in the order in which they are tried: those with a clear mark first.
pub static FORMATS: &[Format] = &[
    Format { name: "Windows event log (EVTX)", recognise: is_evtx, split: evtx::split },
    Format { name: "scheduled task (XML)", recognise: taskxml::recognise, split: taskxml::split },
    Format { name: "Windows events as XML", recognise: winxml::recognise, split: winxml::split },
    Format { name: "systemd journal, exported", recognise: journal::recognise, split: journal::split },
    Format { name: "Linux audit log", recognise: audit::recognise, split: audit::split },
    Format { name: "JSON", recognise: json::recognise, split: json::split },
    Format { name: "syslog", recognise: syslog::recognise, split: syslog::split },
    Format { name: "Linux login records (wtmp, btmp, utmp)", recognise: utmp::recognise, split: utmp::split },
];

/// Kinds of file that hold other files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Container {
    /// One log, packed by gzip.
    Gzip,
    /// One log, packed by zstd.
    Zstd,
    /// Zip archive.
    Zip,
    /// Tar archive.
    Tar,
}

/// The container that begins with `head`.
pub fn container(head: &[u8]) -> Option<Container> {
    match head {
        [0x1f, 0x8b, 8, ..] => Some(Container::Gzip),
        [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Some(Container::Zstd),
        [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => Some(Container::Zip),
        _ if container::is_tar(head) => Some(Container::Tar),
        _ => None,
    }
}

/// The format of a log that begins with `head`; `None` if it is none that whodunit reads. Text comes as UTF-8 without
/// byte order mark ([`crate::lines::to_utf8`]).
pub fn detect(head: &[u8]) -> Option<&'static Format> {
    FORMATS.iter().find(|format| (format.recognise)(head))
}

/// A log, or one chunk of it as it is carved from a disk.
fn is_evtx(head: &[u8]) -> bool {
    head.starts_with(b"ElfFile\0") || head.starts_with(b"ElfChnk\0")
}

/// What a file that is no log looks like, for the message about it.
pub fn resembles(head: &[u8]) -> &'static str {
    let known: [(&[u8], &str); 14] = [
        (b"\x89PNG", "a PNG image"),
        (b"\xff\xd8\xff", "a JPEG image"),
        (b"GIF8", "a GIF image"),
        (b"%PDF", "a PDF document"),
        (b"MZ", "a Windows program"),
        (b"\x7fELF", "a Linux program"),
        (b"SQLite format 3", "an SQLite database"),
        (b"regf", "a registry hive"),
        (b"LPKSHHRH", "a binary journal; export it with `journalctl --file … -o export`"),
        (b"BZh", "a bzip2 file, which is not supported; unpack it first"),
        (b"\xfd7zXZ", "an xz file, which is not supported; unpack it first"),
        (b"7z\xbc\xaf", "a 7-Zip archive, which is not supported; unpack it first"),
        (b"Rar!", "a RAR archive, which is not supported; unpack it first"),
        (b"LfLe", "an old event log (.evt)"),
    ];
    let text = || head.iter().all(|b| matches!(b, b'\t' | b'\r' | b'\n' | 0x20..=0x7e | 0x80..));
    let found = known.iter().find(|(mark, _)| head.starts_with(mark)).map(|(_, name)| *name);
    found.unwrap_or_else(|| if text() { "a text of another kind" } else { "binary data of another kind" })
}
