//! The commands as a user runs them, on the examples that ship with the project and on small files made here.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)] // a test says what is wrong by ending

mod common;

use common::{Run, whodunit};
use serde_json::{Value, json};
use std::path::PathBuf;

const INCIDENT: &str = "examples/onenote-45756";
const RECORDED: &str = "examples/onenote-45756-recorded";

/// A folder of this test run.
fn folder(name: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("whodunit-cli-{}-{name}", std::process::id()));
    let _ = std::fs::remove_dir_all(&path);
    std::fs::create_dir_all(&path).unwrap();
    path
}

fn file(name: &str, content: impl AsRef<[u8]>) -> String {
    let path = folder(name).join(name);
    std::fs::write(&path, content).unwrap();
    path.display().to_string()
}

fn run(args: &str) -> Run {
    whodunit(&args.split_whitespace().collect::<Vec<_>>())
}

/// A Sysmon DNS event in the contract's shape.
fn dns(host: &str, time: &str, record: u64, name: &str) -> String {
    let event = json!({
        "event_id": 22, "time": time, "logged": time, "host": host, "provider": "Microsoft-Windows-Sysmon",
        "channel": "Microsoft-Windows-Sysmon/Operational",
        "fields": {"ProcessGuid": "{77bc24b4-a4f1-681e-2702-000000008300}", "ProcessId": "23468", "QueryName": name, "Image": "C:\\a.exe"},
        "origin": {"file": "x", "record": record}
    });
    format!("{event}\n")
}

#[test]
fn the_readme_command_names_the_root() {
    let run = run(&format!("trace de.xxxxxxx.com --evidence {INCIDENT} --json"));
    let stories = run.lines();
    assert_eq!((run.status, stories.len()), (0, 1), "{}", run.stderr);
    let root = &stories[0]["root"];
    assert_eq!(root["kind"], "scheduled-task");
    assert_eq!(root["name"], "\\OneNote 45756");
    assert_eq!(root["confidence"], "circumstantial");
    assert!(root["file"].as_str().unwrap().ends_with("str.cmd"));
    let rivals = root["alternatives"].as_array().unwrap();
    assert!(rivals.iter().any(|a| a["text"].as_str().unwrap().contains("\\Ghost")), "{rivals:?}");
}

#[test]
fn with_everything_recorded_the_root_is_certain() {
    let run = run(&format!("trace de.xxxxxxx.com --evidence {RECORDED} --json"));
    let story = &run.lines()[0];
    assert_eq!((&story["root"]["name"], &story["root"]["confidence"]), (&json!("\\OneNote 45756"), &json!("certain")));
    let edges: Vec<_> = story["steps"].as_array().unwrap().iter().map(|s| s["edge"].as_str().unwrap()).collect();
    assert_eq!(edges, ["hit", "injection", "parent", "item"]);
}

#[test]
fn every_statement_of_a_story_names_its_evidence() {
    for folder in [INCIDENT, RECORDED] {
        let run = run(&format!("trace de.xxxxxxx.com --evidence {folder} --json"));
        for step in run.lines()[0]["steps"].as_array().unwrap() {
            let evidence = step["evidence"].as_array().unwrap();
            assert!(!evidence.is_empty(), "{step}");
            for origin in evidence {
                assert!(common::root().join(origin["file"].as_str().unwrap()).exists(), "{origin}");
            }
        }
    }
}

#[test]
fn processes_and_records_can_be_traced() {
    for query in ["23468", "{77bc24b4-a4f1-681e-2702-000000008300}", "sysmon.jsonl:4678"] {
        let run = run(&format!("trace {query} --evidence {INCIDENT} --json"));
        assert_eq!(run.lines()[0]["root"]["name"], "\\OneNote 45756", "{query}");
    }
}

