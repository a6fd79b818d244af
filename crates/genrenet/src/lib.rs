//! Hears music and names its genre: the library that a program embeds.
//!
//! A song's way, and the crate that owns each step:
//! file → [`audio`] (decode, hear) → [`model`] (networks, calibration) → genres; on the way to a model also
//! [`data`] (data sets, splits), [`train`] (recipes, runs) and [`metrics`] (figures), and [`report`] for pictures.
//!
//! ```no_run
//! let model = genrenet::shipped::load("fma8")?;
//! let song = genrenet::classify(&model, "song.mp3".as_ref())?;
//! println!("{}", model.genres[song.prediction.ranking[0]]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![deny(clippy::print_stdout, clippy::print_stderr)]

mod find;
mod in_order;
pub mod shipped;

use std::path::Path;

pub use find::{Found, Songs};
#[doc(inline)]
pub use genrenet_audio as audio;
#[doc(inline)]
pub use genrenet_data as data;
#[doc(inline)]
pub use genrenet_metrics as metrics;
#[doc(inline)]
pub use genrenet_model as model;
#[doc(inline)]
pub use genrenet_nn as nn;
#[doc(inline)]
pub use genrenet_report as report;
#[doc(inline)]
pub use genrenet_train as train;
pub use in_order::in_order;

/// A song that was heard and named.
#[derive(Clone, Debug, PartialEq)]
pub struct Song {
    /// Length in seconds.
    pub seconds: f64,
    /// What the model says of it.
    pub prediction: model::Prediction,
}

/// Why a song has no genre. The text does not contain the path.
#[derive(Debug, thiserror::Error)]
pub enum SongError {
    /// The file can't be heard.
    #[error(transparent)]
    Audio(#[from] audio::AudioError),
    /// The model can't read what was heard.
    #[error(transparent)]
    Model(#[from] model::ModelError),
    /// The model reads tables of values, no sound.
    #[error("the model {0} reads tables of values and can't hear a sound file")]
    Deaf(String),
}

/// Hears the file at `path` as the model wants it and names its genre.
///
/// # Errors
/// A file that can't be decoded, is silent or lasts under a second; a model that can't hear.
pub fn classify(model: &model::Bundle, path: &Path) -> Result<Song, SongError> {
    let hears = model
        .hears
        .as_ref()
        .ok_or_else(|| SongError::Deaf(model.card.name.clone()))?;
    let heard = audio::hear(audio::Input::path(path)?, hears)?;
    Ok(Song {
        seconds: heard.seconds,
        prediction: model.classify(&heard)?,
    })
}
