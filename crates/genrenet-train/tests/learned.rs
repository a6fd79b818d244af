//! No row that a network learned is ever measured as if it were new, whatever the recipe and whatever the table is called.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use genrenet_data::{Dataset, OpenOptions, Split};
use genrenet_model::Bundle;
use genrenet_train::checks::TrainingRows;
use genrenet_train::learned::{measurable, provenances};
use genrenet_train::run::RunOptions;
use genrenet_train::{
    OnLearned, Quiet, Recipe, Stop, TrainError, data, evaluate, train, train_folds,
};
use proptest::prelude::*;

const RECIPE: &str = r#"
name = "small"

[[inputs]]
name = "values"
source = "values"
layout = "vector"
scaling = { kind = "standard" }

[[network.branches]]
input = "values"
layers = [{ kind = "dense", units = 2 }]

[network]
heads = [{ name = "genre", outputs = 0 }]

[train]
optimizer = { kind = "adamw", lr = 0.02 }
epochs = 1
batch = 8192
"#;

const GENRES: [&str; 3] = ["Folk", "Jazz", "Rock"];

fn recipe(path: &Path, changes: &[String]) -> Recipe {
    let mut recipe = Recipe::parse(RECIPE, "small", changes).expect("a recipe");
    recipe.data.path = Some(path.to_path_buf());
    recipe
}

/// The data set of a recipe as the program opens it.
fn shaped(recipe: &Recipe) -> Result<Dataset, TrainError> {
    let options = OpenOptions {
        seed: recipe.train.seed,
        ..OpenOptions::default()
    };
    let path = recipe.data.path.as_deref().expect("a path");
    data::shape(recipe, Dataset::open(path, &options)?)
}

/// A row's numbers as bits: what makes it the same row for this test.
fn content(dataset: &Dataset, row: usize) -> Vec<u32> {
    let array = dataset.array("values").expect("values");
    let mut values = vec![0.0; array.row_len()];
    array.read(row, &mut values);
    values.into_iter().map(f32::to_bits).collect()
}

fn contents(dataset: &Dataset, rows: &[usize]) -> HashSet<Vec<u32>> {
    rows.iter().map(|&row| content(dataset, row)).collect()
}

fn ids(dataset: &Dataset, side: Split) -> Vec<&str> {
    let rows = dataset.indices(side).into_iter();
    rows.map(|row| &*dataset.rows[row].id).collect()
}

/// One line of a table.
#[derive(Clone, Debug)]
struct Line {
    genre: usize,
    artist: u8,
    side: u8,
    a: u8,
    b: u16,
}

fn table(lines: &[Line], artists: bool, sides: bool) -> String {
    let mut text = String::from("id,genre,a,b");
    text += if artists { ",artist" } else { "" };
    text += if sides { ",split\n" } else { "\n" };
    for (number, line) in lines.iter().enumerate() {
        let _ = write!(
            text,
            "{number},{},{},{}",
            GENRES[line.genre], line.a, line.b
        );
        if artists {
            let _ = write!(text, ",{}", line.artist);
        }
        if sides {
            let _ = write!(text, ",{}", Split::ALL[usize::from(line.side.min(2))]);
        }
        text.push('\n');
    }
    text
}

fn lines() -> impl Strategy<Value = Vec<Line>> {
    // Few or many different numbers: tables with many repeated rows, and with next to none.
    (1u16..1000).prop_flat_map(|most| {
        let line = (0usize..3, 0u8..15, 0u8..5, 0u8..3, 0..most);
        let line = line.prop_map(|(genre, artist, side, a, b)| Line {
            genre,
            artist,
            // More training rows than others.
            side: side.saturating_sub(2),
            a,
            b,
        });
        prop::collection::vec(line, 30..90)
    })
}

