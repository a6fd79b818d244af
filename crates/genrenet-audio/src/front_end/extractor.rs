//! From decoded samples to the mel decibels of the frames that are used, and of no others.

use std::ops::Range;

use super::config::FrontEnd;
use super::partial_window::PartialWindow;
use crate::error::AudioError;
use crate::log_mel::{MelFrames, MelSpec};
use crate::resample::{RangeResampler, check_rate};
use crate::spectrogram::Growing;
use crate::stft::frame_count;

/// Which samples of the song one window needs, at the song's own rate.
pub(super) struct WindowPlan {
    pub(super) window: Range<u64>,
    /// Everything that has to be decoded, sorted and without overlaps.
    pub(super) ranges: Vec<Range<u64>>,
    columns: Vec<Excerpt>,
    head: Option<Excerpt>,
}

/// Samples at the feature's rate, and those of the file that they depend on.
struct Excerpt {
    /// Relative to the window, at the feature's rate; may reach over its ends, where there are zeros.
    wanted: Range<i64>,
    /// In the song, at its own rate.
    own: Range<u64>,
}

/// Turns decoded samples into mel decibels, for the columns and for the MFCC at a window's beginning.
pub(super) struct Extractor {
    columns: RateExtractor,
    head: Option<RateExtractor>,
}

struct RateExtractor {
    spec: MelSpec,
    frames: MelFrames,
    resampler: Option<RangeResampler>,
    /// The samples of an excerpt, with zeros where it reaches over the window's ends.
    excerpt: Vec<f32>,
}

impl RateExtractor {
    fn new(spec: MelSpec, own: u32) -> Result<Self, AudioError> {
        let rate = spec.rate.hz(own);
        spec.check_bands(rate)?;
        let resampler = if rate == own {
            None
        } else {
            check_rate(own)?;
            Some(RangeResampler::new(own, rate))
        };
        Ok(Self {
            spec,
            frames: MelFrames::new(&spec, rate),
            resampler,
            excerpt: Vec::new(),
        })
    }

    /// Length of a window of `len` samples of the song, in samples at the feature's rate.
    fn resampled_len(&self, len: u64) -> u64 {
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

    /// The part of `wanted` that lies inside a window of `len` samples of the song.
    fn inside(&self, wanted: &Range<i64>, len: u64) -> Range<u64> {
        let len = self.resampled_len(len) as i64;
        let start = wanted.start.clamp(0, len);
        start as u64..wanted.end.clamp(start, len) as u64
    }

    /// Adds the mel decibels of the frames of `excerpt` to `table`; `samples` are the song's from sample `first` on.
    fn compute(
        &mut self,
        window: &Range<u64>,
        excerpt: &Excerpt,
        samples: &[f32],
        first: u64,
        table: &mut Growing,
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
                .push(&self.excerpt[at..at + self.spec.n_fft], table);
            at += self.spec.hop;
        }
    }
}

impl Extractor {
    pub(super) fn new(front_end: &FrontEnd, own: u32) -> Result<Self, AudioError> {
        Ok(Self {
            columns: RateExtractor::new(front_end.log_mel.mel(), own)?,
            head: match &front_end.mfcc_head {
                Some(head) => Some(RateExtractor::new(head.mfcc.mel(), own)?),
                None => None,
            },
        })
    }

    pub(super) fn plan(&self, front_end: &FrontEnd, window: Range<u64>) -> WindowPlan {
        let len = window.end - window.start;
        let spec = &self.columns.spec;
        let total = frame_count(self.columns.resampled_len(len), spec.n_fft, spec.hop);
        let columns: Vec<Excerpt> = front_end
            .windowing
            .columns(total)
            .into_iter()
            .map(|frame| self.columns.excerpt(&window, frame, 1))
            .collect();
        let head = front_end.mfcc_head.as_ref().zip(self.head.as_ref());
        let head = head.map(|(head, extractor)| {
            extractor.excerpt(&window, 0, head.frames(head.mfcc.rate.hz(0)))
        });
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
        WindowPlan {
            window,
            ranges,
            columns,
            head,
        }
    }

    /// Computes the mel decibels of every excerpt that lies in `range`, whose decoded samples are `samples`.
    pub(super) fn compute(
        &mut self,
        plan: &WindowPlan,
        range: &Range<u64>,
        samples: &[f32],
        window: &mut PartialWindow,
    ) {
        let lies_in =
            |excerpt: &&Excerpt| range.start <= excerpt.own.start && excerpt.own.end <= range.end;
        for excerpt in plan.columns.iter().filter(lies_in) {
            self.columns.compute(
                &plan.window,
                excerpt,
                samples,
                range.start,
                &mut window.columns,
            );
        }
        let head = self.head.as_mut().zip(window.head.as_mut());
        if let Some(excerpt) = plan.head.as_ref().filter(lies_in)
            && let Some((extractor, table)) = head
        {
            extractor.compute(&plan.window, excerpt, samples, range.start, table);
        }
    }
}
