//! Hearing a song: from a file to just those features a network listens to.

mod extractor;

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::cancelling::{Level, with_mix};
use crate::decode::{Input, Source, open};
use crate::error::AudioError;
use crate::extract::highest_frequency;
use crate::log_mel::{LogMelSpec, relative_to_maximum};
use crate::matrix::Matrix;
use crate::mfcc::{MfccSpec, of_decibels};
use crate::panics::caught;
use crate::power::maximum;
use crate::spectrogram::Growing;
use crate::windowing::Windowing;
use extractor::Extractor;

/// The least length in seconds in which a genre can be heard.
const LEAST_SECONDS: f64 = 1.0;
/// The most values of one window's log-mel spectrum: far beyond use, and small enough for any memory.
const LARGEST_PICTURE: usize = 1 << 24;
/// Decibels at which a mel power is only the floor of the logarithm.
const SILENCE_DB: f32 = -99.99;

/// What a network hears of a song; part of its bundle.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FrontEnd {
    /// How log-mel spectra are computed.
    pub log_mel: LogMelSpec,
    /// Which windows and frames are heard.
    #[serde(alias = "listening")]
    pub windowing: Windowing,
    /// The MFCC of each window's beginning, where the network hears them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mfcc_head: Option<MfccHead>,
}

/// The MFCC of the first seconds of a window, every frame of them.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MfccHead {
    /// How long, in seconds: `1 + floor(seconds · rate / hop)` frames (130 for 3 s with the defaults).
    pub seconds: f32,
    /// How they are computed; `rate` must be a number, so that every song gives as many frames.
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
    /// Refuses impossible settings.
    ///
    /// # Errors
    /// [`AudioError::Setting`] with the first key that is wrong.
    pub fn check(&self) -> Result<(), AudioError> {
        self.log_mel.check().map_err(|e| e.in_table("log_mel"))?;
        self.windowing
            .check()
            .map_err(|e| e.in_table("windowing"))?;
        if self.windowing.frames.saturating_mul(self.log_mel.n_mels) > LARGEST_PICTURE {
            let expected = format!(
                "expected at most {LARGEST_PICTURE} values in all, with log_mel.n_mels = {}",
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
                let expected = "expected a number: the frames of 3 s must be as many in every song";
                return Err(AudioError::setting("mfcc_head.mfcc.rate", "own", expected));
            }
        }
        Ok(())
    }
}

/// What was heard of one window.
#[derive(Debug, Clone, PartialEq)]
pub struct WindowFeatures {
    /// Where in the song the window begins, in seconds.
    pub start_seconds: f64,
    /// `[n_mels, frames]` in dB: 0 is the loudest cell that is heard in this window, −`top_db` the floor.
    pub log_mel: Matrix,
    /// `[frames, n_mfcc]` of the window's beginning, where they are wanted.
    pub mfcc: Option<Matrix>,
}

/// What was heard of a song.
#[derive(Debug, Clone, PartialEq)]
pub struct SongFeatures {
    /// Length of the song in seconds.
    pub seconds: f64,
    /// Its windows in order, at least one; those that are digital silence are left out.
    pub windows: Vec<WindowFeatures>,
}

/// Computes the features of a song as `front_end` says, decoding, resampling and transforming no more than what is heard.
///
/// The log-mel columns are those of the full log-mel spectrum of the window (1e-3 dB), relative to the loudest of them
/// instead of the loudest frame of the whole window, which nobody has computed. The floor of the MFCC is likewise
/// `top_db` below the loudest mel power that is heard in the window, at either rate; librosa takes the loudest of the whole
/// sound. On FMA clips that moves a coefficient by 0.00 to 0.05 on average (0.5 where a clip begins very softly); hearing
/// every frame only for its maximum would cost ten times as much. A window that is shorter than the MFCC's seconds is
/// followed by zeros.
///
/// Where the container does not tell the length, or tells too much, the samples are counted first: in MP3 by going through
/// the headers, in other formats by decoding. An MP3's claim is held against the frames that follow what was heard; a song
/// that turns out longer or shorter is heard again, by its true length.
///
/// Where the channels cancel each other out (their mean stays below −26 dB of full scale in all that is heard, and one of them is over
/// 20 dB louder), the first such channel is heard instead of the mean.
///
/// # Errors
/// As [`open`] and [`Source::read`](crate::Source::read); [`AudioError::TooShort`] under 1 s; [`AudioError::Silence`] where all that
/// would be heard is zero; [`AudioError::Setting`] for impossible `front_end`; [`AudioError::Fault`] where the program itself fails.
pub fn song_features(input: Input, front_end: &FrontEnd) -> Result<SongFeatures, AudioError> {
    front_end.check()?;
    let mut source = caught(|| open(input))?;
    song_features_of_source(&mut *source, front_end)
}

