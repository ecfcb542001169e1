//! `events`: list, filter, count; one record in full.

use crate::args::{EventsArgs, Order};
use crate::common::context::Context;
use crate::common::exit::Exit;
use crate::common::filter::{Filter, RecordRef};
use crate::common::order::{Key, Sorter};
use crate::common::output::Output;
use crate::common::reading::{self, Corrected};
use crate::common::render;
use anyhow::bail;
use std::collections::{HashMap, HashSet};
use std::sync::Mutex;
use whodunit_event::encode::{csv, json};
use whodunit_event::{Event, Time, escape};
use whodunit_logs::Sink;
use whodunit_logs::part::Consumer;

/// Runs the command.
pub fn run(args: EventsArgs, context: &Context) -> anyhow::Result<Exit> {
    let mut filter = Filter::new(&args.filter)?;
    if let Some(record) = filter.around_record.clone() {
        filter.set_around(times_of(&args, &record, context)?);
    }
    if args.count_by.is_empty() { list(&args, &filter, context) } else { count(&args, &filter, context) }
}

/// First pass of `--around RECORD`: when that record happened.
fn times_of(args: &EventsArgs, record: &RecordRef, context: &Context) -> anyhow::Result<Vec<Time>> {
    let mut times = Vec::new();
    let make = || Finder { record, context, corrected: Corrected::default(), times: Vec::new() };
    reading::scan(reading::inputs(&args.sources)?, None, context, make, |found| {
        times.extend(found);
        true
    });
    if times.is_empty() {
        bail!("--around: no record {} in the evidence", record.record);
    }
    Ok(times)
}

struct Finder<'a> {
    record: &'a RecordRef,
    context: &'a Context,
    corrected: Corrected,
    times: Vec<Time>,
}

impl Consumer for Finder<'_> {
    fn event(&mut self, event: &Event) {
        if self.record.is(event) {
            self.times.extend(self.corrected.apply(event, self.context).time);
        }
    }
}

impl Sink for Finder<'_> {
    type Out = Vec<Time>;
    fn take(&mut self) -> Vec<Time> {
        std::mem::take(&mut self.times)
    }
}

/// How an event is written.
#[derive(Clone, Copy)]
enum Form {
    Json,
    Csv,
    Full,
    Line,
}

/// Encodes the events that pass, on a worker.
struct Encoder<'a> {
    filter: &'a Filter,
    context: &'a Context,
    form: Form,
    corrected: Corrected,
    open: bool,
    /// Whether the consumer needs to know where each event's text ends: to sort, limit or drop copies.
    marked: bool,
    unique: bool,
    lines: Lines,
    spare: &'a Spare,
}

/// Written buffers on their way back to the workers: fresh memory costs more than the copy.
#[derive(Default)]
struct Spare(Mutex<Vec<Vec<u8>>>);

impl Spare {
    fn take(&self) -> Vec<u8> {
        self.0.lock().ok().and_then(|mut spare| spare.pop()).unwrap_or_default()
    }

    fn give(&self, mut buffer: Vec<u8>) {
        buffer.clear();
        if let Ok(mut spare) = self.0.lock() {
            spare.push(buffer);
        }
    }
}

/// A part's encoded events.
#[derive(Default)]
struct Lines {
    bytes: Vec<u8>,
    marks: Vec<Mark>,
}

struct Mark {
    end: usize,
    time: i128,
    fingerprint: u128,
}

impl Consumer for Encoder<'_> {
    fn event(&mut self, event: &Event) {
        let event = self.corrected.apply(event, self.context);
        if !self.open && !self.filter.passes(event) {
            return;
        }
        let out = &mut self.lines.bytes;
        match self.form {
            Form::Json => {
                json::write(event, out);
                out.push(b'\n');
            }
            Form::Csv => csv::write(event, out),
            Form::Full => render::full(event, self.context, out),
            Form::Line => render::line(event, self.context, out),
        }
        if self.marked {
            let time = event.time.map_or(i128::MIN / 2, Time::total_nanos);
            let fingerprint = if self.unique { event.fingerprint() } else { 0 };
            self.lines.marks.push(Mark { end: self.lines.bytes.len(), time, fingerprint });
        }
    }
}

