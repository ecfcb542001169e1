//! Lines in another order than read, in bounded memory: sorted runs on disk, merged at the end.

use anyhow::Context as _;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Seek, Write};

/// What lines are sorted by: time (nanoseconds since 1970; absent first), then input order.
pub type Key = (i128, u64);

/// Bytes kept in memory before a run goes to disk.
const RUN_BYTES: usize = 64 << 20;

/// Takes keyed blocks in any order, gives them back sorted.
pub struct Sorter {
    run: Vec<(Key, Vec<u8>)>,
    bytes: usize,
    limit: usize,
    spilled: Vec<File>,
    reverse: bool,
}

impl Sorter {
    /// An empty sorter; `reverse` gives the last first.
    pub fn new(reverse: bool) -> Self {
        Self { run: Vec::new(), bytes: 0, limit: RUN_BYTES, spilled: Vec::new(), reverse }
    }

    /// Adds a block.
    pub fn push(&mut self, key: Key, block: Vec<u8>) -> anyhow::Result<()> {
        self.bytes += block.len() + size_of::<(Key, Vec<u8>)>();
        self.run.push((self.turn(key), block));
        if self.bytes >= self.limit { self.spill() } else { Ok(()) }
    }

    /// Keys are turned round for the reverse order, so that there is one way to sort and merge.
    fn turn(&self, key: Key) -> Key {
        if self.reverse { (-key.0, u64::MAX - key.1) } else { key }
    }

    fn spill(&mut self) -> anyhow::Result<()> {
        self.run.sort_unstable_by_key(|(key, _)| *key);
        let mut out = BufWriter::new(tempfile::tempfile().context("no room for sorting in the temporary folder")?);
        for (key, block) in self.run.drain(..) {
            out.write_all(&key.0.to_le_bytes())?;
            out.write_all(&key.1.to_le_bytes())?;
            out.write_all(&(block.len() as u64).to_le_bytes())?;
            out.write_all(&block)?;
        }
        let mut file = out.into_inner().map_err(std::io::IntoInnerError::into_error)?;
        file.rewind()?;
        self.spilled.push(file);
        self.bytes = 0;
        Ok(())
    }

    /// Gives every block in order; `each` returns `false` to stop.
    pub fn finish(mut self, mut each: impl FnMut(&[u8]) -> anyhow::Result<bool>) -> anyhow::Result<()> {
        self.run.sort_unstable_by_key(|(key, _)| *key);
        let mut runs: Vec<Run> = self.spilled.drain(..).map(|file| Run::Disk(BufReader::new(file))).collect();
        runs.push(Run::Memory(std::mem::take(&mut self.run).into_iter()));
        let mut heap = BinaryHeap::new();
        for (at, run) in runs.iter_mut().enumerate() {
            heap.extend(run.next()?.map(|(key, block)| Reverse((key, at, block))));
        }
        while let Some(Reverse((_, at, block))) = heap.pop() {
            if !each(&block)? {
                break;
            }
            heap.extend(runs[at].next()?.map(|(key, block)| Reverse((key, at, block))));
        }
        Ok(())
    }
}

enum Run {
    Disk(BufReader<File>),
    Memory(std::vec::IntoIter<(Key, Vec<u8>)>),
}

impl Run {
    fn next(&mut self) -> anyhow::Result<Option<(Key, Vec<u8>)>> {
        let file = match self {
            Self::Memory(items) => return Ok(items.next()),
            Self::Disk(file) => file,
        };
        let mut head = [0u8; 32];
        let got = file.by_ref().take(32).read(&mut head)?;
        if got == 0 {
            return Ok(None);
        }
        file.read_exact(&mut head[got..])?;
        let word = |at: usize| std::array::from_fn(|i| head[at + i]);
        let key = (i128::from_le_bytes(std::array::from_fn(|i| head[i])), u64::from_le_bytes(word(16)));
        let mut block = vec![0; u64::from_le_bytes(word(24)) as usize];
        file.read_exact(&mut block)?;
        Ok(Some((key, block)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sorted(reverse: bool, limit: usize) -> Vec<u8> {
        let mut sorter = Sorter { limit, ..Sorter::new(reverse) };
        for (sequence, time) in [5, 1, 9, 5, 3, 7, 2, 8].into_iter().enumerate() {
            sorter.push((time, sequence as u64), vec![b'0' + time as u8, b'a' + sequence as u8]).unwrap();
        }
        let mut out = Vec::new();
        sorter
            .finish(|block| {
                out.extend_from_slice(block);
                Ok(true)
            })
            .unwrap();
        out
    }

    #[test]
    fn runs_on_disk_and_in_memory_merge_alike() {
        let expect = b"1b2g3e5a5d7f8h9c";
        assert_eq!(sorted(false, usize::MAX), expect);
        assert_eq!(sorted(false, 100), expect);
        assert_eq!(sorted(true, 100), b"9c8h7f5d5a3e2g1b");
    }
}
