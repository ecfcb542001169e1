//! A JSON value as a flat list of nodes that borrow from the text: read once, no allocation after the first few records.

use super::names::{NO_NAME, Name, Names};
use super::text::{SHORT, quote_or_backslash, unescape_into};
use memchr::memchr;
use std::borrow::Cow;

/// Objects and arrays may be nested this deep.
pub(super) const MAX_DEPTH: usize = 128;

/// What a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Null,
    /// `true` or `false`.
    Bool,
    Number,
    String,
    Object,
    Array,
}

/// A piece of the text, without quotes.
#[derive(Clone, Copy, Debug, Default)]
struct Piece {
    start: u32,
    end: u32,
    /// Holds backslashes.
    escaped: bool,
}

/// A key.
#[derive(Clone, Copy, Debug)]
struct Key {
    piece: Piece,
    name: Name,
}

impl Key {
    /// Of a value that stands in an array or alone.
    const NONE: Self = Self { piece: Piece { start: 0, end: 0, escaped: false }, name: NO_NAME };
}

/// One value. The values inside it follow it, up to `next`.
#[derive(Clone, Copy, Debug)]
struct Node {
    kind: Kind,
    key: Key,
    /// The value's own text; of objects and arrays all of it.
    text: Piece,
    next: u32,
}

/// Why a text is no JSON, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) at: usize,
    pub(super) what: &'static str,
}

/// Nodes of one value.
#[derive(Debug, Default)]
pub(super) struct Tape {
    nodes: Vec<Node>,
    open: Vec<u32>,
}

impl Tape {
    /// Reads the value at `at` and gives the place behind it. `text` must be shorter than 4 GiB. Keys get numbers of
    /// `names`.
    pub(super) fn read(&mut self, text: &str, at: usize, names: &mut Names) -> Result<usize, Fault> {
        self.nodes.clear();
        self.open.clear();
        let bytes = text.as_bytes();
        let (mut at, mut key, mut object) = (at, Key::NONE, false);
        loop {
            let opened;
            (at, opened) = self.value(bytes, skip_space(bytes, at), key)?;
            at = skip_space(bytes, at);
            object = if opened { self.in_object() } else { object };
            if opened && !matches!(bytes.get(at), Some(b'}' | b']')) {
                (key, at) = self::key(bytes, at, object, names)?;
                continue;
            }
            loop {
                if self.open.is_empty() {
                    return Ok(at);
                }
                match bytes.get(at) {
                    Some(b',') => break (key, at) = self::key(bytes, at + 1, object, names)?,
                    Some(b'}') if object => at = self.close(at),
                    Some(b']') if !object => at = self.close(at),
                    Some(_) => return Err(Fault { at, what: "a comma or a closing bracket is missing" }),
                    None => return Err(Fault { at, what: "the text ends inside an object or array" }),
                }
                (object, at) = (self.in_object(), skip_space(bytes, at));
            }
        }
    }

    /// True if the innermost open value is an object.
    fn in_object(&self) -> bool {
        let open = self.open.last().and_then(|open| self.nodes.get(*open as usize));
        open.is_some_and(|node| node.kind == Kind::Object)
    }

    /// Reads one value, of an object or array only its bracket; gives the place behind it, and whether it was a bracket.
    #[inline(always)]
    fn value(&mut self, bytes: &[u8], at: usize, key: Key) -> Result<(usize, bool), Fault> {
        let (kind, text, next) = match bytes.get(at) {
            Some(b'"') => {
                let text = string(bytes, at + 1)?;
                (Kind::String, text, text.end as usize + 1)
            }
            Some(b'{') => return self.begin(at, key, Kind::Object),
            Some(b'[') => return self.begin(at, key, Kind::Array),
            Some(b'-' | b'0'..=b'9') => word(bytes, at, Kind::Number),
            Some(b't') if bytes[at..].starts_with(b"true") => word(bytes, at, Kind::Bool),
            Some(b'f') if bytes[at..].starts_with(b"false") => word(bytes, at, Kind::Bool),
            Some(b'n') if bytes[at..].starts_with(b"null") => word(bytes, at, Kind::Null),
            Some(_) => return Err(Fault { at, what: "a value is expected" }),
            None => return Err(Fault { at, what: "the text ends where a value is expected" }),
        };
        self.nodes.push(Node { kind, key, text, next: self.nodes.len() as u32 + 1 });
        Ok((next, false))
    }

    fn begin(&mut self, at: usize, key: Key, kind: Kind) -> Result<(usize, bool), Fault> {
        if self.open.len() >= MAX_DEPTH {
            return Err(Fault { at, what: "is nested too deep" });
        }
        self.open.push(self.nodes.len() as u32);
        self.nodes.push(Node { kind, key, text: Piece { start: at as u32, end: 0, escaped: false }, next: 0 });
        Ok((at + 1, true))
    }

