//! Code words of a codebook (Vorbis I specification, section 3.2.1).

use super::bits::{Bits, CutOff};

/// Bits that are looked up at once, at most.
const FIRST_BITS: u32 = 10;
/// Lowest bits of a table entry that hold the length of a code word.
const LENGTH_BITS: u32 = 7;
/// Instead of a length: the word is longer than the table's index (or there is none). More than a reader ever holds.
const LONG: u32 = 127;

/// A word that is longer than the table reaches.
#[derive(Debug, Clone, Copy)]
struct Long {
    /// The word, its first bit uppermost.
    word: u32,
    length: u8,
    entry: u32,
}

/// A prefix code over a book's entries.
#[derive(Debug)]
pub(super) struct Huffman {
    /// For each value of the next bits: entry and length, or the number of a group of long words and [`LONG`].
    table: Vec<u32>,
    /// Sorted by word.
    long: Vec<Long>,
    /// Where the long words of a group begin and end.
    groups: Vec<(u32, u32)>,
}

impl Huffman {
    /// The code whose entry i has a word of `lengths[i]` bits (0: none, else at most 32), words being given out in order.
    ///
    /// # Errors
    /// If the lengths are not those of a complete prefix code. A single word of one bit and no word at all are allowed.
    pub(super) fn new(lengths: &[u8]) -> Result<Self, &'static str> {
        let longest = lengths.iter().copied().max().unwrap_or(0).into();
        let used = lengths.iter().filter(|&&length| length > 0).count();
        let mut code = Self {
            table: vec![LONG; 1 << FIRST_BITS.min(longest)],
            long: Vec::new(),
            groups: Vec::new(),
        };
        let mut free = Free::all();
        for (entry, &length) in (0u32..).zip(lengths) {
            if length == 0 {
                continue;
            }
            let word = free
                .take(length.into())
                .ok_or("more code words than there is room for")?;
            code.add(word, length, entry);
        }
        if used == 1 && longest == 1 {
            // One entry only: either bit means it.
            let only = code.table[0];
            code.table.fill(only);
        } else if used > 0 && !free.is_empty() {
            return Err("code words that leave room");
        }
        code.link();
        Ok(code)
    }

    fn first_bits(&self) -> u32 {
        self.table.len().trailing_zeros()
    }

    /// Adds a word, its first bit uppermost.
    fn add(&mut self, word: u32, length: u8, entry: u32) {
        if u32::from(length) > self.first_bits() {
            self.long.push(Long {
                word,
                length,
                entry,
            });
            return;
        }
        let place = word.reverse_bits() as usize;
        for place in self.table[place..].iter_mut().step_by(1 << length) {
            *place = entry << LENGTH_BITS | u32::from(length);
        }
    }

    /// Sorts the long words, and makes their first bits lead to them.
    fn link(&mut self) {
        self.long.sort_unstable_by_key(|long| long.word);
        let bits = self.first_bits();
        let prefix = |long: &Long| long.word >> (32 - bits);
        let mut start = 0;
        for group in self.long.chunk_by(|a, b| prefix(a) == prefix(b)) {
            let place = group[0].word.reverse_bits() as usize & (self.table.len() - 1);
            self.table[place] = (self.groups.len() as u32) << LENGTH_BITS | LONG;
            let end = start + group.len() as u32;
            self.groups.push((start, end));
            start = end;
        }
    }

    /// The entry of the next word.
    #[inline(always)]
    pub(super) fn decode(&self, bits: &mut Bits<'_>) -> Result<u32, CutOff> {
        bits.refill();
        let found = self.table[bits.window() as usize & (self.table.len() - 1)];
        let length = found & ((1 << LENGTH_BITS) - 1);
        if length <= bits.held() {
            bits.skip(length);
            return Ok(found >> LENGTH_BITS);
        }
        self.decode_long(bits, found).ok_or_else(|| bits.cut_off())
    }

    #[inline(never)]
    fn decode_long(&self, bits: &mut Bits<'_>, found: u32) -> Option<u32> {
        if found & ((1 << LENGTH_BITS) - 1) != LONG {
            return None;
        }
        let &(start, end) = self.groups.get((found >> LENGTH_BITS) as usize)?;
        let group = &self.long[start as usize..end as usize];
        let ahead = (bits.window() as u32).reverse_bits();
        // The code is complete: the word is the last one that is not above what lies ahead.
        let after = group.partition_point(|long| long.word <= ahead);
        let long = group.get(after.checked_sub(1)?)?;
        if u32::from(long.length) > bits.held() {
            return None;
        }
        bits.skip(long.length.into());
        Some(long.entry)
    }
}

