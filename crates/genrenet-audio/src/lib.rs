//! From a sound file to what a network hears: decoding, resampling, log-mel spectra and MFCC as librosa computes them.
//!
//! The tour: [`Input`] are bytes; [`open`] recognises the format by its content and returns a [`Source`] of mono samples
//! that can be read in runs, sought exactly, or asked for single ranges; [`decode`] puts a whole file into a [`Clip`].
//! From samples, [`resample`], [`log_mel`] and [`mfcc`] give what librosa gives. [`extract`] goes from a file to the features of
//! all of it, [`song_features`] to those few frames that a network's [`FrontEnd`] names, with no work for the others.
#![deny(clippy::print_stdout, clippy::print_stderr)]
#![cfg_attr(not(test), deny(clippy::disallowed_methods))]

mod blocks;
mod cancelling;
mod clip;
mod decode;
mod error;
mod extract;
mod format;
mod front_end;
mod log_mel;
mod matrix;
mod mel;
mod mfcc;
mod panics;
mod power;
mod rate;
mod resample;
mod spectrogram;
pub mod statistics;
mod stft;
mod transform;
mod vector;
mod windowing;

pub use clip::Clip;
pub use decode::{Downmix, Input, Samples, Source, decode, open};
pub use error::AudioError;
pub use extract::{ExtractSpec, Extracted, Features, extract, extract_source, features};
pub use format::Format;
pub use front_end::{
    FrontEnd, MfccHead, SongFeatures, WindowFeatures, song_features, song_features_of_source,
};
pub use log_mel::{LogMelSpec, log_mel};
pub use matrix::Matrix;
pub use mel::{MelFilterbank, hz_to_mel, mel_to_hz};
pub use mfcc::{MfccSpec, mfcc};
pub use panics::{CaughtPanic, catch_panics, note_panic};
pub use power::{AMIN, power_to_db};
pub use rate::{ParseRateError, Rate};
pub use resample::{Resampler, resample};
pub use stft::{PowerSpectrum, frame_count};
pub use windowing::Windowing;
