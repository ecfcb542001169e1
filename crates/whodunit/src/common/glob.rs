//! Globs over values: `*` any run, `?` any character, everything else itself.

/// A pattern over text.
#[derive(Clone, Debug)]
pub struct Glob {
    pattern: Vec<char>,
    cased: bool,
}

impl Glob {
    /// A pattern; without `cased`, upper and lower case are the same.
    pub fn new(pattern: &str, cased: bool) -> Self {
        let pattern =
            if cased { pattern.chars().collect() } else { pattern.chars().flat_map(char::to_lowercase).collect() };
        Self { pattern, cased }
    }

    /// Whether the whole text fits. Time is bounded by pattern length times text length.
    pub fn matches(&self, text: &str) -> bool {
        if self.cased {
            return fits(&self.pattern, text.chars());
        }
        fits(&self.pattern, text.chars().flat_map(char::to_lowercase))
    }
}

/// Greedy matching with one point to come back to: the last star.
fn fits(pattern: &[char], mut text: impl Iterator<Item = char> + Clone) -> bool {
    let (mut at, mut star) = (0, None);
    loop {
        let rest = text.clone();
        match (text.next(), pattern.get(at)) {
            (_, Some('*')) => {
                at += 1;
                text = rest.clone();
                star = Some((at, rest));
            }
            (None, None) => return true,
            (None, Some(_)) => return false,
            (Some(c), Some(&p)) if p == '?' || p == c => at += 1,
            (Some(_), _) => match &mut star {
                None => return false,
                Some((after, from)) => {
                    from.next();
                    at = *after;
                    text = from.clone();
                }
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs() {
        let fits = |pattern: &str, text: &str| Glob::new(pattern, false).matches(text);
        assert!(fits("*\\explorer.exe", "C:\\Windows\\Explorer.EXE"));
        assert!(
            fits("a*b*c", "aXXbYbZc")
                && fits("*", "")
                && fits("a?c", "abc")
                && fits("größe*", "GRÖSSE".replace("SS", "ß").as_str())
        );
        assert!(!fits("a*b", "abc") && !fits("?", "") && !fits("abc", "ab"));
        assert!(!Glob::new("A*", true).matches("abc"));
        assert!(!fits(&"*a".repeat(20), &"a".repeat(19)));
    }
}