/// As [`song_features`], from a stream that is open already.
///
/// # Errors
/// As [`song_features`].
pub fn song_features_of_source(
    source: &mut dyn Source,
    front_end: &FrontEnd,
) -> Result<SongFeatures, AudioError> {
    front_end.check()?;
    caught(|| {
        let rate = source.rate();
        let head = front_end.mfcc_head.map(|head| head.mfcc.rate.hz(rate));
        let rates = head.into_iter().chain([front_end.log_mel.rate.hz(rate)]);
        if let Some(hz) = highest_frequency(rates, rate) {
            source.limit_band(hz);
        }
        with_mix(source, |source, level| {
            hear_by_length(source, front_end, level)
        })
    })
}

/// Computes the features of the windows of a song, wherever they lie by its true length.
fn hear_by_length(
    source: &mut dyn Source,
    front_end: &FrontEnd,
    level: &mut Level,
) -> Result<SongFeatures, AudioError> {
    let claimed = match source.frames() {
        Some(frames) => frames,
        None => source.length()?,
    };
    let heard = hear_windows(source, front_end, level, claimed);
    // A file may be shorter than it claims, or longer.
    let length = match heard {
        Ok(Some(_)) | Err(AudioError::TooShort { .. } | AudioError::Silence) => source.length()?,
        Ok(None) => source.count()?,
        Err(error) => return Err(error),
    };
    if length == claimed
        && let Some(heard) = heard.transpose()
    {
        return heard;
    }
    hear_windows(source, front_end, level, length)?.ok_or_else(|| {
        AudioError::damaged(
            source.format(),
            format!("expected {length} sample frames, found fewer when seeking"),
        )
    })
}

/// `None` where the stream ends before `len`.
fn hear_windows(
    source: &mut dyn Source,
    front_end: &FrontEnd,
    level: &mut Level,
    len: u64,
) -> Result<Option<SongFeatures>, AudioError> {
    let rate = source.rate();
    let seconds = len as f64 / f64::from(rate.max(1));
    if seconds < LEAST_SECONDS {
        return Err(AudioError::TooShort {
            seconds,
            needed: LEAST_SECONDS,
        });
    }
    let mut ears = Extractor::new(front_end, rate)?;
    let mut plans = Vec::new();
    for window in front_end.windowing.windows(len, rate) {
        plans.push(ears.plan(front_end, window));
    }
    let ranges: Vec<Range<u64>> = plans.iter().flat_map(|plan| plan.ranges.clone()).collect();
    let mut next = 0;
    let mut at = 0;
    let mut cut_short = false;
    let mut windows = Vec::with_capacity(plans.len());
    let mut window = Window::new(front_end);
    source.read_ranges(&ranges, &mut |index, samples| {
        let range = &ranges[index];
        cut_short |= (samples.len() as u64) < range.end - range.start;
        let Some(plan) = plans.get(next) else {
            return;
        };
        level.push(samples);
        window.sounds |= samples.iter().any(|&x| x != 0.0);
        ears.listen(plan, range, samples, &mut window);
        at += 1;
        if at == plan.ranges.len() {
            let heard = std::mem::replace(&mut window, Window::new(front_end));
            let start = plan.window.start as f64 / f64::from(rate.max(1));
            windows.extend(heard.finish(start, front_end));
            next += 1;
            at = 0;
        }
    })?;
    if cut_short {
        return Ok(None);
    }
    if windows.is_empty() {
        return Err(AudioError::Silence);
    }
    Ok(Some(SongFeatures { seconds, windows }))
}

/// What has been heard of a window so far, in dB re 1.
struct Window {
    sounds: bool,
    columns: Growing,
    head: Option<Growing>,
}

impl Window {
    fn new(front_end: &FrontEnd) -> Self {
        Self {
            sounds: false,
            columns: Growing::new(front_end.log_mel.n_mels, front_end.windowing.frames),
            head: front_end.mfcc_head.map(|head| {
                let frames = head.frames(head.mfcc.rate.hz(0)) as usize;
                Growing::new(head.mfcc.n_mels, frames)
            }),
        }
    }

    /// `None` where there is nothing but silence.
    fn finish(self, start_seconds: f64, front_end: &FrontEnd) -> Option<WindowFeatures> {
        let columns = self.columns.finish();
        let head = self.head.map(Growing::finish);
        let mut loudest = maximum(&columns.data);
        if let Some(head) = &head {
            loudest = loudest.max(maximum(&head.data));
        }
        // Below the floor of every band there is nothing to tell apart either.
        if !self.sounds || loudest <= SILENCE_DB {
            return None;
        }
        let head = head.as_ref().zip(front_end.mfcc_head.as_ref());
        Some(WindowFeatures {
            start_seconds,
            log_mel: relative_to_maximum(columns, front_end.log_mel.top_db),
            mfcc: head.map(|(db, head)| of_decibels(db, &head.mfcc, loudest).transposed()),
        })
    }
}
