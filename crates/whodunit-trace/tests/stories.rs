//! Each edge of the graph, on the smallest recording that shows it.

mod common;

use common::*;
use whodunit_event::Confidence::{Certain, Circumstantial, Strong, Unknown};
use whodunit_event::persist::Item;
use whodunit_event::{Origin, Time};
use whodunit_trace::{Select, Story};

const SCRIPT: &str = "C:\\Users\\xxxx\\AppData\\Roaming\\str.cmd";

fn cmd() -> Proc {
    let command = "C:\\Windows\\SYSTEM32\\cmd.exe /c \"\"C:\\Users\\xxxx\\AppData\\Roaming\\str.cmd\"\"";
    proc("04:55:58", 19712, "C:\\Windows\\System32\\cmd.exe", command)
}

fn beacon(start: &'static str) -> Proc {
    proc(start, 4242, "C:\\Users\\xxxx\\AppData\\Local\\Temp\\beacon.exe", "beacon.exe -x")
}

#[test]
fn the_incident_with_its_task_and_nothing_else() {
    let mut log = Recording::new();
    log.item(task("\\OneNote 45756", SCRIPT, Some("04:55:58")));
    log.item(task("\\Defrag", "%windir%\\system32\\defrag.exe -c", Some("04:55:30")));
    log.item(task("\\Old", "C:\\x.cmd", Some("01:00:00")));
    log.dns_hit("04:56:03.922", &EXPLORER);
    let story = log.story();
    assert_eq!(root(&story), ("scheduled-task", "\\OneNote 45756"));
    assert_eq!(story.root.confidence, Circumstantial);
    assert_eq!(story.root.file.as_deref(), Some(SCRIPT));
    assert_eq!(edges(&story), ["hit", "time"]);
    let process = story.steps[0].process.as_ref().unwrap();
    assert_eq!(process.start, Some(time("00:59:29")));
    assert_eq!(process.start_from, Some("guid"));
    let others: Vec<_> = story.root.alternatives.iter().map(|a| a.text.contains("\\Defrag")).collect();
    assert_eq!(others, [true], "what ran near is an alternative, what ran hours before is none");
}

#[test]
fn two_tasks_with_one_action_and_one_last_run() {
    let mut log = Recording::new();
    let ghost = Item {
        evidence: vec![Origin { key: Some("SOFTWARE\\TaskCache\\Tree\\Ghost".into()), ..Origin::file("SOFTWARE") }],
        ..task("\\Ghost", SCRIPT, Some("04:55:58"))
    };
    log.item(ghost);
    log.item(task("\\OneNote 45756", SCRIPT, Some("04:55:58")));
    log.dns_hit("04:56:03.922", &EXPLORER);
    let story = log.story();
    assert_eq!(root(&story), ("scheduled-task", "\\OneNote 45756"));
    assert_eq!(story.root.confidence, Circumstantial);
    let ghost = &story.root.alternatives[0];
    assert!(ghost.text.contains("\\Ghost") && ghost.text.contains("only the registry knows it"), "{}", ghost.text);
    assert!(story.answer.contains("\\Ghost runs the same command"), "{}", story.answer);
}

/// Event 1, 129 and 8 say every step.
fn recorded() -> Recording {
    let mut log = Recording::new();
    let shell =
        proc("04:55:59", 20344, "C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe", "powershell -c -");
    log.item(task("\\OneNote 45756", SCRIPT, Some("04:55:58")));
    log.item(task("\\Ghost", SCRIPT, Some("04:55:58")));
    log.start(&cmd(), &SCHEDULE);
    let named = [("TaskName", "\\OneNote 45756"), ("Path", SCRIPT), ("ProcessID", "19712"), ("Priority", "7")];
    log.tasks(129, "04:55:58.4", &named);
    log.start(&shell, &cmd());
    log.reach(8, "04:56:01", &shell, &EXPLORER, &[("StartAddress", "0x1"), ("StartModule", "-")]);
    log.dns_hit("04:56:03.922", &EXPLORER);
    log
}

#[test]
fn the_incident_with_everything_recorded_is_certain() {
    let story = recorded().story();
    assert_eq!(root(&story), ("scheduled-task", "\\OneNote 45756"));
    assert_eq!(story.root.confidence, Certain);
    assert_eq!(edges(&story), ["hit", "injection", "parent", "item"]);
    let text = story.text();
    assert!(text.contains("ROOT  scheduled task \\OneNote 45756  [certain]"), "{text}");
    assert!(text.contains("remove"), "{text}");
}