#[test]
fn what_does_not_occur_is_said_with_what_was_not_recorded() {
    let run = run(&format!("trace not-there.example --evidence {INCIDENT} --json --exit-code"));
    let story = &run.lines()[0];
    assert_eq!(
        (run.status, &story["root"]["kind"], &story["root"]["confidence"]),
        (0, &json!("none"), &json!("unknown"))
    );
    assert!(story["root"]["why"].as_str().unwrap().contains("searched"), "{story}");
    assert!(!story["gaps"].as_array().unwrap().is_empty());
}

#[test]
fn events_come_in_the_contracts_shape() {
    let run = run(&format!("events {INCIDENT} --id 22 --field QueryName=de.* --json"));
    let event = &run.lines()[0];
    assert_eq!(event["time"], "2025-05-10T04:56:03.922Z");
    assert_eq!(event["name"], "DnsQuery");
    assert_eq!(event["fields"]["ProcessGuid"], "{77bc24b4-a4f1-681e-2702-000000008300}");
    let origin = &event["origin"];
    assert_eq!(origin["file"], format!("{INCIDENT}/logs/sysmon.jsonl"));
    assert_eq!((&origin["record"], &origin["line"]), (&json!(4678), &json!(24)));
}

#[test]
fn our_own_json_reads_back_equal() {
    let first = run(&format!("events {RECORDED} --json"));
    let path = file("again.jsonl", &first.stdout);
    let second = whodunit(&["events", &path, "--json"]);
    let bare = |run: &Run| -> Vec<Value> {
        let mut events = run.lines();
        events.iter_mut().for_each(|e| drop(e.as_object_mut().unwrap().remove("origin")));
        events
    };
    assert_eq!(bare(&first), bare(&second));
}

#[test]
fn order_limit_reverse_and_counting() {
    let times = |args: &str| -> Vec<String> {
        run(args).lines().iter().map(|e| e["time"].as_str().unwrap().to_owned()).collect()
    };
    let ordered = times(&format!("events {RECORDED} --json --order time"));
    assert!(ordered.is_sorted() && ordered.len() > 30);
    let last = times(&format!("events {RECORDED} --json --order time --reverse --limit 3"));
    assert_eq!(last, ordered.iter().rev().take(3).cloned().collect::<Vec<_>>());
    let counts = run(&format!("events {INCIDENT} --count-by event_id --json"));
    assert!(counts.lines().contains(&json!({"count": 7, "event_id": "22"})), "{}", counts.stdout);
    let csv = run(&format!("events {INCIDENT} --id 22 --csv"));
    assert_eq!(csv.stdout.lines().count(), 8);
}

#[test]
fn events_near_a_record() {
    let near = run(&format!("events {INCIDENT} --around sysmon.jsonl:4678 --within 3s --json"));
    assert_eq!(near.lines().len(), 5, "{}", near.stdout);
    let none = run(&format!("events {INCIDENT} --around sysmon.jsonl:99 --json"));
    assert_eq!(none.status, 2);
    assert!(none.stderr.contains("no record 99"), "{}", none.stderr);
}

#[test]
fn copies_are_shown_unless_unique() {
    let text = dns("A", "2025-05-10T00:00:00Z", 1, "a.example") + &dns("A", "2025-05-10T00:00:01Z", 2, "a.example");
    let (one, two) = (file("one.jsonl", &text), file("two.jsonl", &text));
    assert_eq!(whodunit(&["events", &one, &two, "--json"]).lines().len(), 4);
    assert_eq!(whodunit(&["events", &one, &two, "--json", "--unique"]).lines().len(), 2);
    assert_eq!(whodunit(&["hunt", &one, &two, "--json", "--ioc", "a.example"]).lines().len(), 4);
    assert_eq!(whodunit(&["hunt", &one, &two, "--json", "--ioc", "a.example", "--unique"]).lines().len(), 2);
    let coverage = whodunit(&["coverage", &one, &two, "--json"]);
    assert_eq!((&coverage.lines()[0]["events"], &coverage.lines()[0]["copies"]), (&json!(2), &json!(2)));
}

