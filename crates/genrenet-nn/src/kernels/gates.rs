//! The gates of recurrent cells at one step: all rows of a chunk, activations fused with the state's update.
//!
//! `gates` holds `rows × (gates · hidden)` sums in gate order, everything else `rows × hidden`. The forward kernels leave
//! the activated gates in place of the sums; the backward kernels replace those by the gradients of the sums.
//!
//! Units are taken sixteen at a time into arrays of their own: the compiler does not vectorise loops over eight slices,
//! since it would have to prove at run time that none overlaps another.

use super::isa::vectorised;
use super::math::{sigmoid_of, tanh_of};

/// Units at a time.
const LANES: usize = 16;

/// `L` values of a slice from `at` on.
#[inline(always)]
fn take<const L: usize>(from: &[f32], at: usize) -> [f32; L] {
    let mut values = [0.0; L];
    values.copy_from_slice(&from[at..at + L]);
    values
}

/// The logistic function of each value. (Not `array::map`, which is not inlined at this size.)
#[inline(always)]
fn sigmoid_all(values: &mut [f32]) {
    values.iter_mut().for_each(|v| *v = sigmoid_of(*v));
}

/// The hyperbolic tangent of each value.
#[inline(always)]
fn tanh_all(values: &mut [f32]) {
    values.iter_mut().for_each(|v| *v = tanh_of(*v));
}

/// Calls `$part::<L>(first unit, …)` for whole groups of units, then for the single ones that are left.
macro_rules! units {
    ($hidden:expr, $part:ident($($arg:expr),*)) => {
        let whole = $hidden / LANES * LANES;
        for j in (0..whole).step_by(LANES) {
            $part::<LANES>(j, $($arg),*);
        }
        for j in whole..$hidden {
            $part::<1>(j, $($arg),*);
        }
    };
}

vectorised! {
    /// LSTM (Hochreiter & Schmidhuber 1997), gates i, f, g, o: `c = f·c₋ + i·g`, `h = o·tanh c`.
    pub(crate) fn lstm(hidden: usize, gates: &mut [f32], before: &[f32], c: &mut [f32], tanh_c: &mut [f32], h: &mut [f32]) {
        let rows = gates.chunks_exact_mut(4 * hidden).zip(before.chunks_exact(hidden));
        let state = c.chunks_exact_mut(hidden).zip(tanh_c.chunks_exact_mut(hidden)).zip(h.chunks_exact_mut(hidden));
        for ((gates, before), ((c, tanh_c), h)) in rows.zip(state) {
            units!(hidden, lstm_units(hidden, gates, before, c, tanh_c, h));
        }
    }
}

#[inline(always)]
fn lstm_units<const L: usize>(
    j: usize,
    hidden: usize,
    gates: &mut [f32],
    before: &[f32],
    c: &mut [f32],
    tanh_c: &mut [f32],
    h: &mut [f32],
) {
    let [mut i, mut f, mut g, mut o] = std::array::from_fn(|at| take::<L>(gates, at * hidden + j));
    let before = take::<L>(before, j);
    let (mut cell, mut bent, mut out) = ([0.0; L], [0.0; L], [0.0; L]);
    sigmoid_all(&mut i);
    sigmoid_all(&mut f);
    tanh_all(&mut g);
    sigmoid_all(&mut o);
    for l in 0..L {
        cell[l] = f[l] * before[l] + i[l] * g[l];
    }
    for l in 0..L {
        bent[l] = tanh_of(cell[l]);
    }
    for l in 0..L {
        out[l] = o[l] * bent[l];
    }
    for (at, values) in [i, f, g, o].iter().enumerate() {
        gates[at * hidden + j..][..L].copy_from_slice(values);
    }
    c[j..][..L].copy_from_slice(&cell);
    tanh_c[j..][..L].copy_from_slice(&bent);
    h[j..][..L].copy_from_slice(&out);
}

vectorised! {
    /// Gradient of [`lstm`]: `dc` is that of the step after, and is overwritten by that of the step before.
    pub(crate) fn lstm_back(hidden: usize, gates: &mut [f32], before: &[f32], tanh_c: &[f32], dh: &[f32], dc: &mut [f32]) {
        let rows = gates.chunks_exact_mut(4 * hidden).zip(before.chunks_exact(hidden));
        let state = tanh_c.chunks_exact(hidden).zip(dh.chunks_exact(hidden)).zip(dc.chunks_exact_mut(hidden));
        for ((gates, before), ((tanh_c, dh), dc)) in rows.zip(state) {
            units!(hidden, lstm_back_units(hidden, gates, before, tanh_c, dh, dc));
        }
    }
}

#[inline(always)]
fn lstm_back_units<const L: usize>(
    j: usize,
    hidden: usize,
    gates: &mut [f32],
    before: &[f32],
    tanh_c: &[f32],
    dh: &[f32],
    dc: &mut [f32],
) {
    let [i, f, g, o] = std::array::from_fn(|at| take::<L>(gates, at * hidden + j));
    let (before, bent, dh, after) = (
        take::<L>(before, j),
        take::<L>(tanh_c, j),
        take::<L>(dh, j),
        take::<L>(dc, j),
    );
    let mut d = [[0.0; L]; 4];
    let mut carried = [0.0; L];
    for l in 0..L {
        let cell = after[l] + dh[l] * o[l] * (1.0 - bent[l] * bent[l]);
        d[0][l] = cell * g[l] * i[l] * (1.0 - i[l]);
        d[1][l] = cell * before[l] * f[l] * (1.0 - f[l]);
        d[2][l] = cell * i[l] * (1.0 - g[l] * g[l]);
        d[3][l] = dh[l] * bent[l] * o[l] * (1.0 - o[l]);
        carried[l] = cell * f[l];
    }
    for (at, values) in d.iter().enumerate() {
        gates[at * hidden + j..][..L].copy_from_slice(values);
    }
    dc[j..][..L].copy_from_slice(&carried);
}

