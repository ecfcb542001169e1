//! `schema`: the table of known events.

use crate::args::SchemaArgs;
use crate::common::context::Context;
use crate::common::exit::Exit;
use crate::common::output::Output;
use anyhow::anyhow;
use whodunit_event::schema::print;

/// Prints the table, or one event of it.
pub fn run(args: SchemaArgs, _: &Context) -> anyhow::Result<Exit> {
    let filter = args.event.as_deref();
    let text = if args.json {
        let lines = print::json(filter).map_err(|e| anyhow!("{e}"))?;
        lines.into_iter().map(|line| line + "\n").collect()
    } else {
        let mut text = String::new();
        print::text(filter, &mut text).map_err(|e| anyhow!("{e}"))?;
        text
    };
    Output::new().write(text.as_bytes())?;
    Ok(Exit::Done)
}
