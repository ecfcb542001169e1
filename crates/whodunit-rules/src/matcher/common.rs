//! What is common in logs, so that literals are looked for by their rarest piece.

use super::grams::key;

/// Text that any Windows log is full of.
const EVERYWHERE: &str = r"c:\windows\system32\ syswow64 c:\program files (x86)\microsoft\windows\currentversion\software \
    hklm\system\currentcontrolset\services\ users\appdata\local\temp\roaming \device\harddiskvolume nt authority\system local \
    http://https://www. .com .net .org .exe .dll .sys .ps1 .cmd .log svchost.exe powershell.exe cmd.exe explorer.exe rundll32.exe \
    microsoft-windows-sysmon/operational security-auditing windows powershell version company description operating system corporation \
    md5= sha1= sha256= imphash= technique_id= technique_name= user administrator desktop domain controller workgroup \
    kernel32.dll ntdll.dll kernelbase.dll service process image object file registry value event data error account name";

/// How often each byte comes in the text of a log, in about 1/1000 of a letter; what is not named is rare.
pub(super) fn frequency(byte: u8) -> u32 {
    match byte.to_ascii_lowercase() {
        b'e' | b's' | b'o' | b'i' | b't' | b'n' | b'r' | b'0' => 60,
        b'a' | b'c' | b'd' | b'l' | b'm' | b'p' | b'1' | b'-' | b' ' => 40,
        b'f' | b'u' | b'w' | b'\\' | b'.' | b'2' | b'3' | b'4' | b'6' | b'8' | b'b' => 25,
        b'5' | b'7' | b'9' | b'v' | b'h' | b'g' | b'y' | b'x' | b':' | b'=' | b'/' | b'_' | b',' => 15,
        b'k' | b'{' | b'}' | b'"' | b'%' | b'(' | b')' | b'@' => 8,
        0 => 1000,
        _ => 3,
    }
}

/// Counts of grams: among the literals of one table, and in [`EVERYWHERE`].
pub(super) struct Rarity {
    counts: Vec<u32>,
}

impl Rarity {
    /// Enough to tell grams of 100,000 literals apart.
    const BITS: u32 = 18;
    /// Weight of a gram that every log holds.
    const COMMON: u32 = 50_000;

    /// Counts the grams of all literals.
    pub(super) fn new<'a>(literals: impl Iterator<Item = &'a [u8]>) -> Self {
        let mut rarity = Self { counts: vec![0; 1 << Self::BITS] };
        literals.for_each(|literal| rarity.count(literal, 1));
        rarity.count(EVERYWHERE.as_bytes(), Self::COMMON);
        rarity
    }

    fn count(&mut self, text: &[u8], weight: u32) {
        for gram in text.windows(4) {
            let count = &mut self.counts[slot(gram)];
            *count = count.saturating_add(weight);
        }
    }

    /// Start of the `length` bytes of `literal` (which has at least as many) whose grams are rarest.
    pub(super) fn window(&self, literal: &[u8], length: usize) -> usize {
        let weight = |start: &usize| -> u64 {
            let window = &literal[*start..start + length];
            let grams: u64 = window.windows(4).map(|gram| u64::from(self.counts[slot(gram)])).sum();
            grams * 64 + window.iter().map(|&b| u64::from(frequency(b))).sum::<u64>()
        };
        (0..=literal.len() - length).min_by_key(weight).unwrap_or(0)
    }
}

fn slot(gram: &[u8]) -> usize {
    (key(gram).wrapping_mul(0x85eb_ca6b) >> (32 - Rarity::BITS)) as usize
}
