//! Syslog files with Sysmon for Linux in them, and without.

mod readers_common;

use readers_common::*;
use std::io::Write;
use whodunit_logs::syslog::{recognise, split};

const SYSMON: &str = "<Event><System><Provider Name=\"Linux-Sysmon\" Guid=\"{ff032593-a8d3-4f13-b0d6-01fc615a0f97}\"/>\
<EventID>1</EventID><Version>5</Version><Level>4</Level><Task>1</Task><Opcode>0</Opcode>\
<Keywords>0x8000000000000000</Keywords><TimeCreated SystemTime=\"2026-02-24T17:05:38.412656000Z\"/>\
<EventRecordID>9</EventRecordID><Correlation/><Execution ProcessID=\"3099\" ThreadID=\"3099\"/>\
<Channel>Linux-Sysmon/Operational</Channel><Computer>web-1</Computer><Security UserId=\"0\"/></System>\
<EventData><Data Name=\"RuleName\">-</Data><Data Name=\"UtcTime\">2026-02-24 17:05:38.400</Data>\
<Data Name=\"ProcessId\">77</Data><Data Name=\"Image\">/usr/bin/dash</Data>\
<Data Name=\"CommandLine\">sh -c a &amp;&amp; b \"q\" &quot;r&quot; &#01;&#10;</Data></EventData></Event>";

#[test]
fn sysmon_and_other_programs() {
    let text = format!(
        "Feb 24 17:05:38 web-1 sysmon: {SYSMON}\nFeb 24 17:05:39 web-1 sysmon[31]: Sysmon v1.3 starts\n\
         Feb 24 17:05:40 web-1 CRON[5]: (root) CMD (/tmp/x)\nFeb 24 17:05:41 web-1 app: one\n  two\n\nFeb 24 17:05:42 web-1 app: three\n"
    );
    assert!(recognise(text.as_bytes()));
    let found = read(split, text.as_bytes());
    assert_eq!(found.problems, []);
    let expect = [
        "1 ProcessCreate: RuleName=-|UtcTime=2026-02-24 17:05:38.400|ProcessId=77|Image=/usr/bin/dash|CommandLine=sh -c a && b \"q\" \"r\" \u{1}\n",
        "0 : ProcessId=31|Message=Sysmon v1.3 starts",
        "70101 CronJob: ProcessId=5|User=root|CommandLine=/tmp/x|Message=(root) CMD (/tmp/x)",
        "0 : Message=one\n  two",
        "0 : Message=three",
    ];
    assert_eq!(shown(&found), expect);
    let sysmon = json(&found.events[0]);
    assert_eq!(
        (&sysmon["time"], &sysmon["host"], &sysmon["user_sid"]),
        (&"2026-02-24T17:05:38.400Z".into(), &"web-1".into(), &"0".into())
    );
    let cron = json(&found.events[2]);
    assert_eq!(
        (&cron["time"], &cron["provider"], &cron["channel"]),
        (&"2026-02-24T17:05:40Z".into(), &"CRON".into(), &"syslog".into())
    );
    assert_eq!(found.events[4].origin.line, Some(7));
}

#[test]
fn a_record_split_by_line_ends_is_joined() {
    let split_up = SYSMON.replace("sh -c a", "sh -c a\nsecond\n\nthird");
    let text = format!("<14>Feb 24 17:05:38 web-1 sysmon: {split_up}\n2026-02-24T17:05:39.5Z web-1 sysmon: {SYSMON}\n");
    let found = read(split, text.as_bytes());
    assert_eq!(found.problems, []);
    assert_eq!(found.events[0].get("CommandLine"), Some("sh -c a\nsecond\n\nthird && b \"q\" \"r\" \u{1}\n"));
    assert_eq!((found.events.len(), found.events[1].get("Image")), (2, Some("/usr/bin/dash")));
}

