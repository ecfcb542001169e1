//! What other hosts order: sessions, files brought over SMB, desktops over RDP, and what only looks like it.

mod common;

use common::*;
use whodunit_event::Confidence::{Circumstantial, Strong};
use whodunit_trace::Story;

const SYSTEM: Proc = Proc { start: "00:40:00", pid: 4, image: "System", command: "" };
const DCOM: Proc = Proc {
    start: "00:41:00",
    pid: 884,
    image: "C:\\Windows\\System32\\svchost.exe",
    command: "C:\\Windows\\system32\\svchost.exe -k DcomLaunch -p",
};
const MODULE: &str = "C:\\Windows\\System32\\wbem\\wbemcomn.dll";

fn inbound(log: &mut Recording, clock: &str, from: &str, port: &str) {
    let sides = [("SourceIp", from), ("DestinationIp", "10.0.0.9"), ("SourcePort", "58391"), ("DestinationPort", port)];
    log.sysmon(3, clock, &SYSTEM, &[sides.as_slice(), &[("Initiated", "false")]].concat());
}

fn share(log: &mut Recording, clock: &str, path: &str, from: &str) {
    let fields = [
        ("SubjectLogonId", "0x77"),
        ("ShareName", "\\\\*\\C$"),
        ("RelativeTargetName", path),
        ("IpAddress", from),
        ("SubjectUserName", "admin"),
        ("SubjectDomainName", "CORP"),
    ];
    log.security(5145, clock, &fields);
}

fn found(story: &Story) -> (&str, &str, whodunit_event::Confidence) {
    let (kind, name) = root(story);
    (kind, name, story.root.confidence)
}

fn said(story: &Story) -> String {
    story.steps.iter().map(|s| s.text.as_str()).collect::<Vec<_>>().join("\n")
}

/// WmiPrvSE loads a module that is not signed, and starts a program at once.
fn planted(log: &mut Recording, writer: &Proc) -> Proc {
    let host = Proc { start: "04:50:20", ..WMI };
    let child = proc("04:50:21", 77, "C:\\Windows\\System32\\notepad.exe", "notepad.exe");
    log.sysmon(11, "04:50:01", writer, &[("TargetFilename", MODULE)]);
    log.start(&host, &DCOM);
    log.sysmon(7, "04:50:20", &host, &[("ImageLoaded", MODULE), ("Signed", "false")]);
    log.start(&child, &host);
    child
}

#[test]
fn a_module_brought_over_smb_explains_what_its_program_starts() {
    let mut log = Recording::new();
    log.remote_logon("04:50:00", "0x77", "3", "10.0.0.5");
    share(&mut log, "04:50:01", "Windows\\System32\\wbem\\wbemcomn.dll", "10.0.0.5");
    let child = planted(&mut log, &SYSTEM);
    // The record's clock is behind that of the process's start.
    log.dns_hit("04:50:12", &child);
    let story = log.story();
    assert_eq!(found(&story), ("remote_session", "CORP\\admin from 10.0.0.5", Strong));
    assert_eq!(edges(&story), ["hit", "parent", "load"]);
    assert!(said(&story).contains(MODULE), "{}", said(&story));
}

#[test]
fn a_module_that_the_system_itself_wrote_is_not_planted() {
    let compiler = proc("04:49:00", 66, "C:\\Windows\\Microsoft.NET\\Framework64\\v4.0\\mscorsvw.exe", "mscorsvw.exe");
    let mut log = Recording::new();
    let child = planted(&mut log, &compiler);
    log.dns_hit("04:56:03", &child);
    assert_eq!(root(&log.story()).0, "unknown");
}

