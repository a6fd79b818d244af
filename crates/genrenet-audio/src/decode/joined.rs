//! Streams that follow one another in one file, decoded as one, as players play them: at the first one's rate.
//!
//! Concatenated MP3 files, recordings whose sampling rate changes midway, chained Ogg.

use std::ops::{DerefMut, Range};

use super::mono::Downmix;
use super::source::Source;
use crate::error::AudioError;
use crate::format::Format;
use crate::resample::{RangeResampler, check_rate};

/// Sample frames that are resampled together. They start at its multiples, so that a sample does not depend on how it was reached.
const BLOCK: u64 = 32 * 1024;

/// The streams of a file, in order. Only one is open at a time.
pub(super) trait Parts: Send {
    type Part: DerefMut<Target: Source> + Send;

    /// Opens part `index`: one that was open before, or the next one. `None` after the last.
    fn open(&mut self, index: usize) -> Result<Option<Self::Part>, AudioError>;

    /// Number of parts that are known so far; the last one may turn out to be followed by another.
    fn known(&self) -> usize;

    /// Notes that `part`, number `index`, was read to its end, so that what comes after it is known.
    fn ended(&mut self, index: usize, part: &Self::Part);
}

/// The parts of a file as one [`Source`].
pub(super) struct Joined<P: Parts> {
    parts: P,
    format: Format,
    rate: u32,
    channels: u16,
    /// The part that is open, and its number.
    part: P::Part,
    index: usize,
    /// Where the open part's next read starts, in its own sample frames, if that is known.
    part_at: Option<u64>,
    /// Resamples the open part to the first one's rate, if it differs.
    changed: Option<Changed>,
    /// Start of each part whose predecessors were measured, in sample frames of the whole.
    starts: Vec<u64>,
    /// Whether the last part was measured.
    complete: bool,
    /// The next sample frame that `read` returns.
    at: u64,
    downmix: Downmix,
    /// The band limit of every part, in Hz.
    hz: Option<f32>,
}

/// A part whose rate is not that of the first.
struct Changed {
    resampler: RangeResampler,
    /// Its length in its own sample frames.
    own: u64,
    /// Resampled sample frames from `first` on.
    block: Vec<f32>,
    first: u64,
}

impl Changed {
    fn len(&self) -> u64 {
        self.resampler.output_len(self.own)
    }

    /// The resampled sample frames from `at` on, as far as its block reaches; empty at the end.
    fn from<S: Source + ?Sized>(&mut self, part: &mut S, at: u64) -> Result<&[f32], AudioError> {
        let first = at / BLOCK * BLOCK;
        let wanted = first..(first + BLOCK).min(self.len());
        if wanted.is_empty() || at >= wanted.end {
            return Ok(&[]);
        }
        if self.first != first || self.block.is_empty() {
            self.first = first;
            self.block.clear();
            let needed = self.resampler.needs(&wanted, self.own);
            let (resampler, block) = (&mut self.resampler, &mut self.block);
            part.read_ranges(std::slice::from_ref(&needed), &mut |_, samples| {
                resampler.range(samples, needed.start, &wanted, block);
            })?;
        }
        Ok(&self.block[(at - first) as usize..])
    }
}

impl<P: Parts> Joined<P> {
    /// `first` is part 0 of `parts`, at its start.
    pub(super) fn new(parts: P, first: P::Part) -> Self {
        Self {
            parts,
            format: first.format(),
            rate: first.rate(),
            channels: first.channels(),
            part: first,
            index: 0,
            part_at: Some(0),
            changed: None,
            starts: vec![0],
            complete: false,
            at: 0,
            downmix: Downmix::Mean,
            hz: None,
        }
    }

    /// Number of parts whose length is known.
    fn measured(&self) -> usize {
        self.starts.len() - 1
    }

    /// Makes `index` the open part; `false` where there is none.
    fn enter(&mut self, index: usize) -> Result<bool, AudioError> {
        if index == self.index {
            return Ok(true);
        }
        let Some(mut part) = self.parts.open(index)? else {
            return Ok(false);
        };
        if let Some(hz) = self.hz {
            part.limit_band(hz);
        }
        // A part with a single channel is used as it is.
        part.set_downmix(self.downmix);
        self.part_at = Some(0);
        self.changed = None;
        if part.rate() != self.rate {
            check_rate(part.rate())?;
            let own = part.length()?;
            self.part_at = None;
            self.changed = Some(Changed {
                resampler: RangeResampler::new(part.rate(), self.rate),
                own,
                block: Vec::new(),
                first: 0,
            });
        }
        self.part = part;
        self.index = index;
        Ok(true)
    }

    /// Opens the part that holds sample frame `at`, or the first whose length is not known yet; `false` after the last.
    fn go_to(&mut self, at: u64) -> Result<bool, AudioError> {
        let holds = self.starts.partition_point(|&start| start <= at) - 1;
        if holds == self.measured() && self.complete {
            return Ok(false);
        }
        if self.enter(holds)? {
            return Ok(true);
        }
        self.complete |= holds == self.measured();
        Ok(false)
    }

    /// Finds the length of the open part, which is the first whose length is not known; `count` decodes for it, if need be.
    fn measure(&mut self, count: bool) -> Result<(), AudioError> {
        self.part_at = None;
        let own = if count {
            self.part.count()?
        } else {
            self.part.length()?
        };
        let len = match &mut self.changed {
            None => own,
            Some(changed) => {
                changed.own = own;
                changed.block.clear();
                changed.len()
            }
        };
        self.starts
            .push(self.starts[self.index].saturating_add(len));
        self.parts.ended(self.index, &self.part);
        Ok(())
    }

