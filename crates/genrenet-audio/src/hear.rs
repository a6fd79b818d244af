//! Hearing a song: from a file to just those features a network listens to.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::decode::{Input, Source, open};
use crate::error::AudioError;
use crate::extract::check_resampled;
use crate::listening::Listening;
use crate::log_mel::{LogMelSpec, MelFrames, MelSpec, relative_to_maximum};
use crate::matrix::Matrix;
use crate::mfcc::{MfccSpec, by_frame};
use crate::power::maximum;
use crate::resample::RangeResampler;
use crate::stft::frame_count;

/// The least length in seconds in which a genre can be heard.
const LEAST_SECONDS: f64 = 1.0;
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
        self.log_mel.check()?;
        self.listening.check()?;
        if let Some(head) = &self.mfcc_head {
            head.mfcc.check()?;
            if !(head.seconds > 0.0 && head.seconds <= self.listening.seconds) {
                return Err(AudioError::Setting {
                    key: "mfcc_head.seconds",
                    value: head.seconds.to_string(),
                    reason: format!(
                        "expected more than 0 and at most a window's {} s",
                        self.listening.seconds
                    ),
                });
            }
            if head.mfcc.rate == crate::Rate::Own {
                return Err(AudioError::Setting {
                    key: "mfcc_head.mfcc.rate",
                    value: "own".to_owned(),
                    reason: "expected a number: the frames of 3 s must be as many in every song"
                        .to_owned(),
                });
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
/// the headers, in other formats by decoding.
///
/// # Errors
/// As [`open`] and [`Source::read`](crate::Source::read); [`AudioError::TooShort`] under 1 s; [`AudioError::Silence`] where all that
/// would be heard is zero; [`AudioError::Setting`] for impossible `hears`.
pub fn hear(input: Input, hears: &Hears) -> Result<Heard, AudioError> {
    hears.check()?;
    let mut source = open(input)?;
    hear_source(&mut *source, hears)
}

/// As [`hear`], from a stream that is open already.
///
/// # Errors
/// As [`hear`].
pub fn hear_source(source: &mut dyn Source, hears: &Hears) -> Result<Heard, AudioError> {
    hears.check()?;
    let claimed = match source.frames() {
        Some(frames) => frames,
        None => source.count()?,
    };
    if let Some(heard) = hear_windows(source, hears, claimed)? {
        return Ok(heard);
    }
    // The file is shorter than it claims.
    let counted = source.count()?;
    hear_windows(source, hears, counted)?.ok_or_else(|| {
        AudioError::damaged(
            source.format(),
            format!("expected {counted} sample frames, found fewer when seeking"),
        )
    })
}

/// `None` where the stream ends before `len`.
fn hear_windows(
    source: &mut dyn Source,
    hears: &Hears,
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
    let mut window = Window::default();
    source.read_ranges(&ranges, &mut |index, samples| {
        let range = &ranges[index];
        cut_short |= (samples.len() as u64) < range.end - range.start;
        let Some(plan) = plans.get(next) else {
            return;
        };
        window.sounds |= samples.iter().any(|&x| x != 0.0);
        ears.listen(plan, range, samples, &mut window);
        at += 1;
        if at == plan.ranges.len() {
            windows.extend(std::mem::take(&mut window).finish(plan, hears, rate));
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

/// What is to be heard of one window, in the song's own samples.
struct Plan {
    window: Range<u64>,
    /// Sorted and apart: all that has to be decoded.
    ranges: Vec<Range<u64>>,
    columns: Vec<Excerpt>,
    head: Option<Excerpt>,
}

/// Samples that are wanted at some rate, and those of the file that they depend on.
struct Excerpt {
    /// Relative to the window, at the heard rate; may reach over its ends, where there are zeros.
    wanted: Range<i64>,
    /// In the song, at its own rate.
    own: Range<u64>,
}

/// What has been heard of a window so far, in dB re 1.
#[derive(Default)]
struct Window {
    sounds: bool,
    column_rows: Vec<f32>,
    head_rows: Vec<f32>,
}

impl Window {
    fn finish(self, plan: &Plan, hears: &Hears, rate: u32) -> Option<HeardWindow> {
        let loudest = maximum(&self.column_rows).max(maximum(&self.head_rows));
        // Below the floor of every band there is nothing to tell apart either.
        if !self.sounds || loudest <= SILENCE_DB {
            return None;
        }
        let mel = &hears.log_mel;
        Some(HeardWindow {
            start_seconds: plan.window.start as f64 / f64::from(rate.max(1)),
            log_mel: relative_to_maximum(&self.column_rows, mel.n_mels, mel.top_db),
            mfcc: hears
                .mfcc_head
                .as_ref()
                .map(|head| by_frame(&self.head_rows, &head.mfcc, loudest)),
        })
    }
}

/// What turns decoded samples into mel decibels, for columns and for the MFCC at a window's beginning.
struct Ears {
    columns: Ear,
    head: Option<Ear>,
}

struct Ear {
    spec: MelSpec,
    frames: MelFrames,
    resampler: Option<RangeResampler>,
    /// The samples of an excerpt, with zeros where it reaches over the window's ends.
    excerpt: Vec<f32>,
}

impl Ear {
    fn new(spec: MelSpec, own: u32) -> Result<Self, AudioError> {
        let heard = spec.rate.hz(own);
        let resampler = if heard == own {
            None
        } else {
            check_resampled(own)?;
            Some(RangeResampler::new(own, heard))
        };
        Ok(Self {
            spec,
            frames: MelFrames::new(&spec, heard),
            resampler,
            excerpt: Vec::new(),
        })
    }

    /// Length in samples at the heard rate of a window of `len` own ones.
    fn heard_len(&self, len: u64) -> u64 {
        self.resampler.as_ref().map_or(len, |r| r.output_len(len))
    }

    /// The excerpt for `count` frames from frame `first` of `window` on.
    fn excerpt(&self, window: &Range<u64>, first: u64, count: u64) -> Excerpt {
        let (n_fft, hop) = (self.spec.n_fft as i64, self.spec.hop as i64);
        let start = first as i64 * hop - n_fft / 2;
        let wanted = start..start + (count as i64 - 1) * hop + n_fft;
        let len = window.end - window.start;
        let inside = self.inside(&wanted, len);
        let own = match &self.resampler {
            Some(resampler) => resampler.needs(&inside, len),
            None => inside,
        };
        Excerpt {
            wanted,
            own: window.start + own.start..window.start + own.end,
        }
    }

    /// The part of `wanted` that lies inside a window of `len` own samples.
    fn inside(&self, wanted: &Range<i64>, len: u64) -> Range<u64> {
        let len = self.heard_len(len) as i64;
        let start = wanted.start.clamp(0, len);
        start as u64..wanted.end.clamp(start, len) as u64
    }

    /// Appends the mel decibels of the frames of `excerpt` to `rows`; `samples` are the song's from sample `first` on.
    fn listen(
        &mut self,
        window: &Range<u64>,
        excerpt: &Excerpt,
        samples: &[f32],
        first: u64,
        rows: &mut Vec<f32>,
    ) {
        let inside = self.inside(&excerpt.wanted, window.end - window.start);
        let own = &excerpt.own;
        let from = (own.start - first) as usize;
        let to = (own.end - first) as usize;
        let samples = &samples[from.min(samples.len())..to.min(samples.len())];
        self.excerpt.clear();
        let before = (inside.start as i64 - excerpt.wanted.start) as usize;
        let total = (excerpt.wanted.end - excerpt.wanted.start) as usize;
        self.excerpt.resize(before, 0.0);
        match &mut self.resampler {
            Some(resampler) => {
                resampler.range(
                    samples,
                    own.start - window.start,
                    &inside,
                    &mut self.excerpt,
                );
            }
            None => self.excerpt.extend_from_slice(samples),
        }
        self.excerpt.resize(total, 0.0);
        let mut at = 0;
        while at + self.spec.n_fft <= total {
            self.frames
                .push(&self.excerpt[at..at + self.spec.n_fft], rows);
            at += self.spec.hop;
        }
    }
}

impl Ears {
    fn new(hears: &Hears, own: u32) -> Result<Self, AudioError> {
        Ok(Self {
            columns: Ear::new(hears.log_mel.mel(), own)?,
            head: match &hears.mfcc_head {
                Some(head) => Some(Ear::new(head.mfcc.mel(), own)?),
                None => None,
            },
        })
    }

    fn plan(&self, hears: &Hears, window: Range<u64>) -> Plan {
        let len = window.end - window.start;
        let spec = &self.columns.spec;
        let total = frame_count(self.columns.heard_len(len), spec.n_fft, spec.hop);
        let columns: Vec<Excerpt> = hears
            .listening
            .columns(total)
            .into_iter()
            .map(|frame| self.columns.excerpt(&window, frame, 1))
            .collect();
        let head = hears.mfcc_head.as_ref().zip(self.head.as_ref());
        let head =
            head.map(|(head, ear)| ear.excerpt(&window, 0, head.frames(head.mfcc.rate.hz(0))));
        let mut all: Vec<Range<u64>> = columns
            .iter()
            .chain(&head)
            .map(|excerpt| excerpt.own.clone())
            .collect();
        all.sort_by_key(|range| range.start);
        let mut ranges: Vec<Range<u64>> = Vec::new();
        for range in all {
            match ranges.last_mut() {
                Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
                _ => ranges.push(range),
            }
        }
        Plan {
            window,
            ranges,
            columns,
            head,
        }
    }

    /// Hears every excerpt that lies in `range`, of which `samples` are decoded.
    fn listen(&mut self, plan: &Plan, range: &Range<u64>, samples: &[f32], window: &mut Window) {
        let lies_in =
            |excerpt: &&Excerpt| range.start <= excerpt.own.start && excerpt.own.end <= range.end;
        for excerpt in plan.columns.iter().filter(lies_in) {
            self.columns.listen(
                &plan.window,
                excerpt,
                samples,
                range.start,
                &mut window.column_rows,
            );
        }
        if let Some((ear, excerpt)) = self.head.as_mut().zip(plan.head.as_ref().filter(lies_in)) {
            ear.listen(
                &plan.window,
                excerpt,
                samples,
                range.start,
                &mut window.head_rows,
            );
        }
    }
}
