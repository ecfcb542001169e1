//! STIX 2.0 and 2.1: the patterns of a bundle's indicators.
//!
//! Every compared value becomes an indicator of its own, however the pattern joins them: a hunt shows each piece that is
//! there. Negated comparisons and properties that are not searched are reported.

use super::List;
use super::misp::{self, Meaning};
use crate::ioc::Kind;
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
struct Bundle {
    #[serde(default)]
    objects: Vec<Object>,
}

#[derive(Deserialize)]
struct Object {
    #[serde(rename = "type", default)]
    kind: Value,
    #[serde(default)]
    id: Value,
    #[serde(default)]
    pattern: Value,
    #[serde(default)]
    pattern_type: Value,
    #[serde(default)]
    revoked: Value,
}

/// Whether JSON text says that it is a bundle.
pub(super) fn is_bundle(text: &str) -> bool {
    let mut rest = text;
    while let Some(at) = rest.find("\"bundle\"") {
        let before = rest[..at].trim_end();
        if before.strip_suffix(':').is_some_and(|b| b.trim_end().ends_with("\"type\"")) {
            return true;
        }
        rest = &rest[at + 8..];
    }
    false
}

pub(super) fn read(list: &mut List<'_>, text: &str) -> Result<(), serde_json::Error> {
    let bundle: Bundle = serde_json::from_str(text)?;
    let indicators = || bundle.objects.iter().filter(|object| object.kind == "indicator");
    if indicators().next().is_none() {
        list.problem(None, "the STIX bundle holds no indicator", "export the indicators with it");
    }
    for object in indicators() {
        read_indicator(list, object);
    }
    Ok(())
}

fn read_indicator(list: &mut List<'_>, object: &Object) {
    let id = object.id.as_str().unwrap_or("an indicator without id");
    match (object.pattern.as_str(), object.pattern_type.as_str()) {
        _ if object.revoked == true => list.report.unmarked += 1,
        (Some(pattern), Some("stix") | None) => read_pattern(list, id, pattern),
        (_, Some(other)) if other != "stix" => {
            list.problem(None, format!("{id}: patterns in the language {other:?} are not read"), "use a STIX pattern");
        }
        _ => list.problem(None, format!("{id} has no pattern"), "export it again"),
    }
}

fn read_pattern(list: &mut List<'_>, id: &str, pattern: &str) {
    let tokens = Tokens { rest: pattern };
    let (mut property, mut operator, mut negated) = (String::new(), String::new(), false);
    let mut found = false;
    for token in tokens {
        match token {
            Token::Word(word) if word.contains(':') => {
                (property, operator, negated) = (word.to_owned(), String::new(), false)
            }
            Token::Word("NOT") => negated = true,
            Token::Word(word) => operator = word.to_owned(),
            Token::Text(_) if negated || operator == "!=" => {
                list.problem(
                    None,
                    format!("{id}: the exclusion of a value of {property} is left out"),
                    "weigh hits of this indicator by hand",
                );
            }
            Token::Text(value) if !property.is_empty() => add_comparison(list, id, &property, &operator, &value),
            Token::Text(_) => continue,
        }
        found |= !property.is_empty();
    }
    if !found {
        list.problem(None, format!("{id}: no comparison in the pattern {pattern:?}"), "check the pattern's syntax");
    }
}

fn add_comparison(list: &mut List<'_>, id: &str, property: &str, operator: &str, value: &str) {
    match (operator, meaning(property)) {
        ("MATCHES", Some(_)) => list.add_value(None, Kind::Regex, value),
        ("=" | "IN" | "ISSUBSET" | "ISSUPERSET", Some(Meaning::Kind(kind))) => list.add_value(None, kind, value),
        ("=" | "IN" | "ISSUBSET" | "ISSUPERSET", Some(_)) => list.add(None, value),
        (_, Some(_)) => {
            list.problem(None, format!("{id}: the operator {operator:?} is not read"), "write = or MATCHES")
        }
        (_, None) => list.problem(
            None,
            format!("{id}: {property} is not searched"),
            "give its value as text:VALUE if it should be",
        ),
    }
}

/// What values of a property are.
fn meaning(property: &str) -> Option<Meaning> {
    let (object, path) = property.split_once(':')?;
    let kind = match (object, path) {
        (_, path) if path.contains("hashes.") => Kind::Hash,
        ("file", "name" | "parent_directory_ref.path") | ("directory", "path") => Kind::Path,
        ("process", "name" | "image_ref.name" | "binary_ref.name") => Kind::Path,
        ("process", "command_line") | ("mutex", "name") => Kind::Text,
        ("user-account", "account_login" | "user_id" | "display_name") => Kind::Text,
        ("windows-registry-key", "key") => Kind::Registry,
        ("email-message", path) if path.ends_with("value") => Kind::Email,
        ("network-traffic", path) if path.ends_with("_ref.value") => return Some(Meaning::Any),
        (object, "value") => return misp::kind_of(object),
        _ => return None,
    };
    Some(Meaning::Kind(kind))
}

/// The tokens of a pattern that matter.
struct Tokens<'p> {
    rest: &'p str,
}

enum Token<'p> {
    /// A property, an operator or a keyword.
    Word(&'p str),
    /// A string, escapes resolved.
    Text(String),
}

impl<'p> Iterator for Tokens<'p> {
    type Item = Token<'p>;

    fn next(&mut self) -> Option<Token<'p>> {
        self.rest = self.rest.trim_start_matches(|c: char| c.is_whitespace() || "[](),".contains(c));
        if let Some(text) = self.rest.strip_prefix('\'') {
            return Some(Token::Text(self.string(text)));
        }
        let end = self.word_end();
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        (!word.is_empty()).then_some(Token::Word(word))
    }
}

impl<'p> Tokens<'p> {
    /// End of the word in front; a property's path may hold quoted names and indexes (`file:hashes.'SHA-256'`, `values[0].data`).
    fn word_end(&self) -> usize {
        let is_operator = |c: char| "=!<>".contains(c);
        if self.rest.starts_with(is_operator) {
            return self.rest.find(|c| !is_operator(c)).unwrap_or(self.rest.len());
        }
        let (mut quoted, mut index) = (false, false);
        for (at, c) in self.rest.char_indices() {
            match c {
                '\'' if quoted || self.rest[..at].ends_with('.') => quoted = !quoted,
                _ if quoted => {}
                '[' => index = true,
                ']' if index => index = false,
                _ if is_operator(c) || c.is_whitespace() || "'](),".contains(c) => return at,
                _ => {}
            }
        }
        self.rest.len()
    }

    /// The string that `text` starts with, after its quote.
    fn string(&mut self, text: &'p str) -> String {
        let mut value = String::new();
        let mut chars = text.chars();
        while let Some(c) = chars.next() {
            match c {
                '\'' => break,
                '\\' => value.extend(chars.next()),
                c => value.push(c),
            }
        }
        self.rest = chars.as_str();
        value
    }
}
