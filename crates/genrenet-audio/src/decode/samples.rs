//! Samples in memory.

use crate::decode::{Downmix, Source};
use crate::error::AudioError;
use crate::format::Format;

/// Most samples that are returned at once.
const RUN: usize = 1 << 16;

/// Samples in memory as a [`Source`], for example from another decoder, a synthesiser or a microphone.
pub struct Samples {
    /// Interleaved.
    samples: Vec<f32>,
    channels: u16,
    rate: u32,
    downmix: Downmix,
    /// The next sample frame.
    at: usize,
}

impl Samples {
    /// Takes interleaved samples, nominally in [-1, 1], of `channels` channels (1 for mono) at `rate` sample frames per second.
    ///
    /// # Errors
    /// [`AudioError::Setting`] for 0 channels, a rate of 0, or an incomplete last frame;
    /// [`AudioError::NotANumber`] for NaN and infinity.
    pub fn new(samples: Vec<f32>, channels: u16, rate: u32) -> Result<Self, AudioError> {
        let setting = |key: &str, value: String, reason: &str| AudioError::Setting {
            key: key.to_owned(),
            value,
            reason: reason.to_owned(),
        };
        if rate == 0 {
            return Err(setting(
                "rate",
                "0".into(),
                "expected a sample rate in Hz above 0",
            ));
        }
        if channels == 0 || !samples.len().is_multiple_of(channels.into()) {
            let found = format!("{channels} for {} samples", samples.len());
            return Err(setting("channels", found, "expected whole sample frames"));
        }
        if let Some(at) = samples.iter().position(|x| !x.is_finite()) {
            return Err(AudioError::NotANumber {
                format: Format::Pcm.to_string(),
                value: samples[at].into(),
                frame: at as u64 / u64::from(channels),
            });
        }
        Ok(Self {
            samples,
            channels,
            rate,
            downmix: Downmix::Mean,
            at: 0,
        })
    }

    fn len(&self) -> usize {
        self.samples.len() / usize::from(self.channels)
    }
}

impl Source for Samples {
    fn format(&self) -> Format {
        Format::Pcm
    }

    fn rate(&self) -> u32 {
        self.rate
    }

    fn channels(&self) -> u16 {
        self.channels
    }

    fn frames(&self) -> Option<u64> {
        Some(self.len() as u64)
    }

    fn read(&mut self, out: &mut Vec<f32>) -> Result<usize, AudioError> {
        let channels = usize::from(self.channels);
        let end = self.len().min(self.at + RUN);
        let frames = self.samples[self.at * channels..end * channels].chunks_exact(channels);
        match self.downmix {
            Downmix::Channel(channel) => {
                out.extend(frames.map(|frame| frame.get(usize::from(channel)).unwrap_or(&0.0)));
            }
            Downmix::Mean => {
                out.extend(frames.map(|frame| frame.iter().sum::<f32>() / channels as f32))
            }
        }
        let read = end - self.at;
        self.at = end;
        Ok(read)
    }

    fn seek(&mut self, to: u64) -> Result<(), AudioError> {
        self.at = usize::try_from(to).unwrap_or(usize::MAX).min(self.len());
        Ok(())
    }

    fn set_downmix(&mut self, downmix: Downmix) -> bool {
        self.downmix = downmix;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn channels_are_averaged_and_seeking_is_exact() {
        let mut source = Samples::new(vec![1.0, 0.0, 0.5, -0.5, 0.2, 0.4], 2, 8000).unwrap();
        assert_eq!(source.frames(), Some(3));
        let mut out = Vec::new();
        source.seek(1).unwrap();
        assert_eq!(source.read(&mut out).unwrap(), 2);
        assert_eq!(out, [0.0, 0.3]);
        assert!(source.set_downmix(Downmix::Channel(0)));
        source.seek(0).unwrap();
        out.clear();
        source.read(&mut out).unwrap();
        assert_eq!(out, [1.0, 0.5, 0.2]);
    }

    #[test]
    fn invalid_samples_are_refused() {
        for (samples, channels, rate) in [
            (vec![0.0; 3], 2, 8000),
            (vec![0.0; 3], 0, 8000),
            (vec![0.0; 3], 1, 0),
            (vec![0.0, f32::NAN], 1, 8000),
        ] {
            assert!(Samples::new(samples, channels, rate).is_err());
        }
    }
}
