//! What is never `certain`: records that name another process, one of several items, or a deed that came later.

mod common;

use common::*;
use whodunit_event::Confidence::{Certain, Circumstantial, Strong};
use whodunit_event::persist::Item;
use whodunit_trace::{Select, Story};

const RUN: &str = "HKLM\\Software\\Microsoft\\Windows\\CurrentVersion\\Run\\";
const UPDATER: &str = "C:\\Users\\a\\u.exe";

fn updater() -> Proc {
    proc("04:50:20", 77, UPDATER, UPDATER)
}

fn beacon(start: &'static str) -> Proc {
    proc(start, 4242, "C:\\Users\\xxxx\\AppData\\Local\\Temp\\beacon.exe", "beacon.exe -x")
}

fn shell_record(log: &mut Recording) {
    log.any("Microsoft-Windows-Shell-Core", 9708, "04:50:21", &[("PID", "77"), ("Command", UPDATER)]);
}

#[test]
fn a_command_that_two_run_keys_have() {
    let mut log = Recording::new();
    for name in ["Updater", "Other"] {
        let key = format!("{RUN}{name}");
        log.sysmon(13, "01:00:00", &beacon("00:58:00"), &[("TargetObject", &key), ("Details", UPDATER)]);
    }
    log.start(&updater(), &EXPLORER);
    shell_record(&mut log);
    log.dns_hit("04:56:03", &updater());
    let story = log.story();
    assert_eq!((root(&story).0, story.root.confidence), ("run-key", Circumstantial));
    assert_eq!(story.root.alternatives[0].confidence, Circumstantial);
}

#[test]
fn the_shells_record_of_a_run_key_is_none_of_a_startup_folder() {
    let mut log = Recording::new();
    let file = "C:\\Users\\a\\AppData\\Roaming\\Microsoft\\Windows\\Start Menu\\Programs\\Startup\\u.exe";
    log.sysmon(11, "01:00:00", &beacon("00:58:00"), &[("TargetFilename", file)]);
    let child = proc("04:50:20", 77, file, file);
    log.start(&child, &EXPLORER);
    log.any("Microsoft-Windows-Shell-Core", 9708, "04:50:21", &[("PID", "77"), ("Command", file)]);
    log.dns_hit("04:56:03", &child);
    let story = log.story();
    assert!(story.root.confidence < Certain, "{:?}", story.root);
}

#[test]
fn a_launch_record_of_another_program() {
    let mut log = Recording::new();
    let child = proc("04:50:20", 77, "C:\\Windows\\System32\\cmd.exe", "cmd.exe /c a.cmd");
    log.start(&child, &SCHEDULE);
    let named = [("TaskName", "\\Other"), ("Path", "C:\\Tools\\other.exe"), ("ProcessID", "77"), ("Priority", "7")];
    log.tasks(129, "04:50:21.5", &named);
    log.dns_hit("04:56:03", &child);
    let story = log.story();
    assert_eq!(story.root.confidence, Circumstantial, "pid 77 was used again: {:?}", story.root);
}

#[test]
fn two_launch_records_of_one_pid() {
    let mut log = Recording::new();
    let child = proc("04:50:20", 77, "C:\\Windows\\System32\\cmd.exe", "cmd.exe /c a.cmd");
    log.start(&child, &SCHEDULE);
    for (clock, task) in [("04:50:20.1", "\\B"), ("04:50:21.9", "\\A")] {
        log.tasks(129, clock, &[("TaskName", task), ("Path", "cmd.exe"), ("ProcessID", "77")]);
    }
    log.dns_hit("04:56:03", &child);
    assert!(log.story().root.confidence < Certain);
}