#[test]
fn a_thread_in_a_known_module_is_strong_only() {
    let mut log = Recording::new();
    log.start(&beacon("04:00:00"), &EXPLORER);
    log.reach(8, "04:56:01", &beacon("04:00:00"), &WMI, &[("StartModule", "C:\\Windows\\System32\\kernel32.dll")]);
    log.dns_hit("04:56:03", &WMI);
    let story = log.story();
    assert_eq!(edges(&story), ["hit", "injection", "parent"]);
    assert_eq!(story.steps[1].confidence, Strong);
    assert_eq!(root(&story).0, "user_action");
}

#[test]
fn access_alone_is_circumstantial() {
    let mut log = Recording::new();
    log.start(&beacon("04:00:00"), &cmd());
    log.reach(10, "04:56:01", &beacon("04:00:00"), &EXPLORER, &[("GrantedAccess", "0x1fffff")]);
    log.reach(10, "04:56:01", &cmd(), &EXPLORER, &[("GrantedAccess", "0x1410")]);
    log.dns_hit("04:56:03", &EXPLORER);
    let story = log.story();
    assert_eq!(edges(&story)[..2], ["hit", "injection"]);
    assert_eq!(story.steps[1].confidence, Circumstantial);
    assert_eq!(story.steps[1].process.as_ref().unwrap().pid, Some(4242), "the reading access does not count");
    assert!(story.root.confidence <= Circumstantial);
}

#[test]
fn a_task_by_action_and_by_command_line() {
    for (with_action, confidence) in [(true, Strong), (false, Strong)] {
        let mut log = Recording::new();
        log.item(task("\\Up", SCRIPT, None));
        log.start(&cmd(), &SCHEDULE);
        if with_action {
            log.tasks(200, "04:55:59", &[("TaskName", "\\Up"), ("ActionName", SCRIPT), ("TaskInstanceId", "{1}")]);
        }
        log.dns_hit("04:56:03", &cmd());
        let story = log.story();
        assert_eq!((root(&story), story.root.confidence), (("scheduled-task", "\\Up"), confidence));
        assert_eq!(story.root.file.as_deref(), Some(SCRIPT));
    }
}

#[test]
fn a_task_from_4698_with_its_maker() {
    let mut log = Recording::new();
    let maker = beacon("04:10:00");
    let xml =
        "<Task><Actions><Exec><Command>C:\\Users\\xxxx\\AppData\\Roaming\\str.cmd</Command></Exec></Actions></Task>";
    log.start(&maker, &EXPLORER);
    let key = whodunit_event::Guid::parse(&maker.guid()).unwrap().key().to_string();
    log.security(
        4698,
        "04:20:00",
        &[
            ("TaskName", "\\Up"),
            ("TaskContent", xml),
            ("ClientProcessStartKey", &key),
            ("ClientProcessId", "4242"),
            ("SubjectLogonId", "0x5c1f2"),
        ],
    );
    log.start(&cmd(), &SCHEDULE);
    log.dns_hit("04:56:03", &cmd());
    let story = log.story();
    assert_eq!(root(&story), ("scheduled-task", "\\Up"));
    let maker = story.related.iter().find(|r| r.kind == "maker").unwrap();
    assert_eq!(maker.value, "beacon.exe (4242)");
    assert!(maker.why.contains("user action"), "the maker's own root is named: {}", maker.why);
}

#[test]
fn a_child_of_the_scheduler_that_nothing_names() {
    let mut log = Recording::new();
    log.start(&cmd(), &SCHEDULE);
    log.dns_hit("04:56:03", &cmd());
    let story = log.story();
    assert_eq!(root(&story), ("scheduled-task", ""));
    assert_eq!(story.root.confidence, Strong);
    assert_eq!(story.root.file.as_deref(), Some(SCRIPT));
}

#[test]
fn a_service_installed_long_before() {
    let mut log = Recording::new();
    let service = proc("04:00:00", 900, "C:\\ProgramData\\svc.exe", "C:\\ProgramData\\svc.exe -k");
    let fields =
        [("ServiceName", "Updater"), ("ImagePath", "C:\\ProgramData\\svc.exe -k"), ("AccountName", "LocalSystem")];
    log.any("Service Control Manager", 7045, "01:00:00", &fields);
    log.start(&service, &SERVICES);
    log.dns_hit("04:56:03", &service);
    let story = log.story();
    assert_eq!((root(&story), story.root.confidence), (("service", "Updater"), Strong));
}