    /// Finds the length of every part.
    fn measure_all(&mut self, count: bool) -> Result<u64, AudioError> {
        while !self.complete {
            if self.enter(self.measured())? {
                self.measure(count)?;
            } else {
                self.complete = true;
            }
        }
        Ok(self.starts[self.measured()])
    }

    /// Appends the open part's samples from its sample frame `at` on.
    fn read_part(&mut self, at: u64, out: &mut Vec<f32>) -> Result<usize, AudioError> {
        if let Some(changed) = &mut self.changed {
            let samples = changed.from(&mut *self.part, at)?;
            out.extend_from_slice(samples);
            return Ok(samples.len());
        }
        if self.part_at != Some(at) {
            self.part_at = None;
            self.part.seek(at)?;
        }
        let n = self.part.read(out)?;
        self.part_at = Some(at + n as u64);
        Ok(n)
    }

    /// Reads `ranges` of the open part, in its sample frames at the common rate.
    fn read_ranges_of_part(
        &mut self,
        ranges: &[Range<u64>],
        each: &mut dyn FnMut(usize, &[f32]),
    ) -> Result<(), AudioError> {
        let Some(changed) = &mut self.changed else {
            self.part_at = None;
            return self.part.read_ranges(ranges, each);
        };
        let mut samples = Vec::new();
        for (index, range) in ranges.iter().enumerate() {
            samples.clear();
            let mut at = range.start;
            while at < range.end {
                let run = changed.from(&mut *self.part, at)?;
                let n = run.len().min((range.end - at) as usize);
                if n == 0 {
                    break;
                }
                samples.extend_from_slice(&run[..n]);
                at += n as u64;
            }
            each(index, &samples);
        }
        Ok(())
    }
}

impl<P: Parts> Source for Joined<P> {
    fn format(&self) -> Format {
        self.format
    }

    fn rate(&self) -> u32 {
        self.rate
    }

    fn channels(&self) -> u16 {
        self.channels
    }

    fn frames(&self) -> Option<u64> {
        if self.complete {
            self.starts.last().copied()
        } else if self.parts.known() == 1 && self.measured() == 0 {
            self.part.frames()
        } else {
            None
        }
    }

    fn length(&mut self) -> Result<u64, AudioError> {
        self.measure_all(false)
    }

    fn count(&mut self) -> Result<u64, AudioError> {
        self.starts.truncate(1);
        self.complete = false;
        self.measure_all(true)
    }

    fn set_downmix(&mut self, downmix: Downmix) -> bool {
        self.downmix = downmix;
        self.part_at = None;
        if let Some(changed) = &mut self.changed {
            changed.block.clear();
        }
        self.part.set_downmix(downmix)
    }

    fn limit_band(&mut self, hz: f32) {
        self.hz = Some(hz);
        self.part.limit_band(hz);
    }

    fn read(&mut self, out: &mut Vec<f32>) -> Result<usize, AudioError> {
        while self.go_to(self.at)? {
            let start = self.starts[self.index];
            let n = self.read_part(self.at - start, out)?;
            if n > 0 {
                self.at += n as u64;
                return Ok(n);
            }
            match self.starts.get(self.index + 1) {
                // The part ended before the length that was measured.
                Some(&next) => self.at = next,
                None => self.measure(false)?,
            }
        }
        Ok(0)
    }

    fn seek(&mut self, to: u64) -> Result<(), AudioError> {
        self.at = to;
        Ok(())
    }

    fn read_ranges(
        &mut self,
        ranges: &[Range<u64>],
        each: &mut dyn FnMut(usize, &[f32]),
    ) -> Result<(), AudioError> {
        // Ranges before `next` are done; `held` are the samples so far of that one, which ends in a later part.
        let mut next = 0;
        let mut held: Vec<f32> = Vec::new();
        let mut local = Vec::new();
        while next < ranges.len() {
            let from = ranges[next].start + held.len() as u64;
            if !self.go_to(from)? {
                break;
            }
            let start = self.starts[self.index];
            let end = self.starts.get(self.index + 1).copied().unwrap_or(u64::MAX);
            local.clear();
            for (index, range) in ranges.iter().enumerate().skip(next) {
                let from = if index == next { from } else { range.start };
                if from >= end {
                    break;
                }
                local.push(from - start..range.end.min(end).max(from) - start);
            }
            let mut short = false;
            let first = next;
            self.read_ranges_of_part(&local, &mut |index, samples| {
                if short {
                    return;
                }
                let range = &ranges[first + index];
                let before = held.len();
                held.extend_from_slice(samples);
                if held.len() as u64 >= range.end.saturating_sub(range.start) {
                    each(next, &held);
                    held.clear();
                    next += 1;
                } else {
                    // It goes on in the next part, or begins there.
                    short = true;
                    debug_assert!(before == 0 || index == 0);
                }
            })?;
            match self.starts.get(self.index + 1) {
                // The part ended before the length that was measured: the missing samples are left out of the range.
                Some(&end) if short && ranges[next].start + (held.len() as u64) < end => {
                    each(next, &held);
                    held.clear();
                    next += 1;
                }
                Some(_) => {}
                None if short => self.measure(false)?,
                None => {}
            }
        }
        while next < ranges.len() {
            each(next, &held);
            held.clear();
            next += 1;
        }
        if let Some(last) = ranges.last() {
            self.at = last.end;
        }
        Ok(())
    }
}
