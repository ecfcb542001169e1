//! What must not be taken for a root: each false root of recorded logs, and identities that lie.

mod common;

use common::*;
use whodunit_event::Confidence::{Circumstantial, Strong, Unknown};
use whodunit_event::Time;
use whodunit_trace::{Fact, Select};

fn beacon() -> Proc {
    proc("04:50:20", 4242, "C:\\Users\\a\\beacon.exe", "C:\\Users\\a\\beacon.exe")
}

#[test]
fn an_item_that_the_beacon_made_itself_is_no_cause() {
    let mut log = Recording::new();
    let key = "HKLM\\Software\\Microsoft\\Windows\\CurrentVersion\\Run\\Updater";
    log.start(&beacon(), &EXPLORER);
    log.sysmon(13, "04:50:21", &beacon(), &[("TargetObject", key), ("Details", "C:\\Users\\a\\beacon.exe")]);
    log.dns_hit("04:56:03", &beacon());
    let story = log.story();
    assert_eq!(root(&story).0, "user_action");
    assert!(story.related.iter().any(|r| r.kind == "item" && r.value == key), "but it is named beside it");
}

#[test]
fn a_task_that_a_child_of_the_beacon_made_is_no_cause() {
    let mut log = Recording::new();
    let tool = proc(
        "04:50:19",
        90,
        "C:\\Windows\\System32\\schtasks.exe",
        "schtasks /create /tn Up /tr C:\\Users\\a\\beacon.exe",
    );
    log.start(&beacon(), &SCHEDULE);
    log.start(&tool, &beacon());
    log.dns_hit("04:56:03", &beacon());
    assert_eq!(root(&log.story()), ("scheduled-task", ""), "some task started it, but not the one it made");
}

#[test]
fn an_injected_svchost_is_not_its_service() {
    let mut log = Recording::new();
    let child = proc("04:55:00", 91, "C:\\Windows\\System32\\cmd.exe", "cmd.exe /c whoami");
    log.start(&beacon(), &EXPLORER);
    log.reach(8, "04:54:00", &beacon(), &SCHEDULE, &[("StartModule", "-")]);
    log.start(&child, &SCHEDULE);
    log.dns_hit("04:56:03", &child);
    let story = log.story();
    assert_eq!(edges(&story), ["hit", "parent", "injection", "parent"]);
    assert_eq!(root(&story).0, "user_action");
}

#[test]
fn a_program_that_is_called_svchost_is_none() {
    let mut log = Recording::new();
    let fake = proc("04:55:00", 91, "C:\\Users\\a\\svchost.exe", "svchost.exe -k netsvcs -s Schedule");
    let child = proc("04:55:10", 92, "C:\\Windows\\System32\\cmd.exe", "cmd.exe /c whoami");
    log.start(&fake, &EXPLORER);
    log.start(&child, &fake);
    log.dns_hit("04:56:03", &child);
    assert_eq!(root(&log.story()).0, "user_action");
}

#[test]
fn infrastructure_is_never_the_root() {
    for dispatcher in [&SCHEDULE, &SERVICES, &EXPLORER, &WMI] {
        let mut log = Recording::new();
        log.dns_hit("04:56:03", dispatcher);
        let story = log.story();
        let name = dispatcher.image.rsplit('\\').next().unwrap();
        assert_eq!(root(&story), ("unknown", name), "it names where the evidence ends");
        assert_eq!(story.root.confidence, Unknown);
    }
}

#[test]
fn a_pid_that_was_used_again() {
    let mut log = Recording::new();
    let dead = proc("04:00:00", 4242, "C:\\Windows\\System32\\notepad.exe", "notepad.exe");
    log.start(&dead, &cmd());
    log.sysmon(5, "04:10:00", &dead, &[]);
    log.start(&beacon(), &EXPLORER);
    // The recorder stamps the beacon with the GUID and image of the dead process.
    log.dns_hit("04:56:03", &dead);
    let story = log.story();
    assert_eq!(story.steps[0].process.as_ref().unwrap().image.as_deref(), Some(beacon().image));
    assert_eq!(story.steps[0].confidence, Strong, "an identity that had to be mended is not certain");
}

fn cmd() -> Proc {
    proc("03:55:58", 19712, "C:\\Windows\\System32\\cmd.exe", "cmd.exe")
}

