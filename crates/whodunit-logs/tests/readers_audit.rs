//! The Linux audit log.

mod readers_common;

use readers_common::*;
use serde_json::json;
use whodunit_event::Event;
use whodunit_logs::audit::{read_text, recognise, split};

const EXEC: &str = "\
type=SYSCALL msg=audit(1771952738.123:84): arch=c000003e syscall=59 success=yes exit=0 a0=55d1 a1=55d2 a2=0 a3=8 items=2 ppid=700 pid=701 auid=1000 uid=0 gid=0 euid=0 tty=pts0 ses=3 comm=\"sh\" exe=\"/usr/bin/dash\" subj=unconfined key=\"exec\"\x1dARCH=x86_64 SYSCALL=execve AUID=\"bob\" UID=\"root\"
type=EXECVE msg=audit(1771952738.123:84): argc=3 a0=\"sh\" a1=\"-c\" a2_len=30 a2[0]=6375726C20 a2[1]=782026
type=CWD msg=audit(1771952738.123:84): cwd=\"/root\"
type=PATH msg=audit(1771952738.123:84): item=0 name=\"/bin/sh\" inode=9 nametype=NORMAL
type=PATH msg=audit(1771952738.123:84): item=1 name=\"/lib64\" inode=8 nametype=PARENT
type=PATH msg=audit(1771952738.123:84): item=2 name=2F746D702F612062 inode=7 nametype=CREATE
type=PROCTITLE msg=audit(1771952738.123:84): proctitle=7368002D63006375726C
type=EOE msg=audit(1771952738.123:84):
";

#[test]
fn records_of_one_program_start_are_one_event() {
    assert!(recognise(EXEC.as_bytes()));
    let found = read(split, EXEC.as_bytes());
    assert_eq!((found.events.len(), found.problems.len()), (1, 0));
    let event = json(&found.events[0]);
    for (name, value) in [
        ("ProcessId", "701"),
        ("ParentProcessId", "700"),
        ("Image", "/usr/bin/dash"),
        ("CommandLine", "sh -c curl x &"),
        ("CurrentDirectory", "/root"),
        ("User", "root"),
        ("uid", "0"),
        ("AuditUid", "1000"),
        ("AUID", "bob"),
        ("Session", "3"),
        ("Tty", "pts0"),
        ("Success", "yes"),
        ("Syscall", "execve"),
        ("Exit", "0"),
        ("Key", "exec"),
        ("Paths", "/bin/sh\n/tmp/a b"),
        ("proctitle", "sh -c curl"),
        ("a0", "sh"),
        ("a0_2", "55d1"),
        ("type", "SYSCALL,EXECVE,CWD,PATH,PATH,PATH,PROCTITLE,EOE"),
    ] {
        assert_eq!(event["fields"][name], json!(value), "{name}");
    }
    assert_eq!((&event["event_id"], &event["name"]), (&json!(1309), &json!("AuditExecve")));
    assert_eq!((&event["time"], &event["origin"]["record"]), (&json!("2026-02-24T17:05:38.123Z"), &json!(84)));
    assert_eq!((&event["origin"]["line"], &event["channel"]), (&json!(1), &json!("audit")));
}

#[test]
fn events_interleave_and_come_in_order() {
    let other = EXEC.replace(":84)", ":85)").replace("/root", "/home");
    let mixed: String = EXEC.lines().zip(other.lines()).map(|(a, b)| format!("node=h {a}\nnode=h {b}\n")).collect();
    let found = read(split, format!("----\ntime->Tue Feb 24\n{mixed}").as_bytes());
    let seen: Vec<_> = found.events.iter().map(|e| (e.origin.record, e.get("CurrentDirectory"), e.host())).collect();
    assert_eq!(seen, [(Some(84), Some("/root"), "h"), (Some(85), Some("/home"), "h")]);
    assert_eq!(found.problems, []);
}

#[test]
fn records_of_programs() {
    let log = "\
type=USER_CMD msg=audit(1771952738.123:90): pid=9 uid=1000 auid=1000 ses=3 msg='cwd=\"/home/bob\" cmd=636174202F6574632F736861646F77 exe=\"/usr/bin/sudo\" terminal=pts/0 res=success'\x1dUID=\"bob\" AUID=\"bob\"
type=USER_LOGIN msg=audit(1771952739.000:91): pid=10 uid=0 auid=1000 ses=4 msg='op=login acct=\"bob\" exe=\"/usr/sbin/sshd\" hostname=192.0.2.1 addr=192.0.2.1 terminal=ssh res=failed'
type=SERVICE_START msg=audit(1771952740.000:92): pid=1 uid=0 auid=4294967295 ses=4294967295 msg='unit=evil comm=\"systemd\" exe=\"/usr/lib/systemd/systemd\" hostname=? addr=? terminal=? res=success'
type=AVC msg=audit(1771952741.000:93): avc:  denied  { read } for  pid=7 comm=\"x\" name=\"shadow\"
type=UNKNOWN[1420] msg=audit(1771952742.000:94): a=b
";
    let found = read(split, log.as_bytes());
    assert_eq!(found.problems, []);
    let event = |at: usize| json(&found.events[at]);
    let cmd = &event(0)["fields"];
    assert_eq!(
        (&event(0)["name"], &cmd["CommandLine"], &cmd["CurrentDirectory"], &cmd["User"], &cmd["Success"]),
        (&json!("AuditUserCommand"), &json!("cat /etc/shadow"), &json!("/home/bob"), &json!("bob"), &json!("success"))
    );
    let login = &event(1)["fields"];
    assert_eq!(
        (&event(1)["event_id"], &login["TargetUser"], &login["SourceIp"], &login["Operation"], &login["Success"]),
        (&json!(1112), &json!("bob"), &json!("192.0.2.1"), &json!("login"), &json!("failed"))
    );
    assert_eq!((&event(2)["name"], &event(2)["fields"]["Unit"]), (&json!("AuditServiceStart"), &json!("evil")));
    let avc = &event(3)["fields"];
    assert_eq!((&avc["Message"], &avc["ProcessId"]), (&json!("avc: denied { read } for"), &json!("7")));
    assert_eq!((&event(4)["event_id"], &event(4)["name"]), (&json!(1420), &json!(null)));
}

