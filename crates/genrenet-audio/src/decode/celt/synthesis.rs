//! From a spectrum to samples (RFC 6716, sections 4.3.7): inverse MDCT, overlap, pitch post-filter, de-emphasis.

use std::f64::consts::TAU;
use std::sync::Arc;

use rustfft::num_complex::Complex32;
use rustfft::{Fft, FftPlanner};

use super::tables::{OVERLAP, SHORT, TAPS};

/// Sample frames of the longest frame.
const LONGEST: usize = 8 * SHORT;
/// Furthest that the post-filter looks back.
const HISTORY: usize = 1024;
/// Half of the overlap is what a block leaves for the next one.
const TAIL: usize = OVERLAP / 2;
/// De-emphasis, and full scale.
const EMPHASIS: f32 = 0.850_006_1;
const SCALE: f32 = 1.0 / 32768.0;

/// The pitch filter of a frame.
#[derive(Clone, Copy, PartialEq)]
pub(in crate::decode) struct Pitch {
    pub(in crate::decode) period: usize,
    /// 0: off.
    pub(in crate::decode) gain: f32,
    pub(super) taps: usize,
}

impl Pitch {
    pub(in crate::decode) const OFF: Pitch = Pitch {
        period: 15,
        gain: 0.0,
        taps: 0,
    };
}

/// An inverse MDCT of one length.
struct Transform {
    fft: Arc<dyn Fft<f32>>,
    turns: Vec<Complex32>,
}

/// Turns spectra into samples; keeps the overlap for the next frame.
pub(super) struct Synthesis {
    /// By log2 of the length in blocks of 2.5 ms.
    transforms: [Transform; 4],
    window: [f32; OVERLAP],
    bins: Vec<Complex32>,
    scratch: Vec<Complex32>,
    tail: [f32; TAIL],
    /// The last samples before the frame, then the frame.
    sound: Vec<f32>,
    filters: [Pitch; 2],
    emphasis: f32,
}

impl Synthesis {
    pub(super) fn new() -> Self {
        let mut planner = FftPlanner::new();
        let transforms = [0, 1, 2, 3].map(|log| {
            let n = (2 * SHORT) << log;
            let fft = planner.plan_fft_forward(n / 4);
            let turn = |i: usize| {
                let angle = TAU * (i as f64 + 0.125) / n as f64;
                let quarter = TAU * ((i + n / 4) as f64 + 0.125) / n as f64;
                Complex32::new(angle.cos() as f32, quarter.cos() as f32)
            };
            Transform {
                fft,
                turns: (0..n / 4).map(turn).collect(),
            }
        });
        let scratch = transforms
            .iter()
            .map(|t| t.fft.get_inplace_scratch_len())
            .max();
        // The power-complementary window of Vorbis.
        let window = std::array::from_fn(|i| {
            let sine = (TAU / 4.0 * (i as f64 + 0.5) / OVERLAP as f64).sin();
            (TAU / 4.0 * sine * sine).sin() as f32
        });
        Self {
            bins: vec![Complex32::default(); LONGEST / 2],
            scratch: vec![Complex32::default(); scratch.unwrap_or(0)],
            transforms,
            window,
            tail: [0.0; TAIL],
            sound: vec![0.0; HISTORY + LONGEST + TAIL],
            filters: [Pitch::OFF; 2],
            emphasis: 0.0,
        }
    }

    /// Forgets all but the filters, which frames without sound keep up to date.
    pub(super) fn forget(&mut self) {
        self.tail.fill(0.0);
        self.sound.fill(0.0);
        self.emphasis = 0.0;
    }

    /// Takes the filter of a frame of 2^`log` blocks of 2.5 ms over without its samples.
    pub(super) fn skip(&mut self, log: usize, pitch: Pitch) {
        self.filters = [if log > 0 { pitch } else { self.filters[1] }, pitch];
    }

