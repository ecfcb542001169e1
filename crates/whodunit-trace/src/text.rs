//! A story as text: one line a step, its evidence below, aligned for reading.

use crate::story::{Alternative, Edge, Gap, Related, Root, Step, Story};
use std::fmt::Write;
use whodunit_event::escape::terminal;
use whodunit_event::persist::category_of;
use whodunit_event::{Confidence, Origin, Time};

/// What a piece of text is, for whoever colours it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// A time.
    Time,
    /// The word that begins a line: `by`, `from`, `ROOT`.
    Label,
    /// The root's own line.
    Root,
    /// How sure something is.
    Confidence(Confidence),
    /// Where something stands.
    Evidence,
}

/// How text is shown: times in a zone, parts in colours. The default is UTC, plain.
pub struct Style<'a> {
    /// Writes a time.
    pub time: &'a dyn Fn(Time) -> String,
    /// Colours a part.
    pub paint: &'a dyn Fn(Part, &str) -> String,
}

impl Default for Style<'_> {
    fn default() -> Self {
        Self { time: &plain_time, paint: &|_, text| text.to_owned() }
    }
}

fn plain_time(time: Time) -> String {
    let mut out = Vec::new();
    Time::new(time.seconds(), time.nanos(), time.digits().min(3)).write_plain(b' ', &mut out);
    String::from_utf8(out).unwrap_or_default()
}

/// Width of the labels: `why`, `from`, `ROOT`.
const LABEL: usize = 5;
/// Origins that are named for one line; the rest is counted.
const ORIGINS: usize = 3;
/// Related values of one kind that are listed.
const OF_A_KIND: usize = 8;
/// Gaps that are listed.
const GAPS: usize = 12;
/// Characters of a command line or value that are shown.
const WIDTH: usize = 300;

impl Story {
    /// The story in UTC, without colours.
    pub fn text(&self) -> String {
        self.styled(&Style::default())
    }

    /// The story in a style.
    pub fn styled(&self, style: &Style<'_>) -> String {
        let mut text = Text { style, out: String::new() };
        text.story(self);
        text.out
    }
}

struct Text<'a> {
    style: &'a Style<'a>,
    out: String,
}

