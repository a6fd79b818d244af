//! Samples at the rate of a feature, as they come in.

use crate::error::AudioError;
use crate::resample::{Resampler, check_rate};

/// Resamples a stream, where the rate of a feature is not that of the file.
pub(crate) struct AtRate {
    resampler: Option<Resampler>,
    resampled: Vec<f32>,
}

impl AtRate {
    /// From `own` to `rate`, both in Hz.
    ///
    /// # Errors
    /// [`AudioError::Unsupported`] for a rate that cannot be resampled.
    pub(crate) fn new(own: u32, rate: u32) -> Result<Self, AudioError> {
        let resampler = if rate == own {
            None
        } else {
            check_rate(own)?;
            Some(Resampler::new(own, rate))
        };
        Ok(Self {
            resampler,
            resampled: Vec::new(),
        })
    }

    /// Length of `len` samples of the file.
    pub(crate) fn len_of(&self, len: usize) -> usize {
        let resampler = self.resampler.as_ref();
        resampler.map_or(len, |resampler| resampler.output_len(len as u64) as usize)
    }

    /// The samples at the new rate that the next `samples` complete.
    pub(crate) fn push<'a>(&'a mut self, samples: &'a [f32]) -> &'a [f32] {
        let Some(resampler) = &mut self.resampler else {
            return samples;
        };
        self.resampled.clear();
        resampler.push(samples, &mut self.resampled);
        &self.resampled
    }

    /// What is left at the end of the file.
    pub(crate) fn finish(self) -> Vec<f32> {
        let mut rest = self.resampled;
        rest.clear();
        if let Some(resampler) = self.resampler {
            resampler.finish(&mut rest);
        }
        rest
    }
}