#[test]
fn hunt_knows_domains_lists_and_defanged_forms() {
    let text = dns("A", "2025-05-10T00:00:00Z", 1, "www.evil.example")
        + &dns("A", "2025-05-10T00:00:00Z", 2, "notevil.example");
    let (log, list) =
        (file("log.jsonl", text), file("list.txt", "# list\nhxxp://nothing[.]example/x\nevil[.]example\n"));
    let run = whodunit(&["hunt", &log, "--iocs", &list, "--json", "--exit-code"]);
    let hits = run.lines();
    assert_eq!((run.status, hits.len()), (3, 1), "{}", run.stdout);
    assert_eq!(hits[0]["ioc"], json!({"kind": "domain", "value": "evil.example", "source": list}));
    assert_eq!((&hits[0]["field"], &hits[0]["match"]), (&json!("QueryName"), &json!([4, 16])));
    let none = whodunit(&["hunt", &log, "--ioc", "=evil.example", "--exit-code"]);
    assert_eq!(none.status, 0);
    assert!(none.stderr.contains("nothing found; searched 2 events"), "{}", none.stderr);
}

#[test]
fn a_hosts_clock_is_corrected_and_said() {
    let run = run(&format!("events {INCIDENT} --id 22 --field QueryName=de.* --json --clock-skew XIAODI=+90s"));
    let event = &run.lines()[0];
    assert_eq!((&event["time"], &event["clock_skew_s"]), (&json!("2025-05-10T04:57:33.922Z"), &json!(90)));
    assert!(run.stderr.contains("XIAODI corrected by +90 s"), "{}", run.stderr);
}

#[test]
fn shown_times_follow_the_zone() {
    let run = run(&format!("events {INCIDENT} --id 22 --field QueryName=de.* --tz +08:00"));
    assert!(run.stdout.starts_with("2025-05-10 12:56:03.922+08:00"), "{}", run.stdout);
}

#[test]
fn text_from_evidence_cannot_reach_the_terminal_raw() {
    let log = file("esc.jsonl", dns("A", "2025-05-10T00:00:00Z", 1, "\u{1b}[31mred\u{202e}.example"));
    for args in [["events", &log, "--full"], ["events", &log, "-q"], ["tree", &log, "-q"], ["coverage", &log, "-q"]] {
        let run = whodunit(&args);
        assert!(!run.stdout.contains(['\u{1b}', '\u{202e}']), "{args:?}: {}", run.stdout);
    }
    assert!(whodunit(&["events", &log, "--full"]).stdout.contains("\\u{1b}[31mred\\u{202e}.example"));
    let json = whodunit(&["events", &log, "--json"]);
    assert_eq!(json.lines()[0]["fields"]["QueryName"], "\u{1b}[31mred\u{202e}.example");
}

#[test]
fn bad_input_is_named_with_its_place() {
    let png = file("picture.evtx", b"\x89PNG\r\n\x1a\n0000");
    let empty = file("empty.evtx", b"");
    let nothing = folder("nothing").display().to_string();
    for (path, words) in [(png.as_str(), "PNG"), (&empty, "empty"), (&nothing, "log"), ("/no/such/file.evtx", "such")] {
        let run = whodunit(&["events", path, "--json"]);
        assert_eq!((run.status, run.stdout.as_str()), (2, ""), "{path}: {}", run.stderr);
        assert!(run.stderr.contains(path) && run.stderr.contains(words), "{path}: {}", run.stderr);
    }
}

#[test]
fn what_could_be_read_stands_beside_what_could_not() {
    let log = file("half.jsonl", dns("A", "2025-05-10T00:00:00Z", 1, "a.example") + "{\"event_id\": 1, \n");
    let run = whodunit(&["events", &log, "--json"]);
    assert_eq!((run.status, run.lines().len()), (1, 1), "{}", run.stderr);
    assert!(run.stderr.contains("line 2"), "{}", run.stderr);
    let both = whodunit(&["events", &log, "/no/such/file", "--json"]);
    assert_eq!((both.status, both.lines().len()), (1, 1));
}

