//! A song in memory, as samples, as a stream that counts what it returns, and as a file.

use std::ops::Range;

use genrenet_audio::{AudioError, Format, Source};

pub struct Song {
    pub samples: Vec<f32>,
    pub rate: u32,
}

impl Song {
    /// Sweeping tones under slowly breathing noise, in 16-bit steps so that a file holds it exactly.
    pub fn new(rate: u32, seconds: f32) -> Self {
        let n = (f64::from(seconds) * f64::from(rate)).round() as usize;
        let mut state = 7u64;
        let samples = (0..n)
            .map(|i| {
                let t = i as f64 / f64::from(rate);
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1_442_695_040_888_963_407);
                let noise = (state >> 40) as f64 / (1u64 << 23) as f64 - 1.0;
                let breath = 0.02 + 0.3 * (0.7 * t).sin().powi(2);
                let tone = (t * (600.0 + 200.0 * (0.9 * t).sin())).sin();
                let x = 0.4 * tone + 0.5 * noise * breath;
                ((x * 32_768.0).round() / 32_768.0) as f32
            })
            .collect();
        Self { samples, rate }
    }

    pub fn source(&self) -> Stream<'_> {
        Stream {
            song: self,
            at: 0,
            delivered: 0,
            stated: Some(self.samples.len() as u64),
        }
    }
}

pub struct Stream<'a> {
    song: &'a Song,
    at: usize,
    pub delivered: u64,
    pub stated: Option<u64>,
}

impl Source for Stream<'_> {
    fn format(&self) -> Format {
        Format::Wav
    }

    fn rate(&self) -> u32 {
        self.song.rate
    }

    fn channels(&self) -> u16 {
        1
    }

    fn frames(&self) -> Option<u64> {
        self.stated
    }

    fn read(&mut self, out: &mut Vec<f32>) -> Result<usize, AudioError> {
        let end = (self.at + 1152).min(self.song.samples.len());
        let run = &self.song.samples[self.at..end];
        out.extend_from_slice(run);
        self.at = end;
        Ok(run.len())
    }

    fn seek(&mut self, to: u64) -> Result<(), AudioError> {
        self.at = (to as usize).min(self.song.samples.len());
        Ok(())
    }

    fn read_ranges(
        &mut self,
        ranges: &[Range<u64>],
        each: &mut dyn FnMut(usize, &[f32]),
    ) -> Result<(), AudioError> {
        let mut end = 0;
        for (index, range) in ranges.iter().enumerate() {
            assert!(range.start >= end && range.end >= range.start, "{ranges:?}");
            end = range.end;
            let clip = |at: u64| (at as usize).min(self.song.samples.len());
            let samples = &self.song.samples[clip(range.start)..clip(range.end)];
            self.delivered += samples.len() as u64;
            each(index, samples);
        }
        Ok(())
    }
}

/// The song as a 16-bit mono WAVE file.
pub fn wav(song: &Song) -> Vec<u8> {
    let data = 2 * song.samples.len() as u32;
    let mut out = Vec::new();
    out.extend_from_slice(b"RIFF");
    out.extend_from_slice(&(36 + data).to_le_bytes());
    out.extend_from_slice(b"WAVEfmt ");
    out.extend_from_slice(&16u32.to_le_bytes());
    out.extend_from_slice(&1u16.to_le_bytes());
    out.extend_from_slice(&1u16.to_le_bytes());
    out.extend_from_slice(&song.rate.to_le_bytes());
    out.extend_from_slice(&(2 * song.rate).to_le_bytes());
    out.extend_from_slice(&2u16.to_le_bytes());
    out.extend_from_slice(&16u16.to_le_bytes());
    out.extend_from_slice(b"data");
    out.extend_from_slice(&data.to_le_bytes());
    for x in &song.samples {
        out.extend_from_slice(&((x * 32_768.0) as i16).to_le_bytes());
    }
    out
}
