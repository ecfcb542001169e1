//! Programs that act for others: servers, dispatchers and desktops that were made to do something.

mod common;

use common::*;
use whodunit_event::Confidence::{Circumstantial, Strong, Unknown};

const SHELL: &str = "C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe";

fn cmd() -> Proc {
    proc("04:50:20", 77, "C:\\Windows\\System32\\cmd.exe", "cmd.exe /c whoami")
}

fn steps(log: &whodunit_trace::Story) -> String {
    log.steps.iter().map(|s| s.text.as_str()).collect::<Vec<_>>().join("\n")
}

#[test]
fn an_unknown_root_names_where_the_evidence_ends() {
    let mut log = Recording::new();
    let shell = proc("04:00:00", 60, SHELL, "powershell -noP");
    log.start(&cmd(), &shell);
    log.dns_hit("04:56:03", &cmd());
    let story = log.story();
    assert_eq!((root(&story), story.root.confidence), (("unknown", "powershell.exe"), Unknown));
    assert_eq!(story.root.command.as_deref(), Some("powershell -noP"));
    assert!(!story.root.evidence.is_empty() && story.root.why.contains("its start was not recorded"));
}

#[test]
fn a_server_that_puts_code_into_another_program_was_made_to() {
    let server = proc("03:00:00", 50, "C:\\Windows\\System32\\inetsrv\\w3wp.exe", "w3wp.exe -ap \"Pool\"");
    let pad = proc("04:40:00", 51, "C:\\Windows\\System32\\notepad.exe", "notepad.exe");
    let mut log = Recording::new();
    log.start(&pad, &server);
    log.reach(8, "04:40:01", &server, &pad, &[("StartAddress", "0x1"), ("StartModule", "-")]);
    log.dns_hit("04:56:03", &pad);
    let story = log.story();
    assert_eq!((root(&story).0, story.root.confidence), ("exploit", Strong));
    assert_eq!(edges(&story), ["hit", "injection", "exploit"]);
    assert!(root(&story).1.contains("w3wp.exe"));
}

#[test]
fn many_threads_of_one_source_are_one_explanation() {
    let shell = proc("03:00:00", 50, SHELL, "powershell");
    let pad = proc("04:40:00", 51, "C:\\Windows\\System32\\notepad.exe", "notepad.exe");
    let mut log = Recording::new();
    for second in ["04:41:00", "04:41:01", "04:41:02"] {
        // The source's image is one stray character: its GUID is right, another record has its name.
        let stray = Proc { image: "\u{3100}", ..shell.clone() };
        log.reach(8, second, &stray, &pad, &[("StartAddress", "0x1"), ("StartModule", "-")]);
    }
    log.sysmon(3, "04:10:00", &shell, &[("DestinationIp", "10.0.0.1"), ("Initiated", "true")]);
    log.dns_hit("04:56:03", &pad);
    let story = log.story();
    assert_eq!(root(&story), ("unknown", "powershell.exe"));
    assert!(story.root.alternatives.is_empty(), "{:?}", story.root.alternatives);
    assert_eq!(story.steps[1].evidence.len(), 3);
}

/// A task host loads a module and starts a shell; the module was written just before, or hours before by a setup.
fn planted(loaded: &str) -> whodunit_trace::Story {
    let host = proc("04:50:19", 70, "C:\\Windows\\System32\\taskhostw.exe", "taskhostw.exe $(Arg0)");
    let tool = proc("04:50:10", 71, "C:\\Users\\a\\tool.exe", "tool.exe");
    let console = proc("01:00:00", 72, "C:\\Windows\\System32\\cmd.exe", "cmd.exe");
    let module = "C:\\Users\\a\\system32\\npmproxy.dll";
    let mut log = Recording::new();
    log.start(&tool, &console);
    log.sysmon(11, "04:50:12", &tool, &[("TargetFilename", module)]);
    log.start(&host, &SCHEDULE);
    log.sysmon(7, loaded, &host, &[("ImageLoaded", module), ("Signed", "false")]);
    log.start(&Proc { start: "04:51:20", ..cmd() }, &host);
    log.dns_hit("04:56:03", &Proc { start: "04:51:20", ..cmd() });
    log.story()
}

#[test]
fn a_task_host_with_a_planted_module() {
    let story = planted("04:51:19");
    assert_eq!((root(&story), story.root.confidence), (("unknown", "cmd.exe"), Unknown));
    assert!(steps(&story).contains("npmproxy.dll") && steps(&story).contains("tool.exe (71)"), "{}", steps(&story));
    // Loaded long before the start: no longer the module's doing.
    assert_eq!(root(&planted("04:50:25")).0, "scheduled-task");
}