    /// Appends the samples of a frame to `out`; `short`: its spectrum is that of interleaved short blocks.
    pub(super) fn frame(
        &mut self,
        spectrum: &[f32],
        log: usize,
        short: bool,
        pitch: Pitch,
        out: &mut Vec<f32>,
    ) {
        let n = SHORT << log;
        let (blocks, size) = if short { (1 << log, 0) } else { (1, log) };
        let start = HISTORY;
        self.sound[start..start + TAIL].copy_from_slice(&self.tail);
        for block in 0..blocks {
            self.inverse(&spectrum[block..], blocks, size, start + block * SHORT);
        }
        self.tail
            .copy_from_slice(&self.sound[start + n..start + n + TAIL]);
        self.filter(start, SHORT, self.filters[0], self.filters[1]);
        if log > 0 {
            self.filter(start + SHORT, n - SHORT, self.filters[1], pitch);
        }
        self.skip(log, pitch);
        out.reserve(n);
        for &x in &self.sound[start..start + n] {
            let y = x + self.emphasis;
            self.emphasis = EMPHASIS * y;
            out.push(y * SCALE);
        }
        self.sound.copy_within(n..n + HISTORY, 0);
    }

    /// The inverse MDCT of one block, every `stride`th value of `spectrum`, added to what lies at `at`.
    fn inverse(&mut self, spectrum: &[f32], stride: usize, size: usize, at: usize) {
        let transform = &self.transforms[size];
        let quarter = transform.turns.len();
        let half = 2 * quarter;
        let bins = &mut self.bins[..quarter];
        for (i, (bin, turn)) in bins.iter_mut().zip(&transform.turns).enumerate() {
            let low = spectrum[2 * i * stride];
            let high = spectrum[(half - 1 - 2 * i) * stride];
            // Real and imaginary part are swapped: a forward transform stands for the inverse one.
            *bin = Complex32::new(
                low * turn.re - high * turn.im,
                high * turn.re + low * turn.im,
            );
        }
        let scratch = &mut self.scratch[..transform.fft.get_inplace_scratch_len()];
        transform.fft.process_with_scratch(bins, scratch);
        let (mixed, plain) = self.sound[at..at + TAIL + half].split_at_mut(TAIL);
        for (i, (bin, turn)) in bins.iter().zip(&transform.turns).enumerate() {
            plain[2 * i] = bin.im * turn.re + bin.re * turn.im;
            plain[half - 1 - 2 * i] = bin.im * turn.im - bin.re * turn.re;
        }
        for i in 0..TAIL {
            let (before, after) = (mixed[i], plain[TAIL - 1 - i]);
            let (rising, falling) = (self.window[i], self.window[OVERLAP - 1 - i]);
            mixed[i] = before * falling - after * rising;
            plain[TAIL - 1 - i] = before * rising + after * falling;
        }
    }

    /// The post-filter over `n` samples from `at` on, with a change from `old` to `new` in the first of them.
    fn filter(&mut self, at: usize, n: usize, old: Pitch, new: Pitch) {
        if old.gain == 0.0 && new.gain == 0.0 {
            return;
        }
        let changing = if old == new { 0 } else { OVERLAP.min(n) };
        let weights = |pitch: Pitch| TAPS[pitch.taps].map(|tap| tap * pitch.gain);
        let (a, b) = (weights(old), weights(new));
        let comb = |sound: &[f32], i: usize, pitch: Pitch, w: &[f32; 3]| {
            let x = &sound[i - pitch.period - 2..];
            w[0] * x[2] + w[1] * (x[3] + x[1]) + w[2] * (x[4] + x[0])
        };
        for i in 0..changing {
            let share = self.window[i] * self.window[i];
            let place = at + i;
            self.sound[place] += (1.0 - share) * comb(&self.sound, place, old, &a)
                + share * comb(&self.sound, place, new, &b);
        }
        if new.gain == 0.0 {
            return;
        }
        // A piece no longer than the period reads only samples that are finished.
        let piece = new.period - 2;
        let mut from = changing;
        while from < n {
            let length = piece.min(n - from);
            let (past, now) = self.sound.split_at_mut(at + from);
            let past = &past[at + from - new.period - 2..];
            for (x, taps) in now[..length].iter_mut().zip(past.windows(5)) {
                *x += b[0] * taps[2] + b[1] * (taps[3] + taps[1]) + b[2] * (taps[4] + taps[0]);
            }
            from += length;
        }
    }
}
