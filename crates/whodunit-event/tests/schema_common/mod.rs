//! Where the samples are that the table is held against.

#![allow(clippy::print_stdout)] // a test that is skipped says so

use std::path::{Path, PathBuf};

/// A file or folder of the sample data (`WHODUNIT_DATA`, or `shared/data` beside the repository); `None`, and a word
/// about it, where it is missing.
pub(crate) fn data(path: &str) -> Option<PathBuf> {
    let root = std::env::var_os("WHODUNIT_DATA").map(PathBuf::from);
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let path = root.unwrap_or_else(beside).join(path);
    if path.exists() {
        return Some(path);
    }
    println!("skipped: no data at {}", path.display());
    None
}