#[test]
fn a_task_made_just_before_a_start_whose_parent_nobody_could_name() {
    let tool = proc("04:50:00", 70, "C:\\Windows\\System32\\schtasks.exe", "schtasks /Create /XML a.xml /TN Usage");
    let orphan = [("CommandLine", "rundll32 x.dll,y"), ("ParentProcessId", "1216"), ("ParentImage", "?")];
    let child = proc("04:50:40", 77, "C:\\Windows\\System32\\rundll32.exe", "rundll32 x.dll,y");
    let mut log = Recording::new();
    log.start(&tool, &proc("04:00:00", 60, SHELL, "powershell"));
    log.sysmon(1, child.start, &child, &orphan);
    log.dns_hit("04:56:03", &child);
    let story = log.story();
    assert_eq!((root(&story), story.root.confidence), (("scheduled-task", "\\Usage"), Circumstantial));
}

#[test]
fn a_hit_farther_from_the_root_tells_the_whole_way() {
    let shell = proc("04:00:00", 60, SHELL, "powershell");
    let mut log = Recording::new();
    log.dns_hit("04:10:00", &shell);
    log.start(&cmd(), &shell);
    log.dns_hit("04:56:03", &cmd());
    let story = log.story();
    assert_eq!(story.hits.len(), 2);
    assert_eq!(edges(&story), ["hit", "parent"], "the way of the second hit comes through the first's process");
}

const BITS: Proc = Proc {
    start: "04:49:00",
    pid: 4696,
    image: "C:\\Windows\\System32\\svchost.exe",
    command: "C:\\windows\\System32\\svchost.exe -k netsvcs -p -s BITS",
};

/// bitsadmin made a job for this URL; then the service fetched from de.xxxxxxx.com.
fn fetched(url: &str) -> whodunit_trace::Story {
    let command = format!("bitsadmin /transfer job /download {url} C:\\Users\\a\\x.ps1");
    let command: &'static str = command.leak();
    let tool = proc("04:48:58", 70, "C:\\Windows\\System32\\bitsadmin.exe", command);
    let mut log = Recording::new();
    log.start(&tool, &cmd());
    log.start(&BITS, &SERVICES);
    log.dns_hit("04:49:02", &BITS);
    log.story()
}

#[test]
fn a_fetch_of_the_bits_service_is_its_jobs_doing() {
    let story = fetched("https://de.xxxxxxx.com/a");
    assert_eq!((root(&story), story.root.confidence), (("bits-job", "job"), Strong));
    assert!(steps(&story).contains("bitsadmin.exe (70)"), "{}", steps(&story));
    let other = fetched("https://de.xxxxxxx.com.example.org/a");
    assert_ne!(root(&other).0, "bits-job", "a job for another host does not explain it");
}

#[test]
fn two_jobs_and_a_bare_command_line_name_neither() {
    let netsvcs = Proc { command: "C:\\Windows\\system32\\svchost.exe -k netsvcs", ..SCHEDULE };
    let child = proc("04:50:20", 77, "C:\\Windows\\System32\\regsvr32.exe", "/u /s /i:https://x.example scrobj.dll");
    let mut log = Recording::new();
    for job in ["one", "two"] {
        let fields = [("string", job), ("string2", "CORP\\a")];
        log.any("Microsoft-Windows-Bits-Client", 3, "03:00:00", &fields);
    }
    log.start(&child, &netsvcs);
    log.dns_hit("04:56:03", &child);
    let story = log.story();
    assert_eq!((root(&story), story.root.confidence), (("bits-job", ""), Circumstantial));
    let others: Vec<&str> = story.root.alternatives.iter().map(|a| a.text.as_str()).collect();
    assert!(
        others.iter().any(|t| t.contains("BITS job one")) && others.iter().any(|t| t.contains("task")),
        "{others:?}"
    );
}

