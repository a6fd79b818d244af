//! `[[data.add]]`: data sets with different genres train one network.

use std::fmt::Write as _;
use std::path::Path;

use genrenet_data::Split;
use genrenet_train::{Recipe, RunOptions, data, predict};

use crate::tables::{self, shaped, trained};
use crate::toy;

/// A table of two columns; a genre is a corner of the unit square, and the rows lie about it.
fn table(path: &Path, genres: &[(&str, f32, f32)]) {
    let mut text = String::from("id,genre,split,a,b\n");
    for (g, (genre, a, b)) in genres.iter().enumerate() {
        for row in 0..40 {
            let subset = if row < 30 { "training" } else { "validation" };
            // No row is a copy of another.
            let own = row as f32 / 1000.0;
            let off = |k: usize| (((row * k + g) % 11) as f32 - 5.0) / 25.0 + own;
            writeln!(
                text,
                "{genre}{row},{genre},{subset},{},{}",
                a + off(7),
                b + off(5)
            )
            .unwrap();
        }
    }
    std::fs::write(path, text).unwrap();
}

/// A recipe of a larger network than the tables' own.
fn recipe(path: &Path, changes: &[&str]) -> Recipe {
    let larger = [
        "network.branches.0.layers=[{ kind = \"dense\", units = 16 }, { kind = \"relu\" }]",
        "train.epochs=25",
        "train.batch=16",
    ];
    let all: Vec<String> = larger
        .iter()
        .chain(changes)
        .map(|c| (*c).to_owned())
        .collect();
    tables::recipe(path, &all)
}

#[test]
fn a_label_counts_only_for_the_genres_of_its_own_set() {
    let place = tempfile::tempdir().unwrap();
    let (first, second) = (
        place.path().join("first.csv"),
        place.path().join("second.csv"),
    );
    table(&first, &[("low", 0.0, 0.0), ("high", 1.0, 1.0)]);
    // "tall" of the second set is "high" of the first; "wide" lies near "low", and the first set has no such genre.
    table(&second, &[("tall", 1.0, 1.0), ("wide", 0.3, 0.0)]);
    let add = format!("data.add=[{{ path = {second:?}, rename = {{ tall = \"high\" }} }}]");
    let recipe = recipe(&first, &[&add]);
    let dataset = shaped(&recipe).unwrap();
    assert_eq!(dataset.genres, ["high", "low", "wide"]);
    assert_eq!(dataset.rows.len(), 160);
    let run = trained(&recipe, &dataset, &RunOptions::default()).unwrap();
    let bundle = &run.bundle;
    assert_eq!(bundle.genres, dataset.genres);
    // Each row is compared among the genres of its own set only: its label says nothing about the others.
    let rows = dataset.indices(Split::Validation);
    let predicted = predict::predict_rows(bundle, &dataset, &rows, true).unwrap();
    let right = predicted
        .rows
        .iter()
        .zip(predicted.probabilities.chunks(3))
        .filter(|(row, p)| {
            let known = (0..3).filter(|&g| dataset.mask(**row)[g]);
            known.max_by(|&a, &b| p[a].total_cmp(&p[b])) == dataset.rows[**row].genre
        });
    assert_eq!(right.count(), rows.len());
}

#[test]
fn a_label_mask_can_name_genres_without_rows_in_the_set() {
    let place = tempfile::tempdir().unwrap();
    let (first, second) = (
        place.path().join("first.csv"),
        place.path().join("second.csv"),
    );
    table(&first, &[("low", 0.0, 0.0), ("high", 1.0, 1.0)]);
    table(&second, &[("high", 1.0, 1.0), ("wide", 1.0, 0.0)]);
    let with = |change: &str| {
        let add = format!("data.add=[{{ path = {second:?}{change} }}]");
        shaped(&recipe(&first, &[&add, "data.label_mask=[\"wide\"]"]))
    };
    let dataset = with("").unwrap();
    assert_eq!(dataset.genres, ["high", "low", "wide"]);
    assert_eq!(dataset.mask(0), [true, true, true]);
    assert_eq!(dataset.mask(159), [true, false, true]);
    let error = with(", label_mask = [\"loud\"]").unwrap_err().to_string();
    assert!(
        error.contains("data.add.0.label_mask") && error.contains("loud") && error.contains("wide"),
        "{error}"
    );
}

#[test]
fn a_missing_set_is_named_in_the_error() {
    let place = tempfile::tempdir().unwrap();
    let first = place.path().join("first.csv");
    table(&first, &[("low", 0.0, 0.0), ("high", 1.0, 1.0)]);
    let recipe = recipe(&first, &["data.add=[{ path = \"nowhere.csv\" }]"]);
    let error = shaped(&recipe).unwrap_err().to_string();
    assert!(error.contains("nowhere.csv"), "{error}");
}

#[test]
fn matching_a_front_end_does_not_change_the_fingerprint() {
    let front_end = genrenet_audio::FrontEnd {
        log_mel: Some(genrenet_audio::LogMelSpec {
            n_mels: toy::BANDS,
            ..Default::default()
        }),
        windowing: genrenet_audio::Windowing {
            frames: toy::FRAMES / 2,
            ..Default::default()
        },
        segments: None,
        mfcc_head: None,
    };
    let mut matched = toy::dataset();
    data::match_front_end(&mut matched, &front_end).unwrap();
    let shape = &matched.array("logmel").unwrap().shape;
    assert_eq!(*shape, [toy::BANDS, toy::FRAMES / 2]);
    assert_eq!(matched.fingerprint, toy::dataset().fingerprint);
}
