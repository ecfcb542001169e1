//! A pull reader for the XML that evidence holds: event records and task definitions.
//!
//! It borrows everything from the text, allocates nothing, and is tolerant where evidence is: text that ends in the
//! middle, raw `<` and `&`, entities and character references that XML does not know. It never expands a document type
//! definition: a DOCTYPE is skipped. What it cannot read whole it names as a [`Fault`]; it never fails.

use memchr::{memchr, memmem};
use std::borrow::Cow;

/// Elements may be nested this deep; deeper ones end the reading with [`Fault::TooDeep`].
pub const MAX_DEPTH: u32 = 256;

/// Why a text could not be read whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It ends inside an element, a tag or a comment.
    Truncated,
    /// Its elements are nested deeper than [`MAX_DEPTH`].
    TooDeep,
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Truncated => "the XML ends in the middle of an element",
            Self::TooDeep => "the XML's elements are nested too deep",
        })
    }
}

impl std::error::Error for Fault {}

/// A piece of XML, borrowed and not yet unescaped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Token<'a> {
    /// `<name …>` or `<name …/>`.
    Start(Tag<'a>),
    /// `</name>`: the name with its prefix.
    End(&'a str),
    /// Text between tags, escaped: see [`unescape`].
    Text(&'a str),
    /// The inside of `<![CDATA[…]]>`, to be taken as it is.
    Cdata(&'a str),
    /// The inside of `<!--…-->`.
    Comment(&'a str),
    /// The inside of `<?…?>`.
    Instruction(&'a str),
}

/// A start tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tag<'a> {
    /// Name with prefix.
    pub name: &'a str,
    /// True for `<name/>`, which no end tag follows.
    pub empty: bool,
    attributes: &'a str,
}

impl<'a> Tag<'a> {
    /// The name without prefix.
    pub fn local(&self) -> &'a str {
        local(self.name)
    }

    /// Its attributes in order.
    pub fn attributes(&self) -> Attributes<'a> {
        Attributes { rest: self.attributes }
    }

    /// The value of an attribute by its name without prefix, ASCII case ignored; escaped.
    pub fn attribute(&self, name: &str) -> Option<&'a str> {
        self.attributes().find(|(n, _)| local(n).eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }
}

/// A name without its prefix.
pub fn local(name: &str) -> &str {
    memchr(b':', name.as_bytes()).map_or(name, |colon| &name[colon + 1..])
}

/// Attributes of a tag: name with prefix, and value, escaped. Values without quotes are accepted.
#[derive(Clone, Debug)]
pub struct Attributes<'a> {
    rest: &'a str,
}

impl<'a> Iterator for Attributes<'a> {
    type Item = (&'a str, &'a str);

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.rest.trim_ascii_start();
        let equals = memchr(b'=', rest.as_bytes())?;
        let name = rest[..equals].trim_ascii();
        let value = rest[equals + 1..].trim_ascii_start();
        let (value, rest) = match value.as_bytes().first() {
            Some(&quote @ (b'"' | b'\'')) => split_at_byte(&value[1..], |b| b == quote),
            _ => split_at_byte(value, |b| b.is_ascii_whitespace()),
        };
        self.rest = rest;
        Some((name, value))
    }
}

/// What lies before and behind the first byte that `is` accepts; all of it and nothing if there is none.
fn split_at_byte(text: &str, is: impl Fn(u8) -> bool) -> (&str, &str) {
    match text.bytes().position(is) {
        Some(at) => (&text[..at], &text[at + 1..]),
        None => (text, ""),
    }
}

/// Reads tokens one after the other. A clone goes on from the same place by itself.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    text: &'a str,
    at: usize,
    /// Where the last token began.
    start: usize,
    depth: u32,
    fault: Option<Fault>,
}

impl<'a> Reader<'a> {
    /// Reads `text` from its first byte.
    pub fn new(text: &'a str) -> Self {
        Self { text, at: 0, start: 0, depth: 0, fault: None }
    }

    /// Why reading ended early; `None` while it has not.
    pub fn fault(&self) -> Option<Fault> {
        self.fault
    }

    /// Offset of the next token in the text.
    pub fn position(&self) -> usize {
        self.at
    }

    /// Number of elements that are open.
    pub fn depth(&self) -> u32 {
        self.depth
    }

