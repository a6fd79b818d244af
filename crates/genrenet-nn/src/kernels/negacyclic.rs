//! The largest value over all positions across of a one-channel convolution, by a transform along each row.
//!
//! A row of at most 96 values, filled up with zeros, is a polynomial modulo z⁹⁶ + 1; products of such polynomials wrap
//! around with a change of sign, so the positions where a kernel lies inside the row come out unharmed. Its 48 complex
//! values at the roots are those of a complex Fourier transform of length 48 = 3 · 16 (coprime: no factors between the two
//! parts). A kernel's rows are summed in the transformed domain; of the inverse only the positions that count are
//! formed, straight into the maximum. Lane l of vector v holds row l · groups + v, so rows below are in the next vector.

mod transform;

#[cfg(target_arch = "aarch64")]
use std::arch::aarch64::float32x4_t;
#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::{__m256, __m512};
use std::f64::consts::PI;

use self::transform::{BINS, Complex, Lane, Sink, ZERO, get, place, root, transform};
use super::conv::Geometry;
use super::isa::dispatched;
use super::vector::{Four, Vector};

/// Most values of a row with its border.
pub(crate) const ROW: usize = 96;

/// Transformed kernels and the factors that rows are multiplied with.
#[derive(Debug)]
pub(crate) struct Spectra {
    /// Blocks of two filters (one at the end): values by rows of the kernel by filters.
    values: Vec<[f32; 2]>,
    /// cos and sin of π n / 96, n = [`place`] of the index.
    turn: [[f32; 2]; BINS],
}

impl Spectra {
    /// Of weights `[kh, kw, 1, filters]`, each filter times its factor.
    pub fn new(weight: &[f32], [kh, kw]: [usize; 2], factor: &[f32]) -> Self {
        let filters = factor.len();
        let turns: Vec<[f64; 2]> = (0..2 * ROW)
            .map(|n| PI * n as f64 / ROW as f64)
            .map(|angle| [angle.cos(), angle.sin()])
            .collect();
        let mut whole = vec![[0.0f32; 2]; BINS * kh * filters];
        let (mut re, mut im) = (vec![0.0f64; filters], vec![0.0f64; filters]);
        for (cell, to) in whole.chunks_exact_mut(filters).enumerate() {
            let (bin, ky) = (cell / kh, cell % kh);
            re.fill(0.0);
            im.fill(0.0);
            let rows = weight[ky * kw * filters..][..kw * filters].chunks_exact(filters);
            for (kx, row) in rows.enumerate() {
                let [cos, sin] = turns[(4 * root(bin) + 1) * kx % (2 * ROW)];
                for ((re, im), w) in re.iter_mut().zip(&mut im).zip(row) {
                    *re += f64::from(*w) * cos;
                    *im -= f64::from(*w) * sin;
                }
            }
            for (f, to) in to.iter_mut().enumerate() {
                let factor = f64::from(factor[f]) / BINS as f64;
                *to = [(re[f] * factor) as f32, (im[f] * factor) as f32];
            }
        }
        let mut values = Vec::with_capacity(whole.len());
        for first in (0..filters).step_by(2) {
            let last = (first + 2).min(filters);
            for cell in whole.chunks_exact(filters) {
                values.extend_from_slice(&cell[first..last]);
            }
        }
        let turn = std::array::from_fn(|i| turns[place(i)].map(|v| v as f32));
        Self { values, turn }
    }
}

/// Buffers of one thread.
pub(crate) struct Work {
    rows: Vec<Complex>,
    sums: Vec<[Complex; BINS]>,
    between: [Complex; BINS],
}

impl Default for Work {
    fn default() -> Self {
        Self {
            rows: Vec::new(),
            sums: Vec::new(),
            between: [ZERO; BINS],
        }
    }
}

dispatched! {
    /// For each row and filter the largest value over the positions across: `out` is rows × filters.
    ///
    /// `padded` is one image with its border, of at most [`ROW`] values across.
    pub(crate) fn largest(geometry: &Geometry, spectra: &Spectra, padded: &[f32], work: &mut Work, out: &mut [f32])
    with {
        avx512: (__m512, 4), avx2: (__m256, 2), neon: (float32x4_t, 4), plain: (Four, 2)
    }
    calls largest_body
}

#[inline(always)]
fn largest_body<V: Vector, const G: usize>(
    geometry: &Geometry,
    spectra: &Spectra,
    padded: &[f32],
    work: &mut Work,
    out: &mut [f32],
) {
    let [rows, _, filters] = geometry.output;
    let groups = rows.div_ceil(V::LEN);
    work.sums.resize(2 * G, [ZERO; BINS]);
    forward::<V>(geometry, spectra, groups, padded, &mut work.rows);
    let cells = BINS * geometry.kernel[0];
    for first in (0..filters).step_by(2) {
        let values = &spectra.values[first * cells..];
        for group in (0..groups).step_by(G) {
            let to = Output {
                geometry,
                spectra,
                groups,
                filter: first,
            };
            match (groups >= G, filters - first) {
                // The last groups are taken again where they fill no block.
                (true, 1) => block::<V, 1, G>(to, values, group.min(groups - G), work, out),
                (true, _) => block::<V, 2, G>(to, values, group.min(groups - G), work, out),
                (false, 1) => {
                    for group in 0..groups {
                        block::<V, 1, 1>(to, values, group, work, out);
                    }
                }
                (false, _) => {
                    for group in 0..groups {
                        block::<V, 2, 1>(to, values, group, work, out);
                    }
                }
            }
        }
    }
}

