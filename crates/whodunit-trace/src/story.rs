//! The answer: from the hit, cause by cause, to the root (`spec/interface.md`, trace).

use serde::Serialize;
use whodunit_event::persist::Item;
use whodunit_event::{Confidence, Origin, Time};

/// What was asked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Query {
    /// Kind of indicator (`domain`, `ip`, `path` …), `process` or `record`.
    pub kind: String,
    /// As it was asked.
    pub value: String,
}

/// How one step leads to the one before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Edge {
    /// The record that matched, and the process that did it.
    Hit,
    /// A process started another.
    Parent,
    /// A process put code into another, or changed another.
    Injection,
    /// A process wrote the file that another ran.
    Write,
    /// A process loaded a file.
    Load,
    /// A script host ran a script.
    Script,
    /// Something that starts by itself started the process.
    Item,
    /// Who made the item.
    Maker,
    /// The logon session that the process belongs to.
    Session,
    /// Another host gave the order.
    Remote,
    /// A server was made to run it.
    Exploit,
    /// Nothing but time connects the two.
    Time,
}

impl Edge {
    /// The word of every output.
    pub fn word(self) -> &'static str {
        match self {
            Self::Hit => "hit",
            Self::Parent => "parent",
            Self::Injection => "injection",
            Self::Write => "write",
            Self::Load => "load",
            Self::Script => "script",
            Self::Item => "item",
            Self::Maker => "maker",
            Self::Session => "session",
            Self::Remote => "remote",
            Self::Exploit => "exploit",
            Self::Time => "time",
        }
    }
}

/// Where a hit stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StoryHit {
    /// When it happened.
    pub time: Option<Time>,
    /// Field that matched.
    pub field: String,
    /// The record.
    pub origin: Origin,
}

/// A process as a story shows it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct StoryProcess {
    /// ProcessGuid.
    pub guid: Option<String>,
    /// Process id.
    pub pid: Option<u32>,
    /// Executable.
    pub image: Option<String>,
    /// Command line.
    pub command_line: Option<String>,
    /// Account.
    pub user: Option<String>,
    /// When it started.
    pub start: Option<Time>,
    /// What `start` was read from: `event`, `guid`; absent where the start is unknown.
    pub start_from: Option<&'static str>,
    /// The host, where it is another one than the story's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
}

/// Another explanation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Alternative {
    /// What else it could be, and why it was ranked lower.
    pub text: String,
    /// How sure it would be.
    pub confidence: Confidence,
    /// What it stands on.
    pub evidence: Vec<Origin>,
}

/// One cause.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Step {
    /// When it happened.
    pub time: Option<Time>,
    /// How it leads to the step before.
    pub edge: Edge,
    /// One sentence.
    pub text: String,
    /// How sure it is.
    pub confidence: Confidence,
    /// The process, where there is one.
    pub process: Option<StoryProcess>,
    /// The item, where there is one.
    pub item: Option<Item>,
    /// What it stands on.
    pub evidence: Vec<Origin>,
    /// What else it could have been.
    pub alternatives: Vec<Alternative>,
}

/// Where the walk ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Root {
    /// A persist category, or `remote_session user_action exploit logon unknown none`.
    pub kind: String,
    /// What a person would call it.
    pub name: Option<String>,
    /// The file that runs.
    pub file: Option<String>,
    /// The command line.
    pub command: Option<String>,
    /// The weakest step's.
    pub confidence: Confidence,
    /// Why this is the root, and where the evidence ends.
    pub why: String,
    /// What it stands on.
    pub evidence: Vec<Origin>,
    /// What else it could be.
    pub alternatives: Vec<Alternative>,
}

/// Something else that the root, its file or its processes touched.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Related {
    /// `maker domain ip file item process session copies`.
    pub kind: &'static str,
    /// Its name.
    pub value: String,
    /// What connects it.
    pub why: String,
    /// What it stands on.
    pub evidence: Vec<Origin>,
}

/// One line of the timeline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Moment {
    /// When.
    pub time: Option<Time>,
    /// What.
    pub text: String,
    /// Where it stands.
    pub origin: Origin,
}

/// What was not recorded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Gap {
    /// From here; open if absent.
    pub from: Option<Time>,
    /// To here; open if absent.
    pub to: Option<Time>,
    /// What could not be seen.
    pub text: String,
    /// The record that says so, if one does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
}

/// The story of one root cause on one host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Story {
    /// What was asked.
    pub query: Query,
    /// The host.
    pub host: String,
    /// Every record that matched and has this root, by time.
    pub hits: Vec<StoryHit>,
    /// One or two sentences.
    pub answer: String,
    /// The hit, its cause, the cause's cause … the root.
    pub steps: Vec<Step>,
    /// The root cause.
    pub root: Root,
    /// What else belongs to it.
    pub related: Vec<Related>,
    /// What happened, by time.
    pub timeline: Vec<Moment>,
    /// What was not recorded.
    pub gaps: Vec<Gap>,
}

impl Story {
    /// The story of an indicator that does not occur: `why` says what was searched and what was not recorded.
    pub fn none(query: Query, why: impl Into<String>, gaps: Vec<Gap>) -> Self {
        let why = why.into();
        let root = Root {
            kind: "none".to_owned(),
            name: None,
            file: None,
            command: None,
            confidence: Confidence::Unknown,
            why: why.clone(),
            evidence: Vec::new(),
            alternatives: Vec::new(),
        };
        let answer = format!("{} does not occur in the evidence: {why}", query.value);
        let (hits, steps, related, timeline) = Default::default();
        Self { query, host: String::new(), hits, answer, steps, root, related, timeline, gaps }
    }
}
