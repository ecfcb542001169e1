//! Recordings written by hand for the tests: events as logs give them, in the fewest words.

#![allow(
    dead_code,
    missing_docs,
    unreachable_pub,
    clippy::field_reassign_with_default,
    clippy::expect_used,
    clippy::unwrap_used
)] // each test file uses its part

use whodunit_event::event::System;
use whodunit_event::persist::Item;
use whodunit_event::{Event, Origin, Time, schema};
use whodunit_trace::{Builder, Fact, Graph, Hit, Query, Select, Story};

/// A recording: events, items and what is asked about.
#[derive(Default)]
pub struct Recording {
    pub builder: Builder,
    pub host: String,
    record: u64,
}

/// A GUID of a process: seconds from 1970 and a number that makes it its own.
pub fn guid(start: &str, number: u32) -> String {
    let seconds = time(start).seconds() as u32;
    format!("{{77bc24b4-{:04x}-{:04x}-{number:04x}-000000008300}}", seconds & 0xffff, seconds >> 16)
}

/// A time of the day of all recordings.
pub fn time(clock: &str) -> Time {
    Time::parse(&format!("2025-05-10 {clock}")).expect("a time of day")
}

/// A process as a recording names it.
#[derive(Clone, Debug)]
pub struct Proc {
    pub start: &'static str,
    pub pid: u32,
    pub image: &'static str,
    pub command: &'static str,
}

impl Proc {
    pub fn guid(&self) -> String {
        guid(self.start, self.pid & 0xffff)
    }
}

/// A process.
pub fn proc(start: &'static str, pid: u32, image: &'static str, command: &'static str) -> Proc {
    Proc { start, pid, image, command }
}

pub const SCHEDULE: Proc = Proc {
    start: "00:50:00",
    pid: 1708,
    image: "C:\\Windows\\System32\\svchost.exe",
    command: "C:\\Windows\\system32\\svchost.exe -k netsvcs -p -s Schedule",
};
pub const SERVICES: Proc =
    Proc { start: "00:50:00", pid: 620, image: "C:\\Windows\\System32\\services.exe", command: "services.exe" };
pub const EXPLORER: Proc =
    Proc { start: "00:59:29", pid: 23468, image: "C:\\Windows\\explorer.exe", command: "C:\\Windows\\Explorer.EXE" };
pub const WMI: Proc = Proc {
    start: "00:55:00",
    pid: 3300,
    image: "C:\\Windows\\System32\\wbem\\WmiPrvSE.exe",
    command: "C:\\Windows\\system32\\wbem\\wmiprvse.exe -secured -Embedding",
};

impl Recording {
    pub fn new() -> Self {
        Self { host: "XiaoDi".to_owned(), ..Self::default() }
    }

    /// Fills an event; the record number goes up by one with each.
    pub fn event(&mut self, provider: &str, id: u32, clock: &str, fields: &[(&str, &str)]) -> Event {
        self.record += 1;
        let mut event = Event::default();
        event.event_id = id;
        event.put_system(System::Provider, provider);
        event.put_system(System::Channel, &format!("{provider}/Operational"));
        let host = self.host.clone();
        event.put_system(System::Host, &host);
        event.set_spec(schema::lookup(provider, "", id));
        event.time = Some(time(clock));
        event.logged = event.time;
        event.origin = Origin { record: Some(self.record), ..Origin::file("test.evtx") };
        for (name, value) in fields {
            event.push_text(name, value);
        }
        event
    }

    fn add(&mut self, event: Event) -> u64 {
        if let Some(fact) = Fact::from_event(&event) {
            self.builder.add(fact);
        }
        self.record
    }

    /// Any event; gives its record number.
    pub fn any(&mut self, provider: &str, id: u32, clock: &str, fields: &[(&str, &str)]) -> u64 {
        let event = self.event(provider, id, clock, fields);
        self.add(event)
    }

    /// A Sysmon event done by a process.
    pub fn sysmon(&mut self, id: u32, clock: &str, by: &Proc, fields: &[(&str, &str)]) -> u64 {
        let (guid, pid) = (by.guid(), by.pid.to_string());
        let mut all = vec![("ProcessGuid", guid.as_str()), ("ProcessId", pid.as_str()), ("Image", by.image)];
        all.extend_from_slice(fields);
        self.any("Microsoft-Windows-Sysmon", id, clock, &all)
    }

    /// Sysmon 1.
    pub fn start(&mut self, process: &Proc, parent: &Proc) -> u64 {
        self.start_with(process, parent, &[])
    }

