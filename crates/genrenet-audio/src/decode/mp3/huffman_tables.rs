//! Look-up tables for the Huffman codes, built once per process.

use std::sync::LazyLock;

use super::huffman_codes::{COUNT1_CODES, Code, PAIR_CODES, TABLES};

/// Bits that index the first level of the pair tables; longer code words take a second look-up.
pub(super) const FIRST_BITS: u32 = 11;

/// Bits that index the tables of quadruples: the longest word of table A and four signs.
pub(super) const COUNT1_BITS: u32 = 10;

/// What a look-up in a pair table gives, laid out so that shifts need no masks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct PairEntry(
    /// Bits 0–5 length of word and signs, 6–11 length of the word, 12–17 how far the bits behind the word go down to leave the
    /// two signs (63 where x has none), 18–27 index of the pair with positive signs in [`Tables::values`], 30 an escape (15,
    /// more bits follow), 31 a link: bits 0–15 the second level's start, 16–20 its index bits.
    pub(super) u32,
);

impl PairEntry {
    const ESCAPE: u32 = 1 << 30;
    const LINK: u32 = 1 << 31;

    fn new(length: u32, value: u32, escapes: bool) -> Self {
        let (x, y) = (value >> 4, value & 15);
        let signs = u32::from(x > 0) + u32::from(y > 0);
        let down = if x > 0 { 62 } else { 63 };
        let escape = if escapes && (x == 15 || y == 15) {
            Self::ESCAPE
        } else {
            0
        };
        Self((length + signs) | length << 6 | down << 12 | value << 20 | escape)
    }

    /// Whether it is neither a link nor an escape.
    #[inline(always)]
    pub(super) fn is_plain(self) -> bool {
        self.0 & (Self::LINK | Self::ESCAPE) == 0
    }

    #[inline(always)]
    pub(super) fn is_link(self) -> bool {
        self.0 & Self::LINK != 0
    }

    #[inline(always)]
    pub(super) fn is_escape(self) -> bool {
        self.0 & Self::ESCAPE != 0
    }

    /// Bits of the word and its signs.
    #[inline(always)]
    pub(super) fn total_bits(self) -> u32 {
        self.0 & 63
    }

    /// Bits of the word alone.
    #[inline(always)]
    pub(super) fn word_bits(self) -> u32 {
        self.0 >> 6 & 63
    }

    /// x and y without signs, up to 15.
    #[inline(always)]
    pub(super) fn digits(self) -> [u32; 2] {
        [self.0 >> 24 & 15, self.0 >> 20 & 15]
    }

    /// Index in [`Tables::values`], given the bits that the word and its signs lead.
    #[inline(always)]
    pub(super) fn signed_index(self, window: u64) -> usize {
        let signs = (window << (self.0 >> 6 & 63)) >> (self.0 >> 12 & 63);
        (u64::from(self.0 >> 18).wrapping_add(signs) & 1023) as usize
    }

    /// Of a link: where the second level starts and how many bits index it.
    #[inline(always)]
    pub(super) fn second_level(self) -> (usize, u32) {
        ((self.0 & 0xffff) as usize, self.0 >> 16 & 31)
    }
}

/// One of the codes for pairs.
pub(super) struct PairTable {
    pub(super) first: [PairEntry; 1 << FIRST_BITS],
    pub(super) second: Vec<PairEntry>,
}

/// All that decoding looks up.
pub(super) struct Tables {
    pairs: Vec<PairTable>,
    /// A quadruple's entry: bits 0–5 length of word and signs, then two bits (signed) for each of v, w, x, y from bit 31 down.
    pub(super) count1: [[u32; 1 << COUNT1_BITS]; 2],
    /// x^(4/3) for x from 0 to 144.
    powers: [f32; 145],
    /// For x, y and whether each is negative (4, 4, 1, 1 bits) both to the power of 4/3.
    pub(super) values: [[f32; 2]; 1024],
}

static TABLES_BUILT: LazyLock<Box<Tables>> = LazyLock::new(|| {
    Box::new(Tables {
        pairs: PAIR_CODES
            .iter()
            .map(|&(number, code)| PairTable::new(code, number >= 16))
            .collect(),
        count1: COUNT1_CODES.map(count1_table),
        powers: std::array::from_fn(four_thirds),
        values: std::array::from_fn(|index| {
            let sign = |bit: usize| if index >> bit & 1 == 1 { -1.0 } else { 1.0 };
            [
                sign(1) * four_thirds(index >> 6),
                sign(0) * four_thirds(index >> 2 & 15),
            ]
        }),
    })
});

fn four_thirds(x: usize) -> f32 {
    (x as f64).powf(4.0 / 3.0) as f32
}

impl Tables {
    /// The tables of the process.
    pub(super) fn get() -> &'static Self {
        &TABLES_BUILT
    }

    /// The code that `table_select` names and its escape bits; `None` where all lines are zero (or the table does not exist).
    #[inline(always)]
    pub(super) fn selected(&self, table: u8) -> Option<(&PairTable, u32)> {
        let (code, escape_bits) = TABLES[usize::from(table & 31)];
        Some((self.pairs.get(usize::from(code))?, u32::from(escape_bits)))
    }

    /// x^(4/3) for any x up to 15 + 8191, within a few parts in 10⁸.
    #[inline(always)]
    pub(super) fn power(&self, x: u32) -> f32 {
        if let Some(&exact) = self.powers.get(x as usize) {
            return exact;
        }
        // (64 q)^(4/3) = 256 q^(4/3), and for smaller ones 16 (q/8·64)^(4/3); the rest r by a Taylor series of (1 + r)^(4/3).
        let (x, factor) = if x < 1024 { (x << 3, 16.0) } else { (x, 256.0) };
        let q = ((x + 32) >> 6).min(144);
        let r = (x as f32 - (q << 6) as f32) / (q << 6) as f32;
        let series =
            1.0 + r * (4.0 / 3.0 + r * (2.0 / 9.0 + r * (-4.0 / 81.0 + r * (7.0 / 243.0))));
        self.powers[q as usize] * series * factor
    }
}

