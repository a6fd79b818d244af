//! How the rows of a network were selected and split, as a value that a bundle stores.

use serde::{Deserialize, Serialize};

use crate::audit::LeakCounts;
use crate::dataset::Dataset;
use crate::error::DataError;
use crate::selection::{Fold, Selection};
use crate::split::{Rule, SplitRule};

/// All that determines which rows of a data set a network learned: returned by [`Dataset::provenance`] and
/// repeated by [`Provenance::apply`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provenance {
    /// Name of the data set.
    pub data: String,
    /// Whether validation rows were learned as well.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub with_validation: bool,
    /// Which rows were chosen.
    pub selection: Selection,
    /// How they were assigned to subsets: the exact shares and the seed.
    pub split: SplitRule,
    /// What is in several of these subsets.
    #[serde(default, skip_serializing_if = "LeakCounts::is_none")]
    pub leaks: LeakCounts,
}

impl Provenance {
    /// Whether this describes `dataset`, as it was opened.
    pub fn is_of(&self, dataset: &Dataset) -> bool {
        !self.selection.opened.is_empty() && self.selection.opened == dataset.selection.opened
    }

    /// Whether both assign the same rows to the same subsets, whatever the name of the data set.
    pub fn same_rows(&self, other: &Provenance) -> bool {
        let split = |p: &Provenance| match &p.split.rule {
            // A split file is known by its content.
            Rule::File { sha256, .. } => SplitRule::new(
                Rule::File {
                    path: Default::default(),
                    sha256: sha256.clone(),
                },
                0,
            ),
            _ => p.split.clone(),
        };
        let of = |p: &Provenance| (p.with_validation, p.selection.clone(), split(p));
        of(self) == of(other)
    }

    /// How rows were assigned to subsets, in words.
    pub fn split_words(&self) -> String {
        match self.selection.fold {
            Some(Fold { number, of, seed }) => {
                let rule = match &self.split.rule {
                    Rule::Official => "of the official training rows".into(),
                    Rule::File { .. } => {
                        format!("of the training rows of the split {}", self.split)
                    }
                    rule => rule.to_string(),
                };
                format!("fold {number} of {of} held out, {rule}, seed {seed}")
            }
            None => self.split.to_string(),
        }
    }

    /// A subset in words, for what was measured on it.
    pub fn subset(&self, name: impl std::fmt::Display) -> String {
        format!("{} {name}, split {}", self.data, self.split_words())
    }

    /// Selects and splits the rows of a newly opened data set as in training; the fold is held out by
    /// [`Provenance::hold_out`], after the features of audio files were computed.
    ///
    /// # Errors
    /// If the data set lacks a genre or a group.
    pub fn apply(&self, dataset: &mut Dataset) -> Result<(), DataError> {
        if !self.selection.genres.is_empty() {
            dataset.keep_genres(&self.selection.genres)?;
        }
        dataset.resplit(&self.split)?;
        match self.selection.balanced {
            Some(seed) => dataset.balance(seed),
            None => Ok(()),
        }
    }

    /// Holds out the fold that was held out, if one was.
    ///
    /// # Errors
    /// If there is no fold of this number.
    pub fn hold_out(&self, dataset: &mut Dataset) -> Result<(), DataError> {
        let Some(fold) = self.selection.fold else {
            return Ok(());
        };
        let folds = dataset.folds(fold.of, fold.seed);
        let Some(at) = fold.number.checked_sub(1).filter(|at| *at < folds.len()) else {
            return Err(DataError::Split {
                rule: format!("fold {} of {}", fold.number, fold.of),
                reason: format!("expected a fold from 1 to {}", folds.len()),
            });
        };
        dataset.hold_out(&folds, at);
        dataset.selection.fold = Some(fold);
        Ok(())
    }
}

impl Dataset {
    /// What determines which rows are learned, as a value.
    pub fn provenance(&self, with_validation: bool) -> Provenance {
        Provenance {
            data: self.name.clone(),
            with_validation,
            selection: self.selection.clone(),
            split: self.split.clone(),
            leaks: self.leaks().counts(),
        }
    }
}