/// Changes of a recipe that decide which rows it learns.
fn changes() -> impl Strategy<Value = Vec<String>> {
    let share = 0.02f32..0.3;
    let split = prop::option::of((any::<bool>(), 0u32..100, share.clone(), share));
    let genres = prop::sample::select(vec!["", "[\"Rock\", \"Folk\"]", "[\"Jazz\", \"Rock\"]"]);
    (split, genres, any::<bool>(), any::<bool>(), 0u32..1000).prop_map(
        |(split, genres, balanced, with_validation, seed)| {
            let mut changes = vec![
                format!("data.balanced={balanced}"),
                format!("train.seed={seed}"),
            ];
            if let Some((grouped, seed, validation, test)) = split {
                let rule = match grouped {
                    true => "rule=\"grouped\",by=\"artist\"",
                    false => "rule=\"random\"",
                };
                let training = 1.0 - validation - test;
                changes.push(format!(
                    "data.split={{{rule},seed={seed},shares=[{training},{validation},{test}]}}"
                ));
            }
            if !genres.is_empty() {
                changes.push(format!("data.genres={genres}"));
            }
            if with_validation {
                changes.push("train.with_validation=true".into());
                changes.push("train.keep=\"last\"".into());
            }
            changes
        },
    )
}

/// What must hold of a bundle that learned `learned` of the table at `path`, split as `as_trained`.
fn never_measured(
    bundle: &Bundle,
    path: &Path,
    as_trained: &Dataset,
    learned: &HashSet<Vec<u32>>,
) -> Result<(), TestCaseError> {
    let (mut again, provenance) = data::open_for(bundle, path).expect("opens");
    let provenance = provenance.expect("the table is known again");
    provenance.hold_out(&mut again).expect("holds out");
    for side in [Split::Validation, Split::Test] {
        prop_assert_eq!(ids(&again, side), ids(as_trained, side));
        let rows = again.indices(side);
        match measurable(bundle, &again, &rows, Some(side), OnLearned::Refuse) {
            Ok(found) => {
                let there = contents(&again, &found.rows);
                prop_assert!(
                    there.is_disjoint(learned),
                    "{side}: learned rows are measured"
                );
            }
            Err(TrainError::Learned { learned, of, .. }) => {
                let all_copies = learned == of;
                let by_wish = side == Split::Validation && provenance.with_validation;
                prop_assert!(all_copies || by_wish, "{side}: its own rows are refused");
            }
            Err(other) => prop_assert!(false, "{other}"),
        }
    }
    Ok(())
}

/// The same under another name, in another order and with other subsets.
fn never_measured_elsewhere(
    bundle: &Bundle,
    path: &Path,
    learned: &HashSet<Vec<u32>>,
) -> Result<(), TestCaseError> {
    let (other, provenance) = data::open_for(bundle, path).expect("opens");
    prop_assert!(provenance.is_none());
    for side in [Split::Validation, Split::Test] {
        let rows = other.indices(side);
        let there: Vec<usize> = rows
            .iter()
            .copied()
            .filter(|&row| !learned.contains(&content(&other, row)))
            .collect();
        let found = measurable(bundle, &other, &rows, Some(side), OnLearned::LeaveOut);
        let found = found.map_or(Vec::new(), |found| found.rows);
        prop_assert_eq!(&found, &there, "{} of {}", side, rows.len());
        if let Ok(found) = measurable(bundle, &other, &rows, Some(side), OnLearned::Refuse) {
            prop_assert_eq!(&found.rows, &there);
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, max_global_rejects: 4000, ..ProptestConfig::default() })]

    #[test]
    fn no_measured_row_was_learned(
        lines in lines(),
        artists in any::<bool>(),
        sides in any::<bool>(),
        changes in changes(),
        folds in prop::option::of(2usize..5),
    ) {
        let place = tempfile::tempdir().expect("a folder");
        let path = place.path().join("table.csv");
        std::fs::write(&path, table(&lines, artists, sides)).expect("writes");
        let mut turned = lines.clone();
        turned.reverse();
        let other = place.path().join("other.csv");
        std::fs::write(&other, table(&turned, !artists, !sides)).expect("writes");

        let recipe = recipe(&path, &changes);
        // A table without groups, a genre without training rows: not every recipe can be followed.
        let Ok(dataset) = shaped(&recipe) else { return Err(TestCaseError::reject("no split")) };
        let options = RunOptions { folder: Some(place.path().join("run")), ..RunOptions::default() };
        let Some(k) = folds else {
            let Ok(run) = train(&recipe, &dataset, &options, &mut Quiet, &Stop::new()) else {
                return Err(TestCaseError::reject("no training"));
            };
            let mut rows = TrainingRows::of(&dataset);
            if recipe.train.with_validation {
                rows.training.append(&mut rows.validation);
            }
            let learned = contents(&dataset, &rows.training);
            let bundle = Bundle::load(&place.path().join("run/bundle")).expect("loads");
            prop_assert_eq!(&bundle.learned, &run.bundle.learned);
            never_measured(&bundle, &path, &dataset, &learned)?;
            return never_measured_elsewhere(&bundle, &other, &learned);
        };
        if recipe.train.with_validation
            || train_folds(&recipe, &dataset, k, &options, &mut Quiet, &Stop::new()).is_err()
        {
            return Err(TestCaseError::reject("no training"));
        }
        let cut = dataset.folds(k, recipe.train.seed);
        for held_out in 0..k {
            let mut as_trained = dataset.clone();
            as_trained.hold_out(&cut, held_out);
            let learned = contents(&dataset, &as_trained.indices(Split::Training));
            let folder = format!("run/fold-{}/bundle", held_out + 1);
            let bundle = Bundle::load(&place.path().join(folder)).expect("loads");
            never_measured(&bundle, &path, &as_trained, &learned)?;
            never_measured_elsewhere(&bundle, &other, &learned)?;
        }
    }
}

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
        let run = train(
            &recipe,
            &dataset,
            &RunOptions::default(),
            &mut Quiet,
            &Stop::new(),
        )
        .expect("trains");
        let (again, _) = data::open_for(&run.bundle, &path).expect("opens");
        for side in [Split::Validation, Split::Test] {
            assert_eq!(ids(&again, side), ids(&dataset, side), "{shares} {side}");
            let figures =
                evaluate(&run.bundle, &again, Some(side), OnLearned::Refuse).expect("evaluates");
            assert_eq!(figures.n, dataset.indices(side).len(), "{shares} {side}");
        }
    }
}

