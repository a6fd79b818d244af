//! Copies with bit noise among fingerprints that change as those of music do.

use std::convert::Infallible;

use proptest::prelude::*;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::*;

/// Songs with ids from 100 on.
#[derive(Default)]
struct InMemory(Vec<(f64, Fingerprint)>);

impl InMemory {
    fn of(songs: impl IntoIterator<Item = Vec<u32>>) -> Self {
        let song = |items: Vec<u32>| {
            (
                items.len() as f64 * ITEM_SECONDS,
                Fingerprint::from_items(items),
            )
        };
        Self(songs.into_iter().map(song).collect())
    }
}

impl Fingerprints for InMemory {
    type Error = Infallible;

    fn for_each(
        &self,
        each: &mut dyn FnMut(i64, f64, Fingerprint) -> Result<(), Infallible>,
    ) -> Result<(), Infallible> {
        (100..)
            .zip(&self.0)
            .try_for_each(|(id, (seconds, fingerprint))| each(id, *seconds, fingerprint.clone()))
    }

    fn fingerprint(&self, id: i64) -> Result<Option<Fingerprint>, Infallible> {
        let song = self.0.get((id - 100) as usize);
        Ok(song.map(|(_, fingerprint)| fingerprint.clone()))
    }
}

fn found(songs: impl IntoIterator<Item = Vec<u32>>) -> Duplicates {
    let Ok(found) = find(&InMemory::of(songs));
    found
}

/// Items that change a few bits from one to the next.
fn music(items: usize, seed: u64) -> Vec<u32> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut item: u32 = random.random();
    let mut next = || {
        item ^= random.random::<u32>() & random.random::<u32>() & random.random::<u32>();
        item
    };
    (0..items).map(|_| next()).collect()
}

/// The same with some bits flipped, as by another codec.
fn noisy(items: &[u32], share: f64, seed: u64) -> Vec<u32> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut flips = || {
        (0..32).fold(0, |bits, at| {
            bits | u32::from(random.random_bool(share)) << at
        })
    };
    items.iter().map(|item| item ^ flips()).collect()
}

fn joined(parts: &[&[u32]]) -> Vec<u32> {
    parts.concat()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// A stretch of a song, with other music in front, is found at its place.
    #[test]
    fn a_shifted_and_cut_copy_with_noise_is_found(
        seed in 0_u64..1000,
        from in 0_usize..400,
        len in 240_usize..500,
        silence in 0_usize..240,
    ) {
        let song = music(948, seed);
        let copy = joined(&[&vec![9; silence], &noisy(&song[from..from + len], 0.06, seed)]);
        let found = found([music(948, seed + 5000), song, copy, music(700, seed + 6000)]);
        prop_assert_eq!(&found.groups, &[vec![101, 102]]);
        let pair = found.pairs[0];
        let offset = (from as f64 - silence as f64) * ITEM_SECONDS;
        prop_assert!((pair.offset - offset).abs() < 0.01, "{:?}, expected {}", pair, offset);
        prop_assert!((pair.overlap / ITEM_SECONDS - len as f64).abs() < 40.0, "{:?}", pair);
        // Silence too short to be left out differs in half of the bits.
        prop_assert!((pair.equal_bits - 0.94).abs() < 0.03, "{:?}", pair);
    }

    #[test]
    fn other_songs_are_not_found(seed in 0_u64..1_000_000) {
        let found = found((0..20).map(|n| music(948 - 40 * n as usize, seed * 20 + n)));
        prop_assert_eq!(found, Duplicates::default());
    }
}

#[test]
fn silence_and_held_tones_are_no_recording() {
    let silent = vec![627_964_279; 948];
    let found = found([silent.clone(), silent.clone(), silent[..300].to_vec()]);
    assert_eq!(found, Duplicates::default());
    // Nor is what is silent in songs that begin differently.
    let songs =
        (0..6).map(|seed| joined(&[&music(60, seed), &silent[..500], &music(60, seed + 50)]));
    assert_eq!(
        super::find(&InMemory::of(songs)).map(|d| d.pairs),
        Ok(vec![])
    );
}

#[test]
fn short_and_empty_fingerprints_are_no_duplicates() {
    let jingle = music(39, 1);
    let found = found([vec![], vec![], vec![1], vec![1], jingle.clone(), jingle]);
    assert_eq!(found, Duplicates::default());
}

#[test]
fn a_jingle_in_two_songs_does_not_join_them() {
    let jingle = music(80, 1);
    let songs = [
        joined(&[&jingle, &music(860, 2)]),
        joined(&[&music(300, 3), &jingle, &music(500, 4)]),
        jingle.clone(),
        noisy(&jingle, 0.05, 5),
    ];
    let found = found(songs);
    assert_eq!(found.pairs.len(), 5, "{found:#?}");
    assert_eq!(found.groups.len(), 1);
    let group = &found.groups[0];
    assert!(
        group.len() == 3 && group.ends_with(&[102, 103]),
        "{group:?}"
    );
}

#[test]
fn excerpts_that_share_nothing_are_one_group_with_the_whole_song() {
    let song = music(948, 1);
    let found = found([song[..240].to_vec(), song[500..800].to_vec(), song.clone()]);
    assert_eq!(found.groups, [[102, 101, 100]]);
    assert_eq!(found.pairs.len(), 2);
}

#[test]
fn two_different_excerpts_are_no_pair() {
    let song = music(948, 1);
    let found = found([song[..400].to_vec(), song[450..].to_vec()]);
    assert_eq!(found, Duplicates::default());
}

#[test]
fn more_copies_than_the_index_keeps_of_a_value_are_one_group() {
    let song = music(300, 1);
    let found = found((0..200).map(|seed| noisy(&song, 0.02, seed)));
    assert_eq!(found.groups.len(), 1);
    assert_eq!(found.groups[0].len(), 200);
}

#[test]
fn a_song_that_vanished_since_is_left_out() {
    struct Vanishing(InMemory);
    impl Fingerprints for Vanishing {
        type Error = Infallible;
        fn for_each(
            &self,
            each: &mut dyn FnMut(i64, f64, Fingerprint) -> Result<(), Infallible>,
        ) -> Result<(), Infallible> {
            self.0.for_each(each)
        }
        fn fingerprint(&self, _: i64) -> Result<Option<Fingerprint>, Infallible> {
            Ok(None)
        }
    }
    let song = music(300, 1);
    let Ok(found) = find(&Vanishing(InMemory::of([song.clone(), song])));
    assert_eq!(found, Duplicates::default());
}