    fn close(&mut self, at: usize) -> usize {
        let next = self.nodes.len() as u32;
        if let Some(node) = self.open.pop().and_then(|open| self.nodes.get_mut(open as usize)) {
            node.next = next;
            node.text.end = at as u32 + 1;
        }
        at + 1
    }
}

/// In an object a key and the place behind its colon; in an array nothing.
#[inline(always)]
fn key(bytes: &[u8], at: usize, object: bool, names: &mut Names) -> Result<(Key, usize), Fault> {
    if !object {
        return Ok((Key::NONE, at));
    }
    let at = skip_space(bytes, at);
    if bytes.get(at) != Some(&b'"') {
        return Err(Fault { at, what: "a key in quotes is expected" });
    }
    let piece = string(bytes, at + 1)?;
    let colon = skip_space(bytes, piece.end as usize + 1);
    match bytes.get(colon) {
        Some(b':') => {
            let name =
                if piece.escaped { NO_NAME } else { names.find(bytes, piece.start as usize, piece.end as usize) };
            Ok((Key { piece, name }, colon + 1))
        }
        _ => Err(Fault { at: colon, what: "a colon is missing" }),
    }
}

/// The string that begins at `start`, up to its closing quote.
#[inline(always)] // a result through memory costs more than the search
fn string(bytes: &[u8], start: usize) -> Result<Piece, Fault> {
    let at = quote_or_backslash(bytes, start, start + SHORT);
    let (end, escaped) = match bytes.get(at) {
        Some(b'"') => (at, false),
        _ => rest_of_string(bytes, at).ok_or(Fault { at: start - 1, what: "a string has no end" })?,
    };
    Ok(Piece { start: start as u32, end: end as u32, escaped })
}

/// Where a string ends that has no quote before `at`, and whether it holds backslashes.
fn rest_of_string(bytes: &[u8], at: usize) -> Option<(usize, bool)> {
    let mut from = at;
    loop {
        let end = from + memchr(b'"', bytes.get(from..)?)?;
        let backslashes = bytes[at..end].iter().rev().take_while(|b| **b == b'\\').count();
        if backslashes % 2 == 0 {
            return Some((end, memchr(b'\\', &bytes[at..end]).is_some()));
        }
        from = end + 1;
    }
}

/// A number or a word: what letters, digits and signs follow.
fn word(bytes: &[u8], at: usize, kind: Kind) -> (Kind, Piece, usize) {
    let part = |b: &&u8| matches!(b, b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b'+' | b'-' | b'.');
    let end = at + bytes[at..].iter().take_while(part).count();
    (kind, Piece { start: at as u32, end: end as u32, escaped: false }, end)
}

pub(super) fn skip_space(bytes: &[u8], mut at: usize) -> usize {
    // Mostly there is none.
    while let Some(byte) = bytes.get(at)
        && *byte <= b' '
        && matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
    {
        at += 1;
    }
    at
}

/// A value in a text: a node of a [`Tape`] and what it borrows from.
#[derive(Clone, Copy)]
pub(super) struct Value<'t> {
    text: &'t str,
    tape: &'t Tape,
    node: u32,
}

impl<'t> Value<'t> {
    /// The value that `tape` has read from `text`; `None` before it has read one.
    pub(super) fn root(text: &'t str, tape: &'t Tape) -> Option<Self> {
        (!tape.nodes.is_empty()).then_some(Self { text, tape, node: 0 })
    }

    fn node(&self) -> &'t Node {
        &self.tape.nodes[self.node as usize]
    }

    /// Number of the node; [`Value::at`] finds it again.
    pub(super) fn place(&self) -> u32 {
        self.node
    }

    /// Another node of the same tape.
    pub(super) fn at(&self, node: u32) -> Self {
        Self { node, ..*self }
    }

    pub(super) fn kind(&self) -> Kind {
        self.node().kind
    }

    fn piece(&self, piece: Piece) -> &'t str {
        self.text.get(piece.start as usize..piece.end as usize).unwrap_or_default()
    }

    /// The key under which it stands in its object.
    pub(super) fn key(&self) -> Cow<'t, str> {
        let key = self.node().key.piece;
        unescaped(self.piece(key), key.escaped)
    }

    /// A string without its escapes; any other value as it is written.
    pub(super) fn string(&self) -> Cow<'t, str> {
        let text = self.node().text;
        unescaped(self.piece(text), text.escaped)
    }

    /// A string with its escapes, as it is written.
    pub(super) fn raw_text(&self) -> &'t str {
        self.piece(self.node().text)
    }

    /// Appends [`Value::string`].
    pub(super) fn string_into(&self, out: &mut Vec<u8>) {
        let text = self.node().text;
        match text.escaped {
            true => unescape_into(self.piece(text), out),
            false => out.extend_from_slice(
                self.text.as_bytes().get(text.start as usize..text.end as usize).unwrap_or_default(),
            ),
        }
    }

    /// Values of an object or array.
    pub(super) fn children(&self) -> Children<'t> {
        let end = if matches!(self.kind(), Kind::Object | Kind::Array) { self.node().next } else { self.node + 1 };
        Children { parent: *self, next: self.node + 1, end }
    }

    /// True if its key holds no escapes.
    pub(super) fn plain_key(&self) -> bool {
        !self.node().key.piece.escaped
    }

    /// The number of its key.
    pub(super) fn name(&self) -> Name {
        self.node().key.name
    }

    /// A value of an object by its key, spelled exactly so.
    pub(super) fn get(&self, key: &str) -> Option<Self> {
        self.children().find(|child| child.raw_key() == key)
    }

    /// The key as it is written: cheaper, and enough to compare it with names that need no escapes.
    pub(super) fn raw_key(&self) -> &'t str {
        self.piece(self.node().key.piece)
    }
}

