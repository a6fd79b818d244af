//! From decoded samples to the mel frames that are used, and no others.

use std::ops::Range;

use super::config::FrontEnd;
use super::partial_window::PartialWindow;
use super::segments::SegmentSpec;
use crate::error::AudioError;
use crate::log_mel::MelFrames;
use crate::mel_spec::MelSpec;
use crate::resample::{RangeResampler, check_rate};
use crate::stft::frame_count;

/// Which samples of the song one window needs, at the song's own rate.
pub(super) struct WindowPlan {
    pub(super) window: Range<u64>,
    columns: Vec<Excerpt>,
    head: Option<Excerpt>,
    segments: Vec<Excerpt>,
    /// The whole song, to whose spectrogram the segments belong.
    song: Range<u64>,
}

impl WindowPlan {
    /// The samples of each excerpt, at the song's own rate.
    pub(super) fn own(&self) -> impl Iterator<Item = &Range<u64>> {
        let all = self.columns.iter().chain(&self.head).chain(&self.segments);
        all.map(|excerpt| &excerpt.own)
    }

    /// The last sample that is needed, and one more.
    pub(super) fn end(&self) -> u64 {
        self.own().map(|own| own.end).max().unwrap_or(0)
    }

    /// Which excerpts lie in a range of samples that is decoded.
    fn lies_in(range: &Range<u64>) -> impl Fn(&&Excerpt) -> bool {
        |excerpt| range.start <= excerpt.own.start && excerpt.own.end <= range.end
    }
}

/// Samples at the feature's rate, and those of the file that they depend on.
struct Excerpt {
    /// Number of its first frame.
    first: u64,
    /// Relative to the window, at the feature's rate; may reach over its ends, where there are zeros.
    wanted: Range<i64>,
    /// In the song, at its own rate.
    own: Range<u64>,
}

/// Turns decoded samples into mel frames: for the columns, for the MFCC at a window's beginning, for the segments.
pub(super) struct Extractor {
    columns: Option<RateExtractor>,
    head: Option<RateExtractor>,
    segments: Option<RateExtractor>,
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
            first,
            wanted,
            own: window.start + own.start..window.start + own.end,
        }
    }

    /// The excerpts of a window's columns, of one frame each.
    fn columns(&self, front_end: &FrontEnd, window: &Range<u64>) -> Vec<Excerpt> {
        let len = self.resampled_len(window.end - window.start);
        let total = frame_count(len, self.spec.n_fft, self.spec.hop);
        let frames = front_end.windowing.columns(total);
        frames
            .into_iter()
            .map(|frame| self.excerpt(window, frame, 1))
            .collect()
    }

    /// The excerpts of a window's segments, as parts of the spectrogram of the whole song.
    fn segments(&self, spec: &SegmentSpec, window: &Range<u64>, song: &Range<u64>) -> Vec<Excerpt> {
        let resampled = self.resampled_len(window.start)..self.resampled_len(window.end);
        let len = self.resampled_len(song.end);
        let total = frame_count(len, spec.n_fft, spec.hop);
        let starts = spec.first_frames(&resampled).into_iter();
        starts
            .map(|first| {
                let count = (spec.frames as u64).min(total.saturating_sub(first)).max(1);
                self.excerpt(song, first, count)
            })
            .collect()
    }

    /// The part of `wanted` that lies inside a window of `len` samples of the song.
    fn inside(&self, wanted: &Range<i64>, len: u64) -> Range<u64> {
        let len = self.resampled_len(len) as i64;
        let start = wanted.start.clamp(0, len);
        start as u64..wanted.end.clamp(start, len) as u64
    }

    /// Calls `each` with the frames of `excerpt`; `samples` are the song's from sample `first` on. Returns whether one of those
    /// that it depends on is not zero.
    fn frames(
        &mut self,
        window: &Range<u64>,
        excerpt: &Excerpt,
        samples: &[f32],
        first: u64,
        mut each: impl FnMut(&mut MelFrames, &[f32]),
    ) -> bool {
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
            each(&mut self.frames, &self.excerpt[at..at + self.spec.n_fft]);
            at += self.spec.hop;
        }
        samples.iter().any(|&x| x != 0.0)
    }
}

impl Extractor {
    pub(super) fn new(front_end: &FrontEnd, own: u32) -> Result<Self, AudioError> {
        let of = |spec: Option<MelSpec>| match spec {
            Some(spec) => RateExtractor::new(spec, own).map(Some),
            None => Ok(None),
        };
        Ok(Self {
            columns: of(front_end.log_mel.map(|spec| spec.mel()))?,
            head: of(front_end.mfcc_head.map(|head| head.mfcc.mel()))?,
            segments: of(front_end.segments.map(|spec| spec.mel()))?,
        })
    }

    /// What has to be decoded and computed for a window of a song of `len` samples.
    pub(super) fn plan(&self, front_end: &FrontEnd, window: Range<u64>, len: u64) -> WindowPlan {
        let song = 0..len;
        let columns = self.columns.as_ref();
        let columns = columns.map(|extractor| extractor.columns(front_end, &window));
        let head = front_end.mfcc_head.as_ref().zip(self.head.as_ref());
        let head = head.map(|(head, extractor)| {
            extractor.excerpt(&window, 0, head.frames(head.mfcc.rate.hz(0)))
        });
        let segments = front_end.segments.as_ref().zip(self.segments.as_ref());
        let segments = segments.map(|(spec, extractor)| extractor.segments(spec, &window, &song));
        let (columns, segments) = (columns.unwrap_or_default(), segments.unwrap_or_default());
        WindowPlan {
            window,
            columns,
            head,
            segments,
            song,
        }
    }

    /// Computes every excerpt that lies in `range`, whose decoded samples are `samples`.
    pub(super) fn compute(
        &mut self,
        plan: &WindowPlan,
        range: &Range<u64>,
        samples: &[f32],
        window: &mut PartialWindow,
    ) {
        let first = range.start;
        if let Some((extractor, table)) = self.columns.as_mut().zip(window.columns.as_mut()) {
            for excerpt in plan.columns.iter().filter(WindowPlan::lies_in(range)) {
                window.sounds |=
                    extractor.frames(&plan.window, excerpt, samples, first, |mel, frame| {
                        mel.push(frame, table)
                    });
            }
        }
        if let Some((extractor, table)) = self.head.as_mut().zip(window.head.as_mut()) {
            for excerpt in plan.head.iter().filter(WindowPlan::lies_in(range)) {
                window.sounds |=
                    extractor.frames(&plan.window, excerpt, samples, first, |mel, frame| {
                        mel.push(frame, table)
                    });
            }
        }
        if let Some(extractor) = &mut self.segments {
            for excerpt in plan.segments.iter().filter(WindowPlan::lies_in(range)) {
                let mut powers = Vec::new();
                window.sounds |=
                    extractor.frames(&plan.song, excerpt, samples, first, |mel, frame| {
                        mel.push_power(frame, &mut powers)
                    });
                window.segments.push((excerpt.first, powers));
            }
        }
    }
}
