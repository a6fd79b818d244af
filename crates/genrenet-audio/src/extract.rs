//! Whole files to features, in one pass.

use serde::{Deserialize, Serialize};

use crate::decode::{Input, open};
use crate::error::AudioError;
use crate::format::Format;
use crate::log_mel::{LogMelSpec, MelDecibels, MelSpec};
use crate::matrix::Matrix;
use crate::mfcc::{MfccSpec, of_decibels};
use crate::power::maximum;
use crate::rate::Rate;
use crate::resample::Resampler;

/// Which features are extracted.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExtractSpec {
    /// The log-mel spectrum, if wanted.
    pub log_mel: Option<LogMelSpec>,
    /// The MFCC, if wanted.
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
    /// What the file is.
    pub format: Format,
    /// The file's own rate in Hz.
    pub rate: u32,
    /// Channels in the file.
    pub channels: u16,
    /// Length in seconds.
    pub seconds: f64,
    /// `[n_mels, frames]` in dB, 0 = the loudest cell, where it was wanted.
    pub log_mel: Option<Matrix>,
    /// `[n_mfcc, frames]`, where they were wanted.
    pub mfcc: Option<Matrix>,
}

/// Extracts the features of a whole file while it is decoded.
///
/// Memory grows with the features (one value per band and frame, once per rate and filterbank) and not with the samples.
/// The features are those of [`log_mel`](crate::log_mel()) and [`mfcc`](crate::mfcc()) on the decoded samples.
///
/// # Errors
/// As [`open`] and [`Source::read`](crate::Source::read); [`AudioError::Setting`] for an impossible spec;
/// [`AudioError::TooShort`] for a file without samples.
pub fn extract(input: Input, spec: &ExtractSpec) -> Result<Extracted, AudioError> {
    if let Some(spec) = &spec.log_mel {
        spec.check()?;
    }
    if let Some(spec) = &spec.mfcc {
        spec.check()?;
    }
    let mut source = open(input)?;
    let rate = source.rate();
    let mut passes = Passes::new(spec, rate)?;
    let mut total = 0u64;
    let mut samples = Vec::new();
    loop {
        samples.clear();
        if source.read(&mut samples)? == 0 {
            break;
        }
        total += samples.len() as u64;
        passes.push(&samples);
    }
    if total == 0 {
        return Err(no_samples(rate));
    }
    let features = passes.finish(spec);
    Ok(Extracted {
        format: source.format(),
        rate,
        channels: source.channels(),
        seconds: total as f64 / f64::from(rate.max(1)),
        log_mel: features.log_mel,
        mfcc: features.mfcc,
    })
}

/// The features of a whole sound.
#[derive(Debug, Clone, PartialEq)]
pub struct Features {
    /// `[n_mels, frames]` in dB, 0 = the loudest cell, where it was wanted.
    pub log_mel: Option<Matrix>,
    /// `[n_mfcc, frames]`, where they were wanted.
    pub mfcc: Option<Matrix>,
}

/// The features of samples in memory: those of [`log_mel`](crate::log_mel()) and [`mfcc`](crate::mfcc()), which share
/// their mel powers here.
///
/// # Errors
/// [`AudioError::Setting`] for an impossible spec; [`AudioError::TooShort`] without samples;
/// [`AudioError::Unsupported`] where a rate below 1 kHz or above 768 kHz had to be resampled.
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
    let mut passes = Passes::new(spec, rate)?;
    for pass in &mut passes.0 {
        pass.reserve(samples.len());
    }
    for run in samples.chunks(RUN) {
        passes.push(run);
    }
    Ok(passes.finish(spec))
}

/// Samples that go through all steps before the next ones do, so that they stay in the second cache.
const RUN: usize = 32 * 1024;

fn no_samples(rate: u32) -> AudioError {
    AudioError::TooShort {
        seconds: 0.0,
        needed: 1.0 / f64::from(rate.max(1)),
    }
}

