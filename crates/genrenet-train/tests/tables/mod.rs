//! Small tables, a small recipe for them, and what identifies their rows.

use std::collections::HashSet;
use std::path::Path;

use genrenet_data::{Dataset, OpenOptions, Split};
use genrenet_train::{Quiet, Recipe, RunOptions, RunResult, Stop, TrainError, data, train};

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

pub const GENRES: [&str; 3] = ["Folk", "Jazz", "Rock"];

/// A recipe for the table at `path`, with changes.
pub fn recipe(path: &Path, changes: &[String]) -> Recipe {
    let mut recipe = Recipe::parse(RECIPE, "small", changes).expect("a recipe");
    recipe.data.path = Some(path.to_path_buf());
    recipe
}

/// The data set of a recipe as the program opens it.
pub fn shaped(recipe: &Recipe) -> Result<Dataset, TrainError> {
    let options = OpenOptions {
        seed: recipe.train.seed,
        ..OpenOptions::default()
    };
    let path = recipe.data.path.as_deref().expect("a path");
    data::shape(recipe, Dataset::open(path, &options)?)
}

/// Trains without output.
pub fn trained(
    recipe: &Recipe,
    dataset: &Dataset,
    options: &RunOptions,
) -> Result<RunResult, TrainError> {
    train(recipe, dataset, options, &mut Quiet, &Stop::new())
}

/// The numbers of a row as bits, by which these tests identify it.
pub fn content(dataset: &Dataset, row: usize) -> Vec<u32> {
    let array = dataset.array("values").expect("values");
    let mut values = vec![0.0; array.row_len()];
    array.read(row, &mut values).unwrap();
    values.into_iter().map(f32::to_bits).collect()
}

pub fn contents(dataset: &Dataset, rows: &[usize]) -> HashSet<Vec<u32>> {
    rows.iter().map(|&row| content(dataset, row)).collect()
}

pub fn ids(dataset: &Dataset, subset: Split) -> Vec<&str> {
    let rows = dataset.indices(subset).into_iter();
    rows.map(|row| &*dataset.rows[row].id).collect()
}