impl Sink for Encoder<'_> {
    type Out = Lines;
    fn take(&mut self) -> Lines {
        std::mem::replace(&mut self.lines, Lines { bytes: self.spare.take(), marks: Vec::new() })
    }
}

fn list(args: &EventsArgs, filter: &Filter, context: &Context) -> anyhow::Result<Exit> {
    let form = match (args.json, args.csv, args.full) {
        (true, ..) => Form::Json,
        (_, true, _) => Form::Csv,
        (_, _, true) => Form::Full,
        _ => Form::Line,
    };
    let mut writer = Writer::new(args)?;
    if args.csv {
        writer.output.write(csv::HEADER.as_bytes())?;
    }
    let (open, marked, unique, spare) = (filter.is_open(), writer.marked, args.unique, Spare::default());
    let make = || Encoder {
        filter,
        context,
        form,
        corrected: Corrected::default(),
        open,
        marked,
        unique,
        lines: Lines::default(),
        spare: &spare,
    };
    let summary = reading::scan(reading::inputs(&args.sources)?, None, context, make, |lines| {
        let more = writer.take(&lines);
        spare.give(lines.bytes);
        more
    });
    writer.finish()?;
    Ok(reading::conclude(&summary, context))
}

/// Puts parts' lines into the wanted order and number.
struct Writer {
    output: Output,
    sorter: Option<Sorter>,
    seen: Option<HashSet<u128>>,
    left: u64,
    sequence: u64,
    by_time: bool,
    marked: bool,
    result: anyhow::Result<()>,
}

impl Writer {
    fn new(args: &EventsArgs) -> anyhow::Result<Self> {
        let by_time = args.order == Order::Time;
        let sorted = by_time || args.reverse;
        Ok(Self {
            output: Output::new(),
            sorter: sorted.then(|| Sorter::new(args.reverse)),
            seen: args.unique.then(HashSet::new),
            left: args.limit.unwrap_or(u64::MAX),
            sequence: 0,
            by_time,
            marked: sorted || args.unique || args.limit.is_some(),
            result: Ok(()),
        })
    }

    /// Takes a part's lines; `false` when nothing more is wanted.
    fn take(&mut self, lines: &Lines) -> bool {
        self.result = if self.marked { self.take_marked(lines) } else { self.output.write(&lines.bytes) };
        self.result.is_ok() && (self.left > 0 || self.sorter.is_some())
    }

    fn take_marked(&mut self, lines: &Lines) -> anyhow::Result<()> {
        let mut start = 0;
        for mark in &lines.marks {
            let line = &lines.bytes[std::mem::replace(&mut start, mark.end)..mark.end];
            if self.seen.as_mut().is_some_and(|seen| !seen.insert(mark.fingerprint)) {
                continue;
            }
            self.sequence += 1;
            let key: Key = (if self.by_time { mark.time } else { 0 }, self.sequence);
            match &mut self.sorter {
                Some(sorter) => sorter.push(key, line.to_vec())?,
                None if self.left == 0 => break,
                None => {
                    self.left -= 1;
                    self.output.write(line)?;
                }
            }
        }
        Ok(())
    }

    fn finish(mut self) -> anyhow::Result<()> {
        self.result?;
        if let Some(sorter) = self.sorter.take() {
            let (left, output) = (&mut self.left, &mut self.output);
            sorter.finish(|line| {
                let more = *left > 0;
                if more {
                    *left -= 1;
                    output.write(line)?;
                }
                Ok(more)
            })?;
        }
        self.output.flush()
    }
}

/// Counts events by the values of fields.
struct Counter<'a> {
    filter: &'a Filter,
    context: &'a Context,
    fields: &'a [String],
    corrected: Corrected,
    unique: bool,
    counts: HashMap<Vec<String>, u64>,
    /// With `--unique`, events are counted by the consumer.
    events: Vec<(u128, Vec<String>)>,
}

