//! Kinds of indicators, and the kind of a string that says none.

use super::BadIndicator;
use super::defang::refang;
use std::borrow::Cow;
use std::net::IpAddr;

/// What an indicator is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// A host name and, unless its value begins with `=`, all names below it.
    Domain,
    /// An address, IPv4 or IPv6.
    Ip,
    /// A network.
    Cidr,
    /// A URL, with or without its scheme; it stands for what lies below its path.
    Url,
    /// MD5, SHA1, SHA256 or IMPHASH in hexadecimal.
    Hash,
    /// A file's path or its name.
    Path,
    /// A registry key or value.
    Registry,
    /// An e-mail address.
    Email,
    /// Text that may stand anywhere.
    Text,
    /// A regular expression in the syntax of the `regex` crate; case does not matter unless it says `(?-i)`.
    Regex,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 10] = [
        Self::Domain,
        Self::Ip,
        Self::Cidr,
        Self::Url,
        Self::Hash,
        Self::Path,
        Self::Registry,
        Self::Email,
        Self::Text,
        Self::Regex,
    ];

    /// The word of the interface.
    pub fn word(self) -> &'static str {
        match self {
            Self::Domain => "domain",
            Self::Ip => "ip",
            Self::Cidr => "cidr",
            Self::Url => "url",
            Self::Hash => "hash",
            Self::Path => "path",
            Self::Registry => "registry",
            Self::Email => "email",
            Self::Text => "text",
            Self::Regex => "regex",
        }
    }
}

impl std::fmt::Display for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.word())
    }
}

/// Names with these endings are files, though some are top-level domains too. `.com` is not among them.
const FILE_ENDINGS: &[&str] = &[
    "exe",
    "dll",
    "sys",
    "ps1",
    "psm1",
    "psd1",
    "bat",
    "cmd",
    "vbs",
    "vbe",
    "js",
    "jse",
    "wsf",
    "wsh",
    "hta",
    "scr",
    "cpl",
    "msi",
    "msp",
    "lnk",
    "doc",
    "docx",
    "docm",
    "xls",
    "xlsx",
    "xlsm",
    "xll",
    "ppt",
    "pptx",
    "pptm",
    "rtf",
    "pdf",
    "zip",
    "rar",
    "7z",
    "iso",
    "img",
    "vhd",
    "vhdx",
    "cab",
    "jar",
    "py",
    "pyc",
    "sh",
    "php",
    "asp",
    "aspx",
    "jsp",
    "txt",
    "log",
    "tmp",
    "dat",
    "bin",
    "ini",
    "inf",
    "xml",
    "json",
    "html",
    "htm",
    "cfg",
    "conf",
    "csv",
    "png",
    "jpg",
    "jpeg",
    "gif",
    "bmp",
    "ico",
    "ocx",
    "drv",
    "pif",
    "reg",
    "url",
    "one",
    "chm",
    "job",
    "elf",
    "dmp",
    "db",
    "sqlite",
    "bak",
    "evtx",
    "service",
    "timer",
    "gz",
    "tgz",
    "tar",
    "mui",
    "cs",
    "sct",
    "xsl",
    "application",
    "ax",
    "efi",
];

/// The kind and value of an indicator as a person types it.
///
/// `kind:value` says the kind; `=evil.com` is a domain without its subdomains; `/x/` a regular expression. What says
/// none is what it looks like, with defanged forms made whole; what looks like nothing is text.
pub fn classify(text: &str) -> Result<(Kind, String), BadIndicator> {
    let text = text.trim();
    if text.is_empty() {
        return Err(BadIndicator::new("an empty indicator would match everything", "write what to look for"));
    }
    if let Some((kind, value)) = text.split_once(':').and_then(|(word, value)| Some((named(word)?, value))) {
        return Ok((kind, value.trim().to_owned()));
    }
    if let Some(expression) = regex_between_slashes(text) {
        return Ok((Kind::Regex, expression.to_owned()));
    }
    if let Some(domain) = text.strip_prefix('=').map(refang).filter(|domain| is_domain(domain)) {
        return Ok((Kind::Domain, format!("={domain}")));
    }
    let whole = refang(text);
    Ok(match looks_like(&whole) {
        kind @ (Kind::Path | Kind::Registry | Kind::Text) => (kind, text.to_owned()),
        kind => (kind, whole.into_owned()),
    })
}

/// The kind of this name.
fn named(word: &str) -> Option<Kind> {
    Kind::ALL.into_iter().find(|kind| kind.word().eq_ignore_ascii_case(word))
}

