//! `trace`.
use crate::args::TraceArgs;
use crate::common::{context::Context, exit::Exit};
/// Runs the command.
pub fn run(_args: TraceArgs, _context: &Context) -> anyhow::Result<Exit> {
    anyhow::bail!("not wired yet")
}
