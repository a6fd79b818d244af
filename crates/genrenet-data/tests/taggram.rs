//! `musicnn_taggram.npz` beside a table of tracks: probabilities of tags in windows become the mean of their logits.

use std::fs;

use tempfile::TempDir;

use crate::archive::{Npy, f32s, i32s, npz};
use crate::refusal::{open, refused};

const TRACKS: &str = "track_id,genre,split\n7,Rock,training\n8,Folk,training\n9,Rock,validation\n";

/// Text of three characters, as NumPy stores it.
fn words(words: &[&str]) -> Vec<u8> {
    let padded = words.iter().map(|word| format!("{word:\0<3}"));
    let letters: Vec<char> = padded.flat_map(|w| w.chars().collect::<Vec<_>>()).collect();
    letters
        .into_iter()
        .flat_map(|c| u32::from(c).to_le_bytes())
        .collect()
}

/// Three windows of two tags: one of clip 8, then two of clip 7; clip 9 has none.
fn taggram(dir: &TempDir, first: &[i32], rows: &[i32], tags: &[&str], probability: &[f32]) {
    let windows = probability.len() / 2;
    npz(
        &dir.path().join("musicnn_taggram.npz"),
        &[
            Npy("track_id", "<i4", &[2], i32s(&[8, 7])),
            Npy("first_row", "<i4", &[first.len()], i32s(first)),
            Npy("rows", "<i4", &[rows.len()], i32s(rows)),
            Npy("tag", "<U3", &[tags.len()], words(tags)),
            Npy("probability", "<f4", &[windows, 2], f32s(probability)),
        ],
    );
}

fn folder() -> TempDir {
    let dir = tempfile::tempdir().expect("a folder");
    fs::write(dir.path().join("tracks.csv"), TRACKS).expect("a table");
    dir
}

const PROBABILITIES: [f32; 6] = [0.5, 0.25, 0.75, 0.5, 0.5, 1.0];

#[test]
fn a_clip_has_the_mean_logits_of_its_windows() {
    let dir = folder();
    taggram(&dir, &[0, 1], &[1, 2], &["pop", "sad"], &PROBABILITIES);
    let data = open(dir.path()).expect("a data set");
    // A folder of tags alone keeps the clips that have some.
    let ids: Vec<&str> = data.rows.iter().map(|row| row.id.as_str()).collect();
    assert_eq!(ids, ["7", "8"]);
    let array = data.array("embedding").expect("the tags");
    assert_eq!(
        (&array.shape[..], &array.columns[..]),
        (&[2][..], &["pop".to_owned(), "sad".to_owned()][..])
    );
    let read = |row: usize| {
        let mut values = [0.0; 2];
        array.read(row, &mut values).unwrap();
        values
    };
    let three = 3.0f32.ln();
    // 1 counts as 1 − 2⁻¹², whose logit is ln 4095.
    let expected = [[three / 2.0, 4095.0f32.ln() / 2.0], [0.0, -three]];
    for (row, expected) in expected.into_iter().enumerate() {
        for (value, expected) in read(row).into_iter().zip(expected) {
            assert!(
                (value - expected).abs() < 1e-6,
                "{row}: {value}, {expected}"
            );
        }
    }
}

#[test]
fn a_data_set_stays_the_same_when_it_gains_tags() {
    let dir = folder();
    let levels: Vec<u8> = (0..18).collect();
    npz(
        &dir.path().join("logmel.npz"),
        &[
            Npy("track_id", "<i4", &[3], i32s(&[7, 8, 9])),
            Npy("logmel", "|u1", &[3, 2, 3], levels),
        ],
    );
    let before = open(dir.path()).expect("a data set");
    taggram(&dir, &[0, 1], &[1, 2], &["pop", "sad"], &PROBABILITIES);
    let after = open(dir.path()).expect("a data set");
    assert_eq!(before.fingerprint, after.fingerprint);
    let array = after.array("embedding").expect("the tags");
    assert_eq!([0, 1, 2].map(|row| array.has(row)), [true, true, false]);
    assert!(
        after
            .notes
            .contains(&"1 ids of tracks.csv have no `embedding`: 9".to_owned()),
        "{:?}",
        after.notes
    );
}

#[test]
fn a_faulty_taggram_is_refused() {
    let dir = folder();
    let tags = ["pop", "sad"];
    for (first, rows, tags, probability, said) in [
        (
            &[0, 1][..],
            &[1, 3][..],
            &tags[..],
            &PROBABILITIES,
            "array `rows`: expected one window at least, within the 3 of `probability`, found 3 from 1 on, of 7",
        ),
        (
            &[0, 1],
            &[0, 3],
            &tags,
            &PROBABILITIES,
            "found 3 from 1 on, of 7",
        ),
        (
            &[0, -1],
            &[1, 2],
            &tags,
            &PROBABILITIES,
            "array `first_row`: expected whole numbers, 0 or more",
        ),
        (
            &[0],
            &[1, 2],
            &tags,
            &PROBABILITIES,
            "array `first_row`: expected 2 numbers, as `track_id` has, found 1",
        ),
        (
            &[0, 1],
            &[1, 2],
            &tags[..1],
            &PROBABILITIES,
            "array `probability`: expected a column for each of the 1 of `tag`, found 2 columns",
        ),
        (
            &[0, 1],
            &[1, 2],
            &tags,
            &[0.5, 0.5, 1.5, 0.5, 0.5, 0.5],
            "array `probability`: expected numbers from 0 to 1, found 1.5",
        ),
        (
            &[0, 1],
            &[1, 2],
            &tags,
            &[0.5, 0.5, f32::NAN, 0.5, 0.5, 0.5],
            "array `probability`: expected numbers from 0 to 1, found NaN",
        ),
    ] {
        taggram(&dir, first, rows, tags, probability);
        refused(dir.path(), said);
    }
}
