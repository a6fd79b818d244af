//! From spectra to samples: the inverse MDCT and the overlap of windowed blocks (Vorbis I specification, section 4.3.6 and 4.3.7).
//!
//! The transform of a block of 2M samples has M free values, u\[n\] = Σ x\[k\] cos(π/M (n + ½)(k + ½)), a DCT-IV. The block's first
//! half is the upper half of u and that mirrored with its sign changed, its second half −u's lower half, mirrored and then as it is.

use std::f64::consts::PI;
use std::sync::Arc;

use rustfft::num_complex::Complex;
use rustfft::{Fft, FftDirection};

use crate::transform::plan;
use crate::vector::vectorised;

/// The transform of one block size, and the slope of its window.
pub(super) struct Transform {
    fft: Arc<dyn Fft<f32>>,
    /// exp(−iπ (n + ⅛) / M), times the root of a constant factor.
    turns: Vec<Complex<f32>>,
    /// The rising half of the window.
    pub slope: Vec<f32>,
    work: Vec<Complex<f32>>,
    scratch: Vec<Complex<f32>>,
}

impl Transform {
    /// For spectra of `lines` lines, whose samples are multiplied by `factor`.
    pub(super) fn new(lines: usize, factor: f64) -> Self {
        let half = lines / 2;
        let fft = plan(half, FftDirection::Forward);
        let turn = |n: usize| {
            let angle = -PI * (n as f64 + 0.125) / lines as f64;
            let (sin, cos) = angle.sin_cos();
            Complex::new((cos * factor.sqrt()) as f32, (sin * factor.sqrt()) as f32)
        };
        let slope = |i: usize| {
            let inner = (PI * (i as f64 + 0.5) / (2 * lines) as f64).sin();
            (PI / 2.0 * inner * inner).sin() as f32
        };
        Self {
            scratch: vec![Complex::default(); fft.get_inplace_scratch_len()],
            fft,
            turns: (0..half).map(turn).collect(),
            slope: (0..lines).map(slope).collect(),
            work: vec![Complex::default(); half],
        }
    }

    /// The DCT-IV of `lines` into `values`.
    pub(super) fn run(&mut self, lines: &[f32], values: &mut [f32]) {
        fold(lines, &self.turns, &mut self.work);
        self.fft
            .process_with_scratch(&mut self.work, &mut self.scratch);
        unfold(&self.work, &self.turns, values);
    }
}

vectorised! {
    fn fold(lines: &[f32], turns: &[Complex<f32>], work: &mut [Complex<f32>]) {
        let pairs = lines.as_chunks::<2>().0;
        let there_and_back = pairs.iter().zip(pairs.iter().rev());
        for ((z, turn), (ahead, back)) in work.iter_mut().zip(turns).zip(there_and_back) {
            *z = Complex::new(ahead[0], back[1]) * turn;
        }
    }
}

vectorised! {
    fn unfold(work: &[Complex<f32>], turns: &[Complex<f32>], values: &mut [f32]) {
        let pairs = values.as_chunks_mut::<2>().0;
        let ahead = work.iter().zip(turns);
        for ((pair, (z, turn)), (y, back)) in pairs.iter_mut().zip(ahead.clone()).zip(ahead.rev()) {
            *pair = [
                z.re * turn.re - z.im * turn.im,
                -(y.re * back.im + y.im * back.re),
            ];
        }
    }
}

/// Appends the samples from the middle of one block to that of the next: of the earlier block `lower`, the lower half of its
/// transform, of the later one `upper`, the upper half. `slope` is that of the shorter one.
pub(super) fn overlap(lower: &[f32], upper: &[f32], slope: &[f32], out: &mut Vec<f32>) {
    let half = slope.len() / 2;
    let (meeting, before) = lower.split_at(half);
    let (after, meeting_upper) = upper.split_at(upper.len() - half);
    out.extend(before.iter().rev().map(|a| -a));
    let start = out.len();
    out.resize(start + slope.len(), 0.0);
    cross(meeting, meeting_upper, slope, &mut out[start..]);
    out.extend(after.iter().rev().map(|b| -b));
}

vectorised! {
    fn cross(lower: &[f32], upper: &[f32], slope: &[f32], out: &mut [f32]) {
        let half = slope.len() / 2;
        let (rise, top) = slope.split_at(half);
        let (first, second) = out.split_at_mut(half);
        let windows = rise.iter().zip(top.iter().rev());
        let values = lower.iter().rev().zip(upper);
        for ((out, (a, b)), (w, v)) in first.iter_mut().zip(values).zip(windows) {
            *out = b * w - a * v;
        }
        let windows = rise.iter().rev().zip(top);
        let values = lower.iter().zip(upper.iter().rev());
        for ((out, (a, b)), (w, v)) in second.iter_mut().zip(values).zip(windows) {
            *out = -(a * w + b * v);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The inverse MDCT by its definition.
    fn slow(lines: &[f32]) -> Vec<f64> {
        let m = lines.len();
        let sample = |i: usize| {
            let term = |(k, &x): (usize, &f32)| {
                let turn = (i as f64 + 0.5 + m as f64 / 2.0) * (k as f64 + 0.5);
                f64::from(x) * (PI / m as f64 * turn).cos()
            };
            lines.iter().enumerate().map(term).sum()
        };
        (0..2 * m).map(sample).collect()
    }

    fn lines(count: usize) -> Vec<f32> {
        (0..count)
            .map(|i| ((i * i * 7 + i * 3) % 101) as f32 / 101.0 - 0.5)
            .collect()
    }

    #[test]
    fn blocks_of_all_sizes_meet_as_the_definition_says() {
        for (earlier, later) in [(32, 32), (256, 256), (32, 256), (256, 32), (1024, 128)] {
            let (x, y) = (lines(earlier), lines(later + 5)[5..].to_vec());
            let (slow_x, slow_y) = (slow(&x), slow(&y));
            let (mut u, mut v) = (vec![0.0; earlier], vec![0.0; later]);
            let mut first = Transform::new(earlier, 0.5);
            let mut second = Transform::new(later, 0.5);
            first.run(&x, &mut u);
            second.run(&y, &mut v);
            let slope = if earlier < later {
                &first.slope
            } else {
                &second.slope
            };
            let mut found = Vec::new();
            overlap(&u[..earlier / 2], &v[later / 2..], slope, &mut found);
            assert_eq!(found.len(), (earlier + later) / 2);
            for (i, &sample) in found.iter().enumerate() {
                // Places counted from where the slope begins.
                let place = i as i64 - (earlier / 2) as i64 + (slope.len() / 2) as i64;
                let rise = match usize::try_from(place) {
                    Err(_) => 0.0,
                    Ok(place) => slope.get(place).copied().unwrap_or(1.0).into(),
                };
                let fall: f64 = match usize::try_from(slope.len() as i64 - 1 - place) {
                    Err(_) => 0.0,
                    Ok(place) => slope.get(place).copied().unwrap_or(1.0).into(),
                };
                let in_later = i as i64 + later as i64 / 2 - earlier as i64 / 2;
                let later_part = usize::try_from(in_later).map_or(0.0, |at| rise * slow_y[at]);
                let earlier_part = slow_x.get(earlier + i).map_or(0.0, |x| fall * x);
                let expected = 0.5 * (earlier_part + later_part);
                assert!(
                    (f64::from(sample) - expected).abs() < 2e-5,
                    "{earlier} to {later}, sample {i}: {sample}, expected {expected}"
                );
            }
        }
    }
}
