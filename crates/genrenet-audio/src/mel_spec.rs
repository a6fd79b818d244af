//! The settings that decide mel powers, and their checks.

use crate::error::AudioError;
use crate::rate::Rate;

/// The settings that decide the mel powers; a log-mel spectrogram and MFCC with the same ones share them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct MelSpec {
    pub(crate) rate: Rate,
    pub(crate) n_fft: usize,
    pub(crate) hop: usize,
    pub(crate) n_mels: usize,
    pub(crate) fmin: f32,
    pub(crate) fmax: Option<f32>,
}

/// The largest frame and hop: far more than is useful, and small enough for any memory.
const LARGEST: usize = 1 << 20;

impl MelSpec {
    /// The same with the rate as a number, for audio of rate `own`.
    pub(crate) fn at(self, own: u32) -> Self {
        Self {
            rate: Rate::Hz(self.rate.hz(own)),
            ..self
        }
    }

    pub(crate) fn check(&self) -> Result<(), AudioError> {
        if let Rate::Hz(hz) = self.rate
            && !(1_000..=768_000).contains(&hz)
        {
            let expected = "expected \"own\" or 1000 to 768000 Hz";
            return Err(AudioError::setting("rate", hz, expected));
        }
        if !(2..=LARGEST).contains(&self.n_fft) {
            return Err(AudioError::setting(
                "n_fft",
                self.n_fft,
                "expected 2 to 1048576 samples",
            ));
        }
        if !(1..=LARGEST).contains(&self.hop) {
            return Err(AudioError::setting(
                "hop",
                self.hop,
                "expected 1 to 1048576 samples",
            ));
        }
        if !(1..=LARGEST / 64).contains(&self.n_mels) {
            return Err(AudioError::setting(
                "n_mels",
                self.n_mels,
                "expected 1 to 16384 bands",
            ));
        }
        let bins = self.n_fft / 2 + 1;
        if self.n_mels > bins {
            let expected = format!(
                "expected at most the {bins} bins of a spectrum of n_fft = {}",
                self.n_fft
            );
            return Err(AudioError::setting("n_mels", self.n_mels, expected));
        }
        if !(self.fmin >= 0.0 && self.fmin.is_finite()) {
            return Err(AudioError::setting(
                "fmin",
                self.fmin,
                "expected 0 Hz or more",
            ));
        }
        if let Some(fmax) = self.fmax
            && !(fmax > self.fmin && fmax.is_finite())
        {
            let expected = format!("expected a frequency above fmin = {}", self.fmin);
            return Err(AudioError::setting("fmax", fmax, expected));
        }
        let Rate::Hz(hz) = self.rate else {
            return Ok(());
        };
        // With the files' own rates, bands above half the rate stay empty as in librosa; with a fixed rate they would be empty in every file.
        if let Some(fmax) = self.fmax.filter(|&fmax| fmax > hz as f32 / 2.0) {
            let expected = format!("expected at most half the rate, {} Hz", hz as f32 / 2.0);
            return Err(AudioError::setting("fmax", fmax, expected));
        }
        self.check_bands(hz)
    }

    /// Refuses bands in which no bin of a spectrum lies, at a rate in Hz: every spectrogram would be empty.
    pub(crate) fn check_bands(&self, rate: u32) -> Result<(), AudioError> {
        let rate = f64::from(rate.max(1));
        let (half, step) = (rate / 2.0, rate / self.n_fft as f64);
        let (low, high) = (f64::from(self.fmin), self.fmax.map_or(half, f64::from));
        if low >= half {
            let expected = format!("expected less than half the rate, {half} Hz");
            return Err(AudioError::setting("fmin", self.fmin, expected));
        }
        // A filter is 0 at the bands' ends: the first bin above the lower one has to lie below the upper one.
        if ((low / step).floor() + 1.0) * step >= high.min(half) {
            let expected = format!(
                "expected so many samples that a bin of the spectrum lies between fmin = {low} and fmax = {high} Hz; \
                 they are {step} Hz apart"
            );
            return Err(AudioError::setting("n_fft", self.n_fft, expected));
        }
        Ok(())
    }
}
