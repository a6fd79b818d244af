//! The settings of a front end.

use serde::{Deserialize, Serialize};

use super::segments::SegmentSpec;
use crate::error::AudioError;
use crate::log_mel::LogMelSpec;
use crate::mfcc::MfccSpec;
use crate::windowing::Windowing;

/// The most values of one window's log-mel spectrogram: far more than any network uses, and small enough for any memory.
const LARGEST_SPECTROGRAM: usize = 1 << 24;

/// How the features of a network are computed from a song; part of its bundle.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FrontEnd {
    /// How log-mel spectra are computed, if the network uses them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log_mel: Option<LogMelSpec>,
    /// Which windows of a song, and which frames of each, are used.
    #[serde(alias = "listening")]
    pub windowing: Windowing,
    /// Segments of consecutive mel frames, which a pre-trained network reads, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub segments: Option<SegmentSpec>,
    /// The MFCC of each window's beginning, if the network uses them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mfcc_head: Option<MfccHead>,
}

/// The MFCC of the first seconds of a window, every frame of them.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MfccHead {
    /// Length in seconds: `1 + floor(seconds · rate / hop)` frames (130 for 3 s with the defaults).
    pub seconds: f32,
    /// How they are computed; `rate` must be a number, so that every song gives the same number of frames.
    pub mfcc: MfccSpec,
}

impl Default for MfccHead {
    /// 3 s with librosa's defaults: 130 frames of 20 coefficients.
    fn default() -> Self {
        Self {
            seconds: 3.0,
            mfcc: MfccSpec::default(),
        }
    }
}

impl MfccHead {
    /// Number of frames at `rate` Hz.
    pub fn frames(&self, rate: u32) -> u64 {
        let samples = (f64::from(self.seconds) * f64::from(rate)).floor().max(0.0) as u64;
        1 + samples / self.mfcc.hop.max(1) as u64
    }
}

impl FrontEnd {
    /// Checks the settings.
    ///
    /// # Errors
    /// [`AudioError::Setting`] with the first key that is wrong.
    pub fn check(&self) -> Result<(), AudioError> {
        self.windowing
            .check()
            .map_err(|e| e.in_table("windowing"))?;
        if self.log_mel.is_none() && self.mfcc_head.is_none() && self.segments.is_none() {
            let expected = "expected log_mel, mfcc_head or segments";
            return Err(AudioError::setting("front_end", "nothing", expected));
        }
        if let Some(spec) = &self.log_mel {
            spec.check().map_err(|e| e.in_table("log_mel"))?;
            self.check_size("windowing", self.windowing.frames, "log_mel", spec.n_mels)?;
        }
        if let Some(spec) = &self.segments {
            spec.check().map_err(|e| e.in_table("segments"))?;
            let frames = spec.frames.saturating_mul(spec.segments);
            self.check_size("segments", frames, "segments", spec.n_mels)?;
        }
        match &self.mfcc_head {
            Some(head) => self.check_head(head),
            None => Ok(()),
        }
    }

    /// Refuses so many frames in a window that its spectrogram takes too much memory.
    fn check_size(
        &self,
        table: &str,
        frames: usize,
        spec: &str,
        n_mels: usize,
    ) -> Result<(), AudioError> {
        if frames.saturating_mul(n_mels) <= LARGEST_SPECTROGRAM {
            return Ok(());
        }
        let expected = format!(
            "expected at most {LARGEST_SPECTROGRAM} values in all, with {spec}.n_mels = {n_mels}"
        );
        Err(AudioError::setting(
            &format!("{table}.frames"),
            frames,
            expected,
        ))
    }

    fn check_head(&self, head: &MfccHead) -> Result<(), AudioError> {
        head.mfcc
            .check()
            .map_err(|e| e.in_table("mfcc_head.mfcc"))?;
        if !(head.seconds > 0.0 && head.seconds <= self.windowing.seconds) {
            let expected = format!(
                "expected more than 0 and at most a window's {} s",
                self.windowing.seconds
            );
            return Err(AudioError::setting(
                "mfcc_head.seconds",
                head.seconds,
                expected,
            ));
        }
        if head.mfcc.rate == crate::Rate::Own {
            let expected = "expected a number, so that every song gives the same number of frames";
            return Err(AudioError::setting("mfcc_head.mfcc.rate", "own", expected));
        }
        Ok(())
    }
}
