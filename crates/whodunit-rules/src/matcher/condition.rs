//! One condition: which fields, and what their text must be.

use super::chunk::Source;
use super::net::Net;
use super::pattern::Pattern;
use super::tree::Tree;
use std::borrow::Cow;
use std::ops::Range;
use whodunit_event::FieldType;

/// A choice of fields and a test of their text; holds in an event if a chosen field passes.
#[derive(Clone, Debug)]
pub struct Condition {
    /// Which fields are tested.
    pub fields: Fields,
    /// What they must hold.
    pub test: Test,
}

/// A choice of fields.
#[derive(Clone, Debug)]
pub enum Fields {
    /// All fields of these types.
    Types(TypeSet),
    /// The field of this name; ASCII case does not matter.
    Named(Box<str>),
}

impl Fields {
    pub(super) fn hold<'e>(&self, kind: FieldType, name: impl FnOnce() -> &'e str) -> bool {
        match self {
            Self::Types(types) => types.has(kind),
            Self::Named(wanted) => wanted.eq_ignore_ascii_case(name()),
        }
    }
}

/// A set of field types.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TypeSet(u32);

impl TypeSet {
    /// Every type.
    pub const ALL: Self = Self(u32::MAX);

    /// The set without some types.
    pub const fn without(self, types: &[FieldType]) -> Self {
        let (mut set, mut at) = (self.0, 0);
        while at < types.len() {
            set &= !(1 << types[at] as u32);
            at += 1;
        }
        Self(set)
    }

    /// Whether the set holds a type.
    pub const fn has(self, kind: FieldType) -> bool {
        self.0 >> kind as u32 & 1 == 1
    }
}

/// What a field's text must be. Case never matters.
#[derive(Clone, Debug)]
pub enum Test {
    /// It holds this text, within these bounds.
    Literal(Box<Literal>),
    /// It holds an address of this network.
    Net(Net),
    /// It holds this path or registry key, in any of its spellings.
    Tree(Box<Tree>),
    /// It holds a match of this regular expression.
    Pattern(Box<Pattern>),
}

/// A text to be found.
#[derive(Clone, Debug)]
pub struct Literal {
    /// Folded.
    text: Box<str>,
    bounds: Bounds,
    /// The part that is searched for: the longest run of ASCII, or all where that is short.
    anchor: Range<u32>,
}

/// What may stand around a literal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bounds {
    /// Anything.
    Anywhere,
    /// It is the whole field.
    Whole,
    /// It begins the field.
    Starts,
    /// It ends the field.
    Ends,
    /// A file name: no letter, digit, `_`, `-` or point on either side; a point that ends a sentence may follow.
    Name,
    /// A host name or a subdomain of it.
    Domain,
    /// A host name, no subdomain of it.
    Host,
    /// A URL without its scheme: a whole host before, the end of a path's part after.
    Url,
    /// An e-mail address.
    Email,
    /// Hexadecimal digits: a whole run of them.
    Hex,
}

/// A field as tests see it.
#[derive(Clone, Copy, Debug)]
pub(super) struct FieldText<'a> {
    pub(super) kind: FieldType,
    pub(super) text: &'a str,
    pub(super) folded: &'a str,
}

impl FieldText<'_> {
    /// A range of bytes of the folded text, in characters.
    fn in_chars(&self, range: Range<usize>) -> Range<usize> {
        in_chars(self.folded, range)
    }
}

fn in_chars(text: &str, range: Range<usize>) -> Range<usize> {
    let count = |part: Option<&str>| part.map_or(0, |p| p.chars().count());
    let start = count(text.get(..range.start));
    start..start + count(text.get(range))
}

impl Test {
    /// A text within bounds. `text` need not be folded; it must not be empty.
    pub fn literal(text: &str, bounds: Bounds) -> Self {
        Self::Literal(Box::new(Literal::new(text, bounds)))
    }

    /// Calls `each` for literals, folded, of which one stands in every text that passes; not at all if there are none.
    pub(super) fn each_anchor<'t>(&'t self, mut each: impl FnMut(Cow<'t, str>)) {
        match self {
            Self::Literal(literal) => each(literal.anchor().into()),
            Self::Net(net) => net.anchors().into_iter().for_each(|anchor| each(anchor.into())),
            Self::Tree(tree) => each(tree.anchor().into()),
            Self::Pattern(pattern) => pattern.anchors().iter().for_each(|anchor| each(anchor.as_str().into())),
        }
    }