#[test]
fn a_pid_alone_means_the_process_that_lived_then() {
    let mut log = Recording::new();
    let first = proc("04:00:00", 4242, "C:\\Windows\\System32\\notepad.exe", "notepad.exe");
    log.start(&first, &cmd());
    log.sysmon(5, "04:10:00", &first, &[]);
    log.start(&beacon(), &EXPLORER);
    let zero = "{00000000-0000-0000-0000-000000000000}";
    let fields = [("ProcessGuid", zero), ("ProcessId", "4242"), ("QueryName", "x"), ("Image", "-")];
    log.hit("Microsoft-Windows-Sysmon", 22, "04:56:03", &fields, "QueryName");
    let story = log.story();
    assert_eq!(story.steps[0].process.as_ref().unwrap().image.as_deref(), Some(beacon().image));
    let mut log = Recording::new();
    log.start(&first, &cmd());
    log.start(&beacon(), &EXPLORER);
    let fields = [("ProcessGuid", zero), ("ProcessId", "4242"), ("QueryName", "x"), ("Image", "-")];
    log.hit("Microsoft-Windows-Sysmon", 22, "04:05:00", &fields, "QueryName");
    assert_eq!(log.story().steps[0].process.as_ref().unwrap().image.as_deref(), Some(first.image));
}

#[test]
fn an_end_without_guid_ends_the_right_process() {
    let mut log = Recording::new();
    log.start(&beacon(), &EXPLORER);
    let fields = [("ProcessGuid", ""), ("ProcessId", "4242"), ("Image", beacon().image)];
    log.any("Microsoft-Windows-Sysmon", 5, "04:57:00", &fields);
    let tree = log.graph().tree();
    let process = tree.iter().find(|p| p.pid == Some(4242)).unwrap();
    assert_eq!(process.end, Some(time("04:57:00")));
}

#[test]
fn hosts_do_not_mix() {
    let mut log = Recording::new();
    log.start(&beacon(), &cmd());
    log.host = "OTHER".to_owned();
    log.item(task("\\Here", "C:\\Users\\a\\beacon.exe", None));
    log.dns_hit("04:56:03", &beacon());
    let story = log.story();
    assert_eq!(story.host, "OTHER");
    assert_eq!(edges(&story), ["hit"], "the start on the other host is another process's");
}

#[test]
fn one_host_under_two_names() {
    let mut log = Recording::new();
    log.start(&beacon(), &EXPLORER);
    log.host = "xiaodi.corp.example".to_owned();
    log.dns_hit("04:56:03", &beacon());
    let story = log.story();
    assert_eq!(root(&story).0, "user_action");
    assert_eq!(story.host, "xiaodi.corp.example");
}

#[test]
fn two_machines_of_one_task_list_are_told_apart_by_their_own_records() {
    let mut log = Recording::new();
    let fields = [("TaskName", "\\Up"), ("Path", "beacon.exe"), ("ProcessID", "4242")];
    log.host = "OTHER".to_owned();
    log.tasks(129, "04:50:20", &fields);
    log.host = "XiaoDi".to_owned();
    log.start(&beacon(), &SCHEDULE);
    log.dns_hit("04:56:03", &beacon());
    assert_eq!(root(&log.story()), ("scheduled-task", ""));
}

#[test]
fn a_record_collected_twice_counts_once() {
    let mut log = Recording::new();
    let event = log.event(
        "Microsoft-Windows-Sysmon",
        22,
        "04:56:03",
        &[("QueryName", "x"), ("ProcessId", "7"), ("Image", "C:\\a.exe")],
    );
    let mut copy = event.clone();
    copy.origin.file = "copy.evtx".into();
    for event in [&event, &copy, &event] {
        log.builder.add(Fact::from_event(event).unwrap());
    }
    assert_eq!(log.builder.copies(), 1, "the same place again is the same record");
    let tree = log.graph().tree();
    assert_eq!(tree[0].events.get(&22), Some(&1));
}

#[test]
fn a_task_that_was_removed_before_explains_nothing() {
    let mut log = Recording::new();
    let xml = "<Task><Actions><Exec><Command>C:\\Users\\a\\beacon.exe</Command></Exec></Actions></Task>";
    log.security(4698, "04:00:00", &[("TaskName", "\\Up"), ("TaskContent", xml)]);
    log.security(4699, "04:10:00", &[("TaskName", "\\Up")]);
    log.start(&beacon(), &SCHEDULE);
    log.dns_hit("04:56:03", &beacon());
    assert_eq!(root(&log.story()), ("scheduled-task", ""));
}

#[test]
fn two_tasks_of_one_command_line_are_not_strong() {
    let mut log = Recording::new();
    log.item(task("\\A", "C:\\Users\\a\\beacon.exe", None));
    log.item(task("\\B", "C:\\Users\\a\\beacon.exe", None));
    log.start(&beacon(), &SCHEDULE);
    log.dns_hit("04:56:03", &beacon());
    let story = log.story();
    assert_eq!((story.root.kind.as_str(), story.root.confidence), ("scheduled-task", Circumstantial));
    assert_eq!(story.root.alternatives.len(), 1);
}

#[test]
fn parents_in_a_circle_end_the_walk() {
    let mut log = Recording::new();
    let (a, b) = (proc("04:00:00", 1000, "C:\\a.exe", "a"), proc("04:00:00", 1001, "C:\\b.exe", "b"));
    log.start(&a, &b);
    log.start(&b, &a);
    log.dns_hit("04:56:03", &a);
    let story = log.story();
    assert_eq!(root(&story).0, "unknown");
    assert!(story.root.why.contains("circle"), "{}", story.root.why);
}

