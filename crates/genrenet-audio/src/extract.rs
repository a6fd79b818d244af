//! Features of whole files, in one pass.

use serde::{Deserialize, Serialize};

use crate::at_rate::AtRate;
use crate::cancelling::{Level, with_downmix};
use crate::decode::{Input, Source, open};
use crate::error::AudioError;
use crate::format::Format;
use crate::log_mel::{LogMelSpec, MelDecibels, relative_to_maximum};
use crate::matrix::Matrix;
use crate::mel_spec::MelSpec;
use crate::mfcc::{MfccSpec, of_decibels};
use crate::panics::caught;
use crate::power::maximum;
use crate::vector::vectorised;

/// Which features are extracted.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExtractSpec {
    /// The log-mel spectrogram, if it is to be computed.
    pub log_mel: Option<LogMelSpec>,
    /// The MFCC, if they are to be computed.
    pub mfcc: Option<MfccSpec>,
}

impl Default for ExtractSpec {
    /// Both, with librosa's defaults.
    fn default() -> Self {
        Self {
            log_mel: Some(LogMelSpec::default()),
            mfcc: Some(MfccSpec::default()),
        }
    }
}

/// The features of a whole file.
#[derive(Debug, Clone, PartialEq)]
pub struct Extracted {
    /// The file's format.
    pub format: Format,
    /// The file's own rate in Hz.
    pub rate: u32,
    /// Channels in the file.
    pub channels: u16,
    /// Length in seconds.
    pub seconds: f64,
    /// `[n_mels, frames]` in dB, 0 = the loudest cell, if requested.
    pub log_mel: Option<Matrix>,
    /// `[n_mfcc, frames]`, if requested.
    pub mfcc: Option<Matrix>,
}

impl Extracted {
    /// The features of a source of so many sample frames.
    pub(crate) fn of(source: &dyn Source, frames: u64, features: Features) -> Self {
        let rate = source.rate();
        Self {
            format: source.format(),
            rate,
            channels: source.channels(),
            seconds: frames as f64 / f64::from(rate.max(1)),
            log_mel: features.log_mel,
            mfcc: features.mfcc,
        }
    }
}

/// Extracts the features of a whole file while it is decoded.
///
/// Memory grows with the features (one value per band and frame, once per rate and filterbank), not with the samples.
/// The features are those of [`log_mel`](crate::log_mel()) and [`mfcc`](crate::mfcc()) on the decoded samples; if all
/// are resampled to a lower rate, an MP3 is not decoded above that, which moves cells near the floor by up to 0.05 dB.
///
/// Channels that cancel each other out are treated as by [`song_features`](crate::song_features()).
///
/// # Errors
/// As [`open`] and [`Source::read`](crate::Source::read); [`AudioError::Setting`] for an invalid spec;
/// [`AudioError::TooShort`] for a file without samples.
pub fn extract(input: Input, spec: &ExtractSpec) -> Result<Extracted, AudioError> {
    let mut source = caught(|| open(input))?;
    extract_source(&mut *source, spec)
}

/// As [`extract`], from a source that is already open, at its start.
///
/// # Errors
/// As [`extract`].
pub fn extract_source(
    source: &mut dyn Source,
    spec: &ExtractSpec,
) -> Result<Extracted, AudioError> {
    if let Some(spec) = &spec.log_mel {
        spec.check()?;
    }
    if let Some(spec) = &spec.mfcc {
        spec.check()?;
    }
    caught(|| with_downmix(source, |source, level| extract_from(source, spec, level)))
}

fn extract_from(
    source: &mut dyn Source,
    spec: &ExtractSpec,
    level: &mut Level,
) -> Result<Extracted, AudioError> {
    let rate = source.rate();
    let mut passes = Passes::new(spec, rate, 0)?;
    if let Some(hz) = highest_frequency(passes.0.iter().map(|pass| pass.spec.rate.hz(rate)), rate) {
        source.limit_band(hz);
    }
    let mut total = 0u64;
    let mut samples = Vec::new();
    loop {
        samples.clear();
        if source.read(&mut samples)? == 0 {
            break;
        }
        total += samples.len() as u64;
        level.push(&samples);
        passes.push(&samples);
    }
    if total == 0 {
        return Err(no_samples(rate));
    }
    let features = passes.finish(spec);
    Ok(Extracted::of(source, total, features))
}

/// The features of a whole signal.
#[derive(Debug, Clone, PartialEq)]
pub struct Features {
    /// `[n_mels, frames]` in dB, 0 = the loudest cell, if requested.
    pub log_mel: Option<Matrix>,
    /// `[n_mfcc, frames]`, if requested.
    pub mfcc: Option<Matrix>,
}

/// The features of samples in memory: those of [`log_mel`](crate::log_mel()) and [`mfcc`](crate::mfcc()), which share
/// their mel powers here.
///
/// # Errors
/// [`AudioError::Setting`] for an invalid spec; [`AudioError::TooShort`] without samples;
/// [`AudioError::NotANumber`] for a sample that is infinite or NaN; [`AudioError::Unsupported`] if a rate below 1 kHz or above 768 kHz would have to be resampled.
pub fn features(samples: &[f32], rate: u32, spec: &ExtractSpec) -> Result<Features, AudioError> {
    if let Some(spec) = &spec.log_mel {
        spec.check()?;
    }
    if let Some(spec) = &spec.mfcc {
        spec.check()?;
    }
    if samples.is_empty() {
        return Err(no_samples(rate));
    }
    let mut passes = Passes::new(spec, rate, samples.len())?;
    check_finite(samples, |run| passes.push(run))?;
    Ok(passes.finish(spec))
}

