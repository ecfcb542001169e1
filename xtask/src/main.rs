//! `cargo xtask`: what people would otherwise do by hand.

mod bench;
mod example;
mod fuzz;
mod hosts;

use anyhow::bail;

const HELP: &str = "\
cargo xtask example          write examples/ anew
cargo xtask bench [NAME]     compare with peers: decode, threads, search, lists, trace, scale,
                             memory, json, xml (all without NAME)
cargo xtask fuzz [SECONDS]   run every fuzz target, 60 s each unless told otherwise
";

fn main() -> anyhow::Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["example"] => example::write_all(),
        ["bench", ref names @ ..] => bench::run(names),
        ["fuzz", ref seconds @ ..] => fuzz::run(seconds.first().map_or(Ok(60), |s| s.parse())?),
        [] | ["help" | "--help" | "-h"] => {
            eprint!("{HELP}");
            Ok(())
        }
        _ => bail!("unknown task\n{HELP}"),
    }
}

/// The repository's root.
fn root() -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}