#[test]
fn a_balanced_recipe_is_measured_on_the_rows_that_it_left() {
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
    let run = train(&recipe, &dataset, &options, &mut Quiet, &Stop::new()).expect("trains");
    let learned = contents(&dataset, &dataset.indices(Split::Training));
    let (again, provenance) = data::open_for(&run.bundle, &path).expect("opens");
    assert_eq!(provenance.expect("known again").selection.balanced, Some(1));
    for side in [Split::Validation, Split::Test] {
        let rows = again.indices(side);
        assert!(contents(&again, &rows).is_disjoint(&learned), "{side}");
        let figures = evaluate(&run.bundle, &again, Some(side), OnLearned::Refuse);
        assert_eq!(figures.expect("evaluates").n, rows.len());
    }
    // The whole table, split as if nobody had chosen from it, holds rows on each side that were learned.
    let whole = Dataset::open(&path, &OpenOptions::default()).expect("opens");
    for side in [Split::Validation, Split::Test] {
        let refused = evaluate(&run.bundle, &whole, Some(side), OnLearned::Refuse);
        let Err(TrainError::Learned { learned, of, .. }) = refused else {
            panic!("{side} rows of the whole table are measured");
        };
        assert!(learned > 100 && of > 800, "{learned} of {of}");
        let rest = evaluate(&run.bundle, &whole, Some(side), OnLearned::LeaveOut);
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
    shown.expect("training rows may be shown as such");
}

#[test]
fn rows_of_teachers_and_of_first_weights_count_too() {
    let place = tempfile::tempdir().expect("a folder");
    let path = plain(place.path(), 120);
    let split =
        |seed: u32| format!("data.split={{rule=\"random\",seed={seed},shares=[0.6,0.2,0.2]}}");
    let trained = |changes: &[String]| {
        let recipe = recipe(&path, changes);
        let dataset = shaped(&recipe).expect("splits");
        let run = train(
            &recipe,
            &dataset,
            &RunOptions {
                folder: Some(place.path().join("run").join(changes.len().to_string())),
                ..RunOptions::default()
            },
            &mut Quiet,
            &Stop::new(),
        );
        (run.expect("trains"), dataset)
    };
    let (first, all) = trained(&[split(1)]);
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
        let (second, dataset) = trained(&changes);
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