    /// The next start tag inside the element whose start tag was read last; `None` at the element's end.
    pub fn child(&mut self) -> Option<Tag<'a>> {
        loop {
            match self.next()? {
                Token::Start(tag) => return Some(tag),
                Token::End(_) => return None,
                _ => {}
            }
        }
    }

    /// An element that begins with `open` (up to the `=` of its only attribute) and holds text alone up to `close`: the
    /// attribute's value and the text, escaped, in one step. Passes over nothing and gives `None` if the next element is
    /// any other. Most of an event's bytes are such elements.
    pub fn plain(&mut self, open: &str, close: &str) -> Option<(&'a str, &'a str)> {
        let rest = self.rest().strip_prefix(open.as_bytes())?;
        let (&quote, rest) = rest.split_first().filter(|(quote, _)| matches!(quote, b'"' | b'\''))?;
        let name = memchr(quote, rest).filter(|end| rest.get(end + 1) == Some(&b'>'))?;
        let text =
            memchr(b'<', &rest[name + 2..]).filter(|end| rest[name + 2 + end..].starts_with(close.as_bytes()))?;
        self.start = self.at;
        let value = self.take(open.len() + 1, open.len() + 1 + name, open.len() + name + 3);
        Some((value, self.take(0, text, text + close.len())))
    }

    /// Passes over the rest of the element whose start tag `tag` was read last.
    pub fn skip_element(&mut self, tag: &Tag<'_>) {
        let outside = self.depth.saturating_sub(1);
        while !tag.empty && self.depth > outside && self.next().is_some() {}
    }

    /// Appends the text of the element whose start tag `tag` was read last, unescaped, and passes over its end. Elements
    /// inside stay as they are written.
    pub fn text_into(&mut self, tag: &Tag<'_>, out: &mut Vec<u8>) {
        if tag.empty {
            return;
        }
        while let Some(token) = self.next() {
            match token {
                Token::Text(text) => unescape_into(text, out),
                Token::Cdata(text) => out.extend_from_slice(text.as_bytes()),
                Token::End(_) => return,
                Token::Start(inner) => {
                    let start = self.start;
                    self.skip_element(&inner);
                    out.extend_from_slice(&self.text.as_bytes()[start..self.at]);
                }
                Token::Comment(_) | Token::Instruction(_) => {}
            }
        }
    }

    /// The text of the element whose start tag `tag` was read last, as [`Reader::text_into`] gives it.
    pub fn element_text(&mut self, tag: &Tag<'_>) -> String {
        let mut out = Vec::new();
        self.text_into(tag, &mut out);
        String::from_utf8(out).unwrap_or_default()
    }

    fn rest(&self) -> &'a [u8] {
        &self.text.as_bytes()[self.at..]
    }

    /// Moves to `end` and returns what lies between `from` and `to`, offsets from the current place.
    fn take(&mut self, from: usize, to: usize, end: usize) -> &'a str {
        let piece = &self.text[self.at + from..self.at + to];
        self.at += end;
        piece
    }

    fn end_early(&mut self, fault: Fault) -> Option<Token<'a>> {
        self.at = self.text.len();
        self.fault = self.fault.or(Some(fault));
        None
    }

    /// Text up to the next `<` that is not the first byte.
    fn text(&mut self) -> Option<Token<'a>> {
        let rest = self.rest();
        let end = memchr(b'<', &rest[1..]).map_or(rest.len(), |at| at + 1);
        Some(Token::Text(self.take(0, end, end)))
    }

    fn start_tag(&mut self) -> Option<Token<'a>> {
        let rest = self.rest();
        let Some(end) = tag_end(rest) else { return self.end_early(Fault::Truncated) };
        if rest[end] == b'<' {
            // A tag that another one interrupts: what is left of a record that was cut.
            return Some(Token::Text(self.take(0, end, end)));
        }
        let empty = rest[end - 1] == b'/';
        let body = self.take(1, if empty { end - 1 } else { end }, end + 1);
        let name = body.bytes().position(|b| b.is_ascii_whitespace() || b == b'/').unwrap_or(body.len());
        if !empty {
            self.depth += 1;
            if self.depth > MAX_DEPTH {
                return self.end_early(Fault::TooDeep);
            }
        }
        Some(Token::Start(Tag { name: &body[..name], empty, attributes: &body[name..] }))
    }

    fn end_tag(&mut self) -> Option<Token<'a>> {
        let Some(end) = memchr(b'>', self.rest()) else { return self.end_early(Fault::Truncated) };
        self.depth = self.depth.saturating_sub(1);
        Some(Token::End(self.take(2, end, end + 1).trim_ascii()))
    }

    /// The inside of a piece that begins with `open` bytes and ends with `close`.
    fn enclosed(&mut self, open: usize, close: &str) -> Option<&'a str> {
        let Some(length) = memmem::find(&self.rest()[open..], close.as_bytes()) else {
            self.end_early(Fault::Truncated);
            return None;
        };
        Some(self.take(open, open + length, open + length + close.len()))
    }

    fn at_declaration(&self) -> bool {
        let rest = self.rest();
        rest.starts_with(b"<!") && !rest.starts_with(b"<!--") && !rest.starts_with(b"<![CDATA[")
    }

    /// Passes over `<!DOCTYPE …>` with its internal subset, or another `<!…>`.
    fn skip_declaration(&mut self) -> bool {
        let (mut brackets, mut quote) = (0u32, None);
        for (at, &byte) in self.rest().iter().enumerate() {
            match (quote, byte) {
                (Some(q), b) if q == b => quote = None,
                (Some(_), _) => {}
                (None, b'"' | b'\'') => quote = Some(byte),
                (None, b'[') => brackets += 1,
                (None, b']') => brackets = brackets.saturating_sub(1),
                (None, b'>') if brackets == 0 => {
                    self.at += at + 1;
                    return true;
                }
                _ => {}
            }
        }
        self.end_early(Fault::Truncated);
        false
    }

    fn markup(&mut self) -> Option<Token<'a>> {
        let rest = self.rest();
        match rest.get(1) {
            Some(b'/') => self.end_tag(),
            Some(b'?') => self.enclosed(2, "?>").map(Token::Instruction),
            Some(b'!') if rest.starts_with(b"<!--") => self.enclosed(4, "-->").map(Token::Comment),
            Some(b'!') if rest.starts_with(b"<![CDATA[") => self.enclosed(9, "]]>").map(Token::Cdata),
            Some(b) if b.is_ascii_alphabetic() || matches!(b, b'_' | b':' | 0x80..) => self.start_tag(),
            Some(_) => self.text(),
            None => self.end_early(Fault::Truncated),
        }
    }
}

