//! `hunt`.
use crate::args::HuntArgs;
use crate::common::{context::Context, exit::Exit};
/// Runs the command.
pub fn run(_args: HuntArgs, _context: &Context) -> anyhow::Result<Exit> {
    anyhow::bail!("not wired yet")
}