/// Calls `each` with runs of `samples` that are finite.
///
/// # Errors
/// [`AudioError::NotANumber`] for the first sample that is not.
pub(crate) fn check_finite(
    samples: &[f32],
    mut each: impl FnMut(&[f32]),
) -> Result<(), AudioError> {
    for (index, run) in samples.chunks(RUN).enumerate() {
        // Reading them in order also brings them into the cache, better than the transforms' jumps would.
        if !all_finite(run) {
            return Err(not_a_number(run, index * RUN));
        }
        each(run);
    }
    Ok(())
}

/// Samples that go through all steps together, so that they stay in the second-level cache.
const RUN: usize = 64 * 1024;

vectorised! {
    fn all_finite(samples: &[f32]) -> bool {
        let mut zeros = [0.0f32; 16];
        let mut runs = samples.chunks_exact(16);
        for run in &mut runs {
            for (zero, x) in zeros.iter_mut().zip(run) {
                // 0 · x is 0 for every finite number, and NaN for infinity and NaN.
                *zero += 0.0 * x;
            }
        }
        zeros.iter().sum::<f32>() == 0.0 && runs.remainder().iter().all(|x| x.is_finite())
    }
}

fn not_a_number(samples: &[f32], first: usize) -> AudioError {
    let at = samples.iter().position(|x| !x.is_finite()).unwrap_or(0);
    AudioError::NotANumber {
        format: "the input".to_owned(),
        value: samples.get(at).copied().map_or(f64::NAN, f64::from),
        frame: (first + at) as u64,
    }
}

pub(crate) fn no_samples(rate: u32) -> AudioError {
    AudioError::TooShort {
        seconds: 0.0,
        needed: 1.0 / f64::from(rate.max(1)),
    }
}

/// One pass over the samples for every rate and filterbank that is needed.
struct Passes(Vec<Pass>, u32);

impl Passes {
    /// For samples at `rate` Hz, with room for `len` of them.
    fn new(spec: &ExtractSpec, rate: u32, len: usize) -> Result<Self, AudioError> {
        let mut passes: Vec<Pass> = Vec::new();
        let log_mel = spec.log_mel.as_ref().map(LogMelSpec::mel);
        let mfcc = spec.mfcc.as_ref().map(MfccSpec::mel);
        for mel in log_mel.into_iter().chain(mfcc) {
            // "own" and the rate of the file are the same.
            if !passes.iter().any(|pass| pass.spec == mel.at(rate)) {
                passes.push(Pass::new(mel.at(rate), rate, len)?);
            }
        }
        Ok(Self(passes, rate))
    }

    fn push(&mut self, samples: &[f32]) {
        for pass in &mut self.0 {
            pass.push(samples);
        }
    }

    fn finish(self, spec: &ExtractSpec) -> Features {
        let mut all: Vec<(MelSpec, Matrix)> = self.0.into_iter().map(Pass::finish).collect();
        let place = |all: &[(MelSpec, Matrix)], mel: MelSpec| {
            all.iter().position(|(spec, _)| *spec == mel.at(self.1))
        };
        // The MFCC first: the log-mel spectrogram is made of the same decibels in place.
        let mfcc = spec.mfcc.and_then(|spec| {
            let decibels = &all[place(&all, spec.mel())?].1;
            Some(of_decibels(decibels, &spec, maximum(&decibels.data)))
        });
        let log_mel = spec.log_mel.and_then(|spec| {
            let decibels = all.swap_remove(place(&all, spec.mel())?).1;
            Some(relative_to_maximum(decibels, spec.top_db))
        });
        Features { log_mel, mfcc }
    }
}

/// One pass over the samples: resampling, if necessary, and mel powers.
struct Pass {
    /// Its rate is a number.
    spec: MelSpec,
    at_rate: AtRate,
    decibels: MelDecibels,
}

impl Pass {
    fn new(spec: MelSpec, own: u32, len: usize) -> Result<Self, AudioError> {
        let rate = spec.rate.hz(own);
        spec.check_bands(rate)?;
        let at_rate = AtRate::new(own, rate)?;
        Ok(Self {
            spec,
            decibels: MelDecibels::new(&spec, rate, at_rate.len_of(len)),
            at_rate,
        })
    }

    fn push(&mut self, samples: &[f32]) {
        self.decibels.push(self.at_rate.push(samples));
    }

    fn finish(mut self) -> (MelSpec, Matrix) {
        self.decibels.push(&self.at_rate.finish());
        (self.spec, self.decibels.finish())
    }
}

/// The frequency in Hz above which a file of rate `own` need not be decoded for features at `rates`; `None` if all of it
/// matters.
///
/// Half the highest rate, and one band of MPEG audio's filterbank (32 up to half the rate) to spare: the nearest of what is
/// left out leaks a little into what is kept, which moves cells near the floor by up to 0.05 dB (1e-5 dB on average).
pub(crate) fn highest_frequency(rates: impl Iterator<Item = u32>, own: u32) -> Option<f32> {
    let hz = f64::from(rates.max()?) / 2.0 + f64::from(own) / 64.0;
    (hz < f64::from(own) / 2.0).then_some(hz as f32)
}
