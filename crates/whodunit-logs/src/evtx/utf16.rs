//! UTF-16LE bytes, at any alignment, to UTF-8.

/// Appends the text of `bytes`. Unpaired surrogates and an odd last byte become U+FFFD.
pub(super) fn push(bytes: &[u8], out: &mut Vec<u8>) {
    let (units, odd) = bytes.as_chunks::<2>();
    out.reserve(units.len());
    let ascii = match units.len() {
        0..4 => 0,
        4..8 => push_blocks::<4>(units, out),
        8..16 => push_blocks::<8>(units, out),
        _ => push_blocks::<16>(units, out),
    };
    if ascii < units.len() {
        push_any(&units[ascii..], out);
    }
    if !odd.is_empty() {
        push_char(char::REPLACEMENT_CHARACTER, out);
    }
}

/// The text of `bytes` as a string.
pub(super) fn string(bytes: &[u8]) -> String {
    let mut out = Vec::new();
    push(bytes, &mut out);
    String::from_utf8(out).unwrap_or_default()
}

/// The text without the NUL units that some writers leave at its end.
pub(super) fn trim_end(mut bytes: &[u8]) -> &[u8] {
    while let Some(rest) = bytes.strip_suffix(&[0, 0]).filter(|_| bytes.len().is_multiple_of(2)) {
        bytes = rest;
    }
    bytes
}

/// True if `bytes` spell `text`, which is ASCII.
pub(super) fn is(bytes: &[u8], text: &str) -> bool {
    bytes.len() == text.len() * 2
        && bytes.as_chunks::<2>().0.iter().zip(text.bytes()).all(|(unit, byte)| *unit == [byte, 0])
}

/// Appends ASCII, block by block up to the first with anything else; returns how many units. There are at least `N`
/// units; the last block overlaps the one before.
fn push_blocks<const N: usize>(units: &[[u8; 2]], out: &mut Vec<u8>) -> usize {
    let (blocks, rest) = units.as_chunks::<N>();
    let mut narrowed = [0; N];
    for (number, block) in blocks.iter().enumerate() {
        if !narrow(block, &mut narrowed) {
            return number * N;
        }
        out.extend_from_slice(&narrowed);
    }
    let done = units.len() - rest.len();
    match units.last_chunk::<N>() {
        Some(last) if !rest.is_empty() && narrow(last, &mut narrowed) => {
            out.truncate(out.len() - (N - rest.len()));
            out.extend_from_slice(&narrowed);
            units.len()
        }
        _ => done,
    }
}

/// True if all units are ASCII.
#[inline]
fn narrow<const N: usize>(units: &[[u8; 2]; N], out: &mut [u8; N]) -> bool {
    let mut all = 0;
    for (unit, byte) in units.iter().zip(out.iter_mut()) {
        let unit = u16::from_le_bytes(*unit);
        all |= unit;
        *byte = unit as u8;
    }
    all < 0x80
}

fn push_any(units: &[[u8; 2]], out: &mut Vec<u8>) {
    let units = units.iter().map(|unit| u16::from_le_bytes(*unit));
    for c in char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)) {
        match u8::try_from(c) {
            Ok(ascii @ 0..0x80) => out.push(ascii),
            _ => push_char(c, out),
        }
    }
}

/// Appends one character as UTF-8.
pub(super) fn push_char(c: char, out: &mut Vec<u8>) {
    out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utf16(text: &str) -> Vec<u8> {
        text.encode_utf16().flat_map(u16::to_le_bytes).collect()
    }

    #[test]
    fn every_length_and_place_of_the_first_wide_character() {
        for length in 0..70 {
            let plain = "C:\\Windows\\System32\\".chars().cycle().take(length).collect::<String>();
            assert_eq!(string(&utf16(&plain)), plain);
            for at in 0..length {
                let text = format!("{}ß名😀{}", &plain[..at], &plain[at..]);
                assert_eq!(string(&utf16(&text)), text);
            }
        }
    }

    #[test]
    fn what_is_no_utf16_is_replaced() {
        assert_eq!(string(&[0x41, 0, 0, 0xd8, 0x42, 0]), "A\u{fffd}B");
        assert_eq!(string(&[0, 0xdc, 0x41, 0, 0x42]), "\u{fffd}A\u{fffd}");
    }

    #[test]
    fn trims_and_compares() {
        assert_eq!(trim_end(&utf16("a\0b\0\0")), utf16("a\0b"));
        assert_eq!(trim_end(&[0, 0, 0]), [0, 0, 0]);
        assert!(is(&utf16("Data"), "Data") && !is(&utf16("Dat"), "Data") && !is(&utf16("Datä"), "Data"));
    }
}