vectorised! {
    /// GRU as PyTorch has it (Cho et al. 2014), gates r, z, n: `n = tanh(nₓ + r·nₕ)`, `h = (1 − z)·n + z·h₋`.
    ///
    /// `gates` holds the sums of the input, `apart` those of the state; `new` keeps nₕ for the backward pass.
    pub(crate) fn gru(hidden: usize, gates: &mut [f32], apart: &[f32], before: &[f32], new: &mut [f32], h: &mut [f32]) {
        let rows = gates.chunks_exact_mut(3 * hidden).zip(apart.chunks_exact(3 * hidden));
        let state = before.chunks_exact(hidden).zip(new.chunks_exact_mut(hidden)).zip(h.chunks_exact_mut(hidden));
        for ((gates, apart), ((before, new), h)) in rows.zip(state) {
            units!(hidden, gru_units(hidden, gates, apart, before, new, h));
        }
    }
}

#[inline(always)]
fn gru_units<const L: usize>(
    j: usize,
    hidden: usize,
    gates: &mut [f32],
    apart: &[f32],
    before: &[f32],
    new: &mut [f32],
    h: &mut [f32],
) {
    let [mut r, mut z, mut n] = std::array::from_fn(|at| take::<L>(gates, at * hidden + j));
    let [of_r, of_z, of_n] = std::array::from_fn(|at| take::<L>(apart, at * hidden + j));
    let before = take::<L>(before, j);
    for l in 0..L {
        r[l] = sigmoid_of(r[l] + of_r[l]);
    }
    for l in 0..L {
        z[l] = sigmoid_of(z[l] + of_z[l]);
    }
    for l in 0..L {
        n[l] = tanh_of(n[l] + r[l] * of_n[l]);
    }
    let mut out = [0.0; L];
    for l in 0..L {
        out[l] = n[l] + z[l] * (before[l] - n[l]);
    }
    for (at, values) in [r, z, n].iter().enumerate() {
        gates[at * hidden + j..][..L].copy_from_slice(values);
    }
    new[j..][..L].copy_from_slice(&of_n);
    h[j..][..L].copy_from_slice(&out);
}

vectorised! {
    /// Gradient of [`gru`]: `apart` receives the gradients of the state's sums, and `dh` is overwritten by its direct share of
    /// the gradient of the state before.
    pub(crate) fn gru_back(hidden: usize, gates: &mut [f32], apart: &mut [f32], before: &[f32], new: &[f32], dh: &mut [f32]) {
        let rows = gates.chunks_exact_mut(3 * hidden).zip(apart.chunks_exact_mut(3 * hidden));
        let state = before.chunks_exact(hidden).zip(new.chunks_exact(hidden)).zip(dh.chunks_exact_mut(hidden));
        for ((gates, apart), ((before, new), dh)) in rows.zip(state) {
            units!(hidden, gru_back_units(hidden, gates, apart, before, new, dh));
        }
    }
}

#[inline(always)]
fn gru_back_units<const L: usize>(
    j: usize,
    hidden: usize,
    gates: &mut [f32],
    apart: &mut [f32],
    before: &[f32],
    new: &[f32],
    dh: &mut [f32],
) {
    let [r, z, n] = std::array::from_fn(|at| take::<L>(gates, at * hidden + j));
    let (before, new, d) = (take::<L>(before, j), take::<L>(new, j), take::<L>(dh, j));
    let mut sums = [[0.0; L]; 3];
    let (mut of_n, mut direct) = ([0.0; L], [0.0; L]);
    for l in 0..L {
        let dn = d[l] * (1.0 - z[l]) * (1.0 - n[l] * n[l]);
        sums[0][l] = dn * new[l] * r[l] * (1.0 - r[l]);
        sums[1][l] = d[l] * (before[l] - n[l]) * z[l] * (1.0 - z[l]);
        sums[2][l] = dn;
        of_n[l] = dn * r[l];
        direct[l] = d[l] * z[l];
    }
    for (at, values) in sums.iter().enumerate() {
        gates[at * hidden + j..][..L].copy_from_slice(values);
    }
    for (at, values) in [sums[0], sums[1], of_n].iter().enumerate() {
        apart[at * hidden + j..][..L].copy_from_slice(values);
    }
    dh[j..][..L].copy_from_slice(&direct);
}

vectorised! {
    /// Plain recurrence (Elman 1990): `h = tanh(sum)`.
    pub(crate) fn rnn(gates: &mut [f32], h: &mut [f32]) {
        for (sum, h) in gates.iter_mut().zip(h) {
            *h = tanh_of(*sum);
            *sum = *h;
        }
    }
}

vectorised! {
    /// Gradient of [`rnn`].
    pub(crate) fn rnn_back(gates: &mut [f32], dh: &[f32]) {
        for (value, dh) in gates.iter_mut().zip(dh) {
            *value = dh * (1.0 - *value * *value);
        }
    }
}
