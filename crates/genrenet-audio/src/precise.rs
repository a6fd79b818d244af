//! Features with every parameter of librosa's, in double precision where librosa computes so.

use crate::at_rate::AtRate;
use crate::blocks::Blocks;
use crate::decode::Source;
use crate::error::AudioError;
use crate::extract::{Extracted, Features, check_finite, highest_frequency, no_samples};
use crate::feature_spec::FeatureSpec;
use crate::log_mel::relative_to_maximum;
use crate::matrix::Matrix;
use crate::mel::MelFilterbank;
use crate::panics::caught;
use crate::power::{maximum, power_to_db};
use crate::spectrogram::Growing;
use crate::stft::PowerSpectrum;
use crate::vector::vectorised;

/// The log-mel spectrogram and the MFCC of samples in memory at `rate` Hz, with every parameter of librosa's.
///
/// The spectra and the cosine transform are computed in double precision, so that both are within 1e-4 (dB) of librosa 0.11 on the same
/// samples; [`features`](crate::features()) is faster and within 1e-3. If `spec` names another rate, the samples are resampled first.
///
/// # Errors
/// [`AudioError::Setting`] for an invalid spec, also for an `n_fft` above the number of samples without `center`;
/// [`AudioError::TooShort`] without samples; [`AudioError::NotANumber`] for a sample that is infinite or NaN; [`AudioError::Unsupported`] if
/// a rate below 1 kHz or above 768 kHz would have to be resampled.
///
/// ```
/// use genrenet_audio::{FeatureSpec, precise_features};
/// let tone: Vec<f32> = (0..22_050).map(|i| (i as f32 * 0.125).sin()).collect();
/// let spec = FeatureSpec { htk: true, center: false, top_db: None, ..FeatureSpec::default() };
/// let found = precise_features(&tone, 22_050, &spec)?;
/// let (log_mel, mfcc) = (found.log_mel.expect("always"), found.mfcc.expect("always"));
/// assert_eq!((log_mel.rows, log_mel.cols), (128, 40));
/// assert_eq!((mfcc.rows, mfcc.cols), (20, 40));
/// # Ok::<(), genrenet_audio::AudioError>(())
/// ```
pub fn precise_features(
    samples: &[f32],
    rate: u32,
    spec: &FeatureSpec,
) -> Result<Features, AudioError> {
    spec.check()?;
    if samples.is_empty() {
        return Err(no_samples(rate));
    }
    let mut pass = Pass::new(spec, rate)?;
    check_finite(samples, |run| pass.push(run))?;
    pass.finish()
}

/// As [`precise_features`], from a source that is open, at its start: all of it is decoded, to the mean of its channels.
///
/// Where it is resampled to a lower rate, an MP3 is not decoded above that, which moves cells near the floor by up to 0.05 dB.
///
/// # Errors
/// As [`precise_features`] and [`Source::read`].
pub fn precise_features_of_source(
    source: &mut dyn Source,
    spec: &FeatureSpec,
) -> Result<Extracted, AudioError> {
    spec.check()?;
    caught(|| {
        let rate = source.rate();
        let mut pass = Pass::new(spec, rate)?;
        if let Some(hz) = highest_frequency(std::iter::once(spec.rate.hz(rate)), rate) {
            source.limit_band(hz);
        }
        let (mut samples, mut total) = (Vec::new(), 0u64);
        while source.read(&mut samples)? > 0 {
            total += samples.len() as u64;
            pass.push(&samples);
            samples.clear();
        }
        if total == 0 {
            return Err(no_samples(rate));
        }
        Ok(Extracted::of(source, total, pass.finish()?))
    })
}

/// From samples of a file to features, as the samples come in.
struct Pass<'a> {
    spec: &'a FeatureSpec,
    at_rate: AtRate,
    /// Samples at the features' rate.
    samples: u64,
    blocks: Blocks,
    frames: Frames,
    table: Growing,
}

impl<'a> Pass<'a> {
    fn new(spec: &'a FeatureSpec, own: u32) -> Result<Self, AudioError> {
        let rate = spec.rate.hz(own);
        spec.mel().check_bands(rate)?;
        let zeros = if spec.center { spec.n_fft / 2 } else { 0 };
        Ok(Self {
            spec,
            at_rate: AtRate::new(own, rate)?,
            samples: 0,
            blocks: Blocks::new(spec.n_fft, spec.hop, zeros),
            frames: Frames::new(spec, rate),
            table: Growing::new(spec.n_mels, 0),
        })
    }

