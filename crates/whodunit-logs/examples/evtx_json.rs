//! Decodes logs and writes JSON to nowhere or to standard output: what the `events` command does, for measuring.
//!
//! `evtx_json THREADS FILE... [-o|-n]`: `-o` shows the JSON, `-n` only decodes.

use std::io::Write;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};
use whodunit_event::Event;
use whodunit_event::encode::json;
use whodunit_logs::part::Consumer;
use whodunit_logs::scan::{Options, Sink, scan};

#[derive(Default)]
struct Json {
    lines: Vec<u8>,
    skip: bool,
}

impl Consumer for Json {
    fn event(&mut self, event: &Event) {
        if !self.skip {
            json::write(event, &mut self.lines);
            self.lines.push(b'\n');
        }
    }
}

impl Sink for Json {
    type Out = Vec<u8>;

    fn take(&mut self) -> Vec<u8> {
        let next = idle().pop().unwrap_or_default();
        std::mem::replace(&mut self.lines, next)
    }
}

/// Buffers that were written and can be filled again: fresh memory costs as much as the encoding.
static IDLE: Mutex<Vec<Vec<u8>>> = Mutex::new(Vec::new());

fn idle() -> MutexGuard<'static, Vec<Vec<u8>>> {
    IDLE.lock().unwrap_or_else(PoisonError::into_inner)
}

fn main() -> std::io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let threads = arguments.next().and_then(|n| n.parse().ok()).unwrap_or(0);
    let (options, files): (Vec<_>, Vec<_>) = arguments.partition(|a| a.starts_with('-'));
    let (show, skip) = (options.iter().any(|o| o == "-o"), options.iter().any(|o| o == "-n"));
    let inputs = whodunit_logs::input::Inputs::new(files.into_iter().map(PathBuf::from));
    let start = std::time::Instant::now();
    let mut out = std::io::stdout().lock();
    let mut written = Ok(());
    let summary = scan(
        inputs,
        Options { threads, prefilter: None },
        || Json { skip, ..Json::default() },
        |mut lines| {
            if show {
                written = out.write_all(&lines);
            }
            lines.clear();
            idle().push(lines);
            written.is_ok()
        },
    );
    let seconds = start.elapsed().as_secs_f64();
    for problem in &summary.problems {
        eprintln!("{:?}: {problem}", problem.severity);
    }
    eprintln!(
        "{} events, {:.1} MB in {seconds:.3} s: {:.0} MB/s, {:.0} events/s",
        summary.events,
        summary.bytes as f64 / 1e6,
        summary.bytes as f64 / 1e6 / seconds,
        summary.events as f64 / seconds
    );
    written
}
