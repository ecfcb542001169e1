//! Items under several names and in several words: which one a process, or a record, means.

mod common;

use common::*;
use whodunit_event::Confidence::{Circumstantial, Strong};

#[test]
fn a_list_of_programs_in_winlogons_shell() {
    let evil = "C:\\Users\\a\\AppData\\Roaming\\b.exe";
    let child =
        proc("04:50:20", 77, "C:\\Users\\a\\AppData\\Roaming\\b.exe", "\"C:\\Users\\a\\AppData\\Roaming\\b.exe\"");
    let userinit = proc("04:50:18", 70, "C:\\Windows\\System32\\userinit.exe", "userinit.exe");
    let winlogon = proc("00:40:00", 60, "C:\\Windows\\System32\\winlogon.exe", "winlogon.exe");
    let maker = proc("04:40:00", 50, "C:\\Users\\a\\Downloads\\a.exe", "a.exe");
    let mut log = Recording::new();
    let key = "HKU\\S-1-5-21-1\\Software\\Microsoft\\Windows NT\\CurrentVersion\\Winlogon\\Shell";
    let value = format!("explorer.exe,\"{evil}\"");
    log.sysmon(13, "04:41:00", &maker, &[("TargetObject", key), ("Details", &value)]);
    log.start(&userinit, &winlogon);
    log.start(&child, &userinit);
    log.dns_hit("04:56:03", &child);
    let story = log.story();
    assert_eq!((root(&story), story.root.confidence), (("winlogon", "Shell"), Strong));
    assert_eq!(story.root.file.as_deref(), Some(evil), "the command that ran, not the first of the list");
}

#[test]
fn a_task_that_was_told_to_run() {
    let taskeng = proc("04:00:00", 60, "C:\\Windows\\System32\\taskeng.exe", "taskeng.exe {9C7B} S-1-5-18:SYSTEM:");
    let child = proc("04:50:20", 77, "C:\\Windows\\System32\\cmd.exe", "c:\\Windows\\System32\\cmd.exe");
    let run = |pid: u32, command: &'static str| proc("04:50:19", pid, "C:\\Windows\\System32\\schtasks.exe", command);
    for (others, confidence) in [(0, Strong), (1, Circumstantial)] {
        let mut log = Recording::new();
        log.start(&run(70, "schtasks.exe /run /tn elevator"), &EXPLORER);
        if others == 1 {
            log.start(&run(71, "schtasks.exe /run /tn \"\\other\""), &EXPLORER);
        }
        log.start(&child, &taskeng);
        log.dns_hit("04:56:03", &child);
        let story = log.story();
        assert_eq!((root(&story).0, story.root.confidence), ("scheduled-task", confidence));
        assert!(others == 1 || root(&story).1 == "\\elevator");
    }
}

#[test]
fn a_task_made_long_before_a_start_without_a_command_line_is_not_sure() {
    let xml =
        "<Task><Actions><Exec><Command>cmd.exe</Command><Arguments>/C tasklist</Arguments></Exec></Actions></Task>";
    for (start, confidence) in [("04:00:03", Strong), ("04:00:40", Circumstantial)] {
        let mut log = Recording::new();
        log.security(4698, "04:00:02", &[("TaskName", "\\Once"), ("TaskContent", xml), ("SubjectLogonId", "0x77")]);
        let fields =
            [("NewProcessId", "0xbcc"), ("NewProcessName", "C:\\Windows\\System32\\cmd.exe"), ("ProcessId", "0x33c")];
        log.hit("Microsoft-Windows-Security-Auditing", 4688, start, &fields, "");
        let story = log.story();
        assert_eq!((root(&story), story.root.confidence), (("scheduled-task", "\\Once"), confidence));
    }
}

#[test]
fn a_service_under_two_names_is_one() {
    let image = "C:\\Windows\\System32\\x2.exe";
    let installed = [("ServiceName", "Key"), ("ServiceFileName", image), ("SubjectLogonId", "0x77")];
    let shown = [("ServiceName", "For people"), ("ImagePath", image)];
    for with_registry in [true, false] {
        let mut log = Recording::new();
        log.remote_logon("04:00:01", "0x77", "3", "10.0.0.5");
        if with_registry {
            let key = "HKLM\\System\\CurrentControlSet\\Services\\Key\\DisplayName";
            log.sysmon(13, "04:00:04", &SERVICES, &[("TargetObject", key), ("Details", "For people")]);
        }
        log.hit("Service Control Manager", 7045, "04:00:04", &shown, "ImagePath");
        log.security(4697, "04:00:05", &installed);
        let story = log.story();
        assert_eq!((root(&story), story.root.confidence), (("remote_session", "CORP\\admin from 10.0.0.5"), Strong));
        assert!(story.steps[1].text.contains(" Key"), "{}", story.steps[1].text);
    }
}

#[test]
fn a_hit_on_a_tasks_own_key_leads_to_its_maker() {
    let mut log = Recording::new();
    log.remote_logon("04:00:01", "0x77", "3", "10.0.0.5");
    log.security(4698, "04:00:02", &[("TaskName", "\\A\\B"), ("SubjectLogonId", "0x77")]);
    let (guid, pid) = (SCHEDULE.guid(), SCHEDULE.pid.to_string());
    let key = "HKLM\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\Schedule\\TaskCache\\Tasks\\{47CD}\\Path";
    let fields = [
        ("ProcessGuid", guid.as_str()),
        ("ProcessId", &pid),
        ("Image", SCHEDULE.image),
        ("TargetObject", key),
        ("Details", "\\A\\B"),
    ];
    log.hit("Microsoft-Windows-Sysmon", 13, "04:00:02", &fields, "Details");
    let story = log.story();
    assert_eq!(root(&story), ("remote_session", "CORP\\admin from 10.0.0.5"));
}
