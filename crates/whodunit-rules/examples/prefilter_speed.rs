//! How fast undecoded chunks are searched, and how fast many indicators are loaded.
//!
//! `cargo run --release -p whodunit-rules --example prefilter_speed -- FILE.evtx` reads the file's chunks into memory and
//! searches them, on one thread, for 1, 10, 10,000 and 100,000 indicators of several kinds. Bars: 1.6 GB/s on a thread for
//! one; 100,000 loaded and built in under 300 ms.

use std::time::Instant;
use whodunit_event::{Event, Prefilter, schema};
use whodunit_rules::{Indicators, IocMatcher, Scratch};

/// Bytes before the first chunk, and of each.
const HEADER: usize = 4096;
const CHUNK: usize = 64 << 10;

#[allow(clippy::print_stdout)] // the figures are what it is for
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(1).ok_or("usage: prefilter_speed FILE.evtx")?;
    let bytes = std::fs::read(path)?;
    let chunks = bytes.get(HEADER..).unwrap_or_default();
    println!("{:>10} {:>9} {:>9} {:>8} {:>9} {:>10}", "kind", "count", "build ms", "GB/s", "may match", "events/s");
    for kind in ["rare", "domain", "ip", "hash", "path", "mixed"] {
        for count in if kind == "rare" { &[1, 10][..] } else { &[1, 10, 10_000, 100_000] } {
            let list: String = (0..*count).map(|n| indicator(kind, n) + "\n").collect();
            let start = Instant::now();
            let mut indicators = Indicators::new();
            let report = indicators.add_list("list", list.as_bytes());
            let matcher = indicators.build();
            let built = start.elapsed();
            assert!(report.problems.is_empty(), "{:?}", report.problems.first());
            let (speed, may_match) = search(&matcher, chunks);
            let events = scan(&matcher);
            println!(
                "{kind:>10} {count:>9} {:>9.1} {speed:>8.2} {may_match:>9} {events:>10.0}",
                built.as_secs_f64() * 1e3
            );
        }
    }
    Ok(())
}

/// An indicator that is in no log: `number` gives its letters.
fn indicator(kind: &str, number: u64) -> String {
    const SYLLABLES: [&str; 32] = [
        "ba", "ra", "mo", "ti", "lu", "xe", "qu", "zo", "ka", "ne", "sho", "fi", "dri", "ver", "son", "tel", "ing",
        "com", "pro", "net", "gra", "win", "up", "date", "secur", "bank", "mail", "app", "cloud", "host", "data",
        "web",
    ];
    let mixed = number.wrapping_add(7).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let word: String = (0..4).map(|at| SYLLABLES[(mixed >> (5 * at) & 31) as usize]).collect();
    match (kind, number % 4) {
        ("rare", _) => format!("qx7zz-not-there{number}.example"),
        ("domain", _) | ("mixed", 0) => {
            format!("{word}{}.{}", mixed >> 44, ["com", "net", "org", "ru", "xyz"][(mixed >> 20) as usize % 5])
        }
        ("ip", _) | ("mixed", 1) => {
            format!("{}.{}.{}.{}", 11 + (mixed >> 56) % 200, mixed >> 8 & 255, mixed >> 16 & 255, mixed >> 24 & 255)
        }
        ("hash", _) | ("mixed", 2) => format!("{mixed:016x}{:016x}", mixed.rotate_left(17) ^ 0x5555),
        _ => format!("{word}{}.exe", mixed >> 50),
    }
}

/// Median of five: bytes searched in a second, and chunks that may match.
fn search(matcher: &IocMatcher, chunks: &[u8]) -> (f64, usize) {
    let mut times = [0.0; 5];
    let mut may_match = 0;
    for time in &mut times {
        let start = Instant::now();
        may_match = chunks.as_chunks::<CHUNK>().0.iter().filter(|chunk| matcher.may_match(*chunk, false)).count();
        *time = start.elapsed().as_secs_f64();
    }
    times.sort_by(f64::total_cmp);
    (chunks.len() as f64 / times[2] / 1e9, may_match)
}

/// Events scanned in a second: a process creation as Sysmon writes it.
fn scan(matcher: &IocMatcher) -> f64 {
    let mut event = Event::default();
    event.set_spec(schema::lookup("Microsoft-Windows-Sysmon", "Microsoft-Windows-Sysmon/Operational", 1));
    for (name, value) in [
        ("UtcTime", "2025-05-10 04:56:03.922"),
        ("ProcessGuid", "{77bc24b4-a4f1-681e-2702-000000008300}"),
        ("Image", r"C:\Windows\System32\WindowsPowerShell\v1.0\powershell.exe"),
        ("Description", "Windows PowerShell"),
        ("Company", "Microsoft Corporation"),
        (
            "CommandLine",
            r#"powershell.exe -NoProfile -ExecutionPolicy Bypass -File "C:\Program Files\Vendor\update.ps1" -Server srv01.corp.local"#,
        ),
        ("CurrentDirectory", r"C:\Windows\system32\"),
        ("User", r"NT AUTHORITY\SYSTEM"),
        (
            "Hashes",
            "SHA1=36C5D12033B2EAF251BAE61C00690FFB17FDDC87,MD5=CDA48FC75952AD12D99E526D0B6BF70A,SHA256=908B64B1971A979C7E3E8CE4621945CBA84854CB98D76367B791A6E22B5F6D53,IMPHASH=A7CEFACDDA74B13CD330390769752481",
        ),
        ("ParentImage", r"C:\Windows\System32\svchost.exe"),
        ("ParentCommandLine", r"C:\Windows\system32\svchost.exe -k netsvcs -p -s Schedule"),
    ] {
        event.push_text(name, value);
    }
    let mut scratch = Scratch::default();
    let (start, mut hits, rounds) = (Instant::now(), 0, 20_000);
    for _ in 0..rounds {
        matcher.hits(std::hint::black_box(&event), &mut scratch, |_| hits += 1);
    }
    std::hint::black_box(hits);
    f64::from(rounds) / start.elapsed().as_secs_f64()
}
