//! ProcessGuid and LogonGuid: sixteen bytes that name a process or session, with its start time inside.

use crate::time::Time;

/// A GUID in the order it is printed: `{77bc24b4-a4f1-681e-2702-000000008300}` is `77bc24b4a4f1681e2702000000008300`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Guid(pub u128);

impl Guid {
    /// Reads a GUID with or without braces; `None` if it is not one. Case does not matter.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let text = text.strip_prefix('{').map_or(Some(text), |t| t.strip_suffix('}'))?;
        let bytes = text.as_bytes();
        if bytes.len() != 36 {
            return None;
        }
        let mut value = 0u128;
        for (at, &byte) in bytes.iter().enumerate() {
            if matches!(at, 8 | 13 | 18 | 23) {
                if byte != b'-' {
                    return None;
                }
                continue;
            }
            value = value << 4 | u128::from((byte as char).to_digit(16)?);
        }
        Some(Self(value))
    }

    /// True for the all-zero GUID that recorders write for an unknown process.
    pub fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// The constant of the machine: the first group.
    pub fn machine(self) -> u32 {
        (self.0 >> 96) as u32
    }

    /// Start of the process (of the session, for a LogonGuid), whole seconds: groups two and three, low word first.
    ///
    /// `None` for the zero GUID.
    pub fn start(self) -> Option<Time> {
        if self.is_zero() {
            return None;
        }
        let low = (self.0 >> 80) as u16;
        let high = (self.0 >> 64) as u16;
        let seconds = u32::from(high) << 16 | u32::from(low);
        (seconds != 0).then(|| Time::new(i64::from(seconds), 0, 0))
    }

    /// The last eight bytes as a little-endian number: the ProcessStartKey on Windows 10 and later.
    pub fn key(self) -> u64 {
        (self.0 as u64).swap_bytes()
    }
}

impl std::fmt::Display for Guid {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let v = self.0;
        write!(
            f,
            "{{{:08x}-{:04x}-{:04x}-{:04x}-{:012x}}}",
            (v >> 96) as u32,
            (v >> 80) as u16,
            (v >> 64) as u16,
            (v >> 48) as u16,
            v & 0xffff_ffff_ffff
        )
    }
}

impl std::fmt::Debug for Guid {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn start_time_is_inside() {
        let guid = Guid::parse("{77bc24b4-a4f1-681e-2702-000000008300}").unwrap();
        assert_eq!(guid.start().unwrap().to_string(), "2025-05-10T00:59:29Z");
        assert_eq!(guid.to_string(), "{77bc24b4-a4f1-681e-2702-000000008300}");
        assert_eq!(guid.machine(), 0x77bc_24b4);
    }

    #[test]
    fn process_start_key_is_boot_and_sequence() {
        let guid = Guid::parse("{00000001-0000-0000-4d02-000000000800}").unwrap();
        assert_eq!(guid.key(), 8 << 48 | 0x24d);
    }

    #[test]
    fn what_is_no_guid_is_refused() {
        for bad in
            ["", "-", "{77bc24b4}", "{77bc24b4-a4f1-681e-2702-00000000830g}", "{77bc24b4-a4f1-681e-2702-000000008300"]
        {
            assert_eq!(Guid::parse(bad), None, "{bad}");
        }
        assert!(Guid::parse("00000000-0000-0000-0000-000000000000").unwrap().is_zero());
    }
}