impl Consumer for Counter<'_> {
    fn event(&mut self, event: &Event) {
        let event = self.corrected.apply(event, self.context);
        if !self.filter.passes(event) {
            return;
        }
        let key: Vec<String> = self.fields.iter().map(|name| value_of(event, name)).collect();
        if self.unique {
            self.events.push((event.fingerprint(), key));
        } else {
            *self.counts.entry(key).or_default() += 1;
        }
    }
}

impl Sink for Counter<'_> {
    type Out = (HashMap<Vec<String>, u64>, Vec<(u128, Vec<String>)>);
    fn take(&mut self) -> Self::Out {
        (std::mem::take(&mut self.counts), std::mem::take(&mut self.events))
    }
}

/// A field of the record or of its system section; empty if absent.
fn value_of(event: &Event, name: &str) -> String {
    if let Some(value) = event.get(name) {
        return value.to_owned();
    }
    match name.to_ascii_lowercase().as_str() {
        "event_id" | "id" => event.event_id.to_string(),
        "name" => event.spec().name.to_owned(),
        "host" => event.host().to_owned(),
        "channel" => event.channel().to_owned(),
        "provider" => event.provider().to_owned(),
        "level" => event.level.map(|l| l.to_string()).unwrap_or_default(),
        "file" => event.origin.file.to_string(),
        "date" => event.time.map(|t| t.to_string()[..10].to_owned()).unwrap_or_default(),
        _ => String::new(),
    }
}

fn count(args: &EventsArgs, filter: &Filter, context: &Context) -> anyhow::Result<Exit> {
    let (fields, unique) = (&args.count_by[..], args.unique);
    let make = || Counter {
        filter,
        context,
        fields,
        corrected: Corrected::default(),
        unique,
        counts: HashMap::new(),
        events: Vec::new(),
    };
    let (mut totals, mut seen) = (HashMap::<Vec<String>, u64>::new(), HashSet::new());
    let summary = reading::scan(reading::inputs(&args.sources)?, None, context, make, |(counts, events)| {
        for (key, n) in counts {
            *totals.entry(key).or_default() += n;
        }
        for (fingerprint, key) in events {
            if seen.insert(fingerprint) {
                *totals.entry(key).or_default() += 1;
            }
        }
        true
    });
    let mut rows: Vec<_> = totals.into_iter().collect();
    rows.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    if args.reverse {
        rows.reverse();
    }
    rows.truncate(args.limit.map_or(usize::MAX, |n| usize::try_from(n).unwrap_or(usize::MAX)));
    write_counts(args, &rows)?;
    Ok(reading::conclude(&summary, context))
}

fn write_counts(args: &EventsArgs, rows: &[(Vec<String>, u64)]) -> anyhow::Result<()> {
    let mut out = Vec::new();
    if args.csv {
        let names: Vec<&str> = std::iter::once("count").chain(args.count_by.iter().map(String::as_str)).collect();
        csv::row(&names, &mut out);
    }
    for (key, n) in rows {
        let n = n.to_string();
        if args.json {
            out.extend_from_slice(format!("{{\"count\":{n}").as_bytes());
            for (name, value) in args.count_by.iter().zip(key) {
                out.push(b',');
                json::string(name.as_bytes(), &mut out);
                out.push(b':');
                json::string(value.as_bytes(), &mut out);
            }
            out.extend_from_slice(b"}\n");
        } else if args.csv {
            let cells: Vec<&str> = std::iter::once(n.as_str()).chain(key.iter().map(String::as_str)).collect();
            csv::row(&cells, &mut out);
        } else {
            let values: Vec<_> = key.iter().map(|v| escape::terminal(if v.is_empty() { "-" } else { v })).collect();
            out.extend_from_slice(format!("{n:>10}  {}\n", values.join("  ")).as_bytes());
        }
    }
    Output::new().write(&out)
}
