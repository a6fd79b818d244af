//! The largest value over all positions across of a one-channel convolution, by sums of products.
//!
//! Neighbouring positions of a row lie in one vector; a tile is a few filters by a few rows, held in registers. Taps that
//! lie wholly in the border above or below are skipped.

use super::conv::Geometry;
#[cfg(target_arch = "aarch64")]
use std::arch::aarch64::float32x4_t;
#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::{__m256, __m512};

use super::isa::{Isa, dispatched};
use super::vector::Vector;

/// Filters of one block at most.
pub(crate) const BLOCK: usize = 4;

/// Lays out weights `[kh, kw, 1, filters]`, each filter times its factor, in blocks of filters: per block taps by filters.
pub(crate) fn pack(weight: &[f32], taps: usize, factor: &[f32]) -> Vec<f32> {
    let filters = factor.len();
    let mut packed = Vec::with_capacity(taps * filters);
    for first in (0..filters).step_by(BLOCK) {
        let block = first..(first + BLOCK).min(filters);
        for tap in 0..taps {
            let row = &weight[tap * filters..][..filters];
            packed.extend(block.clone().map(|f| row[f] * factor[f]));
        }
    }
    packed
}

/// Values behind an image with its border that [`largest`] may read.
pub(crate) const SPARE: usize = 16;

dispatched! {
    /// For each row and filter the largest of Σ weight · value over the positions across: `out` is rows × filters.
    ///
    /// `padded` is one image with its border and [`SPARE`] values more; `packed` comes from [`pack`].
    ///
    /// # Panics
    /// When a slice is too short.
    pub(crate) fn largest(geometry: &Geometry, padded: &[f32], packed: &[f32], out: &mut [f32])
    with {
        avx512: (__m512, 6), avx2: (__m256, 3), neon: (float32x4_t, 6), plain: ([f32; 4], 2)
    }
    calls largest_body
}

#[inline(always)]
fn largest_body<V: Vector, const ROWS: usize>(
    geometry: &Geometry,
    padded: &[f32],
    packed: &[f32],
    out: &mut [f32],
) {
    let taps = geometry.kernel[0] * geometry.kernel[1];
    let filters = geometry.output[2];
    for first in (0..filters).step_by(BLOCK) {
        let block = &packed[first * taps..];
        let out = &mut out[first..];
        match filters - first {
            1 => block_body::<V, 1, ROWS>(geometry, padded, block, out),
            2 => block_body::<V, 2, ROWS>(geometry, padded, block, out),
            3 => block_body::<V, 3, ROWS>(geometry, padded, block, out),
            _ => block_body::<V, 4, ROWS>(geometry, padded, block, out),
        }
    }
}

/// All rows of F filters. Where rows are left for no whole tile, the last tile is moved up.
#[inline(always)]
fn block_body<V: Vector, const F: usize, const ROWS: usize>(
    geometry: &Geometry,
    padded: &[f32],
    weights: &[f32],
    out: &mut [f32],
) {
    let rows = geometry.output[0];
    if rows < ROWS {
        for row in 0..rows {
            tile::<V, F, 1>(geometry, padded, weights, row, out);
        }
        return;
    }
    for row in (0..rows).step_by(ROWS) {
        tile::<V, F, ROWS>(geometry, padded, weights, row.min(rows - ROWS), out);
    }
}

#[inline(always)]
fn tile<V: Vector, const F: usize, const T: usize>(
    geometry: &Geometry,
    padded: &[f32],
    weights: &[f32],
    row: usize,
    out: &mut [f32],
) {
    let [kh, kw] = geometry.kernel;
    let [_, across, filters] = geometry.output;
    let width = geometry.padded[1];
    // Taps whose rows are all in the border add nothing.
    let (top, height) = (geometry.before[0], geometry.input[0]);
    let taps = top.saturating_sub(row + T - 1)..kh.min(top + height - row.min(top + height));
    let mut best = [[V::splat(f32::NEG_INFINITY); T]; F];
    let step = V::LEN;
    let mut at = 0;
    loop {
        let mut sums = [[V::zero(); T]; F];
        if !taps.is_empty() {
            assert!(
                (row + T - 1 + taps.end - 1) * width + kw - 1 + at + step <= padded.len(),
                "reads past the image"
            );
            assert!(taps.end * kw * F <= weights.len(), "reads past the weights");
        }
        for ky in taps.clone() {
            let (from, weight) = ((row + ky) * width + at, ky * kw * F);
            for kx in 0..kw {
                let mut values = [V::zero(); T];
                for (t, value) in values.iter_mut().enumerate() {
                    // SAFETY: row + t + ky and kx are at most those of the assertion, so that `step` values are left.
                    *value = unsafe { V::load(padded.as_ptr().add(from + t * width + kx)) };
                }
                for (f, sums) in sums.iter_mut().enumerate() {
                    // SAFETY: below (ky + 1) · kw · F, which is at most the length as asserted.
                    let w = V::splat(unsafe { *weights.get_unchecked(weight + kx * F + f) });
                    for (sum, value) in sums.iter_mut().zip(values) {
                        *sum = value.mul_add(w, *sum);
                    }
                }
            }
        }
        if across - at < step {
            // Fewer positions than a vector has.
            for f in 0..F {
                for t in 0..T {
                    out[(row + t) * filters + f] = sums[f][t].largest(across);
                }
            }
            return;
        }
        for f in 0..F {
            for t in 0..T {
                best[f][t] = best[f][t].max(sums[f][t]);
            }
        }
        if at + step >= across {
            break;
        }
        // The last vector overlaps the one before where they don't fill the row.
        at = (at + step).min(across - step);
    }
    for f in 0..F {
        for t in 0..T {
            out[(row + t) * filters + f] = best[f][t].largest(step);
        }
    }
}
