//! Case folding: the one rule by which two spellings are the same.
//!
//! Unicode simple folding, one character to one character, so that a place in the folded text is the same place, in
//! characters, in the text. `ſ` folds to `s` and the Kelvin sign to `k`; the Turkish dotless `ı` stays itself.

/// The folded form of a character.
pub fn char(c: char) -> char {
    if c.is_ascii() {
        return c.to_ascii_lowercase();
    }
    match c {
        'ı' | 'İ' => c,
        _ => single(single(c, char::to_uppercase), char::to_lowercase),
    }
}

/// `c` mapped, or `c` itself where the mapping is not one character.
fn single<I: Iterator<Item = char> + ExactSizeIterator>(c: char, map: impl Fn(char) -> I) -> char {
    let mut mapped = map(c);
    match (mapped.next(), mapped.next()) {
        (Some(one), None) => one,
        _ => c,
    }
}

/// Appends the folded form of `text`.
pub fn append(text: &str, out: &mut String) {
    if !text.is_ascii() {
        return out.extend(text.chars().map(char));
    }
    let start = out.len();
    out.push_str(text);
    out[start..].make_ascii_lowercase();
}

/// The folded form of `text`.
pub fn text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    append(text, &mut out);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_that_are_the_same() {
        for (one, other) in
            [("EVIL", "evil"), ("\u{212a}ey", "key"), ("\u{17f}SS", "sss"), ("ΣΊΣΥΦΟΣ", "σίσυφος"), ("ẞ", "ß")]
        {
            assert_eq!(text(one), text(other), "{one} {other}");
        }
        assert_ne!(text("ı"), text("i"));
    }

    #[test]
    fn every_character_stays_one_and_folds_once() {
        for c in char::MIN..=char::MAX {
            assert_eq!(super::char(super::char(c)), super::char(c), "{c:?}");
            assert_eq!(text(&c.to_string()).chars().count(), 1);
        }
    }

    /// The only characters beyond ASCII that fold into it: the chunk search relies on it.
    #[test]
    fn two_strangers_fold_into_ascii() {
        let strangers: Vec<char> =
            (char::MIN..=char::MAX).filter(|&c| !c.is_ascii() && super::char(c).is_ascii()).collect();
        assert_eq!(strangers, ['\u{17f}', '\u{212a}']);
    }
}