#[test]
fn a_service_made_and_run_from_another_host_is_that_sessions_doing() {
    let mut log = Recording::new();
    let service = proc("04:00:05", 900, "C:\\Windows\\PSEXESVC.exe", "C:\\Windows\\PSEXESVC.exe");
    let shell = proc("04:00:06", 901, "C:\\Windows\\System32\\cmd.exe", "cmd.exe");
    log.remote_logon("04:00:01", "0x77", "3", "10.0.0.5");
    let share = [
        ("SubjectLogonId", "0x77"),
        ("ShareName", "\\\\*\\IPC$"),
        ("RelativeTargetName", "svcctl"),
        ("IpAddress", "10.0.0.5"),
    ];
    log.security(5145, "04:00:02", &share);
    let fields = [("ServiceName", "PSEXESVC"), ("ImagePath", "%SystemRoot%\\PSEXESVC.exe")];
    log.any("Service Control Manager", 7045, "04:00:04", &fields);
    log.start(&service, &SERVICES);
    log.start(&shell, &service);
    log.dns_hit("04:01:00", &shell);
    let story = log.story();
    assert_eq!(root(&story), ("remote_session", "CORP\\admin from 10.0.0.5"));
    assert_eq!(story.root.confidence, Strong);
}

#[test]
fn psexec_on_the_host_itself_is_not_remote() {
    let mut log = Recording::new();
    let service = proc("04:00:05", 900, "C:\\Windows\\PSEXESVC.exe", "C:\\Windows\\PSEXESVC.exe");
    let fields = [("ServiceName", "PSEXESVC"), ("ImagePath", "%SystemRoot%\\PSEXESVC.exe")];
    log.remote_logon("04:00:01", "0x77", "3", "::1");
    log.any("Service Control Manager", 7045, "04:00:04", &fields);
    log.start(&service, &SERVICES);
    log.dns_hit("04:01:00", &service);
    let story = log.story();
    assert_eq!(root(&story), ("service", "PSEXESVC"));
}

#[test]
fn run_key_startup_folder_and_a_click() {
    let young = Proc { start: "04:50:00", ..EXPLORER };
    let key = "HKU\\S-1-5-21-1\\Software\\Microsoft\\Windows\\CurrentVersion\\Run\\Updater";
    for (desktop, kind, confidence) in [(&young, "run-key", Strong), (&EXPLORER, "run-key", Circumstantial)] {
        let mut log = Recording::new();
        let child = proc("04:50:20", 77, "C:\\Users\\a\\u.exe", "\"C:\\Users\\a\\u.exe\" /min");
        log.sysmon(
            13,
            "01:00:00",
            &beacon("00:58:00"),
            &[("TargetObject", key), ("Details", "\"C:\\Users\\a\\u.exe\" /min")],
        );
        log.start(&child, desktop);
        log.dns_hit("04:56:03", &child);
        let story = log.story();
        assert_eq!((root(&story), story.root.confidence), ((kind, "Updater"), confidence));
        assert!(story.related.iter().any(|r| r.kind == "maker" && r.value.contains("beacon.exe")));
    }
    let mut log = Recording::new();
    log.start_with(&beacon("04:50:20"), &EXPLORER, &[("User", "XiaoDi\\26224")]);
    log.dns_hit("04:56:03", &beacon("04:50:20"));
    let story = log.story();
    assert_eq!((root(&story).0, story.root.confidence), ("user_action", Circumstantial));
    let mut log = Recording::new();
    let file = "C:\\Users\\a\\AppData\\Roaming\\Microsoft\\Windows\\Start Menu\\Programs\\Startup\\u.exe";
    let child = proc("04:50:20", 77, file, file);
    log.sysmon(11, "01:00:00", &beacon("00:58:00"), &[("TargetFilename", file)]);
    log.start(&child, &young);
    log.dns_hit("04:56:03", &child);
    assert_eq!(root(&log.story()), ("startup-folder", "u.exe"));
}

#[test]
fn the_shells_own_record_of_a_run_key_is_certain() {
    let mut log = Recording::new();
    let child = proc("04:50:20", 77, "C:\\Users\\a\\u.exe", "C:\\Users\\a\\u.exe");
    let key = "HKLM\\Software\\Microsoft\\Windows\\CurrentVersion\\Run\\Updater";
    log.sysmon(13, "01:00:00", &beacon("00:58:00"), &[("TargetObject", key), ("Details", "C:\\Users\\a\\u.exe")]);
    log.start(&child, &EXPLORER);
    log.any("Microsoft-Windows-Shell-Core", 9708, "04:50:21", &[("PID", "77"), ("Command", "C:\\Users\\a\\u.exe")]);
    log.dns_hit("04:56:03", &child);
    let story = log.story();
    assert_eq!((root(&story), story.root.confidence), (("run-key", "Updater"), Certain));
}

