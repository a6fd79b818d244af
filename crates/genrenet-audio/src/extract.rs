//! Whole files to features, in one pass.

use serde::{Deserialize, Serialize};

use crate::decode::{Input, open};
use crate::error::AudioError;
use crate::format::Format;
use crate::log_mel::{LogMelSpec, MelDecibels, MelSpec};
use crate::matrix::Matrix;
use crate::mfcc::{MfccSpec, of_decibels};
use crate::power::maximum;
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
    let mut passes: Vec<Pass> = Vec::new();
    for mel in [
        spec.log_mel.as_ref().map(LogMelSpec::mel),
        spec.mfcc.as_ref().map(MfccSpec::mel),
    ]
    .into_iter()
    .flatten()
    {
        if !passes.iter().any(|pass| pass.spec == mel) {
            passes.push(Pass::new(mel, rate)?);
        }
    }
    let mut total = 0u64;
    let mut samples = Vec::new();
    loop {
        samples.clear();
        if source.read(&mut samples)? == 0 {
            break;
        }
        total += samples.len() as u64;
        for pass in &mut passes {
            pass.push(&samples);
        }
    }
    if total == 0 {
        return Err(AudioError::TooShort {
            seconds: 0.0,
            needed: 1.0 / f64::from(rate.max(1)),
        });
    }
    for pass in &mut passes {
        pass.finish();
    }
    let find = |mel: MelSpec| passes.iter().find(|pass| pass.spec == mel);
    Ok(Extracted {
        format: source.format(),
        rate,
        channels: source.channels(),
        seconds: total as f64 / f64::from(rate.max(1)),
        log_mel: spec.log_mel.and_then(|spec| {
            find(spec.mel()).map(|pass| pass.decibels.relative_to_maximum(spec.top_db))
        }),
        mfcc: spec.mfcc.and_then(|spec| {
            find(spec.mel()).map(|pass| {
                let rows = pass.decibels.rows();
                of_decibels(rows, &spec, maximum(rows))
            })
        }),
    })
}

/// One way through the samples: resampling, where it is wanted, and mel powers.
struct Pass {
    spec: MelSpec,
    resampler: Option<Resampler>,
    resampled: Vec<f32>,
    decibels: MelDecibels,
}

impl Pass {
    fn new(spec: MelSpec, own: u32) -> Result<Self, AudioError> {
        let heard = spec.rate.hz(own);
        Ok(Self {
            spec,
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
