//! Decodes logs and writes JSON to nowhere or to standard output: what the `events` command does, for measuring.
//!
//! `evtx_json THREADS FILE... [-o]`

use std::io::Write;
use std::path::PathBuf;
use whodunit_event::Event;
use whodunit_event::encode::json;
use whodunit_logs::part::Consumer;
use whodunit_logs::scan::{Options, Sink, scan};

#[derive(Default)]
struct Json(Vec<u8>);

impl Consumer for Json {
    fn event(&mut self, event: &Event) {
        json::write(event, &mut self.0);
        self.0.push(b'\n');
    }
}

impl Sink for Json {
    type Out = Vec<u8>;

    fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.0)
    }
}

fn main() -> std::io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let threads = arguments.next().and_then(|n| n.parse().ok()).unwrap_or(0);
    let (options, files): (Vec<_>, Vec<_>) = arguments.partition(|a| a.starts_with('-'));
    let show = !options.is_empty();
    let inputs = whodunit_logs::input::Inputs::new(files.into_iter().map(PathBuf::from));
    let start = std::time::Instant::now();
    let mut out = std::io::stdout().lock();
    let mut written = Ok(());
    let summary = scan(inputs, Options { threads, prefilter: None }, Json::default, |lines| {
        if show {
            written = out.write_all(&lines);
        }
        written.is_ok()
    });
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
