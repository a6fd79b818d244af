//! Rows of several genres: a network with a sigmoid for each learns, and its answers respect the tree.

use genrenet_data::{Dataset, Labels, Split};
use genrenet_model::Bundle;
use genrenet_train::run::RunOptions;
use genrenet_train::{OnLearned, Quiet, Recipe, Stop, TrainError, evaluate, train};

use crate::toy;

/// "high" and "middle" are kinds of "loud"; every fourth row is "live" too.
fn dataset() -> Dataset {
    let mut data = toy::dataset();
    data.genres = ["high", "live", "loud", "low", "middle"]
        .map(String::from)
        .to_vec();
    data.sources[0].label_mask = vec![true; 5];
    data.selection.labels = Labels::All;
    for genre in ["high", "middle"] {
        data.parents.insert(genre.into(), "loud".into());
    }
    for (number, row) in data.rows.iter_mut().enumerate() {
        let own: &[u32] = [&[0, 2][..], &[3], &[2, 4]][number % 3];
        row.labels = own.to_vec();
        if number % 4 == 0 {
            row.labels.push(1);
            row.labels.sort_unstable();
        }
        row.genre = Some([0, 3, 4][number % 3]);
    }
    data
}

const SEVERAL: [&str; 4] = [
    "data.labels=all",
    "train.output=independent",
    "train.loss=binary_cross_entropy",
    "train.monitor=mean_average_precision",
];

fn recipe(more: &[&str]) -> Recipe {
    toy::recipe(&[&SEVERAL[..], more].concat())
}

#[test]
fn each_genre_has_a_probability_and_a_broader_one_at_least_that_of_its_narrower_ones() {
    let place = tempfile::tempdir().unwrap();
    let data = dataset();
    let options = RunOptions {
        folder: Some(place.path().join("run")),
        ..RunOptions::default()
    };
    let run = train(
        &recipe(&["train.epochs=8"]),
        &data,
        &options,
        &mut Quiet,
        &Stop::new(),
    )
    .unwrap();
    let history: Vec<f64> = (run.history.iter())
        .map(|epoch| epoch.validation_mean_average_precision.unwrap())
        .collect();
    assert!(
        run.history
            .iter()
            .all(|epoch| epoch.validation_macro_f1.is_none())
    );
    let best = history.iter().copied().fold(0.0, f64::max);
    assert_eq!(history[run.kept_epoch - 1], best, "{history:?}");
    let bundle = Bundle::load(&place.path().join("run/bundle")).unwrap();
    assert_eq!(bundle.parents, data.parents);
    assert!(bundle.independent() && bundle.calibration.was_fitted());
    let figures = evaluate(&bundle, &data, Some(Split::Validation), OnLearned::Refuse).unwrap();
    assert_eq!(Some(figures.clone()), run.validation);
    let several = figures.several.unwrap();
    // Nothing in the features tells "live" rows.
    let told: Vec<f64> = [0, 2, 3, 4]
        .map(|genre| several.average_precision[genre].unwrap())
        .to_vec();
    assert!(told.iter().all(|&precision| precision > 0.9), "{told:?}");
    assert!(several.average_precision[1].unwrap() < 0.7);
    let [low, high] = several.mean_average_precision_interval;
    assert!(low <= several.mean_average_precision && several.mean_average_precision <= high);
    assert!(several.chance < several.mean_average_precision);
    assert!(
        (several.genres_per_row - 1.9).abs() < 0.2,
        "{}",
        several.genres_per_row
    );
    assert!(figures.confusion.is_empty() && figures.per_genre.len() == 5);
    let predicted = genrenet_train::predict::predict_rows(
        &bundle,
        &data,
        &data.indices(Split::Validation),
        true,
    )
    .unwrap();
    for row in predicted.probabilities.chunks(5) {
        assert!(row[2] >= row[0].max(row[4]), "{row:?}");
        assert!(row.iter().all(|p| (0.0..=1.0).contains(p)));
    }
}

#[test]
fn what_does_not_fit_several_genres_is_refused_with_its_key() {
    let refused = |changes: &[&str]| {
        let changes: Vec<String> = changes.iter().map(|c| c.to_string()).collect();
        Recipe::parse(toy::RECIPE, "toy", &changes)
            .unwrap_err()
            .to_string()
    };
    let with = |more: &str| refused(&[&SEVERAL[..], &[more]].concat());
    for (change, key) in [
        ("train.loss=cross_entropy", "train.loss"),
        ("train.label_smoothing=0.1", "train.label_smoothing"),
        ("train.class_weights=balanced", "train.class_weights"),
        ("train.monitor=macro_f1", "train.monitor"),
        ("train.output=softmax", "train.output"),
    ] {
        let message = with(change);
        assert!(
            message.contains(key) && message.contains("data.labels"),
            "{change}: {message}"
        );
    }
    let single = refused(&[
        "train.output=independent",
        "train.loss=binary_cross_entropy",
    ]);
    assert!(single.contains("each row has one genre"), "{single}");
    let monitor = refused(&["train.monitor=mean_average_precision"]);
    assert!(monitor.contains("each row has one genre"), "{monitor}");
}

#[test]
fn a_genre_without_a_training_row_is_named() {
    let mut data = dataset();
    data.genres.push("none".into());
    data.sources[0].label_mask.push(true);
    let error = train(
        &recipe(&[]),
        &data,
        &RunOptions::default(),
        &mut Quiet,
        &Stop::new(),
    );
    let error: TrainError = error.err().unwrap();
    assert!(
        error.to_string().contains("no training row of none"),
        "{error}"
    );
    // Shaping the data set for the recipe leaves it out.
    let shaped = genrenet_train::data::shape(&recipe(&[]), data).unwrap();
    assert_eq!(shaped.genres.len(), 5);
    assert!(
        shaped
            .notes
            .iter()
            .any(|note| note.contains("1 of 6 genres")),
        "{:?}",
        shaped.notes
    );
}