    fn push(&mut self, samples: &[f32]) {
        let resampled = self.at_rate.push(samples);
        self.samples += resampled.len() as u64;
        let (frames, table) = (&mut self.frames, &mut self.table);
        self.blocks
            .push(resampled, |frame| frames.push(frame, table));
    }

    fn finish(mut self) -> Result<Features, AudioError> {
        let mut rest = self.at_rate.finish();
        self.samples += rest.len() as u64;
        if self.spec.center {
            rest.resize(rest.len() + self.spec.n_fft / 2, 0.0);
        } else if self.samples < self.spec.n_fft as u64 {
            let expected = format!(
                "expected at most the {} samples of the sound, as center is false",
                self.samples
            );
            return Err(AudioError::setting("n_fft", self.spec.n_fft, expected));
        }
        let (frames, table) = (&mut self.frames, &mut self.table);
        self.blocks.push(&rest, |frame| frames.push(frame, table));
        let decibels = self.table.finish();
        let mfcc = cepstra(&decibels, self.spec);
        let top_db = self.spec.top_db.unwrap_or(f32::INFINITY);
        Ok(Features {
            log_mel: Some(relative_to_maximum(decibels, top_db)),
            mfcc: Some(mfcc),
        })
    }
}

/// From frames of samples to mel decibels.
struct Frames {
    spectrum: PowerSpectrum<f64>,
    squares: Vec<f64>,
    /// Half the exponent of the magnitudes.
    exponent: f64,
    bank: MelFilterbank,
    powers: Vec<f32>,
}

impl Frames {
    fn new(spec: &FeatureSpec, rate: u32) -> Self {
        let spectrum = PowerSpectrum::new(spec.n_fft);
        let bank = MelFilterbank::designed(&spec.filters(rate));
        Self {
            squares: vec![0.0; spectrum.bins()],
            spectrum,
            exponent: spec.power / 2.0,
            powers: vec![0.0; bank.padded_bins()],
            bank,
        }
    }

    /// Adds the mel powers of one frame to `table`, in dB re 1, floored at −100.
    fn push(&mut self, frame: &[f32], table: &mut Growing) {
        self.spectrum.of(frame, &mut self.squares);
        match self.exponent {
            1.0 => {}
            0.5 => self.squares.iter_mut().for_each(|x| *x = x.sqrt()),
            exponent => self.squares.iter_mut().for_each(|x| *x = x.powf(exponent)),
        }
        narrow(&self.squares, &mut self.powers);
        table.push(|mel| {
            self.bank.apply(&self.powers, mel);
            power_to_db(mel);
        });
    }
}

vectorised! {
    fn narrow(squares: &[f64], powers: &mut [f32]) {
        for (power, &square) in powers.iter_mut().zip(squares) {
            *power = square as f32;
        }
    }
}

/// Frames that are transformed at once.
const FRAMES: usize = 16;

/// `[n_mfcc, frames]` from decibels re 1, `[n_mels, frames]`.
fn cepstra(decibels: &Matrix, spec: &FeatureSpec) -> Matrix {
    let floor = maximum(&decibels.data) - spec.top_db.unwrap_or(f32::INFINITY);
    let cosines: Vec<Vec<f64>> = (0..spec.n_mfcc).map(|k| spec.cosines(k)).collect();
    let mut out = Matrix::zeros(spec.n_mfcc, decibels.cols);
    let mut block = vec![[0.0; FRAMES]; decibels.rows];
    for first in (0..decibels.cols).step_by(FRAMES) {
        let n = FRAMES.min(decibels.cols - first);
        for (band, values) in block.iter_mut().enumerate() {
            let row = &decibels.row(band)[first..first + n];
            for (value, &db) in values.iter_mut().zip(row) {
                *value = f64::from(db.max(floor));
            }
        }
        for (k, cosines) in cosines.iter().enumerate() {
            let at = k * out.cols + first;
            out.data[at..at + n].copy_from_slice(&product(cosines, &block)[..n]);
        }
    }
    out
}

vectorised! {
    fn product(cosines: &[f64], block: &[[f64; FRAMES]]) -> [f32; FRAMES] {
        let mut sums = [0.0f64; FRAMES];
        for (cosine, values) in cosines.iter().zip(block) {
            for (sum, value) in sums.iter_mut().zip(values) {
                *sum += cosine * value;
            }
        }
        sums.map(|sum| sum as f32)
    }
}