#[test]
fn a_wmi_subscription() {
    let mut log = Recording::new();
    let child = proc("04:50:20", 77, "C:\\Windows\\System32\\notepad.exe", "notepad.exe C:\\x.txt");
    let consumer = [
        ("Operation", "Created"),
        ("Name", " \"Updater\""),
        ("Type", "Command Line"),
        ("Destination", "notepad.exe C:\\x.txt"),
    ];
    log.any("Microsoft-Windows-Sysmon", 20, "01:00:00", &consumer);
    log.start(&child, &WMI);
    log.dns_hit("04:56:03", &child);
    // A quiet program, but what started it is on record.
    let story = log.story();
    assert_eq!((root(&story), story.root.confidence), (("wmi-subscription", "Updater"), Strong));
}

#[test]
fn wmi_from_another_host_and_from_this_one() {
    let child = proc("04:50:20", 77, "C:\\Windows\\System32\\cmd.exe", "cmd.exe /c whoami");
    let mut log = Recording::new();
    log.remote_logon("04:50:10", "0x88", "3", "10.0.0.5");
    log.start_with(&child, &WMI, &[("LogonId", "0x88")]);
    log.dns_hit("04:56:03", &child);
    let story = log.story();
    assert_eq!((root(&story), story.root.confidence), (("remote_session", "CORP\\admin from 10.0.0.5"), Strong));

    let mut log = Recording::new();
    let wmic =
        proc("04:50:19", 76, "C:\\Windows\\System32\\wbem\\WMIC.exe", "wmic process call create \"cmd.exe /c whoami\"");
    log.start(&wmic, &beacon("04:00:00"));
    log.start(&child, &WMI);
    log.dns_hit("04:56:03", &child);
    let story = log.story();
    assert_eq!(story.steps[1].process.as_ref().unwrap().pid, Some(76));
    assert_ne!(root(&story).0, "remote_session");

    let mut log = Recording::new();
    log.start(&child, &WMI);
    log.dns_hit("04:56:03", &child);
    let story = log.story();
    assert_eq!((root(&story).0, story.root.confidence), ("unknown", Unknown));
    assert!(story.root.why.contains("WmiPrvSE.exe (3300)"), "{}", story.root.why);
}

#[test]
fn a_desktop_over_rdp() {
    let mut log = Recording::new();
    log.remote_logon("04:40:00", "0x99", "10", "203.0.113.9");
    log.start_with(&beacon("04:50:20"), &EXPLORER, &[("LogonId", "0x99")]);
    log.dns_hit("04:56:03", &beacon("04:50:20"));
    let story = log.story();
    assert_eq!((root(&story).0, story.root.confidence), ("remote_session", Strong));
}

#[test]
fn a_shell_under_a_server() {
    let mut log = Recording::new();
    let server = proc("00:55:00", 50, "C:\\Windows\\System32\\inetsrv\\w3wp.exe", "w3wp.exe -ap x");
    let shell = proc("04:50:20", 77, "C:\\Windows\\System32\\cmd.exe", "cmd.exe /c whoami");
    log.start(&server, &SERVICES);
    log.start(&shell, &server);
    log.dns_hit("04:56:03", &shell);
    let story = log.story();
    assert_eq!((root(&story), story.root.confidence), (("exploit", "w3wp.exe (50)"), Strong));
}

#[test]
fn a_file_written_then_run_by_nobody_knows_whom() {
    let mut log = Recording::new();
    let browser = proc("04:00:00", 60, "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe", "chrome.exe");
    log.start(&browser, &EXPLORER);
    log.sysmon(11, "04:10:00", &browser, &[("TargetFilename", "c:\\users\\XXXX\\appdata\\local\\temp\\BEACON.exe")]);
    log.dns_hit("04:56:03", &beacon("04:20:00"));
    let story = log.story();
    assert_eq!(edges(&story), ["hit", "write", "parent"]);
    assert_eq!(root(&story).0, "user_action");
}

#[test]
fn a_planted_module_in_a_program_of_the_system() {
    let mut log = Recording::new();
    let module = "C:\\ProgramData\\evil.dll";
    log.start(&beacon("04:00:00"), &cmd());
    log.sysmon(11, "04:10:00", &beacon("04:00:00"), &[("TargetFilename", module)]);
    log.sysmon(7, "04:20:00", &EXPLORER, &[("ImageLoaded", module), ("Signed", "false")]);
    log.dns_hit("04:56:03", &EXPLORER);
    let story = log.story();
    assert_eq!(edges(&story)[..2], ["hit", "load"]);
    assert_eq!(story.steps[1].process.as_ref().unwrap().pid, Some(4242));
}

