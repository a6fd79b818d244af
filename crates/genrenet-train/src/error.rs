//! Errors of recipes and training.

use std::path::{Path, PathBuf};

use genrenet_data::audit::LeakCounts;
use genrenet_data::{DataError, Split};
use genrenet_model::{Cause, ModelError};
use genrenet_text::short_number;

use crate::heads::HeadError;

/// Why a training could not start or continue.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TrainError {
    /// A file could not be read or written.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// A recipe that is not TOML, or has an unknown or mistyped key.
    #[error("{path}: {message}")]
    Recipe {
        /// The recipe's file, or where its text came from.
        path: String,
        /// The parser's message, which quotes the line.
        message: String,
        /// The parser's error.
        source: Option<Cause>,
    },
    /// A change of a recipe (`--set KEY=VALUE`) that can't be made.
    #[error("{path}: --set {change}: {source}")]
    Change {
        /// The recipe's file, or where its text came from.
        path: String,
        /// The change as it was given.
        change: String,
        /// Why it can't be made.
        source: ChangeError,
    },
    /// A value of a recipe that is out of range or contradicts another.
    #[error("{key} = {found}: expected {expected}")]
    Value {
        /// The key in dotted form.
        key: String,
        /// The value.
        found: String,
        /// What is allowed.
        expected: String,
    },
    /// Data that this network can't be trained or evaluated on.
    #[error("{data}: {message}")]
    Data {
        /// The data set's name.
        data: String,
        /// What is wrong.
        message: String,
    },
    /// A data set of a recipe that was not found.
    #[error(
        "{}: expected a data set there or below the folder that GENRENET_DATA names; found none ({looked}). --data PATH names another; docs/DATA.md says where the data sets of the recipes are had",
        path.display()
    )]
    NoData {
        /// The path in the recipe.
        path: PathBuf,
        /// Where else it was searched for.
        looked: String,
    },
    /// The data set itself.
    #[error(transparent)]
    Dataset(#[from] DataError),
    /// The bundle or its network.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// A head can't be solved from the training rows.
    #[error("train.solve: {0}")]
    Head(#[from] HeadError),
    /// The loss or a weight is not finite.
    #[error(
        "the loss is {loss} at step {step} (epoch {epoch}): stopped; {kept}. Try a lower train.optimizer.lr or train.optimizer.clip_norm = 1.0"
    )]
    NotANumber {
        /// The loss.
        loss: f32,
        /// Step from 1, over all epochs.
        step: u64,
        /// Epoch from 1.
        epoch: usize,
        /// Which checkpoint is kept.
        kept: String,
    },
    /// A checkpoint that can't be resumed.
    #[error("{path}: {message}")]
    Checkpoint {
        /// The checkpoint.
        path: String,
        /// Why not.
        message: String,
        /// The error that says so, where the file can't be read.
        source: Option<Cause>,
    },
    /// A bundle that the recipe names can't be opened.
    #[error("{key}: {error}")]
    Bundle {
        /// The key in dotted form.
        key: String,
        /// What is wrong with the bundle.
        #[source]
        error: ModelError,
    },
    /// A split with one artist, album, group or recording in several subsets.
    #[error(
        "{data}: the split ({split}) has {counts} in several subsets: {names}. Figures on it would be too high for new songs. Ways out: a grouped split (data.split, or --split-by artist for a folder), a clean split made by genrenet data audit --split-out FILE (--split FILE), or --allow-leaks (data.allow_leaks = true), if it is meant so"
    )]
    Leaks {
        /// The data set's name.
        data: String,
        /// The split in words.
        split: String,
        /// How many of each kind.
        counts: LeakCounts,
        /// The first of each kind with their rows.
        names: String,
    },
    /// Rows that are to be evaluated were learned.
    #[error(
        "{learned} of the {of} {subset} rows of {data} were learned by {name}: figures on them are not those of new songs"
    )]
    Learned {
        /// The bundle's name.
        name: String,
        /// The data set's name.
        data: String,
        /// The subset that they were to be evaluated as.
        subset: Split,
        /// How many were learned.
        learned: usize,
        /// Of how many.
        of: usize,
    },
    /// A run folder into which another training writes.
    #[error("{path}: another training writes here ({holder}): wait for it, or name another folder")]
    Held {
        /// The folder.
        path: String,
        /// Process, machine and time, in words.
        holder: String,
    },
    /// Stopped by the user before anything was finished.
    #[error("stopped before it had a result: {left}")]
    Stopped {
        /// What was saved.
        left: String,
    },
}

/// Why a change of a recipe can't be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ChangeError {
    /// No `key=` at its beginning.
    #[error("expected key=value")]
    NoKey,
    /// A place that a list does not have.
    #[error("expected an index below {length}, the length of {list}; found {found}")]
    Index {
        /// The list's key in dotted form.
        list: String,
        /// What stands where its index is expected.
        found: String,
        /// Number of its elements.
        length: usize,
    },
    /// A key of what has no keys.
    #[error("{key} is {found}: expected a table or a list to have keys below it")]
    NotATable {
        /// The key in dotted form.
        key: String,
        /// Its value.
        found: String,
    },
}

impl TrainError {
    pub(crate) fn value(
        key: impl Into<String>,
        found: impl ToString,
        expected: impl Into<String>,
    ) -> Self {
        TrainError::Value {
            key: key.into(),
            found: short_number(found.to_string()),
            expected: expected.into(),
        }
    }

    pub(crate) fn checkpoint(path: &Path, message: impl Into<String>) -> Self {
        TrainError::Checkpoint {
            path: path.display().to_string(),
            message: message.into(),
            source: None,
        }
    }

    /// A checkpoint that a library can't read or write.
    pub(crate) fn broken_checkpoint(path: &Path, source: impl Into<Cause>) -> Self {
        let source = source.into();
        TrainError::Checkpoint {
            path: path.display().to_string(),
            message: source.to_string(),
            source: Some(source),
        }
    }

    pub(crate) fn io(path: &Path, source: std::io::Error) -> Self {
        TrainError::Io {
            path: path.display().to_string(),
            source,
        }
    }
}