/// The expression of `/x/`; a path that ends with a slash has more slashes.
fn regex_between_slashes(text: &str) -> Option<&str> {
    let inner = text.strip_prefix('/')?.strip_suffix('/').filter(|inner| !inner.is_empty())?;
    let bytes = inner.as_bytes();
    let bare_slash =
        (0..bytes.len()).any(|at| bytes[at] == b'/' && at.checked_sub(1).is_none_or(|b| bytes[b] != b'\\'));
    (!bare_slash).then_some(inner)
}

/// An address, a slash and a number; whether the number fits is said when the indicator is made.
fn is_network(text: &str) -> bool {
    let digits = |bits: &str| !bits.is_empty() && bits.bytes().all(|b| b.is_ascii_digit());
    text.split_once('/').is_some_and(|(base, bits)| address(base).is_some() && digits(bits))
}

/// The kind of a string that says none; [`Kind::Text`] if it looks like nothing else.
pub fn looks_like(text: &str) -> Kind {
    if is_url(text) {
        Kind::Url
    } else if address(text).is_some() {
        Kind::Ip
    } else if is_network(text) {
        Kind::Cidr
    } else if is_hash(hash_digits(text)) {
        Kind::Hash
    } else if is_registry(text) {
        Kind::Registry
    } else if is_path(text) {
        Kind::Path
    } else if is_email(text) {
        Kind::Email
    } else if is_domain(text) {
        Kind::Domain
    } else if text.split_once('/').is_some_and(|(host, _)| is_domain(host) || address(host).is_some()) {
        Kind::Url
    } else {
        Kind::Text
    }
}

fn is_url(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once("://") else { return false };
    let letters = !scheme.is_empty() && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b));
    letters && !rest.is_empty() && !text.contains(char::is_whitespace)
}

/// The address in `10.0.2.17`, `10.0.2.17:443`, `2001:db8::1`, `[2001:db8::1]` or `[2001:db8::1]:443`.
pub(super) fn address(text: &str) -> Option<IpAddr> {
    let port = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    let bare = match text.strip_prefix('[') {
        Some(rest) => {
            rest.split_once(']').filter(|(_, after)| after.is_empty() || after.strip_prefix(':').is_some_and(port))?.0
        }
        None => match text.split_once(':') {
            Some((v4, after)) if v4.contains('.') && port(after) => v4,
            _ => text,
        },
    };
    bare.parse().ok()
}

/// The digits of `MD5=…` and its like, or the text itself.
pub(super) fn hash_digits(text: &str) -> &str {
    match text.split_once(['=', ':']) {
        Some((name, digits)) if ["md5", "sha1", "sha256", "imphash"].iter().any(|n| n.eq_ignore_ascii_case(name)) => {
            digits.trim()
        }
        _ => text,
    }
}

pub(super) fn is_hash(text: &str) -> bool {
    matches!(text.len(), 32 | 40 | 64) && text.bytes().all(|b| b.is_ascii_hexdigit())
}

fn is_registry(text: &str) -> bool {
    const ROOTS: [&str; 13] = [
        "hkey_local_machine",
        "hkey_users",
        "hkey_current_user",
        "hkey_classes_root",
        "hklm",
        "hku",
        "hkcu",
        "hkcr",
        "hklm:",
        "hkcu:",
        "hkcr:",
        "hku:",
        "registry",
    ];
    let text = text.get(..10).filter(|p| p.eq_ignore_ascii_case("registry::")).map_or(text, |_| &text[10..]);
    let (root, below) = text.trim_start_matches('\\').split_once('\\').unwrap_or((text, ""));
    let known = ROOTS.iter().any(|known| known.eq_ignore_ascii_case(root));
    known && !below.is_empty() && (!root.eq_ignore_ascii_case("registry") || text.starts_with('\\'))
}

fn is_path(text: &str) -> bool {
    let bytes = text.as_bytes();
    let drive =
        bytes.len() > 3 && bytes[0].is_ascii_alphabetic() && bytes[1] == b':' && matches!(bytes[2], b'\\' | b'/');
    let rooted = drive
        || text.starts_with("\\\\")
        || text.starts_with("\\Device\\")
        || text.starts_with('%') && text.contains("%\\");
    let unix = text.starts_with('/') && text.len() > 1 && !text.contains(char::is_whitespace);
    let relative = text.contains('\\') && !text.contains([':', '"', '\n', '=', '(', ',']) && is_file_name(text);
    rooted && !text.contains(" /") || unix || relative || is_file_name(text) && !text.contains([' ', '/'])
}

fn is_file_name(text: &str) -> bool {
    let Some((stem, ending)) = text.rsplit_once('.') else { return false };
    !stem.is_empty()
        && FILE_ENDINGS.iter().any(|known| known.eq_ignore_ascii_case(ending))
        && !stem.to_ascii_lowercase().starts_with("www.")
}

