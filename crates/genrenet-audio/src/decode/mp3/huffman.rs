//! Entropy decoding: Huffman codes to lines, as fast as one table look-up per pair of lines allows.
//!
//! The chain that limits the speed is look-up → length → shift → next look-up. An entry therefore holds the length of code
//! word and sign bits together, and everything else (signs, powers, places) hangs beside that chain.

use std::sync::LazyLock;

use super::bands::{Layout, PAIRS};
use super::bits::BitReader;
use super::huffman_codes::{COUNT1_CODES, Code, PAIR_CODES, TABLES};
use super::side_info::Part;

/// Bits that index the first level of the pair tables; longer code words take a second look-up.
const FIRST_BITS: u32 = 11;

/// Bits that index the tables of quadruples: the longest word of table A and four signs.
const COUNT1_BITS: u32 = 10;

// A pair entry: bits 0–5 length of word and signs, 6–10 length of the word, 12–15 x, 16–19 y, 20 whether x has a sign,
// 30 an escape (15, more bits follow), 31 a link: bits 0–15 the second level's start, 16–20 its index bits.
const ESCAPE: u32 = 1 << 30;
const LINK: u32 = 1 << 31;

struct PairTable {
    entries: Vec<u32>,
}

struct Tables {
    pairs: Vec<PairTable>,
    /// A quadruple's entry: bits 0–5 length of word and signs, then two bits (signed) for each of v, w, x, y from bit 31 down.
    count1: [Vec<u32>; 2],
    /// x^(4/3) for x from 0 to 144.
    powers: [f32; 145],
}

static DECODING: LazyLock<Tables> = LazyLock::new(|| Tables {
    pairs: PAIR_CODES
        .iter()
        .map(|&(number, code)| PairTable::new(code, number >= 16))
        .collect(),
    count1: COUNT1_CODES.map(count1_table),
    powers: std::array::from_fn(|x| (x as f64).powf(4.0 / 3.0) as f32),
});

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
        let mut entries = vec![0u32; 1 << FIRST_BITS];
        // Bits that the words behind each index of the first level still have.
        let mut rest = vec![0u32; 1 << FIRST_BITS];
        for_each_word(code, |word, length, _| {
            if length > FIRST_BITS {
                let index = (word >> (length - FIRST_BITS)) as usize;
                rest[index] = rest[index].max(length - FIRST_BITS);
            }
        });
        for (index, &bits) in rest.iter().enumerate() {
            if bits > 0 {
                let start = entries.len() as u32;
                entries[index] = LINK | bits << 16 | start;
                entries.resize(entries.len() + (1 << bits), 0);
            }
        }
        for_each_word(code, |word, length, value| {
            let (x, y) = (value >> 4, value & 15);
            let signs = u32::from(x > 0) + u32::from(y > 0);
            let mut entry =
                (length + signs) | length << 6 | x << 12 | y << 16 | u32::from(x > 0) << 20;
            if escapes && (x == 15 || y == 15) {
                entry |= ESCAPE;
            }
            let (start, bits) = if length <= FIRST_BITS {
                (0, FIRST_BITS)
            } else {
                let link = entries[(word >> (length - FIRST_BITS)) as usize];
                ((link & 0xffff) as usize, link >> 16 & 31)
            };
            let own = if length <= FIRST_BITS {
                length
            } else {
                length - FIRST_BITS
            };
            let word = word & ((1 << own) - 1);
            let first = start + ((word << (bits - own)) as usize);
            entries[first..first + (1 << (bits - own))].fill(entry);
        });
        Self { entries }
    }
}

fn count1_table(code: &Code) -> Vec<u32> {
    let mut entries = vec![0u32; 1 << COUNT1_BITS];
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
            let first = ((word << signs | sign) << (COUNT1_BITS - total)) as usize;
            entries[first..first + (1 << (COUNT1_BITS - total))].fill(entry);
        }
    });
    entries
}

/// x^(4/3) for any x up to 15 + 8191, within a few parts in 10⁸.
#[cold]
fn power(powers: &[f32; 145], x: u32) -> f32 {
    if let Some(&exact) = powers.get(x as usize) {
        return exact;
    }
    // (64 q)^(4/3) = 256 q^(4/3); or 16 and 8 for smaller ones; the rest r by a Taylor series of (1 + r)^(4/3).
    let (x, factor) = if x < 1024 { (x << 3, 16.0) } else { (x, 256.0) };
    let q = (x + 32) >> 6;
    let r = (x as f32 - (q << 6) as f32) / (q << 6) as f32;
    let series = 1.0 + r * (4.0 / 3.0 + r * (2.0 / 9.0 + r * (-4.0 / 81.0 + r * (7.0 / 243.0))));
    powers[q as usize] * series * factor
}

/// Where the lines of one channel go.
pub(super) struct Target<'a> {
    pub(super) layout: &'a Layout,
    /// Factor of each coded pair.
    pub(super) scales: &'a [f32; PAIRS],
    /// 576 lines in rows of 32 subbands.
    pub(super) lines: &'a mut [f32; 576],
    /// Coded pairs from here on are not wanted.
    pub(super) limit: usize,
}

