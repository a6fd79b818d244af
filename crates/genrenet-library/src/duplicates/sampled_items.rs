//! An inverted index of some items of many fingerprints, which proposes pairs and how far one lies behind the other.

use super::fingerprint::Fingerprint;

/// One item in so many is indexed, chosen by its value, so that both copies of a song have the same ones.
const SAMPLING: u32 = 3;

/// A value in more places than these is indexed in the first of them only: silence, and what all music has.
const PLACES: usize = 64;

/// Bits of a place: 22 for the number of a song, 10 for the item in it.
const SONG_BITS: u32 = 22;
const ITEM_BITS: u32 = 10;

/// Most songs of an index.
const MOST_SONGS: usize = 1 << SONG_BITS;

/// A song of the index whose items agree with those of another song at one offset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Candidate {
    /// The song's number: how many were added before it.
    pub song: u32,
    /// Item `i` of the other song agrees with item `i + offset` of this one.
    pub offset: i32,
    /// Agreeing items, within one of the offset.
    pub votes: u32,
}

/// Sampled items of songs: value, song and place in 64 bits, in this order.
#[derive(Debug, Default)]
pub(super) struct SampledItems {
    sorted: Vec<u64>,
    songs: usize,
}

impl SampledItems {
    /// Adds the next song; `false`, and it is left out, where the index is full.
    pub fn add(&mut self, fingerprint: &Fingerprint) -> bool {
        if self.songs == MOST_SONGS {
            return false;
        }
        let song = (self.songs as u64) << ITEM_BITS;
        let places =
            sampled(fingerprint).map(|(at, value)| u64::from(value) << 32 | song | at as u64);
        self.sorted.extend(places);
        self.songs += 1;
        true
    }

    /// Ends the adding of songs.
    pub fn sort(&mut self) {
        self.sorted.sort_unstable();
        let (mut value, mut places) = (None, 0);
        self.sorted.retain(|&entry| {
            let this = Some(entry >> 32);
            places = if this == value { places + 1 } else { 1 };
            value = this;
            places <= PLACES
        });
    }

    /// The songs before number `before` that agree with `fingerprint` in `least` items and more, at the offset where most do.
    pub fn candidates(&self, fingerprint: &Fingerprint, before: u32, least: u32) -> Vec<Candidate> {
        let mut hits: Vec<(u32, i32)> = Vec::new();
        for (at, value) in sampled(fingerprint) {
            let value = u64::from(value);
            let start = self.sorted.partition_point(|&entry| entry >> 32 < value);
            let same = self.sorted[start..]
                .iter()
                .take_while(|&&entry| entry >> 32 == value);
            for &entry in same {
                let song = (entry as u32) >> ITEM_BITS;
                let item = (entry as u32) & ((1 << ITEM_BITS) - 1);
                if song < before {
                    hits.push((song, item as i32 - at as i32));
                }
            }
        }
        hits.sort_unstable();
        hits.chunk_by(|one, next| one.0 == next.0)
            .filter_map(best_offset)
            .filter(|candidate| candidate.votes >= least)
            .collect()
    }
}

/// The offset at which most of a song's hits agree, of hits sorted by offset.
fn best_offset(hits: &[(u32, i32)]) -> Option<Candidate> {
    let mut best: Option<Candidate> = None;
    let mut end = 0;
    for (start, &(song, first)) in hits.iter().enumerate() {
        while hits.get(end).is_some_and(|hit| hit.1 <= first + 2) {
            end += 1;
        }
        let votes = (end - start) as u32;
        if best.is_none_or(|best| votes > best.votes) {
            let offset = hits[(start + end) / 2].1;
            best = Some(Candidate {
                song,
                offset,
                votes,
            });
        }
    }
    best
}

/// The items that are indexed, with their places: of a run of equal ones, only the first.
fn sampled(fingerprint: &Fingerprint) -> impl Iterator<Item = (usize, u32)> {
    let items = fingerprint.items();
    let items = &items[..items.len().min(1 << ITEM_BITS)];
    items
        .iter()
        .enumerate()
        .filter(|&(at, &value)| at == 0 || items[at - 1] != value)
        .filter(|&(_, &value)| spread(value).is_multiple_of(SAMPLING))
        .map(|(at, &value)| (at, value))
}

/// A hash, since values themselves have favourite bits.
fn spread(value: u32) -> u32 {
    let mixed = (value ^ value >> 16).wrapping_mul(0x85eb_ca6b);
    (mixed ^ mixed >> 13).wrapping_mul(0xc2b2_ae35) >> 16
}
