//! Pairs of songs that are the same recording, among many.

use std::collections::HashMap;

use super::alignment::{Alignment, Sounding, align};
use super::fingerprint::{Fingerprint, ITEM_SECONDS};
use super::groups::groups;
use super::sampled_items::SampledItems;

/// Sampled items that must agree at one offset before two fingerprints are compared.
const LEAST_VOTES: u32 = 2;

/// Least seconds in which two songs agree: more than one block of an alignment.
const LEAST_SECONDS: f64 = 5.0;

/// Least share of the shorter fingerprint in which they agree. Copies reach 0.95 of what they share.
const LEAST_SHARE: f64 = 0.4;

/// Least share of equal bits. Copies reach 0.90, those of each kind at their worst; two versions of a song 0.84, two white noises 0.82.
const LEAST_EQUAL_BITS: f64 = 0.86;

/// Where fingerprints are, such as a database.
pub trait Fingerprints {
    /// Why they can't be read.
    type Error;

    /// Calls `each` with every song's id, which no other song has, its length in seconds and its fingerprint; stops at an error of `each`.
    /// It is called twice, and must give the same songs again.
    ///
    /// # Errors
    /// If they can't be read, and what `each` returned.
    fn for_each(
        &self,
        each: &mut dyn FnMut(i64, f64, Fingerprint) -> Result<(), Self::Error>,
    ) -> Result<(), Self::Error>;

    /// The fingerprint of one song; `None` if it is gone. It is called while [`for_each`](Self::for_each) runs.
    ///
    /// # Errors
    /// If it can't be read.
    fn fingerprint(&self, id: i64) -> Result<Option<Fingerprint>, Self::Error>;
}

/// Two songs that are the same recording.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pair {
    /// The id of one.
    pub first: i64,
    /// The id of the other.
    pub second: i64,
    /// Seconds by which the second begins later in the recording than the first: what is at `t` in the second is at `t + offset` in the
    /// first. Exact to about 0.1 s.
    pub offset: f64,
    /// Seconds of the two fingerprints, of 120 s each at most, in which they agree.
    pub overlap: f64,
    /// Share of the bits that are equal there, in 0..=1; of different recordings about half.
    pub equal_bits: f64,
    /// Whether the overlap is more than half of either fingerprint, not only of the shorter one.
    pub is_mutual: bool,
}

/// What [`find`] found.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Duplicates {
    /// Every pair, by ids.
    pub pairs: Vec<Pair>,
    /// Songs that are the same recording, two and more, the longest first. A song is in one group at most.
    pub groups: Vec<Vec<i64>>,
}

/// Finds songs that are the same recording: re-encoded, resampled, mono, louder or quieter, shifted or cut.
///
/// Two songs are a pair if their fingerprints, laid over one another at one offset, agree in at least 0.86 of the bits over at least 5 s
/// and 0.4 of the shorter one. Silence and held tones count for nothing. Not found: a copy that shares less than that with the first two
/// minutes of the other, or that is faster, slower or transposed; songs under 8 s; other recordings of the same piece. Where a song
/// repeats a stretch exactly, as loops do, two excerpts of it are a pair though they were cut from different places.
///
/// Songs are not compared with all others, nor with those of equal length, since cut copies have another. One item in three, chosen by
/// its value, is looked up in an inverted index, as in AcoustID's server and in Wang's *An industrial-strength audio search algorithm*
/// (ISMIR 2003); two songs are compared where two such items agree at about the same offset. Memory grows by 2.6 KB for a song of two
/// minutes, time about as the number of songs; fingerprints are read from `songs` and not kept.
///
/// Figures over copies of real songs are in `docs/BENCHMARKS.md`.
///
/// # Errors
/// Those of `songs`.
pub fn find<F: Fingerprints>(songs: &F) -> Result<Duplicates, F::Error> {
    let mut index = SampledItems::default();
    let mut seconds: Vec<(i64, f64)> = Vec::new();
    songs.for_each(&mut |id, length, fingerprint| {
        if index.add(&fingerprint) {
            seconds.push((id, length));
        }
        Ok(())
    })?;
    index.sort();
    let numbers: HashMap<i64, u32> = (0..).zip(&seconds).map(|(n, &(id, _))| (id, n)).collect();
    let mut pairs = Vec::new();
    songs.for_each(&mut |id, _, fingerprint| {
        let Some(&number) = numbers.get(&id) else {
            return Ok(());
        };
        let second = Sounding::of(&fingerprint);
        for candidate in index.candidates(&fingerprint, number, LEAST_VOTES) {
            let first = seconds[candidate.song as usize].0;
            let Some(other) = songs.fingerprint(first)? else {
                continue;
            };
            let alignment = align(&Sounding::of(&other), &second, candidate.offset);
            if is_same(&alignment) {
                pairs.push(Pair::of(first, id, &alignment));
            }
        }
        Ok(())
    })?;
    pairs.sort_unstable_by_key(|pair| (pair.first, pair.second));
    let groups = groups(&pairs, &seconds);
    Ok(Duplicates { pairs, groups })
}

impl Pair {
    fn of(first: i64, second: i64, alignment: &Alignment) -> Self {
        Self {
            first,
            second,
            offset: f64::from(alignment.offset) * ITEM_SECONDS,
            overlap: alignment.items as f64 * ITEM_SECONDS,
            equal_bits: alignment.equal_bits,
            is_mutual: alignment.of_longer > 0.5,
        }
    }
}

/// Whether an alignment is that of one recording.
fn is_same(alignment: &Alignment) -> bool {
    alignment.items as f64 * ITEM_SECONDS >= LEAST_SECONDS
        && alignment.of_shorter >= LEAST_SHARE
        && alignment.equal_bits >= LEAST_EQUAL_BITS
}

#[cfg(test)]
mod tests;