/// Calls `each(word, length, value)` for all code words, the word right-aligned.
fn for_each_word(code: &Code, mut each: impl FnMut(u32, u32, u32)) {
    let mut next = 0u64;
    for &entry in code {
        let length = u32::from(entry >> 8);
        each(
            (next >> (32 - length)) as u32,
            length,
            u32::from(entry & 0xff),
        );
        next += 1 << (32 - length);
    }
}

impl PairTable {
    fn new(code: &Code, escapes: bool) -> Self {
        let mut table = Self {
            first: [PairEntry::default(); 1 << FIRST_BITS],
            second: Vec::new(),
        };
        // Bits that the words behind each index of the first level still have.
        let mut rest = [0u32; 1 << FIRST_BITS];
        for_each_word(code, |word, length, _| {
            if length > FIRST_BITS {
                let index = (word >> (length - FIRST_BITS)) as usize;
                rest[index] = rest[index].max(length - FIRST_BITS);
            }
        });
        for (entry, &bits) in table.first.iter_mut().zip(&rest) {
            if bits > 0 {
                let start = table.second.len();
                *entry = PairEntry(PairEntry::LINK | bits << 16 | start as u32);
                table
                    .second
                    .resize(start + (1 << bits), PairEntry::default());
            }
        }
        for_each_word(code, |word, length, value| {
            let entry = PairEntry::new(length, value, escapes);
            if length <= FIRST_BITS {
                let free = FIRST_BITS - length;
                let first = (word << free) as usize;
                table.first[first..first + (1 << free)].fill(entry);
            } else {
                let own = length - FIRST_BITS;
                let (start, bits) = table.first[(word >> own) as usize].second_level();
                let free = bits - own;
                let first = start + (((word & ((1 << own) - 1)) << free) as usize);
                table.second[first..first + (1 << free)].fill(entry);
            }
        });
        table
    }
}

fn count1_table(code: &Code) -> [u32; 1 << COUNT1_BITS] {
    let mut entries = [0u32; 1 << COUNT1_BITS];
    for_each_word(code, |word, length, value| {
        let signs = value.count_ones();
        for sign in 0..1u32 << signs {
            let total = length + signs;
            let mut entry = total;
            let mut left = signs;
            for line in 0..4 {
                if value >> (3 - line) & 1 == 1 {
                    left -= 1;
                    let two_bits = if sign >> left & 1 == 1 { 0b11 } else { 0b01 };
                    entry |= two_bits << (30 - 2 * line);
                }
            }
            let free = COUNT1_BITS - total;
            let first = ((word << signs | sign) << free) as usize;
            entries[first..first + (1 << free)].fill(entry);
        }
    });
    entries
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_complete() {
        for code in PAIR_CODES.iter().map(|c| c.1).chain(COUNT1_CODES) {
            let sum: u64 = code.iter().map(|e| 1 << (32 - (e >> 8))).sum();
            assert_eq!(sum, 1 << 32);
        }
    }

    #[test]
    fn words_of_the_standard() {
        // Table 1: (0,0) 1, (0,1) 001, (1,0) 01, (1,1) 000.
        let mut words = Vec::new();
        for_each_word(PAIR_CODES[0].1, |word, length, value| {
            words.push((value, word, length))
        });
        words.sort_unstable();
        assert_eq!(
            words,
            [(0x00, 1, 1), (0x01, 1, 3), (0x10, 1, 2), (0x11, 0, 3)]
        );
    }

    #[test]
    fn look_ups_find_every_word() {
        for (table, &(number, code)) in Tables::get().pairs.iter().zip(&PAIR_CODES) {
            for_each_word(code, |word, length, value| {
                for sign in 0..4u64 {
                    let window = u64::from(word) << (64 - length) | sign << (62 - length);
                    let mut entry = table.first[(window >> (64 - FIRST_BITS)) as usize];
                    if entry.is_link() {
                        let (start, bits) = entry.second_level();
                        entry =
                            table.second[start + ((window << FIRST_BITS) >> (64 - bits)) as usize];
                    }
                    let (x, y) = (value >> 4, value & 15);
                    assert_eq!(entry.word_bits(), length);
                    assert_eq!(entry.digits(), [x, y]);
                    assert_eq!(entry.is_escape(), number >= 16 && (x == 15 || y == 15));
                    // The first sign belongs to x if x has one, else to y.
                    let (first, second) = (sign >> 1 == 1, sign & 1 == 1);
                    let signed = |digit: u32, minus: bool| {
                        four_thirds(digit as usize) * if minus { -1.0 } else { 1.0 }
                    };
                    let expected = [
                        signed(x, first),
                        signed(y, if x > 0 { second } else { first }),
                    ];
                    assert_eq!(Tables::get().values[entry.signed_index(window)], expected);
                    assert_eq!(
                        entry.total_bits(),
                        length + u32::from(x > 0) + u32::from(y > 0)
                    );
                }
            });
        }
    }

    #[test]
    fn powers_are_exact_enough() {
        for x in 0..8207u32 {
            let exact = f64::from(x).powf(4.0 / 3.0);
            let error = (f64::from(Tables::get().power(x)) - exact).abs();
            assert!(error <= 2e-7 * exact, "{x}: {error}");
        }
    }
}
