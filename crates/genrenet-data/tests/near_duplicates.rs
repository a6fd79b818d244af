//! Near duplicates among log-mels: those that are known in FMA-small, and planted ones.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use genrenet_data::audit::{NearPair, near_duplicates};
use genrenet_data::{Array, Dataset, OpenOptions};

const BANDS: usize = 128;
const FRAMES: usize = 128;

fn found(array: &Array) -> Vec<NearPair> {
    near_duplicates(array, &BTreeSet::new(), &AtomicBool::new(false)).unwrap()
}

/// Numbers in 0–1 that look random and are always the same.
fn noise(seed: usize, at: usize) -> f32 {
    let mixed = (seed as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15)
        ^ (at as u64 + 1).wrapping_mul(0xd6e8_feb8_6659_fd93);
    let mixed = (mixed ^ mixed >> 32).wrapping_mul(0xd6e8_feb8_6659_fd93);
    (mixed >> 40) as f32 / (1u64 << 24) as f32
}

/// A song: chords that change every few columns, its own balance of bands; `shift` in columns.
fn song(seed: usize, shift: f32, level: f32) -> Vec<f32> {
    let mut out = Vec::with_capacity(BANDS * FRAMES);
    for band in 0..BANDS {
        for frame in 0..FRAMES {
            let time = (frame as f32 + shift + 500.0) / 5.0;
            let (chord, part) = (time.floor() as usize, time.fract());
            let at = |chord: usize| noise(seed, chord * BANDS + band / 3);
            let tone = at(chord) * (1.0 - part) + at(chord + 1) * part;
            let balance = noise(seed + 1000, band / 8);
            out.push(-70.0 + level + 25.0 * tone + 20.0 * balance);
        }
    }
    out
}

#[test]
fn shifted_louder_and_rounded_copies_are_found_and_nothing_else() {
    let mut data = Vec::new();
    (0..300).for_each(|seed| data.extend(song(seed, 0.0, 0.0)));
    data.extend(song(7, 3.5, 0.0));
    data.extend(song(8, 0.0, 12.0));
    data.extend(song(9, -8.3, -6.0));
    data.extend(
        song(10, 0.0, 0.0)
            .into_iter()
            .map(|x| (x / 2.5).round() * 2.5),
    );
    let rows = data.len() / (BANDS * FRAMES);
    let array = Array::from_windows("logmel", &[BANDS, FRAMES], &vec![1; rows], data).unwrap();
    let mut pairs = found(&array);
    pairs.sort_by_key(|pair| pair.rows);
    let rows: Vec<[usize; 2]> = pairs.iter().map(|pair| pair.rows).collect();
    assert_eq!(rows, [[7, 300], [8, 301], [9, 302], [10, 303]], "{pairs:?}");
    let columns = |pair: &NearPair| pair.shift * FRAMES as f32;
    assert!((columns(&pairs[0]) - 3.5).abs() <= 0.5, "{pairs:?}");
    assert_eq!(columns(&pairs[1]), 0.0);
    assert!((columns(&pairs[2]) + 8.3).abs() <= 0.5, "{pairs:?}");
    assert!(pairs[1].similarity > 0.999 && pairs[3].similarity > 0.95);
    // With few rows all pairs are compared.
    let few = Array::from_windows(
        "logmel",
        &[BANDS, FRAMES],
        &[1, 1, 0, 1],
        [song(1, 0.0, 0.0), song(2, 0.0, 0.0), song(1, 9.0, 3.0)].concat(),
    )
    .unwrap();
    let pairs = found(&few);
    assert_eq!(
        pairs.iter().map(|pair| pair.rows).collect::<Vec<_>>(),
        [[0, 3]]
    );
    let silent = BTreeSet::from([3]);
    assert!(
        near_duplicates(&few, &silent, &AtomicBool::new(false))
            .unwrap()
            .is_empty()
    );
    assert!(near_duplicates(&few, &silent, &AtomicBool::new(true)).is_err());
}

#[test]
fn the_listed_pairs_of_fma_small_are_found() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/fma-small");
    if !folder.is_dir() {
        println!("skipped: {} is absent", folder.display());
        return;
    }
    let listed = [
        ["45102", "51785"],
        ["57371", "72149"],
        ["74348", "86761"],
        ["114212", "115294"],
        ["114222", "115292"],
        ["114223", "115290"],
        ["114235", "125821"],
        ["114236", "125820"],
        ["120470", "133016"],
        ["130170", "130650"],
        ["144933", "145702"],
        ["144938", "145707"],
    ];
    let options = OpenOptions {
        arrays: Some(vec!["logmel".into()]),
        ..OpenOptions::default()
    };
    let fma = Dataset::open(&folder, &options).unwrap();
    let pairs = found(fma.array("logmel").unwrap());
    println!("{} pairs", pairs.len());
    let id = |row: usize| fma.rows[row].id.as_str();
    let ids: Vec<[&str; 2]> = pairs.iter().map(|pair| pair.rows.map(id)).collect();
    // Rows of the test subset are not in every copy of the data.
    let here = |pair: &&[&str; 2]| {
        pair.iter()
            .all(|id| fma.rows.iter().any(|row| row.id == *id))
    };
    let missing: Vec<_> = listed
        .iter()
        .filter(here)
        .filter(|pair| !ids.contains(pair))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
    // Most of the others are recordings that were uploaded twice; all pairs of rows are 25 900 000.
    assert!(pairs.len() < 120, "{}", pairs.len());
}
