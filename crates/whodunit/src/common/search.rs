//! Indicators as typed to a matcher, and back from a hit to its text.

use super::context::Context;
use super::output;
use anyhow::{Context as _, anyhow, bail};
use std::path::PathBuf;
use whodunit_event::event::System;
use whodunit_event::{Event, escape};
use whodunit_rules::ioc::{Indicators, IocMatcher, ListReport};

/// Lines of a list that are named before the rest is only counted.
const NAMED: usize = 20;

/// The matcher of indicators given by hand and in lists; false if some line of a list could not be used.
pub fn matcher(iocs: &[String], lists: &[PathBuf], context: &Context) -> anyhow::Result<(IocMatcher, bool)> {
    let mut indicators = Indicators::new();
    for ioc in iocs {
        indicators.add(ioc).map_err(|bad| anyhow!("--ioc: {} ({})", bad.what, bad.remedy))?;
    }
    let mut whole = true;
    for path in lists {
        let label = path.display().to_string();
        let bytes = std::fs::read(path).with_context(|| format!("--iocs: {label} cannot be read"))?;
        let report = indicators.add_list(&label, &bytes);
        whole &= report.problems.is_empty();
        say(&label, &report, context);
    }
    if indicators.is_empty() {
        bail!("no indicator to look for: every list was empty or unusable");
    }
    Ok((indicators.build(), whole))
}

fn say(label: &str, report: &ListReport, context: &Context) {
    let limit = if context.verbose > 0 { usize::MAX } else { NAMED };
    let mut text = String::new();
    for problem in report.problems.iter().take(limit) {
        let line = problem.line.map_or_else(String::new, |n| format!(" line {n}"));
        let (list, what) = (escape::terminal(&problem.list), escape::terminal(&problem.what));
        text.push_str(&format!("not used: {list}{line}: {what} ({})\n", problem.remedy));
    }
    if report.problems.len() > limit {
        text.push_str(&format!("not used: {} more lines; -v names them all\n", report.problems.len() - limit));
    }
    if !context.quiet {
        text.push_str(&format!("{} indicators from {}\n", report.added, escape::terminal(label)));
    }
    output::to_stderr(&text);
}

/// The text that a hit's field names.
pub fn text_of<'e>(event: &'e Event, field: &str) -> &'e str {
    event.get(field).unwrap_or_else(|| match field {
        "Host" => event.system(System::Host),
        "UserSid" => event.system(System::UserSid),
        "Message" => event.system(System::Message),
        _ => "",
    })
}
