//! Addresses and networks in text, by value: `::ffff:10.0.2.17`, `0:0:0:0:0:ffff:a00:211` and `10.0.2.17` are the same.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::ops::Range;

/// A network; a single address is one of full length. IPv4 lies in `::ffff:0:0/96`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Net {
    base: u128,
    /// Length of the prefix in bits, of 128.
    length: u8,
}

impl Net {
    /// A single address.
    pub fn of(address: IpAddr) -> Self {
        Self { base: value(address), length: 128 }
    }

    /// Reads `ADDRESS/LENGTH`; `None` if it is not that. Bits beyond the length are ignored.
    pub fn parse(text: &str) -> Option<Self> {
        let (address, length) = text.split_once('/')?;
        let (address, length) = (address.parse::<IpAddr>().ok()?, length.parse::<u8>().ok()?);
        let (most, extra) = if address.is_ipv4() { (32, 96) } else { (128, 0) };
        (length <= most).then(|| {
            let length = length + extra;
            Self { base: value(address) & mask(length), length }
        })
    }

    /// Whether an address lies in the network; IPv4 and `::ffff:0:0/96` are the same.
    pub fn contains(&self, address: IpAddr) -> bool {
        self.holds(value(address))
    }

    fn holds(&self, address: u128) -> bool {
        address & mask(self.length) == self.base
    }

    /// Folded literals of which one begins every spelling of an address of the network, or stands in it; none if
    /// there are none.
    pub(super) fn anchors(&self) -> Vec<String> {
        let address = Ipv6Addr::from(self.base);
        match address.to_ipv4_mapped() {
            Some(v4) if self.length >= 96 => v4_anchors(v4, self.length - 96),
            _ => v6_anchors(address, self.length),
        }
    }

    /// The first address of the network in folded `text`, or the one whose spelling has an anchor at `at`.
    pub(super) fn find(&self, text: &str, at: Option<usize>) -> Option<Range<usize>> {
        match at {
            Some(at) => self.v6_around(text, at).or_else(|| self.v4_at(text, at)),
            None => (0..text.len()).find_map(|at| self.v6_at(text, at).or_else(|| self.v4_at(text, at))),
        }
    }

    /// A dotted address that starts at `at`.
    fn v4_at(&self, text: &str, at: usize) -> Option<Range<usize>> {
        let bytes = text.as_bytes();
        if !bytes.get(at)?.is_ascii_digit() || text.get(..at)?.ends_with(|c| is_word(c) || c == '.') {
            return None;
        }
        let end = at + length(&bytes[at..], |b| b.is_ascii_digit() || b == b'.');
        let end = if bytes[end - 1] == b'.' { end - 1 } else { end };
        let address: Ipv4Addr = text.get(at..end)?.parse().ok()?;
        let ends = !text.get(end..)?.starts_with(is_word);
        (ends && self.holds(value(address.into()))).then_some(at..end)
    }

    /// An address with colons that starts at `at`.
    fn v6_at(&self, text: &str, at: usize) -> Option<Range<usize>> {
        let bytes = text.as_bytes();
        let begins = is_v6(*bytes.get(at)?) && !at.checked_sub(1).is_some_and(|before| is_v6(bytes[before]));
        if begins { self.v6_around(text, at) } else { None }
    }

    /// The address with colons that the character at `at` belongs to.
    fn v6_around(&self, text: &str, at: usize) -> Option<Range<usize>> {
        let bytes = text.as_bytes();
        let start = at - length_back(bytes.get(..at)?, is_v6);
        let end = at + length(&bytes[at..], is_v6);
        let run = text.get(start..end)?;
        if run.len() < 2 || text.get(..start)?.ends_with(is_word) || text.get(end..)?.starts_with(is_word) {
            return None;
        }
        let shorter = run.strip_suffix(['.', ':']).unwrap_or(run); // the end of a sentence, or of a label
        [run, shorter].iter().find_map(|run| {
            let value = u128::from(run.parse::<Ipv6Addr>().ok()?);
            self.holds(value).then(|| start..start + run.len())
        })
    }
}

fn value(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(v4) => v4.to_ipv6_mapped().into(),
        IpAddr::V6(v6) => v6.into(),
    }
}

