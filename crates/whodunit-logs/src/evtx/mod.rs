//! Windows event logs (EVTX).

use crate::part::{Part, Splitter, Stream};
use crate::problem::Problem;

/// Cuts an EVTX log into runs of chunks.
pub fn split(stream: Stream) -> Box<dyn Splitter> {
    Box::new(Chunks { stream })
}

struct Chunks {
    stream: Stream,
}

impl Splitter for Chunks {
    fn next(&mut self, problems: &mut Vec<Problem>) -> Option<Part> {
        problems.push(Problem::note(self.stream.name.origin(), "EVTX is not read yet"));
        None
    }
}
