//! `hunt`: which records hold these indicators.

use crate::args::HuntArgs;
use crate::commands::coverage;
use crate::common::context::Context;
use crate::common::exit::Exit;
use crate::common::filter::Filter;
use crate::common::output::{self, Output};
use crate::common::reading::{self, Corrected};
use crate::common::search;
use std::collections::HashSet;
use std::ops::Range;
use whodunit_event::encode::{csv, json};
use whodunit_event::{Event, escape};
use whodunit_logs::Sink;
use whodunit_logs::part::Consumer;
use whodunit_rules::ioc::{Hit, Indicator, IocMatcher};
use whodunit_rules::matcher::Scratch;

/// Characters shown before and after a match.
const AROUND: usize = 40;

/// Runs the command.
pub fn run(args: HuntArgs, context: &Context) -> anyhow::Result<Exit> {
    let filter = Filter::new(&args.filter)?;
    let (matcher, lists_whole) = search::matcher(&args.ioc, &args.iocs, context)?;
    let mut writer = Writer::new(&args)?;
    let make = || Hunter::new(&matcher, &filter, &args, context);
    let summary =
        reading::scan(reading::inputs(&args.sources)?, Some(&matcher), context, make, |found| writer.take(found));
    let found = writer.finish()?;
    if found == 0 && !args.json && !args.csv && !context.quiet {
        say_what_was_searched(&args, &filter, context)?;
    }
    let exit = match reading::conclude(&summary, context) {
        Exit::Done if !lists_whole => Exit::Partial,
        exit => exit,
    };
    Ok(exit.or_found(args.exit_code && found > 0))
}

/// "Not found" is worth only what was recorded.
fn say_what_was_searched(args: &HuntArgs, filter: &Filter, context: &Context) -> anyhow::Result<()> {
    let (rows, _) = coverage::gather(&args.sources, filter, 3600, context)?;
    output::to_stderr(&format!("nothing found; {}\n", coverage::sentence(&rows, context)));
    Ok(())
}

#[derive(Clone, Copy)]
enum Form {
    Json,
    Csv,
    Line,
}

/// Finds indicators, on a worker.
struct Hunter<'a> {
    matcher: &'a IocMatcher,
    filter: &'a Filter,
    context: &'a Context,
    form: Form,
    unique: bool,
    corrected: Corrected,
    scratch: Scratch,
    encoded: Vec<u8>,
    found: Found,
}

/// A part's hits, encoded.
#[derive(Default)]
struct Found {
    bytes: Vec<u8>,
    /// End of each hit's text, and its record's fingerprint where copies count once.
    marks: Vec<(usize, u128)>,
}

impl<'a> Hunter<'a> {
    fn new(matcher: &'a IocMatcher, filter: &'a Filter, args: &HuntArgs, context: &'a Context) -> Self {
        let form = match (args.json, args.csv) {
            (true, _) => Form::Json,
            (_, true) => Form::Csv,
            _ => Form::Line,
        };
        let (corrected, scratch) = (Corrected::default(), Scratch::default());
        let (encoded, found) = Default::default();
        Self { matcher, filter, context, form, unique: args.unique, corrected, scratch, encoded, found }
    }
}

impl Consumer for Hunter<'_> {
    fn event(&mut self, event: &Event) {
        let event = self.corrected.apply(event, self.context);
        let Self { matcher, filter, context, form, unique, scratch, encoded, found, .. } = self;
        encoded.clear();
        let mut passed = None;
        let mut fingerprint = 0;
        matcher.hits(event, scratch, |hit| {
            if !*passed.get_or_insert_with(|| filter.passes(event)) {
                return;
            }
            if *unique && fingerprint == 0 {
                fingerprint = event.fingerprint();
            }
            match form {
                Form::Json => write_json(&hit, event, encoded, &mut found.bytes),
                Form::Csv => write_csv(&hit, event, &mut found.bytes),
                Form::Line => write_line(&hit, event, context, &mut found.bytes),
            }
            found.marks.push((found.bytes.len(), fingerprint));
        });
    }
}

impl Sink for Hunter<'_> {
    type Out = Found;
    fn take(&mut self) -> Found {
        std::mem::take(&mut self.found)
    }
}