#[test]
fn events_without_time_and_late_dates() {
    let text = dns("A", "2106-02-07T06:28:16Z", 1, "a.example")
        + r#"{"event_id":22,"host":"A","channel":"Microsoft-Windows-Sysmon/Operational","fields":{"QueryName":"b.example"}}"#;
    let log = file("times.jsonl", text);
    let run = whodunit(&["events", &log, "--json", "--order", "time"]);
    let times: Vec<_> = run.lines().iter().map(|e| e["time"].clone()).collect();
    assert_eq!(times, [Value::Null, json!("2106-02-07T06:28:16Z")]);
    assert_eq!(whodunit(&["trace", "b.example", "--evidence", &log, "--json"]).lines().len(), 1);
}

#[cfg(unix)]
#[test]
fn folders_that_contain_themselves_are_read_once() {
    let folder = folder("loop");
    std::fs::write(folder.join("a.jsonl"), dns("A", "2025-05-10T00:00:00Z", 1, "a.example")).unwrap();
    std::os::unix::fs::symlink(&folder, folder.join("again")).unwrap();
    let run = whodunit(&["events", &folder.display().to_string(), "--json"]);
    assert_eq!((run.status, run.lines().len()), (0, 1), "{}", run.stderr);
}

#[test]
fn usage_is_explained() {
    for (args, words) in [
        ("events", "no evidence given"),
        ("events x --field Image", "F=glob"),
        ("events x --after yesterday", "RFC 3339\u{0}2h"),
        ("trace a.example --evidence x --tz Mars/Olympus", "Asia/Shanghai"),
        ("hunt x --ioc 10.0.0.0/99", "10.0.0.0/99"),
        ("schema NoSuchEvent", "NoSuchEvent"),
    ] {
        let run = run(args);
        assert_eq!(run.status, 2, "{args}: {}", run.stderr);
        let last = words.split('\u{0}').next_back().unwrap();
        assert!(run.stderr.contains(last), "{args}: {}", run.stderr);
    }
}

#[test]
fn schema_completions_and_man_page() {
    assert!(run("schema 22").stdout.contains("QueryName"));
    let all = run("schema --json").lines();
    assert!(all.len() > 100 && all.iter().all(|e| e["doc"].as_str().is_some_and(|d| !d.is_empty())));
    assert!(run("completions bash").stdout.contains("whodunit"));
    assert!(run("man").stdout.contains(".TH"));
}

#[test]
fn trees_and_logons() {
    let tree = run(&format!("tree {RECORDED} --json")).lines();
    let pid = |pid: u64| tree.iter().find(|p| p["pid"] == pid).unwrap_or_else(|| panic!("no {pid}"));
    assert_eq!((&pid(20344)["parent_pid"], &pid(20344)["end"]), (&json!(19712), &json!("2025-05-10T04:56:02.480Z")));
    assert_eq!(pid(1708)["known"], "guid");
    let logons = run(&format!("tree --logons {RECORDED} --json")).lines();
    assert_eq!((&logons[0]["logon_id"], &logons[0]["logon_type"]), (&json!("0x5c1f2"), &json!(2)));
}

#[test]
fn standard_input_and_archives_are_sources() {
    use std::io::Write;
    let text = dns("A", "2025-05-10T00:00:00Z", 1, "a.example");
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_whodunit"))
        .args(["events", "-", "--json"])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let event: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&event["origin"]["file"], &event["origin"]["record"]), (&json!("-"), &json!(1)));
}

/// The README shows real output, or says `…` where it leaves lines out.
#[test]
fn the_readme_shows_what_the_command_prints() {
    let readme = std::fs::read_to_string(common::root().join("README.md")).unwrap();
    let shown = readme.split("```text\n").nth(1).unwrap().split("\n```").next().unwrap();
    let printed = run(&format!("-q trace de.xxxxxxx.com --evidence {INCIDENT}")).stdout;
    for line in shown.lines().filter(|l| l.trim() != "…") {
        assert!(printed.lines().any(|p| p == line), "not printed: {line}\n{printed}");
    }
}
