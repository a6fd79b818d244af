//! Naming the genre of one song or of many, and embeddings.

#[cfg(feature = "full")]
use std::{ops::ControlFlow, path::PathBuf};

use crate::audio::{FrontEnd, SongFeatures};
use crate::model::Bundle;
#[cfg(feature = "full")]
use crate::{Answer, Found, in_order};
use crate::{Error, Song, Sound};

/// Names the genre of a song.
///
/// # Errors
/// A sound that can't be decoded, is silent or lasts under a second; a model that reads no sound.
pub fn classify(model: &Bundle, sound: impl Into<Sound>) -> Result<Song, Error> {
    let features = features(model, sound.into())?;
    Ok(Song {
        seconds: features.seconds,
        prediction: model.classify(&features)?,
    })
}

/// Names the genre of many songs on all cores and hands each answer to `each`, in the order of the songs, on the calling
/// thread, until it returns [`ControlFlow::Break`].
///
/// `begun` is called with each file when it is opened, from any thread. Paths are taken from the iterator ([`Songs`](crate::Songs)
/// walks folders) only as they are needed, so memory does not grow with their number; one bad file is one answer with an error.
#[cfg(feature = "full")]
pub fn classify_all(
    model: &Bundle,
    songs: impl Iterator<Item = Found> + Send,
    begun: impl Fn(&PathBuf) + Sync,
    mut each: impl FnMut(Answer) -> ControlFlow<()>,
) {
    let answer = |path: &PathBuf| classify(model, path);
    each_song(songs, begun, answer, |path, result| {
        each(Answer { path, result })
    });
}

/// Does `work` for many files on all cores, as [`classify_all`].
#[cfg(feature = "full")]
pub(crate) fn each_song<R: Send>(
    songs: impl Iterator<Item = Found> + Send,
    begun: impl Fn(&PathBuf) + Sync,
    work: impl Fn(&PathBuf) -> Result<R, Error> + Sync,
    mut each: impl FnMut(PathBuf, Result<R, Error>) -> ControlFlow<()>,
) {
    let one = |found: Found| match found {
        Err((path, reason)) => (path, Err(Error::Search(reason))),
        Ok(path) => {
            begun(&path);
            let result = work(&path);
            (path, result)
        }
    };
    in_order(songs, one, |(path, result)| each(path, result));
}

/// The embedding of a song, by which songs can be compared: similar ones have a large cosine.
///
/// For a model with a backbone, the mean over the song's windows of the backbone's layer that its networks read (for `wide` the
/// logits of 50 tags); for others the last hidden layer of its networks, joined, in the same mean. Its length is the same for every
/// song, and it is the same in every taxonomy. Embeddings can be compared where [`Bundle::fingerprint`] of their models is the same.
///
/// # Errors
/// As [`classify`].
pub fn embed(model: &Bundle, sound: impl Into<Sound>) -> Result<Vec<f32>, Error> {
    Ok(model.embed_song(&features(model, sound.into())?)?)
}

/// A song that was named, and its embedding.
#[derive(Clone, Debug, PartialEq)]
pub struct Analysis {
    /// As [`classify`] answers.
    pub song: Song,
    /// As [`embed`] answers.
    pub embedding: Vec<f32>,
}

/// As [`classify`] and [`embed`] at once: the sound is decoded once, and a backbone runs once for both.
///
/// # Errors
/// As [`classify`].
pub fn analyse(model: &Bundle, sound: impl Into<Sound>) -> Result<Analysis, Error> {
    let features = features(model, sound.into())?;
    let (prediction, embedding) = model.analyse(&features)?;
    Ok(Analysis {
        song: Song {
            seconds: features.seconds,
            prediction,
        },
        embedding,
    })
}

fn features(model: &Bundle, sound: Sound) -> Result<SongFeatures, Error> {
    Ok(sound.features(&reads_sound(model)?)?)
}

/// The front end of a model: which features it reads of a sound.
///
/// # Errors
/// [`Error::NotAudio`] for a model of table values.
pub fn reads_sound(model: &Bundle) -> Result<FrontEnd, Error> {
    model
        .front_end
        .ok_or_else(|| Error::NotAudio(model.card.name.clone()))
}