#[test]
fn a_file_that_the_file_server_wrote_is_whose_session_opened_it() {
    let file = "C:\\Windows\\Temp\\evil.exe";
    let hit = |log: &mut Recording| {
        let (guid, pid) = (SYSTEM.guid(), SYSTEM.pid.to_string());
        let by = [("ProcessGuid", guid.as_str()), ("ProcessId", &pid), ("Image", "System"), ("TargetFilename", file)];
        log.hit("Microsoft-Windows-Sysmon", 11, "04:50:02", &by, "TargetFilename");
    };
    let mut log = Recording::new();
    log.remote_logon("04:50:00", "0x77", "3", "10.0.0.5");
    share(&mut log, "04:50:01", "Windows\\Temp\\evil.exe", "10.0.0.5");
    hit(&mut log);
    assert_eq!(found(&log.story()), ("remote_session", "CORP\\admin from 10.0.0.5", Strong));

    let mut log = Recording::new();
    inbound(&mut log, "04:50:00", "10.0.0.5", "445");
    hit(&mut log);
    assert_eq!(found(&log.story()), ("remote_session", "10.0.0.5", Circumstantial));

    // The host wrote to its own share while another one was connected too.
    let mut log = Recording::new();
    inbound(&mut log, "04:50:00", "10.0.0.5", "445");
    inbound(&mut log, "04:50:01", "127.0.0.1", "445");
    hit(&mut log);
    assert_eq!(root(&log.story()).0, "unknown");
}

#[test]
fn a_library_brought_before_bears_out_the_connection() {
    let command = "cmd.exe /Q /c rundll32.exe c:\\programdata\\7okjer,#1 1> \\\\127.0.0.1\\C$\\out 2>&1";
    let child = proc("04:50:20", 77, "C:\\Windows\\System32\\cmd.exe", command);
    for (file, confidence) in [("C:\\ProgramData\\7okjer.dll", Strong), ("C:\\ProgramData\\other.dll", Circumstantial)]
    {
        let mut log = Recording::new();
        inbound(&mut log, "04:50:00", "10.0.0.5", "445");
        log.sysmon(11, "04:50:01", &SYSTEM, &[("TargetFilename", file)]);
        log.start_with(&child, &WMI, &[("User", "CORP\\admin")]);
        log.dns_hit("04:56:03", &child);
        assert_eq!(found(&log.story()), ("remote_session", "CORP\\admin from 10.0.0.5", confidence), "{file}");
    }
}

#[test]
fn the_service_managers_pipe_and_one_host_or_two() {
    let command = "%%COMSPEC%% /b /c start /b powershell.exe -nop";
    let child = proc(
        "04:50:20",
        77,
        "C:\\Windows\\System32\\cmd.exe",
        "C:\\Windows\\system32\\cmd.exe /b /c start /b powershell.exe -nop",
    );
    for (second, confidence) in [("10.0.0.5", Strong), ("10.0.0.6", Circumstantial)] {
        let mut log = Recording::new();
        inbound(&mut log, "04:50:10", second, "445");
        inbound(&mut log, "04:50:15", "10.0.0.5", "445");
        log.sysmon(18, "04:50:16", &SYSTEM, &[("PipeName", "\\ntsvcs"), ("EventType", "ConnectPipe")]);
        let key = "HKLM\\System\\CurrentControlSet\\services\\hello\\ImagePath";
        log.sysmon(13, "04:50:19", &SERVICES, &[("TargetObject", key), ("Details", command)]);
        log.start(&child, &SERVICES);
        log.dns_hit("04:56:03", &child);
        let story = log.story();
        assert_eq!(found(&story), ("remote_session", "10.0.0.5", confidence));
        assert_eq!(edges(&story), ["hit", "item", "remote"]);
        assert!(said(&story).contains("hello"), "{}", said(&story));
    }
}

#[test]
fn a_remote_shell_whose_logon_has_no_address() {
    let shell = proc("04:50:20", 77, "C:\\Windows\\System32\\wsmprovhost.exe", "wsmprovhost.exe -Embedding");
    let child = proc("04:50:22", 78, "C:\\Windows\\System32\\whoami.exe", "whoami.exe");
    for (connected, name, confidence) in [
        (true, "CORP\\admin from 10.0.0.5", Strong),
        (false, "CORP\\admin from an address that was not recorded", Circumstantial),
    ] {
        let mut log = Recording::new();
        log.remote_logon("04:50:19", "0x88", "3", "-");
        if connected {
            inbound(&mut log, "04:50:18", "10.0.0.5", "5985");
        }
        log.start_with(&shell, &DCOM, &[("LogonId", "0x88")]);
        log.start_with(&child, &shell, &[("LogonId", "0x88")]);
        log.dns_hit("04:56:03", &child);
        assert_eq!(found(&log.story()), ("remote_session", name, confidence));
    }
}

