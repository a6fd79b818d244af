//! Hearing a song: from a file to just those features a network listens to.

mod ears;

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::cancelling::{Level, hear_mix};
use crate::decode::{Input, Source, open};
use crate::error::AudioError;
use crate::extract::highest_frequency;
use crate::listening::Listening;
use crate::log_mel::{LogMelSpec, relative_to_maximum};
use crate::matrix::Matrix;
use crate::mfcc::{MfccSpec, of_decibels};
use crate::panics::caught;
use crate::power::maximum;
use crate::spectrogram::Growing;
use ears::Ears;

/// The least length in seconds in which a genre can be heard.
const LEAST_SECONDS: f64 = 1.0;
/// The most values of one window's log-mel spectrum: far beyond use, and small enough for any memory.
const LARGEST_PICTURE: usize = 1 << 24;
/// Decibels at which a mel power is only the floor of the logarithm.
const SILENCE_DB: f32 = -99.99;

/// What a network hears of a song; part of its bundle.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hears {
    /// How log-mel spectra are computed.
    pub log_mel: LogMelSpec,
    /// Which windows and frames are heard.
    pub listening: Listening,
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

impl Hears {
    /// Refuses impossible settings.
    ///
    /// # Errors
    /// [`AudioError::Setting`] with the first key that is wrong.
    pub fn check(&self) -> Result<(), AudioError> {
        self.log_mel.check().map_err(|e| e.in_table("log_mel"))?;
        self.listening
            .check()
            .map_err(|e| e.in_table("listening"))?;
        if self.listening.frames.saturating_mul(self.log_mel.n_mels) > LARGEST_PICTURE {
            let expected = format!(
                "expected at most {LARGEST_PICTURE} values in all, with log_mel.n_mels = {}",
                self.log_mel.n_mels
            );
            return Err(AudioError::setting(
                "listening.frames",
                self.listening.frames,
                expected,
            ));
        }
        if let Some(head) = &self.mfcc_head {
            head.mfcc
                .check()
                .map_err(|e| e.in_table("mfcc_head.mfcc"))?;
            if !(head.seconds > 0.0 && head.seconds <= self.listening.seconds) {
                let expected = format!(
                    "expected more than 0 and at most a window's {} s",
                    self.listening.seconds
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
pub struct HeardWindow {
    /// Where in the song the window begins, in seconds.
    pub start_seconds: f64,
    /// `[n_mels, frames]` in dB: 0 is the loudest cell that is heard in this window, −`top_db` the floor.
    pub log_mel: Matrix,
    /// `[frames, n_mfcc]` of the window's beginning, where they are wanted.
    pub mfcc: Option<Matrix>,
}

/// What was heard of a song.
#[derive(Debug, Clone, PartialEq)]
pub struct Heard {
    /// Length of the song in seconds.
    pub seconds: f64,
    /// Its windows in order, at least one; those that are digital silence are left out.
    pub windows: Vec<HeardWindow>,
}

/// Hears a song as `hears` says, decoding, resampling and transforming no more than what is heard.
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
/// would be heard is zero; [`AudioError::Setting`] for impossible `hears`; [`AudioError::Fault`] where the program itself fails.
pub fn hear(input: Input, hears: &Hears) -> Result<Heard, AudioError> {
    hears.check()?;
    let mut source = caught(|| open(input))?;
    hear_source(&mut *source, hears)
}

/// As [`hear`], from a stream that is open already.
///
/// # Errors
/// As [`hear`].
pub fn hear_source(source: &mut dyn Source, hears: &Hears) -> Result<Heard, AudioError> {
    hears.check()?;
    caught(|| {
        let rate = source.rate();
        let head = hears.mfcc_head.map(|head| head.mfcc.rate.hz(rate));
        let rates = head.into_iter().chain([hears.log_mel.rate.hz(rate)]);
        if let Some(hz) = highest_frequency(rates, rate) {
            source.hear_up_to(hz);
        }
        hear_mix(source, |source, level| hear_by_length(source, hears, level))
    })
}

/// Hears the windows of a song, wherever they lie by its true length.
fn hear_by_length(
    source: &mut dyn Source,
    hears: &Hears,
    level: &mut Level,
) -> Result<Heard, AudioError> {
    let claimed = match source.frames() {
        Some(frames) => frames,
        None => source.length()?,
    };
    let heard = hear_windows(source, hears, level, claimed);
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
    hear_windows(source, hears, level, length)?.ok_or_else(|| {
        AudioError::damaged(
            source.format(),
            format!("expected {length} sample frames, found fewer when seeking"),
        )
    })
}

/// `None` where the stream ends before `len`.
fn hear_windows(
    source: &mut dyn Source,
    hears: &Hears,
    level: &mut Level,
    len: u64,
) -> Result<Option<Heard>, AudioError> {
    let rate = source.rate();
    let seconds = len as f64 / f64::from(rate.max(1));
    if seconds < LEAST_SECONDS {
        return Err(AudioError::TooShort {
            seconds,
            needed: LEAST_SECONDS,
        });
    }
    let mut ears = Ears::new(hears, rate)?;
    let mut plans = Vec::new();
    for window in hears.listening.windows(len, rate) {
        plans.push(ears.plan(hears, window));
    }
    let ranges: Vec<Range<u64>> = plans.iter().flat_map(|plan| plan.ranges.clone()).collect();
    let mut next = 0;
    let mut at = 0;
    let mut cut_short = false;
    let mut windows = Vec::with_capacity(plans.len());
    let mut window = Window::new(hears);
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
            let heard = std::mem::replace(&mut window, Window::new(hears));
            let start = plan.window.start as f64 / f64::from(rate.max(1));
            windows.extend(heard.finish(start, hears));
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
    Ok(Some(Heard { seconds, windows }))
}

/// What has been heard of a window so far, in dB re 1.
struct Window {
    sounds: bool,
    columns: Growing,
    head: Option<Growing>,
}

impl Window {
    fn new(hears: &Hears) -> Self {
        Self {
            sounds: false,
            columns: Growing::new(hears.log_mel.n_mels, hears.listening.frames),
            head: hears.mfcc_head.map(|head| {
                let frames = head.frames(head.mfcc.rate.hz(0)) as usize;
                Growing::new(head.mfcc.n_mels, frames)
            }),
        }
    }

    /// `None` where there is nothing but silence.
    fn finish(self, start_seconds: f64, hears: &Hears) -> Option<HeardWindow> {
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
        let head = head.as_ref().zip(hears.mfcc_head.as_ref());
        Some(HeardWindow {
            start_seconds,
            log_mel: relative_to_maximum(columns, hears.log_mel.top_db),
            mfcc: head.map(|(db, head)| of_decibels(db, &head.mfcc, loudest).transposed()),
        })
    }
}
