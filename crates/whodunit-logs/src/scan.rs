//! Parts to results: decoding on all cores, results in input order.

use crate::detect::{self, Format};
use crate::input::{self, Inputs};
use crate::part::{Consumer, Output, Part, SourceName, Splitter, Stream};
use crate::problem::{Problem, Severity};
use std::collections::BTreeMap;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use whodunit_event::{Event, Prefilter};

/// Takes events on one worker and turns each part into a result.
pub trait Sink: Consumer + Send {
    /// What a part becomes: encoded lines, hits, a small graph.
    type Out: Send;
    /// The result of the part that just ended; called once a part.
    fn take(&mut self) -> Self::Out;
}

/// How to scan.
#[derive(Clone, Copy, Default)]
pub struct Options<'a> {
    /// Worker threads; 0 stands for all cores.
    pub threads: usize,
    /// Lets readers skip chunks that cannot match.
    pub prefilter: Option<&'a dyn Prefilter>,
}

/// What a scan saw.
#[derive(Debug, Default)]
pub struct Summary {
    /// Logs that were recognised and read, whole or in part.
    pub sources: u64,
    /// Bytes of parts that were decoded or skipped by the prefilter.
    pub bytes: u64,
    /// Events lent.
    pub events: u64,
    /// Everything that was wrong, in input order.
    pub problems: Vec<Problem>,
}

impl Summary {
    /// True if some input could not be read whole.
    pub fn lost(&self) -> bool {
        self.problems.iter().any(|p| p.severity == Severity::Loss)
    }
}

/// Results that may wait for an earlier part, per worker; bounds memory.
const AHEAD: u64 = 8;

/// Reads all inputs: `make` gives each worker its sink, `consume` gets the parts' results in input order, on the
/// caller's thread. `consume` returns `false` to stop early.
pub fn scan<S, M, C>(inputs: Inputs, options: Options<'_>, make: M, mut consume: C) -> Summary
where
    S: Sink,
    M: Fn() -> S + Sync,
    C: FnMut(S::Out) -> bool,
{
    let threads = match options.threads {
        0 => std::thread::available_parallelism().map_or(1, usize::from),
        n => n,
    };
    let shared = Shared::new(inputs, AHEAD * threads as u64);
    let mut summary = Summary::default();
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| shared.work(options, &make));
        }
        while let Some(done) = shared.next_result() {
            summary.events += done.events;
            summary.bytes += done.bytes;
            summary.problems.extend(done.problems);
            if done.out.is_some_and(|out| !consume(out)) {
                shared.stop();
                break;
            }
        }
    });
    let (sources, problems) = shared.finish();
    summary.sources = sources;
    summary.problems.extend(problems);
    summary
}

/// A decoded part.
struct Done<O> {
    out: Option<O>,
    events: u64,
    bytes: u64,
    problems: Vec<Problem>,
}

struct Shared<O> {
    state: Mutex<State>,
    results: Mutex<Results<O>>,
    changed: Condvar,
    ahead: u64,
}

/// The inputs, and the log being cut.
struct State {
    inputs: Inputs,
    current: Option<Box<dyn Splitter>>,
    next: u64,
    sources: u64,
}

