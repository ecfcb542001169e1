//! The Linux audit log (`/var/log/audit/audit.log`, `ausearch --raw`, `ausearch -i`): several records make one event.
//!
//! Source of the format: linux-audit's "Audit Event Fields" and `linux/audit.h` (numbers of record types). Records of one
//! event share the stamp `audit(seconds.milliseconds:serial)`; those of different events may interleave. Values that a
//! user could choose are quoted or written as hexadecimal digits. Behind a byte 0x1d the daemon repeats numbers as names.
//! Fields that Sysmon has, too, get its names; all others keep theirs.

use crate::lines::{Line, lines};
use crate::part::{Decoder, Output, Part, Splitter, Stream};
use crate::records::{self, RecordSplitter, Tally};
use memchr::{memchr, memrchr};
use std::borrow::Cow;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use whodunit_event::event::System;
use whodunit_event::time::Civil;
use whodunit_event::{Event, Origin, Time, schema};

/// True if a file that begins with `head` is a log of this kind.
pub fn recognise(head: &[u8]) -> bool {
    let mut lines = head.split(|b| *b == b'\n').filter(|line| !is_decoration(line));
    lines.next().is_some_and(|line| Record::parse(line).is_some())
}

/// Cuts a log between events.
pub fn split(stream: Stream) -> Box<dyn Splitter> {
    Box::new(RecordSplitter::new(stream, Arc::new(Audit), last_event))
}

/// The decoder of this format.
#[derive(Debug)]
pub struct Audit;

/// Events that may be open at once; the oldest ends when one more begins.
const WINDOW: usize = 32;
/// Records of one event that are kept together; `execve` with a thousand arguments needs some.
const MAX_RECORDS: usize = 1024;
/// Fields of one event that are kept by name.
const MAX_FIELDS: usize = 1024;

impl Decoder for Audit {
    fn decode(&self, part: &Part, bytes: &[u8], out: &mut Output<'_>) {
        let mut open: VecDeque<Group<'_>> = VecDeque::new();
        let mut strange = Tally::default();
        for line in lines(part, bytes) {
            match Record::parse(line.bytes) {
                Some(record) => join(&mut open, record, &line),
                None if is_decoration(line.bytes) => {}
                None => {
                    let (file, member) = (out.event.origin.file.clone(), out.event.origin.member.clone());
                    let (number, offset) = (Some(line.number), Some(line.offset));
                    strange.add(&Origin { file, member, line: number, offset, ..Origin::default() });
                }
            }
            while open.len() > WINDOW || open.front().is_some_and(|group| group.ended) {
                emit(open.pop_front(), out);
            }
        }
        while !open.is_empty() {
            emit(open.pop_front(), out);
        }
        strange.loss("a line is no audit record", "look at this place in the file", out.problems);
    }
}

/// Reads a record that came alone (through syslog, or from auoms) into a cleared event; `false` if it is none.
pub fn read_text(text: &str, event: &mut Event) -> bool {
    let text = text.strip_prefix("audit: ").unwrap_or(text);
    if !text.starts_with("type=") && !text.starts_with("node=") {
        return false;
    }
    let Some(record) = Record::parse(text.as_bytes()) else { return false };
    read_records(&[record], event);
    true
}

/// True for lines that `ausearch` puts between events, and empty ones.
fn is_decoration(line: &[u8]) -> bool {
    let line = line.trim_ascii();
    line.is_empty() || line == b"----" || line.starts_with(b"time->")
}

/// One line: `node=N type=T msg=audit(STAMP): BODY`.
#[derive(Clone, Copy, Debug)]
struct Record<'a> {
    node: &'a [u8],
    kind: &'a [u8],
    stamp: &'a [u8],
    body: &'a [u8],
}

impl<'a> Record<'a> {
    fn parse(line: &'a [u8]) -> Option<Self> {
        let (node, line) = match line.strip_prefix(b"node=") {
            Some(rest) => split_at(rest, b' ')?,
            None => (&b""[..], line),
        };
        let (kind, rest) = split_at(line.strip_prefix(b"type=")?, b' ')?;
        let rest = rest.strip_prefix(b"msg=").unwrap_or(rest).strip_prefix(b"audit(")?;
        let (stamp, body) = split_at(rest, b')')?;
        let body = body.trim_ascii_start().strip_prefix(b":")?;
        (memchr(b':', stamp).is_some() && stamp.len() < 64).then_some(Self { node, kind, stamp, body })
    }

