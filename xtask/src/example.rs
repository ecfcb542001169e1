//! The evidence of `examples/`: the incident "OneNote 45756" as a responder would collect it. Made here so that every
//! byte can be explained; nothing in it is malicious, and the addresses are reserved for documentation.
//!
//! `onenote-45756` is the incident as it was: the recorder was installed hours after the infection and the task log was
//! off. `onenote-45756-recorded` is the same host with everything recorded.

use anyhow::Context;
use std::fs;
use std::path::Path;
use whodunit_event::event::System;
use whodunit_event::{Event, Guid, Time, encode, schema};

const HOST: &str = "XiaoDi";
const USER: &str = "XiaoDi\\26224";
const SID: &str = "S-1-5-21-1004336348-1177238915-682003330-1001";
const SCRIPT: &str = "C:\\Users\\xxxx\\AppData\\Roaming\\str.cmd";
const SCHEDULE: &str = "C:\\Windows\\system32\\svchost.exe -k netsvcs -p -s Schedule";
const BOOT: u64 = 0x83;

/// Writes all examples.
pub(crate) fn write_all() -> anyhow::Result<()> {
    for (name, recorded) in [("onenote-45756", false), ("onenote-45756-recorded", true)] {
        let folder = crate::root().join("examples").join(name);
        Incident { recorded }.write(&folder).with_context(|| format!("cannot write {}", folder.display()))?;
    }
    Ok(())
}

struct Incident {
    /// Recorder and task log ran from the start.
    recorded: bool,
}

/// A process of the story: pid, start and sequence number since boot make its GUID.
#[derive(Clone, Copy)]
struct Process {
    image: &'static str,
    pid: u32,
    start: &'static str,
    sequence: u64,
}

const SVCHOST_SCHEDULE: Process = process("C:\\Windows\\System32\\svchost.exe", 1708, "00:54:11.204", 0x41);
const SVCHOST_DNS: Process = process("C:\\Windows\\System32\\svchost.exe", 2264, "00:54:12.017", 0x52);
const SERVICES: Process = process("C:\\Windows\\System32\\services.exe", 912, "00:54:09.880", 0x22);
const USERINIT: Process = process("C:\\Windows\\System32\\userinit.exe", 7016, "00:59:28.730", 0x223);
const EXPLORER: Process = process("C:\\Windows\\explorer.exe", 23468, "00:59:29.112", 0x227);
const EDGE: Process =
    process("C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe", 9120, "01:12:40.551", 0x2c4);
const ONEDRIVE: Process = process("C:\\Program Files\\Microsoft OneDrive\\OneDrive.exe", 11844, "00:59:41.090", 0x23b);
const TASKHOST: Process = process("C:\\Windows\\System32\\taskhostw.exe", 17204, "04:40:00.318", 0x6e0);
const SEARCH: Process = process("C:\\Windows\\System32\\SearchProtocolHost.exe", 18332, "04:47:15.902", 0x702);
const CMD: Process = process("C:\\Windows\\System32\\cmd.exe", 19712, "04:55:58.113", 0x731);
const CONHOST: Process = process("C:\\Windows\\System32\\conhost.exe", 19720, "04:55:58.140", 0x732);
const POWERSHELL: Process =
    process("C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe", 20344, "04:55:58.690", 0x733);

const fn process(image: &'static str, pid: u32, start: &'static str, sequence: u64) -> Process {
    Process { image, pid, start, sequence }
}

impl Process {
    fn guid(self) -> String {
        let seconds = at(self.start).seconds() as u128;
        let key = u128::from((BOOT << 48 | self.sequence).swap_bytes());
        Guid(0x77bc_24b4 << 96 | (seconds & 0xffff) << 80 | (seconds >> 16 & 0xffff) << 64 | key).to_string()
    }
}

/// A time of the day of the incident.
fn at(time: &str) -> Time {
    Time::parse(&format!("2025-05-10 {time}")).unwrap_or_else(|| Time::new(0, 0, 0))
}

