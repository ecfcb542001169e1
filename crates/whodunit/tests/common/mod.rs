//! What the command's tests share.
#![allow(dead_code, clippy::unwrap_used, clippy::panic)] // each test file uses its own part

use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What a run gave.
pub(crate) struct Run {
    pub(crate) status: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Run {
    /// Standard output as JSON Lines.
    pub(crate) fn lines(&self) -> Vec<Value> {
        self.stdout.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"))).collect()
    }
}

/// Runs the program at the repository's root.
pub(crate) fn whodunit<S: AsRef<std::ffi::OsStr>>(args: &[S]) -> Run {
    let mut command = Command::new(env!("CARGO_BIN_EXE_whodunit"));
    let output = command.args(args).current_dir(root()).env_remove("NO_COLOR").output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Run { status: output.status.code().unwrap(), stdout: text(output.stdout), stderr: text(output.stderr) }
}

/// The repository's root.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// The test data, where it is there.
pub(crate) fn data() -> Option<PathBuf> {
    let path = std::env::var_os("WHODUNIT_DATA").map_or_else(|| root().join("../shared/data"), PathBuf::from);
    path.exists().then(|| path.canonicalize().unwrap())
}