#[test]
fn a_task_of_another_host_with_the_same_pid() {
    let mut log = Recording::new();
    let child = proc("04:50:20", 77, "C:\\Windows\\System32\\cmd.exe", "cmd.exe /c a.cmd");
    log.start(&child, &SCHEDULE);
    log.dns_hit("04:56:03", &child);
    log.host = "OTHER".to_owned();
    log.tasks(129, "04:50:20.1", &[("TaskName", "\\Theirs"), ("Path", "cmd.exe"), ("ProcessID", "77")]);
    let story = log.story();
    assert_ne!(root(&story).1, "\\Theirs");
    assert!(story.root.confidence < Certain);
}

#[test]
fn a_parent_of_the_same_name_in_another_folder() {
    let zero = "{00000000-0000-0000-0000-000000000000}";
    let mut log = Recording::new();
    let parent = proc("04:00:00", 500, "C:\\Tools\\update.exe", "update.exe");
    log.start(&parent, &EXPLORER);
    let child = beacon("04:50:20");
    let fields = [
        ("CommandLine", child.command),
        ("ParentProcessGuid", zero),
        ("ParentProcessId", "500"),
        ("ParentImage", "C:\\Users\\a\\update.exe"),
    ];
    log.sysmon(1, child.start, &child, &fields);
    log.dns_hit("04:56:03", &child);
    let story = log.story();
    let step = story.steps.iter().find(|s| s.edge.word() == "parent" && s.process.is_some());
    assert!(step.is_none_or(|s| s.confidence < Certain), "{step:?}");
}

#[test]
fn a_thread_that_came_after_the_deed() {
    let mut log = Recording::new();
    log.start(&beacon("04:00:00"), &EXPLORER);
    log.dns_hit("04:56:03", &WMI);
    log.reach(8, "04:56:04.5", &beacon("04:00:00"), &WMI, &[("StartAddress", "0x1"), ("StartModule", "-")]);
    let story = log.story();
    let step = story.steps.iter().find(|s| s.edge.word() == "injection");
    assert!(step.is_none_or(|s| s.confidence < Certain), "{step:?}");
}

#[test]
fn what_a_person_opens_at_a_desktop_that_holds_foreign_code() {
    let mut log = Recording::new();
    log.start(&beacon("04:00:00"), &SCHEDULE);
    let named = [("TaskName", "\\T"), ("Path", beacon("04:00:00").image), ("ProcessID", "4242")];
    log.tasks(129, "04:00:00.1", &named);
    log.reach(8, "04:10:00", &beacon("04:00:00"), &EXPLORER, &[("StartAddress", "0x1"), ("StartModule", "-")]);
    log.start(&updater(), &EXPLORER);
    log.dns_hit("04:56:03", &updater());
    let story = log.story();
    assert_eq!(root(&story).1, "\\T");
    assert!(story.root.confidence < Certain, "a person may have started it: {:?}", story.root);
}

#[test]
fn a_pid_alone_is_no_guid() {
    let mut log = Recording::new();
    let known = proc("04:00:00", 4242, "C:\\Windows\\System32\\cmd.exe", "");
    log.sysmon(3, "04:10:00", &known, &[("DestinationIp", "203.0.113.1")]);
    let zero = "{00000000-0000-0000-0000-000000000000}";
    let fields = [("ProcessGuid", zero), ("ProcessId", "4242"), ("QueryName", "x"), ("Image", "-")];
    log.hit("Microsoft-Windows-Sysmon", 22, "09:00:00", &fields, "QueryName");
    assert_eq!(log.story().steps[0].confidence, Strong);
}

#[test]
fn a_cron_line_of_two_jobs_of_one_command() {
    let cron = proc("00:50:00", 300, "/usr/sbin/cron", "/usr/sbin/cron -f");
    let shell = proc("04:55:01", 776, "/usr/bin/dash", "/bin/sh -c /opt/.x/run.sh");
    let mut log = Recording::new();
    for (category, name) in [("cron-d", "/etc/cron.d/a"), ("cron-user", "/var/spool/cron/b")] {
        log.item(Item { command: vec!["/opt/.x/run.sh".to_owned()], ..Item::new(category, name) });
    }
    let line = [("ProcessId", "776"), ("User", "root"), ("CommandLine", "/opt/.x/run.sh")];
    log.any("cron", 70101, "04:55:01", &line);
    log.start(&shell, &cron);
    log.dns_hit("04:56:03", &shell);
    let story = log.story();
    assert!(story.root.confidence <= Circumstantial, "{:?}", story.root);
}

