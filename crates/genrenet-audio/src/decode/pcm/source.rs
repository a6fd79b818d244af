//! A run of uncompressed samples as a [`Source`].

use std::ops::Range;

use super::sample::Sample;
use crate::decode::source::Source;
use crate::decode::{Downmix, Input};
use crate::error::AudioError;
use crate::format::Format;

/// The layout of the samples, from a header.
#[derive(Debug, Clone, Copy)]
pub(super) struct Layout {
    pub format: Format,
    pub rate: u32,
    pub channels: u16,
    pub sample: Sample,
    /// Bytes from one sample frame to the next; a channel's slot is its share of it.
    pub block: u32,
    /// Where the first sample frame stands.
    pub start: u64,
    /// Bytes of samples; already limited to what the file has.
    pub bytes: u64,
}

/// Bytes converted per read.
const RUN: u64 = 64 * 1024;

/// A run of uncompressed samples.
pub(super) struct Pcm {
    input: Input,
    layout: Layout,
    frames: u64,
    at: u64,
    bytes: Vec<u8>,
    downmix: Downmix,
}

impl Pcm {
    /// Checks the layout and makes it a source.
    pub(super) fn open(input: Input, mut layout: Layout) -> Result<Box<dyn Source>, AudioError> {
        let format = layout.format;
        if layout.rate == 0 {
            return Err(AudioError::damaged(format, "sampling rate 0"));
        }
        if layout.channels == 0 {
            return Err(AudioError::damaged(format, "0 channels"));
        }
        let width = layout.sample.bytes();
        let least = u32::from(layout.channels) * width;
        // Some writers leave the block size 0 or wrong.
        if layout.block < least || !layout.block.is_multiple_of(layout.channels.into()) {
            layout.block = least;
        }
        let frames =
            layout.bytes.min(input.len().saturating_sub(layout.start)) / u64::from(layout.block);
        if frames == 0 {
            return Err(AudioError::no_sound(format, "no samples after the header"));
        }
        Ok(Box::new(Self {
            input,
            layout,
            frames,
            at: 0,
            bytes: Vec::new(),
            downmix: Downmix::Mean,
        }))
    }

    /// Appends at most `most` samples.
    fn read_up_to(&mut self, most: u64, out: &mut Vec<f32>) -> Result<usize, AudioError> {
        let Layout {
            start,
            block,
            channels,
            sample,
            ..
        } = self.layout;
        let block = u64::from(block);
        let wanted = most.min(self.frames.saturating_sub(self.at));
        if wanted == 0 {
            return Ok(0);
        }
        self.bytes.resize((wanted * block) as usize, 0);
        let filled = self
            .input
            .read_at(start + self.at * block, &mut self.bytes)?;
        let got = filled / block as usize;
        let from = out.len();
        sample.append(
            self.downmix,
            &self.bytes[..got * block as usize],
            block as usize,
            channels.into(),
            out,
        );
        if sample.can_be_no_number() {
            check_finite(&out[from..], self.layout.format, self.at)?;
        }
        self.at += got as u64;
        Ok(got)
    }
}

impl Source for Pcm {
    fn format(&self) -> Format {
        self.layout.format
    }

    fn rate(&self) -> u32 {
        self.layout.rate
    }

    fn channels(&self) -> u16 {
        self.layout.channels
    }

    fn frames(&self) -> Option<u64> {
        Some(self.frames)
    }

    fn set_downmix(&mut self, downmix: Downmix) -> bool {
        self.downmix = downmix;
        true
    }

    fn read(&mut self, out: &mut Vec<f32>) -> Result<usize, AudioError> {
        self.read_up_to((RUN / u64::from(self.layout.block)).max(1), out)
    }

    fn seek(&mut self, to: u64) -> Result<(), AudioError> {
        self.at = to.min(self.frames);
        Ok(())
    }

    fn read_ranges(
        &mut self,
        ranges: &[Range<u64>],
        each: &mut dyn FnMut(usize, &[f32]),
    ) -> Result<(), AudioError> {
        let most = (RUN / u64::from(self.layout.block)).max(1);
        let mut samples = Vec::new();
        for (index, range) in ranges.iter().enumerate() {
            samples.clear();
            self.seek(range.start)?;
            while self.at < range.end
                && self.read_up_to(most.min(range.end - self.at), &mut samples)? > 0
            {}
            each(index, &samples);
        }
        Ok(())
    }
}

/// The largest sample magnitude that is accepted: its power does not overflow, and files scaled to ±2^31 stay below.
pub(in crate::decode) const LOUDEST: f32 = 1e10;

fn check_finite(samples: &[f32], format: Format, at: u64) -> Result<(), AudioError> {
    let bad = samples.iter().position(|s| s.is_nan() || s.abs() > LOUDEST);
    match bad {
        None => Ok(()),
        Some(i) => Err(AudioError::NotANumber {
            format: format.to_string(),
            value: samples[i].into(),
            frame: at + i as u64,
        }),
    }
}
