//! An indicator as a condition of the matcher: which types of field are searched, and how.
//!
//! Types say where an indicator of a kind can stand; a field without a type is text, and is searched for every kind.

use super::BadIndicator;
use super::kind::{self, Kind};
use crate::matcher::condition::{Bounds, Condition, Fields, Test, TypeSet};
use crate::matcher::net::Net;
use crate::matcher::pattern::Pattern;
use crate::matcher::tree::Tree;
use whodunit_event::FieldType as T;

/// Where a host name can stand.
const HOSTS: TypeSet =
    TypeSet::ALL.without(&[T::Guid, T::Pid, T::Number, T::Hex, T::Bool, T::Time, T::Port, T::Hashes, T::Sid]);
/// Where a URL can stand: a host name alone is a domain's business.
const URLS: TypeSet = HOSTS.without(&[T::Host, T::DnsAnswers, T::Ip, T::User]);
/// Longest value that is searched for, in bytes.
const LONGEST: usize = 32 << 10;

/// The condition of an indicator, or why it cannot be looked for. `value` is normalised.
pub(super) fn condition(kind: Kind, value: &str) -> Result<Condition, BadIndicator> {
    check(kind, value)?;
    let literal = |text: &str, bounds| Ok(Test::literal(text, bounds));
    let (types, test) = match kind {
        Kind::Domain => (HOSTS, domain(value)),
        Kind::Ip => (TypeSet::ALL, ip(value)),
        Kind::Cidr => (TypeSet::ALL, cidr(value)),
        Kind::Url => (URLS, url(value)),
        Kind::Hash => (TypeSet::ALL, hash(value)),
        Kind::Path => (TypeSet::ALL, path(value)),
        Kind::Registry => (TypeSet::ALL, registry(value)),
        Kind::Email => (HOSTS, literal(value, Bounds::Email)),
        Kind::Text => (TypeSet::ALL, literal(value, Bounds::Anywhere)),
        Kind::Regex => (TypeSet::ALL, regex(value)),
    };
    Ok(Condition { fields: Fields::Types(types), test: test? })
}

/// What no indicator may be.
fn check(kind: Kind, value: &str) -> Result<(), BadIndicator> {
    let wild = matches!(kind, Kind::Domain | Kind::Path | Kind::Registry | Kind::Email) && value.contains('*');
    match value {
        "" | "=" => Err(BadIndicator::new(format!("an empty {kind} would match everything"), "write what to look for")),
        long if long.len() > LONGEST => Err(BadIndicator::new(
            format!("a {kind} of {} bytes is too long", long.len()),
            "look for a part of it, at most 32768 bytes",
        )),
        nul if nul.contains('\0') => Err(BadIndicator::new(format!("{nul:?} holds a NUL"), "leave the NUL out")),
        star if wild => Err(BadIndicator::new(
            format!("{kind} {star:?} has a wildcard, which stands for itself here"),
            "leave it out, or write a regular expression: regex:…",
        )),
        _ => Ok(()),
    }
}

fn domain(value: &str) -> Result<Test, BadIndicator> {
    let (bounds, name) = value.strip_prefix('=').map_or((Bounds::Domain, value), |name| (Bounds::Host, name));
    let strange = |c: char| !(c.is_alphanumeric() || "-_.".contains(c));
    if name.is_empty() || name.contains(strange) {
        return Err(BadIndicator::new(
            format!("{name:?} is no domain"),
            "write a host name, or text:… to find it anywhere",
        ));
    }
    Ok(Test::literal(name, bounds))
}

fn ip(value: &str) -> Result<Test, BadIndicator> {
    let bad = || BadIndicator::new(format!("{value:?} is no IP address"), "write it as 10.0.2.17 or 2001:db8::1");
    kind::address(value).map(|address| Test::Net(Net::of(address.to_canonical()))).ok_or_else(bad)
}

fn cidr(value: &str) -> Result<Test, BadIndicator> {
    let bad = || BadIndicator::new(format!("{value:?} is no network"), "write it as 10.0.0.0/8 or 2001:db8::/32");
    Net::parse(value).map(Test::Net).ok_or_else(bad)
}

/// A URL without scheme, name of a user, default port and trailing slash.
fn url(value: &str) -> Result<Test, BadIndicator> {
    let rest = value.split_once("://").map_or(value, |(_, rest)| rest);
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let rest = host.rsplit_once('@').map_or(rest, |(user, _)| &rest[user.len() + 1..]);
    let rest = rest.trim_end_matches('/');
    if rest.is_empty() || rest.contains(char::is_whitespace) {
        return Err(BadIndicator::new(format!("{value:?} is no URL"), "write it as http://host/path, without blanks"));
    }
    Ok(Test::literal(rest, Bounds::Url))
}

fn hash(value: &str) -> Result<Test, BadIndicator> {
    let bad = || {
        BadIndicator::new(
            format!("{value:?} is no hash"),
            "write 32, 40 or 64 hexadecimal digits: MD5, SHA1, SHA256 or IMPHASH",
        )
    };
    kind::is_hash(value).then(|| Test::literal(value, Bounds::Hex)).ok_or_else(bad)
}

/// A bare name is found wherever it stands by itself; a path in all its spellings.
fn path(value: &str) -> Result<Test, BadIndicator> {
    if !value.contains(['\\', '/']) {
        return Ok(Test::literal(value, Bounds::Name));
    }
    let bad = || BadIndicator::new(format!("{value:?} names no file or folder"), "name one below the root");
    Tree::path(value).map(|tree| Test::Tree(Box::new(tree))).ok_or_else(bad)
}

fn registry(value: &str) -> Result<Test, BadIndicator> {
    let bad = || BadIndicator::new(format!("{value:?} names no key"), r"name one below the hive: HKLM\Software\…");
    Tree::registry(value).map(|tree| Test::Tree(Box::new(tree))).ok_or_else(bad)
}

fn regex(value: &str) -> Result<Test, BadIndicator> {
    let bad = |e: regex::Error| {
        let what = e.to_string().lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
        BadIndicator::new(
            format!("{value:?} is no regular expression: {what}"),
            "see https://docs.rs/regex for the syntax",
        )
    };
    Pattern::new(value).map(|pattern| Test::Pattern(Box::new(pattern))).map_err(bad)
}