impl Incident {
    fn write(&self, folder: &Path) -> anyhow::Result<()> {
        let logs = folder.join("logs");
        fs::create_dir_all(&logs)?;
        write_json(&logs.join("sysmon.jsonl"), self.sysmon())?;
        write_xml(&logs.join("System.xml"), self.system())?;
        write_xml(&logs.join("Security.xml"), self.security())?;
        if self.recorded {
            write_xml(&logs.join("TaskScheduler.xml"), self.task_log())?;
        }
        for (name, xml) in tasks() {
            let path = folder.join("Windows/System32/Tasks").join(name);
            fs::create_dir_all(path.parent().context("a task has a folder")?)?;
            fs::write(path, utf16(&xml))?;
        }
        Ok(())
    }

    fn sysmon(&self) -> Vec<Event> {
        let mut log = Log::new("Microsoft-Windows-Sysmon", "Microsoft-Windows-Sysmon/Operational", 4655, 15880);
        if self.recorded {
            recorded_morning(&mut log);
        } else {
            recorder_start(&mut log);
        }
        background(&mut log);
        log.start(CMD, &format!("C:\\Windows\\system32\\cmd.exe /c \"\"{SCRIPT}\"\""), SVCHOST_SCHEDULE, SCHEDULE);
        log.start(
            CONHOST,
            "\\??\\C:\\Windows\\system32\\conhost.exe 0xffffffff -ForceV1",
            CMD,
            "C:\\Windows\\system32\\cmd.exe",
        );
        log.start(POWERSHELL, "powershell.exe -w hidden -nop -ep bypass -c -", CMD, "C:\\Windows\\system32\\cmd.exe");
        log.load(POWERSHELL, "04:55:59.217", "C:\\Windows\\Microsoft.NET\\Framework64\\v4.0.30319\\clr.dll");
        if self.recorded {
            log.inject(POWERSHELL, EXPLORER, "04:56:01.035");
        }
        log.end(POWERSHELL, "04:56:02.480");
        log.end(CONHOST, "04:56:02.511");
        log.end(CMD, "04:56:02.514");
        log.dns(EXPLORER, USER, "04:56:03.922", "de.xxxxxxx.com", "0", "::ffff:203.0.113.57;");
        log.connect(EXPLORER, "04:56:04.118", "203.0.113.57", "14433");
        log.dns(EDGE, USER, "04:57:12.004", "www.example.org", "0", "::ffff:198.51.100.7;");
        log.start(TASKHOST_LATE, "taskhostw.exe", SVCHOST_SCHEDULE, SCHEDULE);
        log.events
    }

    fn system(&self) -> Vec<Event> {
        let mut log = Log::new("Service Control Manager", "System", 11021, 912);
        let time = if self.recorded { "00:54:30.000" } else { "04:31:07.188" };
        for (name, path, kind, start, account) in [
            ("SysmonDrv", "SysmonDrv.sys", "kernel mode driver", "boot start", ""),
            ("Sysmon64", "C:\\Windows\\Sysmon64.exe", "user mode service", "auto start", "LocalSystem"),
        ] {
            let fields = [
                ("ServiceName", name),
                ("ImagePath", path),
                ("ServiceType", kind),
                ("StartType", start),
                ("AccountName", account),
            ];
            log.add(7045, time, &fields);
        }
        log.events
    }

    fn security(&self) -> Vec<Event> {
        let mut log = Log::new("Microsoft-Windows-Security-Auditing", "Security", 90412, 924);
        log.add(
            4624,
            "00:55:57.630",
            &[
                ("SubjectUserSid", "S-1-5-18"),
                ("SubjectUserName", "XIAODI$"),
                ("SubjectDomainName", "WORKGROUP"),
                ("SubjectLogonId", "0x3e7"),
                ("TargetUserSid", SID),
                ("TargetUserName", "26224"),
                ("TargetDomainName", "XiaoDi"),
                ("TargetLogonId", "0x5c1f2"),
                ("LogonType", "2"),
                ("LogonProcessName", "User32 "),
                ("AuthenticationPackageName", "Negotiate"),
                ("WorkstationName", "XIAODI"),
                ("ProcessId", "0x3f0"),
                ("ProcessName", "C:\\Windows\\System32\\svchost.exe"),
                ("IpAddress", "127.0.0.1"),
                ("IpPort", "0"),
            ],
        );
        log.events
    }