    fn is_of(&self, other: &Self) -> bool {
        self.stamp == other.stamp && self.node == other.node
    }

    fn number(&self) -> u32 {
        let name = std::str::from_utf8(self.kind).unwrap_or_default();
        type_number(name.strip_prefix("AUOMS_").unwrap_or(name))
    }

    /// Which record's fields these are: auoms joins all in one, with the call's registers in `a0` to `a3`.
    fn fields_kind(&self) -> u32 {
        if self.kind.starts_with(b"AUOMS_") { AUOMS } else { self.number() }
    }

    fn time(&self) -> Option<Time> {
        let at = memrchr(b':', self.stamp)?;
        let time = std::str::from_utf8(&self.stamp[..at]).ok()?;
        match time.split_once('.')? {
            (seconds, millis) if millis.len() == 3 && seconds.bytes().all(|b| b.is_ascii_digit()) => {
                Some(Time::new(seconds.parse().ok()?, millis.parse::<u32>().ok()? * 1_000_000, 3))
            }
            (date, millis) => interpreted_time(date, millis),
        }
    }

    fn serial(&self) -> Option<u64> {
        let at = memrchr(b':', self.stamp)?;
        std::str::from_utf8(&self.stamp[at + 1..]).ok()?.parse().ok()
    }
}

fn split_at(bytes: &[u8], separator: u8) -> Option<(&[u8], &[u8])> {
    let at = memchr(separator, bytes)?;
    Some((&bytes[..at], &bytes[at + 1..]))
}

/// `11/24/2026 11:16:53` of `ausearch -i`, in the host's zone, taken as UTC.
fn interpreted_time(date: &str, millis: &str) -> Option<Time> {
    let b = date.as_bytes();
    let number = |range: std::ops::Range<usize>| date.get(range)?.parse::<i32>().ok();
    if b.len() != 19 || b[2] != b'/' || b[5] != b'/' || b[13] != b':' {
        return None;
    }
    let small = |range| number(range).and_then(|n| u8::try_from(n).ok());
    let civil = Civil {
        year: number(6..10)?,
        month: small(0..2)?,
        day: small(3..5)?,
        hour: small(11..13)?,
        minute: small(14..16)?,
        second: small(17..19)?,
    };
    Time::from_civil(civil, millis.parse::<u32>().ok().filter(|m| *m < 1000)? * 1_000_000, 3)
}

/// Records of one event.
struct Group<'a> {
    records: Vec<Record<'a>>,
    line: Line<'a>,
    ended: bool,
}

fn join<'a>(open: &mut VecDeque<Group<'a>>, record: Record<'a>, line: &Line<'a>) {
    let end = record.kind == b"EOE";
    let of_it = |group: &&mut Group<'a>| group.records.first().is_some_and(|first| first.is_of(&record));
    if let Some(group) = open.iter_mut().rev().find(of_it).filter(|group| group.records.len() < MAX_RECORDS) {
        group.ended |= end;
        group.records.push(record);
    } else if !end {
        open.push_back(Group { ended: is_single(record.number()), records: vec![record], line: *line });
    }
}

/// True for records that programs write: each is an event by itself.
fn is_single(number: u32) -> bool {
    matches!(number, 1100..=1299 | 2000..)
}

fn emit(group: Option<Group<'_>>, out: &mut Output<'_>) {
    let Some(group) = group else { return };
    read_records(&group.records, out.event);
    let origin = &mut out.event.origin;
    (origin.line, origin.offset) = (Some(group.line.number), Some(group.line.offset));
    if group.records.len() == 1 {
        origin.length = Some(group.line.bytes.len() as u64);
    }
    out.emit();
}

