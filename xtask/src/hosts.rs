//! A synthetic recording of twenty hosts, for measuring how `trace` grows: every process has its own pid, GUID, parent,
//! command line and a handful of events. What it measures is size, not detection.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use whodunit_event::event::System;
use whodunit_event::{Event, Guid, Time, encode, schema};

const HOSTS: u32 = 20;
const SYSMON: &str = "Microsoft-Windows-Sysmon";
/// 2025-05-10T00:00:00Z.
const DAY: i64 = 1_746_835_200;

/// Writes about `mib` MiB of Sysmon JSON Lines, a file a host, unless they are there; returns their folder.
pub(crate) fn write(folder: &Path, mib: u64) -> anyhow::Result<PathBuf> {
    let out = folder.join(format!("hosts{mib}"));
    if out.join("done").exists() {
        return Ok(out);
    }
    std::fs::create_dir_all(&out)?;
    for number in 0..HOSTS {
        let file = BufWriter::new(File::create(out.join(format!("host{number:02}.jsonl")))?);
        Host { number, record: 0, file, event: Event::default(), line: Vec::new() }
            .fill(mib * 1024 * 1024 / u64::from(HOSTS))?;
    }
    File::create(out.join("done"))?;
    Ok(out)
}

struct Host {
    number: u32,
    record: u64,
    file: BufWriter<File>,
    event: Event,
    line: Vec<u8>,
}

impl Host {
    fn fill(mut self, bytes: u64) -> anyhow::Result<()> {
        let (mut written, mut process) = (0, 1);
        while written < bytes {
            written += self.process(process)?;
            process += 1;
        }
        Ok(self.file.flush()?)
    }

    /// The life of one process: its start, what it does, its end.
    fn process(&mut self, n: u64) -> anyhow::Result<u64> {
        let parent = n - 1 - (n * 7919 % 13).min(n - 1);
        let user = format!("CORP\\user{}", n % 50);
        let image = format!("C:\\Program Files\\App{}\\tool{}.exe", n % 40, n % 400);
        let (guid, parent_guid) = (self.guid(n), self.guid(parent));
        let (pid, parent_pid) = (pid(n), pid(parent));
        let own = [("ProcessGuid", guid.as_str()), ("ProcessId", &pid), ("Image", &image), ("User", &user)];
        let command = format!("\"{image}\" --job {n} --input D:\\data\\set{}\\part{}.bin", n % 90, n);
        let parent_image = format!("C:\\Program Files\\App{}\\tool{}.exe", parent % 40, parent % 400);
        let hashes = format!("SHA256={:064X}", u128::from(n % 400) * 0x9e37_79b9_7f4a_7c15);
        let mut bytes = self.add(
            1,
            n,
            &own,
            &[
                ("CommandLine", &command),
                ("CurrentDirectory", "D:\\data\\"),
                ("LogonId", "0x5c1f2"),
                ("IntegrityLevel", "Medium"),
                ("Hashes", &hashes),
                ("ParentProcessGuid", &parent_guid),
                ("ParentProcessId", &parent_pid),
                ("ParentImage", &parent_image),
            ],
        )?;
        let name = format!("host{}.example.net", n % 5000);
        let address = format!("198.18.{}.{}", n % 200, n / 200 % 250);
        bytes += self.add(
            22,
            n,
            &own,
            &[("QueryName", &name), ("QueryStatus", "0"), ("QueryResults", &format!("::ffff:{address};"))],
        )?;
        bytes += self.add(
            3,
            n,
            &own,
            &[("Protocol", "tcp"), ("Initiated", "true"), ("DestinationIp", &address), ("DestinationPort", "443")],
        )?;
        for file in 0..3 {
            bytes += self.add(11, n, &own, &[("TargetFilename", &format!("D:\\data\\out{n}\\{file}.tmp"))])?;
        }
        let key = format!("HKU\\S-1-5-21-1\\Software\\App{}\\Last", n % 40);
        bytes +=
            self.add(13, n, &own, &[("EventType", "SetValue"), ("TargetObject", &key), ("Details", &n.to_string())])?;
        Ok(bytes + self.add(5, n, &own, &[])?)
    }

    fn guid(&self, n: u64) -> String {
        let seconds = (DAY + n as i64) as u128;
        let key = u128::from((8 << 48 | n).swap_bytes());
        Guid(u128::from(0x1000 + self.number) << 96 | (seconds & 0xffff) << 80 | (seconds >> 16 & 0xffff) << 64 | key)
            .to_string()
    }

    fn add(&mut self, id: u32, second: u64, own: &[(&str, &str)], fields: &[(&str, &str)]) -> anyhow::Result<u64> {
        self.record += 1;
        let event = &mut self.event;
        event.clear();
        event.set_spec(schema::lookup(SYSMON, "", id));
        event.event_id = id;
        event.time = Some(Time::new(DAY + second as i64, (self.record % 1000) as u32 * 1_000_000, 3));
        event.logged = event.time;
        event.put_system(System::Host, &format!("WS{:02}", self.number));
        event.put_system(System::Provider, SYSMON);
        event.put_system(System::Channel, "Microsoft-Windows-Sysmon/Operational");
        own.iter().chain(fields).for_each(|(name, value)| event.push_text(name, value));
        event.origin.record = Some(self.record);
        self.line.clear();
        encode::json::write(event, &mut self.line);
        self.line.push(b'\n');
        self.file.write_all(&self.line)?;
        Ok(self.line.len() as u64)
    }
}

fn pid(n: u64) -> String {
    (n * 4 % 60_000 + 4).to_string()
}