fn is_email(text: &str) -> bool {
    let Some((name, domain)) = text.split_once('@') else { return false };
    !name.is_empty() && !name.contains(|c: char| c.is_whitespace() || "\\/:\"<>".contains(c)) && is_domain(domain)
}

/// Two labels or more, the last without digits unless it is `xn--`.
pub(super) fn is_domain(text: &str) -> bool {
    let text = text.strip_prefix("*.").unwrap_or(text);
    let labels: Vec<&str> = text.strip_suffix('.').unwrap_or(text).split('.').collect();
    let label =
        |l: &&str| !l.is_empty() && l.len() < 64 && l.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '_');
    let top = labels.last().is_some_and(|top| {
        top.chars().count() > 1 && (top.chars().all(char::is_alphabetic) || top.starts_with("xn--"))
    });
    labels.len() > 1 && top && labels.iter().all(label)
}

/// The one spelling under which a value is kept: two spellings of it count once.
pub(super) fn normalise(kind: Kind, value: &str) -> Cow<'_, str> {
    let value = value.trim();
    match kind {
        Kind::Domain => domain_value(&refang(value)).into(),
        Kind::Ip => {
            address(&refang(value)).map_or(Cow::Borrowed(value), |address| address.to_canonical().to_string().into())
        }
        Kind::Cidr | Kind::Url | Kind::Email => refang(value),
        Kind::Hash => hash_digits(value).to_ascii_lowercase().into(),
        Kind::Path | Kind::Registry => value.trim_matches('"').into(),
        Kind::Text | Kind::Regex => value.into(),
    }
}

fn domain_value(value: &str) -> String {
    let (exact, name) = value.strip_prefix('=').map_or(("", value), |name| ("=", name));
    let name = name.strip_prefix("*.").unwrap_or(name).trim_matches('.');
    format!("{exact}{}", name.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_string_is_what_it_looks_like() {
        for (text, kind) in [
            ("mimikatz", Kind::Text),
            ("psexesvc", Kind::Text),
            ("rundll32.exe", Kind::Path),
            ("lsass.exe", Kind::Path),
            (r"C:\x\y", Kind::Path),
            (r"\\srv\share\x", Kind::Path),
            (r"%APPDATA%\str.cmd", Kind::Path),
            ("/usr/bin/curl", Kind::Path),
            ("/usr/bin/", Kind::Path),
            (r"Temp\x.exe", Kind::Path),
            ("10.0.2.17", Kind::Ip),
            ("10[.]0[.]2[.]17:443", Kind::Ip),
            ("2001:db8::1", Kind::Ip),
            ("10.0.0.0/8", Kind::Cidr),
            ("d41d8cd98f00b204e9800998ecf8427e", Kind::Hash),
            ("MD5=D41D8CD98F00B204E9800998ECF8427E", Kind::Hash),
            (r"HKLM\Software\Evil", Kind::Registry),
            (r"\REGISTRY\MACHINE\Software\Evil", Kind::Registry),
            (r"hkcu:\Software\Evil", Kind::Registry),
            ("evil.com", Kind::Domain),
            ("cmd.com", Kind::Domain),
            ("*.evil[.]com", Kind::Domain),
            ("evil dot com", Kind::Domain),
            ("de.xxxxxxx.com", Kind::Domain),
            ("qx7zz-not-there.example", Kind::Domain),
            ("http://evil.com/a", Kind::Url),
            ("hxxps[:]//evil[.]com", Kind::Url),
            ("evil.com/a/b.exe", Kind::Url),
            ("a@evil.com", Kind::Email),
            ("/evil\\d+/", Kind::Regex),
            ("4688", Kind::Text),
            ("cmd.exe /c whoami", Kind::Text),
            ("1.2.3", Kind::Text),
            ("S-1-5-18", Kind::Text),
        ] {
            assert_eq!(classify(text).unwrap().0, kind, "{text}");
        }
    }

    #[test]
    fn what_says_its_kind_is_it() {
        assert_eq!(classify("text:evil.com").unwrap(), (Kind::Text, "evil.com".to_owned()));
        assert_eq!(classify("domain:setup.exe").unwrap().0, Kind::Domain);
        assert_eq!(classify("=evil[.]com").unwrap(), (Kind::Domain, "=evil.com".to_owned()));
        assert!(classify("  ").is_err());
    }

    #[test]
    fn spellings_of_one_value() {
        assert_eq!(normalise(Kind::Domain, "*.EVIL[.]com."), "evil.com");
        assert_eq!(normalise(Kind::Ip, "::ffff:10.0.2.17"), "10.0.2.17");
        assert_eq!(normalise(Kind::Hash, "SHA1=AB"), "ab");
    }
}