    fn task_log(&self) -> Vec<Event> {
        let mut log =
            Log::new("Microsoft-Windows-TaskScheduler", "Microsoft-Windows-TaskScheduler/Operational", 512, 1708);
        let (task, instance) = ("\\OneNote 45756", "{5f0c3b6e-8c1d-4a57-9b61-2f6d6c3f4d10}");
        log.add(107, "04:55:58.041", &[("TaskName", task), ("InstanceId", instance)]);
        log.add(
            129,
            "04:55:58.112",
            &[("TaskName", task), ("Path", SCRIPT), ("ProcessID", "19712"), ("Priority", "16384")],
        );
        log.add(100, "04:55:58.114", &[("TaskName", task), ("UserContext", USER), ("InstanceId", instance)]);
        log.add(
            200,
            "04:55:58.115",
            &[("TaskName", task), ("ActionName", SCRIPT), ("TaskInstanceId", instance), ("EnginePID", "1708")],
        );
        log.add(
            201,
            "04:56:02.520",
            &[
                ("TaskName", task),
                ("TaskInstanceId", instance),
                ("ActionName", SCRIPT),
                ("ResultCode", "0"),
                ("EnginePID", "1708"),
            ],
        );
        log.add(102, "04:56:02.521", &[("TaskName", task), ("UserContext", USER), ("InstanceId", instance)]);
        log.events
    }
}

const TASKHOST_LATE: Process = process("C:\\Windows\\System32\\taskhostw.exe", 21016, "04:58:00.277", 0x739);

fn recorder_start(log: &mut Log) {
    log.add(
        16,
        "04:31:07.401",
        &[
            ("UtcTime", "2025-05-10 04:31:07.400"),
            ("Configuration", "C:\\Tools\\sysmonconfig-export.xml"),
            ("ConfigurationFileHash", "SHA256=055FEBC600E6D7448CDF3812307275912927A62B1F94D0D933B64B294BC87162"),
        ],
    );
    log.add(
        4,
        "04:31:07.655",
        &[
            ("UtcTime", "2025-05-10 04:31:07.654"),
            ("State", "Started"),
            ("Version", "15.15"),
            ("SchemaVersion", "4.90"),
        ],
    );
}

fn recorded_morning(log: &mut Log) {
    log.start(USERINIT, "C:\\Windows\\system32\\userinit.exe", WINLOGON, "winlogon.exe");
    log.start(EXPLORER, "C:\\Windows\\Explorer.EXE", USERINIT, "C:\\Windows\\system32\\userinit.exe");
    log.start(
        ONEDRIVE,
        "\"C:\\Program Files\\Microsoft OneDrive\\OneDrive.exe\" /background",
        EXPLORER,
        "C:\\Windows\\Explorer.EXE",
    );
    log.start(
        EDGE,
        "\"C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe\"",
        EXPLORER,
        "C:\\Windows\\Explorer.EXE",
    );
}

const WINLOGON: Process = process("C:\\Windows\\System32\\winlogon.exe", 1008, "00:55:40.018", 0x61);