/// One way through the samples for every rate and filterbank that is wanted.
struct Passes(Vec<Pass>);

impl Passes {
    fn new(spec: &ExtractSpec, rate: u32) -> Result<Self, AudioError> {
        let mut passes: Vec<Pass> = Vec::new();
        let log_mel = spec.log_mel.as_ref().map(LogMelSpec::mel);
        let mfcc = spec.mfcc.as_ref().map(MfccSpec::mel);
        for mel in log_mel.into_iter().chain(mfcc) {
            // "own" and the very rate the file has come to the same.
            if !passes.iter().any(|pass| pass.does(&mel, rate)) {
                passes.push(Pass::new(mel, rate)?);
            }
        }
        Ok(Self(passes))
    }

    fn push(&mut self, samples: &[f32]) {
        for pass in &mut self.0 {
            pass.push(samples);
        }
    }

    fn finish(mut self, spec: &ExtractSpec) -> Features {
        for pass in &mut self.0 {
            pass.finish();
        }
        let find = |mel: MelSpec| self.0.iter().find(|pass| pass.does(&mel, pass.own));
        Features {
            log_mel: spec.log_mel.and_then(|spec| {
                find(spec.mel()).map(|pass| pass.decibels.relative_to_maximum(spec.top_db))
            }),
            mfcc: spec.mfcc.and_then(|spec| {
                find(spec.mel()).map(|pass| {
                    let rows = pass.decibels.rows();
                    of_decibels(rows, &spec, maximum(rows))
                })
            }),
        }
    }
}

/// One way through the samples: resampling, where it is wanted, and mel powers.
struct Pass {
    spec: MelSpec,
    /// The sound's own rate in Hz.
    own: u32,
    resampler: Option<Resampler>,
    resampled: Vec<f32>,
    decibels: MelDecibels,
}

impl Pass {
    fn new(spec: MelSpec, own: u32) -> Result<Self, AudioError> {
        let heard = spec.rate.hz(own);
        Ok(Self {
            spec,
            own,
            resampler: if heard == own {
                None
            } else {
                check_resampled(own)?;
                Some(Resampler::new(own, heard))
            },
            resampled: Vec::new(),
            decibels: MelDecibels::new(&spec, heard),
        })
    }

    /// Makes room for the frames of `len` samples of the sound.
    fn reserve(&mut self, len: usize) {
        let len = len as f64 * f64::from(self.spec.rate.hz(self.own)) / f64::from(self.own.max(1));
        self.decibels.reserve(len as usize);
    }

    /// Whether its mel powers are those that `mel` asks for of a sound of rate `own`.
    fn does(&self, mel: &MelSpec, own: u32) -> bool {
        let heard = Rate::Hz(mel.rate.hz(own));
        let own_heard = Rate::Hz(self.spec.rate.hz(own));
        own_heard == heard
            && MelSpec {
                rate: heard,
                ..*mel
            } == MelSpec {
                rate: heard,
                ..self.spec
            }
    }

    fn push(&mut self, samples: &[f32]) {
        match &mut self.resampler {
            None => self.decibels.push(samples),
            Some(resampler) => {
                self.resampled.clear();
                resampler.push(samples, &mut self.resampled);
                self.decibels.push(&self.resampled);
            }
        }
    }

    fn finish(&mut self) {
        if let Some(resampler) = self.resampler.take() {
            self.resampled.clear();
            resampler.finish(&mut self.resampled);
            self.decibels.push(&self.resampled);
        }
        self.decibels.finish();
    }
}

/// Refuses to resample a file whose header claims a rate that no sound has: its filter would fill the memory.
pub(crate) fn check_resampled(own: u32) -> Result<(), AudioError> {
    if (1_000..=768_000).contains(&own) {
        Ok(())
    } else {
        Err(AudioError::unsupported(format!("resampling from {own} Hz")))
    }
}
