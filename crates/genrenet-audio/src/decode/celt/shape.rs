//! Operations on the shapes of bands: rotations, Haar steps, orders of their bins.

use super::tables::WIDEST;

/// The next pseudo-random number.
pub(super) fn noise(seed: u32) -> u32 {
    seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223)
}

/// Scales to the length `gain`.
pub(super) fn normalise(x: &mut [f32], gain: f32) {
    let squares: f32 = x.iter().map(|x| x * x).sum();
    let scale = gain / (squares + 1e-15).sqrt();
    x.iter_mut().for_each(|x| *x *= scale);
}

/// One step of the Haar transform between neighbours of `stride` interleaved vectors.
pub(super) fn haar(x: &mut [f32], stride: usize) {
    for pair in x.chunks_exact_mut(2 * stride) {
        let (first, second) = pair.split_at_mut(stride);
        for (a, b) in first.iter_mut().zip(second) {
            let (s, t) = (
                *a * std::f32::consts::FRAC_1_SQRT_2,
                *b * std::f32::consts::FRAC_1_SQRT_2,
            );
            (*a, *b) = (s + t, s - t);
        }
    }
}

/// Order of the blocks of a long one that was divided in time: by the Haar steps that made them.
fn order(stride: usize, long: bool) -> [usize; 16] {
    const HADAMARD: [usize; 30] = [
        1, 0, 3, 0, 2, 1, 7, 0, 4, 3, 6, 1, 5, 2, 15, 0, 8, 7, 12, 3, 11, 4, 14, 1, 9, 6, 13, 2,
        10, 5,
    ];
    let mut order = std::array::from_fn(|i| i);
    if long && stride <= 16 {
        order[..stride].copy_from_slice(&HADAMARD[stride - 2..2 * stride - 2]);
    }
    order
}

/// Puts each of `stride` interleaved blocks in one piece.
pub(super) fn deinterleave(x: &mut [f32], stride: usize, long: bool) {
    let mut copy = [0.0; WIDEST];
    copy[..x.len()].copy_from_slice(x);
    let each = x.len() / stride;
    for (i, place) in order(stride, long)[..stride].iter().enumerate() {
        for j in 0..each {
            x[place * each + j] = copy[j * stride + i];
        }
    }
}

/// Undoes [`deinterleave`].
pub(super) fn interleave(x: &mut [f32], stride: usize, long: bool) {
    let mut copy = [0.0; WIDEST];
    copy[..x.len()].copy_from_slice(x);
    let each = x.len() / stride;
    for (i, place) in order(stride, long)[..stride].iter().enumerate() {
        for j in 0..each {
            x[j * stride + i] = copy[place * each + j];
        }
    }
}

/// Spreads pulses over their neighbours (RFC 6716, section 4.3.4.3), each of `blocks` pieces for itself.
pub(super) fn rotate(x: &mut [f32], blocks: usize, pulses: usize, spread: i32) {
    let n = x.len();
    if 2 * pulses >= n || spread == 0 {
        return;
    }
    let factor = [15, 10, 5][spread as usize - 1];
    let gain = n as f32 / (n + factor * pulses) as f32;
    let (sine, cosine) = (std::f32::consts::FRAC_PI_4 * gain * gain).sin_cos();
    let mut stride = 0;
    if n >= 8 * blocks {
        stride = 1;
        while (stride * stride + stride) * blocks + (blocks >> 2) < n {
            stride += 1;
        }
    }
    for piece in x.chunks_exact_mut(n / blocks) {
        if stride != 0 {
            turn(piece, stride, sine, cosine);
        }
        turn(piece, 1, cosine, sine);
    }
}

fn turn(x: &mut [f32], stride: usize, cosine: f32, sine: f32) {
    let n = x.len();
    let mut pair = |i: usize| {
        let (a, b) = (x[i], x[i + stride]);
        x[i + stride] = cosine * b + sine * a;
        x[i] = cosine * a - sine * b;
    };
    (0..n.saturating_sub(stride)).for_each(&mut pair);
    (0..n.saturating_sub(2 * stride)).rev().for_each(pair);
}

/// Left and right from middle and side.
pub(super) fn merge(x: &mut [f32], y: &mut [f32], middle: f32) {
    let (mut product, mut side) = (0.0f32, 0.0f32);
    for (x, y) in x.iter().zip(&*y) {
        product += x * y;
        side += y * y;
    }
    product *= middle;
    let left = middle * middle + side - 2.0 * product;
    let right = middle * middle + side + 2.0 * product;
    if left < 6e-4 || right < 6e-4 {
        y.copy_from_slice(x);
        return;
    }
    let (left, right) = (1.0 / left.sqrt(), 1.0 / right.sqrt());
    for (x, y) in x.iter_mut().zip(y) {
        let (m, s) = (middle * *x, *y);
        (*x, *y) = (left * (m - s), right * (m + s));
    }
}
