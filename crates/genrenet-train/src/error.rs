//! What can go wrong in training.

use std::path::{Path, PathBuf};

use genrenet_data::{DataError, Split};
use genrenet_model::ModelError;
use genrenet_text::short_number;

/// Why a training could not start or go on.
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
    },
    /// A value of a recipe that can't be.
    #[error("{key} = {found}: expected {expected}")]
    Value {
        /// The key in dotted form.
        key: String,
        /// The value.
        found: String,
        /// What would have been right.
        expected: String,
    },
    /// The data can't train this network.
    #[error("{data}: {message}")]
    Data {
        /// The data set's name.
        data: String,
        /// What is wrong.
        message: String,
    },
    /// A data set that a recipe names and that is nowhere.
    #[error(
        "{}: expected a data set there or below the folder that GENRENET_DATA names; found none ({looked}). --data PATH names another; docs/DATA.md says where the data sets of the recipes are had",
        path.display()
    )]
    NoData {
        /// The path in the recipe.
        path: PathBuf,
        /// Where else it was looked for.
        looked: String,
    },
    /// The data set itself.
    #[error(transparent)]
    Dataset(#[from] DataError),
    /// The bundle or its network.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// The loss is no longer a number.
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
    /// A checkpoint that can't be used to go on.
    #[error("{path}: {message}")]
    Checkpoint {
        /// The checkpoint.
        path: String,
        /// Why not.
        message: String,
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
    /// Rows that shall be measured were learned.
    #[error(
        "{learned} of the {of} {side} rows of {data} were learned by {name}: figures on them are not those of new songs"
    )]
    Learned {
        /// The bundle's name.
        name: String,
        /// The data set's name.
        data: String,
        /// What the rows were to be measured as.
        side: Split,
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
        /// What there is now.
        left: String,
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

    pub(crate) fn io(path: &Path, source: std::io::Error) -> Self {
        TrainError::Io {
            path: path.display().to_string(),
            source,
        }
    }
}
