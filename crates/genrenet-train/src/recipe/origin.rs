//! The recipes of the student report, built in: as published, corrected, combined (docs/ORIGIN.md).

use super::Recipe;
use crate::error::TrainError;

const RECIPES: [(&str, &str); 8] = [
    (
        "origin-mlp-hand",
        include_str!("../../origin/origin-mlp-hand.toml"),
    ),
    ("origin-mlp", include_str!("../../origin/origin-mlp.toml")),
    (
        "mlp-echonest-2",
        include_str!("../../origin/mlp-echonest-2.toml"),
    ),
    ("origin-rnn", include_str!("../../origin/origin-rnn.toml")),
    ("rnn-mfcc", include_str!("../../origin/rnn-mfcc.toml")),
    ("origin-cnn", include_str!("../../origin/origin-cnn.toml")),
    ("cnn-logmel", include_str!("../../origin/cnn-logmel.toml")),
    ("fusion", include_str!("../../origin/fusion.toml")),
];

impl Recipe {
    /// A recipe of the student report by its name, with changes as in [`Recipe::load_with`].
    ///
    /// # Errors
    /// A name that none has; as [`Recipe::load_with`].
    pub fn of_origin(name: &str, changes: &[String]) -> Result<Recipe, TrainError> {
        match RECIPES.iter().find(|(known, _)| *known == name) {
            Some((_, text)) => Recipe::parse(text, &format!("configs/{name}.toml"), changes),
            None => {
                let known: Vec<&str> = RECIPES.iter().map(|(known, _)| *known).collect();
                Err(TrainError::value(
                    "recipe",
                    name,
                    format!("one of {}", known.join(", ")),
                ))
            }
        }
    }
}