/// Where the last event begins whose records may go on: what stands before it is whole, as far as the last lines tell.
fn last_event(bytes: &[u8]) -> Option<usize> {
    let mut starts = Vec::new();
    let mut end = memrchr(b'\n', bytes)?;
    while starts.len() < 4 * WINDOW {
        let start = memrchr(b'\n', &bytes[..end]).map_or(0, |at| at + 1);
        starts.push((start, Record::parse(&bytes[start..end])));
        let Some(before) = start.checked_sub(1) else { break };
        end = before;
    }
    // Newest line first: the cut moves back to the first line of every event that it would tear.
    let mut cut = 0;
    let mut at = 0;
    while at <= cut {
        if let Some(record) = starts[at].1 {
            let first = starts.iter().rposition(|(_, other)| other.is_some_and(|other| other.is_of(&record)));
            cut = cut.max(first.unwrap_or(at));
        }
        at += 1;
    }
    // An event that began before the lines looked at has gone on for too long to be kept together.
    let torn = cut + 1 == starts.len() && starts[cut].0 > 0;
    let place = starts.get(if torn { 0 } else { cut })?.0;
    (place > 0).then_some(place)
}

/// One field of a record, decoded.
struct Pair<'a> {
    kind: u32,
    name: &'a str,
    value: Cow<'a, str>,
}

const EXECVE: u32 = 1309;
const PATH: u32 = 1302;
const CWD: u32 = 1307;
const SOCKADDR: u32 = 1306;
const EOE: u32 = 1320;
const PROCTITLE: u32 = 1327;
const AVC: u32 = 1400;
/// No number of a record type: a record of auoms.
const AUOMS: u32 = u32::MAX;

