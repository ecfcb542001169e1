//! The command: wires readers, matcher and graph together. Arguments as typed ([`args`]) become arguments as meant
//! ([`common`]); each subcommand is one file in [`commands`] that reads as a description of what it does.

#![allow(unreachable_pub)] // a binary has no outside: `pub` says what a module offers to the others

mod args;
mod commands;
mod common;

use args::{Cli, Command};
use clap::Parser;
use common::context::Context;
use common::exit::Exit;
use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let context = match Context::new(&cli.global) {
        Ok(context) => context,
        Err(error) => return report(&error),
    };
    match run(cli.command, &context) {
        Ok(exit) => exit.into(),
        Err(error) if common::output::is_broken_pipe(&error) => Exit::Done.into(),
        Err(error) => report(&error),
    }
}

fn run(command: Command, context: &Context) -> anyhow::Result<Exit> {
    match command {
        Command::Events(args) => commands::events::run(args, context),
        Command::Hunt(args) => commands::hunt::run(args, context),
        Command::Tree(args) => commands::tree::run(args, context),
        Command::Trace(args) => commands::trace::run(args, context),
        Command::Coverage(args) => commands::coverage::run(args, context),
        Command::Schema(args) => commands::schema::run(args, context),
        Command::Completions(args) => commands::completions::shell(&args, context),
        Command::Man => commands::completions::man(context),
    }
}

/// Says what went wrong on standard error; exit status 2.
fn report(error: &anyhow::Error) -> ExitCode {
    let chain: Vec<_> =
        error.chain().map(|cause| whodunit_event::escape::terminal(&cause.to_string()).into_owned()).collect();
    common::output::to_stderr(&format!("whodunit: {}\n", chain.join(": ")));
    Exit::Nothing.into()
}
