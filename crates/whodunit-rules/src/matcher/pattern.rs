//! Regular expressions, and the literals without which they cannot match.

use super::fold;
use regex::{Regex, RegexBuilder};
use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Class, Hir, HirKind};
use std::ops::Range;

/// Bytes that one compiled expression may take.
const SIZE_LIMIT: usize = 4 << 20;
/// Nested groups that an expression may have.
const DEPTH_LIMIT: u32 = 64;
/// Alternatives beyond which an expression is run on every field.
const MOST_ANCHORS: usize = 64;

/// A regular expression with its anchors.
#[derive(Clone, Debug)]
pub struct Pattern {
    regex: Regex,
    anchors: Vec<String>,
}

impl Pattern {
    /// Compiles an expression in the syntax of the `regex` crate. Case does not matter unless it says `(?-i)`.
    pub fn new(expression: &str) -> Result<Self, regex::Error> {
        let regex = RegexBuilder::new(expression)
            .case_insensitive(true)
            .size_limit(SIZE_LIMIT)
            .nest_limit(DEPTH_LIMIT)
            .build()?;
        let hir = ParserBuilder::new().case_insensitive(true).nest_limit(DEPTH_LIMIT).build().parse(expression);
        let anchors = hir.ok().and_then(|hir| needed(&hir)).unwrap_or_default();
        Ok(Self { regex, anchors: if anchors.len() > MOST_ANCHORS { Vec::new() } else { anchors } })
    }

    /// Folded literals of which every match holds one; none if there are none.
    pub(super) fn anchors(&self) -> &[String] {
        &self.anchors
    }

    pub(super) fn find(&self, text: &str) -> Option<Range<usize>> {
        self.regex.find(text).map(|m| m.range())
    }
}

/// Literals of which every match holds one, long ones preferred.
fn needed(hir: &Hir) -> Option<Vec<String>> {
    match hir.kind() {
        HirKind::Literal(_) | HirKind::Class(_) => Some(vec![fixed(hir)?]),
        HirKind::Capture(capture) => needed(&capture.sub),
        HirKind::Repetition(repetition) if repetition.min > 0 => needed(&repetition.sub),
        HirKind::Concat(parts) => needed_of_all(parts),
        HirKind::Alternation(parts) => {
            let parts: Option<Vec<_>> = parts.iter().map(needed).collect();
            Some(parts?.concat())
        }
        _ => None,
    }
}

/// The best of a sequence's parts, runs of fixed characters joined.
fn needed_of_all(parts: &[Hir]) -> Option<Vec<String>> {
    let mut best: Option<Vec<String>> = None;
    let mut consider = |candidate: Vec<String>| {
        let shortest = |c: &[String]| c.iter().map(String::len).min().unwrap_or(0);
        if best.as_ref().is_none_or(|b| shortest(&candidate) > shortest(b)) {
            best = Some(candidate);
        }
    };
    let mut run = String::new();
    for part in parts {
        match fixed(part) {
            Some(text) => run.push_str(&text),
            None => {
                if !run.is_empty() {
                    consider(vec![std::mem::take(&mut run)]);
                }
                needed(part).into_iter().for_each(&mut consider);
            }
        }
    }
    if !run.is_empty() {
        consider(vec![run]);
    }
    best
}

/// The one folded text that a part stands for.
fn fixed(hir: &Hir) -> Option<String> {
    match hir.kind() {
        HirKind::Literal(literal) => Some(fold::text(std::str::from_utf8(&literal.0).ok()?)),
        HirKind::Class(Class::Unicode(class)) => {
            let mut all = class.iter().take(9).flat_map(|range| (range.start()..=range.end()).take(9)).map(fold::char);
            let first = all.next()?;
            (all.all(|c| c == first) && class.iter().count() < 9).then(|| first.to_string())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_pattern_needs() {
        let anchors = |expression: &str| Pattern::new(expression).unwrap().anchors;
        assert_eq!(anchors("mimi(katz|dogz)"), ["mimi"]);
        assert_eq!(anchors(r"(?:kitten|puppies)\d+\.exe"), ["kitten", "puppies"]);
        assert_eq!(anchors(r"https?://[a-z]+\.evil\.com"), [".evil.com"]);
        assert_eq!(anchors("(?-i)Key+"), ["ke"]);
        assert!(anchors(r"\w+\d*").is_empty() && anchors("a?|b").is_empty() && anchors("x|").is_empty());
    }

    #[test]
    fn too_large_is_refused() {
        assert!(Pattern::new("(a{1000}){1000}").is_err());
        assert!(Pattern::new(&"(".repeat(1000)).is_err());
    }
}