fn unescaped(text: &str, escaped: bool) -> Cow<'_, str> {
    if !escaped {
        return Cow::Borrowed(text);
    }
    let mut out = Vec::with_capacity(text.len());
    unescape_into(text, &mut out);
    Cow::Owned(String::from_utf8(out).unwrap_or_default())
}

/// Iterator of [`Value::children`].
pub(super) struct Children<'t> {
    parent: Value<'t>,
    next: u32,
    end: u32,
}

impl<'t> Iterator for Children<'t> {
    type Item = Value<'t>;

    fn next(&mut self) -> Option<Value<'t>> {
        if self.next >= self.end {
            return None;
        }
        let child = self.parent.at(self.next);
        self.next = child.node().next;
        Some(child)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<usize, Fault> {
        Tape::default().read(text, 0, &mut Names::default())
    }

    /// The value written back.
    fn show(value: Value<'_>, out: &mut String) {
        match value.kind() {
            Kind::Object | Kind::Array => {
                let object = value.kind() == Kind::Object;
                out.push(if object { '{' } else { '[' });
                for (n, child) in value.children().enumerate() {
                    if n > 0 {
                        out.push(',');
                    }
                    if object {
                        out.push_str(&serde_json::to_string(&child.key()).unwrap());
                        out.push(':');
                    }
                    show(child, out);
                }
                out.push(if object { '}' } else { ']' });
            }
            Kind::String => out.push_str(&serde_json::to_string(&value.string()).unwrap()),
            _ => out.push_str(&value.string()),
        }
    }

    #[test]
    fn reads_what_another_reader_reads() {
        for text in [
            r#"{}"#,
            r#" [ ] "#,
            r#"{"a":1,"b":[true,false,null,{"c":{}}],"d":"x\"y\\z\u0041\n","e":-1.5e10}"#,
            r#"[[[]],[{"a":[]}],"long string without any escape in it at all","\\"]"#,
            "\"a\"",
            "18446744073709551616",
            "{\n\t\"k\" :\r\n [ 1 , 2 ] }",
            r#"{"gr\u00f6\u00dfe":"\ud83e\udd80 名前"}"#,
        ] {
            let mut tape = Tape::default();
            let end = tape.read(text, 0, &mut Names::default()).unwrap();
            assert_eq!(text[end..].trim(), "");
            let mut shown = String::new();
            show(Value::root(text, &tape).unwrap(), &mut shown);
            let expect: serde_json::Value = serde_json::from_str(text).unwrap();
            assert_eq!(serde_json::from_str::<serde_json::Value>(&shown).unwrap(), expect, "{text}");
        }
    }

    #[test]
    fn says_where_a_text_is_no_json() {
        for (text, at) in [
            ("", 0),
            ("{", 1),
            ("{\"a\"}", 4),
            ("{\"a\":}", 5),
            ("{\"a\":1,}", 7),
            ("[1 2]", 3),
            ("[1}", 2),
            ("{]", 1),
            ("{\"a\":\"x", 5),
            ("nul", 0),
            ("[1,,2]", 3),
            ("{\"a\":1{\"b\":2}", 6),
        ] {
            assert_eq!(read(text).map_err(|f| f.at), Err(at), "{text}");
        }
        assert_eq!(read(&"[".repeat(100_000)).unwrap_err().what, "is nested too deep");
    }

    #[test]
    fn finds_the_end_of_strings_of_every_length() {
        for before in 0..60 {
            for middle in ["", "\\\"", "\\\\", "\\\\\\\"", "\\n\\\\"] {
                let text = format!("\"{}{middle}\",\"y\\\\\"", "x".repeat(before));
                let piece = string(text.as_bytes(), 1).unwrap();
                assert_eq!(
                    (piece.end as usize, piece.escaped),
                    (1 + before + middle.len(), !middle.is_empty()),
                    "{text}"
                );
                assert!(string(&text.as_bytes()[..piece.end as usize], 1).is_err());
            }
        }
    }
}
