//! One genre a row, or several.

use serde::{Deserialize, Serialize};

use crate::dataset::{Dataset, Row};

/// Which genres of its rows a data set's labels are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Labels {
    /// One genre a row: of FMA, `genre_top`.
    #[default]
    Top,
    /// All genres of a row, with the broader ones of each: of FMA, `genres_all`.
    All,
}

impl Row {
    /// Its genres, as positions in [`Dataset::genres`]: one, or several.
    pub fn genres(&self) -> impl Iterator<Item = usize> {
        let one = self.genre.filter(|_| self.labels.is_empty());
        one.into_iter()
            .chain(self.labels.iter().map(|&label| label as usize))
    }
}

impl Dataset {
    /// Whether rows have several genres each.
    pub fn multi_label(&self) -> bool {
        self.rows.iter().any(|row| !row.labels.is_empty())
    }
}
