//! Rows that a network learned are recognised when it is evaluated, and left out or refused.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use genrenet_data::{Dataset, OpenOptions, Split};
use genrenet_train::learned::{measurable, provenances};
use genrenet_train::run::RunOptions;
use genrenet_train::{OnLearned, Recipe, TrainError, data, evaluate};

use crate::tables::{GENRES, content, contents, ids, recipe, shaped, trained};

/// A table of `n` rows of three genres without groups, no row twice.
fn plain(folder: &Path, n: usize) -> PathBuf {
    let mut text = String::from("genre,a,b\n");
    for row in 0..n {
        let _ = writeln!(text, "{},{row},{}", GENRES[row % 3], row % 7);
    }
    let path = folder.join("plain.csv");
    std::fs::write(&path, text).expect("writes");
    path
}

#[test]
fn shares_are_kept_exactly() {
    let place = tempfile::tempdir().expect("a folder");
    for (n, shares, words) in [
        (60_000, "[0.7004,0.1498,0.1498]", "70.04/14.98/14.98"),
        (480, "[0.875,0.0625,0.0625]", "87.5/6.25/6.25"),
    ] {
        let path = plain(place.path(), n);
        let split = format!("data.split={{rule=\"random\",seed=3,shares={shares}}}");
        let recipe = recipe(&path, &[split]);
        let dataset = shaped(&recipe).expect("splits");
        assert!(
            dataset.split.to_string().contains(words),
            "{}",
            dataset.split
        );
        let run = trained(&recipe, &dataset, &RunOptions::default()).expect("trains");
        let (again, _) = data::open_for(&run.bundle, &path).expect("opens");
        for subset in [Split::Validation, Split::Test] {
            assert_eq!(
                ids(&again, subset),
                ids(&dataset, subset),
                "{shares} {subset}"
            );
            let figures =
                evaluate(&run.bundle, &again, Some(subset), OnLearned::Refuse).expect("evaluates");
            assert_eq!(
                figures.n,
                dataset.indices(subset).len(),
                "{shares} {subset}"
            );
        }
    }
}

#[test]
fn a_balanced_recipe_is_evaluated_on_rows_that_it_did_not_learn() {
    let shared = std::env::var_os("GENRENET_SHARED").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"),
        PathBuf::from,
    );
    let path = shared.join("data/echonest/fma_echonest.csv");
    if !path.exists() {
        println!("skipped: {} is not there", path.display());
        return;
    }
    let config = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../configs/mlp-echonest-4.toml");
    let changes = ["train.epochs=1".to_owned()];
    let mut recipe = Recipe::load_with(&config, &changes).expect("a recipe");
    recipe.data.path = Some(path.clone());
    let dataset = shaped(&recipe).expect("splits");
    let options = RunOptions::default();
    let run = trained(&recipe, &dataset, &options).expect("trains");
    let learned = contents(&dataset, &dataset.indices(Split::Training));
    let (again, provenance) = data::open_for(&run.bundle, &path).expect("opens");
    assert_eq!(provenance.expect("recognised").selection.balanced, Some(1));
    for subset in [Split::Validation, Split::Test] {
        let rows = again.indices(subset);
        assert!(contents(&again, &rows).is_disjoint(&learned), "{subset}");
        let figures = evaluate(&run.bundle, &again, Some(subset), OnLearned::Refuse);
        assert_eq!(figures.expect("evaluates").n, rows.len());
    }
    // The whole table, split without the recipe's choice of rows, has learned rows in each subset.
    let whole = Dataset::open(&path, &OpenOptions::default()).expect("opens");
    for subset in [Split::Validation, Split::Test] {
        let refused = evaluate(&run.bundle, &whole, Some(subset), OnLearned::Refuse);
        let Err(TrainError::Learned { learned, of, .. }) = refused else {
            panic!("{subset} rows of the whole table are evaluated");
        };
        assert!(learned > 100 && of > 800, "{learned} of {of}");
        let rest = evaluate(&run.bundle, &whole, Some(subset), OnLearned::LeaveOut);
        let rest = rest.expect("evaluates");
        assert!(rest.notes[0].contains("were learned by mlp-echonest-4 and are left out"));
        // Genres that the bundle does not know are left out too.
        assert!(rest.n <= of - learned);
    }
    let shown = evaluate(
        &run.bundle,
        &whole,
        Some(Split::Training),
        OnLearned::Refuse,
    );
    shown.expect("training rows may be evaluated as such");
}

#[test]
fn rows_that_teachers_and_initial_weights_learned_count_too() {
    let place = tempfile::tempdir().expect("a folder");
    let path = plain(place.path(), 120);
    let split =
        |seed: u32| format!("data.split={{rule=\"random\",seed={seed},shares=[0.6,0.2,0.2]}}");
    let train_with = |changes: &[String]| {
        let recipe = recipe(&path, changes);
        let dataset = shaped(&recipe).expect("splits");
        let options = RunOptions {
            folder: Some(place.path().join("run").join(changes.len().to_string())),
            ..RunOptions::default()
        };
        let run = trained(&recipe, &dataset, &options);
        (run.expect("trains"), dataset)
    };
    let (first, all) = train_with(&[split(1)]);
    let folder = first.folder.expect("a folder").join("bundle");
    let before = contents(&all, &all.indices(Split::Training));
    let start = format!("train.start_from={:?}", folder.display().to_string());
    let teacher = format!(
        "distill={{bundles=[{:?}],weight=0.5,temperature=1.0}}",
        folder.display().to_string()
    );
    for (extra, more) in [(start, "train.batch=64"), (teacher, "train.batch=65")] {
        let mut changes = vec![split(2), extra.clone(), more.to_owned()];
        changes.extend((more == "train.batch=65").then(|| "train.epochs=1".to_owned()));
        let (second, dataset) = train_with(&changes);
        let validation = dataset.indices(Split::Validation);
        let seen = validation
            .iter()
            .filter(|&&row| before.contains(&content(&dataset, row)))
            .count();
        assert!(seen > 0 && seen < validation.len());
        let figures = second.validation.expect("some rows remain");
        assert_eq!(figures.n, validation.len() - seen, "{extra}");
        let found = measurable(
            &second.bundle,
            &dataset,
            &dataset.indices(Split::Test),
            Some(Split::Test),
            OnLearned::LeaveOut,
        )
        .expect("some rows remain");
        assert!(contents(&dataset, &found.rows).is_disjoint(&before));
        assert_eq!(provenances(&second.bundle).len(), 1, "its own split");
    }
}
