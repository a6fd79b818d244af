//! Entropy decoding: Huffman codes to lines, as fast as one look-up per pair of lines allows.
//!
//! The dependency chain that limits the speed is look-up → length → shift → next look-up. An entry therefore holds the length of
//! code word and sign bits together, and everything else (signs, powers, positions) is off that chain.

use std::ops::Range;

use super::bands::{Layout, PAIRS};
use super::bits::BitReader;
use super::huffman_tables::{COUNT1_BITS, FIRST_BITS, PairEntry, PairTable, Tables};
use super::side_info::Part;

/// Pairs that one refill of 56 bits is enough for: first-level words and two signs each.
const AT_ONCE: usize = 56 / (FIRST_BITS as usize + 2);

/// Where the lines of one channel go.
pub(super) struct Target<'a> {
    pub(super) layout: &'a Layout,
    /// Factor of each coded pair.
    pub(super) scales: &'a [f32; PAIRS],
    /// 576 lines in rows of 32 subbands.
    pub(super) lines: &'a mut [f32; 576],
    /// Coded pairs from here on are not needed.
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
    let tables = Tables::get();
    let mut pair = 0usize;
    let limit = target.limit.min(PAIRS);
    for (&table, &region_end) in part.tables.iter().zip(&part.region_ends) {
        let region_end = usize::from(region_end).min(limit);
        if pair >= region_end {
            continue;
        }
        let run = pair..region_end;
        pair = match tables.selected(table) {
            Some((code, escape_bits)) => {
                pairs::<ADD>(bits, tables, code, escape_bits, run, end, target)
            }
            None => region_end,
        };
        if pair < region_end {
            return pair;
        }
    }
    if pair < usize::from(part.big_values) {
        return pair;
    }
    quadruples::<ADD>(
        bits,
        &tables.count1[usize::from(part.count1_table & 1)],
        pair,
        limit,
        end,
        target,
    )
}

#[inline(always)]
fn put<const ADD: bool>(line: &mut f32, value: f32) {
    if ADD {
        *line += value;
    } else {
        *line = value;
    }
}

/// Decodes quadruples of lines that are −1, 0 or 1, from `pair` on; returns the pair after the last.
#[inline(always)]
fn quadruples<const ADD: bool>(
    bits: &mut BitReader<'_>,
    table: &[u32; 1 << COUNT1_BITS],
    pair: usize,
    limit: usize,
    end: usize,
    target: &mut Target<'_>,
) -> usize {
    let mut pair = pair;
    let mut reader = *bits;
    while pair + 2 <= limit && reader.position() < end {
        reader.refill();
        let entry = table[(reader.window() >> (64 - COUNT1_BITS)) as usize];
        reader.skip(entry & 63);
        if reader.position() > end {
            break;
        }
        for half in 0..2 {
            let scale = target.scales[pair + half];
            let place = usize::from(target.layout.places[pair + half]);
            let two = entry << (4 * half);
            let lines = &mut target.lines[place..place + 33];
            put::<ADD>(&mut lines[0], ((two as i32) >> 30) as f32 * scale);
            put::<ADD>(&mut lines[32], (((two << 2) as i32) >> 30) as f32 * scale);
        }
        pair += 2;
    }
    *bits = reader;
    pair
}

/// Decodes a run of pairs with one table; returns where it ended, which is earlier if the bits end.
#[inline(always)]
fn pairs<const ADD: bool>(
    bits: &mut BitReader<'_>,
    tables: &Tables,
    code: &PairTable,
    escape_bits: u32,
    run: Range<usize>,
    end: usize,
    target: &mut Target<'_>,
) -> usize {
    let places = &target.layout.places[run.clone()];
    let scales = &target.scales[run.clone()];
    // A copy, so that it stays in registers.
    let mut reader = *bits;
    let mut done = 0;
    let (many_places, many_scales) = (
        places.as_chunks::<AT_ONCE>().0,
        scales.as_chunks::<AT_ONCE>().0,
    );
    for (places, scales) in many_places.iter().zip(many_scales) {
        if reader.position() + 56 > end {
            break;
        }
        reader.refill();
        for (&place, &scale) in places.iter().zip(scales) {
            let [x, y] = pair(&mut reader, tables, code, escape_bits);
            let place = usize::from(place);
            let lines = &mut target.lines[place..place + 33];
            put::<ADD>(&mut lines[0], x * scale);
            put::<ADD>(&mut lines[32], y * scale);
        }
        done += AT_ONCE;
    }
    for (&place, &scale) in places.iter().zip(scales).skip(done) {
        if reader.position() >= end {
            break;
        }
        reader.refill();
        let [x, y] = pair(&mut reader, tables, code, escape_bits);
        let place = usize::from(place);
        let lines = &mut target.lines[place..place + 33];
        put::<ADD>(&mut lines[0], x * scale);
        put::<ADD>(&mut lines[32], y * scale);
        done += 1;
    }
    *bits = reader;
    run.start + done
}

/// One pair. The reader must have been refilled at most [`AT_ONCE`] pairs ago.
#[inline(always)]
fn pair(
    reader: &mut BitReader<'_>,
    tables: &Tables,
    code: &PairTable,
    escape_bits: u32,
) -> [f32; 2] {
    let window = reader.window();
    let entry = code.first[(window >> (64 - FIRST_BITS)) as usize];
    if entry.is_plain() {
        reader.skip(entry.total_bits());
        return tables.values[entry.signed_index(window)];
    }
    reader.refill();
    let rare = rare_pair(tables, code, escape_bits, entry, reader.window());
    reader.skip(rare.bits);
    reader.refill();
    [rare.x, rare.y]
}

/// A decoded pair and the bits that it took.
struct Pair {
    x: f32,
    y: f32,
    bits: u32,
}

/// A pair whose word is long or which has an escape. `window` holds it all: at most 19 bits of word, twice 13 of escape, two signs.
#[inline(always)]
fn rare_pair(
    tables: &Tables,
    code: &PairTable,
    escape_bits: u32,
    entry: PairEntry,
    window: u64,
) -> Pair {
    let mut entry = entry;
    if entry.is_link() {
        let (start, bits) = entry.second_level();
        let more = (window << FIRST_BITS) >> (64 - bits);
        entry = code
            .second
            .get(start + more as usize)
            .copied()
            .unwrap_or_default();
    }
    let [x, y] = entry.digits();
    let escape_bits = if entry.is_escape() { escape_bits } else { 0 };
    let mut bits = entry.word_bits();
    let x = rare_digit(tables, x, escape_bits, window, &mut bits);
    let y = rare_digit(tables, y, escape_bits, window, &mut bits);
    Pair { x, y, bits }
}

/// The line of a digit, whose escape and sign, if any, start at bit `at` of the window.
#[inline(always)]
fn rare_digit(tables: &Tables, digit: u32, escape_bits: u32, window: u64, at: &mut u32) -> f32 {
    let mut magnitude = digit;
    if digit == 15 && escape_bits > 0 {
        magnitude += ((window << *at) >> (64 - escape_bits)) as u32;
        *at += escape_bits;
    }
    let sign = ((window << *at) >> 32) as u32 & 0x8000_0000;
    *at += u32::from(digit > 0);
    f32::from_bits(tables.power(magnitude).to_bits() | sign)
}