/// What a quiet desktop does meanwhile.
fn background(log: &mut Log) {
    let system = "NT AUTHORITY\\NETWORK SERVICE";
    log.dns(
        SVCHOST_DNS,
        system,
        "04:32:10.113",
        "ctldl.windowsupdate.com",
        "0",
        "type:  5 wu-b-net.trafficmanager.net;::ffff:198.51.100.20;",
    );
    log.dns(EDGE, USER, "04:33:02.870", "www.example.com", "0", "::ffff:198.51.100.8;");
    log.connect(EDGE, "04:33:02.991", "198.51.100.8", "443");
    log.file(
        ONEDRIVE,
        "04:36:44.402",
        "C:\\Users\\xxxx\\AppData\\Local\\Microsoft\\OneDrive\\logs\\Common\\telemetry-dll-ramp-value.txt",
    );
    log.start(TASKHOST, "taskhostw.exe /RuntimeWide", SVCHOST_SCHEDULE, SCHEDULE);
    log.end(TASKHOST, "04:41:30.690");
    log.dns(SVCHOST_DNS, system, "04:44:18.250", "wpad", "9003", "-");
    log.start(
        SEARCH,
        "\"C:\\Windows\\system32\\SearchProtocolHost.exe\" Global\\UsGthrFltPipeMssGthrPipe_S-1-5-21-1",
        SERVICES,
        "services.exe",
    );
    log.set(
        SVCHOST_SCHEDULE,
        "04:47:20.004",
        "HKLM\\System\\CurrentControlSet\\Services\\bam\\State\\UserSettings\\S-1-5-18",
        "Binary Data",
    );
    log.end(SEARCH, "04:48:16.337");
    log.dns(EDGE, USER, "04:52:31.608", "edge.example.net", "0", "::ffff:198.51.100.9;");
    log.connect(EDGE, "04:52:31.744", "198.51.100.9", "443");
    log.dns(ONEDRIVE, USER, "04:54:05.519", "storage.example.net", "0", "::ffff:198.51.100.11;");
    log.connect(ONEDRIVE, "04:54:05.630", "198.51.100.11", "443");
}

/// A log in the making: its records are numbered and written a little after they happened.
struct Log {
    provider: &'static str,
    channel: &'static str,
    next: u64,
    writer: u32,
    events: Vec<Event>,
}

impl Log {
    fn new(provider: &'static str, channel: &'static str, first: u64, writer: u32) -> Self {
        Self { provider, channel, next: first, writer, events: Vec::new() }
    }

    fn add(&mut self, id: u32, time: &str, fields: &[(&str, &str)]) {
        let mut event = Event::default();
        let spec = schema::lookup(self.provider, self.channel, id);
        event.set_spec(spec);
        (event.event_id, event.level, event.version, event.writer_pid) =
            (id, Some(4), Some(spec.version), Some(self.writer));
        event.time = Some(at(time));
        event.logged = Some(at(time).plus_millis(2));
        event.put_system(System::Host, HOST);
        event.put_system(System::Provider, self.provider);
        event.put_system(System::Channel, self.channel);
        event.put_system(System::UserSid, "S-1-5-18");
        fields.iter().for_each(|(name, value)| event.push_text(name, value));
        event.origin.record = Some(self.next);
        self.next += 1;
        self.events.push(event);
    }

    /// An event of a process, with the fields that all such events share.
    fn of(&mut self, id: u32, process: Process, time: &str, fields: &[(&str, &str)]) {
        let (guid, pid, utc) = (process.guid(), process.pid.to_string(), format!("2025-05-10 {time}"));
        let mut all = vec![
            ("RuleName", "-"),
            ("UtcTime", &utc),
            ("ProcessGuid", &guid),
            ("ProcessId", &pid),
            ("Image", process.image),
        ];
        all.extend_from_slice(fields);
        self.add(id, time, &all);
    }

    fn start(&mut self, process: Process, command: &str, parent: Process, parent_command: &str) {
        let (parent_guid, parent_pid) = (parent.guid(), parent.pid.to_string());
        let hash = format!("SHA256={:064X}", 0x5eed_u128 * u128::from(process.sequence) * 0x9e37_79b9_7f4a_7c15_u128);
        self.of(
            1,
            process,
            process.start,
            &[
                ("FileVersion", "10.0.19041.1 (WinBuild.160101.0800)"),
                ("Description", "-"),
                ("Product", "Microsoft® Windows® Operating System"),
                ("Company", "Microsoft Corporation"),
                ("OriginalFileName", "-"),
                ("CommandLine", command),
                ("CurrentDirectory", "C:\\Windows\\system32\\"),
                ("User", USER),
                ("LogonGuid", "{77bc24b4-a41d-681e-f2c1-050000000000}"),
                ("LogonId", "0x5c1f2"),
                ("TerminalSessionId", "1"),
                ("IntegrityLevel", "High"),
                ("Hashes", &hash),
                ("ParentProcessGuid", &parent_guid),
                ("ParentProcessId", &parent_pid),
                ("ParentImage", parent.image),
                ("ParentCommandLine", parent_command),
                ("ParentUser", "NT AUTHORITY\\SYSTEM"),
            ],
        );
    }

