//! The largest value over all positions across of a one-channel convolution, by sums of products.
//!
//! Neighbouring positions of a row lie in one vector; a tile is a few filters by a few rows, held in registers. Tall
//! kernels are cut, so that fewer products are formed; taps that lie wholly in the border above or below are skipped.

mod plan;

#[cfg(target_arch = "aarch64")]
use std::arch::aarch64::float32x4_t;
#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::{__m256, __m512};

use self::plan::{Plan, To, cut_image, cut_kernel, plan};
use super::conv::Geometry;
use super::isa::dispatched;
use super::vector::{Four, Vector};
use crate::threads::aligned;

/// Filters of one block at most.
const BLOCK: usize = 4;

/// Filters of the block that starts with filter `first`: blocks are of nearly equal size, as single filters are slow.
fn block_size(first: usize, filters: usize) -> usize {
    let left = filters - first;
    left.div_ceil(left.div_ceil(BLOCK))
}

/// Lays out weights `[kh, kw, 1, filters]`, each filter times its factor, in blocks of filters: per block parts by taps by filters.
pub(crate) fn pack(weight: &[f32], kernel: [usize; 2], factor: &[f32]) -> Vec<f32> {
    let plan = plan(kernel);
    let filters = factor.len();
    let scaled: Vec<f32> = weight
        .chunks_exact(filters)
        .flat_map(|row| row.iter().zip(factor).map(|(w, f)| w * f))
        .collect();
    let taps = kernel[0].div_ceil(plan.phases);
    let parts = cut_kernel(plan, &scaled, kernel[1] * filters, taps);
    let mut packed = Vec::with_capacity(parts.len());
    let mut first = 0;
    while first < filters {
        let block = first..first + block_size(first, filters);
        for tap in parts.chunks_exact(filters) {
            packed.extend_from_slice(&tap[block.clone()]);
        }
        first = block.end;
    }
    packed
}

/// Values that [`largest`] may read behind the last row.
const SPARE: usize = 16;

/// Values of an image with its border and zeros behind it, as [`largest`] wants it.
pub(crate) fn image_len(geometry: &Geometry) -> usize {
    let plan = plan(geometry.kernel);
    let parts = part_rows(plan, geometry);
    ((parts - 1) * plan.phases + plan.reach + 1).max(geometry.padded[0]) * geometry.padded[1]
        + SPARE
}

/// Rows of a part of an image.
fn part_rows(plan: &Plan, geometry: &Geometry) -> usize {
    geometry.output[0].div_ceil(plan.phases) + geometry.kernel[0].div_ceil(plan.phases) - 1
}

dispatched! {
    /// For each row and filter the largest of Σ weight · value over the positions across: `out` is rows × filters.
    ///
    /// `padded` is one image with its border and zeros, [`image_len`] values in all; `packed` comes from [`pack`]; `parts` is overwritten.
    ///
    /// # Panics
    /// When a slice is too short.
    pub(crate) fn largest(geometry: &Geometry, padded: &[f32], packed: &[f32], parts: &mut Vec<f32>, out: &mut [f32])
    with {
        avx512: (__m512, 6), avx2: (__m256, 3), neon: (float32x4_t, 6), plain: (Four, 2)
    }
    calls largest_body
}

/// What all tiles of an image share.
struct Image<'a> {
    plan: &'a Plan,
    geometry: &'a Geometry,
    /// The image's parts.
    parts: &'a [f32],
    /// Rows of a part of the image, of a part of the kernel, of each phase of the result.
    rows: usize,
    taps: usize,
    lines: usize,
}

#[inline(always)]
fn largest_body<V: Vector, const ROWS: usize>(
    geometry: &Geometry,
    padded: &[f32],
    packed: &[f32],
    parts: &mut Vec<f32>,
    out: &mut [f32],
) {
    let plan = plan(geometry.kernel);
    let taps = geometry.kernel[0].div_ceil(plan.phases);
    let lines = geometry.output[0].div_ceil(plan.phases);
    let rows = part_rows(plan, geometry);
    let parts = if plan.pieces == 1 {
        padded
    } else {
        let parts = aligned(parts, plan.pieces * rows * geometry.padded[1] + SPARE);
        cut_image::<V>(plan, padded, geometry.padded[1], rows, parts);
        parts
    };
    let image = Image {
        plan,
        geometry,
        parts,
        rows,
        taps,
        lines,
    };
    let filters = geometry.output[2];
    let cell = plan.pieces * taps * geometry.kernel[1];
    let mut first = 0;
    while first < filters {
        let block = &packed[first * cell..];
        let out = &mut out[first..];
        let size = block_size(first, filters);
        first += size;
        match size {
            1 => block_body::<V, 1, ROWS>(&image, block, out),
            2 => block_body::<V, 2, ROWS>(&image, block, out),
            3 => block_body::<V, 3, ROWS>(&image, block, out),
            _ => block_body::<V, 4, ROWS>(&image, block, out),
        }
    }
}

