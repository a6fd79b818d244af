//! What can be classified: files, bytes, readers, samples.

use std::path::{Path, PathBuf};

use crate::audio::{self, AudioError, FrontEnd, Input, Samples, SongFeatures};

/// A song, wherever it lies.
///
/// Made from a path (`&str`, `&Path`, `PathBuf`), from the bytes of a file (`Vec<u8>`), from an [`Input`] (also a reader:
/// [`Input::reader`]) or from decoded [`Samples`].
pub enum Sound {
    /// A file.
    File(PathBuf),
    /// The bytes of a file, in memory or behind a reader.
    Input(Input),
    /// Decoded sound.
    Samples(Samples),
}

impl Sound {
    /// The features that a model reads.
    pub(crate) fn features(self, config: &FrontEnd) -> Result<SongFeatures, AudioError> {
        match self {
            Sound::File(path) => audio::song_features(Input::path(&path)?, config),
            Sound::Input(input) => audio::song_features(input, config),
            Sound::Samples(mut samples) => audio::song_features_of_source(&mut samples, config),
        }
    }
}

impl From<&Path> for Sound {
    fn from(path: &Path) -> Sound {
        Sound::File(path.to_path_buf())
    }
}

impl From<PathBuf> for Sound {
    fn from(path: PathBuf) -> Sound {
        Sound::File(path)
    }
}

impl From<&PathBuf> for Sound {
    fn from(path: &PathBuf) -> Sound {
        Sound::File(path.clone())
    }
}

impl From<&str> for Sound {
    fn from(path: &str) -> Sound {
        Sound::File(path.into())
    }
}

impl From<Vec<u8>> for Sound {
    fn from(bytes: Vec<u8>) -> Sound {
        Sound::Input(Input::bytes(bytes))
    }
}

impl From<Input> for Sound {
    fn from(input: Input) -> Sound {
        Sound::Input(input)
    }
}

impl From<Samples> for Sound {
    fn from(samples: Samples) -> Sound {
        Sound::Samples(samples)
    }
}
