//! Loops over the rows of a matrix that need a sum over each row: normalisation and softmax.
//!
//! Sums run in sixteen interleaved parts that are added in order, the same on every processor of one instruction set.

use super::isa::vectorised;
use super::math::exp_of;

const LANES: usize = 16;

/// Σ f(i) over `0..len`.
#[inline(always)]
fn sum(len: usize, f: impl Fn(usize) -> f32) -> f32 {
    let mut parts = [0.0f32; LANES];
    let whole = len / LANES * LANES;
    for i in (0..whole).step_by(LANES) {
        for (lane, part) in parts.iter_mut().enumerate() {
            *part += f(i + lane);
        }
    }
    for (lane, part) in parts[..len - whole].iter_mut().enumerate() {
        *part += f(whole + lane);
    }
    parts.iter().sum()
}

vectorised! {
    /// Each row of `x` less its mean, over √(variance + eps), times `gain`, plus `shift`; `stats` takes mean and 1/√….
    pub(crate) fn normalise(x: &[f32], gain: &[f32], shift: &[f32], eps: f32, y: &mut [f32], stats: &mut [[f32; 2]]) {
        let len = gain.len();
        for ((x, y), stats) in x.chunks_exact(len).zip(y.chunks_exact_mut(len)).zip(stats) {
            let mean = sum(len, |i| x[i]) / len as f32;
            let variance = sum(len, |i| (x[i] - mean) * (x[i] - mean)) / len as f32;
            let scale = 1.0 / (variance + eps).sqrt();
            *stats = [mean, scale];
            for i in 0..len {
                y[i] = (x[i] - mean) * scale * gain[i] + shift[i];
            }
        }
    }
}

vectorised! {
    /// Gradient of [`normalise`]: adds to those of `gain` and `shift`, overwrites `dx`.
    pub(crate) fn normalise_back(x: &[f32], dy: &[f32], gain: &[f32], stats: &[[f32; 2]], d_gain: &mut [f32], d_shift: &mut [f32], dx: &mut [f32]) {
        let len = gain.len();
        let (d_gain, d_shift) = (&mut d_gain[..len], &mut d_shift[..len]);
        let rows = x.chunks_exact(len).zip(dy.chunks_exact(len)).zip(dx.chunks_exact_mut(len));
        for (((x, dy), dx), &[mean, scale]) in rows.zip(stats) {
            let along = sum(len, |i| dy[i] * gain[i]) / len as f32;
            let across = sum(len, |i| dy[i] * gain[i] * (x[i] - mean)) * scale * scale / len as f32;
            for i in 0..len {
                d_gain[i] += dy[i] * (x[i] - mean) * scale;
                d_shift[i] += dy[i];
                dx[i] = (dy[i] * gain[i] - along - (x[i] - mean) * across) * scale;
            }
        }
    }
}

vectorised! {
    /// Softmax of each row of `len` values after multiplying by `scale`, in place.
    pub(crate) fn softmax(len: usize, scale: f32, rows: &mut [f32]) {
        for row in rows.chunks_exact_mut(len) {
            let mut tops = [f32::NEG_INFINITY; LANES];
            for block in row.chunks(LANES) {
                for (top, v) in tops.iter_mut().zip(block) {
                    *top = if *v > *top { *v } else { *top };
                }
            }
            let top = tops.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            for v in row.iter_mut() {
                *v = exp_of((*v - top) * scale);
            }
            let total = 1.0 / sum(len, |i| row[i]);
            row.iter_mut().for_each(|v| *v *= total);
        }
    }
}

vectorised! {
    /// Gradient of [`softmax`] with respect to its input: `d` is overwritten, `p` holds the softmax.
    pub(crate) fn softmax_back(len: usize, scale: f32, p: &[f32], d: &mut [f32]) {
        for (p, d) in p.chunks_exact(len).zip(d.chunks_exact_mut(len)) {
            let mean = sum(len, |i| p[i] * d[i]);
            for i in 0..len {
                d[i] = p[i] * (d[i] - mean) * scale;
            }
        }
    }
}

vectorised! {
    /// Adds every row of a matrix to `total`.
    pub(crate) fn add_rows(total: &mut [f32], rows: &[f32]) {
        for row in rows.chunks_exact(total.len()) {
            total.iter_mut().zip(row).for_each(|(s, v)| *s += v);
        }
    }
}

vectorised! {
    /// Σ a·b.
    pub(crate) fn dot(a: &[f32], b: &[f32]) -> f32 {
        let len = a.len().min(b.len());
        let (a, b) = (&a[..len], &b[..len]);
        sum(len, |i| a[i] * b[i])
    }
}