/// explorer starts a script host; it noted this value, another program looked up the desktop's class if `asked`.
fn opened(noted: Option<&str>, asked: bool) -> whodunit_trace::Story {
    let word =
        proc("04:50:00", 70, "C:\\Program Files\\Office\\WINWORD.EXE", "WINWORD.EXE /n \"C:\\Users\\a\\stats.doc\"");
    let host = proc("04:50:20", 77, "C:\\Windows\\System32\\wscript.exe", "wscript.exe C:\\Users\\a\\launcher.vbs");
    let mut log = Recording::new();
    log.start(&word, &EXPLORER);
    if asked {
        let class = "\\REGISTRY\\MACHINE\\SOFTWARE\\Classes\\CLSID\\{c08afd90-f2a1-11d1-8455-00a0c91f3880}";
        let by = [("ObjectName", class), ("ProcessId", "0x46"), ("ProcessName", word.image)];
        log.security(4663, "04:50:19.5", &by);
        let by = [("ObjectName", class), ("ProcessId", "0x5bac"), ("ProcessName", EXPLORER.image)];
        log.security(4663, "04:50:19.6", &by);
    }
    if let Some(value) = noted {
        let key = "HKU\\S-1\\Software\\Microsoft\\Windows\\CurrentVersion\\Explorer\\UserAssist\\{CEBFF5CD}\\Count";
        log.sysmon(13, "04:50:19.9", &EXPLORER, &[("TargetObject", &format!("{key}\\{value}"))]);
    }
    log.start(&host, &EXPLORER);
    log.dns_hit("04:56:03", &host);
    log.story()
}

#[test]
fn a_desktop_notes_what_a_person_opens() {
    let story = opened(Some("{1NP14R77}\\JFpevcg.rkr"), false);
    assert_eq!((root(&story), story.root.confidence), (("user_action", "a person opened launcher.vbs"), Strong));
    let other = opened(Some("{1NP14R77}\\abgrcnq.rkr"), false);
    assert_eq!((root(&other).0, other.root.confidence), ("user_action", Circumstantial), "another program was opened");
    assert_eq!(opened(None, false).root.confidence, Circumstantial);
}

#[test]
fn a_document_that_has_the_desktop_start_a_program() {
    for noted in [None, Some("{1NP14R77}\\JFpevcg.rkr")] {
        let story = opened(noted, true);
        assert_eq!(
            (root(&story), story.root.confidence),
            (("user_action", "a person opened stats.doc"), Circumstantial)
        );
        assert_eq!(story.root.file.as_deref(), Some("C:\\Users\\a\\stats.doc"));
        assert!(steps(&story).contains("WINWORD.EXE (70) had explorer.exe"), "{}", steps(&story));
    }
}

#[test]
fn a_parent_of_the_creators_choice() {
    let tool = proc("04:00:00", 60, SHELL, "powershell");
    let spoofed = |child_rights: &str| {
        let mut log = Recording::new();
        log.reach(10, "04:50:19.9", &tool, &EXPLORER, &[("GrantedAccess", "0x1f3fff")]);
        log.reach(10, "04:50:20", &tool, &cmd(), &[("GrantedAccess", child_rights)]);
        log.start(&cmd(), &EXPLORER);
        log.dns_hit("04:56:03", &cmd());
        log.story()
    };
    let story = spoofed("0x1fffff");
    assert_eq!(root(&story), ("unknown", "powershell.exe"));
    assert!(steps(&story).contains("in the name of explorer.exe"), "{}", steps(&story));
    assert_eq!(root(&spoofed("0x143a")).0, "user_action", "fewer rights are not the creator's");
}

#[test]
fn a_task_whose_windows_folder_a_user_replaced() {
    let tool = proc("04:00:00", 60, "C:\\Users\\a\\tool.exe", "tool.exe");
    let replaced = |value: &str| {
        let child =
            proc("04:50:20", 77, "C:\\Windows\\System32\\cmd.exe", "cmd.exe\\system32\\cleanmgr.exe /autoclean");
        let mut log = Recording::new();
        log.start(&tool, &proc("03:00:00", 59, "C:\\Windows\\System32\\cmd.exe", "cmd.exe"));
        let key = "HKU\\S-1-5-21-1\\Environment\\windir";
        log.sysmon(13, "04:50:19", &tool, &[("TargetObject", key), ("Details", value)]);
        log.start(&child, &SCHEDULE);
        log.dns_hit("04:56:03", &child);
        log.story()
    };
    let story = replaced("cmd.exe");
    assert_eq!(root(&story), ("unknown", "cmd.exe"));
    assert!(steps(&story).contains("tool.exe (60) set HKU\\S-1-5-21-1\\Environment\\windir"), "{}", steps(&story));
    assert_eq!(root(&replaced("C:\\Win")).0, "scheduled-task");
}