#[test]
fn an_old_login_whose_pid_another_sshd_has() {
    let sshd = proc("04:00:00", 500, "/usr/sbin/sshd", "sshd: eve [priv]");
    let bash = proc("04:00:02", 501, "/usr/bin/bash", "-bash");
    let mut log = Recording::new();
    let line = [("ProcessId", "500"), ("User", "bob"), ("SourceIp", "203.0.113.9"), ("SourcePort", "5000")];
    log.any("sshd", 70201, "01:00:00", &line);
    let init = proc("00:50:00", 1, "/usr/lib/systemd/systemd", "/sbin/init");
    log.start(&sshd, &init);
    log.start(&bash, &sshd);
    log.dns_hit("04:56:03", &bash);
    let story = log.story();
    assert_ne!(root(&story).1, "bob from 203.0.113.9", "that login was over before this sshd began");
}

#[test]
fn a_client_process_of_another_start_key() {
    let mut log = Recording::new();
    log.start(&beacon("04:00:00"), &EXPLORER);
    let xml = "<Task><Actions><Exec><Command>C:\\x.exe</Command></Exec></Actions></Task>";
    let fields = [
        ("TaskName", "\\Made"),
        ("TaskContent", xml),
        ("ClientProcessStartKey", "4222124650660162"),
        ("ClientProcessId", "4242"),
        ("SubjectLogonId", "0x3e7"),
    ];
    log.security(4698, "04:30:00", &fields);
    log.hit("Microsoft-Windows-TaskScheduler", 106, "04:30:00", &[("TaskName", "\\Made")], "TaskName");
    for step in log.story().steps.iter().skip(1) {
        assert!(step.confidence < Certain, "{step:?}");
    }
}

fn child_of_wmi(log: &mut Recording) -> Proc {
    let child = proc("04:50:20", 77, "C:\\Windows\\System32\\cmd.exe", "cmd.exe /c a.cmd");
    log.start_with(&child, &WMI, &[("User", "NT AUTHORITY\\SYSTEM")]);
    child
}

fn connection(log: &mut Recording, clock: &str, from: &str, port: &str) {
    let by = proc("00:50:00", 900, "C:\\Windows\\System32\\svchost.exe", "svchost.exe -k RPCSS");
    let fields = [
        ("Initiated", "false"),
        ("SourceIp", from),
        ("SourcePort", "50000"),
        ("DestinationIp", "10.0.0.1"),
        ("DestinationPort", port),
    ];
    log.sysmon(3, clock, &by, &fields);
}

#[test]
fn two_hosts_that_came_just_before() {
    for (other, expect) in [("10.0.0.5", Strong), ("10.0.0.6", Circumstantial)] {
        let mut log = Recording::new();
        log.remote_logon("04:50:10", "0x111", "3", "10.0.0.5");
        connection(&mut log, "04:50:10", "10.0.0.5", "135");
        log.remote_logon("04:50:12", "0x222", "3", other);
        connection(&mut log, "04:50:12", other, "135");
        let child = child_of_wmi(&mut log);
        log.dns_hit("04:56:03", &child);
        let story = log.story();
        assert_eq!((root(&story).0, story.root.confidence), ("remote_session", expect), "{:?}", story.root);
    }
}