    fn end(&mut self, process: Process, time: &str) {
        self.of(5, process, time, &[("User", USER)]);
    }

    fn dns(&mut self, process: Process, user: &str, time: &str, name: &str, status: &str, results: &str) {
        self.of(
            22,
            process,
            time,
            &[("QueryName", name), ("QueryStatus", status), ("QueryResults", results), ("User", user)],
        );
    }

    fn connect(&mut self, process: Process, time: &str, address: &str, port: &str) {
        self.of(
            3,
            process,
            time,
            &[
                ("User", USER),
                ("Protocol", "tcp"),
                ("Initiated", "true"),
                ("SourceIsIpv6", "false"),
                ("SourceIp", "192.0.2.23"),
                ("SourceHostname", "XiaoDi"),
                ("SourcePort", "51877"),
                ("SourcePortName", "-"),
                ("DestinationIsIpv6", "false"),
                ("DestinationIp", address),
                ("DestinationHostname", "-"),
                ("DestinationPort", port),
                ("DestinationPortName", "-"),
            ],
        );
    }

    fn file(&mut self, process: Process, time: &str, path: &str) {
        self.of(
            11,
            process,
            time,
            &[("TargetFilename", path), ("CreationUtcTime", &format!("2025-05-10 {time}")), ("User", USER)],
        );
    }

    fn set(&mut self, process: Process, time: &str, object: &str, details: &str) {
        self.of(
            13,
            process,
            time,
            &[
                ("EventType", "SetValue"),
                ("TargetObject", object),
                ("Details", details),
                ("User", "NT AUTHORITY\\SYSTEM"),
            ],
        );
    }

    fn load(&mut self, process: Process, time: &str, path: &str) {
        self.of(
            7,
            process,
            time,
            &[
                ("ImageLoaded", path),
                ("FileVersion", "4.8.4645.0"),
                ("Description", "Microsoft .NET Runtime Common Language Runtime"),
                ("Product", "Microsoft® .NET Framework"),
                ("Company", "Microsoft Corporation"),
                ("OriginalFileName", "clr.dll"),
                ("Hashes", "SHA256=5D1F2F0F4B6E2C9D70A5B7F4E53A7B9F6C21B2E8D3A4C5960718293A4B5C6D7E"),
                ("Signed", "true"),
                ("Signature", "Microsoft Corporation"),
                ("SignatureStatus", "Valid"),
                ("User", USER),
            ],
        );
    }

    fn inject(&mut self, source: Process, target: Process, time: &str) {
        let (utc, source_guid, target_guid) = (format!("2025-05-10 {time}"), source.guid(), target.guid());
        let (source_pid, target_pid) = (source.pid.to_string(), target.pid.to_string());
        self.add(
            8,
            time,
            &[
                ("RuleName", "-"),
                ("UtcTime", &utc),
                ("SourceProcessGuid", &source_guid),
                ("SourceProcessId", &source_pid),
                ("SourceImage", source.image),
                ("TargetProcessGuid", &target_guid),
                ("TargetProcessId", &target_pid),
                ("TargetImage", target.image),
                ("NewThreadId", "20988"),
                ("StartAddress", "0x0000000006A20000"),
                ("StartModule", "-"),
                ("StartFunction", "-"),
                ("SourceUser", USER),
                ("TargetUser", USER),
            ],
        );
    }
}