#[test]
fn cut_records_stand_and_have_a_time() {
    let text = format!(
        "Feb 24 17:05:38 web-1 sysmon: {}\nFeb 24 17:05:39 web-1 sysmon: {}\n",
        &SYSMON[..SYSMON.len() - 90],
        &SYSMON[..130]
    );
    let found = read(split, text.as_bytes());
    assert_eq!(found.events[0].get("Image"), Some("/usr/bin/dash"));
    let second = json(&found.events[1]);
    assert_eq!(
        (&second["event_id"], &second["time"], &second["host"]),
        (&1.into(), &"2026-02-24T17:05:39Z".into(), &"web-1".into())
    );
    assert_eq!(found.problems.iter().map(|p| p.origin.line).collect::<Vec<_>>(), [Some(1), Some(2)]);
}

#[test]
fn years_of_a_plain_file_are_reckoned_back() {
    let text = "Nov 30 10:00:00 h a: 1\nDec 31 23:59:59 h a: 2\nJan  1 00:00:01 h a: 3\nJul  1 00:00:00 h a: 4\nMar  1 00:00:00 h a: 5\n";
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    let mut plain = stream("syslog", text.as_bytes(), Some("2026-03-02T12:00:00Z"));
    plain.file = Some(std::sync::Arc::new(file));
    let times =
        |found: Found| found.events.iter().map(|e| e.time.unwrap().to_string()[..10].to_owned()).collect::<Vec<_>>();
    assert_eq!(
        times(read_stream(split, plain)),
        ["2024-11-30", "2024-12-31", "2025-01-01", "2025-07-01", "2026-03-01"]
    );
    let piped = stream("syslog", text.as_bytes(), Some("2026-03-02T12:00:00Z"));
    assert_eq!(
        times(read_stream(split, piped)),
        ["2025-11-30", "2025-12-31", "2026-01-01", "2025-07-01", "2026-03-01"]
    );
    let found = read_stream(split, stream("syslog", text.as_bytes(), None));
    assert!(found.events[0].time.is_none() && found.problems[0].what.contains("no year"));
}

#[test]
fn channels() {
    let line = "Feb 24 17:05:40 h sshd[5]: Accepted password for bob from 192.0.2.1 port 9 ssh2\n";
    let channel =
        |name: &str, text: &str| read_stream(split, stream(name, text.as_bytes(), None)).events[0].channel().to_owned();
    assert_eq!(channel("/var/log/auth.log", line), "auth");
    assert_eq!(channel("/var/log/messages", line), "syslog");
    assert_eq!(channel("/var/log/messages", &format!("<86>{line}")), "auth");
    assert_eq!(channel("/var/log/auth.log", &format!("<30>{line}")), "syslog");
}

#[test]
fn strange_lines_are_named_and_other_files_are_not_taken() {
    let found = read(split, b"garbage\nFeb 24 17:05:40 h a: x\n");
    assert_eq!((found.events.len(), found.problems.len(), found.problems[0].origin.line), (1, 1, Some(1)));
    for other in [
        "{\"a\":1}",
        "type=SYSCALL msg=audit(1.1:1): x",
        "2026-04-07 16:13:10 install x",
        "<Event>",
        "Oct 24 17:05:38 no tag here",
    ] {
        assert!(!recognise(other.as_bytes()), "{other}");
    }
}

#[test]
fn parts_end_between_records() {
    let record = format!("Feb 24 17:05:38 web-1 sysmon: {}\n", SYSMON.replace("sh -c a", "sh -c a\nsecond"));
    let found = read(split, record.repeat(3000).as_bytes());
    assert_eq!((found.events.len(), found.problems.len()), (3000, 0));
    assert!(found.events.iter().all(|e| e.get("CommandLine").is_some_and(|c| c.starts_with("sh -c a\nsecond"))));
}

#[test]
fn broken_everywhere() {
    torture(
        split,
        format!("Feb 24 17:05:38 web-1 sysmon: {SYSMON}\n<14>1 2026-02-24T17:05:38Z h a - - [b c=\"d\"] e\n")
            .as_bytes(),
    );
}
