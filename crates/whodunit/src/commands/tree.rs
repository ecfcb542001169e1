//! `tree`.
use crate::args::TreeArgs;
use crate::common::{context::Context, exit::Exit};
/// Runs the command.
pub fn run(_args: TreeArgs, _context: &Context) -> anyhow::Result<Exit> {
    anyhow::bail!("not wired yet")
}
