//! Channels that cancel each other out, of which players play each: one of them is heard instead of their mean.
//!
//! The rule: where the mean of the channels is nowhere louder than [`QUIET`] in all that is heard, each channel is heard by
//! itself, and the first one whose loudest sample is over [`LOUDER`] times that of the mean stands for the file.

use crate::decode::{Mix, Source};
use crate::error::AudioError;

/// −26 dB re full scale: music is louder somewhere, and only what is not is heard a second time.
const QUIET: f32 = 0.05;
/// 20 dB. Lossy codecs leave so much of what cancels out; one channel alone of eight is 18 dB louder than their mean.
const LOUDER: f32 = 10.0;
/// Channels that are tried, of a file that may claim thousands.
const MOST: u16 = 8;

/// How loud the samples were so far.
#[derive(Debug, Default)]
pub(crate) struct Level {
    /// The loudest; where it is above [`QUIET`], some sample above it.
    loudest: f32,
}

impl Level {
    pub(crate) fn push(&mut self, samples: &[f32]) {
        if self.is_quiet() {
            // Music is loud enough at once.
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

/// Computes features of a source with `compute`, by the mean of its channels, or by one of them where they cancel each other out.
///
/// # Errors
/// Those of `compute`, of the mean.
pub(crate) fn with_mix<T>(
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
        if !source.mix(Mix::Channel(channel)) {
            break;
        }
        let mut alone = Level::default();
        // As the first time: what is quiet may be loud in a passage that stays unheard.
        source.seek(0)?;
        if let Ok(instead) = compute(source, &mut alone)
            && alone.loudest > LOUDER * mean.loudest
        {
            return Ok(instead);
        }
    }
    source.mix(Mix::Mean);
    found
}