#[test]
fn a_hit_on_a_tampered_process_leads_to_who_started_it() {
    let mut log = Recording::new();
    let hollow = proc("04:50:00", 88, "C:\\Windows\\System32\\svchost.exe", "svchost.exe");
    log.start(&hollow, &beacon("04:00:00"));
    log.sysmon(25, "04:50:01", &hollow, &[("Type", "Image is replaced")]);
    log.dns_hit("04:56:03", &hollow);
    let story = log.story();
    assert_eq!(edges(&story)[..2], ["hit", "injection"]);
    assert_eq!(story.steps[1].process.as_ref().unwrap().pid, Some(4242));
}

#[test]
fn a_hit_on_an_address_is_explained_with_its_name() {
    let mut log = Recording::new();
    let by = beacon("04:00:00");
    log.sysmon(22, "04:56:03", &by, &[("QueryName", "de.xxxxxxx.com"), ("QueryResults", "::ffff:203.0.113.57;")]);
    let (guid, pid) = (by.guid(), by.pid.to_string());
    let fields = [
        ("ProcessGuid", guid.as_str()),
        ("ProcessId", pid.as_str()),
        ("Image", by.image),
        ("Initiated", "true"),
        ("SourceIp", "10.0.0.1"),
        ("DestinationIp", "203.0.113.57"),
        ("DestinationPort", "443"),
    ];
    log.hit("Microsoft-Windows-Sysmon", 3, "04:56:04", &fields, "DestinationIp");
    let story = log.story();
    assert!(story.steps[0].text.contains("203.0.113.57 (de.xxxxxxx.com)"), "{}", story.steps[0].text);
}

#[test]
fn a_hit_in_4688_is_the_new_process() {
    let mut log = Recording::new();
    let fields = [
        ("NewProcessId", "0x1092"),
        ("NewProcessName", "C:\\Users\\xxxx\\AppData\\Local\\Temp\\beacon.exe"),
        ("ProcessId", "0x5bac"),
        ("ParentProcessName", "C:\\Windows\\explorer.exe"),
        ("CommandLine", "beacon.exe de.xxxxxxx.com"),
    ];
    log.hit("Microsoft-Windows-Security-Auditing", 4688, "04:20:00", &fields, "CommandLine");
    let story = log.story();
    assert_eq!(story.steps[0].process.as_ref().unwrap().pid, Some(0x1092));
    assert_eq!(root(&story).0, "user_action");
}

#[test]
fn sysmon_1_and_4688_of_one_process_are_one() {
    let mut log = Recording::new();
    let child = beacon("04:20:00");
    log.start(&child, &cmd());
    let fields = [
        ("NewProcessId", "0x1092"),
        ("NewProcessName", child.image),
        ("ProcessId", "0x4d00"),
        ("ParentProcessName", "C:\\Windows\\System32\\cmd.exe"),
    ];
    log.security(4688, "04:20:00.9", &fields);
    log.dns_hit("04:56:03", &child);
    let story = log.story();
    assert_eq!(story.steps[1].evidence.len(), 2, "both records: {:?}", story.steps[1].evidence);
}

#[test]
fn script_blocks_belong_to_their_host() {
    let mut log = Recording::new();
    let shell = proc("04:20:00", 77, "C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe", "powershell");
    log.start(&shell, &cmd());
    let mut event =
        log.event("Microsoft-Windows-PowerShell", 4104, "04:30:00", &[("ScriptBlockText", "iwr de.xxxxxxx.com")]);
    event.writer_pid = Some(77);
    let hit = whodunit_trace::Hit {
        fact: whodunit_trace::Fact::of_hit(&event),
        field: "ScriptBlockText".to_owned(),
        indicator: String::new(),
    };
    log.builder.add_hit(hit);
    let story = log.story();
    assert_eq!(story.steps[0].process.as_ref().unwrap().pid, Some(77));
    assert_eq!(edges(&story)[..2], ["hit", "parent"]);
}

#[test]
fn a_hit_on_a_service_leads_to_its_maker() {
    let mut log = Recording::new();
    log.remote_logon("04:00:01", "0x77", "3", "10.0.0.5");
    let fields = [("ServiceName", "x"), ("ServiceFileName", "C:\\evil.exe"), ("SubjectLogonId", "0x77")];
    log.hit("Microsoft-Windows-Security-Auditing", 4697, "04:00:04", &fields, "ServiceFileName");
    let story = log.story();
    assert_eq!((root(&story).0, story.root.confidence), ("remote_session", Strong));
    assert_eq!(edges(&story), ["hit", "remote"]);
}