/// Task definitions on the host: path below `Tasks`, XML.
fn tasks() -> Vec<(&'static str, String)> {
    let logon = "<LogonTrigger><Repetition><Interval>PT1H</Interval><StopAtDurationEnd>false</StopAtDurationEnd></Repetition><Enabled>true</Enabled></LogonTrigger>";
    let once = "<TimeTrigger><StartBoundary>2025-05-02T08:00:00</StartBoundary><Enabled>true</Enabled></TimeTrigger>";
    let daily = "<CalendarTrigger><StartBoundary>2024-11-03T03:00:00</StartBoundary><ScheduleByDay><DaysInterval>1</DaysInterval></ScheduleByDay></CalendarTrigger>";
    let script = format!("<Exec><Command>{SCRIPT}</Command></Exec>");
    let onedrive =
        "<Exec><Command>%localappdata%\\Microsoft\\OneDrive\\OneDriveStandaloneUpdater.exe</Command></Exec>".to_owned();
    let defrag =
        "<Exec><Command>%windir%\\system32\\defrag.exe</Command><Arguments>-c -h -o -$</Arguments></Exec>".to_owned();
    vec![
        (
            "OneNote 45756",
            task("\\OneNote 45756", "2025-05-01T11:02:17", "XiaoDi\\26224", logon, "HighestAvailable", true, &script),
        ),
        ("Ghost", task("\\Ghost", "2025-05-02T07:58:40", "XiaoDi\\26224", once, "LeastPrivilege", false, &script)),
        (
            "OneDrive Standalone Update Task",
            task(
                "\\OneDrive Standalone Update Task",
                "2024-11-02T10:00:00",
                "Microsoft Corporation",
                daily,
                "LeastPrivilege",
                false,
                &onedrive,
            ),
        ),
        (
            "Microsoft/Windows/Defrag/ScheduledDefrag",
            task(
                "\\Microsoft\\Windows\\Defrag\\ScheduledDefrag",
                "2024-11-02T09:12:00",
                "Microsoft Corporation",
                daily,
                "HighestAvailable",
                false,
                &defrag,
            ),
        ),
    ]
}

fn task(uri: &str, date: &str, author: &str, trigger: &str, level: &str, hidden: bool, action: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-16\"?>\r\n\
         <Task version=\"1.4\" xmlns=\"http://schemas.microsoft.com/windows/2004/02/mit/task\">\r\n\
         \x20 <RegistrationInfo><Date>{date}</Date><Author>{author}</Author><URI>{uri}</URI></RegistrationInfo>\r\n\
         \x20 <Triggers>{trigger}</Triggers>\r\n\
         \x20 <Principals><Principal id=\"Author\"><UserId>{SID}</UserId><LogonType>InteractiveToken</LogonType><RunLevel>{level}</RunLevel></Principal></Principals>\r\n\
         \x20 <Settings><Hidden>{hidden}</Hidden><ExecutionTimeLimit>PT0S</ExecutionTimeLimit><Enabled>true</Enabled></Settings>\r\n\
         \x20 <Actions Context=\"Author\">{action}</Actions>\r\n\
         </Task>\r\n"
    )
}

/// UTF-16LE with a byte order mark, as the Task Scheduler stores its files.
fn utf16(text: &str) -> Vec<u8> {
    std::iter::once(0xfeff).chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect()
}

fn write_json(path: &Path, events: Vec<Event>) -> anyhow::Result<()> {
    let mut out = Vec::new();
    for mut event in events {
        event.origin.file = "C:\\Windows\\System32\\winevt\\Logs\\Microsoft-Windows-Sysmon%4Operational.evtx".into();
        encode::json::write(&event, &mut out);
        out.push(b'\n');
    }
    Ok(fs::write(path, out)?)
}

fn write_xml(path: &Path, events: Vec<Event>) -> anyhow::Result<()> {
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"utf-8\"?>\r\n<Events>\r\n");
    for event in &events {
        encode::xml::write(event, &mut out);
        out.push_str("\r\n");
    }
    out.push_str("</Events>\r\n");
    Ok(fs::write(path, out)?)
}
