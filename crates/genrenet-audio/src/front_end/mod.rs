//! From a song to the features that a network reads, and only those.

mod config;
mod extractor;
mod features;
mod partial_window;
mod segments;

use std::collections::VecDeque;
use std::ops::Range;

use crate::cancelling::{Level, with_downmix};
use crate::decode::{Input, Source, open};
use crate::error::AudioError;
use crate::extract::highest_frequency;
use crate::panics::caught;
pub use config::{FrontEnd, MfccHead};
use extractor::{Extractor, WindowPlan};
pub use features::{Segment, SongFeatures, WindowFeatures};
use partial_window::PartialWindow;
pub use segments::SegmentSpec;

/// The shortest song that is classified, in seconds.
const LEAST_SECONDS: f64 = 1.0;

/// Computes the features of a song as `front_end` says, decoding, resampling and transforming only what they need.
///
/// The log-mel columns are those of the full log-mel spectrogram of the window (within 1e-3 dB), relative to the loudest of
/// them instead of the loudest frame of the whole window, which is not computed. Segments are parts of the mel spectrogram of
/// the whole song. Likewise the floor of the MFCC is `top_db`
/// below the loudest mel power of the frames that are used, at either rate; librosa takes the maximum of the whole
/// signal. On FMA clips that moves a coefficient by 0.00 to 0.05 on average (0.5 if a clip begins very softly); computing
/// every frame only for the maximum would take ten times as long. A window shorter than the MFCC's seconds is padded with
/// zeros.
///
/// If the container does not state the length, or states too much, the samples are counted first: in MP3 by reading
/// the headers, in other formats by decoding. The length that an MP3 states is compared with the frames that follow the
/// last window; if the song is longer or shorter, its features are computed again with the true length.
///
/// If the channels cancel each other out (their mean stays below −26 dB of full scale in all that is decoded, and one of them
/// is over 20 dB louder), the first such channel is used instead of the mean.
///
/// # Errors
/// As [`open`] and [`Source::read`](crate::Source::read); [`AudioError::TooShort`] under 1 s; [`AudioError::Silence`] if every
/// window is silent; [`AudioError::Setting`] for an invalid `front_end`; [`AudioError::Fault`] if the program itself fails.
pub fn song_features(input: Input, front_end: &FrontEnd) -> Result<SongFeatures, AudioError> {
    front_end.check()?;
    let mut source = caught(|| open(input))?;
    song_features_of_source(&mut *source, front_end)
}

/// As [`song_features`], from a source that is already open.
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
        let log_mel = front_end.log_mel.map(|spec| spec.rate.hz(rate));
        let head = front_end.mfcc_head.map(|head| head.mfcc.rate.hz(rate));
        let segments = front_end.segments.map(|spec| spec.rate);
        let rates = log_mel.into_iter().chain(head).chain(segments);
        if let Some(hz) = highest_frequency(rates, rate) {
            source.limit_band(hz);
        }
        with_downmix(source, |source, level| {
            features_by_length(source, front_end, level)
        })
    })
}

/// Computes the features of a song's windows, which are placed by its true length.
fn features_by_length(
    source: &mut dyn Source,
    front_end: &FrontEnd,
    level: &mut Level,
) -> Result<SongFeatures, AudioError> {
    let stated = match source.frames() {
        Some(frames) => frames,
        None => source.length()?,
    };
    let found = features_of_windows(source, front_end, level, stated);
    // A file may be shorter or longer than its header states.
    let length = match found {
        Ok(Some(_)) | Err(AudioError::TooShort { .. } | AudioError::Silence) => source.length()?,
        Ok(None) => source.count()?,
        Err(error) => return Err(error),
    };
    if length == stated
        && let Some(features) = found.transpose()
    {
        return features;
    }
    features_of_windows(source, front_end, level, length)?.ok_or_else(|| {
        AudioError::damaged(
            source.format(),
            format!("expected {length} sample frames, found fewer when seeking"),
        )
    })
}

/// The features of a song of `len` samples; `None` if the stream ends earlier.
fn features_of_windows(
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
    let mut extractor = Extractor::new(front_end, rate)?;
    let windows = front_end.windowing.windows(len, rate).into_iter();
    let mut plans: VecDeque<(WindowPlan, PartialWindow)> = windows
        .map(|window| {
            (
                extractor.plan(front_end, window, len),
                PartialWindow::new(front_end),
            )
        })
        .collect();
    let ranges = joined(plans.iter().flat_map(|(plan, _)| plan.own()).cloned());
    let mut cut_short = false;
    let mut windows = Vec::with_capacity(plans.len());
    source.read_ranges(&ranges, &mut |index, samples| {
        let range = &ranges[index];
        cut_short |= (samples.len() as u64) < range.end - range.start;
        level.push(samples);
        for (plan, window) in &mut plans {
            extractor.compute(plan, range, samples, window);
        }
        while plans
            .front()
            .is_some_and(|(plan, _)| plan.end() <= range.end)
        {
            let Some((plan, window)) = plans.pop_front() else {
                break;
            };
            let start = plan.window.start as f64 / f64::from(rate.max(1));
            windows.extend(window.finish(start, front_end));
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

/// The same samples as sorted ranges that neither overlap nor touch.
fn joined(ranges: impl Iterator<Item = Range<u64>>) -> Vec<Range<u64>> {
    let mut all: Vec<Range<u64>> = ranges.collect();
    all.sort_by_key(|range| range.start);
    let mut joined: Vec<Range<u64>> = Vec::new();
    for range in all {
        match joined.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => joined.push(range),
        }
    }
    joined
}