fn mask(length: u8) -> u128 {
    u128::MAX.checked_shl(128 - u32::from(length)).unwrap_or(0)
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn is_v6(byte: u8) -> bool {
    byte.is_ascii_hexdigit() || byte == b':' || byte == b'.'
}

fn length(bytes: &[u8], belongs: impl Fn(u8) -> bool) -> usize {
    bytes.iter().take_while(|b| belongs(**b)).count()
}

fn length_back(bytes: &[u8], belongs: impl Fn(u8) -> bool) -> usize {
    bytes.iter().rev().take_while(|b| belongs(**b)).count()
}

/// The whole octets in front (`10.0.`), and the groups of the mapped address in hexadecimal.
fn v4_anchors(v4: Ipv4Addr, length: u8) -> Vec<String> {
    let [a, b, c, d] = v4.octets();
    let (high, low) = (u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d]));
    match length {
        32 if c >= 0x10 => vec![v4.to_string(), format!("{high:x}:{low:x}")],
        32 => vec![v4.to_string(), format!("ffff:{high:x}:"), format!("ffff:{high:04x}:")],
        24..32 => vec![format!("{a}.{b}.{c}."), format!("ffff:{high:x}:"), format!("ffff:{high:04x}:")],
        16..24 => vec![format!("{a}.{b}."), format!("ffff:{high:x}:"), format!("ffff:{high:04x}:")],
        8..16 if a > 0 => vec![format!("{a}."), format!("ffff:{a:x}"), format!("ffff:{a:02x}")],
        _ => Vec::new(),
    }
}

/// Two groups of an address in hexadecimal: of the first, zeros in front are left out; of the second they can be there.
fn pair(first: u16, second: u16) -> impl Iterator<Item = String> {
    let digits = format!("{second:x}").len();
    (digits..=4).map(move |width| format!("{first:x}:{second:0width$x}"))
}

/// The first whole group that is not zero, with the colon after it (a zero may be left out), and the one after it.
fn v6_anchors(address: Ipv6Addr, length: u8) -> Vec<String> {
    let groups = address.segments();
    let whole = usize::from(length / 16).min(6); // the last two may be written as an IPv4 address
    let Some(first) = groups[..whole].iter().position(|g| *g != 0) else { return Vec::new() };
    let head = format!("{:x}:", groups[first]);
    match groups[..whole].get(first + 1) {
        Some(&second) if second != 0 => pair(groups[first], second).map(|pair| pair + ":").collect(),
        _ => vec![head],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find<'a>(net: &str, text: &'a str) -> Option<&'a str> {
        let net = Net::parse(net).unwrap_or_else(|| Net::of(net.parse().unwrap()));
        let slow = net.find(text, None);
        let anchors = net.anchors();
        let places = anchors.iter().flat_map(|a| text.match_indices(a.as_str()));
        let fast = places.filter_map(|(at, _)| net.find(text, Some(at))).min_by_key(|r| r.start);
        if !anchors.is_empty() {
            assert_eq!(fast, slow, "{text} {anchors:?}");
        }
        slow.map(|range| &text[range])
    }

    #[test]
    fn an_address_stands_at_its_boundaries() {
        for text in [
            "10.0.2.1",
            "x 10.0.2.1:443",
            "\\\\10.0.2.1\\c$",
            "http://10.0.2.1/",
            "(10.0.2.1)",
            "at 10.0.2.1.",
            "type:  5 ::ffff:10.0.2.1;",
        ] {
            assert!(find("10.0.2.1", text).is_some(), "{text}");
        }
        for text in ["10.0.2.17", "110.0.2.1", "1.10.0.2.1", "10.0.2.1.5", "10.0.2", "v10.0.2.1", "10.0.2.1a"] {
            assert_eq!(find("10.0.2.1", text), None, "{text}");
        }
    }

    #[test]
    fn spellings_of_one_address() {
        for text in [
            "::ffff:10.0.2.17",
            "0:0:0:0:0:ffff:a00:211",
            "0000:0000:0000:0000:0000:ffff:0a00:0211",
            "[::ffff:a00:211]:80",
        ] {
            assert!(find("10.0.2.17", text).is_some(), "{text}");
            assert!(find("10.0.0.0/8", text).is_some(), "{text}");
        }
        for text in
            ["2001:db8::1", "2001:0db8:0:0:0:0:0:1", "2001:db8:0000::0001", "[2001:db8::1]:443", "2001:db8::0.0.0.1"]
        {
            assert!(find("2001:db8::1", text).is_some(), "{text}");
            assert!(find("2001:db8::/32", text).is_some(), "{text}");
        }
        assert!(find("fe80::1", "fe80::1%5").is_some());
        assert!(find("::1", "0:0:0:0:0:0:0:1").is_some());
        assert_eq!(find("2001:db8::1", "2001:db8::11"), None);
        assert_eq!(find("10.0.0.0/8", "11.0.0.1 110.0.0.1 9.10.0.1"), None);
        assert_eq!(find("0.0.0.0/0", "from 1.2.3.4"), Some("1.2.3.4"));
        assert_eq!(find("172.16.0.0/12", "172.31.255.1, 172.32.0.1"), Some("172.31.255.1"));
    }
}
