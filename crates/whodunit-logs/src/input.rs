//! Arguments to logs: files, folders, globs, archives and standard input, in a stable order.

use crate::detect::{self, Format};
use crate::evtx;
use crate::part::{SourceName, Splitter, Stream};
use crate::problem::Problem;
use std::collections::VecDeque;
use std::fs::File;
use std::io::Read;
use std::path::PathBuf;
use std::sync::Arc;

/// What is still to be read.
#[derive(Debug, Default)]
pub struct Inputs {
    pending: VecDeque<PathBuf>,
}

impl Inputs {
    /// Inputs from arguments as a user typed them.
    pub fn new(paths: impl IntoIterator<Item = PathBuf>) -> Self {
        Self { pending: paths.into_iter().collect() }
    }
}

/// Opens the next log; what cannot be opened or is no log goes to `problems`. `None` at the end.
pub fn open_next(inputs: &mut Inputs, problems: &mut Vec<Problem>) -> Option<Box<dyn Splitter>> {
    while let Some(path) = inputs.pending.pop_front() {
        let name = SourceName { file: path.display().to_string().into(), member: None };
        match open(&path, &name) {
            Ok(Some(splitter)) => return Some(splitter),
            Ok(None) => problems.push(Problem::note(name.origin(), "is no log that whodunit reads")),
            Err(error) => {
                problems.push(Problem::loss(name.origin(), format!("cannot be read: {error}"), "check the path"))
            }
        }
    }
    None
}

fn open(path: &PathBuf, name: &SourceName) -> std::io::Result<Option<Box<dyn Splitter>>> {
    let file = File::open(path)?;
    let mut head = Vec::new();
    (&file).take(detect::HEAD_BYTES as u64).read_to_end(&mut head)?;
    let reader = Box::new(std::io::Cursor::new(head.clone()).chain(file.try_clone()?));
    let stream = Stream { name: name.clone(), reader, head, file: Some(Arc::new(file)), modified: None };
    Ok(detect::detect(&stream.head).map(|format| match format {
        Format::Evtx => evtx::split(stream),
    }))
}
