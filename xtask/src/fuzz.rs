//! Runs every fuzz target of `fuzz/` for a while, seeded with the examples and with small files made here.

use anyhow::{Context, ensure};
use std::path::Path;
use std::process::Command;

/// Runs each target for `seconds`; the input of a crash, hang or out-of-memory is kept.
pub(crate) fn run(seconds: u64) -> anyhow::Result<()> {
    let installed = Command::new("cargo").args(["fuzz", "--version"]).output().is_ok_and(|o| o.status.success());
    if !installed {
        ensure!(cargo(&["install", "--locked", "--quiet", "cargo-fuzz"])?, "cargo-fuzz could not be installed");
    }
    let mut failed = Vec::new();
    for target in targets()? {
        let corpus = crate::root().join("fuzz/corpus").join(&target);
        seed(&corpus)?;
        let time = format!("-max_total_time={seconds}");
        let limits = ["-timeout=10", "-rss_limit_mb=2048", "-max_len=200000", "-print_final_stats=1", &time];
        // The project is safe Rust: the sanitizer would find nothing and cost speed.
        let mut args = vec!["fuzz", "run", "--sanitizer", "none", &target, "--"];
        args.extend(limits);
        if !cargo(&args)? {
            failed.push(target);
        }
    }
    ensure!(failed.is_empty(), "failed: {}; their inputs are below fuzz/artifacts", failed.join(", "));
    Ok(())
}

fn targets() -> anyhow::Result<Vec<String>> {
    let entries = std::fs::read_dir(crate::root().join("fuzz/fuzz_targets")).context("fuzz/fuzz_targets")?;
    let name = |path: &Path| path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
    let mut names: Vec<String> = entries.filter_map(|e| name(&e.ok()?.path())).collect();
    names.sort();
    Ok(names)
}

fn cargo(args: &[&str]) -> anyhow::Result<bool> {
    // libFuzzer's instrumentation flags are unstable; this lets the one installed toolchain take them.
    let status = Command::new("cargo").args(args).current_dir(crate::root()).env("RUSTC_BOOTSTRAP", "1").status()?;
    Ok(status.success())
}

/// Small real logs taken as seeds where they are there.
const REAL: usize = 24;

/// Copies the examples, the committed seeds and some real logs into a target's corpus.
fn seed(corpus: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(corpus)?;
    let mut folders = vec![crate::root().join("examples"), crate::root().join("fuzz/seeds")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let name: String = path.to_string_lossy().chars().filter(char::is_ascii_alphanumeric).collect();
            std::fs::copy(&path, corpus.join(name))?;
        }
    }
    seed_real(corpus)
}

/// Each real EVTX file cut after its first chunk.
fn seed_real(corpus: &Path) -> anyhow::Result<()> {
    let data = crate::bench::data().join("evtx/EVTX-ATTACK-SAMPLES");
    let mut files: Vec<_> = std::fs::read_dir(data).into_iter().flatten().flatten().map(|e| e.path()).collect();
    files.retain(|f| f.extension().is_some_and(|e| e == "evtx"));
    files.sort();
    for (at, file) in files.iter().take(REAL).enumerate() {
        let bytes = std::fs::read(file)?;
        std::fs::write(corpus.join(format!("real{at}")), &bytes[..bytes.len().min(4096 + 65536)])?;
    }
    Ok(())
}
