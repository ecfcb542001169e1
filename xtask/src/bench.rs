//! Benchmarks: whodunit against a peer in the same run, as ratios of medians over interleaved rounds.
//!
//! The corpus is made of real chunks in `../shared/data` (`WHODUNIT_DATA` names another place) by its own tool; the peer
//! `evtx_dump` is installed once into `target/peers`. Without the data a benchmark says so and is skipped.

use anyhow::{Context, bail, ensure};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const ROUNDS: usize = 7;

/// One comparison: name, what it needs, how it is run.
type Bench = (&'static str, fn(&Corpus) -> anyhow::Result<()>);

const BENCHES: &[Bench] = &[
    ("decode", decode),
    ("threads", threads),
    ("search", search),
    ("lists", lists),
    ("trace", trace),
    ("scale", scale),
    ("memory", memory),
    ("json", json),
    ("xml", xml),
];

/// Runs the named benchmarks, all without a name.
pub(crate) fn run(names: &[&str]) -> anyhow::Result<()> {
    let unknown = names.iter().find(|name| !BENCHES.iter().any(|(known, _)| known == *name));
    ensure!(unknown.is_none(), "no benchmark `{}`", unknown.unwrap_or(&""));
    let Some(corpus) = Corpus::prepare()? else {
        println(&format!("skipped: no data at {}", data().display()));
        return Ok(());
    };
    println("medians of interleaved rounds; ratio above 1: whodunit is faster");
    for (name, bench) in BENCHES.iter().filter(|(name, _)| names.is_empty() || names.contains(name)) {
        bench(&corpus).with_context(|| format!("benchmark {name}"))?;
    }
    Ok(())
}

/// Where the recordings lie.
pub(crate) fn data() -> PathBuf {
    std::env::var_os("WHODUNIT_DATA").map_or_else(|| crate::root().join("../shared/data"), PathBuf::from)
}

fn println(line: &str) {
    use std::io::Write;
    // A closed standard output ends the benchmark's use, not its run.
    let _ = writeln!(std::io::stdout(), "{line}");
}

struct Corpus {
    whodunit: PathBuf,
    evtx_dump: PathBuf,
    folder: PathBuf,
    dense: PathBuf,
}

impl Corpus {
    fn prepare() -> anyhow::Result<Option<Self>> {
        if !data().join("evtx").exists() {
            return Ok(None);
        }
        let target = crate::root().join("target");
        cargo(&["build", "--release", "--bin", "whodunit"])?;
        let peers = target.join("peers");
        let evtx_dump = peers.join("bin/evtx_dump");
        if !evtx_dump.exists() {
            cargo(&["install", "--quiet", "evtx@0.15.1", "--root", &peers.to_string_lossy()])?;
        }
        let folder = target.join("bench");
        std::fs::create_dir_all(&folder)?;
        let whodunit = std::env::var_os("CARGO_TARGET_DIR").map_or(target, PathBuf::from).join("release/whodunit");
        let dense = dense(&folder, 128)?;
        Ok(Some(Self { whodunit, evtx_dump, folder, dense }))
    }

    fn whodunit(&self, args: &str) -> String {
        format!("{} {args}", quoted(&self.whodunit))
    }

    fn evtx_dump(&self, args: &str) -> String {
        format!("{} {args}", quoted(&self.evtx_dump))
    }
}

fn quoted(path: &Path) -> String {
    format!("'{}'", path.display())
}

fn cargo(args: &[&str]) -> anyhow::Result<()> {
    let status = Command::new("cargo").args(args).current_dir(crate::root()).status()?;
    ensure!(status.success(), "cargo {} failed", args.join(" "));
    Ok(())
}

/// An EVTX file of `mib` MiB out of real Sysmon chunks.
fn dense(folder: &Path, mib: u32) -> anyhow::Result<PathBuf> {
    let out = folder.join(format!("dense{mib}"));
    if !out.exists() {
        let tool = data().join("../tools/dense-evtx.py");
        let mut command = Command::new("python3");
        command.arg(tool).arg(data().join("evtx")).arg(&out);
        command.args(["--mib", &mib.to_string(), "--files", "1", "--sysmon"]).stdout(Stdio::null());
        ensure!(command.status()?.success(), "dense-evtx.py failed");
    }
    if out.is_file() {
        return Ok(out);
    }
    let first = std::fs::read_dir(&out)?.next().context("no corpus was made")??;
    Ok(first.path())
}

/// Seconds of a shell command, output thrown away.
fn seconds(command: &str) -> anyhow::Result<f64> {
    let start = Instant::now();
    Command::new("sh").args(["-c", command]).stdout(Stdio::null()).stderr(Stdio::null()).status()?;
    Ok(start.elapsed().as_secs_f64())
}

/// Prints medians of both and the ratio peer / mine; who goes first alternates.
fn compare(what: &str, mine: &str, peer: &str) -> anyhow::Result<()> {
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for round in 0..=ROUNDS {
        let (a, b) = if round % 2 == 0 {
            let a = seconds(mine)?;
            (a, seconds(peer)?)
        } else {
            let b = seconds(peer)?;
            (seconds(mine)?, b)
        };
        // The first round warms the page cache.
        if round > 0 {
            ours.push(a);
            theirs.push(b);
        }
    }
    let (a, b) = (median(&mut ours), median(&mut theirs));
    println(&format!("{what:<58} {a:>8.3} s  peer {b:>8.3} s  ratio {:>6.2}", b / a));
    Ok(())
}

fn median(figures: &mut [f64]) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

fn decode(c: &Corpus) -> anyhow::Result<()> {
    let file = quoted(&c.dense);
    let mine = format!("taskset -c 0 {}", c.whodunit(&format!("events {file} --json")));
    let peer = format!("taskset -c 0 {}", c.evtx_dump(&format!("-t 1 -o jsonl {file}")));
    compare("decode: EVTX to JSON Lines, one core, against evtx_dump", &mine, &peer)
}

fn threads(c: &Corpus) -> anyhow::Result<()> {
    let file = quoted(&c.dense);
    let mine = |n: u32| c.whodunit(&format!("events {file} --json --threads {n}"));
    compare("threads: two against one, whodunit", &mine(2), &mine(1))?;
    let peer = |n: u32| c.evtx_dump(&format!("-t {n} -o jsonl {file}"));
    compare("threads: two against one, evtx_dump", &peer(2), &peer(1))
}

fn search(c: &Corpus) -> anyhow::Result<()> {
    let file = quoted(&c.dense);
    let rare = "qx7zz-not-there.example";
    let mine = c.whodunit(&format!("hunt {file} --threads 2 --json --ioc {rare}"));
    let peer = format!("{} | grep -aF {rare}", c.evtx_dump(&format!("-t 2 -o jsonl {file}")));
    compare("search: one rare domain, two threads, against | grep -F", &mine, &peer)
}

/// Lists of indicators that are not there, against one.
fn lists(c: &Corpus) -> anyhow::Result<()> {
    let file = quoted(&dense(&c.folder, 1024)?);
    let one = c.whodunit(&format!("hunt {file} --threads 2 --json --ioc qx7zz-not-there.example"));
    for count in [10_000u64, 100_000] {
        let list = c.folder.join(format!("iocs{count}.txt"));
        std::fs::write(&list, indicators(count))?;
        let many = c.whodunit(&format!("hunt {file} --threads 2 --json --iocs {}", quoted(&list)));
        compare(&format!("lists: {count} indicators, against one, 1 GiB"), &many, &one)?;
    }
    Ok(())
}

/// Domains, addresses, hashes and file names that occur in no evidence.
fn indicators(count: u64) -> String {
    let mut state = 0x9e37_79b9_7f4a_7c15u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let mut text = String::new();
    for at in 0..count {
        let n = next();
        text.push_str(&match at % 4 {
            0 => format!("{n:x}.not-there.example\n"),
            1 => format!("198.18.{}.{}\n", n % 256, n >> 8 & 255),
            2 => format!("{n:016x}{:016x}\n", next()),
            _ => format!("{n:x}.exe\n"),
        });
    }
    text
}

/// `trace` over a folder of about 100 MiB; the limit of the machine is reading it once without decoding.
fn trace(c: &Corpus) -> anyhow::Result<()> {
    let file = quoted(&c.dense);
    let mine = c.whodunit(&format!("trace mimikatz --evidence {file} --json"));
    compare("trace: mimikatz in 128 MiB, against evtx_dump -t 2", &mine, &c.evtx_dump(&format!("-t 2 -o jsonl {file}")))
}

/// How `trace` grows from 256 MiB to 1 GiB of twenty hosts, which are four times as much.
fn scale(c: &Corpus) -> anyhow::Result<()> {
    let (small, large) = (crate::hosts::write(&c.folder, 256)?, crate::hosts::write(&c.folder, 1024)?);
    let args = |folder: &Path| format!("trace host77.example.net --host WS03 --evidence {} --json", quoted(folder));
    let trace = |folder: &Path| c.whodunit(&args(folder));
    compare("scale: trace over 1 GiB of twenty hosts, peer 256 MiB", &trace(&large), &trace(&small))?;
    let command = ["trace", "host77.example.net", "--host", "WS03", "--evidence"];
    peak("trace over 1 GiB of twenty hosts", &c.whodunit, &command, &large)
}

/// Peak memory at 1 GiB of EVTX.
fn memory(c: &Corpus) -> anyhow::Result<()> {
    let file = dense(&c.folder, 1024)?;
    peak("events --json over 1 GiB", &c.whodunit, &["events", "--json"], &file)?;
    peak("hunt over 1 GiB", &c.whodunit, &["hunt", "--json", "--ioc", "mimikatz"], &file)
}

/// Prints the peak memory of a run.
fn peak(what: &str, program: &Path, args: &[&str], path: &Path) -> anyhow::Result<()> {
    let mut child = Command::new(program).args(args).arg(path).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
    let mut peak = 0;
    while child.try_wait()?.is_none() {
        peak = peak.max(resident(child.id()).unwrap_or(0));
        std::thread::sleep(Duration::from_millis(2));
    }
    println(&format!("memory: {what:<50} {:>8} MiB at its peak", peak / 1024));
    Ok(())
}

/// Peak resident memory so far, KiB.
fn resident(pid: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find(|l| l.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

/// Recordings of different shapes: flat NXLog, short and long.
const RECORDINGS: [&str; 3] = [
    "lateral_movement/host/purplesharp_ad_playbook_I.zip",
    "credential_access/host/empire_mimikatz_extract_keys.zip",
    "credential_access/host/empire_mimikatz_lsadump_patch.zip",
];

fn json(c: &Corpus) -> anyhow::Result<()> {
    let folder = c.folder.join("json");
    if !folder.exists() {
        for recording in RECORDINGS {
            let zip = data().join("mordor/atomic/windows").join(recording);
            let status = Command::new("python3").args(["-m", "zipfile", "-e"]).arg(zip).arg(&folder).status()?;
            ensure!(status.success(), "{recording} could not be unpacked");
        }
    }
    let mut files = Vec::new();
    for entry in std::fs::read_dir(&folder)? {
        files.push(entry?.path().to_string_lossy().into_owned());
    }
    files.retain(|f| f.ends_with(".json"));
    files.sort();
    let args = ["run", "--quiet", "--release", "--manifest-path", "benches/json/Cargo.toml"];
    inside(&args, &files)
}

fn xml(_: &Corpus) -> anyhow::Result<()> {
    inside(&["run", "--quiet", "--release", "--package", "whodunit-logs", "--example", "xml_speed"], &[])
}

/// A comparison inside one process, which prints its figures.
fn inside(args: &[&str], files: &[String]) -> anyhow::Result<()> {
    let output = Command::new("cargo").args(args).arg("--").args(files).current_dir(crate::root()).output()?;
    if !output.status.success() {
        bail!("{}", String::from_utf8_lossy(&output.stderr));
    }
    println(String::from_utf8_lossy(&output.stdout).trim_end());
    Ok(())
}
