//! `tree`: the process tree with what each process did, or the logon sessions with their processes.

use crate::args::TreeArgs;
use crate::commands::trace;
use crate::common::context::Context;
use crate::common::exit::Exit;
use crate::common::filter::Filter;
use crate::common::output::Output;
use crate::common::reading::{self, Corrected};
use serde::Serialize;
use whodunit_event::Event;
use whodunit_logs::Sink;
use whodunit_logs::part::Consumer;
use whodunit_trace::text::Style;
use whodunit_trace::{Builder, Fact, tree};

/// Runs the command.
pub fn run(args: TreeArgs, context: &Context) -> anyhow::Result<Exit> {
    let filter = Filter::new(&args.filter)?;
    let mut builder = Builder::new();
    let make = || Planter { filter: &filter, context, corrected: Corrected::default(), facts: Vec::new() };
    let summary = reading::scan(reading::inputs(&args.sources)?, None, context, make, |facts| {
        facts.into_iter().for_each(|fact| builder.add(fact));
        true
    });
    let copies = builder.copies();
    let graph = builder.build();
    let style = Style { time: &|time| context.show_time(time), paint: &|part, text| trace::paint(part, text, context) };
    let out = match (args.logons, args.json) {
        (true, true) => lines(&graph.logons())?,
        (false, true) => lines(&graph.tree())?,
        (true, false) => tree::logons_text(&graph.logons(), &style).into_bytes(),
        (false, false) => tree::text(&graph.tree(), &style).into_bytes(),
    };
    Output::new().write(&out)?;
    if copies > 0 && !context.quiet {
        crate::common::output::to_stderr(&format!(
            "{copies} records were there more than once and were counted once\n"
        ));
    }
    Ok(reading::conclude(&summary, context))
}

fn lines<T: Serialize>(rows: &[T]) -> anyhow::Result<Vec<u8>> {
    let mut out = Vec::new();
    for row in rows {
        serde_json::to_writer(&mut out, row)?;
        out.push(b'\n');
    }
    Ok(out)
}

/// Distils events, on a worker.
struct Planter<'a> {
    filter: &'a Filter,
    context: &'a Context,
    corrected: Corrected,
    facts: Vec<Fact>,
}

impl Consumer for Planter<'_> {
    fn event(&mut self, event: &Event) {
        let event = self.corrected.apply(event, self.context);
        if self.filter.passes(event) {
            self.facts.extend(Fact::from_event(event));
        }
    }
}

impl Sink for Planter<'_> {
    type Out = Vec<Fact>;
    fn take(&mut self) -> Vec<Fact> {
        std::mem::take(&mut self.facts)
    }
}