/// Decodes the Huffman part of a granule's channel, which ends at bit `end`; returns how many pairs can be non-zero.
///
/// Lines are stored, or added with `ADD`, so that two channels make one; the target must be zero where nothing is coded.
#[inline(always)]
pub(super) fn decode<const ADD: bool>(
    bits: &mut BitReader<'_>,
    part: &Part,
    end: usize,
    target: &mut Target<'_>,
) -> usize {
    let tables = &*DECODING;
    let mut pair = 0usize;
    let limit = target.limit.min(PAIRS);
    for (&table, &region_end) in part.tables.iter().zip(&part.region_ends) {
        let region_end = usize::from(region_end).min(limit);
        if pair >= region_end {
            continue;
        }
        let (code, linbits) = TABLES[usize::from(table & 31)];
        match tables.pairs.get(usize::from(code)) {
            // Table 0: all lines are zero. Tables 4 and 14 do not exist.
            None => pair = region_end,
            Some(code) => {
                pairs::<ADD>(
                    bits,
                    code,
                    u32::from(linbits),
                    &tables.powers,
                    pair,
                    region_end,
                    target,
                );
                pair = region_end;
            }
        }
        if bits.position() > end {
            return pair;
        }
    }
    if pair < usize::from(part.big_values) {
        return pair;
    }
    let table: &[u32; 1 << COUNT1_BITS] = match tables.count1[usize::from(part.count1_table & 1)]
        .as_slice()
        .try_into()
    {
        Ok(table) => table,
        Err(_) => return pair,
    };
    while pair + 2 <= limit && bits.position() < end {
        bits.refill();
        let entry = table[(bits.window() >> (64 - COUNT1_BITS)) as usize];
        bits.skip(entry & 63);
        if bits.position() > end {
            break;
        }
        for half in 0..2 {
            let scale = target.scales[pair + half];
            let place = usize::from(target.layout.places[pair + half]);
            let two = entry << (4 * half);
            put::<ADD>(target.lines, place, ((two as i32) >> 30) as f32 * scale);
            put::<ADD>(
                target.lines,
                place + 32,
                (((two << 2) as i32) >> 30) as f32 * scale,
            );
        }
        pair += 2;
    }
    pair
}

#[inline(always)]
fn put<const ADD: bool>(lines: &mut [f32; 576], place: usize, value: f32) {
    if ADD {
        lines[place] += value;
    } else {
        lines[place] = value;
    }
}

/// Decodes pairs `from..to` with one table.
#[inline(always)]
fn pairs<const ADD: bool>(
    bits: &mut BitReader<'_>,
    code: &PairTable,
    linbits: u32,
    powers: &[f32; 145],
    from: usize,
    to: usize,
    target: &mut Target<'_>,
) {
    let (first, second) = code.entries.split_at(1 << FIRST_BITS);
    let Ok(first): Result<&[u32; 1 << FIRST_BITS], _> = first.try_into() else {
        return;
    };
    let places = &target.layout.places[from..to];
    let scales = &target.scales[from..to];
    for (&place, &scale) in places.iter().zip(scales) {
        bits.refill();
        let mut entry = first[(bits.window() >> (64 - FIRST_BITS)) as usize];
        let (x, y, x_sign, y_sign);
        if entry & (LINK | ESCAPE) == 0 {
            let signs = bits.window() << (entry >> 6 & 31);
            bits.skip(entry & 63);
            x = powers[(entry >> 12 & 15) as usize];
            y = powers[(entry >> 16 & 15) as usize];
            x_sign = signs;
            y_sign = signs << (entry >> 20 & 1);
        } else {
            if entry & LINK != 0 {
                let more = (bits.window() << FIRST_BITS) >> (64 - (entry >> 16 & 31));
                let index = (entry & 0xffff) as usize - (1 << FIRST_BITS) + more as usize;
                entry = second.get(index).copied().unwrap_or(0);
            }
            // At most 19 bits of word, twice 13 of escape and two signs: one refill is enough.
            bits.skip(entry >> 6 & 31);
            let mut value = |digit: u32, escapes: bool| {
                let mut magnitude = digit;
                if escapes && digit == 15 && linbits > 0 {
                    magnitude += (bits.window() >> (64 - linbits)) as u32;
                    bits.skip(linbits);
                }
                let sign = bits.window();
                bits.skip(u32::from(digit > 0));
                (power(powers, magnitude), sign)
            };
            let escapes = entry & ESCAPE != 0;
            (x, x_sign) = value(entry >> 12 & 15, escapes);
            (y, y_sign) = value(entry >> 16 & 15, escapes);
        }
        let place = usize::from(place);
        put::<ADD>(target.lines, place, signed(x * scale, x_sign));
        put::<ADD>(target.lines, place + 32, signed(y * scale, y_sign));
    }
}

/// `value` with the upper bit of `sign` as its sign.
#[inline(always)]
fn signed(value: f32, sign: u64) -> f32 {
    f32::from_bits(value.to_bits() | ((sign >> 32) as u32 & 0x8000_0000))
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
        // Table 1: (0,0) 1, (0,1) 001, (1,0) 01, (1,1) 000. Table 13: (15,15) is not its longest word.
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
    fn powers_are_exact_enough() {
        let powers = &DECODING.powers;
        for x in 0..8207u32 {
            let exact = f64::from(x).powf(4.0 / 3.0);
            let error = (f64::from(power(powers, x)) - exact).abs();
            assert!(error <= 2e-7 * exact, "{x}: {error}");
        }
    }
}