impl<'a> Iterator for Reader<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        while self.at_declaration() {
            if !self.skip_declaration() {
                return None;
            }
        }
        self.start = self.at;
        match self.rest().first() {
            Some(b'<') => self.markup(),
            Some(_) => self.text(),
            None => {
                if self.depth > 0 && self.fault.is_none() {
                    self.fault = Some(Fault::Truncated);
                }
                None
            }
        }
    }
}

/// Place of the `>` that ends a tag, or of a `<` that interrupts it. A `>` in quotes does not count.
fn tag_end(tag: &[u8]) -> Option<usize> {
    let mut quote = 0;
    for (at, &byte) in tag.iter().enumerate().skip(1) {
        match byte {
            b'<' => return Some(at),
            b'>' if quote == 0 => return Some(at),
            b'"' | b'\'' if quote == 0 => quote = byte,
            _ if byte == quote => quote = 0,
            _ => {}
        }
    }
    None
}

/// The longest reference that is looked for, from `&` to `;`.
const MAX_REFERENCE: usize = 12;

/// Text with its entities and character references replaced; borrowed where there are none. See [`unescape_into`].
pub fn unescape(raw: &str) -> Cow<'_, str> {
    if memchr(b'&', raw.as_bytes()).is_none() {
        return Cow::Borrowed(raw);
    }
    let mut out = Vec::with_capacity(raw.len());
    unescape_into(raw, &mut out);
    Cow::Owned(String::from_utf8(out).unwrap_or_default())
}

/// Appends text with its entities and character references replaced. References to characters that XML forbids
/// (`&#01;`) give those characters; a surrogate gives U+FFFD; what is no reference, or names an unknown entity, stays.
pub fn unescape_into(raw: &str, out: &mut Vec<u8>) {
    let mut rest = raw;
    while let Some(at) = memchr(b'&', rest.as_bytes()) {
        out.extend_from_slice(&rest.as_bytes()[..at]);
        rest = &rest[at..];
        let end = rest.bytes().take(MAX_REFERENCE).position(|b| b == b';');
        match end.and_then(|end| Some((referred(&rest[1..end])?, end))) {
            Some((c, end)) => {
                out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
                rest = &rest[end + 1..];
            }
            None => {
                out.push(b'&');
                rest = &rest[1..];
            }
        }
    }
    out.extend_from_slice(rest.as_bytes());
}

