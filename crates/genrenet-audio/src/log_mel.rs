//! Log-mel spectra, as `librosa.power_to_db(librosa.feature.melspectrogram(...), ref=np.max)`.

use serde::{Deserialize, Serialize};

use crate::blocks::Blocks;
use crate::error::AudioError;
use crate::matrix::{Matrix, transpose};
use crate::mel::MelFilterbank;
use crate::power::{maximum, power_to_db};
use crate::rate::Rate;
use crate::resample::resample;
use crate::stft::PowerSpectrum;

/// How a log-mel spectrum is computed: librosa's names and defaults.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LogMelSpec {
    /// Sample rate at which the sound is heard (22 050 Hz).
    pub rate: Rate,
    /// Samples per frame (2048).
    pub n_fft: usize,
    /// Samples from one frame to the next (512).
    pub hop: usize,
    /// Mel bands (128).
    pub n_mels: usize,
    /// Lower edge of the lowest band in Hz (0).
    pub fmin: f32,
    /// Upper edge of the highest band in Hz; half the rate where it is not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fmax: Option<f32>,
    /// Decibels below the maximum at which everything quieter is set (80).
    pub top_db: f32,
}

impl Default for LogMelSpec {
    fn default() -> Self {
        Self {
            rate: Rate::Hz(22_050),
            n_fft: 2048,
            hop: 512,
            n_mels: 128,
            fmin: 0.0,
            fmax: None,
            top_db: 80.0,
        }
    }
}

impl LogMelSpec {
    /// Refuses impossible settings.
    ///
    /// # Errors
    /// [`AudioError::Setting`] with the first key that is wrong.
    pub fn check(&self) -> Result<(), AudioError> {
        self.mel().check()?;
        check_top_db(self.top_db)
    }

    /// What of it decides the mel powers.
    pub(crate) fn mel(&self) -> MelSpec {
        MelSpec {
            rate: self.rate,
            n_fft: self.n_fft,
            hop: self.hop,
            n_mels: self.n_mels,
            fmin: self.fmin,
            fmax: self.fmax,
        }
    }
}

/// The log-mel spectrum of `samples` at `rate` Hz in dB, `[n_mels, frames]`: 0 is the loudest cell, −`top_db` the floor.
///
/// Where `spec` asks for another rate the samples are resampled first. There are `1 + len / hop` frames, each centred on a
/// multiple of `hop`, zeros outside (librosa's `center=True`). Within 1e-3 dB of librosa 0.11 on the same samples. No
/// samples, or a spec that [`LogMelSpec::check`] refuses, give no frames.
///
/// ```
/// use genrenet_audio::{LogMelSpec, log_mel};
/// let tone: Vec<f32> = (0..22_050).map(|i| (i as f32 * 0.125).sin()).collect();
/// let db = log_mel(&tone, 22_050, &LogMelSpec::default());
/// assert_eq!((db.rows, db.cols), (128, 44));
/// assert_eq!(db.data.iter().cloned().fold(f32::MIN, f32::max), 0.0);
/// ```
pub fn log_mel(samples: &[f32], rate: u32, spec: &LogMelSpec) -> Matrix {
    match MelDecibels::of(samples, rate, &spec.mel()) {
        Some(db) => db.relative_to_maximum(spec.top_db),
        None => Matrix::zeros(spec.n_mels, 0),
    }
}

/// What decides the mel powers of a sound; a log-mel spectrum and MFCC with the same one share them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct MelSpec {
    pub(crate) rate: Rate,
    pub(crate) n_fft: usize,
    pub(crate) hop: usize,
    pub(crate) n_mels: usize,
    pub(crate) fmin: f32,
    pub(crate) fmax: Option<f32>,
}

/// The largest frame, hop or number of bands: far beyond use, and small enough that no table grows out of memory.
const LARGEST: usize = 1 << 20;

impl MelSpec {
    pub(crate) fn check(&self) -> Result<(), AudioError> {
        let setting = |key, value: String, reason: &str| {
            Err(AudioError::Setting {
                key,
                value,
                reason: reason.to_owned(),
            })
        };
        if let Rate::Hz(hz) = self.rate
            && !(1_000..=768_000).contains(&hz)
        {
            return setting(
                "rate",
                hz.to_string(),
                "expected \"own\" or 1000 to 768000 Hz",
            );
        }
        if !(2..=LARGEST).contains(&self.n_fft) {
            return setting(
                "n_fft",
                self.n_fft.to_string(),
                "expected 2 to 1048576 samples",
            );
        }
        if !(1..=LARGEST).contains(&self.hop) {
            return setting("hop", self.hop.to_string(), "expected 1 to 1048576 samples");
        }
        if !(1..=LARGEST / 64).contains(&self.n_mels) {
            return setting(
                "n_mels",
                self.n_mels.to_string(),
                "expected 1 to 16384 bands",
            );
        }
        if !(self.fmin >= 0.0 && self.fmin.is_finite()) {
            return setting("fmin", self.fmin.to_string(), "expected 0 Hz or more");
        }
        if let Some(fmax) = self.fmax
            && !(fmax > self.fmin && fmax.is_finite())
        {
            return setting("fmax", fmax.to_string(), "expected a frequency above fmin");
        }
        Ok(())
    }
}