#[test]
fn processes_are_asked_for_by_pid_image_and_guid() {
    let by_pid = recorded().graph().stories(&query(), &Select::Pid(20344));
    assert_eq!(root(&by_pid[0]).1, "\\OneNote 45756");
    let by_image = recorded().graph().stories(&query(), &Select::Image("powershell.exe".to_owned()));
    assert_eq!(by_image.len(), 1);
    let guid = whodunit_event::Guid::parse(&EXPLORER.guid()).unwrap();
    let by_guid = recorded().graph().stories(&query(), &Select::Guid(guid));
    assert_eq!(root(&by_guid[0]).1, "\\OneNote 45756");
    assert!(recorded().graph().stories(&query(), &Select::Pid(1)).is_empty());
}

#[test]
fn cron_ssh_and_units() {
    let cron = proc("00:50:00", 300, "/usr/sbin/cron", "/usr/sbin/cron -f");
    let shell = proc("04:55:01", 777, "/usr/bin/dash", "/bin/sh -c /opt/.x/run.sh");
    let miner = proc("04:55:02", 778, "/opt/.x/miner", "/opt/.x/miner -o pool");
    let mut log = Recording::new();
    let line = [("ProcessId", "776"), ("User", "root"), ("CommandLine", "/opt/.x/run.sh")];
    log.any("cron", 70101, "04:55:01", &line);
    log.start(&shell, &cron);
    log.start(&miner, &shell);
    log.dns_hit("04:56:03", &miner);
    let story = log.story();
    assert_eq!((root(&story), story.root.confidence), (("cron-system", "/opt/.x/run.sh"), Strong));

    let sshd = proc("04:00:00", 500, "/usr/sbin/sshd", "sshd: bob [priv]");
    let bash = proc("04:00:02", 501, "/usr/bin/bash", "-bash");
    let mut log = Recording::new();
    let line = [("ProcessId", "500"), ("User", "bob"), ("SourceIp", "203.0.113.9"), ("SourcePort", "5000")];
    log.any("sshd", 70201, "04:00:01", &line);
    log.start(&bash, &sshd);
    log.dns_hit("04:56:03", &bash);
    let story = log.story();
    assert_eq!((root(&story), story.root.confidence), (("remote_session", "bob from 203.0.113.9"), Certain));

    let systemd = proc("00:50:00", 1, "/usr/lib/systemd/systemd", "/sbin/init");
    let mut log = Recording::new();
    log.item(Item { command: vec!["/opt/.x/miner -o pool".to_owned()], ..Item::new("systemd-service", "x.service") });
    log.start(&miner, &systemd);
    log.dns_hit("04:56:03", &miner);
    assert_eq!(root(&log.story()), ("systemd-service", "x.service"));
}

#[test]
fn a_story_of_nothing_says_what_was_searched() {
    let story = Story::none(query(), "12 events of 1 host were searched", Vec::new());
    assert_eq!(root(&story).0, "none");
    let json = serde_json::to_value(&story).unwrap();
    for key in ["query", "host", "hits", "answer", "steps", "root", "related", "timeline", "gaps"] {
        assert!(json.get(key).is_some(), "{key}");
    }
}

#[test]
fn the_shape_of_a_step() {
    let json = serde_json::to_value(recorded().story()).unwrap();
    let step = &json["steps"][1];
    for key in ["time", "edge", "text", "confidence", "process", "item", "evidence", "alternatives"] {
        assert!(step.get(key).is_some(), "{key}");
    }
    assert_eq!(step["edge"], "injection");
    assert_eq!(step["confidence"], "certain");
    assert_eq!(step["process"]["start_from"], "event");
    assert_eq!(json["steps"][3]["item"]["category"], "scheduled-task");
    assert_eq!(json["root"]["kind"], "scheduled-task");
}

#[test]
fn values_of_evidence_cannot_steer_a_terminal() {
    let mut log = Recording::new();
    let evil = proc("04:20:00", 77, "C:\\Users\\a\\\u{1b}[2J.exe", "\u{1b}[2J\u{202e}");
    log.start(&evil, &EXPLORER);
    log.dns_hit("04:56:03", &evil);
    let text = log.story().text();
    assert!(!text.contains('\u{1b}') && !text.contains('\u{202e}'), "{text:?}");
}

#[test]
fn a_time_without_events_gives_no_stories() {
    assert!(Recording::new().stories().is_empty());
    assert!(Time::parse("2025-05-10").is_some());
}

