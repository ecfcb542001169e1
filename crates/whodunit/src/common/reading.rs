//! Reading: sources as typed to inputs, a scan with progress, and what is said about it afterwards.

use super::context::Context;
use super::exit::Exit;
use super::output;
use crate::args::Sources;
use anyhow::bail;
use indicatif::{ProgressBar, ProgressStyle};
use whodunit_event::{Event, Prefilter};
use whodunit_logs::input::Inputs;
use whodunit_logs::problem::{Problem, Severity};
use whodunit_logs::{Options, Sink, Summary};

/// Bytes from which on reading deserves a progress bar.
const LONG: u64 = 64 << 20;
/// Problems of one severity that are named before the rest is only counted.
const NAMED: usize = 40;

/// The inputs of a command.
pub fn inputs(sources: &Sources) -> anyhow::Result<Inputs> {
    let paths: Vec<_> = sources.paths.iter().chain(&sources.evidence).cloned().collect();
    if paths.is_empty() {
        bail!("no evidence given: name a file, a folder or an archive, or - for standard input");
    }
    Ok(Inputs::new(paths))
}

/// Reads all inputs (see [`whodunit_logs::scan`]) and shows progress on a terminal.
pub fn scan<S, M, C>(
    inputs: Inputs,
    prefilter: Option<&dyn Prefilter>,
    context: &Context,
    make: M,
    mut consume: C,
) -> Summary
where
    S: Sink,
    M: Fn() -> S + Sync,
    C: FnMut(S::Out) -> bool,
{
    let options = Options { threads: context.threads, prefilter };
    let (bar, progress) = (bar(&inputs, context), inputs.progress());
    let summary = whodunit_logs::scan(inputs, options, make, |out| {
        bar.set_position(progress.bytes());
        consume(out)
    });
    bar.finish_and_clear();
    tracing::debug!(sources = summary.sources, bytes = summary.bytes, events = summary.events, "read");
    summary
}

/// A bar on a terminal for long work; else one that is not shown.
fn bar(inputs: &Inputs, context: &Context) -> ProgressBar {
    if context.quiet || !output::stderr_is_terminal() {
        return ProgressBar::hidden();
    }
    let total = inputs.total_bytes();
    if total < LONG {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{bar:40} {bytes}/{total_bytes} {bytes_per_sec} {eta}");
    ProgressBar::new(total).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

/// Names what was wrong on standard error and tells how the run ended.
pub fn conclude(summary: &Summary, context: &Context) -> Exit {
    let mut text = String::new();
    let (losses, notes): (Vec<_>, Vec<_>) = summary.problems.iter().partition(|p| p.severity == Severity::Loss);
    if !context.quiet {
        name(&notes, if context.verbose > 0 { usize::MAX } else { 5 }, "note", &mut text);
        text.push_str(&context.skews.statement());
    }
    name(&losses, if context.verbose > 0 { usize::MAX } else { NAMED }, "not read whole", &mut text);
    output::to_stderr(&text);
    match (summary.sources, losses.is_empty()) {
        (0, _) => Exit::Nothing,
        (_, true) => Exit::Done,
        (_, false) => Exit::Partial,
    }
}

fn name(problems: &[&Problem], limit: usize, word: &str, text: &mut String) {
    for problem in problems.iter().take(limit) {
        text.push_str(&format!("{word}: {problem}\n"));
    }
    if problems.len() > limit {
        text.push_str(&format!("{word}: {} more; -v names them all\n", problems.len() - limit));
    }
}

/// Lends an event with its host's clock corrected, if that was asked for.
#[derive(Default)]
pub struct Corrected {
    scratch: Event,
}

impl Corrected {
    /// The event itself, or a corrected copy.
    pub fn apply<'a>(&'a mut self, event: &'a Event, context: &Context) -> &'a Event {
        if context.skews.is_empty() {
            return event;
        }
        let Some(seconds) = context.skews.of(event.host()) else { return event };
        self.scratch.clone_from(event);
        self.scratch.skew_clock(seconds);
        &self.scratch
    }
}
