//! Every shape of JSON export gives the same event; one small record each.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

use whodunit_event::event::{System, TimeFrom, TimeNote};
use whodunit_event::{Event, Origin, Time, encode, schema};
use whodunit_logs::json;
use whodunit_logs::part::{Consumer, Output};
use whodunit_logs::problem::Problem;

#[derive(Default)]
struct Keep(Vec<Event>);

impl Consumer for Keep {
    fn event(&mut self, event: &Event) {
        self.0.push(event.clone());
    }
}

fn read(text: &[u8]) -> (Vec<Event>, Vec<Problem>) {
    let (mut keep, mut problems, mut event) = (Keep::default(), Vec::new(), Event::default());
    event.origin = Origin::file("t.json");
    let mut out = Output { event: &mut event, consumer: &mut keep, problems: &mut problems, prefilter: None };
    json::decode_bytes(text, &mut out);
    (keep.0, problems)
}

/// The one event of a text without defects.
fn one(text: &str) -> Event {
    let (mut events, problems) = read(text.as_bytes());
    assert_eq!((events.len(), problems), (1, vec![]), "{text}");
    events.remove(0)
}

fn fields(event: &Event) -> Vec<(String, String)> {
    event.fields().map(|(name, _, value)| (name.to_owned(), event.text(value).to_owned())).collect()
}

/// What the record below says, whatever shape it has.
fn is_the_dns_query(event: &Event, shape: &str) {
    assert_eq!(event.spec().name, "DnsQuery", "{shape}");
    assert_eq!((event.event_id, event.host()), (22, "ws1.example.org"), "{shape}");
    assert_eq!(event.channel(), "Microsoft-Windows-Sysmon/Operational", "{shape}");
    for (name, value) in [
        ("RuleName", "-"),
        ("UtcTime", "2025-05-10 04:56:03.922"),
        ("ProcessGuid", "{77bc24b4-a4f1-681e-2702-000000008300}"),
        ("ProcessId", "23468"),
        ("QueryName", "c2.example.net"),
        ("QueryStatus", "0"),
        ("QueryResults", "::ffff:192.0.2.7;"),
        ("Image", "C:\\Windows\\System32\\cmd.exe"),
    ] {
        assert_eq!(event.get(name), Some(value), "{shape}: {name}");
    }
    assert_eq!(event.time, Time::parse("2025-05-10T04:56:03.922Z"), "{shape}");
    assert_eq!((event.time_from, event.time_note), (TimeFrom::Field, None), "{shape}");
}

const DATA: &str = r#""RuleName":"-","UtcTime":"2025-05-10 04:56:03.922","ProcessGuid":"{77bc24b4-a4f1-681e-2702-000000008300}","ProcessId":23468,"QueryName":"c2.example.net","QueryStatus":"0","QueryResults":"::ffff:192.0.2.7;","Image":"C:\\Windows\\System32\\cmd.exe""#;
const MESSAGE: &str = r#""Dns query:\r\nRuleName: -\r\nUtcTime: 2025-05-10 04:56:03.922\r\nProcessGuid: {77bc24b4-a4f1-681e-2702-000000008300}\r\nProcessId: 23468\r\nQueryName: c2.example.net\r\nQueryStatus: 0\r\nQueryResults: ::ffff:192.0.2.7;\r\nImage: C:\\Windows\\System32\\cmd.exe""#;
const SYSTEM_XML: &str = r#"<System><Provider Name='Microsoft-Windows-Sysmon'/><EventID>22</EventID><EventRecordID>7</EventRecordID><TimeCreated SystemTime='2025-05-10T04:56:05Z'/><Channel>Microsoft-Windows-Sysmon/Operational</Channel><Computer>ws1.example.org</Computer></System>"#;
const DATA_XML: &str = r#"<EventData><Data Name='RuleName'>-</Data><Data Name='UtcTime'>2025-05-10 04:56:03.922</Data><Data Name='ProcessGuid'>{77bc24b4-a4f1-681e-2702-000000008300}</Data><Data Name='ProcessId'>23468</Data><Data Name='QueryName'>c2.example.net</Data><Data Name='QueryStatus'>0</Data><Data Name='QueryResults'>::ffff:192.0.2.7;</Data><Data Name='Image'>C:\\Windows\\System32\\cmd.exe</Data></EventData>"#;

