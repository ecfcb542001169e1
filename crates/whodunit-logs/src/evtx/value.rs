//! Typed values of BinXML to text.
//!
//! | type | text |
//! |---|---|
//! | integers | decimal |
//! | HexInt32, HexInt64, pointers | `0x1410`, lower case, no leading zeros |
//! | GUID | `{77bc24b4-a4f1-681e-2702-000000008300}`, lower case |
//! | SID | `S-1-5-18` |
//! | FILETIME, SYSTEMTIME | RFC 3339 in UTC with seven and three digits; past the year 9999 the number of ticks |
//! | boolean | `true`, `false` |
//! | binary, and whatever has not the size its type asks for | upper-case hex |
//! | one-byte strings | code page 1252 |
//! | arrays | the elements' texts joined by a line feed |

use super::utf16;
use whodunit_event::Time;
use whodunit_event::time::Civil;

/// Type codes of values.
pub(super) mod kind {
    pub(in super::super) const NULL: u8 = 0x00;
    pub(in super::super) const STRING: u8 = 0x01;
    pub(in super::super) const ANSI: u8 = 0x02;
    pub(in super::super) const INT8: u8 = 0x03;
    pub(in super::super) const UINT8: u8 = 0x04;
    pub(in super::super) const INT16: u8 = 0x05;
    pub(in super::super) const UINT16: u8 = 0x06;
    pub(in super::super) const INT32: u8 = 0x07;
    pub(in super::super) const UINT32: u8 = 0x08;
    pub(in super::super) const INT64: u8 = 0x09;
    pub(in super::super) const UINT64: u8 = 0x0a;
    pub(in super::super) const REAL32: u8 = 0x0b;
    pub(in super::super) const REAL64: u8 = 0x0c;
    pub(in super::super) const BOOL: u8 = 0x0d;
    pub(in super::super) const GUID: u8 = 0x0f;
    pub(in super::super) const SIZE: u8 = 0x10;
    pub(in super::super) const FILETIME: u8 = 0x11;
    pub(in super::super) const SYSTEMTIME: u8 = 0x12;
    pub(in super::super) const SID: u8 = 0x13;
    pub(in super::super) const HEX32: u8 = 0x14;
    pub(in super::super) const HEX64: u8 = 0x15;
    pub(in super::super) const BINXML: u8 = 0x21;
    pub(in super::super) const XML: u8 = 0x23;
    pub(in super::super) const ARRAY: u8 = 0x80;
}

/// A value as it lies in a chunk.
#[derive(Clone, Copy, Debug)]
pub(super) struct Value<'c> {
    /// One of [`kind`], or any other byte.
    pub(super) kind: u8,
    /// Its bytes.
    pub(super) bytes: &'c [u8],
}

impl<'c> Value<'c> {
    /// No value.
    pub(super) const NULL: Self = Self { kind: kind::NULL, bytes: &[] };

    /// Appends the value's text.
    pub(super) fn write(self, out: &mut Vec<u8>) {
        if self.kind == kind::STRING {
            return utf16::push(utf16::trim_end(self.bytes), out);
        }
        if self.kind & kind::ARRAY != 0 {
            return self.write_array(out);
        }
        if self.kind != kind::NULL && self.write_typed(out).is_none() {
            hex(self.bytes, b"0123456789ABCDEF", out);
        }
    }

    /// The value as a number, where it is one or its text spells one.
    pub(super) fn number(self) -> Option<u64> {
        match self.kind {
            kind::INT8..=kind::UINT64 | kind::SIZE | kind::HEX32 | kind::HEX64 => self.unsigned(),
            kind::STRING => parse_number(utf16::string(utf16::trim_end(self.bytes)).trim()),
            _ => None,
        }
    }

    /// The value as an instant, where it is one or its text spells one.
    pub(super) fn time(self) -> Option<Time> {
        match self.kind {
            kind::FILETIME => Time::from_filetime(self.unsigned()?),
            kind::SYSTEMTIME => system_time(self.bytes),
            kind::STRING => Time::parse(&utf16::string(utf16::trim_end(self.bytes))),
            _ => None,
        }
    }

