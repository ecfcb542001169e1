//! MISP: events as JSON, and the names of attribute types, which CSV exports use as well.

use super::List;
use crate::ioc::Kind;
use serde::Deserialize;
use serde_json::Value;

/// Any of MISP's containers: an export (`response`), an event, an object, or a bare list of attributes.
#[derive(Deserialize)]
struct Node {
    #[serde(rename = "Event")]
    event: Option<Box<Node>>,
    response: Option<Box<Nodes>>,
    #[serde(rename = "Attribute", default)]
    attributes: Vec<Attribute>,
    #[serde(rename = "Object", default)]
    objects: Vec<Node>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Nodes {
    Many(Vec<Node>),
    One(Node),
}

/// Fields are checked one by one, so that one bad attribute does not spoil the list.
#[derive(Deserialize)]
struct Attribute {
    #[serde(rename = "type", default)]
    kind: Value,
    #[serde(default)]
    value: Value,
    #[serde(default)]
    to_ids: Value,
}

pub(super) fn read(list: &mut List<'_>, text: &str) -> Result<(), serde_json::Error> {
    let before = list.report.clone();
    if text.trim_start().starts_with('[') {
        serde_json::from_str::<Vec<Node>>(text)?.iter().for_each(|node| read_node(list, node));
    } else {
        read_node(list, &serde_json::from_str(text)?);
    }
    if list.report == before {
        list.problem(None, "JSON without a STIX bundle or MISP attributes", "give it as STIX, MISP, CSV or plain text");
    }
    Ok(())
}

fn read_node(list: &mut List<'_>, node: &Node) {
    node.attributes.iter().for_each(|attribute| read_attribute(list, attribute));
    node.objects.iter().for_each(|object| read_node(list, object));
    node.event.iter().for_each(|event| read_node(list, event));
    match node.response.as_deref() {
        Some(Nodes::Many(nodes)) => nodes.iter().for_each(|node| read_node(list, node)),
        Some(Nodes::One(node)) => read_node(list, node),
        None => {}
    }
}

fn read_attribute(list: &mut List<'_>, attribute: &Attribute) {
    let unmarked = matches!(&attribute.to_ids, Value::Bool(false)) || attribute.to_ids.as_str() == Some("0");
    match (attribute.kind.as_str(), attribute.value.as_str()) {
        _ if unmarked => list.report.unmarked += 1,
        (Some(kind), Some(value)) => list.add_typed(None, kind, value),
        _ => list.problem(
            None,
            format!("attribute {} of type {} is not text", attribute.value, attribute.kind),
            "export it again",
        ),
    }
}

/// The types and values of an attribute: `filename|sha256` has two.
pub(super) fn parts<'a>(kind: &'a str, value: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
    let whole = (!kind.contains('|')).then_some((kind, value));
    let pairs = kind.split('|').zip(value.splitn(2, '|')).filter(|_| kind.contains('|'));
    whole.into_iter().chain(pairs)
}

/// What entries of a type mean here.
pub(super) enum Meaning {
    /// Indicators of a kind.
    Kind(Kind),
    /// Indicators that are what they look like.
    Any,
    /// Nothing to look for by itself: a remark, a number, the second half of a pair.
    Nothing,
}

/// The meaning of a type's name in MISP, STIX and common lists; `None` if it is not known.
pub(super) fn kind_of(name: &str) -> Option<Meaning> {
    let kind = match name.trim().to_ascii_lowercase().as_str() {
        "domain" | "hostname" | "domain-name" | "fqdn" | "host" | "hostnames" | "domains" => Kind::Domain,
        "ip" | "ip-src" | "ip-dst" | "ipv4" | "ipv6" | "ipv4-addr" | "ipv6-addr" | "ips" | "ip address" => {
            return Some(Meaning::Any);
        }
        "cidr" | "network" => Kind::Cidr,
        "url" | "uri" | "urls" => Kind::Url,
        "hash"
        | "md5"
        | "sha1"
        | "sha256"
        | "imphash"
        | "filehash-md5"
        | "filehash-sha1"
        | "filehash-sha256"
        | "hashes"
        | "sha-1"
        | "sha-256"
        | "x509-fingerprint-md5"
        | "x509-fingerprint-sha1"
        | "x509-fingerprint-sha256"
        | "authentihash" => Kind::Hash,
        "filename" | "file" | "path" | "filepath" | "file-path" | "file path" | "filename-pattern" | "fullpath" => {
            Kind::Path
        }
        "registry" | "regkey" | "windows-registry-key" | "registry key" => Kind::Registry,
        "email" | "email-src" | "email-dst" | "email-addr" | "email-reply-to" | "e-mail" | "email address" => {
            Kind::Email
        }
        "text-pattern"
        | "mutex"
        | "named pipe"
        | "windows-service-name"
        | "windows-service-displayname"
        | "windows-scheduled-task"
        | "user-agent"
        | "keyword"
        | "string"
        | "target-machine" => Kind::Text,
        "regex" => Kind::Regex,
        "" | "ioc" | "indicator" | "other" | "any" => return Some(Meaning::Any),
        "port" | "value" | "comment" | "text" | "link" | "size-in-bytes" | "datetime" | "float" | "counter"
        | "boolean" | "vulnerability" | "threat-actor" | "campaign-name" | "mime-type" | "attachment"
        | "malware-type" => return Some(Meaning::Nothing),
        _ => return None,
    };
    Some(Meaning::Kind(kind))
}