/// Where a block's results belong.
#[derive(Clone, Copy)]
struct Output<'a> {
    geometry: &'a Geometry,
    spectra: &'a Spectra,
    groups: usize,
    filter: usize,
}

/// F filters over G vectors of rows.
#[inline(always)]
fn block<V: Vector, const F: usize, const G: usize>(
    to: Output<'_>,
    values: &[[f32; 2]],
    group: usize,
    work: &mut Work,
    out: &mut [f32],
) {
    let [rows, across, filters] = to.geometry.output;
    let kh = to.geometry.kernel[0];
    let all = to.groups + kh - 1;
    for (bin, weights) in values.chunks_exact(kh * F).take(BINS).enumerate() {
        let x = &work.rows[bin * all + group..][..G + kh - 1];
        let mut sums = [[[V::zero(); 2]; G]; F];
        for (x, weights) in x.windows(G).zip(weights.chunks_exact(F)) {
            let mut values = [[V::zero(); 2]; G];
            for (value, x) in values.iter_mut().zip(x) {
                *value = get(x);
            }
            for (sums, [wr, wi]) in sums.iter_mut().zip(weights) {
                let (wr, wi) = (V::splat(*wr), V::splat(*wi));
                for ([re, im], [xr, xi]) in sums.iter_mut().zip(values) {
                    *re = xi.mul_add(wi, xr.mul_add(wr, *re));
                    *im = xr.neg_mul_add(wi, xi.mul_add(wr, *im));
                }
            }
        }
        for (sums, to) in sums.iter().zip(work.sums.chunks_exact_mut(G)) {
            for ([re, im], to) in sums.iter().zip(to) {
                to[bin][0].set(*re);
                to[bin][1].set(*im);
            }
        }
    }
    for (i, sums) in work.sums.iter().take(F * G).enumerate() {
        let mut best = Best {
            turn: &to.spectra.turn,
            across,
            best: V::splat(f32::NEG_INFINITY),
        };
        transform(sums, &mut work.between, &mut best);
        let mut lanes = Lane([0.0; 16]);
        lanes.set(best.best);
        let (filter, first) = (to.filter + i / G, group + i % G);
        for (lane, value) in lanes.0.iter().enumerate().take(V::LEN) {
            let row = lane * to.groups + first;
            if row < rows {
                out[row * filters + filter] = *value;
            }
        }
    }
}

/// Transforms the rows of an image; a kernel's row k of output vector v reads vector v + k.
#[inline(always)]
fn forward<V: Vector>(
    geometry: &Geometry,
    spectra: &Spectra,
    groups: usize,
    padded: &[f32],
    to: &mut Vec<Complex>,
) {
    let [height, width] = geometry.padded;
    let all = groups + geometry.kernel[0] - 1;
    to.resize(BINS * all, ZERO);
    let mut values = [Lane([0.0; 16]); ROW];
    let (mut turned, mut between) = ([ZERO; BINS], [ZERO; BINS]);
    for vector in 0..all {
        for lane in 0..V::LEN {
            let row = lane * groups + vector;
            if row < height {
                let row = &padded[row * width..][..width];
                for (to, value) in values.iter_mut().zip(row) {
                    to.0[lane] = *value;
                }
            } else {
                for to in &mut values {
                    to.0[lane] = 0.0;
                }
            }
        }
        // (a − i b) (cos − i sin), with real and imaginary part exchanged: so the transform has the other sign.
        for (index, to) in turned.iter_mut().enumerate() {
            let n = place(index);
            let (a, b) = (values[n].get::<V>(), values[n + BINS].get::<V>());
            let [cos, sin] = spectra.turn[index];
            let (cos, sin) = (V::splat(cos), V::splat(sin));
            to[1].set(b.neg_mul_add(sin, a.mul(cos)));
            to[0].set(a.neg_mul_add(sin, V::zero().sub(b.mul(cos))));
        }
        let mut store = Store {
            to: &mut to[vector..],
            all,
        };
        transform::<V, _>(&turned, &mut between, &mut store);
    }
}

/// Writes a transformed row, parts exchanged.
struct Store<'a> {
    to: &'a mut [Complex],
    all: usize,
}

impl<V: Vector> Sink<V> for Store<'_> {
    #[inline(always)]
    fn take(&mut self, index: usize, re: V, im: V) {
        let [to_re, to_im] = &mut self.to[index * self.all];
        to_re.set(im);
        to_im.set(re);
    }
}

/// Keeps the largest value of the positions below `across`.
struct Best<'a, V> {
    turn: &'a [[f32; 2]; BINS],
    across: usize,
    best: V,
}

impl<V: Vector> Sink<V> for Best<'_, V> {
    #[inline(always)]
    fn take(&mut self, index: usize, re: V, im: V) {
        let n = place(index);
        if n < self.across {
            let [cos, sin] = self.turn[index];
            let value = im.neg_mul_add(V::splat(sin), re.mul(V::splat(cos)));
            self.best = self.best.max(value);
            if n + BINS < self.across {
                let value = im.neg_mul_add(V::splat(cos), re.mul(V::splat(-sin)));
                self.best = self.best.max(value);
            }
        }
    }
}
