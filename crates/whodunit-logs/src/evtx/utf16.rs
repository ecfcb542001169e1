//! UTF-16LE bytes, at any alignment, to UTF-8.

/// Appends the text of `bytes`. Unpaired surrogates and an odd last byte become U+FFFD.
pub(super) fn push(bytes: &[u8], out: &mut Vec<u8>) {
    let units = bytes.len() / 2;
    let start = out.len();
    out.resize(start + units, 0);
    let ascii = ascii_prefix(bytes, &mut out[start..]);
    if ascii == units && bytes.len().is_multiple_of(2) {
        return;
    }
    out.truncate(start + ascii);
    push_any(&bytes[ascii * 2..], out);
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

/// Narrows units to bytes up to the first that is not ASCII; returns how many.
fn ascii_prefix(bytes: &[u8], out: &mut [u8]) -> usize {
    let units = bytes.as_chunks::<2>().0;
    match units.len() {
        0..4 => narrow_each(units, out),
        4..8 => narrow_blocks::<4>(units, out),
        8..16 => narrow_blocks::<8>(units, out),
        _ => narrow_blocks::<16>(units, out),
    }
}

fn narrow_each(units: &[[u8; 2]], out: &mut [u8]) -> usize {
    for (done, (unit, byte)) in units.iter().zip(&mut *out).enumerate() {
        if u16::from_le_bytes(*unit) >= 0x80 {
            return done;
        }
        *byte = unit[0];
    }
    units.len()
}

/// Block by block; the last block overlaps the one before. There are at least `N` units.
fn narrow_blocks<const N: usize>(units: &[[u8; 2]], out: &mut [u8]) -> usize {
    for (number, (block, to)) in units.as_chunks::<N>().0.iter().zip(out.as_chunks_mut::<N>().0).enumerate() {
        if !narrow(block, to) {
            let start = number * N;
            return start + narrow_each(block, to);
        }
    }
    let start = units.len() - N;
    let Some((block, to)) = units.last_chunk::<N>().zip(out.last_chunk_mut::<N>()) else { return 0 };
    if narrow(block, to) { units.len() } else { start + narrow_each(block, to) }
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

fn push_any(bytes: &[u8], out: &mut Vec<u8>) {
    let (units, odd) = bytes.as_chunks::<2>();
    let units = units.iter().map(|unit| u16::from_le_bytes(*unit));
    for c in char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)) {
        push_char(c, out);
    }
    if !odd.is_empty() {
        push_char(char::REPLACEMENT_CHARACTER, out);
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
