//! Segments: stretches of consecutive mel frames, which pre-trained networks read.

use std::ops::Range;

use half::f16;
use half::slice::HalfFloatSliceExt;
use serde::{Deserialize, Serialize};

use crate::error::AudioError;
use crate::mel_spec::MelSpec;
use crate::power::power_to_db;
use crate::rate::Rate;

/// The segments of a window: stretches of consecutive frames of a mel spectrogram, its powers compressed by
/// log10(`scale` · power + 1).
///
/// Frames are those of the whole song's spectrogram: at the ends of a window they contain the samples around it, and only
/// before the first and after the last sample of the song there are zeros. A window is divided into equal parts, one for each segment, and each
/// segment lies in the middle of its part. In a song that is shorter than a segment, its frames are repeated.
///
/// The defaults are musicnn's (Pons and Serra 2019, `musicnn/configuration.py`): segments of 187 frames (3 s) at 16 kHz, 96 bands,
/// powers rounded to 16 bits before the logarithm.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SegmentSpec {
    /// Sample rate in Hz to which the audio is resampled (16 000).
    pub rate: u32,
    /// Samples per frame (512).
    pub n_fft: usize,
    /// Samples from one frame to the next (256).
    pub hop: usize,
    /// Mel bands (96).
    pub n_mels: usize,
    /// Lower edge of the lowest band in Hz (0).
    pub fmin: f32,
    /// Upper edge of the highest band in Hz; half the rate where it is not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fmax: Option<f32>,
    /// Frames of a segment (187).
    pub frames: usize,
    /// The most segments that are used of a window (1).
    pub segments: usize,
    /// Factor of the mel power in the logarithm (10 000).
    pub scale: f32,
    /// Whether mel powers are rounded to 16-bit floats first (true).
    pub half_precision: bool,
}

impl Default for SegmentSpec {
    fn default() -> Self {
        Self {
            rate: 16_000,
            n_fft: 512,
            hop: 256,
            n_mels: 96,
            fmin: 0.0,
            fmax: None,
            frames: 187,
            segments: 1,
            scale: 10_000.0,
            half_precision: true,
        }
    }
}

/// Most segments of a window: more than a day has.
const SEGMENTS: usize = 1 << 15;
/// Most frames of a segment.
const FRAMES: usize = 1 << 16;

impl SegmentSpec {
    /// Checks the settings.
    ///
    /// # Errors
    /// [`AudioError::Setting`] with the first key that is wrong.
    pub fn check(&self) -> Result<(), AudioError> {
        self.mel().check()?;
        for (key, value, most) in [
            ("frames", self.frames, FRAMES),
            ("segments", self.segments, SEGMENTS),
        ] {
            if !(1..=most).contains(&value) {
                let expected = format!("expected 1 to {most}");
                return Err(AudioError::setting(key, value, expected));
            }
        }
        if !(self.scale > 0.0 && self.scale.is_finite()) {
            return Err(AudioError::setting(
                "scale",
                self.scale,
                "expected a number above 0",
            ));
        }
        Ok(())
    }

    /// Length of a segment in seconds.
    pub fn seconds(&self) -> f64 {
        (self.frames * self.hop) as f64 / f64::from(self.rate.max(1))
    }

    pub(crate) fn mel(&self) -> MelSpec {
        MelSpec {
            rate: Rate::Hz(self.rate),
            n_fft: self.n_fft,
            hop: self.hop,
            n_mels: self.n_mels,
            fmin: self.fmin,
            fmax: self.fmax,
        }
    }

    /// The first frames of the segments of a window that begins with sample `window.start` and ends before `window.end`, both
    /// at [`SegmentSpec::rate`]; at least one.
    pub(super) fn first_frames(&self, window: &Range<u64>) -> Vec<u64> {
        let hop = self.hop as u64;
        // Frames are centred on multiples of `hop`, one of which may be the window's end.
        let (first, end) = (window.start.div_ceil(hop), window.end / hop + 1);
        let (frames, total) = (self.frames as u64, end.saturating_sub(first));
        let count = (total / frames).clamp(1, self.segments as u64);
        (0..count)
            .map(|part| {
                // The middle of part p of n lies at (2p + 1) / 2n of the window.
                let middle = first + total * (2 * part + 1) / (2 * count);
                let last = first + total.saturating_sub(frames);
                middle.saturating_sub(frames / 2).clamp(first, last)
            })
            .collect()
    }

    /// Compresses mel powers in place: log10(`scale` · power + 1).
    pub(super) fn compress(&self, power: &mut [f32]) {
        if self.half_precision {
            let mut rounded = vec![f16::ZERO; power.len()];
            // What 16 bits can't hold is the largest that they can: infinity would make every answer NaN.
            let largest = f16::MAX.to_f32();
            power.iter_mut().for_each(|p| *p = p.min(largest));
            rounded.convert_from_f32_slice(power);
            rounded.convert_to_f32_slice(power);
        }
        power.iter_mut().for_each(|p| *p = *p * self.scale + 1.0);
        power_to_db(power);
        power.iter_mut().for_each(|p| *p *= 0.1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn powers_are_rounded_and_compressed() {
        let spec = SegmentSpec::default();
        let mut powers = [0.0, 1e-9, 3.3e-5, 0.123_456_7, 17.37, 70_000.0];
        let expected = powers.map(|p: f32| {
            let rounded = f16::from_f32(p.min(65_504.0)).to_f32();
            (f64::from(rounded) * 10_000.0 + 1.0).log10() as f32
        });
        spec.compress(&mut powers);
        for (found, expected) in powers.iter().zip(expected) {
            assert!((found - expected).abs() < 1e-5, "{found} {expected}");
        }
    }

    #[test]
    fn whole_segments_follow_each_other_from_the_start() {
        let spec = SegmentSpec {
            segments: 28,
            ..SegmentSpec::default()
        };
        let ten = spec.first_frames(&(0..(10 * 187 - 1) * 256));
        assert_eq!(ten, (0..10).map(|i| i * 187).collect::<Vec<_>>());
        assert_eq!(spec.first_frames(&(512..600)), [2]);
    }

    proptest! {
        #[test]
        fn segments_are_apart_and_inside(
            start in 0u64..1_000_000, len in 1u64..10_000_000, frames in 1usize..400, segments in 1usize..60,
        ) {
            let spec = SegmentSpec { frames, segments, ..SegmentSpec::default() };
            let found = spec.first_frames(&(start..start + len));
            prop_assert!(!found.is_empty() && found.len() <= segments);
            for pair in found.windows(2) {
                prop_assert!(pair[1] >= pair[0] + frames as u64);
            }
            prop_assert!(found[0] * 256 >= start);
            if found.len() > 1 {
                let last = found[found.len() - 1] + frames as u64;
                prop_assert!(last <= (start + len) / 256 + 1);
            }
        }
    }
}