#[test]
fn a_process_is_not_its_own_parent_though_pid_and_image_agree() {
    let mut log = Recording::new();
    let fields = [
        ("NewProcessId", "0x64"),
        ("NewProcessName", "C:\\Windows\\System32\\cmd.exe"),
        ("ProcessId", "0x64"),
        ("ParentProcessName", "C:\\Windows\\System32\\cmd.exe"),
    ];
    log.security(4688, "04:00:00", &fields);
    let stories = log.graph().stories(&query(), &Select::Pid(0x64));
    assert!(stories.iter().all(|s| s.root.kind == "unknown"));
}

#[test]
fn no_time_at_all_is_no_reason_to_fail() {
    let mut log = Recording::new();
    let mut event = log.event("Microsoft-Windows-Sysmon", 22, "04:56:03", &[("QueryName", "x"), ("ProcessId", "7")]);
    (event.time, event.logged) = (None, None);
    let hit = whodunit_trace::Hit { fact: Fact::of_hit(&event), ..Default::default() };
    log.builder.add_hit(hit);
    let story = log.story();
    assert_eq!(story.hits[0].time, None);
    assert_eq!(Time::parse("x"), None);
}

#[test]
fn a_host_that_opens_its_own_pipe_is_not_reached_from_elsewhere() {
    let system = proc("00:50:00", 4, "System", "");
    let service = proc("04:00:05", 900, "C:\\Windows\\PSEXESVC.exe", "C:\\Windows\\PSEXESVC.exe");
    let shell = proc("04:00:06", 901, "C:\\Windows\\System32\\cmd.exe", "cmd.exe /c whoami");
    let recording = |own: bool| {
        let mut log = Recording::new();
        let peer = if own { "fe80:0:0:0:90e:17af:263c:5209" } else { "10.0.0.5" };
        let address = [("SourceIp", peer), ("DestinationIp", "fe80::90e:17af:263c:5209"), ("Initiated", "false")];
        let ports = [("SourcePort", "58391"), ("DestinationPort", "445")];
        log.sysmon(3, "04:00:01", &system, &[address.as_slice(), &ports].concat());
        log.sysmon(18, "04:00:04", &system, &[("PipeName", "\\PSEXESVC")]);
        log.start(&service, &SERVICES);
        log.start(&shell, &service);
        log.dns_hit("04:01:00", &shell);
        log.story()
    };
    assert_ne!(root(&recording(true)).0, "remote_session");
    assert_eq!(root(&recording(false)).0, "remote_session");
}

#[test]
fn local_times_without_a_zone_are_moved_by_what_two_logs_say_of_one_start() {
    let mut log = Recording::new();
    let mut event = log.event(
        "Microsoft-Windows-Security-Auditing",
        4688,
        "00:50:20.5",
        &[
            ("NewProcessId", "0x1092"),
            ("NewProcessName", beacon().image),
            ("CommandLine", beacon().command),
            ("ProcessId", "0x5bac"),
            ("ParentProcessName", EXPLORER.image),
        ],
    );
    event.time_note = Some(whodunit_event::event::TimeNote::ZoneUnknown);
    log.builder.add(Fact::from_event(&event).unwrap());
    log.start(&beacon(), &EXPLORER);
    log.dns_hit("04:56:03", &beacon());
    let graph = log.graph();
    assert_eq!(graph.tree().iter().filter(|p| p.pid == Some(4242)).count(), 1, "both are one process");
    let story = &graph.stories(&query(), &Select::Hits)[0];
    assert!(story.gaps.iter().any(|g| g.text.contains("+4 h")), "the correction is stated: {:?}", story.gaps);
}

#[test]
fn a_pid_that_an_export_dropped_comes_from_the_other_log() {
    let mut log = Recording::new();
    let fields = [
        ("NewProcessId", "0x1092"),
        ("NewProcessName", beacon().image),
        ("CommandLine", beacon().command),
        ("ProcessId", "0x5bac"),
        ("ParentProcessName", EXPLORER.image),
    ];
    log.security(4688, "04:50:20", &fields);
    let guid = beacon().guid();
    let fields = [("ProcessGuid", guid.as_str()), ("Image", beacon().image), ("CommandLine", beacon().command)];
    log.any("Microsoft-Windows-Sysmon", 1, "04:50:20", &fields);
    let tree = log.graph().tree();
    let own: Vec<_> = tree.iter().filter(|p| p.image.as_deref() == Some(beacon().image)).collect();
    assert_eq!(own.len(), 1);
    assert_eq!((own[0].pid, own[0].guid.as_deref()), (Some(4242), Some(guid.as_str())));
}
