//! Defanged forms: spellings that keep an indicator from being clicked, made whole again.

use std::borrow::Cow;

/// Forms without case, and what they stand for; longer ones first.
const FORMS: [(&str, &str); 25] = [
    ("[://]", "://"),
    ("(://)", "://"),
    ("[:]//", "://"),
    ("[dot]", "."),
    ("(dot)", "."),
    ("{dot}", "."),
    (" dot ", "."),
    ("[dot", "."),
    ("[at]", "@"),
    ("(at)", "@"),
    ("{at}", "@"),
    ("[.]", "."),
    ("(.)", "."),
    ("{.}", "."),
    ("[,]", "."),
    ("[:]", ":"),
    ("(:)", ":"),
    ("[/]", "/"),
    ("[@]", "@"),
    ("(@)", "@"),
    ("{@}", "@"),
    ("[.", "."),
    (".]", "."),
    ("(.", "."),
    (".)", "."),
];

/// Schemes and what they stand for.
const SCHEMES: [(&str, &str); 7] = [
    ("hxxps", "https"),
    ("hxxp", "http"),
    ("htxps", "https"),
    ("htxp", "http"),
    ("hxtp", "http"),
    ("fxps", "ftps"),
    ("fxp", "ftp"),
];

/// The text with all defanged forms made whole.
pub fn refang(text: &str) -> Cow<'_, str> {
    let whole = refang_marks(text);
    refang_scheme(&whole).map_or(whole, Cow::Owned)
}

fn refang_marks(text: &str) -> Cow<'_, str> {
    if !text.bytes().any(|b| b"[](){} ".contains(&b)) {
        return text.into(); // every form has one of these
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let form = FORMS.iter().find(|(form, _)| starts_with(rest, form));
        let (piece, length) = form.map_or((&rest[..c.len_utf8()], c.len_utf8()), |(form, whole)| (*whole, form.len()));
        out.push_str(piece);
        rest = &rest[length..];
    }
    out.into()
}

fn refang_scheme(text: &str) -> Option<String> {
    let (defanged, whole) = SCHEMES.iter().find(|(defanged, _)| starts_with(text, defanged))?;
    let rest = text.get(defanged.len()..).filter(|rest| rest.starts_with(':'))?;
    Some(format!("{whole}{rest}"))
}

fn starts_with(text: &str, form: &str) -> bool {
    text.get(..form.len()).is_some_and(|start| start.eq_ignore_ascii_case(form))
}

#[cfg(test)]
mod tests {
    use super::refang;

    #[test]
    fn defanged_forms_are_made_whole() {
        for (defanged, whole) in [
            ("hxxp://evil[.]com/a", "http://evil.com/a"),
            ("hXXps[://]evil(.)com", "https://evil.com"),
            ("evil{.}com", "evil.com"),
            ("evil[dot]co(DOT)uk", "evil.co.uk"),
            ("evil dot com", "evil.com"),
            ("10[.]0[.]2[.]17", "10.0.2.17"),
            ("hxxp[:]//a[.com", "http://a.com"),
            ("a[@]evil[.]com", "a@evil.com"),
            ("größe", "größe"),
            ("hxxpfile.exe", "hxxpfile.exe"),
        ] {
            assert_eq!(refang(defanged), whole);
        }
    }
}