/// The character that `amp`, `#38` or `#x26` stands for.
fn referred(name: &str) -> Option<char> {
    Some(match name {
        "lt" => '<',
        "gt" => '>',
        "amp" => '&',
        "quot" => '"',
        "apos" => '\'',
        _ => {
            let number = name.strip_prefix('#')?;
            let (digits, radix) = match number.strip_prefix(['x', 'X']) {
                Some(hex) => (hex, 16),
                None => (number, 10),
            };
            if !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
                return None;
            }
            match u32::from_str_radix(digits, radix).ok()? {
                0xd800..=0xdfff => char::REPLACEMENT_CHARACTER,
                code => char::from_u32(code)?,
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Vec<String> {
        let mut reader = Reader::new(text);
        let mut out: Vec<String> = Vec::new();
        for token in reader.by_ref() {
            out.push(match token {
                Token::Start(t) => {
                    let attributes: Vec<_> = t.attributes().map(|(n, v)| format!("{n}={v}")).collect();
                    format!("<{}{}{}", t.name, if t.empty { "/" } else { "" }, attributes.join(","))
                }
                Token::End(name) => format!(">{name}"),
                Token::Text(t) => format!("t:{t}"),
                Token::Cdata(t) => format!("c:{t}"),
                Token::Comment(t) => format!("!{t}"),
                Token::Instruction(t) => format!("?{t}"),
            });
        }
        out.extend(reader.fault().map(|f| format!("{f:?}")));
        out
    }

    #[test]
    fn every_kind_of_token() {
        let text = "<?xml version='1.0'?><!DOCTYPE a [<!ENTITY x \"]>\"><!ENTITY y '&x;&x;'>]><!-- > -->\
                    <n:a b = \"1>2\" c='\"' d=e><f/>x<![CDATA[<&]]></n:a >";
        let expect = ["?xml version='1.0'", "! > ", "<n:ab=1>2,c=\",d=e", "<f/", "t:x", "c:<&", ">n:a"];
        assert_eq!(shown(text), expect);
    }

    #[test]
    fn what_is_no_markup_is_text_and_broken_tags_are_found_again() {
        assert_eq!(shown("<a>1 < 2 && <3</a>"), ["<a", "t:1 ", "t:< 2 && ", "t:<3", ">a"]);
        assert_eq!(shown("<a><b x=\"1<c>t</c></a>"), ["<a", "t:<b x=\"1", "<c", "t:t", ">c", ">a"]);
        assert_eq!(shown("</x></y>"), [">x", ">y"]);
    }

    #[test]
    fn ends_in_the_middle_are_named() {
        for cut in ["<a>", "<a", "<", "<a>x", "<a><!-- ", "<a><![CDATA[x", "<a></a", "<!DOCTYPE [", "<?x", "<a b='"] {
            assert_eq!(shown(cut).last().unwrap(), "Truncated", "{cut}");
        }
        assert_eq!(shown(&"<!D>".repeat(1_000_000)), [""; 0]);
        let deep = "<a>".repeat(100_000);
        assert_eq!(shown(&deep).last().unwrap(), "TooDeep");
    }

    #[test]
    fn every_prefix_of_a_text_can_be_read() {
        let text = "<?x?><ä b='ö &#38;' c=d><![CDATA[ü]]>&amp;<e/><!--é--></ä><!D>";
        for cut in (0..text.len()).filter(|at| text.is_char_boundary(*at)) {
            let mut reader = Reader::new(&text[..cut]);
            while let Some(token) = reader.next() {
                if let Token::Start(tag) = token {
                    let mut inner = reader.clone();
                    inner.text_into(&tag, &mut Vec::new());
                    assert!(tag.attributes().count() <= 2);
                }
            }
        }
    }

    #[test]
    fn references() {
        for (raw, text) in [
            ("a&lt;b&gt;&amp;&quot;&apos;", "a<b>&\"'"),
            ("&#10;&#x41;&#X1F980;&#01;&#0;", "\nA🦀\u{1}\0"),
            ("&#xd800;", "\u{fffd}"),
            ("&nbsp;&;&#;&#x;&#x110000;&#99999999999;&#+1;& &", "&nbsp;&;&#;&#x;&#x110000;&#99999999999;&#+1;& &"),
            ("&amp;lt;", "&lt;"),
            ("&größe;&ampampampampamp;", "&größe;&ampampampampamp;"),
        ] {
            assert_eq!(unescape(raw), text);
        }
        assert!(matches!(unescape("plain"), Cow::Borrowed("plain")));
    }

    #[test]
    fn plain_elements_in_one_step() {
        let text = "<D n=\"a\">1&amp;</D><D n='b'></D><D n='c'><i/></D><D n='d' m=''></D><D n='e'>x";
        let mut reader = Reader::new(text);
        assert_eq!(reader.plain("<D n=", "</D>"), Some(("a", "1&amp;")));
        assert_eq!(reader.plain("<D n=", "</D>"), Some(("b", "")));
        for _ in 0..3 {
            let at = reader.position();
            assert_eq!((reader.plain("<D n=", "</D>"), reader.position()), (None, at));
            let tag = reader.child().unwrap();
            reader.skip_element(&tag);
        }
        assert_eq!(reader.fault(), Some(Fault::Truncated));
    }

    #[test]
    fn children_and_texts() {
        let mut reader = Reader::new("<a> <b>1&amp;<![CDATA[<]]><i j='k'>x</i></b>\n<c/><d><e/></d></a>tail");
        let mut names = Vec::new();
        while let Some(top) = reader.child() {
            assert_eq!(top.name, "a");
            while let Some(tag) = reader.child() {
                names.push((tag.name, reader.element_text(&tag)));
            }
        }
        let expect = [("b", "1&<<i j='k'>x</i>"), ("c", ""), ("d", "<e/>")];
        assert_eq!(names, expect.map(|(n, t)| (n, t.to_owned())));
        assert_eq!(reader.fault(), None);
    }
}