#[test]
fn desktops_and_servers_of_dcom_from_elsewhere() {
    let child = proc("04:50:20", 77, "C:\\Windows\\System32\\cmd.exe", "cmd.exe /c whoami");
    let inbound =
        [("SourceIp", "10.0.0.5"), ("DestinationIp", "10.0.0.9"), ("SourcePort", "58391"), ("Initiated", "false")];
    // explorer accepts a connection: ShellWindows.
    let mut log = Recording::new();
    log.sysmon(3, "04:50:10", &EXPLORER, &[inbound.as_slice(), &[("DestinationPort", "49999")]].concat());
    log.start(&child, &EXPLORER);
    log.dns_hit("04:56:03", &child);
    let story = log.story();
    assert_eq!((root(&story), story.root.confidence), (("remote_session", "10.0.0.5"), Strong));
    // Remote desktop was reached shortly before: more than a click, less than a LogonId.
    let mut log = Recording::new();
    log.sysmon(3, "04:48:10", &SCHEDULE, &[inbound.as_slice(), &[("DestinationPort", "3389")]].concat());
    log.start(&child, &EXPLORER);
    log.dns_hit("04:56:03", &child);
    let story = log.story();
    assert_eq!((root(&story), story.root.confidence), (("remote_session", "10.0.0.5"), Circumstantial));
    assert!(story.root.alternatives.iter().any(|a| a.text.contains("at the desktop")), "a click stays possible");
}

#[test]
fn a_debugger_in_another_programs_place() {
    let mut log = Recording::new();
    let key = "HKLM\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\Image File Execution Options\\osk.exe\\Debugger";
    let child = proc(
        "04:50:20",
        77,
        "C:\\Windows\\System32\\cmd.exe",
        "\"C:\\windows\\system32\\cmd.exe\" \"C:\\Windows\\System32\\osk.exe\"",
    );
    let utility = proc("04:50:10", 76, "C:\\Windows\\System32\\Utilman.exe", "utilman.exe /debug");
    log.sysmon(
        13,
        "04:00:00",
        &beacon("03:00:00"),
        &[("TargetObject", key), ("Details", "C:\\windows\\system32\\cmd.exe")],
    );
    log.start(&child, &utility);
    log.dns_hit("04:56:03", &child);
    assert_eq!(root(&log.story()), ("image-hijack", "osk.exe"));
}

#[test]
fn a_command_of_a_bits_job() {
    let mut log = Recording::new();
    let netsvcs = Proc { command: "C:\\Windows\\system32\\svchost.exe -k netsvcs", ..SCHEDULE };
    let tool = proc(
        "04:00:00",
        70,
        "C:\\Windows\\System32\\bitsadmin.exe",
        "bitsadmin /SetNotifyCmdLine job C:\\Windows\\System32\\cmd.exe \"/c calc\"",
    );
    let child = proc("04:50:20", 77, "C:\\Windows\\System32\\cmd.exe", "/c calc");
    log.start(&tool, &beacon("03:00:00"));
    log.start(&child, &netsvcs);
    log.dns_hit("04:56:03", &child);
    let story = log.story();
    assert_eq!((root(&story), story.root.confidence), (("bits-job", "job"), Strong));
}

#[test]
fn which_side_of_an_accepted_connection_is_the_host() {
    let server = proc("04:50:10", 76, "C:\\Windows\\System32\\mmc.exe", "C:\\Windows\\system32\\mmc.exe -Embedding");
    let child = proc("04:50:20", 77, "C:\\Windows\\System32\\cmd.exe", "cmd.exe /c whoami");
    let accepted = |source: (&'static str, &'static str), destination: (&'static str, &'static str)| {
        let mut log = Recording::new();
        // The host is 10.0.0.9: it opened a connection from there.
        let opened = [("SourceIp", "10.0.0.9"), ("DestinationIp", "10.0.0.1"), ("Initiated", "true")];
        log.sysmon(3, "04:00:00", &EXPLORER, &opened);
        let sides = [
            ("SourceIp", source.0),
            ("SourcePort", source.1),
            ("DestinationIp", destination.0),
            ("DestinationPort", destination.1),
            ("Initiated", "false"),
        ];
        log.start(&server, &Proc { command: "svchost.exe -k DcomLaunch", ..SCHEDULE });
        log.sysmon(3, "04:50:15", &server, &sides);
        log.start(&child, &server);
        log.dns_hit("04:56:03", &child);
        log.story()
    };
    for story in [
        accepted(("10.0.0.9", "49163"), ("10.0.0.5", "33474")),
        accepted(("10.0.0.9", "49163"), ("10.0.0.5", "49157")),
        accepted(("10.0.0.5", "49157"), ("10.0.0.9", "49163")),
        accepted(("10.0.0.5", "60000"), ("10.0.0.9", "135")),
    ] {
        assert_eq!(root(&story), ("remote_session", "10.0.0.5"));
    }
}