pub(crate) fn check_top_db(top_db: f32) -> Result<(), AudioError> {
    if top_db > 0.0 && top_db.is_finite() {
        return Ok(());
    }
    Err(AudioError::Setting {
        key: "top_db",
        value: top_db.to_string(),
        reason: "expected a number of decibels above 0".to_owned(),
    })
}

/// From frames of samples to rows of mel decibels.
pub(crate) struct MelFrames {
    spectrum: PowerSpectrum,
    bank: MelFilterbank,
    power: Vec<f32>,
}

impl MelFrames {
    /// For sound at `rate` Hz (the one `spec` asks for).
    pub(crate) fn new(spec: &MelSpec, rate: u32) -> Self {
        let bank = MelFilterbank::new(rate, spec.n_fft, spec.n_mels, spec.fmin, spec.fmax);
        Self {
            spectrum: PowerSpectrum::new(spec.n_fft),
            power: vec![0.0; bank.padded_bins()],
            bank,
        }
    }

    /// Appends the mel powers of one frame to `rows`, in dB re 1, floored at −100.
    pub(crate) fn push(&mut self, frame: &[f32], rows: &mut Vec<f32>) {
        self.spectrum.of(frame, &mut self.power);
        let at = rows.len();
        rows.resize(at + self.bank.n_mels(), 0.0);
        self.bank.apply(&self.power, &mut rows[at..]);
        power_to_db(&mut rows[at..]);
    }
}

/// Mel powers of a whole sound in dB re 1, frame after frame, gathered as its samples come in.
pub(crate) struct MelDecibels {
    frames: MelFrames,
    blocks: Blocks,
    n_fft: usize,
    hop: usize,
    n_mels: usize,
    rows: Vec<f32>,
}

impl MelDecibels {
    pub(crate) fn new(spec: &MelSpec, rate: u32) -> Self {
        Self {
            frames: MelFrames::new(spec, rate),
            blocks: Blocks::new(spec.n_fft, spec.hop, spec.n_fft / 2),
            n_fft: spec.n_fft,
            hop: spec.hop,
            n_mels: spec.n_mels,
            rows: Vec::new(),
        }
    }

    /// Makes room for the frames of `len` samples.
    pub(crate) fn reserve(&mut self, len: usize) {
        self.rows.reserve((len / self.hop + 2) * self.n_mels);
    }

    /// All of `samples` at `rate` Hz, resampled where `spec` asks for it; nothing where there is nothing to compute.
    pub(crate) fn of(samples: &[f32], rate: u32, spec: &MelSpec) -> Option<Self> {
        let heard = spec.rate.hz(rate);
        if samples.is_empty() || rate == 0 || spec.check().is_err() {
            return None;
        }
        let resampled;
        let samples = if heard == rate {
            samples
        } else {
            resampled = resample(samples, rate, heard);
            &resampled
        };
        let mut all = Self::new(spec, heard);
        all.reserve(samples.len());
        all.push(samples);
        all.finish();
        Some(all)
    }

    /// Takes the next samples, at the rate it was made for.
    pub(crate) fn push(&mut self, samples: &[f32]) {
        self.blocks
            .push(samples, |frame| self.frames.push(frame, &mut self.rows));
    }

    /// Ends the sound with the half frame of zeros that follows it.
    pub(crate) fn finish(&mut self) {
        let zeros = vec![0.0; self.n_fft / 2];
        self.push(&zeros);
    }

    /// `[frames · n_mels]` values in dB re 1.
    pub(crate) fn rows(&self) -> &[f32] {
        &self.rows
    }

    /// `[n_mels, frames]` relative to the loudest cell.
    pub(crate) fn relative_to_maximum(&self, top_db: f32) -> Matrix {
        relative_to_maximum(&self.rows, self.n_mels, top_db)
    }
}

/// Rows of `n_mels` values in dB re 1, transposed to `[n_mels, frames]` with the loudest cell at 0 and the floor −`top_db`.
pub(crate) fn relative_to_maximum(rows: &[f32], n_mels: usize, top_db: f32) -> Matrix {
    let frames = rows.len() / n_mels.max(1);
    let reference = maximum(rows);
    let mut out = Matrix::zeros(n_mels, frames);
    transpose(rows, frames, n_mels, &mut out.data, |db| {
        (db - reference).max(-top_db)
    });
    out
}