const HEAD: &str = r#""EventID":22,"Channel":"Microsoft-Windows-Sysmon/Operational""#;

/// The record in every shape.
fn shapes() -> Vec<(&'static str, String)> {
    let system = r##""System":{"Provider":{"#attributes":{"Name":"Microsoft-Windows-Sysmon","Guid":"x"}},"EventID":22,"Version":5,"EventRecordID":7,"TimeCreated":{"#attributes":{"SystemTime":"2025-05-10T04:56:05.1Z"}},"Correlation":null,"Execution":{"#attributes":{"ProcessID":3208,"ThreadID":1724}},"Channel":"Microsoft-Windows-Sysmon/Operational","Computer":"ws1.example.org","Security":{"#attributes":{"UserID":"S-1-5-18"}}}"##;
    let beats = r#""channel":"Microsoft-Windows-Sysmon/Operational","computer_name":"ws1.example.org","event_id":22,"provider_name":"Microsoft-Windows-Sysmon","record_id":7,"process":{"pid":3208,"thread":{"id":1724}},"user":{"identifier":"S-1-5-18"}"#;
    let xml_data = DATA_XML.replace('"', "\\\"");
    vec![
        ("evtx_dump", format!(r##"{{"Event":{{"#attributes":{{"xmlns":"u"}},{system},"EventData":{{{DATA}}}}}}}"##)),
        (
            "evtx_dump, attributes apart",
            format!(
                r#"{{"Event":{{"Event_attributes":{{"xmlns":"u"}},"System":{{"Provider_attributes":{{"Name":"Microsoft-Windows-Sysmon"}},"EventID":22,"EventRecordID":7,"TimeCreated_attributes":{{"SystemTime":"2025-05-10T04:56:05.1Z"}},"Execution_attributes":{{"ProcessID":3208,"ThreadID":1724}},"Channel":"Microsoft-Windows-Sysmon/Operational","Computer":"ws1.example.org","Security_attributes":{{"UserID":"S-1-5-18"}}}},"EventData":{{{DATA}}}}}}}"#
            ),
        ),
        (
            "velociraptor",
            format!(
                r#"{{"System":{{"Provider":{{"Name":"Microsoft-Windows-Sysmon"}},"EventID":{{"Value":22}},"EventRecordID":7,"TimeCreated":{{"SystemTime":1746852965.1}},"Execution":{{"ProcessID":3208,"ThreadID":1724}},"Channel":"Microsoft-Windows-Sysmon/Operational","Computer":"ws1.example.org","Security":{{"UserID":"S-1-5-18"}}}},"EventData":{{{DATA}}}}}"#
            ),
        ),
        (
            "chainsaw",
            format!(
                r#"{{"group":"g","document":{{"kind":"evtx","data":{{"Event":{{{system},"EventData":{{{DATA}}}}}}}}}}}"#
            ),
        ),
        (
            "winlogbeat 7",
            format!(
                r#"{{"@timestamp":"2025-05-10T04:56:05.100Z","message":{MESSAGE},"event":{{"code":22}},"winlog":{{{beats},"event_data":{{{DATA}}}}}}}"#
            ),
        ),
        (
            "winlogbeat 7, fields moved to ECS",
            format!(
                r#"{{"@timestamp":"2025-05-10T04:56:05.100Z","message":{MESSAGE},"process":{{"pid":23468}},"winlog":{{{beats}}}}}"#
            ),
        ),
        (
            "ECS, dotted",
            format!(
                r#"{{"@timestamp":"2025-05-10T04:56:05.100Z","winlog.channel":"Microsoft-Windows-Sysmon/Operational","winlog.computer_name":"ws1.example.org","winlog.event_id":"22","winlog.provider_name":"Microsoft-Windows-Sysmon","winlog.record_id":"7",{}}}"#,
                DATA.replace("\"RuleName", "\"winlog.event_data.RuleName")
                    .replace(",\"", ",\"winlog.event_data.")
                    .replace("winlog.event_data.winlog.event_data.", "winlog.event_data.")
            ),
        ),
        (
            "winlogbeat 6 in an Elasticsearch hit",
            format!(
                r#"{{"_index":"w","_source":{{"@timestamp":"2025-05-10T04:56:05.100Z","beat":{{"name":"b"}},"computer_name":"ws1.example.org","event_id":22,"log_name":"Microsoft-Windows-Sysmon/Operational","record_number":"7","source_name":"Microsoft-Windows-Sysmon","process_id":3208,"thread_id":1724,"user":{{"identifier":"S-1-5-18"}},"event_data":{{{DATA}}},"level":"Information"}}}}"#
            ),
        ),
        (
            "nxlog",
            format!(
                r#"{{{DATA},{HEAD},"SourceName":"Microsoft-Windows-Sysmon","Hostname":"ws1.example.org","RecordNumber":7,"ExecutionProcessID":3208,"ThreadID":1724,"UserID":"S-1-5-18","EventTime":"2025-05-10 00:56:05","EventReceivedTime":"2025-05-10 00:56:07","@timestamp":"2025-05-10T04:56:07.000Z","SourceModuleName":"eventlog","host":"collector","Message":{MESSAGE}}}"#
            ),
        ),
        (
            "nxlog without the event's ProcessId",
            format!(
                r#"{{{},{HEAD},"SourceName":"Microsoft-Windows-Sysmon","Hostname":"ws1.example.org","RecordNumber":7,"ProcessID":3208,"ThreadID":1724,"UserID":"S-1-5-18","EventTime":"2025-05-10 00:56:05","@timestamp":"2025-05-10T04:56:07.000Z","SourceModuleName":"eventlog","Message":{MESSAGE}}}"#,
                DATA.replace(r#""ProcessId":23468,"#, "")
            ),
        ),
        (
            "flat, no record id",
            format!(
                r#"{{{DATA},{HEAD},"SourceName":"Microsoft-Windows-Sysmon","Hostname":"ws1.example.org","TimeCreated":"2025-05-10T04:56:05.100Z","@timestamp":"2025-05-10T04:56:05.100Z","Level":"4"}}"#
            ),
        ),
        (
            "the message alone",
            format!(
                r#"{{{HEAD},"Hostname":"ws1.example.org","TimeCreated":"2025-05-10T04:56:05Z","Message":{MESSAGE}}}"#
            ),
        ),
        (
            "Get-WinEvent",
            format!(
                r#"{{"Message":{MESSAGE},"Id":22,"Version":5,"Level":4,"Task":22,"Opcode":0,"Keywords":-9223372036854775808,"RecordId":7,"ProviderName":"Microsoft-Windows-Sysmon","LogName":"Microsoft-Windows-Sysmon/Operational","ProcessId":3208,"ThreadId":1724,"MachineName":"ws1.example.org","UserId":{{"BinaryLength":12,"Value":"S-1-5-18"}},"TimeCreated":"\/Date(1746852965100)\/"}}"#
            ),
        ),
        (
            "Azure WindowsEvent",
            format!(
                r#"{{"TimeGenerated":"2025-05-10T04:56:05.1Z","Computer":"ws1.example.org","Provider":"Microsoft-Windows-Sysmon",{HEAD},"EventRecordId":"7","SystemProcessId":3208,"SystemThreadId":1724,"SystemUserId":"S-1-5-18","EventData":"{{{}}}"}}"#,
                DATA.replace('\\', "\\\\").replace('"', "\\\"")
            ),
        ),
        (
            "Azure SecurityEvent",
            format!(
                r#"{{"TimeGenerated":"2025-05-10T04:56:05.1Z","Computer":"ws1.example.org","EventSourceName":"Microsoft-Windows-Sysmon",{HEAD},"EventData":"{xml_data}","QueryName":"c2.example.net"}}"#
            ),
        ),
        ("splunk, XML", format!(r#"{{"preview":false,"result":{{"_raw":"<Event>{SYSTEM_XML}{xml_data}</Event>"}}}}"#)),
        (
            "splunk, JSON in a string",
            format!(
                r#"{{"result":{{"_raw":"{}"}}}}"#,
                format!(r#"{{"Event":{{{system},"EventData":{{{DATA}}}}}}}"#)
                    .replace('\\', "\\\\")
                    .replace('"', "\\\"")
            ),
        ),
        (
            "converted from XML",
            format!(
                r##"{{"Event":{{"@xmlns":"u","System":{{"Provider":{{"@Name":"Microsoft-Windows-Sysmon"}},"EventID":{{"@Qualifiers":"","#text":"22"}},"EventRecordID":"7","TimeCreated":{{"@SystemTime":"2025-05-10T04:56:05.1Z"}},"Execution":{{"@ProcessID":"3208","@ThreadID":"1724"}},"Channel":"Microsoft-Windows-Sysmon/Operational","Computer":"ws1.example.org","Security":{{"@UserID":"S-1-5-18"}}}},"EventData":{{"Data":[{}]}}}}}}"##,
                DATA.replace(":23468,", ":\"23468\",")
                    .split("\",\"")
                    .map(|pair| pair.trim_matches('"').split_once("\":\"").unwrap())
                    .map(|(name, value)| format!(r##"{{"@Name":"{name}","#text":"{value}"}}"##))
                    .collect::<Vec<_>>()
                    .join(",")
            ),
        ),
        (
            "our own",
            format!(
                r#"{{"event_id":22,"name":"DnsQuery","time":"2025-05-10T04:56:03.922Z","logged":"2025-05-10T04:56:05.100Z","host":"ws1.example.org","provider":"Microsoft-Windows-Sysmon","channel":"Microsoft-Windows-Sysmon/Operational","writer_pid":3208,"writer_tid":1724,"user_sid":"S-1-5-18","fields":{{{DATA}}},"origin":{{"file":"old.evtx","record":7}}}}"#
            ),
        ),
    ]
}

#[test]
fn one_record_in_every_shape() {
    for (shape, text) in shapes() {
        let event = one(&text);
        is_the_dns_query(&event, shape);
        let nameless = shape == "the message alone";
        assert_eq!(event.provider(), if nameless { "" } else { "Microsoft-Windows-Sysmon" }, "{shape}");
        let bare = ["flat, no record id", "the message alone", "Azure SecurityEvent"].contains(&shape);
        assert_eq!(event.origin.record, (!bare).then_some(7), "{shape}");
        let no_writer = bare || shape.starts_with("splunk, XML") || shape == "ECS, dotted";
        assert_eq!(event.writer_pid, (!no_writer).then_some(3208), "{shape}");
        if !no_writer {
            assert_eq!((event.writer_tid, event.system(System::UserSid)), (Some(1724), "S-1-5-18"), "{shape}");
        }
        assert_eq!(event.system(System::Message), "", "{shape}: the message repeats the fields");
        assert!(event.get("ProcessId_2").is_none() && event.get("QueryName_2").is_none(), "{shape}");
    }
}

#[test]
fn what_the_log_says_of_its_time() {
    let logged = |shape: &str| {
        let (_, text) = shapes().into_iter().find(|(name, _)| *name == shape).unwrap();
        one(&text).logged.unwrap().to_string()
    };
    assert_eq!(logged("nxlog"), "2025-05-10T04:56:05Z");
    assert_eq!(logged("nxlog without the event's ProcessId"), "2025-05-10T04:56:05Z");
    assert_eq!(logged("velociraptor"), "2025-05-10T04:56:05.1Z");
    assert_eq!(logged("Get-WinEvent"), "2025-05-10T04:56:05.100Z");
    assert_eq!(logged("winlogbeat 7"), "2025-05-10T04:56:05.100Z");
}

#[test]
fn doubtful_times() {
    let time = |more: &str| {
        let event = one(&format!(r#"{{"EventID":7036,"Hostname":"h",{more}}}"#));
        (event.time.map(|t| t.to_string()).unwrap_or_default(), event.time_from, event.time_note)
    };
    let text = |t: &str| t.to_owned();
    assert_eq!(
        time(r#""EventTime":"2025-05-10 06:00:00""#),
        (text("2025-05-10T06:00:00Z"), TimeFrom::Log, Some(TimeNote::ZoneUnknown))
    );
    assert_eq!(
        time(r#""EventTime":"2025-05-10 06:00:00","@timestamp":"2025-05-10T00:30:02Z""#),
        (text("2025-05-10T00:30:00Z"), TimeFrom::Log, None)
    );
    assert_eq!(
        time(r#""@timestamp":"2025-05-10T00:30:02Z""#),
        (text("2025-05-10T00:30:02Z"), TimeFrom::Collector, None)
    );
    assert_eq!(
        time(r#""UtcTime":"2025-05-10 12:00:00.000","TimeCreated":"2025-05-10T06:00:00Z""#),
        (text("2025-05-10T06:00:00Z"), TimeFrom::Log, Some(TimeNote::FieldDiffers))
    );
    assert_eq!(
        time(r#""UtcTime":"2025-05-10 12:00:00.000","TimeCreated":"2025-05-10 06:00:01.5""#),
        (text("2025-05-10T12:00:00.000Z"), TimeFrom::Field, None)
    );
}

#[test]
fn our_own_json_comes_back_exactly() {
    let mut made = Vec::new();
    for id in [1, 3, 10, 22, 255, 9999] {
        let mut event = Event::default();
        event.event_id = id;
        event.set_spec(schema::lookup("Microsoft-Windows-Sysmon", "", id));
        event.put_system(System::Provider, "Microsoft-Windows-Sysmon");
        event.put_system(System::Host, "h\u{202e}\u{1b}[0m");
        event.put_system(System::Message, "a\r\nb \"c\" \\ \u{7f}");
        event.put_system(System::UserSid, "S-1-5-18");
        event.put_system(System::ActivityId, "{77bc24b4-a4f1-681e-2702-000000008300}");
        (event.version, event.level, event.task, event.opcode) = (Some(5), Some(0), Some(65535), Some(1));
        (event.keywords, event.writer_pid, event.writer_tid) = (Some(1 << 63), Some(4), Some(u32::MAX));
        event.time = Time::parse("2025-05-10T04:56:03.92Z");
        event.logged = Time::parse("2025-05-10T14:56:03.1234567Z");
        event.time_note = Some(TimeNote::FieldDiffers);
        event.origin.record = Some(u64::MAX);
        for (n, field) in event.spec().fields.iter().enumerate() {
            event.push_text(field.name, &format!("{n} größe 🦀 \u{0}\t\\\\ \"\u{ffff}"));
        }
        event.push_text("Data", "");
        event.push_text("Data", "x");
        event.push_text("a.b", "{\"c\":1}");
        made.push(event);
    }
    for event in &made {
        let (mut text, mut again) = (Vec::new(), Vec::new());
        encode::json::write(event, &mut text);
        let (events, problems) = read(&text);
        assert_eq!((events.len(), problems), (1, vec![]));
        let mut back = events[0].clone();
        assert_eq!((&*back.origin.file, back.origin.line), ("t.json", Some(1)));
        back.origin = event.origin.clone();
        encode::json::write(&back, &mut again);
        assert_eq!(String::from_utf8(again).unwrap(), String::from_utf8(text).unwrap());
    }
}

#[test]
fn unnamed_data_and_user_data() {
    let event = one(
        r##"{"Event":{"System":{"Provider":{"#attributes":{"Name":"X"}},"EventID":{"#attributes":{"Qualifiers":16384},"#text":1000},"Channel":"Application","Computer":"h"},"EventData":{"Data":{"#text":["a","","c"]},"Binary":null}}}"##,
    );
    let expect = [("Data", "a"), ("Data_2", ""), ("Data_3", "c"), ("Binary", "")];
    assert_eq!(event.event_id, 1000);
    assert_eq!(fields(&event), expect.map(|(n, v)| (n.to_owned(), v.to_owned())));
    let event = one(
        r##"{"Event":{"System":{"Provider":{"#attributes":{"Name":"Microsoft-Windows-Eventlog"}},"EventID":1102,"Channel":"Security","Computer":"h"},"UserData":{"LogFileCleared":{"#attributes":{"xmlns":"u"},"SubjectUserName":"bob","SubjectLogonId":"0x3e7"}}}}"##,
    );
    assert_eq!((event.get("SubjectUserName"), event.get("SubjectLogonId")), (Some("bob"), Some("0x3e7")));
    assert_eq!(event.get("xmlns"), None);
}

#[test]
fn fields_won_back_from_messages_of_other_logs() {
    let security = one(
        r#"{"SourceName":"Microsoft-Windows-Security-Auditing","EventID":4688,"Hostname":"h","TimeCreated":"2025-05-10T06:00:00Z","NewProcessName":"C:\\a.exe","Message":"A new process has been created.\r\n\r\nCreator Subject:\r\n\tSecurity ID:\t\tS-1-5-18\r\n\tAccount Name:\t\tWS1$\r\n\tLogon ID:\t\t0x3E7\r\n\r\nProcess Information:\r\n\tNew Process ID:\t\t0x1f4\r\n\tNew Process Name:\tC:\\b.exe\r\n\tCreator Process ID:\t0x4d8\r\n\tProcess Command Line:\tb.exe -x: y"}"#,
    );
    for (name, value) in [
        ("SubjectUserSid", "S-1-5-18"),
        ("SubjectUserName", "WS1$"),
        ("SubjectLogonId", "0x3E7"),
        ("NewProcessId", "0x1f4"),
        ("NewProcessName", "C:\\a.exe"),
        ("ProcessId", "0x4d8"),
        ("CommandLine", "b.exe -x: y"),
    ] {
        assert_eq!(security.get(name), Some(value), "{name}");
    }
    assert!(security.system(System::Message).starts_with("A new process"));
    let task = one(
        r#"{"SourceName":"Microsoft-Windows-TaskScheduler","Channel":"Microsoft-Windows-TaskScheduler/Operational","EventID":129,"Hostname":"h","TimeCreated":"2025-05-10T06:00:00Z","Message":"Task Scheduler launch task \"\\OneNote 45756\" , instance \"C:\\x\\str.cmd\"  with process ID 1532."}"#,
    );
    assert_eq!(task.get("TaskName"), Some("\\OneNote 45756"));
    assert_eq!((task.get("Path"), task.get("ProcessID")), (Some("C:\\x\\str.cmd"), Some("1532")));
    let script = one(
        r#"{"SourceName":"Microsoft-Windows-PowerShell","EventID":4104,"Hostname":"h","TimeCreated":"2025-05-10T06:00:00Z","Message":"Creating Scriptblock text (1 of 2):\r\niex 'ScriptBlock ID: x'\r\n\r\nScriptBlock ID: 1e00bb3a-d726-493f-b67d-3b4e84c544ad\r\nPath: C:\\a.ps1"}"#,
    );
    assert_eq!(script.get("ScriptBlockText"), Some("iex 'ScriptBlock ID: x'"));
    assert_eq!((script.get("MessageNumber"), script.get("MessageTotal")), (Some("1"), Some("2")));
    assert_eq!(script.get("Path"), Some("C:\\a.ps1"));
}

#[test]
fn the_log_services_pid_is_not_the_events() {
    let kernel = r#""SourceName":"Microsoft-Windows-Security-Auditing","EventID":5156,"Hostname":"h","TimeCreated":"2025-05-10T06:00:00Z""#;
    let flat = one(&format!(r#"{{{kernel},"ProcessID":"3304"}}"#));
    assert_eq!((flat.writer_pid, flat.get("ProcessID")), (None, Some("3304")));
    let nxlog = one(&format!(r#"{{{kernel},"ProcessID":4,"SourceModuleName":"e"}}"#));
    assert_eq!((nxlog.writer_pid, nxlog.get("ProcessID")), (Some(4), None));
}

#[test]
fn the_journal_and_syslog_rows() {
    let line = r#"{"__CURSOR":"s=1","__REALTIME_TIMESTAMP":"1746852965100000","_HOSTNAME":"web1","SYSLOG_IDENTIFIER":"sshd","_PID":"812","MESSAGE":[65,99,99,101,112,116,101,100,32,112,97,115,115,119,111,114,100,32,102,111,114,32,98,111,98,32,102,114,111,109,32,49,57,50,46,48,46,50,46,55,32,112,111,114,116,32,53,48,50,50,32,115,115,104,50],"_UID":"0"}"#;
    let event = one(line);
    assert_eq!((event.host(), event.provider(), event.writer_pid), ("web1", "sshd", Some(812)));
    assert_eq!(event.time.unwrap().to_string(), "2025-05-10T04:56:05.100000Z");
    assert!(event.fields().any(|(_, _, v)| event.text(v) == "192.0.2.7"), "{:?}", fields(&event));
    let xml = format!("<Event>{SYSTEM_XML}{}</Event>", DATA_XML.replace("\\\\", "\\")).replace('\\', "\\\\");
    let journal = one(&format!(
        r#"{{"__REALTIME_TIMESTAMP":"1746852965100000","_HOSTNAME":"web1","SYSLOG_IDENTIFIER":"sysmon","MESSAGE":"{xml}"}}"#
    ));
    is_the_dns_query(&journal, "journal");
    assert_eq!(journal.origin.record, Some(7));
    let azure = one(&format!(
        r#"{{"Type":"Syslog","Computer":"x","EventTime":"2025-05-10T04:56:05Z","ProcessName":"sysmon","SyslogMessage":"{xml}"}}"#
    ));
    is_the_dns_query(&azure, "Azure Syslog");
}

#[test]
fn wrong_types_duplicates_and_strange_values() {
    let event = one(
        r#"{"EventID":"4624","Level":"Error","Version":"x","Task":{"a":[1,{"b":null}]},"Keywords":["Audit Success"],"Hostname":["h"],"Channel":17,"TimeCreated":false,"RecordNumber":1.5,"Big":123456789012345678901234567890,"F":1.50e3,"A":"1","A":"2","T":true,"N":null,"O":{"x":{"y":"z"}},"":"empty","L":"\ud800!"}"#,
    );
    assert_eq!((event.event_id, event.level, event.version), (4624, Some(2), None));
    let expect = [
        ("Version", "x"),
        ("Task.a", "[1,{\"b\":null}]"),
        ("Keywords", "[\"Audit Success\"]"),
        ("Hostname", "[\"h\"]"),
        ("TimeCreated", "false"),
        ("RecordNumber", "1.5"),
        ("Big", "123456789012345678901234567890"),
        ("F", "1.50e3"),
        ("A", "1"),
        ("A_2", "2"),
        ("T", "true"),
        ("O.x.y", "z"),
        ("", "empty"),
        ("L", "\u{fffd}!"),
    ];
    assert_eq!(fields(&event), expect.map(|(n, v)| (n.to_owned(), v.to_owned())));
}

/// A record reads alike whether its keys have come before, come for the first time, or come after more keys than are kept.
#[test]
fn keys_known_and_unknown_read_alike() {
    let record = r#"{"EventID":1,"SourceName":"Microsoft-Windows-Sysmon","Hostname":"h","Image":"a","IMAGE":"b","x":1,"X":2,
        "x":3,"a key of more than sixteen bytes":4,"A key of more than sixteen bytes":5,"y\u0041":6,"yA":7,"x_2":8,"é":9}"#
        .replace('\n', " ");
    let many: Vec<String> =
        (0..1000).map(|n| format!("{{\"EventID\":1,\"Hostname\":\"h\",\"key{n}\":{n}}}\n")).collect();
    let first = fields(&one(&record));
    let names: Vec<&str> = first.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names[..5], ["Image", "IMAGE_2", "x", "X_2", "x_3"]);
    assert_eq!(names[5..8], ["a key of more than sixteen bytes", "A key of more than sixteen bytes_2", "yA"]);
    assert_eq!(names[8..], ["yA_2", "x_2_2", "é"]);
    for text in [format!("{record}\n{record}"), format!("{}{record}", many.concat())] {
        let (events, problems) = read(text.as_bytes());
        assert!(problems.is_empty());
        assert_eq!(events.last().map(fields), Some(first.clone()));
    }
}

#[test]
fn arrays_concatenations_and_indented_objects() {
    let record = r#"{"EventID":1,"Hostname":"h"}"#;
    for text in [
        format!("[{record},{record}]"),
        format!("[\n  {record},\n  {record}\n]\n"),
        format!("{record}{record}"),
        format!("{record}\r\n\r\n{record}\r\n"),
        format!("[\n{record}\n,{record}]"),
        "{\n  \"EventID\": 1,\n  \"Hostname\": \"h\"\n}\n{\n  \"EventID\": 1,\n  \"Hostname\": \"h\"\n}".to_owned(),
    ] {
        let (events, problems) = read(text.as_bytes());
        assert_eq!((events.len(), problems), (2, vec![]), "{text}");
        let line = text[..text.rfind('{').unwrap()].matches('\n').count() as u64 + 1;
        let at = events[1].origin.offset.unwrap() as usize;
        let length = events[1].origin.length.unwrap() as usize;
        assert_eq!(
            (events[1].origin.line, text[at..at + length].replace(char::is_whitespace, "").as_str()),
            (Some(line), record)
        );
    }
}

#[test]
fn broken_records_are_named_and_the_next_is_read() {
    let good = r#"{"EventID":1,"Hostname":"h"}"#;
    for (bad, column) in [
        ("{\"EventID\":1,", 14),
        ("{\"größe\" 1}", 10),
        ("plain text", 1),
        ("{\"a\":\"no end}", 6),
        ("{\"EventID\":1,\"a\":[1,2}", 22),
        ("{\"a\":tru}", 6),
    ] {
        let (events, problems) = read(format!("{good}\n{bad}\n{good}\n").as_bytes());
        assert_eq!((events.len(), problems.len()), (2, 1), "{bad} {problems:?}");
        assert_eq!(problems[0].origin.line, Some(2), "{bad}");
        assert!(problems[0].what.contains(&format!("column {column}:")), "{bad}: {}", problems[0]);
        assert_eq!(events[1].origin.line, Some(3));
    }
    let (events, problems) = read(format!("{good} trailing\n{good}").as_bytes());
    assert_eq!((events.len(), problems.len()), (2, 1));
    let (events, problems) = read(b"5\n\"x\"\n{\"a\":1}\n");
    assert_eq!((events.len(), problems.len()), (0, 3), "{problems:?}");
}

#[test]
fn a_broken_record_among_indented_ones() {
    let good = "  {\n    \"EventID\": 1,\n    \"Hostname\": {\n      \"x\": \"h\"\n    }\n  }";
    let bad = good.replace(": 1", ": ");
    let (events, problems) = read(format!("[\n{good},\n{bad},\n{good}\n]\n").as_bytes());
    assert_eq!((events.len(), problems.len()), (2, 1), "{problems:?}");
    assert_eq!((problems[0].origin.line, events[1].origin.line), (Some(9), Some(14)));
}

#[test]
fn invalid_utf8_is_replaced() {
    let (events, problems) = read(b"{\"EventID\":1,\"Hostname\":\"h\",\"X\":\"a\xff\xfeb\"}");
    assert_eq!((events.len(), problems), (1, vec![]));
    assert_eq!(events[0].get("X"), Some("a\u{fffd}\u{fffd}b"));
}

#[test]
fn every_prefix_and_every_flipped_byte_is_survived() {
    for (_, text) in shapes() {
        for cut in 0..text.len() {
            read(&text.as_bytes()[..cut]);
        }
        let mut bytes = text.into_bytes();
        for at in 0..bytes.len() {
            for mask in [0x01, 0x20, 0x80, 0xff] {
                bytes[at] ^= mask;
                read(&bytes);
                bytes[at] ^= mask;
            }
        }
    }
}

#[test]
fn deep_and_many() {
    let (events, problems) = read(format!("{{\"EventID\":1,\"a\":{}", "[".repeat(1_000_000)).as_bytes());
    assert_eq!((events.len(), problems.len()), (0, 1));
    let many: String = (0..10_000).map(|n| format!(",\"f{n}\":1")).collect();
    let (events, problems) = read(format!("{{\"EventID\":1{many}}}").as_bytes());
    assert_eq!((events.len(), events[0].field_count(), problems.len()), (1, 4096, 1));
    let (events, problems) = read("}\n".repeat(100_000).as_bytes());
    assert!(events.is_empty() && problems.len() < 20, "{}", problems.len());
}
