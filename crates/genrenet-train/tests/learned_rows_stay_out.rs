//! Whatever the recipe, the subsets and the table's name: no row that a network learned is evaluated as if it were new.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::path::Path;

use genrenet_data::{Dataset, Split};
use genrenet_model::Bundle;
use genrenet_train::checks::TrainingRows;
use genrenet_train::learned::measurable;
use genrenet_train::run::RunOptions;
use genrenet_train::{OnLearned, Quiet, Stop, TrainError, data, train_folds};
use proptest::prelude::*;

use crate::tables::{GENRES, content, contents, ids, recipe, shaped, trained};

/// One line of a table.
#[derive(Clone, Debug)]
struct Line {
    genre: usize,
    artist: u8,
    subset: u8,
    a: u8,
    b: u16,
}

fn table(lines: &[Line], artists: bool, with_subsets: bool) -> String {
    let mut text = String::from("id,genre,a,b");
    text += if artists { ",artist" } else { "" };
    text += if with_subsets { ",split\n" } else { "\n" };
    for (number, line) in lines.iter().enumerate() {
        let _ = write!(
            text,
            "{number},{},{},{}",
            GENRES[line.genre], line.a, line.b
        );
        if artists {
            let _ = write!(text, ",{}", line.artist);
        }
        if with_subsets {
            let _ = write!(text, ",{}", Split::ALL[usize::from(line.subset.min(2))]);
        }
        text.push('\n');
    }
    text
}

fn lines() -> impl Strategy<Value = Vec<Line>> {
    // Few or many distinct numbers: tables with many repeated rows, and with hardly any.
    (1u16..1000).prop_flat_map(|most| {
        let line = (0usize..3, 0u8..15, 0u8..5, 0u8..3, 0..most);
        let line = line.prop_map(|(genre, artist, subset, a, b)| Line {
            genre,
            artist,
            // More training rows than others.
            subset: subset.saturating_sub(2),
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

/// Checks a bundle that learned `learned` of the table at `path`, split as `as_trained`.
fn never_evaluated(
    bundle: &Bundle,
    path: &Path,
    as_trained: &Dataset,
    learned: &HashSet<Vec<u32>>,
) -> Result<(), TestCaseError> {
    let (mut again, provenance) = data::open_for(bundle, path).expect("opens");
    let provenance = provenance.expect("the table is recognised");
    provenance.hold_out(&mut again).expect("holds out");
    for subset in [Split::Validation, Split::Test] {
        prop_assert_eq!(ids(&again, subset), ids(as_trained, subset));
        let rows = again.indices(subset);
        match measurable(bundle, &again, &rows, Some(subset), OnLearned::Refuse) {
            Ok(found) => {
                let evaluated = contents(&again, &found.rows);
                prop_assert!(
                    evaluated.is_disjoint(learned),
                    "{subset}: learned rows are evaluated"
                );
            }
            Err(TrainError::Learned { learned, of, .. }) => {
                let all_copies = learned == of;
                let wanted = subset == Split::Validation && provenance.with_validation;
                prop_assert!(all_copies || wanted, "{subset}: its own rows are refused");
            }
            Err(other) => prop_assert!(false, "{other}"),
        }
    }
    Ok(())
}

/// The same under another name, in another order and with other subsets.
fn never_evaluated_elsewhere(
    bundle: &Bundle,
    path: &Path,
    learned: &HashSet<Vec<u32>>,
) -> Result<(), TestCaseError> {
    let (other, provenance) = data::open_for(bundle, path).expect("opens");
    prop_assert!(provenance.is_none());
    for subset in [Split::Validation, Split::Test] {
        let rows = other.indices(subset);
        let new: Vec<usize> = rows
            .iter()
            .copied()
            .filter(|&row| !learned.contains(&content(&other, row)))
            .collect();
        let found = measurable(bundle, &other, &rows, Some(subset), OnLearned::LeaveOut);
        let found = found.map_or(Vec::new(), |found| found.rows);
        prop_assert_eq!(&found, &new, "{} of {}", subset, rows.len());
        if let Ok(found) = measurable(bundle, &other, &rows, Some(subset), OnLearned::Refuse) {
            prop_assert_eq!(&found.rows, &new);
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, max_global_rejects: 4000, ..ProptestConfig::default() })]

    #[test]
    fn no_evaluated_row_was_learned(
        lines in lines(),
        artists in any::<bool>(),
        subsets in any::<bool>(),
        changes in changes(),
        k in prop::option::of(2usize..5),
    ) {
        let place = tempfile::tempdir().expect("a folder");
        let path = place.path().join("table.csv");
        std::fs::write(&path, table(&lines, artists, subsets)).expect("writes");
        let mut reversed = lines.clone();
        reversed.reverse();
        let other = place.path().join("other.csv");
        std::fs::write(&other, table(&reversed, !artists, !subsets)).expect("writes");

        let recipe = recipe(&path, &changes);
        // A table without groups, a genre without training rows: not every recipe can be followed.
        let Ok(dataset) = shaped(&recipe) else { return Err(TestCaseError::reject("no split")) };
        let options = RunOptions { folder: Some(place.path().join("run")), ..RunOptions::default() };
        let Some(k) = k else {
            let Ok(run) = trained(&recipe, &dataset, &options) else {
                return Err(TestCaseError::reject("no training"));
            };
            let mut rows = TrainingRows::of(&dataset);
            if recipe.train.with_validation {
                rows.training.append(&mut rows.validation);
            }
            let learned = contents(&dataset, &rows.training);
            let bundle = Bundle::load(&place.path().join("run/bundle")).expect("loads");
            prop_assert_eq!(&bundle.learned, &run.bundle.learned);
            never_evaluated(&bundle, &path, &dataset, &learned)?;
            return never_evaluated_elsewhere(&bundle, &other, &learned);
        };
        if recipe.train.with_validation
            || train_folds(&recipe, &dataset, k, &options, &mut Quiet, &Stop::new()).is_err()
        {
            return Err(TestCaseError::reject("no training"));
        }
        let folds = dataset.folds(k, recipe.train.seed);
        for held_out in 0..k {
            let mut as_trained = dataset.clone();
            as_trained.hold_out(&folds, held_out);
            let learned = contents(&dataset, &as_trained.indices(Split::Training));
            let folder = format!("run/fold-{}/bundle", held_out + 1);
            let bundle = Bundle::load(&place.path().join(folder)).expect("loads");
            never_evaluated(&bundle, &path, &as_trained, &learned)?;
            never_evaluated_elsewhere(&bundle, &other, &learned)?;
        }
    }
}