impl Text<'_> {
    fn story(&mut self, story: &Story) {
        self.plain(&story.answer);
        if !story.steps.is_empty() {
            self.out.push('\n');
        }
        for step in &story.steps {
            self.step(step);
        }
        if story.root.kind != "none" {
            self.root(story);
        }
        self.list("also", &story.related);
        self.removal(story);
        self.gaps(&story.gaps);
        if story.hits.len() > 1 {
            self.labelled("hits", &format!("{} records lead here", story.hits.len()));
        }
    }

    fn plain(&mut self, text: &str) {
        self.out.push_str(&terminal(text));
        self.out.push('\n');
    }

    fn paint(&self, part: Part, text: &str) -> String {
        (self.style.paint)(part, text)
    }

    fn labelled(&mut self, label: &str, text: &str) {
        let label = self.paint(Part::Label, &format!("{label:<LABEL$}"));
        self.put(format_args!("  {label} {}\n", terminal(text)));
    }

    /// Writing to a String cannot fail.
    fn put(&mut self, text: std::fmt::Arguments<'_>) {
        let _ = self.out.write_fmt(text);
    }

    fn step(&mut self, step: &Step) {
        let label = match step.edge {
            Edge::Hit => "hit",
            Edge::Parent | Edge::Script | Edge::Item => "from",
            Edge::Injection | Edge::Time | Edge::Load => "why",
            other => other.word(),
        };
        let time = step.time.map_or_else(|| "(no time)".to_owned(), |t| (self.style.time)(t));
        let time = self.paint(Part::Time, &format!("{time:<23}"));
        let label = self.paint(Part::Label, &format!("{label:<9}"));
        let sure = self.paint(Part::Confidence(step.confidence), step.confidence.word());
        self.put(format_args!("{time}  {label} {}  [{sure}]\n", terminal(&step.text)));
        if let Some(process) = &step.process {
            self.process(process);
        }
        self.evidence(&step.evidence);
    }

    fn process(&mut self, process: &crate::story::StoryProcess) {
        let mut parts = Vec::new();
        let command = process.command_line.as_deref().map(str::trim).filter(|c| !c.is_empty());
        parts.extend(command.or(process.image.as_deref()).map(shortened));
        parts.extend(process.user.as_ref().map(|u| format!("as {u}")));
        match (process.start, process.start_from) {
            (Some(start), Some("guid")) => {
                parts.push(format!(
                    "started {}, from its ProcessGuid: no record of its start",
                    (self.style.time)(start)
                ));
            }
            (Some(start), _) => parts.push(format!("started {}", (self.style.time)(start))),
            (None, _) => parts.push("its start is not on record".to_owned()),
        }
        self.indented(&parts.join(", "));
    }

    fn indented(&mut self, text: &str) {
        let text = terminal(text).into_owned();
        self.put(format_args!("{:35}{text}\n", ""));
    }

    fn evidence(&mut self, evidence: &[Origin]) {
        let mut names: Vec<String> = evidence.iter().take(ORIGINS).map(|o| o.to_string()).collect();
        if evidence.len() > ORIGINS {
            names.push(format!("{} more", evidence.len() - ORIGINS));
        }
        if !names.is_empty() {
            let names = self.paint(Part::Evidence, &terminal(&names.join("; ")));
            self.put(format_args!("{:35}{names}\n", ""));
        }
    }

    fn root(&mut self, story: &Story) {
        let root = &story.root;
        let kind = match root.kind.as_str() {
            "unknown" if root.name.is_some() => "not in the evidence, which ends at",
            "unknown" => "not in the evidence",
            kind => category_of(kind).map_or(kind, |c| c.title),
        };
        let name = root.name.as_deref().unwrap_or_default();
        let sure = root.confidence.word();
        self.out.push('\n');
        let line = format!("{} {}", kind.replace('_', " "), terminal(&shortened(name)));
        let line = self.paint(Part::Root, line.trim_end());
        let sure = self.paint(Part::Confidence(root.confidence), sure);
        let label = self.paint(Part::Root, "ROOT ");
        self.put(format_args!("  {label} {line}  [{sure}]\n"));
        self.file_and_command(root);
        self.labelled("why", why(story));
        self.alternatives(&root.alternatives);
    }

    /// A command line that is the file alone says nothing more.
    fn file_and_command(&mut self, root: &Root) {
        let bare = |text: &str| text.trim().trim_matches('"').to_lowercase();
        let command = root.command.as_deref().filter(|c| root.file.as_deref().map(bare) != Some(bare(c)));
        for (label, value) in [("file", root.file.as_deref()), ("runs", command)] {
            if let Some(value) = value.filter(|v| !v.trim().is_empty()) {
                self.labelled(label, &shortened(value.trim()));
            }
        }
    }

    fn alternatives(&mut self, alternatives: &[Alternative]) {
        for (at, alternative) in alternatives.iter().enumerate() {
            let label = if at == 0 { "or" } else { "" };
            self.labelled(label, &format!("{} [{}]", alternative.text, alternative.confidence));
        }
    }

    fn list(&mut self, label: &str, related: &[Related]) {
        let mut kinds: Vec<&str> = related.iter().map(|r| r.kind).collect();
        kinds.dedup();
        kinds.sort_unstable();
        kinds.dedup();
        let mut label = label;
        for kind in kinds {
            let of_kind = related.iter().filter(|r| r.kind == kind);
            for one in of_kind.clone().take(OF_A_KIND) {
                self.labelled(label, &format!("{kind:<8} {}: {}", shortened(&one.value), one.why));
                label = "";
            }
            let more = of_kind.count().saturating_sub(OF_A_KIND);
            if more > 0 {
                self.labelled("", &format!("{kind:<8} {more} more (--json has them)"));
            }
        }
    }

    /// What would have to go for the cause to be gone.
    fn removal(&mut self, story: &Story) {
        let items = story.steps.iter().filter_map(|s| s.item.as_ref());
        let mut lines: Vec<String> = items.map(|i| removal_of(i.category, &i.name, i.path.as_deref())).collect();
        let by_item = !lines.is_empty();
        lines.extend(story.root.file.iter().filter(|f| by_item && is_path(f)).cloned());
        for (at, line) in lines.iter().enumerate() {
            self.labelled(if at == 0 { "remove" } else { "" }, line);
        }
    }

    fn gaps(&mut self, gaps: &[Gap]) {
        for (at, gap) in gaps.iter().take(GAPS).enumerate() {
            let when = match (gap.from, gap.to) {
                (Some(from), Some(to)) if from == to => format!(" ({})", (self.style.time)(from)),
                (Some(from), Some(to)) => format!(" ({} to {})", (self.style.time)(from), (self.style.time)(to)),
                (Some(from), None) => format!(" (from {})", (self.style.time)(from)),
                (None, Some(to)) => format!(" (until {})", (self.style.time)(to)),
                (None, None) => String::new(),
            };
            self.labelled(if at == 0 { "gaps" } else { "" }, &format!("{}{when}", gap.text));
        }
        if gaps.len() > GAPS {
            self.labelled("", &format!("{} more (--json has them)", gaps.len() - GAPS));
        }
    }
}

/// Why the root is one, without the sentence of the last step, which stands just above.
fn why(story: &Story) -> &str {
    let why = story.root.why.as_str();
    let told = story.steps.last().and_then(|step| why.strip_prefix(step.text.as_str())?.strip_prefix("; "));
    told.unwrap_or(why)
}

/// The beginning of a long text, and how much is left out.
fn shortened(text: &str) -> String {
    match text.char_indices().nth(WIDTH) {
        None => text.to_owned(),
        Some((at, _)) => format!("{}… ({} more characters)", &text[..at], text[at..].chars().count()),
    }
}

fn removal_of(category: &str, name: &str, path: Option<&str>) -> String {
    let title = category_of(category).map_or(category, |c| c.title);
    let place = path.map_or_else(String::new, |p| format!(" ({p})"));
    format!("the {title} {name}{place}")
}

/// A whole path; a program by name alone belongs to the system.
fn is_path(file: &str) -> bool {
    crate::path::has_folder(file) && !crate::names::in_system(file)
}