#[test]
fn socket_addresses() {
    for (saddr, expect) in [
        ("020001BBC00002010000000000000000", "DestinationIp=192.0.2.1|DestinationPort=443"),
        ("0A0000500000000020010DB800000000000000000000000100000000", "DestinationIp=2001:db8::1|DestinationPort=80"),
        ("01002F72756E2F7800", "SocketPath=/run/x"),
        ("0100006162", "SocketPath=@ab"),
        ("02", ""),
        ("0200", ""),
    ] {
        let log = format!(
            "type=SYSCALL msg=audit(1.000:1): arch=c000003e syscall=42\ntype=SOCKADDR msg=audit(1.000:1): saddr={saddr}\n"
        );
        let found = read(split, log.as_bytes());
        let all = fields(&found.events[0]);
        assert!(all.contains("Syscall=connect") && all.contains(expect) && all.contains(saddr), "{all}");
    }
}

#[test]
fn interpreted_times_and_kernel_messages() {
    let found = read(split, b"type=CWD msg=audit(02/24/2026 17:05:38.123:7) : cwd=/root\n");
    assert_eq!(found.events[0].time.unwrap().to_string(), "2026-02-24T17:05:38.123Z");
    let mut event = Event::default();
    assert!(read_text("audit: type=1400 audit(1771952738.123:9): apparmor=\"DENIED\" profile=\"x\" pid=5", &mut event));
    assert_eq!((event.event_id, event.get("apparmor"), event.get("ProcessId")), (1400, Some("DENIED"), Some("5")));
    assert!(!read_text("type=written letter", &mut Event::default()));
}

#[test]
fn auoms() {
    let text = "type=AUOMS_EXECVE audit(1652292621.986:84138): SchemaVersion=\"1\" node=U5 arch=x86_64 syscall=execve success=no \
        exit=-2 ppid=1340 pid=17790 auid=4294967295 user=tomcat uid=1001 tty=(none) ses=\"-1\" exe=\"/usr/bin/java\" cwd=\"/\" \
        path_name=[\"/usr/local/sbin/bash\",\"/lib/x\"] \
        a0=7fcd a1=b proctitle=/usr/bin/java -Da=b -jar x redactors= containerid=";
    let mut event = Event::default();
    assert!(read_text(text, &mut event));
    assert_eq!((event.event_id, event.spec().name), (1309, "AuditExecve"));
    for (name, value) in [
        ("CommandLine", "/usr/bin/java -Da=b -jar x"),
        ("Image", "/usr/bin/java"),
        ("ProcessId", "17790"),
        ("ParentProcessId", "1340"),
        ("Session", "-1"),
        ("path_name", "[\"/usr/local/sbin/bash\",\"/lib/x\"]"),
        ("Paths", "/usr/local/sbin/bash\n/lib/x"),
        ("a0", "7fcd"),
        ("containerid", ""),
        ("User", "tomcat"),
        ("uid", "1001"),
    ] {
        assert_eq!(event.get(name), Some(value), "{name}");
    }
}

#[test]
fn auoms_does_not_escape_quotes() {
    let text = "type=AUOMS_EXECVE audit(1652292621.990:84143): exe=\"/bin/bash\" argc=3 cmdline=\"bash -c \"{echo,YQo=}|{base64,-d}\"\" redactors=";
    let mut event = Event::default();
    assert!(read_text(text, &mut event));
    assert_eq!(event.get("CommandLine"), Some("bash -c \"{echo,YQo=}|{base64,-d}\""));
    assert_eq!((event.get("Image"), event.get("redactors")), (Some("/bin/bash"), Some("")));
}

#[test]
fn parts_end_between_events() {
    let log: String = (1000..6000).map(|n| EXEC.replace(":84)", &format!(":{n})"))).collect();
    let found = read(split, log.as_bytes());
    assert_eq!((found.events.len(), found.problems.len()), (5000, 0));
    assert!(found.events.iter().all(|e| e.get("CommandLine") == Some("sh -c curl x &") && e.get("Image").is_some()));
}

#[test]
fn hostile_logs_end() {
    let many = "type=PATH msg=audit(1.000:1): item=0 name=\"/x\" a=1 b=2\n".repeat(20_000);
    let found = read(split, many.as_bytes());
    assert!(found.events.iter().all(|e| e.field_count() < 1100));
    let args: String = (0..60_000).map(|n| format!(" a{n}=\"x\"")).collect();
    let found = read(split, format!("type=EXECVE msg=audit(1.000:1): argc=60000{args}\n").as_bytes());
    assert_eq!(found.events[0].get("CommandLine").unwrap().len(), 119_999);
    let found = read(split, b"type=SYSCALL msg=audit(1.000:1): a=\nnoise\n");
    assert_eq!((found.events.len(), found.problems.len(), found.problems[0].origin.line), (1, 1, Some(2)));
    torture(split, EXEC.as_bytes());
}

#[test]
fn other_files_are_not_taken() {
    for other in ["", "type=x", "{\"type\":1}", "Feb 24 17:05:40 h audit: type=1400 audit(1:1): x"] {
        assert!(!recognise(other.as_bytes()), "{other}");
    }
}