/// All rows of F filters. Where rows are left for no whole tile, the last tile is moved up.
#[inline(always)]
fn block_body<V: Vector, const F: usize, const ROWS: usize>(
    image: &Image<'_>,
    weights: &[f32],
    out: &mut [f32],
) {
    if image.lines < ROWS {
        for line in 0..image.lines {
            tile::<V, F, 1>(image, weights, line, out);
        }
        return;
    }
    for line in (0..image.lines).step_by(ROWS) {
        tile::<V, F, ROWS>(image, weights, line.min(image.lines - ROWS), out);
    }
}

#[inline(always)]
fn tile<V: Vector, const F: usize, const T: usize>(
    image: &Image<'_>,
    weights: &[f32],
    line: usize,
    out: &mut [f32],
) {
    let (plan, geometry) = (image.plan, image.geometry);
    let [height, across, filters] = geometry.output;
    let (width, kw) = (geometry.padded[1], geometry.kernel[1]);
    // Taps whose rows are all in the border add nothing.
    let top = geometry.before[0];
    let first = top.saturating_sub(plan.reach).div_ceil(plan.phases);
    let last = (top + geometry.input[0]).div_ceil(plan.phases);
    let taps = first.saturating_sub(line + T - 1)..image.taps.min(last.saturating_sub(line));
    let step = V::LEN;
    let mut best = [[[V::splat(f32::NEG_INFINITY); T]; F]; 4];
    let mut slots = [[[V::zero(); T]; F]; 3];
    let mut at = 0;
    loop {
        for one in plan.steps {
            let mut sums = [[V::zero(); T]; F];
            for slot in one.add {
                for (sums, slot) in sums.iter_mut().zip(&slots[*slot]) {
                    for (sum, slot) in sums.iter_mut().zip(slot) {
                        *sum = sum.add(*slot);
                    }
                }
            }
            let values = &image.parts[one.piece * image.rows * width + line * width + at..];
            let weights = &weights[one.piece * image.taps * kw * F..];
            sum(values, weights, taps.clone(), [width, kw], &mut sums);
            match one.to {
                To::Slot(slot) => {
                    for (slot, sums) in slots[slot].iter_mut().zip(&sums) {
                        for (slot, sum) in slot.iter_mut().zip(sums) {
                            *slot = *sum;
                        }
                    }
                }
                To::Phase(phase) => {
                    for (best, sums) in best[phase].iter_mut().zip(&sums) {
                        for (best, sum) in best.iter_mut().zip(sums) {
                            *best = best.max(*sum);
                        }
                    }
                }
            }
        }
        if at + step >= across {
            break;
        }
        // The last vector overlaps the one before where they don't fill the row.
        at = (at + step).min(across - step);
    }
    for (phase, best) in best.iter().enumerate().take(plan.phases) {
        for (f, best) in best.iter().enumerate() {
            for (t, best) in best.iter().enumerate() {
                let row = (line + t) * plan.phases + phase;
                if row < height {
                    // Behind fewer positions than a vector has are other values.
                    out[row * filters + f] = best.largest(step.min(across));
                }
            }
        }
    }
}

/// Adds Σ weight · value over taps to a tile: row t of the tile starts t rows below the first of `values`.
#[inline(always)]
fn sum<V: Vector, const F: usize, const T: usize>(
    values: &[f32],
    weights: &[f32],
    taps: std::ops::Range<usize>,
    [width, kw]: [usize; 2],
    sums: &mut [[V; T]; F],
) {
    if taps.is_empty() || kw == 0 {
        return;
    }
    assert!(
        (T - 1 + taps.end - 1) * width + kw - 1 + V::LEN <= values.len(),
        "reads past the image"
    );
    assert!(taps.end * kw * F <= weights.len(), "reads past the weights");
    for ky in taps {
        for kx in 0..kw {
            let mut row = [V::zero(); T];
            for (t, value) in row.iter_mut().enumerate() {
                // SAFETY: ky + t and kx are at most those of the assertion, so that LEN values are left.
                *value = unsafe { V::load(values.as_ptr().add((ky + t) * width + kx)) };
            }
            for (f, sums) in sums.iter_mut().enumerate() {
                // SAFETY: below (ky + 1) · kw · F, which is at most the length as asserted.
                let w = V::splat(unsafe { *weights.get_unchecked((ky * kw + kx) * F + f) });
                for (sum, value) in sums.iter_mut().zip(row) {
                    *sum = value.mul_add(w, *sum);
                }
            }
        }
    }
}