#[test]
fn an_explorer_that_was_told_what_to_open() {
    let console = proc("04:00:00", 60, "C:\\Windows\\System32\\cmd.exe", "cmd.exe");
    let second =
        proc("04:50:18", 61, "C:\\Windows\\explorer.exe", "explorer.exe /root,\"c:\\windows\\System32\\calc.exe\"");
    let child = |image| proc("04:50:20", 77, image, "\"C:\\Windows\\System32\\calc.exe\"");
    let told = |child: &Proc| {
        let mut log = Recording::new();
        log.start(&second, &console);
        log.start(child, &EXPLORER);
        log.dns_hit("04:56:03", child);
        log.story()
    };
    let story = told(&child("C:\\Windows\\System32\\calc.exe"));
    assert_eq!((root(&story), edges(&story)), (("unknown", "cmd.exe"), vec!["hit", "parent", "parent"]));
    assert_eq!(root(&told(&child("C:\\Windows\\System32\\notepad.exe"))).0, "user_action");
}

#[test]
fn what_leads_back_to_itself_explains_nothing() {
    let pad = proc("04:00:00", 60, "C:\\Windows\\System32\\notepad.exe", "notepad.exe");
    let tool =
        proc("04:50:00", 61, "C:\\Windows\\System32\\wbem\\WMIC.exe", "wmic process call create C:\\Users\\a\\x.exe");
    let made = proc("04:50:01", 62, "C:\\Users\\a\\x.exe", "C:\\Users\\a\\x.exe");
    let mut log = Recording::new();
    log.start(&tool, &pad);
    log.start(&made, &WMI);
    log.dns_hit("04:56:03", &pad);
    let story = log.story();
    assert_eq!((root(&story), edges(&story)), (("unknown", "notepad.exe"), vec!["hit"]));
}

#[test]
fn the_text_says_each_thing_once_and_nothing_at_length() {
    let long = format!("powershell -enc {}", "QQBB".repeat(400));
    let shell = proc("04:00:00", 60, SHELL, long.leak());
    let mut log = Recording::new();
    log.start(&shell, &EXPLORER);
    log.dns_hit("04:56:03", &shell);
    let mut story = log.story();
    let whole = story.text();
    let once = "a person started powershell.exe (60) at the desktop";
    assert_eq!(whole.matches(once).count(), 1, "{whole}");
    assert!(whole.contains("more characters") && whole.lines().all(|l| l.chars().count() < 600), "{whole}");
    let gap = |from: &str, to: &str| whodunit_trace::story::Gap {
        from: Some(time(from)),
        to: Some(time(to)),
        text: "cleared".to_owned(),
        origin: None,
    };
    story.gaps = vec![gap("01:00:00", "01:00:00"), gap("01:00:00", "02:00:00")];
    let text = story.text();
    assert!(text.contains("cleared (2025-05-10 01:00:00)"), "{text}");
    assert!(text.contains("cleared (2025-05-10 01:00:00 to 2025-05-10 02:00:00)"), "{text}");
    story.gaps = vec![gap("01:00:00", "01:00:00"); 20];
    assert!(story.text().contains("8 more (--json has them)"));
}

#[test]
fn a_class_whose_module_starts_a_program() {
    let module = "C:\\ProgramData\\demo.dll";
    let tool = proc("04:00:00", 60, "C:\\Users\\a\\tool.exe", "tool.exe");
    let host = proc("04:50:00", 61, "C:\\Program Files\\Mozilla Firefox\\firefox.exe", "firefox.exe");
    let loaded = |clock: &str, value: &str| {
        let mut log = Recording::new();
        log.start(&tool, &EXPLORER);
        let key = format!("HKU\\S-1_CLASSES\\CLSID\\{{BCDE0395-E52F-467C-8E3D-C4579291692E}}\\InprocServer32\\{value}");
        log.sysmon(13, "04:49:00", &tool, &[("TargetObject", &key), ("Details", module)]);
        log.start(&host, &tool);
        log.sysmon(7, clock, &host, &[("ImageLoaded", module), ("Signed", "false")]);
        log.start(&cmd(), &host);
        log.dns_hit("04:56:03", &cmd());
        log.story()
    };
    let story = loaded("04:50:19", "(Default)");
    assert_eq!(root(&story), ("com-hijack", "{BCDE0395-E52F-467C-8E3D-C4579291692E}"));
    assert_eq!((story.root.confidence, story.root.file.as_deref()), (Strong, Some(module)));
    assert_eq!(edges(&story), ["hit", "parent", "item"]);
    assert_eq!(root(&loaded("04:50:01", "(Default)")).0, "user_action", "loaded long before");
    assert_eq!(root(&loaded("04:50:19", "ThreadingModel")).0, "user_action", "no server's value");
}