#[test]
fn a_desktop_used_from_elsewhere_makes_no_tasks_over_the_network() {
    let mut log = Recording::new();
    connection(&mut log, "04:50:09", "10.0.0.5", "3389");
    log.remote_logon("04:50:10", "0x111", "10", "10.0.0.5");
    log.tasks(106, "04:50:12", &[("TaskName", "\\Policy"), ("UserContext", "SYSTEM")]);
    let child = proc("04:50:20", 77, "C:\\Windows\\System32\\gpupdate.exe", "gpupdate.exe /target:user");
    log.start(&child, &SCHEDULE);
    log.tasks(129, "04:50:20.1", &[("TaskName", "\\Policy"), ("Path", "gpupdate.exe"), ("ProcessID", "77")]);
    log.dns_hit("04:56:03", &child);
    assert_eq!(root(&log.story()), ("scheduled-task", "\\Policy"));
}

#[test]
fn a_server_that_a_shell_started_may_be_a_tool() {
    let shell = proc("04:00:00", 70, "C:\\Windows\\System32\\cmd.exe", "cmd.exe");
    let node = proc("04:10:00", 71, "C:\\Program Files\\Apache\\httpd.exe", "httpd.exe");
    let child = proc("04:50:20", 77, "C:\\Windows\\System32\\cmd.exe", "cmd.exe /c a.cmd");
    for (parent, expect) in [(&shell, Circumstantial), (&SERVICES, Strong)] {
        let mut log = Recording::new();
        log.start(&node, parent);
        log.start(&child, &node);
        log.dns_hit("04:56:03", &child);
        let story = log.story();
        assert_eq!((root(&story).0, story.root.confidence), ("exploit", expect));
    }
}

#[test]
fn two_services_of_one_command_line() {
    let child = proc("04:50:20", 77, "C:\\Tools\\run.exe", "C:\\Tools\\run.exe -s");
    for (made, expect) in [("03:00:01", Circumstantial), ("04:50:10", Strong)] {
        let mut log = Recording::new();
        for (clock, name) in [("03:00:00", "one"), (made, "two")] {
            let fields = [("ServiceName", name), ("ImagePath", child.command), ("ServiceType", "user mode service")];
            log.any("Service Control Manager", 7045, clock, &fields);
        }
        log.start(&child, &SERVICES);
        log.dns_hit("04:56:03", &child);
        let story = log.story();
        assert_eq!((root(&story), story.root.confidence), (("service", "two"), expect), "{:?}", story.root);
    }
}

#[test]
fn a_host_that_names_itself_as_the_client() {
    let mut log = Recording::new();
    let fields = [
        ("TargetUserName", "admin"),
        ("TargetLogonId", "0x111"),
        ("LogonType", "3"),
        ("IpAddress", "10.0.0.1"),
        ("WorkstationName", "XIAODI"),
    ];
    log.security(4624, "04:50:10", &fields);
    let child = proc("04:50:20", 77, "C:\\Windows\\System32\\cmd.exe", "cmd.exe /c a.cmd");
    log.start_with(&child, &WMI, &[("LogonId", "0x111")]);
    log.dns_hit("04:56:03", &child);
    assert_eq!(root(&log.story()).0, "unknown");
}

#[test]
fn a_logon_without_an_address_beside_those_of_two_hosts() {
    for (other, expect) in [("10.0.0.5", "remote_session"), ("10.0.0.6", "unknown")] {
        let mut log = Recording::new();
        log.remote_logon("04:50:10", "0x111", "3", "10.0.0.5");
        log.remote_logon("04:50:11", "0x222", "3", other);
        log.remote_logon("04:50:12", "0x333", "3", "-");
        let child = proc("04:53:20", 77, "C:\\Windows\\System32\\cmd.exe", "cmd.exe /c a.cmd");
        log.start_with(&child, &WMI, &[("LogonId", "0x333")]);
        log.dns_hit("04:56:03", &child);
        assert_eq!(root(&log.story()).0, expect);
    }
}