    /// Where the anchors can come from.
    pub(super) fn source(&self) -> Source {
        match self {
            Self::Literal(literal) => literal.bounds.source(),
            Self::Net(_) => Source::Text,
            Self::Tree(_) | Self::Pattern(_) => Source::Value,
        }
    }

    /// True if the place of an anchor says nothing about the place of a match.
    pub(super) fn is_anywhere(&self) -> bool {
        matches!(self, Self::Pattern(_))
    }

    /// Where the field passes, in characters: with an anchor at byte `at` of the folded text, or anywhere.
    pub(super) fn find(&self, field: &FieldText<'_>, at: Option<usize>) -> Option<Range<usize>> {
        match (self, at) {
            (Self::Literal(literal), Some(at)) => literal.at(field, at).map(|range| field.in_chars(range)),
            (Self::Net(net), at) => net.find(field.folded, at).map(|range| field.in_chars(range)),
            (Self::Tree(tree), Some(at)) => tree.at(field.folded, field.kind, at).map(|range| field.in_chars(range)),
            (Self::Pattern(pattern), _) => pattern.find(field.text).map(|range| in_chars(field.text, range)),
            (Self::Literal(_) | Self::Tree(_), None) => None,
        }
    }
}

impl Literal {
    fn new(text: &str, bounds: Bounds) -> Self {
        let text = super::fold::text(text).into_boxed_str();
        let anchor = ascii_run(&text);
        let anchor = if anchor.len() < 4 { 0..text.len() } else { anchor };
        Self { anchor: anchor.start as u32..anchor.end as u32, text, bounds }
    }

    fn anchor(&self) -> &str {
        self.text.get(self.anchor.start as usize..self.anchor.end as usize).unwrap_or_default()
    }

    fn at(&self, field: &FieldText<'_>, at: usize) -> Option<Range<usize>> {
        let start = at.checked_sub(self.anchor.start as usize)?;
        let (before, rest) = field.folded.split_at_checked(start)?;
        let after = rest.strip_prefix(&*self.text)?;
        self.bounds.hold(before, after, field.kind).then(|| start..start + self.text.len())
    }
}

/// The longest run of ASCII.
fn ascii_run(text: &str) -> Range<usize> {
    let mut best = 0..0;
    let mut start = 0;
    for (at, c) in text.char_indices().chain([(text.len(), '\u{80}')]) {
        if !c.is_ascii() {
            if at - start > best.len() {
                best = start..at;
            }
            start = at + c.len_utf8();
        }
    }
    best
}

impl Bounds {
    fn source(self) -> Source {
        match self {
            Self::Hex => Source::Binary,
            Self::Email | Self::Url => Source::Text,
            _ => Source::Value,
        }
    }

