//! The settings of [`precise_features`](crate::precise_features()).

use crate::dct::Dct;
use crate::error::AudioError;
use crate::log_mel::check_top_db;
use crate::mel::MelDesign;
use crate::mel_spec::MelSpec;
use crate::rate::Rate;

/// How a log-mel spectrogram and MFCC are computed: every parameter of librosa's `melspectrogram`, `power_to_db` and `mfcc`,
/// and their defaults.
///
/// The window is periodic Hann of `n_fft` samples. Recipes and bundles use [`LogMelSpec`](crate::LogMelSpec) and
/// [`MfccSpec`](crate::MfccSpec).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FeatureSpec {
    /// Sample rate to which the audio is resampled (22 050 Hz).
    pub rate: Rate,
    /// Samples per frame (2048).
    pub n_fft: usize,
    /// Samples from one frame to the next, librosa's `hop_length` (512).
    pub hop: usize,
    /// Mel bands (128).
    pub n_mels: usize,
    /// Coefficients that are kept (20).
    pub n_mfcc: usize,
    /// Lower edge of the lowest band in Hz (0).
    pub fmin: f64,
    /// Upper edge of the highest band in Hz; half the rate where it is not given.
    pub fmax: Option<f64>,
    /// The HTK's mel scale instead of Slaney's (false).
    pub htk: bool,
    /// Filters of unit area, librosa's `norm="slaney"`, not of unit height, `norm=None` (true).
    pub unit_area: bool,
    /// Exponent of the magnitudes (2: powers).
    pub power: f64,
    /// Whether a frame is centred on its time, with zeros around the signal (true), or begins there.
    pub center: bool,
    /// Decibels below the maximum at which everything quieter is clipped, if at all (80).
    pub top_db: Option<f32>,
    /// Type of the discrete cosine transform: 1, 2 or 3 (2).
    pub dct_type: u8,
    /// Whether the transform is orthonormal, librosa's `norm="ortho"` (true).
    pub dct_ortho: bool,
    /// Coefficient `k` is multiplied by `1 + lifter / 2 · sin(π (k + 1) / lifter)`; 0: by 1 (0).
    pub lifter: f64,
}

impl Default for FeatureSpec {
    fn default() -> Self {
        Self {
            rate: Rate::Hz(22_050),
            n_fft: 2048,
            hop: 512,
            n_mels: 128,
            n_mfcc: 20,
            fmin: 0.0,
            fmax: None,
            htk: false,
            unit_area: true,
            power: 2.0,
            center: true,
            top_db: Some(80.0),
            dct_type: 2,
            dct_ortho: true,
            lifter: 0.0,
        }
    }
}

impl FeatureSpec {
    /// Checks the settings.
    ///
    /// # Errors
    /// [`AudioError::Setting`] with the first key that is wrong.
    pub fn check(&self) -> Result<(), AudioError> {
        self.mel().check()?;
        if !(self.power > 0.0 && self.power.is_finite()) {
            let expected = "expected an exponent above 0";
            return Err(AudioError::setting("power", self.power, expected));
        }
        if let Some(top_db) = self.top_db {
            check_top_db(top_db)?;
        }
        if !(1..=self.n_mels).contains(&self.n_mfcc) {
            let expected = format!("expected 1 to n_mels = {}", self.n_mels);
            return Err(AudioError::setting("n_mfcc", self.n_mfcc, expected));
        }
        if !(1..=3).contains(&self.dct_type) {
            let expected = "expected 1, 2 or 3";
            return Err(AudioError::setting("dct_type", self.dct_type, expected));
        }
        if self.dct_type == 1 && self.n_mels < 2 {
            let expected = "expected at least 2 bands for dct_type = 1";
            return Err(AudioError::setting("n_mels", self.n_mels, expected));
        }
        if !(self.lifter >= 0.0 && self.lifter.is_finite()) {
            return Err(AudioError::setting(
                "lifter",
                self.lifter,
                "expected 0 or more",
            ));
        }
        Ok(())
    }

    /// The settings that are checked as those of recipes are.
    pub(crate) fn mel(&self) -> MelSpec {
        MelSpec {
            rate: self.rate,
            n_fft: self.n_fft,
            hop: self.hop,
            n_mels: self.n_mels,
            fmin: self.fmin as f32,
            fmax: self.fmax.map(|hz| hz as f32),
        }
    }

    /// The filters at a rate in Hz.
    pub(crate) fn filters(&self, rate: u32) -> MelDesign {
        MelDesign {
            rate,
            n_fft: self.n_fft,
            n_mels: self.n_mels,
            fmin: self.fmin,
            fmax: self.fmax,
            htk: self.htk,
            unit_area: self.unit_area,
        }
    }

    /// The weights of all bands in coefficient `k`, lifted.
    pub(crate) fn cosines(&self, k: usize) -> Vec<f64> {
        let dct = Dct {
            kind: self.dct_type,
            ortho: self.dct_ortho,
        };
        let lift = if self.lifter > 0.0 {
            let angle = std::f64::consts::PI * (k + 1) as f64 / self.lifter;
            1.0 + self.lifter / 2.0 * angle.sin()
        } else {
            1.0
        };
        let bands = 0..self.n_mels;
        bands
            .map(|band| lift * dct.weight(self.n_mels, k, band))
            .collect()
    }
}
