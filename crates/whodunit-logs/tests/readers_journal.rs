//! systemd's journal in its export format.

mod readers_common;

use readers_common::*;
use serde_json::json;
use whodunit_logs::journal::{recognise, split};

fn entry(number: u64, fields: &[(&str, &[u8])]) -> Vec<u8> {
    let mut out = format!("__CURSOR=s=1;i={number:x}\n__REALTIME_TIMESTAMP=17720000000{number:05}\n").into_bytes();
    for (name, value) in fields {
        out.extend_from_slice(name.as_bytes());
        if value.contains(&b'\n') {
            out.push(b'\n');
            out.extend_from_slice(&(value.len() as u64).to_le_bytes());
        } else {
            out.push(b'=');
        }
        out.extend_from_slice(value);
        out.push(b'\n');
    }
    out.push(b'\n');
    out
}

#[test]
fn fields_and_typed_messages() {
    let log = [
        entry(
            1,
            &[
                ("_SOURCE_REALTIME_TIMESTAMP", b"1771999999000001"),
                ("_HOSTNAME", b"web-1"),
                ("SYSLOG_IDENTIFIER", b"sshd"),
                ("_PID", b"812"),
                ("_UID", b"0"),
                ("MESSAGE", b"Accepted password for bob from 192.0.2.1 port 9 ssh2"),
                ("_AUDIT_SESSION", b"7"),
            ],
        ),
        entry(2, &[("_COMM", b"app"), ("MESSAGE", b"one\n\ntwo\xff")]),
        entry(
            3,
            &[("SYSLOG_IDENTIFIER", b"systemd"), ("_PID", b"1"), ("UNIT", b"x.service"), ("MESSAGE", b"Started X.")],
        ),
    ]
    .concat();
    assert!(recognise(&log));
    let found = read(split, &log);
    assert_eq!(found.problems, []);
    let first = json(&found.events[0]);
    assert_eq!(
        first["fields"],
        json!({"ProcessId": "812", "User": "bob", "SourceIp": "192.0.2.1", "SourcePort": "9", "Method": "password",
               "Message": "Accepted password for bob from 192.0.2.1 port 9 ssh2", "__CURSOR": "s=1;i=1", "_PID": "812",
               "_UID": "0", "_AUDIT_SESSION": "7"})
    );
    assert_eq!((&first["time"], &first["host"]), (&json!("2026-02-25T06:13:19.000001Z"), &json!("web-1")));
    assert_eq!((&first["logged"], &first["channel"]), (&json!("2026-02-25T06:13:20.000001Z"), &json!("journal")));
    assert_eq!((found.events[1].get("Message"), found.events[1].provider()), (Some("one\n\ntwo\u{fffd}"), "app"));
    assert_eq!((found.events[2].spec().name, found.events[2].get("Unit")), ("UnitStarted", Some("x.service")));
    for event in &found.events {
        let (from, length) = (event.origin.offset.unwrap() as usize, event.origin.length.unwrap() as usize);
        assert!(log[from..from + length].starts_with(b"__CURSOR=") && log[from..from + length].ends_with(b"\n\n"));
    }
}

#[test]
fn sysmon_in_the_journal() {
    let xml = b"<Event><System><Provider Name=\"Linux-Sysmon\"/><EventID>5</EventID><TimeCreated SystemTime=\"2026-02-24T17:05:38Z\"/>\
        <EventRecordID>3</EventRecordID></System><EventData><Data Name=\"Image\">/a\nb</Data></EventData></Event>";
    let found = read(split, &entry(1, &[("_HOSTNAME", b"h"), ("SYSLOG_IDENTIFIER", b"sysmon"), ("MESSAGE", xml)]));
    let event = &found.events[0];
    assert_eq!((event.spec().name, event.get("Image"), event.host()), ("ProcessTerminate", Some("/a\nb"), "h"));
    assert_eq!((event.origin.record, event.field_count()), (Some(3), 1));
}

#[test]
fn long_fields_are_left_out_and_said() {
    let core = vec![b'\n'; 3 << 20];
    let long = vec![b'x'; 2 << 20];
    let log = [
        entry(1, &[("COREDUMP", &core), ("MESSAGE", b"dumped")]),
        entry(2, &[("LONG", &long), ("MESSAGE", b"second")]),
        entry(3, &[("MESSAGE", b"third")]),
    ]
    .concat();
    let found = read(split, &log);
    let messages: Vec<_> = found.events.iter().filter_map(|e| e.get("Message")).collect();
    assert_eq!((messages, found.problems.len()), (vec!["dumped", "second", "third"], 2));
    let third = &found.events[2].origin;
    assert!(log[third.offset.unwrap() as usize..].starts_with(b"__CURSOR=s=1;i=3"));
}

#[test]
fn broken_entries_are_named() {
    let whole = entry(1, &[("MESSAGE", b"one\ntwo"), ("A", b"b")]);
    let found = read(split, &whole[..whole.len() - 8]);
    assert_eq!((found.events.len(), found.problems.len()), (1, 1));
    let mut huge = whole.clone();
    let at = whole.windows(8).position(|w| w == b"MESSAGE\n").unwrap() + 8;
    huge[at..at + 8].copy_from_slice(&u64::MAX.to_le_bytes());
    let found = read(split, &huge);
    assert_eq!((found.events.len(), found.events[0].get("Message"), found.problems.len()), (1, Some(""), 1));
    torture(split, &whole);
}

#[test]
fn many_entries_in_many_parts() {
    let log: Vec<u8> = (0..20_000).flat_map(|n| entry(n, &[("MESSAGE", format!("a\n\n{n}").as_bytes())])).collect();
    let found = read(split, &log);
    assert_eq!((found.events.len(), found.problems.len()), (20_000, 0));
    assert_eq!(found.events[19_999].get("Message"), Some("a\n\n19999"));
}

#[test]
fn other_files_are_not_taken() {
    for other in ["", "MESSAGE=x\n", "{\"__REALTIME_TIMESTAMP\":1}", "a=b\n__REALTIME_TIMESTAMP=1\n"] {
        assert!(!recognise(other.as_bytes()), "{other}");
    }
}
