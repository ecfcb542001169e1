//! How fast JSON Lines become events, against `serde_json::Value` per line in the same run: the median of ratios.
//!
//! `cargo xtask bench json`, or `cargo run --release --manifest-path benches/json/Cargo.toml -- FILE…`; files are plain
//! JSON Lines. The peer is `serde_json::from_slice::<Value>` of each line, with its default features.

use std::hint::black_box;
use std::time::{Duration, Instant};
use whodunit_event::{Event, Origin};
use whodunit_logs::json;
use whodunit_logs::part::{Consumer, Output, PART_BYTES};

const ROUNDS: usize = 7;

#[derive(Default)]
struct Count(u64);

impl Consumer for Count {
    fn event(&mut self, event: &Event) {
        self.0 += 1;
        black_box(event);
    }
}

fn timed(run: impl FnOnce()) -> Duration {
    let start = Instant::now();
    run();
    start.elapsed()
}

fn ours(bytes: &[u8]) -> u64 {
    let (mut count, mut problems) = (Count::default(), Vec::new());
    let mut event = Event::default();
    event.origin = Origin::file("bench");
    let mut out = Output { event: &mut event, consumer: &mut count, problems: &mut problems, prefilter: None };
    // In parts, as the pipeline does.
    let mut rest = bytes;
    while !rest.is_empty() {
        let about = rest.len().min(PART_BYTES);
        let end = memchr::memchr(b'\n', &rest[about..]).map_or(rest.len(), |at| about + at + 1);
        json::decode_bytes(&rest[..end], &mut out);
        rest = &rest[end..];
    }
    count.0
}

fn values(mut bytes: &[u8]) -> u64 {
    let mut count = 0;
    while !bytes.is_empty() {
        let end = memchr::memchr(b'\n', bytes).map_or(bytes.len(), |at| at + 1);
        let value = serde_json::from_slice::<serde_json::Value>(&bytes[..end]);
        count += u64::from(black_box(value).is_ok());
        bytes = &bytes[end..];
    }
    count
}

#[allow(clippy::print_stdout)] // the figures are what the example is for
fn main() -> std::io::Result<()> {
    for path in std::env::args_os().skip(1) {
        let bytes = std::fs::read(&path)?;
        let (mut ratios, mut fastest) = (Vec::new(), Duration::MAX);
        for _ in 0..ROUNDS {
            let (mut a, mut b) = (0, 0);
            let (mine, theirs) = (timed(|| a = ours(&bytes)), timed(|| b = values(&bytes)));
            assert_eq!(a, b, "events and values");
            ratios.push(theirs.as_secs_f64() / mine.as_secs_f64());
            fastest = fastest.min(mine);
        }
        ratios.sort_by(f64::total_cmp);
        let rate = bytes.len() as f64 / 1e6 / fastest.as_secs_f64();
        println!("{}: {:.2} times serde_json::Value, {rate:.0} MB/s", path.display(), ratios[ROUNDS / 2]);
    }
    Ok(())
}
