//! Features of whole sounds.

use crate::audio::{Extracted, FeatureSpec, precise_features_of_source};
use crate::error::Error;
use crate::sound::Sound;

/// The log-mel spectrogram and the MFCC of a whole sound, with every parameter of librosa's: those of
/// [`audio::precise_features`](crate::audio::precise_features()) on the mean of its channels.
///
/// # Errors
/// [`Error::Audio`] for a sound that can't be decoded, and for settings that can't be used.
pub fn features(sound: impl Into<Sound>, spec: &FeatureSpec) -> Result<Extracted, Error> {
    Ok(precise_features_of_source(
        &mut *sound.into().open()?,
        spec,
    )?)
}
