//! The interface of every decoder: a stream of mono samples with exact seeking.

use std::ops::Range;

use crate::decode::Downmix;
use crate::error::AudioError;
use crate::format::Format;

/// Gap between two ranges, in sample frames, from which seeking is cheaper than decoding what lies between.
///
/// Seeking costs every codec a few frames of run-in (at most about 10 000 samples), so shorter gaps are decoded.
const SEEK_GAP: u64 = 32 * 1024;

/// One decoded stream: mono samples in order, the mean of the channels, as `librosa.load(mono=True)`.
///
/// Sample frame 0 is the first one after encoder delay; see `docs/FORMATS.md` for the policy of each format.
/// An implementation keeps a bounded number of samples, however long the stream is.
pub trait Source: Send {
    /// The format of the content.
    fn format(&self) -> Format;

    /// Sample frames per second.
    fn rate(&self) -> u32;

    /// Channels in the file, before they are averaged to one.
    fn channels(&self) -> u16;

    /// Length in sample frames after trimming, if the container states it.
    ///
    /// It may be wrong: never allocate by it, and expect the stream to end earlier or later.
    fn frames(&self) -> Option<u64>;

    /// Length in sample frames after trimming, checked against the bytes: what reading from start to end gives.
    ///
    /// The default returns [`frames`](Source::frames), which is right for a format that is checked when it is
    /// opened, and counts if there is none. Seek before the next [`read`](Source::read).
    ///
    /// # Errors
    /// As [`read`](Source::read).
    fn length(&mut self) -> Result<u64, AudioError> {
        match self.frames() {
            Some(frames) => Ok(frames),
            None => self.count(),
        }
    }

    /// Appends the next run of mono samples to `out` and returns their number; `Ok(0)` is the end.
    ///
    /// # Errors
    /// If the bytes cannot be read, or are damaged beyond repair.
    fn read(&mut self, out: &mut Vec<f32>) -> Result<usize, AudioError>;

    /// Moves so that the next [`read`](Source::read) starts exactly at sample frame `to`, with the samples that
    /// decoding from the start would give. At or past the end, the next read returns 0.
    ///
    /// # Errors
    /// As [`read`](Source::read).
    fn seek(&mut self, to: u64) -> Result<(), AudioError>;

    /// Counts the sample frames that reading from start to end gives, as cheaply as the codec can (default: by decoding).
    ///
    /// Unlike [`frames`](Source::frames) it is exact. Seek before the next [`read`](Source::read).
    ///
    /// # Errors
    /// As [`read`](Source::read).
    fn count(&mut self) -> Result<u64, AudioError> {
        self.seek(0)?;
        let mut samples = Vec::new();
        let mut total = 0;
        loop {
            samples.clear();
            match self.read(&mut samples)? {
                0 => return Ok(total),
                n => total += n as u64,
            }
        }
    }

    /// Sets how the channels are reduced to one, from the next [`seek`](Source::seek) on; [`Downmix::Mean`] at first. Returns whether
    /// the decoder supports it; the default does not support single channels.
    fn set_downmix(&mut self, downmix: Downmix) -> bool {
        downmix == Downmix::Mean
    }

    /// Allows the decoder to leave out frequencies above `hz` from now on, which saves time in codecs that work in the
    /// frequency domain. Lower frequencies change by less than −60 dB of what is left out. The default does nothing.
    fn limit_band(&mut self, hz: f32) {
        let _ = hz;
    }

    /// Reads `ranges` (sorted, not overlapping, in sample frames) and calls `each(index, samples)` for each,
    /// skipping the gaps as cheaply as the codec can. A range past the end is shorter, at worst empty.
    ///
    /// # Errors
    /// As [`read`](Source::read).
    fn read_ranges(
        &mut self,
        ranges: &[Range<u64>],
        each: &mut dyn FnMut(usize, &[f32]),
    ) -> Result<(), AudioError> {
        read_ranges_by_seeking(self, ranges, SEEK_GAP, each)
    }
}

/// [`Source::read_ranges`] with the gap, in sample frames, from which it seeks: for decoders with a gap of their own.
///
/// # Errors
/// As [`Source::read`].
pub fn read_ranges_by_seeking<S: Source + ?Sized>(
    source: &mut S,
    ranges: &[Range<u64>],
    seek_gap: u64,
    each: &mut dyn FnMut(usize, &[f32]),
) -> Result<(), AudioError> {
    // `held` are the samples from frame `at` on that are decoded but not yet passed on.
    let mut held: Vec<f32> = Vec::new();
    let mut at: Option<u64> = None;
    let mut ended = false;
    for (index, range) in ranges.iter().enumerate() {
        let near = at.is_some_and(|at| {
            range.start >= at && range.start - at < (held.len() as u64).saturating_add(seek_gap)
        });
        if !near {
            held.clear();
            source.seek(range.start)?;
            at = Some(range.start);
            ended = false;
        }
        let mut start = at.unwrap_or(range.start);
        loop {
            let drop = usize::try_from(range.start - start)
                .unwrap_or(usize::MAX)
                .min(held.len());
            held.drain(..drop);
            start += drop as u64;
            let wanted = range.end.saturating_sub(range.start);
            if ended || (start == range.start && held.len() as u64 >= wanted) {
                break;
            }
            ended = source.read(&mut held)? == 0;
        }
        at = Some(start);
        let wanted = range.end.saturating_sub(range.start);
        let n = if start == range.start {
            held.len()
                .min(usize::try_from(wanted).unwrap_or(usize::MAX))
        } else {
            0
        };
        each(index, &held[..n]);
    }
    Ok(())
}
