//! Which rows of a data set were chosen, as a value.

use serde::{Deserialize, Serialize};

use crate::labels::Labels;

/// Which rows of a data set were chosen, before they were split.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Selection {
    /// Fingerprint of the data set as it was opened, before anything was chosen from it.
    #[serde(default)]
    pub opened: String,
    /// One genre a row, or several.
    #[serde(default, skip_serializing_if = "is_top")]
    pub labels: Labels,
    /// The genres that were kept; empty: all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub genres: Vec<String>,
    /// The seed with which every genre was reduced to the size of the smallest, if it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub balanced: Option<u64>,
    /// The fold that is held out, where the rows were divided into folds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fold: Option<Fold>,
}

fn is_top(labels: &Labels) -> bool {
    *labels == Labels::Top
}

/// One fold of a cross-validation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fold {
    /// Which one, from 1.
    pub number: usize,
    /// Of how many.
    pub of: usize,
    /// Seed with which they were drawn.
    pub seed: u64,
}
