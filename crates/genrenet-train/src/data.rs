//! A data set as a recipe wants it: its genres, its split, its balance.

use genrenet_data::{Dataset, OpenOptions};

use crate::error::TrainError;
use crate::recipe::Recipe;

/// Joins arrays of other data sets, keeps the genres that `[data]` names, balances them, and splits by its rule.
///
/// # Errors
/// A genre that the data set does not have, a split that can't be made.
pub fn shape(recipe: &Recipe, mut dataset: Dataset) -> Result<Dataset, TrainError> {
    let spec = &recipe.data;
    for join in &spec.join {
        let options = OpenOptions {
            keep_unlabelled: true,
            arrays: Some(vec![join.array.clone()]),
            ..OpenOptions::default()
        };
        let found = dataset.join(&Dataset::open(&join.path, &options)?, &join.array)?;
        let all = dataset.rows.len();
        let place = join.path.display();
        dataset.notes.push(format!(
            "{found} of {all} rows have `{}` in {place}",
            join.array
        ));
    }
    if !spec.genres.is_empty() {
        dataset.keep_genres(&spec.genres)?;
    }
    if let Some(split) = &spec.split {
        dataset.resplit(split)?;
    }
    if spec.balanced {
        dataset.balance(recipe.train.seed)?;
    }
    Ok(dataset)
}