/// `encoded` keeps the event's JSON for its further hits.
fn write_json(hit: &Hit<'_, '_>, event: &Event, encoded: &mut Vec<u8>, out: &mut Vec<u8>) {
    if encoded.is_empty() {
        json::write(event, encoded);
    }
    out.extend_from_slice(b"{\"ioc\":{\"kind\":");
    json::string(hit.indicator.kind.word().as_bytes(), out);
    out.extend_from_slice(b",\"value\":");
    json::string(hit.indicator.value.as_bytes(), out);
    if let Some(source) = &hit.indicator.source {
        out.extend_from_slice(b",\"source\":");
        json::string(source.as_bytes(), out);
    }
    out.extend_from_slice(b"},\"field\":");
    json::string(hit.field.as_bytes(), out);
    out.extend_from_slice(format!(",\"match\":[{},{}],\"event\":", hit.range.start, hit.range.end).as_bytes());
    out.extend_from_slice(encoded);
    out.extend_from_slice(b"}\n");
}

const CSV_HEADER: [&str; 11] =
    ["time", "host", "channel", "event_id", "name", "record", "file", "kind", "indicator", "field", "value"];

fn write_csv(hit: &Hit<'_, '_>, event: &Event, out: &mut Vec<u8>) {
    let time = event.time.map(|t| t.to_string()).unwrap_or_default();
    let record = event.origin.record.or(event.origin.line).map(|r| r.to_string()).unwrap_or_default();
    let id = event.event_id.to_string();
    let Indicator { kind, value, .. } = hit.indicator;
    let text = search::text_of(event, hit.field);
    let (host, channel, name) = (event.host(), event.channel(), event.spec().name);
    csv::row(&[&time, host, channel, &id, name, &record, &event.origin.file, kind.word(), value, hit.field, text], out);
}

fn write_line(hit: &Hit<'_, '_>, event: &Event, context: &Context, out: &mut Vec<u8>) {
    let time = event.time.map_or_else(|| "-".to_owned(), |t| context.show_time(t));
    let paint = context.paint;
    let line = format!(
        "{time:<23}  {}  {:>5} {}  {}={}  {}\n",
        paint.faint(&escape::terminal(event.host())),
        event.event_id,
        paint.name(&escape::terminal(event.spec().name)),
        escape::terminal(hit.field),
        excerpt(search::text_of(event, hit.field), &hit.range, context),
        paint.faint(&escape::terminal(&event.origin.to_string())),
    );
    out.extend_from_slice(line.as_bytes());
}

/// The match with some text around it.
fn excerpt(text: &str, range: &Range<usize>, context: &Context) -> String {
    let start = range.start.saturating_sub(AROUND);
    let piece = |from: usize, to: usize| text.chars().skip(from).take(to.saturating_sub(from)).collect::<String>();
    let (before, found) = (piece(start, range.start), piece(range.start, range.end));
    let after = piece(range.end, range.end.saturating_add(AROUND));
    let more = text.chars().nth(range.end.saturating_add(AROUND)).is_some();
    format!(
        "{}{}{}{}{}",
        if start > 0 { "…" } else { "" },
        escape::terminal(&before),
        context.paint.alert(&escape::terminal(&found)),
        escape::terminal(&after),
        if more { "…" } else { "" }
    )
}

/// Writes hits in input order.
struct Writer {
    output: Output,
    seen: Option<HashSet<u128>>,
    left: u64,
    found: u64,
    result: anyhow::Result<()>,
}

impl Writer {
    fn new(args: &HuntArgs) -> anyhow::Result<Self> {
        let mut output = Output::new();
        if args.csv {
            let mut header = Vec::new();
            csv::row(&CSV_HEADER, &mut header);
            output.write(&header)?;
        }
        let (seen, left) = (args.unique.then(HashSet::new), args.limit.unwrap_or(u64::MAX));
        Ok(Self { output, seen, left, found: 0, result: Ok(()) })
    }

    /// Takes a part's hits; `false` when nothing more is wanted.
    fn take(&mut self, found: Found) -> bool {
        self.result = self.write(&found);
        self.result.is_ok() && self.left > 0
    }

    fn write(&mut self, found: &Found) -> anyhow::Result<()> {
        if self.seen.is_none() && self.left > found.marks.len() as u64 {
            self.found += found.marks.len() as u64;
            self.left -= found.marks.len() as u64;
            return self.output.write(&found.bytes);
        }
        let mut start = 0;
        let mut last = None;
        for (end, fingerprint) in &found.marks {
            let line = &found.bytes[std::mem::replace(&mut start, *end)..*end];
            // Several hits of one record stand together; a copy of the record comes later.
            let new = last == Some(*fingerprint) || self.seen.as_mut().is_none_or(|seen| seen.insert(*fingerprint));
            if !new || self.left == 0 {
                continue;
            }
            last = Some(*fingerprint);
            self.left -= 1;
            self.found += 1;
            self.output.write(line)?;
        }
        Ok(())
    }

    fn finish(mut self) -> anyhow::Result<u64> {
        self.result?;
        self.output.flush()?;
        Ok(self.found)
    }
}
