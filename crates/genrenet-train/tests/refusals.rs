//! Data and recipes that can't be trained on are refused before the first step.

use genrenet_data::{Array, Dataset, Split};
use genrenet_train::run::RunOptions;
use genrenet_train::{Quiet, Stop, train};

use crate::toy;

fn reason(dataset: &Dataset, changes: &[&str]) -> String {
    let run = train(
        &toy::recipe(changes),
        dataset,
        &RunOptions::default(),
        &mut Quiet,
        &Stop::new(),
    );
    match run {
        Ok(_) => panic!("trained"),
        Err(e) => e.to_string(),
    }
}

fn with_log_mel(change: impl Fn(usize, &mut [f32])) -> Dataset {
    let mut dataset = toy::dataset();
    let old = dataset.array("logmel").expect("log-mel").clone();
    let mut data = vec![0.0; old.rows() * old.row_len()];
    for (row, out) in data.chunks_mut(old.row_len()).enumerate() {
        old.read(row, out).unwrap();
        change(row, out);
    }
    let windows = vec![1; old.rows()];
    let new = Array::from_windows("logmel", &old.shape, &windows, data).expect("fits");
    dataset.arrays[0] = new;
    dataset
}

#[test]
fn a_genre_without_training_rows_is_named() {
    let mut dataset = toy::dataset();
    for row in dataset.rows.iter_mut().filter(|row| row.genre == Some(1)) {
        row.split = Split::Test;
    }
    assert!(reason(&dataset, &[]).contains("no training row of low"));
}

#[test]
fn one_clip_is_not_enough() {
    let mut dataset = toy::dataset();
    dataset
        .rows
        .iter_mut()
        .skip(1)
        .for_each(|row| row.split = Split::Test);
    assert!(reason(&dataset, &[]).contains("one training row only (0)"));
}

#[test]
fn features_of_zeros_are_refused() {
    let dataset = with_log_mel(|_, out| out.fill(0.0));
    assert!(reason(&dataset, &[]).contains("same value throughout"));
}

#[test]
fn a_value_that_is_no_number_is_found() {
    let dataset = with_log_mel(|row, out| {
        if row == 17 {
            out[5] = f32::NAN;
        }
    });
    let error = reason(&dataset, &[]);
    assert!(
        error.contains("row 17") && error.contains("NaN") && error.contains("value 5"),
        "{error}"
    );
}

#[test]
fn labels_and_arrays_must_fit_rows() {
    let mut dataset = toy::dataset();
    dataset.rows[4].genre = Some(9);
    assert!(reason(&dataset, &[]).contains("row 4 (4) has the label 9, and there are 3 genres"));
    let mut dataset = toy::dataset();
    dataset.rows.pop();
    assert!(reason(&dataset, &[]).contains("126 rows and the labels have 125"));
    let mut dataset = toy::dataset();
    dataset.arrays.clear();
    assert!(reason(&dataset, &[]).contains("needs the array logmel; the data set has none"));
    let mut dataset = toy::dataset();
    let rows = dataset.rows.len();
    dataset.arrays[0] =
        Array::from_windows("logmel", &[4], &vec![1; rows], vec![1.0; 4 * rows]).expect("fits");
    assert!(reason(&dataset, &[]).contains("expected 2 dimensions"));
}

#[test]
fn a_head_must_have_as_many_outputs_as_genres() {
    let error = reason(&toy::dataset(), &["network.heads.0.outputs=8"]);
    assert!(
        error.contains("network.heads.0.outputs = 8: expected 3"),
        "{error}"
    );
}

#[test]
fn a_silent_clip_is_left_out_with_a_note() {
    let dataset = with_log_mel(|row, out| {
        if row == 8 {
            out.fill(-80.0);
        }
    });
    let recipe = toy::recipe(&["train.epochs=1"]);
    let run = train(
        &recipe,
        &dataset,
        &RunOptions::default(),
        &mut Quiet,
        &Stop::new(),
    )
    .expect("trains");
    assert!(
        run.notes
            .iter()
            .any(|note| note.contains("digital silence") && note.contains(": 8")),
        "{:?}",
        run.notes
    );
}

#[test]
fn a_missing_teacher_is_named_by_key_and_path() {
    let error = reason(
        &toy::dataset(),
        &["distill={ bundles = [\"runs/missing/bundle\"], weight = 0.5, temperature = 1.0 }"],
    );
    for part in [
        "distill.bundles.0",
        "runs/missing/bundle",
        "expected the folder of a bundle",
    ] {
        assert!(error.contains(part), "{error}");
    }
}
