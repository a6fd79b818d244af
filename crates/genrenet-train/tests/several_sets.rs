//! `[[data.add]]`: data sets with vocabularies of their own train one network.

mod toy;

use std::fmt::Write as _;
use std::path::Path;

use genrenet_data::{Dataset, OpenOptions, Split};
use genrenet_train::run::RunOptions;
use genrenet_train::{Quiet, Recipe, Stop, data, evaluate, train};

/// A table of two columns; a genre is a corner of the unit square, and the rows lie about it.
fn table(path: &Path, genres: &[(&str, f32, f32)]) {
    let mut text = String::from("id,genre,split,a,b\n");
    for (g, (genre, a, b)) in genres.iter().enumerate() {
        for row in 0..40 {
            let side = if row < 30 { "training" } else { "validation" };
            let off = |k: usize| (((row * k + g) % 11) as f32 - 5.0) / 25.0;
            writeln!(
                text,
                "{genre}{row},{genre},{side},{},{}",
                a + off(7),
                b + off(5)
            )
            .unwrap();
        }
    }
    std::fs::write(path, text).unwrap();
}

const RECIPE: &str = r#"
name = "both"

[[inputs]]
name = "values"
source = "values"
layout = "vector"
scaling = { kind = "standard" }

[[network.branches]]
input = "values"
layers = [{ kind = "dense", units = 16 }, { kind = "relu" }]

[network]
heads = [{ name = "genre", outputs = 0 }]

[train]
optimizer = { kind = "adamw", lr = 0.02 }
epochs = 25
batch = 16
seed = 1
"#;

#[test]
fn a_label_speaks_only_of_the_genres_of_its_own_set() {
    let place = tempfile::tempdir().unwrap();
    let (first, second) = (
        place.path().join("first.csv"),
        place.path().join("second.csv"),
    );
    table(&first, &[("low", 0.0, 0.0), ("high", 1.0, 1.0)]);
    // What is called "tall" here is "high" there; "wide" lies near to "low", and the first set has no name for it.
    table(&second, &[("tall", 1.0, 1.0), ("wide", 0.3, 0.0)]);
    let recipe = Recipe::parse(
        RECIPE,
        "both",
        &[format!(
            "data.add=[{{ path = {second:?}, rename = {{ tall = \"high\" }} }}]"
        )],
    )
    .unwrap();
    let open = |path: &Path| Dataset::open(path, &OpenOptions::default()).unwrap();
    let dataset = data::shape(&recipe, open(&first)).unwrap();
    assert_eq!(dataset.genres, ["high", "low", "wide"]);
    assert_eq!(dataset.rows.len(), 160);
    let run = train(
        &recipe,
        &dataset,
        &RunOptions::default(),
        &mut Quiet,
        &Stop::new(),
    )
    .unwrap();
    let bundle = &run.bundle;
    assert_eq!(bundle.genres, dataset.genres);
    // Each row among the genres that its set knows; of the others nobody has told the network anything.
    let rows = dataset.indices(Split::Validation);
    let said = evaluate::predict_rows(bundle, &dataset, &rows, true).unwrap();
    let right = said
        .rows
        .iter()
        .zip(said.probabilities.chunks(3))
        .filter(|(row, p)| {
            let known = (0..3).filter(|&g| dataset.mask(**row)[g]);
            known.max_by(|&a, &b| p[a].total_cmp(&p[b])) == dataset.rows[**row].genre
        });
    assert_eq!(right.count(), rows.len());
}

#[test]
fn a_set_can_know_genres_that_it_has_no_rows_of() {
    let place = tempfile::tempdir().unwrap();
    let (first, second) = (
        place.path().join("first.csv"),
        place.path().join("second.csv"),
    );
    table(&first, &[("low", 0.0, 0.0), ("high", 1.0, 1.0)]);
    table(&second, &[("high", 1.0, 1.0), ("wide", 1.0, 0.0)]);
    let shaped = |change: &str| {
        let add = format!("data.add=[{{ path = {second:?}{change} }}]");
        let recipe =
            Recipe::parse(RECIPE, "both", &[add, "data.label_mask=[\"wide\"]".into()]).unwrap();
        data::shape(
            &recipe,
            Dataset::open(&first, &OpenOptions::default()).unwrap(),
        )
    };
    let dataset = shaped("").unwrap();
    assert_eq!(dataset.genres, ["high", "low", "wide"]);
    assert_eq!(dataset.mask(0), [true, true, true]);
    assert_eq!(dataset.mask(159), [true, false, true]);
    let error = shaped(", label_mask = [\"loud\"]").unwrap_err().to_string();
    assert!(
        error.contains("data.add.0.label_mask") && error.contains("loud") && error.contains("wide"),
        "{error}"
    );
}

#[test]
fn a_set_that_is_not_there_is_named() {
    let place = tempfile::tempdir().unwrap();
    let first = place.path().join("first.csv");
    table(&first, &[("low", 0.0, 0.0), ("high", 1.0, 1.0)]);
    let recipe = Recipe::parse(
        RECIPE,
        "both",
        &["data.add=[{ path = \"nowhere.csv\" }]".into()],
    )
    .unwrap();
    let dataset = Dataset::open(&first, &OpenOptions::default()).unwrap();
    let error = data::shape(&recipe, dataset).unwrap_err().to_string();
    assert!(error.contains("nowhere.csv"), "{error}");
}

#[test]
fn hearing_fewer_frames_leaves_the_data_what_they_are() {
    let wanted = genrenet_audio::FrontEnd {
        log_mel: genrenet_audio::LogMelSpec {
            n_mels: toy::BANDS,
            ..Default::default()
        },
        windowing: genrenet_audio::Windowing {
            frames: toy::FRAMES / 2,
            ..Default::default()
        },
        mfcc_head: None,
    };
    let mut heard = toy::dataset();
    data::match_front_end(&mut heard, &wanted).unwrap();
    let shape = &heard.array("logmel").unwrap().shape;
    assert_eq!(*shape, [toy::BANDS, toy::FRAMES / 2]);
    assert_eq!(heard.fingerprint, toy::dataset().fingerprint);
}
