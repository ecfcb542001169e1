//! Scheduled tasks as files (`Windows\System32\Tasks\…`): each is one persistence item, not an event.

use crate::lines::read_problem;
use crate::part::{Body, Decoder, Output, Part, Splitter, Stream};
use crate::problem::Problem;
use crate::records;
use memchr::memmem;
use std::io::Read;
use std::sync::Arc;
use whodunit_event::Time;
use whodunit_event::persist::task_xml;

/// The largest definition that is read, in UTF-8; real ones have some kilobytes.
const MAX_TASK: u64 = 4 * 1024 * 1024;

/// True if a file that begins with `head` (UTF-8) is a task's definition.
pub fn recognise(head: &[u8]) -> bool {
    let at = memmem::find(head, b"<Task");
    let root = at.is_some_and(|at| matches!(head.get(at + 5), Some(b' ' | b'\t' | b'\r' | b'\n' | b'>')));
    head.trim_ascii_start().starts_with(b"<") && root && memmem::find(head, b"/mit/task").is_some()
}

/// The whole file as one part.
pub fn split(stream: Stream) -> Box<dyn Splitter> {
    Box::new(Whole { stream: Some(stream) })
}

struct Whole {
    stream: Option<Stream>,
}

impl Splitter for Whole {
    fn next(&mut self, problems: &mut Vec<Problem>) -> Option<Part> {
        let stream = self.stream.take()?;
        let mut bytes = Vec::new();
        if let Err(error) = stream.reader.take(MAX_TASK).read_to_end(&mut bytes) {
            problems.push(read_problem(stream.name.origin(), &error));
        }
        let decoder = Arc::new(TaskXml { modified: stream.modified });
        Some(Part { source: stream.name, decoder, body: Body::Bytes(bytes), offset: 0, line: 1 })
    }
}

/// The decoder of this format.
#[derive(Debug, Default)]
pub struct TaskXml {
    modified: Option<Time>,
}

impl Decoder for TaskXml {
    fn decode(&self, part: &Part, bytes: &[u8], out: &mut Output<'_>) {
        let origin = part.source.origin();
        let path = origin.member.as_deref().unwrap_or(&origin.file);
        match task_xml::read(&records::text(bytes)) {
            Ok((mut item, fault)) => {
                if let Some(fault) = fault {
                    out.problems.push(Problem::loss(
                        origin.clone(),
                        format!("a task's definition could not be read whole: {fault}"),
                        "copy the file again; what was read stands",
                    ));
                }
                if item.name.is_empty() {
                    item.name = task_xml::name_from_path(path).unwrap_or_else(|| path.to_owned());
                }
                item.path = path_in_evidence(path);
                item.modified = self.modified;
                item.evidence.push(origin);
                out.consumer.item(item);
            }
            Err(error) => {
                let what = format!("is no task's definition: {error}");
                out.problems.push(Problem::loss(origin, what, "look at the file itself"));
            }
        }
    }
}

/// The path from the root of the evidence: from the folder `Windows` on.
fn path_in_evidence(path: &str) -> Option<String> {
    let parts: Vec<_> = path.split(['/', '\\']).collect();
    let at = parts.windows(2).rposition(|pair| {
        let below = ["System32", "SysWOW64", "Tasks"].iter().any(|name| pair[1].eq_ignore_ascii_case(name));
        pair[0].eq_ignore_ascii_case("Windows") && below
    })?;
    Some(format!("/{}", parts[at..].join("/")))
}