#[test]
fn a_task_made_and_run_from_elsewhere_whose_session_lost_its_address() {
    let mut log = Recording::new();
    let xml =
        "<Task><Actions><Exec><Command>cmd.exe</Command><Arguments>/C tasklist</Arguments></Exec></Actions></Task>";
    log.remote_logon("04:00:01", "0x76", "3", "10.0.0.5");
    let share = [
        ("SubjectLogonId", "0x76"),
        ("ShareName", "\\\\*\\IPC$"),
        ("RelativeTargetName", "atsvc"),
        ("IpAddress", "10.0.0.5"),
    ];
    log.security(5145, "04:00:01.1", &share);
    log.remote_logon("04:00:01.2", "0x77", "3", "-");
    log.security(4698, "04:00:02", &[("TaskName", "\\CYAlyNSS"), ("TaskContent", xml), ("SubjectLogonId", "0x77")]);
    // An old 4688: no command line, no parent's name.
    let fields =
        [("NewProcessId", "0xbcc"), ("NewProcessName", "C:\\Windows\\System32\\cmd.exe"), ("ProcessId", "0x33c")];
    log.hit("Microsoft-Windows-Security-Auditing", 4688, "04:00:02.1", &fields, "");
    let story = log.story();
    assert_eq!((root(&story), story.root.confidence), (("remote_session", "CORP\\admin from 10.0.0.5"), Strong));
    assert_eq!(edges(&story), ["hit", "item", "remote"]);
}

#[test]
fn an_accepted_connection_is_the_peers_doing() {
    let mut log = Recording::new();
    let sides =
        [("SourceIp", "10.0.0.5"), ("DestinationIp", "10.0.0.9"), ("SourcePort", "58391"), ("DestinationPort", "445")];
    let system = [
        ("ProcessGuid", "{77bc24b4-9880-681e-eb03-000000008300}"),
        ("ProcessId", "4"),
        ("Image", "System"),
        ("Initiated", "false"),
    ];
    log.hit("Microsoft-Windows-Sysmon", 3, "04:00:01", &[sides, system].concat(), "SourceIp");
    let story = log.story();
    assert_eq!((root(&story), story.root.confidence), (("remote_session", "10.0.0.5"), Circumstantial));
}

#[test]
fn the_process_on_the_other_host_is_named() {
    let mut log = Recording::new();
    let child = proc("04:50:20", 77, "C:\\Windows\\System32\\cmd.exe", "cmd.exe /c whoami");
    log.host = "WS5".to_owned();
    log.start(&beacon("04:00:00"), &EXPLORER);
    let fields = [
        ("SourceIp", "10.0.0.5"),
        ("DestinationIp", "10.0.0.9"),
        ("DestinationHostname", "XiaoDi"),
        ("DestinationPort", "135"),
        ("Initiated", "true"),
    ];
    log.sysmon(3, "04:50:08", &beacon("04:00:00"), &fields);
    log.host = "XiaoDi".to_owned();
    log.remote_logon("04:50:10", "0x88", "3", "10.0.0.5");
    log.start_with(&child, &WMI, &[("LogonId", "0x88")]);
    log.dns_hit("04:56:03", &child);
    let story = log.story();
    assert_eq!((story.host.as_str(), root(&story).0), ("XiaoDi", "remote_session"));
    let source = story.related.iter().find(|r| r.value == "beacon.exe (4242) on WS5").unwrap();
    assert!(source.why.contains("its own root is user action"), "{}", source.why);
}

#[test]
fn an_audit_session_leads_to_its_login() {
    let mut log = Recording::new();
    let login = [("ProcessId", "500"), ("Session", "12"), ("TargetUser", "bob"), ("SourceIp", "203.0.113.9")];
    log.any("auditd", 1112, "04:00:01", &login);
    let exec = |pid: &'static str, parent: &'static str, image: &'static str, success: &'static str| {
        [
            ("ProcessId", pid),
            ("ParentProcessId", parent),
            ("Image", image),
            ("CommandLine", image),
            ("Session", "12"),
            ("Syscall", "execve"),
            ("Success", success),
        ]
    };
    log.any("auditd", 1309, "04:10:00", &exec("700", "699", "/usr/bin/bash", "yes"));
    log.any("auditd", 1309, "04:11:00", &exec("701", "700", "/usr/bin/nonsense", "no"));
    log.hit("auditd", 1309, "04:12:00", &exec("702", "700", "/tmp/miner", "yes"), "Image");
    let story = log.story();
    assert_eq!(root(&story), ("remote_session", "bob from 203.0.113.9"));
    assert_eq!(edges(&story), ["hit", "parent", "session"]);
    // Audit names a parent by its pid alone.
    assert_eq!((story.steps[1].confidence, story.steps[2].confidence), (Strong, Certain));
}