fn read_records(records: &[Record<'_>], event: &mut Event) {
    let Some(first) = records.first() else { return };
    event.put_system(System::Provider, "auditd");
    event.put_system(System::Channel, "audit");
    event.put_system(System::Host, &records::text(first.node));
    event.origin.record = first.serial();
    event.logged = first.time();
    event.time = event.logged;
    event.event_id = leading(records);
    event.set_spec(schema::lookup("auditd", "audit", event.event_id));
    let bodies: Vec<_> = records.iter().map(|r| (r.fields_kind(), records::text(r.body))).collect();
    let pairs: Vec<_> = bodies.iter().flat_map(|(kind, body)| pairs(*kind, body)).collect();
    fill(&pairs, event);
    let kinds: Vec<_> = records.iter().map(|r| records::text(r.kind)).collect();
    event.push_text("type", &kinds.join(","));
}

/// Number of the record that says most of an event.
fn leading(records: &[Record<'_>]) -> u32 {
    let numbers: Vec<_> = records.iter().map(Record::number).collect();
    let told = numbers.iter().find(|n| **n == EXECVE).or_else(|| numbers.iter().find(|n| **n == AVC));
    let own = || numbers.iter().find(|n| !matches!(**n, PATH | CWD | SOCKADDR | EOE | PROCTITLE));
    told.or_else(own).or(numbers.first()).copied().unwrap_or_default()
}

fn fill(pairs: &[Pair<'_>], event: &mut Event) {
    let command = command_line(pairs);
    if let Some(command) = &command {
        event.push_text("CommandLine", command);
    }
    let paths = paths(pairs);
    if !paths.is_empty() {
        event.push_text("Paths", &paths.join("\n"));
    }
    // Names that the daemon resolved stand before the numbers that they repeat.
    let resolved = |p: &&Pair<'_>| matches!(p.name, "UID" | "SYSCALL");
    let rest = |p: &&Pair<'_>| !(resolved(p) || p.name == "name" && p.kind == PATH);
    let (arguments, others): (Vec<_>, Vec<_>) = pairs.iter().filter(rest).partition(|p| p.kind == EXECVE);
    let all = pairs.iter().filter(resolved).chain(arguments).chain(others);
    for pair in all.take(MAX_FIELDS) {
        put(pair, event);
    }
}

fn put(pair: &Pair<'_>, event: &mut Event) {
    let name = named(pair);
    if name == "saddr" && pair.kind == SOCKADDR {
        socket_address(&pair.value, event);
    }
    let known = event.get(name).is_some();
    if known && (event.get(name) == Some(&*pair.value) || name == "CommandLine" && pair.kind != PROCTITLE) {
        return;
    }
    // A second value keeps the name that the log gave it.
    event.push_text(if known { pair.name } else { name }, &pair.value);
}

/// The name of a field in the table.
fn named<'a>(pair: &Pair<'a>) -> &'a str {
    match (pair.name, pair.kind) {
        ("pid", _) => "ProcessId",
        ("ppid", _) => "ParentProcessId",
        ("exe", _) => "Image",
        ("cwd", _) => "CurrentDirectory",
        ("uid" | "UID", _) => "User",
        ("auid", _) => "AuditUid",
        ("ses", _) => "Session",
        ("tty" | "terminal", _) => "Tty",
        ("success" | "res", _) => "Success",
        ("syscall" | "SYSCALL", _) => "Syscall",
        ("exit", _) => "Exit",
        ("key", _) => "Key",
        ("op", _) => "Operation",
        ("acct", _) => "TargetUser",
        ("addr", _) => "SourceIp",
        ("hostname", _) => "SourceHost",
        ("unit", _) => "Unit",
        ("cmd" | "cmdline", _) | ("proctitle", PROCTITLE) => "CommandLine",
        (name, _) => name,
    }
}

/// Arguments joined with blanks, else the command of sudo, else the process's title.
fn command_line(pairs: &[Pair<'_>]) -> Option<String> {
    let mut arguments: BTreeMap<u32, String> = BTreeMap::new();
    for pair in pairs.iter().filter(|p| p.kind == EXECVE) {
        if let Some(number) = argument(pair.name) {
            arguments.entry(number).or_default().push_str(&pair.value);
        }
    }
    let named = |name| pairs.iter().find(|p| p.name == name).map(|p| p.value.to_string());
    let command = named("cmd").or_else(|| named("cmdline"));
    match arguments.is_empty() || command.is_some() {
        true => command.or_else(|| named("proctitle")),
        false => Some(arguments.into_values().collect::<Vec<_>>().join(" ")),
    }
}

/// Number of an argument: 2 for `a2` and for its pieces `a2[0]`, `a2[1]`; `None` for `argc` and `a2_len`.
fn argument(name: &str) -> Option<u32> {
    let number = name.strip_prefix('a')?;
    number.split_once('[').map_or(number, |(number, _)| number).parse().ok()
}

/// Files of PATH records that are no parent folders; auoms has them as one list, `["/a","/b"]`.
fn paths<'p>(pairs: &'p [Pair<'_>]) -> Vec<&'p str> {
    let mut found: Vec<&str> = Vec::new();
    let list = pairs.iter().find(|p| p.kind == AUOMS && p.name == "path_name").map(|p| &*p.value).unwrap_or_default();
    found.extend(list.trim_matches(['[', ']', '"']).split("\",\"").filter(|path| !path.is_empty()).take(WINDOW));
    let of_path: Vec<_> = pairs.iter().filter(|p| p.kind == PATH).collect();
    for (at, pair) in of_path.iter().enumerate().filter(|(_, p)| p.name == "name") {
        let after = of_path[at + 1..].iter().take_while(|p| p.name != "name");
        let parent = after.clone().any(|p| p.name == "nametype" && p.value == "PARENT");
        if !parent && !found.contains(&&*pair.value) && found.len() < WINDOW {
            found.push(&pair.value);
        }
    }
    found
}

/// Address and port of a `sockaddr` in hexadecimal digits, or the path of a Unix socket.
fn socket_address(hex: &str, event: &mut Event) {
    let Some(bytes) = unhex(hex) else { return };
    let port = |b: &[u8]| b.get(2..4).map(|p| u16::from_be_bytes([p[0], p[1]]).to_string());
    let address = match bytes.get(..2) {
        Some([2, 0]) => {
            bytes.get(4..8).and_then(|a| <[u8; 4]>::try_from(a).ok()).map(|a| std::net::Ipv4Addr::from(a).to_string())
        }
        Some([10, 0]) => {
            bytes.get(8..24).and_then(|a| <[u8; 16]>::try_from(a).ok()).map(|a| std::net::Ipv6Addr::from(a).to_string())
        }
        Some([1, 0]) => {
            let abstract_one = bytes.get(2) == Some(&0);
            let path = &bytes[2 + usize::from(abstract_one)..];
            let path = &path[..memchr(0, path).unwrap_or(path.len())];
            let mark = if abstract_one { "@" } else { "" };
            event.push_text("SocketPath", &format!("{mark}{}", records::text(path)));
            None
        }
        _ => None,
    };
    if let (Some(address), Some(port)) = (address, port(&bytes)) {
        event.push_text("DestinationIp", &address);
        event.push_text("DestinationPort", &port);
    }
}

/// Fields of a record's body, in order, decoded.
fn pairs(kind: u32, body: &str) -> Vec<Pair<'_>> {
    let mut found: Vec<Pair<'_>> = Vec::new();
    let mut rest = body;
    let mut arch = "";
    while let Some((name, value, after)) = next_pair(rest) {
        rest = after;
        if name == "arch" {
            arch = value.text;
        }
        if name.is_empty() {
            // A word that is no field goes on what stands before it (auoms does not quote titles), or leads the record.
            match found.last_mut() {
                Some(pair) => pair.value = format!("{} {}", pair.value, value.text).into(),
                None => found.push(Pair { kind, name: "Message", value: value.text.into() }),
            }
            continue;
        }
        let value = match (name, value.quoted) {
            ("syscall", false) => syscall_name(arch, value.text).unwrap_or(value.text).into(),
            (name, false) if is_encoded(name, kind) => decoded(value.text),
            _ => value.text.into(),
        };
        found.push(Pair { kind, name, value });
    }
    found
}

/// A value as it is written.
struct Raw<'a> {
    text: &'a str,
    quoted: bool,
}

/// The next field or word and what follows it. `msg='…'` is entered: what it holds are fields, too.
fn next_pair(body: &str) -> Option<(&str, Raw<'_>, &str)> {
    let body = body.trim_start_matches([' ', '\u{1d}', ',']);
    if body.is_empty() {
        return None;
    }
    let blank = body.bytes().position(|b| matches!(b, b' ' | 0x1d)).unwrap_or(body.len());
    let equals = memchr(b'=', &body.as_bytes()[..blank]).filter(|at| is_name(&body[..*at]));
    let Some(equals) = equals else {
        return Some(("", Raw { text: body[..blank].trim_end_matches('\''), quoted: true }, &body[blank..]));
    };
    let (name, value) = (&body[..equals], &body[equals + 1..]);
    match value.as_bytes().first() {
        Some(b'\'') if name == "msg" => next_pair(&value[1..]),
        Some(b'"') => {
            let end = closing_quote(value);
            Some((name, Raw { text: &value[1..end], quoted: true }, value.get(end + 1..).unwrap_or_default()))
        }
        Some(open @ (b'[' | b'{')) => {
            let close = if *open == b'[' { b']' } else { b'}' };
            let end = memchr(close, value.as_bytes()).map_or(value.len(), |at| at + 1);
            Some((name, Raw { text: &value[..end], quoted: true }, &value[end..]))
        }
        _ => {
            let end = blank - equals - 1;
            Some((name, Raw { text: value[..end].trim_end_matches('\''), quoted: false }, &value[end..]))
        }
    }
}

/// Place of the quote that ends a quoted value. The kernel quotes nothing that holds quotes; auoms does, so a quote ends a
/// value where the end or another field follows.
fn closing_quote(value: &str) -> usize {
    let ends = |at: usize| {
        let after = &value[at + 1..];
        let word = after.strip_prefix(' ').map(|rest| rest.split([' ', '"']).next().unwrap_or(rest));
        let field = word.is_some_and(|word| word.split_once('=').is_some_and(|(name, _)| is_name(name)));
        field || after.trim_ascii_start().is_empty() || after.starts_with(['\'', '\u{1d}', ','])
    };
    let quotes = || memchr::memchr_iter(b'"', value.as_bytes()).skip(1);
    quotes().take(MAX_QUOTES).find(|at| ends(*at)).or(quotes().next()).unwrap_or(value.len())
}

/// Quotes inside a value that are looked at.
const MAX_QUOTES: usize = 256;

fn is_name(text: &str) -> bool {
    let word = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'[' | b']');
    text.bytes().next().is_some_and(|b| b.is_ascii_alphabetic()) && text.bytes().all(word)
}

