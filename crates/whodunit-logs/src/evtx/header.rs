//! The file header: 4096 bytes before the first chunk. Only its checksum and its dirty flag matter; the chunks are
//! where they are, whatever its counters say.

use super::chunk::crc32;

/// Size of the file header with its padding.
pub(super) const FILE_HEAD: usize = 4096;

/// What is unusual about a header, in words.
pub(super) fn remarks(head: &[u8]) -> Vec<&'static str> {
    let word = |at: usize| head.get(at..at + 4).and_then(|b| b.try_into().ok()).map(u32::from_le_bytes);
    let (Some(flags), Some(sum)) = (word(120), word(124)) else { return vec!["the file header is cut short"] };
    let mut remarks = Vec::new();
    if crc32(&[&head[..120]]) != sum {
        remarks.push("the file header's checksum is wrong; its chunks are read all the same");
    }
    if flags & 1 != 0 {
        remarks.push("the log was not closed cleanly (copied while in use?)");
    }
    remarks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_what_is_unusual() {
        let mut head = vec![0; FILE_HEAD];
        head[..8].copy_from_slice(b"ElfFile\0");
        let sum = crc32(&[&head[..120]]);
        head[124..128].copy_from_slice(&sum.to_le_bytes());
        assert!(remarks(&head).is_empty());
        head[120] = 1;
        assert_eq!(remarks(&head).len(), 1);
        head[16] = 9;
        assert_eq!(remarks(&head).len(), 2);
        assert_eq!(remarks(&head[..100]), ["the file header is cut short"]);
    }
}
