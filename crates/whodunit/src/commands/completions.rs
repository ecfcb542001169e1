//! `completions` and `man`: made from the same definitions as `--help`.

use crate::args::{Cli, CompletionsArgs};
use crate::common::context::Context;
use crate::common::exit::Exit;
use crate::common::output::Output;
use clap::CommandFactory;

/// Prints a shell's completion script.
pub fn shell(args: &CompletionsArgs, _: &Context) -> anyhow::Result<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "whodunit", &mut script);
    Output::new().write(&script)?;
    Ok(Exit::Done)
}

/// Prints the man page: the program, then each command.
pub fn man(_: &Context) -> anyhow::Result<Exit> {
    let mut page = Vec::new();
    let command = Cli::command();
    clap_mangen::Man::new(command.clone()).render(&mut page)?;
    for sub in command.get_subcommands().filter(|c| !c.is_hide_set()) {
        let title = format!("whodunit-{}", sub.get_name());
        clap_mangen::Man::new(sub.clone()).title(title).render(&mut page)?;
    }
    Output::new().write(&page)?;
    Ok(Exit::Done)
}
