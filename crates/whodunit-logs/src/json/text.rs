//! The ends and escapes of JSON strings.

use memchr::memchr;

/// So many bytes of a string are looked at before the search that is faster on long ones begins.
pub(super) const SHORT: usize = 24;

/// Appends a JSON string's inside without its escapes. Half a surrogate pair reads as U+FFFD, an unknown escape as its
/// letter.
pub(super) fn unescape_into(mut text: &str, out: &mut Vec<u8>) {
    while let Some(at) = backslash(text.as_bytes()) {
        out.extend_from_slice(&text.as_bytes()[..at]);
        let escape = &text[at + 1..];
        let plain = match escape.as_bytes().first() {
            Some(b'u') => {
                let (c, length) = unicode(escape);
                out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
                text = &escape[length..];
                continue;
            }
            Some(b'n') => b'\n',
            Some(b'r') => b'\r',
            Some(b't') => b'\t',
            Some(b'b') => 8,
            Some(b'f') => 12,
            Some(&other) if other.is_ascii() => other,
            _ => {
                text = escape;
                continue;
            }
        };
        out.push(plain);
        text = &escape[1..];
    }
    out.extend_from_slice(text.as_bytes());
}

/// Place of the next backslash: mostly near, so the search that is fast on long texts begins late.
fn backslash(text: &[u8]) -> Option<usize> {
    let near = quote_or_backslash(text, 0, SHORT);
    match text.get(near) {
        Some(b'\\') => Some(near),
        _ => memchr(b'\\', text.get(near..)?).map(|at| near + at),
    }
}

/// Place of the next `"` or `\` from `at` on, eight bytes at a time, looked for about up to `until`.
pub(super) fn quote_or_backslash(bytes: &[u8], mut at: usize, until: usize) -> usize {
    const ONES: u64 = u64::MAX / 255;
    let zero_byte = |word: u64| word.wrapping_sub(ONES) & !word & (ONES << 7);
    while let Some(chunk) = bytes.get(at..).and_then(|rest| rest.first_chunk::<8>()).filter(|_| at < until) {
        let word = u64::from_le_bytes(*chunk);
        let hits = zero_byte(word ^ (ONES * b'"' as u64)) | zero_byte(word ^ (ONES * b'\\' as u64));
        if hits != 0 {
            return at + hits.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    at
}

/// The character of `uXXXX`, or of `uXXXX\uXXXX` where these are a surrogate pair, and the length of what was read.
fn unicode(escape: &str) -> (char, usize) {
    let Some(high) = hex(escape, 1) else { return (char::REPLACEMENT_CHARACTER, 1) };
    let low = || escape.get(5..7).filter(|mark| *mark == "\\u").and_then(|_| hex(escape, 7));
    match high {
        0xd800..=0xdbff => match low() {
            Some(low @ 0xdc00..=0xdfff) => {
                let code = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
                (char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER), 11)
            }
            _ => (char::REPLACEMENT_CHARACTER, 5),
        },
        _ => (char::from_u32(high).unwrap_or(char::REPLACEMENT_CHARACTER), 5),
    }
}

fn hex(text: &str, at: usize) -> Option<u32> {
    let digits = text.get(at..at + 4).filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit()))?;
    u32::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes() {
        for (text, expect) in [
            (r"C:\\Users\\x\/y", "C:\\Users\\x/y"),
            (r#"\"\n\r\t\b\f\u0000\u001b"#, "\"\n\r\t\u{8}\u{c}\0\u{1b}"),
            (r"\ud83e\udd80!", "🦀!"),
            (r"\ud83ex", "\u{fffd}x"),
            (r"\udd80\ud83e\u0041", "\u{fffd}\u{fffd}A"),
            (r"\ud83e\ud83e\udd80", "\u{fffd}🦀"),
            (r"\u12", "\u{fffd}12"),
            (r"\u+123", "\u{fffd}+123"),
            (r"\q\größe\ä", "qgrößeä"),
            ("\\", ""),
        ] {
            let mut out = Vec::new();
            unescape_into(text, &mut out);
            assert_eq!(String::from_utf8(out).unwrap(), expect, "{text}");
        }
    }
}