    /// The elements of an array: strings end with NUL, all others have their type's size.
    pub(super) fn elements(self) -> Elements<'c> {
        Elements { kind: self.kind & !kind::ARRAY, rest: self.bytes }
    }

    fn write_array(self, out: &mut Vec<u8>) {
        for (at, element) in self.elements().enumerate() {
            if at > 0 {
                out.push(b'\n');
            }
            element.write(out);
        }
    }

    /// `None`, with nothing appended, if the bytes do not fit the type.
    fn write_typed(self, out: &mut Vec<u8>) -> Option<()> {
        match self.kind {
            kind::ANSI => ansi(self.bytes, out),
            kind::XML => utf16::push(utf16::trim_end(self.bytes), out),
            kind::INT8 | kind::INT16 | kind::INT32 | kind::INT64 => decimal(self.signed()?, out),
            kind::UINT8 | kind::UINT16 | kind::UINT32 | kind::UINT64 => decimal(self.unsigned()?, out),
            kind::REAL32 => float(f32::from_le_bytes(self.bytes.try_into().ok()?), out),
            kind::REAL64 => float(f64::from_le_bytes(self.bytes.try_into().ok()?), out),
            kind::BOOL => out.extend_from_slice(if self.bytes.iter().any(|b| *b != 0) { b"true" } else { b"false" }),
            kind::GUID => guid(self.bytes.try_into().ok()?, out),
            kind::SIZE | kind::HEX32 | kind::HEX64 => hex_number(self.unsigned()?, out),
            kind::FILETIME => filetime(self.unsigned()?, out),
            kind::SYSTEMTIME => system_time(self.bytes)?.write_rfc3339(out),
            kind::SID => sid(self.bytes, out)?,
            _ => return None,
        }
        Some(())
    }

    fn unsigned(self) -> Option<u64> {
        Some(match *self.bytes {
            [a] => u64::from(a),
            [a, b] => u64::from(u16::from_le_bytes([a, b])),
            [a, b, c, d] => u64::from(u32::from_le_bytes([a, b, c, d])),
            _ => u64::from_le_bytes(self.bytes.try_into().ok()?),
        })
    }

    fn signed(self) -> Option<i64> {
        Some(match *self.bytes {
            [a] => i64::from(a as i8),
            [a, b] => i64::from(i16::from_le_bytes([a, b])),
            [a, b, c, d] => i64::from(i32::from_le_bytes([a, b, c, d])),
            _ => i64::from_le_bytes(self.bytes.try_into().ok()?),
        })
    }
}

/// See [`Value::elements`].
pub(super) struct Elements<'c> {
    kind: u8,
    rest: &'c [u8],
}

impl<'c> Iterator for Elements<'c> {
    type Item = Value<'c>;

    fn next(&mut self) -> Option<Value<'c>> {
        if self.rest.is_empty() {
            return None;
        }
        let (length, mark) = element_length(self.kind, self.rest);
        let (bytes, rest) = self.rest.split_at(length.clamp(1, self.rest.len()));
        self.rest = rest;
        Some(Value { kind: self.kind, bytes: &bytes[..bytes.len() - mark] })
    }
}

/// Bytes of the array's first element, and how many of them are its end mark.
fn element_length(kind: u8, rest: &[u8]) -> (usize, usize) {
    match kind {
        kind::STRING => match rest.as_chunks::<2>().0.iter().position(|unit| *unit == [0, 0]) {
            Some(at) => (at * 2 + 2, 2),
            None => (rest.len(), 0),
        },
        kind::ANSI => match memchr::memchr(0, rest) {
            Some(at) => (at + 1, 1),
            None => (rest.len(), 0),
        },
        kind::INT8 | kind::UINT8 => (1, 0),
        kind::INT16 | kind::UINT16 => (2, 0),
        kind::INT32 | kind::UINT32 | kind::REAL32 | kind::BOOL | kind::HEX32 => (4, 0),
        kind::INT64 | kind::UINT64 | kind::REAL64 | kind::FILETIME | kind::HEX64 | kind::SIZE => (8, 0),
        kind::GUID | kind::SYSTEMTIME => (16, 0),
        kind::SID => (8 + 4 * usize::from(rest.get(1).copied().unwrap_or(0)), 0),
        _ => (rest.len(), 0),
    }
}

/// Reads a decimal or `0x` hexadecimal number.
pub(super) fn parse_number(text: &str) -> Option<u64> {
    match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(digits) => u64::from_str_radix(digits, 16).ok(),
        None => text.parse().ok(),
    }
}

fn decimal(value: impl itoa::Integer, out: &mut Vec<u8>) {
    out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
}

