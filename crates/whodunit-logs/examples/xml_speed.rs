//! Speed of the way from a syslog line with a Sysmon record to an event, against the bare event loop of `quick-xml` over the
//! same records: `cargo run --release --example xml_speed [FILE]`.
//!
//! The left side does everything (stamp, tag, record, fields, times, table), the right side only finds tags and texts. Both
//! sides run in turn; the ratio is that of their medians.
#![allow(clippy::print_stdout)] // its output is its purpose

use std::hint::black_box;
use std::time::Instant;
use whodunit_event::Event;
use whodunit_logs::part::{Body, Consumer, Output, Part, SourceName};
use whodunit_logs::syslog;

const ROUNDS: usize = 15;
const BYTES: usize = 32 << 20;

struct Count(u64);

impl Consumer for Count {
    fn event(&mut self, event: &Event) {
        self.0 += black_box(event.field_count()) as u64;
    }
}

fn main() {
    let lines = std::env::args().nth(1).and_then(|path| std::fs::read(path).ok()).unwrap_or_else(made_up);
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        ours.push(seconds(|| whodunit(&lines)));
        theirs.push(seconds(|| quick_xml(&lines)));
    }
    let (ours, theirs) = (median(ours), median(theirs));
    let rate = |seconds: f64| lines.len() as f64 / 1e6 / seconds;
    println!(
        "line to event {:.0} MB/s, quick-xml's loop {:.0} MB/s, ratio {:.2}",
        rate(ours),
        rate(theirs),
        theirs / ours
    );
}

fn whodunit(lines: &[u8]) {
    let (mut event, mut count, mut problems) = (Event::default(), Count(0), Vec::new());
    let mut out = Output { event: &mut event, consumer: &mut count, problems: &mut problems, prefilter: None };
    for chunk in chunks(lines) {
        let decoder = std::sync::Arc::new(syslog::Syslog::default());
        let part = Part { source: SourceName::default(), decoder, body: Body::Bytes(Vec::new()), offset: 0, line: 1 };
        part.decoder.decode(&part, chunk, &mut out);
    }
    black_box(count.0);
}

fn quick_xml(lines: &[u8]) {
    let mut count = 0u64;
    for line in lines.split(|b| *b == b'\n') {
        let Some(at) = memchr::memmem::find(line, b"<Event>") else { continue };
        let mut reader = quick_xml::Reader::from_reader(&line[at..]);
        loop {
            match black_box(reader.read_event()) {
                Ok(quick_xml::events::Event::Eof) | Err(_) => break,
                Ok(_) => count += 1,
            }
        }
    }
    black_box(count);
}

/// Runs of whole lines of about the size of a part.
fn chunks(lines: &[u8]) -> Vec<&[u8]> {
    let (mut found, mut rest) = (Vec::new(), lines);
    while !rest.is_empty() {
        let near = rest.len().min(whodunit_logs::part::PART_BYTES);
        let end = memchr::memchr(b'\n', &rest[near..]).map_or(rest.len(), |at| near + at + 1);
        found.push(&rest[..end]);
        rest = &rest[end..];
    }
    found
}

fn seconds(run: impl FnOnce()) -> f64 {
    let start = Instant::now();
    run();
    start.elapsed().as_secs_f64()
}

fn median(mut all: Vec<f64>) -> f64 {
    all.sort_by(f64::total_cmp);
    all[all.len() / 2]
}

/// Process starts as Sysmon for Linux logs them.
fn made_up() -> Vec<u8> {
    let mut out = Vec::new();
    for number in 0u32.. {
        if out.len() > BYTES {
            break;
        }
        let fields = [
            ("RuleName", "-".to_owned()),
            ("UtcTime", "2026-02-24 17:05:38.400".to_owned()),
            ("ProcessGuid", format!("{{a8fa4b5d-0c55-6854-e1b4-2270{number:08x}}}")),
            ("ProcessId", number.to_string()),
            ("Image", "/usr/bin/x86_64-linux-gnu-ld.bfd".to_owned()),
            ("FileVersion", "-".to_owned()),
            ("Description", "-".to_owned()),
            ("Product", "-".to_owned()),
            ("Company", "-".to_owned()),
            ("OriginalFileName", "-".to_owned()),
            ("CommandLine", format!("/usr/bin/ld -o target/{number} &quot;a b&quot; -lgcc &amp;&amp; true")),
            ("CurrentDirectory", "/home/bob/src/project/build".to_owned()),
            ("User", "bob".to_owned()),
            ("LogonGuid", "{a8fa4b5d-0c55-6854-0000-000000000000}".to_owned()),
            ("LogonId", "1000".to_owned()),
            ("TerminalSessionId", "3".to_owned()),
            ("IntegrityLevel", "no level".to_owned()),
            ("Hashes", "MD5=0123456789abcdef0123456789abcdef".to_owned()),
            ("ParentProcessGuid", "{a8fa4b5d-0c55-6854-e1b4-2270fe550000}".to_owned()),
            ("ParentProcessId", "4711".to_owned()),
            ("ParentImage", "/usr/bin/make".to_owned()),
            ("ParentCommandLine", "make -j 8 all".to_owned()),
            ("ParentUser", "bob".to_owned()),
        ];
        let data: String = fields.iter().map(|(n, v)| format!("<Data Name=\"{n}\">{v}</Data>")).collect();
        let line = format!(
            "Feb 24 17:05:38 build-1 sysmon: <Event><System><Provider Name=\"Linux-Sysmon\" \
             Guid=\"{{ff032593-a8d3-4f13-b0d6-01fc615a0f97}}\"/><EventID>1</EventID><Version>5</Version><Level>4</Level>\
             <Task>1</Task><Opcode>0</Opcode><Keywords>0x8000000000000000</Keywords>\
             <TimeCreated SystemTime=\"2026-02-24T17:05:38.412656000Z\"/><EventRecordID>{number}</EventRecordID>\
             <Correlation/><Execution ProcessID=\"3099\" ThreadID=\"3099\"/><Channel>Linux-Sysmon/Operational</Channel>\
             <Computer>build-1</Computer><Security UserId=\"0\"/></System><EventData>{data}</EventData></Event>\n"
        );
        out.extend_from_slice(line.as_bytes());
    }
    out
}