/// True for fields whose value is written as hexadecimal digits where it holds blanks, quotes or control characters.
fn is_encoded(name: &str, kind: u32) -> bool {
    let argument = || kind == EXECVE && argument(name).is_some();
    let names = ["proctitle", "name", "exe", "comm", "cwd", "cmd", "acct", "path", "data", "key", "vm", "new-disk"];
    names.contains(&name) || argument()
}

fn decoded(value: &str) -> Cow<'_, str> {
    match unhex(value) {
        Some(mut bytes) => {
            while bytes.last() == Some(&0) {
                bytes.pop();
            }
            // Arguments in a title are parted by zero bytes, keys of several rules by 0x01.
            bytes.iter_mut().filter(|b| matches!(**b, 0 | 1)).for_each(|b| *b = b' ');
            records::text(&bytes).into_owned().into()
        }
        None => value.into(),
    }
}

/// Bytes of an even number of upper-case hexadecimal digits.
fn unhex(text: &str) -> Option<Vec<u8>> {
    let digit = |b: u8| match b {
        b'0'..=b'9' => Some(b - b'0'),
        b'A'..=b'F' => Some(b - b'A' + 10),
        _ => None,
    };
    if text.is_empty() || !text.len().is_multiple_of(2) {
        return None;
    }
    text.as_bytes().chunks_exact(2).map(|pair| Some(digit(pair[0])? << 4 | digit(pair[1])?)).collect()
}