struct Results<O> {
    ready: BTreeMap<u64, Done<O>>,
    /// The part whose result is due next.
    due: u64,
    /// Number of parts in all, once known.
    total: Option<u64>,
    stopped: bool,
    /// Problems found after the last part.
    tail: Vec<Problem>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<O: Send> Shared<O> {
    fn new(inputs: Inputs, ahead: u64) -> Self {
        Self {
            state: Mutex::new(State { inputs, current: None, next: 0, sources: 0 }),
            results: Mutex::new(Results {
                ready: BTreeMap::new(),
                due: 0,
                total: None,
                stopped: false,
                tail: Vec::new(),
            }),
            changed: Condvar::new(),
            ahead,
        }
    }

    fn work<S: Sink<Out = O>>(&self, options: Options<'_>, make: &(impl Fn() -> S + Sync)) {
        let mut sink = Counting { sink: make(), events: 0 };
        let (mut event, mut buffer) = (Event::default(), Vec::new());
        loop {
            let mut problems = Vec::new();
            let Some((number, part)) = self.next_part(&mut problems) else { return };
            let bytes = guarded(&part, &mut problems, |problems| {
                decode(&part, &mut sink, &mut event, &mut buffer, problems, options.prefilter)
            });
            let done = Done { out: Some(sink.sink.take()), events: std::mem::take(&mut sink.events), bytes, problems };
            self.put_result(number, done);
        }
    }

    /// The next part of the inputs with its number. Problems met on the way belong to that part, or to the end.
    fn next_part(&self, problems: &mut Vec<Problem>) -> Option<(u64, Part)> {
        let mut state = lock(&self.state);
        if lock(&self.results).stopped {
            return None;
        }
        loop {
            if state.current.is_none() {
                state.current = input::open_next(&mut state.inputs, problems);
                if state.current.is_none() {
                    self.no_more(state.next, problems);
                    return None;
                }
                state.sources += 1;
            }
            let part = state.current.as_mut().and_then(|splitter| splitter.next(problems));
            match part {
                Some(part) => {
                    let number = state.next;
                    state.next += 1;
                    return Some((number, part));
                }
                None => state.current = None,
            }
        }
    }

    fn no_more(&self, total: u64, problems: &mut Vec<Problem>) {
        let mut results = lock(&self.results);
        results.total = Some(total);
        results.tail.append(problems);
        drop(results);
        self.changed.notify_all();
    }

    /// Hands a result in; waits while the part that is due is too far behind, so that memory stays bounded.
    fn put_result(&self, number: u64, done: Done<O>) {
        let mut results = lock(&self.results);
        while number > results.due + self.ahead && !results.stopped {
            results = self.changed.wait(results).unwrap_or_else(PoisonError::into_inner);
        }
        results.ready.insert(number, done);
        drop(results);
        self.changed.notify_all();
    }

    fn next_result(&self) -> Option<Done<O>> {
        let mut results = lock(&self.results);
        loop {
            let due = results.due;
            if let Some(done) = results.ready.remove(&due) {
                results.due += 1;
                drop(results);
                self.changed.notify_all();
                return Some(done);
            }
            if results.total == Some(due) {
                return None;
            }
            results = self.changed.wait(results).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn stop(&self) {
        lock(&self.results).stopped = true;
        self.changed.notify_all();
    }

    fn finish(self) -> (u64, Vec<Problem>) {
        let state = self.state.into_inner().unwrap_or_else(PoisonError::into_inner);
        let results = self.results.into_inner().unwrap_or_else(PoisonError::into_inner);
        (state.sources, results.tail)
    }
}

/// Runs a decoder; should it panic, which is a defect of whodunit, the part is lost with a message and the rest goes on.
fn guarded(part: &Part, problems: &mut Vec<Problem>, run: impl FnOnce(&mut Vec<Problem>) -> u64) -> u64 {
    let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| run(problems)));
    result.unwrap_or_else(|_| {
        let mut origin = part.source.origin();
        origin.offset = Some(part.offset);
        problems.push(Problem::loss(origin, "internal error while decoding", "please report it with this file"));
        0
    })
}

/// Reads a log that lies in memory, on this thread: what tests and fuzz targets call.
pub fn read_bytes(format: &Format, bytes: Vec<u8>, consumer: &mut dyn Consumer, problems: &mut Vec<Problem>) {
    let head = bytes[..bytes.len().min(detect::HEAD_BYTES)].to_vec();
    let name = SourceName { file: "-".into(), member: None };
    let reader = Box::new(std::io::Cursor::new(bytes));
    let mut splitter = (format.split)(Stream { name, reader, head, file: None, modified: None });
    let (mut event, mut buffer) = (Event::default(), Vec::new());
    while let Some(part) = splitter.next(problems) {
        decode(&part, consumer, &mut event, &mut buffer, problems, None);
    }
}

/// Decodes one part into the sink; returns its size.
pub fn decode(
    part: &Part,
    consumer: &mut dyn Consumer,
    event: &mut Event,
    buffer: &mut Vec<u8>,
    problems: &mut Vec<Problem>,
    prefilter: Option<&dyn Prefilter>,
) -> u64 {
    event.origin = part.source.origin();
    event.clear();
    match part.body.load(buffer) {
        Ok(bytes) => {
            let mut out = Output { event, consumer, problems, prefilter };
            part.decoder.decode(part, bytes, &mut out);
            bytes.len() as u64
        }
        Err(error) => {
            let mut origin = part.source.origin();
            origin.offset = Some(part.offset);
            problems.push(Problem::loss(
                origin,
                format!("cannot be read: {error}"),
                "check the disk and the permissions",
            ));
            0
        }
    }
}

/// Counts what passes.
struct Counting<S> {
    sink: S,
    events: u64,
}

impl<S: Sink> Consumer for Counting<S> {
    fn event(&mut self, event: &Event) {
        self.events += 1;
        self.sink.event(event);
    }

    fn item(&mut self, item: whodunit_event::persist::Item) {
        self.sink.item(item);
    }
}
