//! The settings of a front end.

use serde::{Deserialize, Serialize};

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
    /// How log-mel spectra are computed.
    pub log_mel: LogMelSpec,
    /// Which windows of a song, and which frames of each, are used.
    #[serde(alias = "listening")]
    pub windowing: Windowing,
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
        self.log_mel.check().map_err(|e| e.in_table("log_mel"))?;
        self.windowing
            .check()
            .map_err(|e| e.in_table("windowing"))?;
        if self.windowing.frames.saturating_mul(self.log_mel.n_mels) > LARGEST_SPECTROGRAM {
            let expected = format!(
                "expected at most {LARGEST_SPECTROGRAM} values in all, with log_mel.n_mels = {}",
                self.log_mel.n_mels
            );
            return Err(AudioError::setting(
                "windowing.frames",
                self.windowing.frames,
                expected,
            ));
        }
        if let Some(head) = &self.mfcc_head {
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
                let expected =
                    "expected a number, so that every song gives the same number of frames";
                return Err(AudioError::setting("mfcc_head.mfcc.rate", "own", expected));
            }
        }
        Ok(())
    }
}