/// Name of a system call's number on x86-64, for those that matter here; other machines number theirs differently.
fn syscall_name(arch: &str, number: &str) -> Option<&'static str> {
    if arch != "c000003e" {
        return None;
    }
    let number: u32 = number.parse().ok()?;
    SYSCALLS.iter().find(|(n, _)| *n == number).map(|(_, name)| *name)
}

#[rustfmt::skip] // a table
static SYSCALLS: &[(u32, &str)] = &[
    (2, "open"), (41, "socket"), (42, "connect"), (43, "accept"), (44, "sendto"), (49, "bind"), (50, "listen"),
    (56, "clone"), (57, "fork"), (58, "vfork"), (59, "execve"), (62, "kill"), (76, "truncate"), (77, "ftruncate"),
    (80, "chdir"), (82, "rename"), (83, "mkdir"), (84, "rmdir"), (85, "creat"), (86, "link"), (87, "unlink"),
    (88, "symlink"), (90, "chmod"), (91, "fchmod"), (92, "chown"), (93, "fchown"), (94, "lchown"), (101, "ptrace"),
    (105, "setuid"), (106, "setgid"), (113, "setreuid"), (117, "setresuid"), (133, "mknod"), (161, "chroot"),
    (165, "mount"), (166, "umount2"), (169, "reboot"), (170, "sethostname"), (175, "init_module"),
    (176, "delete_module"), (188, "setxattr"), (246, "kexec_load"), (257, "openat"), (258, "mkdirat"), (259, "mknodat"),
    (260, "fchownat"), (263, "unlinkat"), (264, "renameat"), (265, "linkat"), (266, "symlinkat"), (268, "fchmodat"),
    (272, "unshare"), (288, "accept4"), (304, "open_by_handle_at"), (308, "setns"), (310, "process_vm_readv"),
    (311, "process_vm_writev"), (313, "finit_module"), (316, "renameat2"), (319, "memfd_create"),
    (320, "kexec_file_load"), (321, "bpf"), (322, "execveat"), (437, "openat2"),
];

/// Number of a record type's name; also `1309` and `UNKNOWN[1309]`; 0 if it is not known.
fn type_number(name: &str) -> u32 {
    let number = name.strip_prefix("UNKNOWN[").and_then(|n| n.strip_suffix(']')).unwrap_or(name);
    let by_name = || TYPES.iter().find(|(n, _)| *n == name).map(|(_, number)| *number);
    number.parse().ok().or_else(by_name).unwrap_or_default()
}