#[test]
fn an_elevated_helper_and_the_program_it_helps() {
    let com = Proc { command: "svchost.exe -k DcomLaunch -p", ..SCHEDULE };
    let helper = |class: &str| {
        let command: &'static str = format!("C:\\Windows\\system32\\DllHost.exe /Processid:{class}").leak();
        proc("04:50:19", 62, "C:\\Windows\\System32\\dllhost.exe", command)
    };
    let tool = proc("04:50:18", 61, "C:\\Windows\\System32\\cmstp.exe", "cmstp.exe /au C:\\Users\\a\\x.inf");
    let started_by = |class: &str| {
        let mut log = Recording::new();
        log.start(&tool, &proc("04:00:00", 60, SHELL, "powershell"));
        log.start(&helper(class), &com);
        log.start(&cmd(), &helper(class));
        log.dns_hit("04:56:03", &cmd());
        log.story()
    };
    let story = started_by("{3E5FC7F9-9A51-4367-9063-A120244FBEC7}");
    assert_eq!((root(&story), edges(&story)), (("unknown", "powershell.exe"), vec!["hit", "parent", "parent"]));
    let other = started_by("{11111111-9A51-4367-9063-A120244FBEC7}");
    assert_eq!((root(&other), edges(&other)), (("unknown", "cmd.exe"), vec!["hit", "parent"]));
    assert!(steps(&other).contains("dllhost.exe (62) started cmd.exe (77)"), "what is on record is told");
}

#[test]
fn a_hit_on_the_target_of_an_access_is_the_targets() {
    let shell = proc("04:00:00", 60, SHELL, "powershell");
    let csrss = proc("00:10:00", 40, "C:\\Windows\\System32\\csrss.exe", "csrss.exe");
    let child = cmd();
    let mut log = Recording::new();
    log.start(&child, &shell);
    let (source, target) = (csrss.guid(), child.guid());
    let fields = [
        ("SourceProcessGUID", source.as_str()),
        ("SourceProcessId", "40"),
        ("SourceImage", csrss.image),
        ("TargetProcessGUID", target.as_str()),
        ("TargetProcessId", "77"),
        ("TargetImage", child.image),
        ("GrantedAccess", "0x1fffff"),
        ("Message", "all of it, with cmd.exe"),
    ];
    let event = log.event("Microsoft-Windows-Sysmon", 10, "04:50:20", &fields);
    for field in ["TargetImage", "Message"] {
        let fact = whodunit_trace::Fact::of_hit(&event);
        log.builder.add_hit(whodunit_trace::Hit { fact, field: field.to_owned(), indicator: "cmd.exe".to_owned() });
    }
    let story = log.story();
    assert_eq!((root(&story), edges(&story)), (("unknown", "powershell.exe"), vec!["hit", "parent"]));
}

#[test]
fn a_log_that_calls_local_time_utc() {
    // The GUIDs tell of 08:00, the log of 04:00: the parent, known by its GUID alone, started before its child all the same.
    let at = |guid_time: &'static str, pid, image| proc(guid_time, pid, image, "");
    let shell = at("08:00:00", 60, SHELL);
    let child = at("08:50:20", 77, "C:\\Windows\\System32\\cmd.exe");
    let mut log = Recording::new();
    let parent = [("ParentProcessGuid", shell.guid()), ("ParentProcessId", "60".into()), ("ParentImage", SHELL.into())];
    let fields: Vec<(&str, &str)> = parent.iter().map(|(name, value)| (*name, value.as_str())).collect();
    log.sysmon(1, "04:50:20.3", &child, &fields);
    log.dns_hit("04:56:03", &child);
    let story = log.story();
    assert_eq!(root(&story), ("unknown", "powershell.exe"));
    assert_eq!(story.steps[1].process.as_ref().unwrap().start, Some(time("04:00:00")));
    assert!(story.gaps.iter().any(|g| g.text.contains("-4 h off UTC")), "{:?}", story.gaps);
}

#[test]
fn stories_with_a_root_come_first() {
    let orphan = proc("03:00:00", 60, SHELL, "powershell");
    let mut log = Recording::new();
    log.dns_hit("04:10:00", &orphan);
    log.start(&cmd(), &EXPLORER);
    log.dns_hit("04:56:03", &cmd());
    let kinds: Vec<String> = log.stories().into_iter().map(|s| s.root.kind).collect();
    assert_eq!(kinds, ["user_action", "unknown"]);
}