/// A program at the desktop, in terminal session 2, as CORP\admin.
fn at_desktop(log: &mut Recording, image: &'static str) -> Story {
    let child = proc("04:50:20", 77, image, image);
    log.start_with(&child, &EXPLORER, &[("User", "CORP\\admin"), ("TerminalSessionId", "2"), ("LogonId", "0x99")]);
    log.dns_hit("04:56:03", &child);
    std::mem::take(log).story()
}

fn reconnected(log: &mut Recording, clock: &str, account: &str) {
    let fields = [
        ("AccountName", account),
        ("AccountDomain", "CORP"),
        ("LogonID", "0x98"),
        ("SessionName", "RDP-Tcp#5"),
        ("ClientName", "laptop"),
        ("ClientAddress", "203.0.113.9"),
    ];
    log.security(4778, clock, &fields);
}

#[test]
fn a_session_that_was_taken_up_again() {
    const TASKMGR: &str = "C:\\Windows\\System32\\Taskmgr.exe";
    let mut log = Recording::new();
    reconnected(&mut log, "04:49:50", "admin");
    let story = at_desktop(&mut log, TASKMGR);
    assert_eq!(found(&story), ("remote_session", "CORP\\admin from 203.0.113.9 (laptop)", Strong));
    assert!(said(&story).contains("explorer.exe"), "{}", said(&story));
    // Hours later somebody else may sit there.
    let mut log = Recording::new();
    reconnected(&mut log, "01:49:50", "admin");
    assert_eq!(at_desktop(&mut log, TASKMGR).root.confidence, Circumstantial);
    // Another account's session says nothing.
    let mut log = Recording::new();
    reconnected(&mut log, "04:49:50", "bob");
    assert_eq!(root(&at_desktop(&mut log, TASKMGR)).0, "user_action");
}

#[test]
fn the_clients_clipboard_ties_a_connection_to_a_desktop() {
    let termservice = Proc { command: "C:\\Windows\\System32\\svchost.exe -k NetworkService -s TermService", ..DCOM };
    for (session, confidence) in [("2", Strong), ("3", Circumstantial)] {
        let mut log = Recording::new();
        inbound(&mut log, "04:49:50", "203.0.113.9", "3389");
        let clip = proc("04:49:55", 70, "C:\\Windows\\System32\\rdpclip.exe", "rdpclip");
        log.start_with(&clip, &termservice, &[("TerminalSessionId", session)]);
        let story = at_desktop(&mut log, "C:\\Users\\a\\x.exe");
        assert_eq!(found(&story), ("remote_session", "CORP\\admin from 203.0.113.9", confidence));
    }
}

#[test]
fn a_program_on_the_clients_own_drive() {
    let mut log = Recording::new();
    let story = at_desktop(&mut log, "\\\\tsclient\\c\\temp\\a.exe");
    assert_eq!(found(&story), ("remote_session", "CORP\\admin from an address that was not recorded", Strong));
    let mut log = Recording::new();
    inbound(&mut log, "04:49:50", "203.0.113.9", "3389");
    let story = at_desktop(&mut log, "\\\\tsclient\\c\\temp\\a.exe");
    assert_eq!(found(&story), ("remote_session", "CORP\\admin from 203.0.113.9", Strong));
}

#[test]
fn the_chain_that_says_more_tells_the_story() {
    let child = proc("04:50:20", 77, "C:\\Windows\\System32\\cmd.exe", "cmd.exe /c whoami");
    let mut log = Recording::new();
    let (guid, pid) = (SYSTEM.guid(), SYSTEM.pid.to_string());
    let connection = [
        ("ProcessGuid", guid.as_str()),
        ("ProcessId", &pid),
        ("Image", "System"),
        ("SourceIp", "10.0.0.5"),
        ("DestinationIp", "10.0.0.9"),
        ("SourcePort", "58391"),
        ("DestinationPort", "445"),
        ("Initiated", "false"),
    ];
    log.hit("Microsoft-Windows-Sysmon", 3, "04:50:18", &connection, "SourceIp");
    log.sysmon(18, "04:50:19", &SYSTEM, &[("PipeName", "\\svcctl"), ("EventType", "ConnectPipe")]);
    log.start(&child, &SERVICES);
    log.dns_hit("04:56:03", &child);
    let story = log.story();
    assert_eq!(found(&story), ("remote_session", "10.0.0.5", Strong));
    assert_eq!(story.hits.len(), 2);
    assert!(said(&story).contains("cmd.exe (77)"), "{}", said(&story));
}