#[rustfmt::skip] // a table
static TYPES: &[(&str, u32)] = &[
    ("SYSCALL", 1300), ("EXECVE", 1309), ("PATH", 1302), ("CWD", 1307), ("PROCTITLE", 1327), ("SOCKADDR", 1306),
    ("EOE", 1320), ("USER_AUTH", 1100), ("USER_ACCT", 1101), ("USER_MGMT", 1102), ("CRED_ACQ", 1103),
    ("CRED_DISP", 1104), ("USER_START", 1105), ("USER_END", 1106), ("USER_AVC", 1107), ("USER_CHAUTHTOK", 1108),
    ("USER_ERR", 1109), ("CRED_REFR", 1110), ("USYS_CONFIG", 1111), ("USER_LOGIN", 1112), ("USER_LOGOUT", 1113),
    ("ADD_USER", 1114), ("DEL_USER", 1115), ("ADD_GROUP", 1116), ("DEL_GROUP", 1117), ("DAC_CHECK", 1118),
    ("CHGRP_ID", 1119), ("TEST", 1120), ("TRUSTED_APP", 1121), ("USER_SELINUX_ERR", 1122), ("USER_CMD", 1123),
    ("USER_TTY", 1124), ("CHUSER_ID", 1125), ("GRP_AUTH", 1126), ("SYSTEM_BOOT", 1127), ("SYSTEM_SHUTDOWN", 1128),
    ("SYSTEM_RUNLEVEL", 1129), ("SERVICE_START", 1130), ("SERVICE_STOP", 1131), ("GRP_MGMT", 1132),
    ("GRP_CHAUTHTOK", 1133), ("MAC_CHECK", 1134), ("ACCT_LOCK", 1135), ("ACCT_UNLOCK", 1136), ("USER_DEVICE", 1137),
    ("SOFTWARE_UPDATE", 1138), ("DAEMON_START", 1200), ("DAEMON_END", 1201), ("DAEMON_ABORT", 1202),
    ("DAEMON_CONFIG", 1203), ("DAEMON_ROTATE", 1205), ("DAEMON_RESUME", 1206), ("DAEMON_ACCEPT", 1207),
    ("DAEMON_CLOSE", 1208), ("DAEMON_ERR", 1209), ("IPC", 1303), ("SOCKETCALL", 1304), ("CONFIG_CHANGE", 1305),
    ("IPC_SET_PERM", 1311), ("MQ_OPEN", 1312), ("MQ_SENDRECV", 1313), ("MQ_NOTIFY", 1314), ("MQ_GETSETATTR", 1315),
    ("KERNEL_OTHER", 1316), ("FD_PAIR", 1317), ("OBJ_PID", 1318), ("TTY", 1319), ("BPRM_FCAPS", 1321),
    ("CAPSET", 1322), ("MMAP", 1323), ("NETFILTER_PKT", 1324), ("NETFILTER_CFG", 1325), ("SECCOMP", 1326),
    ("FEATURE_CHANGE", 1328), ("REPLACE", 1329), ("KERN_MODULE", 1330), ("FANOTIFY", 1331), ("TIME_INJOFFSET", 1332),
    ("TIME_ADJNTPVAL", 1333), ("BPF", 1334), ("EVENT_LISTENER", 1335), ("URINGOP", 1336), ("OPENAT2", 1337),
    ("AVC", 1400), ("SELINUX_ERR", 1401), ("AVC_PATH", 1402), ("MAC_POLICY_LOAD", 1403), ("MAC_STATUS", 1404),
    ("MAC_CONFIG_CHANGE", 1405), ("APPARMOR", 1500), ("APPARMOR_AUDIT", 1501), ("APPARMOR_ALLOWED", 1502),
    ("APPARMOR_DENIED", 1503), ("APPARMOR_HINT", 1504), ("APPARMOR_STATUS", 1505), ("APPARMOR_ERROR", 1506),
    ("ANOM_PROMISCUOUS", 1700), ("ANOM_ABEND", 1701), ("ANOM_LINK", 1702), ("ANOM_CREAT", 1703),
    ("INTEGRITY_DATA", 1800), ("KERNEL", 2000), ("ANOM_LOGIN_FAILURES", 2100), ("ANOM_LOGIN_TIME", 2101),
    ("ANOM_LOGIN_SESSIONS", 2102), ("ANOM_LOGIN_ACCT", 2103), ("ANOM_LOGIN_LOCATION", 2104), ("ANOM_EXEC", 2110),
    ("CRYPTO_KEY_USER", 2404), ("CRYPTO_SESSION", 2407), ("VIRT_CONTROL", 2500), ("VIRT_RESOURCE", 2501),
    ("VIRT_MACHINE_ID", 2502), ("LOGIN", 1006),
];
