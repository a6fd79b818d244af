//! A data set as a recipe wants it: its genres, its split, its balance.

use genrenet_data::Dataset;

use crate::error::TrainError;
use crate::recipe::Recipe;

/// Keeps the genres that `[data]` names, balances them, and splits by its rule.
///
/// # Errors
/// A genre that the data set does not have, a split that can't be made.
pub fn shape(recipe: &Recipe, mut dataset: Dataset) -> Result<Dataset, TrainError> {
    let spec = &recipe.data;
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
