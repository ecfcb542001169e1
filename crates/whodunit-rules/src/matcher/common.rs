//! What is common in logs, so that literals are looked for by their rarest piece.

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
    /// Enough to tell the crowded grams of 100,000 literals from the others, few enough for the cache.
    const BITS: u32 = 16;
    /// Weight of a gram that every log holds.
    const COMMON: u32 = 50_000;
    /// Grams of a literal that are weighed.
    const LOOKED_AT: usize = 32;

    /// Counts the grams of all literals, which lie end to end.
    pub(super) fn new(literals: &[u8]) -> Self {
        let mut rarity = Self { counts: vec![0; 1 << Self::BITS] };
        rarity.count(literals, 1);
        rarity.count(EVERYWHERE.as_bytes(), Self::COMMON);
        rarity
    }

    fn count(&mut self, text: &[u8], weight: u32) {
        for gram in text.windows(4) {
            let count = &mut self.counts[slot(gram)];
            *count = count.saturating_add(weight);
        }
    }

    /// Start of the `length` bytes of `literal` (which has at least as many) whose grams are rarest, near its start.
    pub(super) fn window(&self, literal: &[u8], length: usize) -> usize {
        let mut weights = [0u64; Self::LOOKED_AT];
        let grams = literal.windows(4).zip(&mut weights).map(|(gram, weight)| *weight = self.weight(gram)).count();
        let window = length - 3; // grams in it
        let mut sum: u64 = weights[..window].iter().sum();
        let (mut best, mut least) = (0, sum);
        for start in 1..=grams.saturating_sub(window) {
            sum = sum + weights[start + window - 1] - weights[start - 1];
            if sum < least {
                (best, least) = (start, sum);
            }
        }
        best
    }

    fn weight(&self, gram: &[u8]) -> u64 {
        u64::from(self.counts[slot(gram)]) * 64 + u64::from(frequency(gram[0]))
    }
}

fn slot(gram: &[u8]) -> usize {
    let word = gram.first_chunk::<4>().map_or(0, |gram| u32::from_le_bytes(*gram));
    ((word | 0x2020_2020).wrapping_mul(0x85eb_ca6b) >> (32 - Rarity::BITS)) as usize
}