/// The shortest text that reads back equal; very large and very small numbers with an exponent.
fn float(value: impl std::fmt::Debug, out: &mut Vec<u8>) {
    let text = format!("{value:?}");
    out.extend_from_slice(text.strip_suffix(".0").unwrap_or(&text).as_bytes());
}

fn hex(bytes: &[u8], digits: &[u8; 16], out: &mut Vec<u8>) {
    for byte in bytes {
        out.extend_from_slice(&[digits[usize::from(byte >> 4)], digits[usize::from(byte & 15)]]);
    }
}

fn hex_number(value: u64, out: &mut Vec<u8>) {
    out.extend_from_slice(b"0x");
    let digits = (16 - value.leading_zeros() / 4).max(1);
    for at in (0..digits).rev() {
        out.push(b"0123456789abcdef"[(value >> (at * 4)) as usize & 15]);
    }
}

/// The two lower-case digits of each byte.
const DIGITS: [[u8; 2]; 256] = {
    let mut table = [[0; 2]; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = [b"0123456789abcdef"[byte >> 4], b"0123456789abcdef"[byte & 15]];
        byte += 1;
    }
    table
};

/// The first three groups are little-endian numbers, the rest bytes.
fn guid(b: [u8; 16], out: &mut Vec<u8>) {
    const PLACES: [usize; 16] = [7, 5, 3, 1, 12, 10, 17, 15, 20, 22, 25, 27, 29, 31, 33, 35];
    let mut text = *b"{00000000-0000-0000-0000-000000000000}";
    for (byte, place) in b.into_iter().zip(PLACES) {
        text[place..place + 2].copy_from_slice(&DIGITS[usize::from(byte)]);
    }
    out.extend_from_slice(&text);
}

fn filetime(ticks: u64, out: &mut Vec<u8>) {
    match Time::from_filetime(ticks) {
        Some(time) => time.write_rfc3339(out),
        None if ticks == 0 => out.extend_from_slice(b"1601-01-01T00:00:00.0000000Z"),
        None => decimal(ticks, out),
    }
}

fn system_time(bytes: &[u8]) -> Option<Time> {
    let bytes: &[u8; 16] = bytes.try_into().ok()?;
    let word = |at: usize| u16::from_le_bytes([bytes[at * 2], bytes[at * 2 + 1]]);
    let byte = |at: usize| u8::try_from(word(at)).ok();
    let civil = Civil {
        year: i32::from(word(0)),
        month: byte(1)?,
        day: byte(3)?,
        hour: byte(4)?,
        minute: byte(5)?,
        second: byte(6)?,
    };
    let milliseconds = Some(word(7)).filter(|m| *m < 1000)?;
    Time::from_civil(civil, u32::from(milliseconds) * 1_000_000, 3)
}

fn sid(bytes: &[u8], out: &mut Vec<u8>) -> Option<()> {
    let (&[revision, count, a0, a1, a2, a3, a4, a5], parts) = bytes.split_first_chunk::<8>()?;
    let parts = parts.get(..usize::from(count) * 4).filter(|p| p.len() == parts.len())?;
    out.extend_from_slice(b"S-");
    decimal(revision, out);
    out.push(b'-');
    match u64::from_be_bytes([0, 0, a0, a1, a2, a3, a4, a5]) {
        authority @ 0..=0xffff_ffff => decimal(authority, out),
        authority => hex_number(authority, out),
    }
    for part in parts.as_chunks::<4>().0 {
        out.push(b'-');
        decimal(u32::from_le_bytes(*part), out);
    }
    Some(())
}

/// Code page 1252 from 0x80 to 0x9f; its five holes are the control characters of the same number.
const CP1252: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}', '\u{90}', '‘', '’',
    '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

