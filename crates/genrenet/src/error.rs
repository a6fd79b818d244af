//! Why something could not be done, by what a caller can do about it.

use std::path::PathBuf;

use crate::audio::AudioError;
#[cfg(feature = "full")]
use crate::data::DataError;
#[cfg(feature = "full")]
use crate::library::index::IndexError;
#[cfg(feature = "full")]
use crate::library::plan::PlanError;
use crate::model::ModelError;
#[cfg(feature = "full")]
use crate::taxonomy::TaxonomyError;
#[cfg(feature = "full")]
use crate::train::TrainError;

/// Why a call failed. The text names files, keys, what was expected and what was found, and begins with no path that the
/// caller gave: put it in front.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A sound can't be read or is too short. Other files are not affected.
    #[error(transparent)]
    Audio(#[from] AudioError),
    /// A model can't be loaded, or can't read what it is given.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// A data set can't be opened.
    #[cfg(feature = "full")]
    #[error(transparent)]
    Data(#[from] DataError),
    /// A recipe or a run can't be followed.
    #[cfg(feature = "full")]
    #[error(transparent)]
    Train(#[from] TrainError),
    /// A taxonomy that can't be read or used.
    #[cfg(feature = "full")]
    #[error(transparent)]
    Taxonomy(#[from] TaxonomyError),
    /// Tags of a file can't be read or written, or a plan can't be followed.
    #[cfg(feature = "full")]
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// An index can't be used.
    #[cfg(feature = "full")]
    #[error(transparent)]
    Index(#[from] IndexError),
    /// A file that was found is not there any more.
    #[error("it is not there any more")]
    Gone,
    /// A model of table values was given sound: choose another model.
    #[error("the model {0} reads tables of values, not sound files")]
    NotAudio(String),
    /// A model that reads no spectrogram can't be explained: choose another model.
    #[error("the model {0} reads no spectrogram")]
    NoSpectrogram(String),
    /// A table that a model of table values can't read.
    #[error("{0}")]
    Table(String),
    /// A folder that can't be searched for songs.
    #[error("{0}")]
    Search(String),
    /// A folder that can't be written.
    #[error("{}: {source}", .path.display())]
    Io {
        /// The folder.
        path: PathBuf,
        /// The error of the system.
        source: std::io::Error,
    },
    /// A recipe that names no data.
    #[error("data.path is missing in the recipe {0}: name the data with --data PATH")]
    NoDataPath(String),
    /// A bundle that is to be measured, without data.
    #[error("a bundle doesn't record where its data are (a run's folder does)")]
    NoDataNamed,
    /// A folder that is neither a run nor a bundle.
    #[error("{} is no run and no bundle: {recipe}; {bundle}", .run.display())]
    NoRun {
        /// The folder.
        run: PathBuf,
        /// Why it has no recipe.
        recipe: String,
        /// Why it has no bundle.
        bundle: String,
    },
}

impl Error {
    /// What kind of error it is, in a word that stays the same: `io`, `format` (not audio, or not supported), `damaged`, `silent`, `short`, `tags`,
    /// `model`, `data`, `fault` (of this program), `other`.
    pub fn kind(&self) -> &'static str {
        match self {
            Error::Audio(error) => match error {
                AudioError::Io(_) => "io",
                AudioError::Empty
                | AudioError::Unsupported { .. }
                | AudioError::Unknown { .. }
                | AudioError::NoSound { .. } => "format",
                AudioError::Damaged { .. } | AudioError::NotANumber { .. } => "damaged",
                AudioError::TooShort { .. } => "short",
                AudioError::Silence => "silent",
                AudioError::Fault { .. } => "fault",
                _ => "other",
            },
            Error::Io { .. } | Error::Search(_) | Error::Gone => "io",
            #[cfg(feature = "full")]
            Error::Plan(PlanError::Io(_)) => "io",
            #[cfg(feature = "full")]
            Error::Plan(_) => "tags",
            #[cfg(feature = "full")]
            Error::Data(_) | Error::Train(_) | Error::Taxonomy(_) => "data",
            Error::NoDataPath(_) | Error::NoDataNamed => "data",
            Error::Model(_) | Error::NotAudio(_) | Error::NoSpectrogram(_) => "model",
            _ => "other",
        }
    }
}