    /// Sysmon 1 with more fields.
    pub fn start_with(&mut self, process: &Proc, parent: &Proc, fields: &[(&str, &str)]) -> u64 {
        let (guid, pid) = (parent.guid(), parent.pid.to_string());
        let mut all = vec![
            ("CommandLine", process.command),
            ("ParentProcessGuid", guid.as_str()),
            ("ParentProcessId", pid.as_str()),
            ("ParentImage", parent.image),
            ("ParentCommandLine", parent.command),
        ];
        all.extend_from_slice(fields);
        self.sysmon(1, process.start, process, &all)
    }

    /// Sysmon 8 or 10.
    pub fn reach(&mut self, id: u32, clock: &str, source: &Proc, target: &Proc, fields: &[(&str, &str)]) -> u64 {
        let (sg, sp, tg, tp) = (source.guid(), source.pid.to_string(), target.guid(), target.pid.to_string());
        let mut all = vec![
            ("SourceProcessGuid", sg.as_str()),
            ("SourceProcessId", sp.as_str()),
            ("SourceImage", source.image),
            ("TargetProcessGuid", tg.as_str()),
            ("TargetProcessId", tp.as_str()),
            ("TargetImage", target.image),
        ];
        all.extend_from_slice(fields);
        self.any("Microsoft-Windows-Sysmon", id, clock, &all)
    }

    pub fn security(&mut self, id: u32, clock: &str, fields: &[(&str, &str)]) -> u64 {
        self.any("Microsoft-Windows-Security-Auditing", id, clock, fields)
    }

    pub fn tasks(&mut self, id: u32, clock: &str, fields: &[(&str, &str)]) -> u64 {
        self.any("Microsoft-Windows-TaskScheduler", id, clock, fields)
    }

    /// A network logon from another host.
    pub fn remote_logon(&mut self, clock: &str, logon: &str, kind: &str, address: &str) -> u64 {
        self.security(
            4624,
            clock,
            &[
                ("TargetUserName", "admin"),
                ("TargetDomainName", "CORP"),
                ("TargetLogonId", logon),
                ("LogonType", kind),
                ("IpAddress", address),
                ("WorkstationName", "-"),
            ],
        )
    }

    /// A DNS query that is the hit.
    pub fn dns_hit(&mut self, clock: &str, by: &Proc) -> u64 {
        let (guid, pid) = (by.guid(), by.pid.to_string());
        let fields = [
            ("ProcessGuid", guid.as_str()),
            ("ProcessId", pid.as_str()),
            ("QueryName", "de.xxxxxxx.com"),
            ("Image", by.image),
        ];
        self.hit("Microsoft-Windows-Sysmon", 22, clock, &fields, "QueryName")
    }

    /// Any event that is a hit.
    pub fn hit(&mut self, provider: &str, id: u32, clock: &str, fields: &[(&str, &str)], field: &str) -> u64 {
        let event = self.event(provider, id, clock, fields);
        let hit = Hit { fact: Fact::of_hit(&event), field: field.to_owned(), indicator: "x".to_owned() };
        self.builder.add_hit(hit);
        self.add(event)
    }

    pub fn item(&mut self, item: Item) {
        self.builder.add_item(None, item);
    }

    pub fn graph(self) -> Graph {
        self.builder.build()
    }

    /// The stories of the hits.
    pub fn stories(self) -> Vec<Story> {
        self.graph().stories(&query(), &Select::Hits)
    }

    /// The only story of the hits.
    pub fn story(self) -> Story {
        let mut stories = self.stories();
        assert_eq!(stories.len(), 1, "one story expected: {stories:#?}");
        let story = stories.remove(0);
        assert!(story.root.confidence <= story.steps.iter().map(|s| s.confidence).min().unwrap());
        story
    }
}

pub fn query() -> Query {
    Query { kind: "domain".to_owned(), value: "de.xxxxxxx.com".to_owned() }
}

/// A scheduled task of the evidence.
pub fn task(name: &str, command: &str, last_run: Option<&str>) -> Item {
    Item {
        command: vec![command.to_owned()],
        last_run: last_run.map(time),
        evidence: vec![Origin::file(format!("Tasks{name}"))],
        ..Item::new("scheduled-task", name)
    }
}

/// Root kind and name.
pub fn root(story: &Story) -> (&str, &str) {
    (&story.root.kind, story.root.name.as_deref().unwrap_or_default())
}

/// The words of the steps' edges.
pub fn edges(story: &Story) -> Vec<&'static str> {
    story.steps.iter().map(|s| s.edge.word()).collect()
}
