//! Login records.
#![allow(clippy::unwrap_used, clippy::print_stdout)] // a test fails by panic

mod readers_common;

use readers_common::*;
use whodunit_logs::utmp::{recognise, split};

fn record(kind: u8, pid: u32, line: &str, user: &str, host: &str, address: [u8; 16]) -> Vec<u8> {
    let mut out = vec![0; 384];
    out[0] = kind;
    out[4..8].copy_from_slice(&pid.to_le_bytes());
    for (at, text) in [(8, line), (40, "ts/0"), (44, user), (76, host)] {
        out[at..at + text.len()].copy_from_slice(text.as_bytes());
    }
    out[336..340].copy_from_slice(&7u32.to_le_bytes());
    out[340..344].copy_from_slice(&1_771_952_738u32.to_le_bytes());
    out[344..348].copy_from_slice(&5u32.to_le_bytes());
    out[348..364].copy_from_slice(&address);
    out
}

fn ip4(address: [u8; 4]) -> [u8; 16] {
    let mut out = [0; 16];
    out[..4].copy_from_slice(&address);
    out
}

fn log() -> Vec<u8> {
    let ip6 = "2001:db8::1".parse::<std::net::Ipv6Addr>().unwrap().octets();
    let mapped = "::ffff:192.0.2.9".parse::<std::net::Ipv6Addr>().unwrap().octets();
    [
        record(2, 0, "~", "reboot", "6.12.1-amd64", [0; 16]),
        record(7, 812, "pts/0", "bob", "192.0.2.1", ip4([192, 0, 2, 1])),
        record(7, 813, "pts/1", "eve", "x.example", ip6),
        record(7, 814, "pts/2", "eve", &"h".repeat(256), mapped),
        record(8, 812, "pts/0", "", "", [0; 16]),
    ]
    .concat()
}

#[test]
fn wtmp() {
    let log = log();
    assert!(recognise(&log));
    let found = read_stream(split, stream("/var/log/wtmp.1", &log, None));
    assert_eq!(found.problems, []);
    let long = "h".repeat(256);
    let expect = [
        "71002 BootTime: ProcessId=0|User=reboot|Tty=~|TerminalId=ts/0|SourceHost=6.12.1-amd64|SessionId=7".to_owned(),
        "71007 UserLogin: ProcessId=812|User=bob|Tty=pts/0|TerminalId=ts/0|SourceHost=192.0.2.1|SourceIp=192.0.2.1|SessionId=7".to_owned(),
        "71007 UserLogin: ProcessId=813|User=eve|Tty=pts/1|TerminalId=ts/0|SourceHost=x.example|SourceIp=2001:db8::1|SessionId=7".to_owned(),
        format!("71007 UserLogin: ProcessId=814|User=eve|Tty=pts/2|TerminalId=ts/0|SourceHost={long}|SourceIp=192.0.2.9|SessionId=7"),
        "71008 UserLogout: ProcessId=812|Tty=pts/0|TerminalId=ts/0|SessionId=7".to_owned(),
    ];
    assert_eq!(shown(&found), expect);
    let second = json(&found.events[1]);
    assert_eq!((&second["time"], &second["channel"]), (&"2026-02-24T17:05:38.000005Z".into(), &"wtmp".into()));
    assert_eq!((found.events[1].origin.offset, found.events[1].origin.length), (Some(384), Some(384)));
}

#[test]
fn btmp_is_told_by_its_name() {
    let found = read_stream(split, stream("case/btmp-20260101", &log(), None));
    assert_eq!(found.events[1].spec().name, "FailedLogin");
    assert_eq!((found.events[0].spec().name, found.events[0].channel()), ("BootTime", "btmp"));
}

#[test]
fn empty_broken_and_cut_records_are_named() {
    let mut log = [log(), vec![0; 384], vec![b'x'; 384], record(7, 1, "a", "b", "c", [0; 16])].concat();
    log.truncate(log.len() - 1);
    let found = read(split, &log);
    assert_eq!(found.events.len(), 5);
    let places: Vec<_> = found.problems.iter().map(|p| p.origin.offset).collect();
    assert_eq!(places, [Some(5 * 384), Some(6 * 384), Some(7 * 384)]);
    for bytes in [&[0; 4096][..], b"", &[b'x'; 4096], &log[..300]] {
        assert!(!recognise(bytes));
    }
    torture(split, &log[..768]);
}
