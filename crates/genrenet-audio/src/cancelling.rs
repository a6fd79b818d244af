//! Channels that cancel each other out, though players play each of them: one is used instead of their mean.
//!
//! The rule: if the mean of the channels is nowhere louder than [`QUIET`] in all that is decoded, each channel is decoded
//! alone, and the first one whose loudest sample is over [`LOUDER`] times that of the mean is used for the file.

use crate::decode::{Downmix, Source};
use crate::error::AudioError;

/// −26 dB re full scale: music is louder somewhere, so that almost every file is decoded only once.
const QUIET: f32 = 0.05;
/// 20 dB. Lossy codecs leave up to −30 dB of what cancels; one channel alone of eight is 18 dB louder than their mean.
const LOUDER: f32 = 10.0;
/// Channels that are tried; a header may state thousands.
const MOST: u16 = 8;

/// How loud the samples were so far.
#[derive(Debug, Default)]
pub(crate) struct Level {
    /// The largest magnitude; above [`QUIET`], that of any sample above it.
    loudest: f32,
}

impl Level {
    pub(crate) fn push(&mut self, samples: &[f32]) {
        if self.is_quiet() {
            // Music is loud enough after a few samples.
            let loud = samples.iter().map(|x| x.abs()).find(|&x| x > QUIET);
            self.loudest = loud.unwrap_or_else(|| {
                let here = samples.iter().fold(0f32, |most, x| most.max(x.abs()));
                here.max(self.loudest)
            });
        }
    }

    fn is_quiet(&self) -> bool {
        self.loudest <= QUIET
    }
}

/// Computes features of a source with `compute`, from the mean of its channels, or from one of them if they cancel each other out.
///
/// # Errors
/// Those of `compute` for the mean.
pub(crate) fn with_downmix<T>(
    source: &mut dyn Source,
    mut compute: impl FnMut(&mut dyn Source, &mut Level) -> Result<T, AudioError>,
) -> Result<T, AudioError> {
    let mut mean = Level::default();
    let found = compute(source, &mut mean);
    let channels = source.channels().min(MOST);
    let may_cancel = matches!(found, Ok(_) | Err(AudioError::Silence));
    if channels < 2 || !mean.is_quiet() || !may_cancel {
        return found;
    }
    for channel in 0..channels {
        if !source.set_downmix(Downmix::Channel(channel)) {
            break;
        }
        let mut alone = Level::default();
        // From the start, as the first time: the same windows are read.
        source.seek(0)?;
        if let Ok(instead) = compute(source, &mut alone)
            && alone.loudest > LOUDER * mean.loudest
        {
            return Ok(instead);
        }
    }
    source.set_downmix(Downmix::Mean);
    found
}