    /// Whether a literal may stand between `before` and `after` in a field of this type. Both are folded.
    fn hold(self, before: &str, after: &str, kind: FieldType) -> bool {
        match self {
            Self::Anywhere => true,
            Self::Whole => before.is_empty() && after.is_empty(),
            Self::Starts => before.is_empty(),
            Self::Ends => after.is_empty(),
            Self::Name => !ends_name(before) && ends_here(after, is_name),
            Self::Domain => starts_host(before, true, kind) && ends_here(after, is_host),
            Self::Host => starts_host(before, false, kind) && ends_here(after, is_host),
            Self::Url => starts_host(before, false, FieldType::Text) && ends_here(after, is_path),
            Self::Email => !before.ends_with(|c| is_name(c) || c == '+') && ends_here(after, is_host),
            Self::Hex => {
                !before.ends_with(|c: char| c.is_ascii_hexdigit())
                    && !after.starts_with(|c: char| c.is_ascii_hexdigit())
            }
        }
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn is_host(c: char) -> bool {
    is_word(c) || c == '-'
}

fn is_name(c: char) -> bool {
    is_word(c) || c == '-' || c == '.'
}

fn is_path(c: char) -> bool {
    is_name(c) || matches!(c, '~' | '%' | '+' | '=')
}

pub(super) fn ends_name(before: &str) -> bool {
    before.ends_with(is_name)
}

/// Whether what precedes `after` ends there: the next character does not go on with it, or is a point that ends a
/// sentence or an absolute host name.
pub(super) fn ends_here(after: &str, goes_on: fn(char) -> bool) -> bool {
    let mut next = after.chars();
    match next.next() {
        Some('.') => !next.next().is_some_and(|c| goes_on(c) || c == '.'),
        Some(c) => !goes_on(c),
        None => true,
    }
}

/// Whether a host name can start after `before`, or, if `sub`, a parent domain of one.
///
/// A path is no host name (`evil.com` is a file's name there), but for the host of a UNC path.
fn starts_host(before: &str, sub: bool, kind: FieldType) -> bool {
    let (before, below) = match before.strip_suffix('.') {
        Some(rest) if sub && rest.ends_with(is_host) => (rest.trim_end_matches(|c| is_host(c) || c == '.'), true),
        _ => (before, false),
    };
    if kind == FieldType::Path {
        return before.ends_with("\\\\") || before.ends_with("//");
    }
    below || !before.ends_with(|c| is_host(c) || c == '.') || ends_in_escape(before)
}

/// True for `%2f` and its like: what follows begins a part of its own.
fn ends_in_escape(before: &str) -> bool {
    let mut last = before.bytes().rev();
    let digits = last.by_ref().take(2).filter(u8::is_ascii_hexdigit).count();
    digits == 2 && last.next() == Some(b'%')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(bounds: Bounds, literal: &str, text: &str, kind: FieldType) -> bool {
        let folded = super::super::fold::text(text);
        let field = FieldText { kind, text, folded: &folded };
        let test = Literal::new(literal, bounds);
        folded.match_indices(test.anchor()).any(|(at, _)| test.at(&field, at).is_some())
    }

    #[test]
    fn a_domain_is_itself_and_what_is_below_it() {
        for text in [
            "evil.com",
            "a.evil.com",
            "EVIL.COM.",
            "http://x.evil.com:80/",
            "u@evil.com",
            "q=%2fevil.com",
            "go to evil.com.",
        ] {
            assert!(holds(Bounds::Domain, "evil.com", text, FieldType::Command), "{text}");
        }
        for text in [
            "notevil.com",
            "evil.com.au",
            "not-evil.com",
            "evil.company",
            "evil.com-x",
            "..evil.com",
            "ünevil.com.",
            "über-evil.com",
        ] {
            assert!(!holds(Bounds::Domain, "evil.com", text, FieldType::Command), "{text}");
        }
        assert!(!holds(Bounds::Host, "evil.com", "a.evil.com", FieldType::Host));
        assert!(!holds(Bounds::Domain, "evil.com", "C:\\Temp\\evil.com", FieldType::Path));
        assert!(holds(Bounds::Domain, "evil.com", "\\\\www.evil.com@SSL\\share", FieldType::Path));
    }

    #[test]
    fn a_file_name_stands_by_itself() {
        for text in [
            "c:\\w\\Rundll32.exe",
            "\"rundll32.exe\" x",
            "rundll32.exe",
            "a rundll32.exe. B",
            "x:rundll32.exe+9fc|",
            "rundll32.exe\\x",
        ] {
            assert!(holds(Bounds::Name, "rundll32.exe", text, FieldType::Text), "{text}");
        }
        for text in ["xrundll32.exe", "rundll32.exe.mui", "a-rundll32.exe", "rundll32.exes", ".rundll32.exe"] {
            assert!(!holds(Bounds::Name, "rundll32.exe", text, FieldType::Text), "{text}");
        }
    }

    #[test]
    fn a_url_ends_where_a_part_of_its_path_ends() {
        for text in
            ["http://evil.com/a", "evil.com/a/b", "x evil.com/a?q=1", "(https://evil.com/a)", "hxxp://evil.com/A."]
        {
            assert!(holds(Bounds::Url, "evil.com/a", text, FieldType::Text), "{text}");
        }
        for text in ["evil.com/ab", "evil.com/a.php", "notevil.com/a", "x.evil.com/a"] {
            assert!(!holds(Bounds::Url, "evil.com/a", text, FieldType::Text), "{text}");
        }
    }

    #[test]
    fn the_bounds_that_configurations_and_rules_use() {
        assert!(holds(Bounds::Ends, "\\CMD.exe", "C:\\cmd.exe", FieldType::Path));
        assert!(!holds(Bounds::Ends, "\\cmd.exe", "C:\\cmd.exe x", FieldType::Path));
        assert!(holds(Bounds::Starts, "c:", "C:\\cmd.exe", FieldType::Path));
        assert!(holds(Bounds::Whole, "größe", "GRÖSSE".replace("SS", "ß").as_str(), FieldType::Text));
        assert!(!holds(Bounds::Whole, "größe", "größer", FieldType::Text));
    }
}
