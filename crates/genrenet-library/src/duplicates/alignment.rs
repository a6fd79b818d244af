//! Two fingerprints laid over one another, and how many of their bits agree.

use super::fingerprint::Fingerprint;

/// Items of which it is decided together whether they agree: 4 s.
const BLOCK: usize = 32;

/// Offsets that are tried on both sides of the proposed one.
const SEARCH: i32 = 2;

/// A run of equal items of this length and longer is silence, or a tone that is held: it agrees by chance.
const RUN: usize = 6;

/// Most bits that differ in a block of the same recording.
const BLOCK_ERROR: f64 = 0.35;

/// Where and how well two fingerprints agree.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Alignment {
    /// Item `i` of the second agrees with item `i + offset` of the first.
    pub offset: i32,
    /// Items of the blocks that agree, without silence.
    pub items: usize,
    /// The share of their bits that are equal.
    pub equal_bits: f64,
    /// `items` over the items, without silence, of the fingerprint that has fewer.
    pub of_shorter: f64,
    /// `items` over the items, without silence, of the one that has more.
    pub of_longer: f64,
}

/// The best alignment within two items of a proposed offset.
pub(super) fn align(first: &Sounding, second: &Sounding, offset: i32) -> Alignment {
    let aligned = |offset| align_at(first, second, offset);
    let candidates = (offset - SEARCH..=offset + SEARCH).map(aligned);
    let none = Alignment {
        offset,
        items: 0,
        equal_bits: 0.0,
        of_shorter: 0.0,
        of_longer: 0.0,
    };
    let equal = |alignment: &Alignment| alignment.items as f64 * (alignment.equal_bits - 0.5);
    candidates.fold(none, |best, next| {
        if equal(&next) > equal(&best) {
            next
        } else {
            best
        }
    })
}

/// A fingerprint, and which of its items are no silence.
pub(super) struct Sounding {
    items: Vec<(u32, bool)>,
    sounding: usize,
}

impl Sounding {
    pub fn of(fingerprint: &Fingerprint) -> Self {
        let runs = fingerprint.items().chunk_by(|a, b| a == b);
        let items: Vec<(u32, bool)> = runs
            .flat_map(|run| run.iter().map(|&item| (item, run.len() < RUN)))
            .collect();
        let sounding = items.iter().filter(|(_, sounds)| *sounds).count();
        Self { items, sounding }
    }
}

fn align_at(first: &Sounding, second: &Sounding, offset: i32) -> Alignment {
    let skip = |offset: i32| usize::try_from(offset).unwrap_or(0);
    let a = first.items.get(skip(offset)..).unwrap_or_default();
    let b = second.items.get(skip(-offset)..).unwrap_or_default();
    let (mut items, mut differing) = (0, 0);
    for (a, b) in std::iter::zip(a.chunks(BLOCK), b.chunks(BLOCK)) {
        let (mut count, mut errors) = (0, 0);
        for ((a, _), (b, _)) in std::iter::zip(a, b).filter(|((_, a), (_, b))| *a && *b) {
            count += 1;
            errors += (a ^ b).count_ones();
        }
        if f64::from(errors) <= BLOCK_ERROR * 32.0 * count as f64 {
            items += count;
            differing += errors;
        }
    }
    let (fewer, more) = (
        first.sounding.min(second.sounding),
        first.sounding.max(second.sounding),
    );
    let share = |of: usize| items as f64 / of.max(1) as f64;
    Alignment {
        offset,
        items,
        equal_bits: if items == 0 {
            0.0
        } else {
            1.0 - f64::from(differing) / (32 * items) as f64
        },
        of_shorter: share(fewer),
        of_longer: share(more),
    }
}