fn ansi(bytes: &[u8], out: &mut Vec<u8>) {
    let end = bytes.iter().rposition(|b| *b != 0).map_or(0, |last| last + 1);
    for &byte in &bytes[..end] {
        match byte {
            0x80..=0x9f => utf16::push_char(CP1252[usize::from(byte - 0x80)], out),
            _ => utf16::push_char(char::from(byte), out),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(kind: u8, bytes: &[u8]) -> String {
        let mut out = Vec::new();
        Value { kind, bytes }.write(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn every_type_has_its_text() {
        let filetime = 132_223_104_000_000_001u64.to_le_bytes();
        let sid = [1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 0x20, 2, 0, 0];
        for (kind, bytes, shown) in [
            (kind::NULL, &[][..], ""),
            (kind::STRING, &[0x41, 0, 0xdf, 0, 0, 0], "Aß"),
            (kind::ANSI, b"caf\xe9 \x80\0", "café €"),
            (kind::INT8, &[0xff], "-1"),
            (kind::UINT8, &[0xff], "255"),
            (kind::INT16, &[0, 0x80], "-32768"),
            (kind::UINT16, &[0x10, 0x27], "10000"),
            (kind::INT32, &[0xfe, 0xff, 0xff, 0xff], "-2"),
            (kind::UINT32, &[0xff; 4], "4294967295"),
            (kind::INT64, &[0xff; 8], "-1"),
            (kind::UINT64, &[0xff; 8], "18446744073709551615"),
            (kind::REAL32, &1.5f32.to_le_bytes(), "1.5"),
            (kind::REAL64, &0.1f64.to_le_bytes(), "0.1"),
            (kind::REAL64, &(-3f64).to_le_bytes(), "-3"),
            (kind::REAL64, &1e300f64.to_le_bytes(), "1e300"),
            (kind::BOOL, &[1, 0, 0, 0], "true"),
            (kind::BOOL, &[0; 4], "false"),
            (0x0e, &[0xde, 0xad], "DEAD"),
            (kind::SIZE, &[0, 0x10, 0, 0], "0x1000"),
            (kind::FILETIME, &filetime, "2020-01-01T00:00:00.0000001Z"),
            (kind::FILETIME, &[0; 8], "1601-01-01T00:00:00.0000000Z"),
            (kind::FILETIME, &[0xff; 8], "18446744073709551615"),
            (kind::SYSTEMTIME, &[0xe4, 7, 2, 0, 6, 0, 29, 0, 23, 0, 59, 0, 58, 0, 7, 0], "2020-02-29T23:59:58.007Z"),
            (kind::SYSTEMTIME, &[0; 16], "00000000000000000000000000000000"),
            (
                kind::SYSTEMTIME,
                &[1, 0, 1, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 255, 255],
                "0100010001000100000000000000FFFF",
            ),
            (kind::SID, &sid, "S-1-5-32-544"),
            (kind::SID, &sid[..12], "010200000000000520000000"),
            (kind::HEX32, &[0x10, 0x14, 0, 0], "0x1410"),
            (kind::HEX64, &[0; 8], "0x0"),
            (0x77, &[0x0f], "0F"),
            (kind::UINT32, &[1, 2, 3], "010203"),
        ] {
            assert_eq!(text(kind, bytes), shown, "type {kind:#x}");
        }
    }

    #[test]
    fn guid_groups() {
        let bytes = [0xb4, 0x24, 0xbc, 0x77, 0xf1, 0xa4, 0x1e, 0x68, 0x27, 2, 0, 0, 0, 0, 0x83, 0];
        assert_eq!(text(kind::GUID, &bytes), "{77bc24b4-a4f1-681e-2702-000000008300}");
    }

    #[test]
    fn arrays_split_by_mark_or_size() {
        assert_eq!(text(kind::ARRAY | kind::STRING, b"a\0\0\0\0\0b\0\0\0"), "a\n\nb");
        assert_eq!(text(kind::ARRAY | kind::STRING, b"a\0\0\0b\0"), "a\nb");
        assert_eq!(text(kind::ARRAY | kind::ANSI, b"x\0y\0"), "x\ny");
        assert_eq!(text(kind::ARRAY | kind::UINT16, &[1, 0, 2, 0]), "1\n2");
        assert_eq!(text(kind::ARRAY | kind::UINT16, &[1, 0, 2]), "1\n2");
        assert_eq!(text(kind::ARRAY | kind::SID, &[1, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0]), "S-1-5-18");
        assert_eq!(text(kind::ARRAY | 0x0e, &[0xab]), "AB");
    }

    #[test]
    fn numbers_and_times_from_values_and_from_their_texts() {
        let string = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>();
        let number = |kind, bytes: &[u8]| Value { kind, bytes }.number();
        assert_eq!(number(kind::UINT16, &[22, 0]), Some(22));
        assert_eq!(number(kind::STRING, &string("4624")), Some(4624));
        assert_eq!(number(kind::STRING, &string("0x10")), Some(16));
        assert_eq!(number(kind::GUID, &[0; 16]), None);
        let time = |text: &str| Value { kind: kind::STRING, bytes: &string(text) }.time();
        assert_eq!(time("2020-01-01T00:00:00Z").map(Time::seconds), Some(1_577_836_800));
        assert_eq!(time("-"), None);
    }
}
