//! What can be classified: files, bytes, readers, samples.

use std::path::{Path, PathBuf};

use crate::audio::{
    self, AudioError, FrontEnd, Input, Samples, SongFeatures, Source, catch_panics,
};

/// A song: a file, bytes, a reader, or samples.
///
/// Made from a path (`&str`, `&Path`, `PathBuf`), from the bytes of a file (`Vec<u8>`), from an [`Input`] (also a reader:
/// [`Input::reader`]), from decoded [`Samples`] or from an open decoder ([`Source`]).
pub enum Sound {
    /// A file.
    File(PathBuf),
    /// The bytes of a file, in memory or behind a reader.
    Input(Input),
    /// Decoded sound.
    Samples(Samples),
    /// A decoder at its start.
    Source(Box<dyn Source>),
}

impl Sound {
    /// Opens the sound; a fault of a decoder is an error of this sound.
    pub(crate) fn open(self) -> Result<Box<dyn Source>, AudioError> {
        let opened = catch_panics(|| match self {
            Sound::File(path) => audio::open(Input::path(&path)?),
            Sound::Input(input) => audio::open(input),
            Sound::Samples(samples) => Ok(Box::new(samples) as Box<dyn Source>),
            Sound::Source(source) => Ok(source),
        });
        opened.unwrap_or_else(|panic| {
            Err(AudioError::Fault {
                reason: panic.to_string(),
            })
        })
    }

    /// The features that a model reads.
    pub(crate) fn features(self, config: &FrontEnd) -> Result<SongFeatures, AudioError> {
        audio::song_features_of_source(&mut *self.open()?, config)
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

impl From<Box<dyn Source>> for Sound {
    fn from(source: Box<dyn Source>) -> Sound {
        Sound::Source(source)
    }
}

impl From<Samples> for Sound {
    fn from(samples: Samples) -> Sound {
        Sound::Samples(samples)
    }
}
