//! Elevated helpers (Windows): a program has a COM server of the system do for it what it may not do itself.
//!
//! Evidence: the class on the command line of the dllhost that started the process; the start, shortly before, of the
//! program whose helper the class is.
//! Claims: that program had its helper start the process.
//! Sure: `circumstantial`: other programs can call the class too, and the call is not recorded.

use super::{At, Cause, Launcher, Node, words};
use crate::fact::Kind;
use crate::names::{self, Dispatcher};
use crate::processes::{FactId, ProcessId};
use crate::story::Edge;
use whodunit_event::Confidence;

/// The caller started at most this many seconds before.
const CALLED: f64 = 60.0;
/// Classes and the programs whose helpers they are; lower case.
const HELPERS: [(&str, &str); 2] = [
    // CMSTPLUA installs connection profiles for cmstp.
    ("{3e5fc7f9-9a51-4367-9063-a120244fbec7}", "cmstp.exe"),
    // CMLUAUTIL, its second class.
    ("{3e000d72-a845-4cd9-bd83-80c07c3b881f}", "cmstp.exe"),
];

pub(crate) fn causes(at: &At<'_>) -> Vec<Cause> {
    let Launcher::Dispatcher(helper, Dispatcher::Com) = at.launcher else { return Vec::new() };
    let class = at.graph.process(helper).command.to_lowercase();
    let known = HELPERS.iter().find(|(known, _)| class.contains(known));
    let Some((fact, caller)) = known.and_then(|(_, program)| start_of(at, program)) else { return Vec::new() };
    let text = format!(
        "{} had its elevated helper {} start {}",
        words(at.graph, caller),
        words(at.graph, helper),
        words(at.graph, at.id)
    );
    let facts = std::iter::once(fact).chain(at.process.starts.iter().copied());
    let cause = Cause::new(Edge::Parent, Node::Process(caller), Confidence::Circumstantial, text);
    vec![cause.at(at.graph.fact(fact).time).on(facts).weighing(5)]
}

/// The last start of a program before.
fn start_of(at: &At<'_>, program: &str) -> Option<(FactId, ProcessId)> {
    let near = at.graph.around(at.process.host, Kind::Start, at.process.start?, CALLED, 0.0).iter().rev().copied();
    let started = near.filter_map(|f| Some((f, at.graph.subject(f)?)));
    let mut started = started;
    started.find(|(_, id)| names::is_file(&at.graph.process(*id).image, &[program]))
}