#[test]
fn a_desktop_that_served_a_caller_minutes_ago() {
    for (clock, expect) in [("04:50:10", Strong), ("04:43:00", Circumstantial)] {
        let mut log = Recording::new();
        let fields = [
            ("Initiated", "false"),
            ("SourceIp", "10.0.0.5"),
            ("SourcePort", "50000"),
            ("DestinationIp", "10.0.0.1"),
            ("DestinationPort", "49800"),
        ];
        log.sysmon(3, clock, &EXPLORER, &fields);
        log.start(&updater(), &EXPLORER);
        log.dns_hit("04:56:03", &updater());
        let story = log.story();
        assert_eq!((root(&story).0, story.root.confidence), ("remote_session", expect), "{:?}", story.root);
    }
}

#[test]
fn a_file_that_came_from_another_host_than_the_order() {
    for (writer, expect) in [("10.0.0.5", Strong), ("10.0.0.6", Circumstantial)] {
        let mut log = Recording::new();
        let file = "C:\\Windows\\Temp\\tool.exe";
        let system = proc("00:50:00", 4, "System", "");
        connection(&mut log, "04:45:00", writer, "445");
        log.sysmon(11, "04:45:01", &system, &[("TargetFilename", file)]);
        connection(&mut log, "04:50:10", "10.0.0.5", "135");
        let child = proc("04:50:20", 77, file, "C:\\Windows\\Temp\\tool.exe -x");
        log.start(&child, &WMI);
        log.dns_hit("04:56:03", &child);
        let story = log.story();
        assert_eq!((root(&story).0, story.root.confidence), ("remote_session", expect), "{:?}", story.root);
    }
}

/// 4688 of two starts, the second by the pid of the first.
fn by_pid_alone(log: &mut Recording, restarted: bool) -> Story {
    let cmd = "C:\\Windows\\System32\\cmd.exe";
    let new = |pid, image, by, parent| {
        [("NewProcessId", pid), ("NewProcessName", image), ("ProcessId", by), ("ParentProcessName", parent)]
    };
    log.security(4688, "01:00:00", &new("0x1f4", cmd, "0x3e8", "C:\\Windows\\System32\\services.exe"));
    if restarted {
        let (image, parent) = ("C:\\Windows\\System32\\wininit.exe", "C:\\Windows\\System32\\smss.exe");
        log.security(4688, "03:00:00", &new("0x12c", image, "0xc8", parent));
    }
    log.security(4688, "04:00:00", &new("0x258", beacon("04:00:00").image, "0x1f4", cmd));
    let fields = [("ProcessId", "600"), ("QueryName", "x"), ("Image", beacon("04:00:00").image)];
    log.hit("Microsoft-Windows-Sysmon", 22, "04:56:03", &fields, "QueryName");
    std::mem::take(log).story()
}

#[test]
fn a_pid_of_before_the_system_started_again() {
    let story = by_pid_alone(&mut Recording::new(), false);
    assert_eq!((root(&story).0, story.steps[1].confidence), ("service", Certain));
    let story = by_pid_alone(&mut Recording::new(), true);
    assert_eq!(root(&story).0, "unknown", "that cmd did not run any more");
}

#[test]
fn records_without_a_host_may_be_of_two() {
    let mut log = Recording::new();
    log.host.clear();
    assert!(by_pid_alone(&mut log, false).steps[1].confidence < Certain);
}

#[test]
fn the_same_evidence_gives_the_same_answer() {
    let spelled = |image| proc("04:00:00", 4242, image, "");
    let answer = || {
        let mut log = Recording::new();
        for image in ["C:\\a\\Beacon.exe", "C:\\a\\beacon.exe", "C:\\A\\BEACON.EXE"] {
            log.sysmon(9, "04:10:00", &spelled(image), &[("Device", "\\Device\\HarddiskVolume2")]);
        }
        let story = log.graph().stories(&query(), &Select::Pid(4242)).remove(0);
        story.steps[0].process.as_ref().unwrap().image.clone()
    };
    let first = answer();
    assert!((0..20).all(|_| answer() == first));
}
