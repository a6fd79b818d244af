//! Audio decoding and feature extraction: log-mel spectrograms and MFCC as librosa computes them.
//!
//! - Decoding: [`open`] recognises a file's format by its content and returns a [`Source`] of mono samples, with exact seeking and
//!   reading of single ranges; [`decode`] decodes a whole [`Input`] to a [`Clip`]. [`Samples`] is a [`Source`] of samples in memory.
//! - Features of samples: [`resample`], [`log_mel()`], [`mfcc()`], or [`features()`] for both at once; [`precise_features()`] has every
//!   parameter of librosa's.
//! - Faults: [`SoundCheck`] says whether samples are silent, clipped or short.
//! - Features of files: [`extract()`] computes those of a whole file, [`song_features`] only those frames that a network's
//!   [`FrontEnd`] uses. [`statistics`] summarises them.
//!
//! ```
//! use genrenet_audio::{
//!     ExtractSpec, FrontEnd, LogMelSpec, Samples, Windowing, features, song_features_of_source,
//! };
//!
//! // Two seconds of a 440 Hz tone.
//! let rate = 22_050;
//! let samples: Vec<f32> = (0..2 * rate)
//!     .map(|i| (std::f32::consts::TAU * 440.0 * i as f32 / rate as f32).sin())
//!     .collect();
//!
//! // All frames: 128 mel bands and 20 MFCC, one frame every 512 samples.
//! let all = features(&samples, rate, &ExtractSpec::default())?;
//! let log_mel = all.log_mel.expect("the default computes it");
//! assert_eq!((log_mel.rows, log_mel.cols), (128, 87));
//! assert_eq!(all.mfcc.map(|mfcc| (mfcc.rows, mfcc.cols)), Some((20, 87)));
//! let row = |band| log_mel.row(band).iter().sum::<f32>();
//! assert!((0..128).all(|band| row(band) <= row(16)));
//!
//! // Only what a network reads: 16 frames of each window of 2 s. A file is opened with `open(Input::path(path)?)`.
//! let front_end = FrontEnd {
//!     log_mel: Some(LogMelSpec::default()),
//!     windowing: Windowing { seconds: 2.0, frames: 16, windows: 5 },
//!     mfcc_head: None,
//!     segments: None,
//! };
//! let mut source = Samples::new(samples, 1, rate)?;
//! let song = song_features_of_source(&mut source, &front_end)?;
//! assert_eq!(song.windows.len(), 1);
//! assert_eq!(song.windows[0].log_mel.as_ref().map(|m| m.cols), Some(16));
//! # Ok::<(), genrenet_audio::AudioError>(())
//! ```
#![deny(clippy::print_stdout, clippy::print_stderr)]
#![cfg_attr(not(test), deny(clippy::disallowed_methods))]

mod at_rate;
mod blocks;
mod cancelling;
mod clip;
mod dct;
mod decode;
mod error;
mod extract;
mod feature_spec;
mod format;
mod front_end;
mod log_mel;
mod matrix;
mod mel;
mod mel_scale;
mod mel_spec;
mod mfcc;
mod panics;
mod power;
mod precise;
mod rate;
mod resample;
mod sound_facts;
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
pub use feature_spec::FeatureSpec;
pub use format::Format;
pub use front_end::{
    FrontEnd, MfccHead, Segment, SegmentSpec, SongFeatures, WindowFeatures, song_features,
    song_features_of_source,
};
pub use log_mel::{LogMelSpec, log_mel};
pub use matrix::Matrix;
pub use mel::MelFilterbank;
pub use mel_scale::{hz_to_mel, mel_to_hz};
pub use mfcc::{MfccSpec, mfcc};
pub use panics::{CaughtPanic, catch_panics, note_panic};
pub use power::{AMIN, power_to_db};
pub use precise::{precise_features, precise_features_of_source};
pub use rate::{ParseRateError, Rate};
pub use resample::{Resampler, check_rate, resample};
pub use sound_facts::{SoundCheck, SoundFacts};
pub use stft::{PowerSpectrum, frame_count};
pub use windowing::Windowing;
