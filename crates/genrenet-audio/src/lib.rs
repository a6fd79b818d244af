//! From a sound file to what a network hears: decoding, resampling, log-mel spectra and MFCC as librosa computes them.
//!
//! The tour: [`Input`] are bytes; [`open`] recognises the format by its content and returns a [`Source`] of mono samples
//! that can be read in runs, sought exactly, or asked for single ranges; [`decode`] puts a whole file into a [`Clip`].

mod clip;
mod decode;
mod error;
mod format;

pub use clip::Clip;
pub use decode::{Input, Source, decode, open};
pub use error::AudioError;
pub use format::Format;