/// The words that are still free: for each length at most one subtree, by its lowest word.
struct Free {
    /// For each depth: the lowest word of the free subtree that hangs there.
    subtrees: [Option<u32>; 33],
}

impl Free {
    fn all() -> Self {
        let mut subtrees = [None; 33];
        subtrees[0] = Some(0);
        Self { subtrees }
    }

    /// The lowest free word of `length` bits (1 to 32), its first bit uppermost.
    fn take(&mut self, length: usize) -> Option<u32> {
        let depth = (0..=length).rev().find(|&d| self.subtrees[d].is_some())?;
        let word = self.subtrees[depth].take()?;
        for below in depth + 1..=length {
            self.subtrees[below] = Some(word | 1 << (32 - below));
        }
        Some(word)
    }

    fn is_empty(&self) -> bool {
        self.subtrees.iter().all(Option::is_none)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Entries of all words that lie in `data`.
    fn decoded(code: &Huffman, data: &[u8]) -> Vec<u32> {
        let mut bits = Bits::new(data);
        std::iter::from_fn(|| code.decode(&mut bits).ok()).collect()
    }

    /// Words as text, first bit first, to bytes.
    fn packed(words: &[&str]) -> Vec<u8> {
        let bits: Vec<u8> = words.concat().bytes().map(|b| b - b'0').collect();
        bits.chunks(8)
            .map(|byte| byte.iter().rev().fold(0, |v, bit| v << 1 | bit))
            .collect()
    }

    #[test]
    fn words_are_those_of_the_specifications_example() {
        // Section 3.2.1: lengths 2 4 4 4 4 2 3 3 give these words.
        let code = Huffman::new(&[2, 4, 4, 4, 4, 2, 3, 3]).unwrap();
        let words = ["00", "0100", "0101", "0110", "0111", "10", "110", "111"];
        let data = packed(&[&words[..], &["10"]].concat());
        assert_eq!(decoded(&code, &data)[..8], [0, 1, 2, 3, 4, 5, 6, 7]);
    }

    #[test]
    fn long_words_are_found_by_search() {
        // A comb: 0, 10, 110, … and two words of 32 bits at its end.
        let mut lengths: Vec<u8> = (1..=32).collect();
        lengths.push(32);
        let code = Huffman::new(&lengths).unwrap();
        for entry in [0usize, 5, 9, 10, 11, 20, 31, 32] {
            let word = "1".repeat(entry.min(32)) + if entry < 32 { "0" } else { "" };
            let data = packed(&[&word, "1111111"]);
            assert_eq!(code.decode(&mut Bits::new(&data)), Ok(entry as u32));
        }
        // Cut off inside a long word.
        assert_eq!(decoded(&code, &[0xff, 0xff, 0xff]), []);
    }

    #[test]
    fn incomplete_and_overfull_codes_are_refused() {
        assert!(Huffman::new(&[1, 2]).is_err());
        assert!(Huffman::new(&[1, 1, 1]).is_err());
        assert!(Huffman::new(&[0, 2, 0]).is_err());
        // One word, and none.
        let one = Huffman::new(&[0, 1, 0]).unwrap();
        assert_eq!(decoded(&one, &[0b0101_0101]), [1; 8]);
        let none = Huffman::new(&[0, 0]).unwrap();
        assert_eq!(decoded(&none, &[0xff, 0]), []);
    }
}
