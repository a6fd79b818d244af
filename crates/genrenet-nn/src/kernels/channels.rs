//! Loops over pixels by channels: moments, and normalisation with ReLU and max-pooling in one pass, forward and backward.
//!
//! An image here is H × W pixels of C neighbouring values. Channels are taken 16 at a time into local arrays (registers),
//! what is left 4 and 1 at a time.

#![allow(
    clippy::too_many_arguments,
    reason = "the operands of a kernel; a struct would only rename them"
)]

use super::conv::Placement;
use super::isa::vectorised;

/// Runs `$run::<16 | 4 | 1>(args, channel, …)` over all channels.
macro_rules! by_lanes {
    ($channels:expr, $run:ident($($arg:expr),*)) => {{
        let channels = $channels;
        let mut c = 0;
        while c + 16 <= channels {
            $run::<16>(c, $($arg),*);
            c += 16;
        }
        while c + 4 <= channels {
            $run::<4>(c, $($arg),*);
            c += 4;
        }
        while c < channels {
            $run::<1>(c, $($arg),*);
            c += 1;
        }
    }};
}

#[inline(always)]
fn lanes<const L: usize>(from: &[f32], at: usize) -> [f32; L] {
    let mut v = [0.0; L];
    v.copy_from_slice(&from[at..at + L]);
    v
}

/// Pixels summed in `f32` before they are added to the `f64` totals.
const SHORT_SUM: usize = 64;

vectorised! {
    /// Adds Σ (z − pivot) and Σ (z − pivot)² per channel to `sum` and `square`.
    pub(crate) fn moments(z: &[f32], channels: usize, pivot: &[f32], sum: &mut [f64], square: &mut [f64]) {
        #[inline(always)]
        fn run<const L: usize>(c: usize, z: &[f32], channels: usize, pivot: &[f32], sum: &mut [f64], square: &mut [f64]) {
            let pivot = lanes::<L>(pivot, c);
            let (mut s, mut q) = ([0.0f32; L], [0.0f32; L]);
            for pixel in z.chunks_exact(channels) {
                let v = lanes::<L>(pixel, c);
                for l in 0..L {
                    let d = v[l] - pivot[l];
                    s[l] += d;
                    q[l] += d * d;
                }
            }
            for l in 0..L {
                sum[c + l] += f64::from(s[l]);
                square[c + l] += f64::from(q[l]);
            }
        }
        for part in z.chunks(SHORT_SUM * channels) {
            by_lanes!(channels, run(part, channels, pivot, sum, square));
        }
    }
}

vectorised! {
    /// Adds Σ z per channel to `sum`; the image's rows of `width` pixels are laid out by `place`.
    pub(crate) fn placed_sums(z: &[f32], place: Placement, height: usize, width: usize, channels: usize, sum: &mut [f64]) {
        #[inline(always)]
        fn run<const L: usize>(c: usize, z: &[f32], pixel: usize, width: usize, sum: &mut [f64]) {
            let mut s = [0.0f32; L];
            for x in 0..width {
                let v = lanes::<L>(z, x * pixel + c);
                for l in 0..L {
                    s[l] += v[l];
                }
            }
            for l in 0..L {
                sum[c + l] += f64::from(s[l]);
            }
        }
        for y in 0..height {
            let row = &z[place.first + y * place.row..];
            by_lanes!(channels, run(row, place.pixel, width, sum));
        }
    }
}

/// What follows a convolution: an affine map per channel, optionally ReLU, and max-pooling by windows without overlap.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Finish<'a> {
    /// Width of the image before pooling.
    pub width: usize,
    /// Channels.
    pub channels: usize,
    /// Factor per channel.
    pub scale: &'a [f32],
    /// Added after the factor, per channel.
    pub shift: &'a [f32],
    /// Whether negative values become zero.
    pub relu: bool,
    /// Window of the pooling; `[1, 1]` for none.
    pub pool: [usize; 2],
}

vectorised! {
    /// y = pool(relu(z · scale + shift)); `z` holds whole rows, `y` receives whole rows.
    pub(crate) fn finish(f: Finish<'_>, z: &[f32], y: &mut [f32]) {
        match f.pool {
            [1, 1] => finish_body(Finish { pool: [1, 1], ..f }, z, y),
            [2, 2] => finish_body(Finish { pool: [2, 2], ..f }, z, y),
            _ => finish_body(f, z, y),
        }
    }
}

#[inline(always)]
fn finish_body(f: Finish<'_>, z: &[f32], y: &mut [f32]) {
    #[inline(always)]
    fn run<const L: usize>(c: usize, f: &Finish<'_>, z: &[f32], y: &mut [f32]) {
        let (scale, shift) = (lanes::<L>(f.scale, c), lanes::<L>(f.shift, c));
        let mut best = [if f.relu { 0.0 } else { f32::NEG_INFINITY }; L];
        for ky in 0..f.pool[0] {
            for kx in 0..f.pool[1] {
                let v = lanes::<L>(z, (ky * f.width + kx) * f.channels + c);
                for l in 0..L {
                    let v = v[l] * scale[l] + shift[l];
                    // Written so that NaN is kept.
                    best[l] = if v <= best[l] { best[l] } else { v };
                }
            }
        }
        y[c..c + L].copy_from_slice(&best);
    }
    let across = f.width / f.pool[1];
    let row = f.width * f.channels;
    for (z, y) in z
        .chunks_exact(f.pool[0] * row)
        .zip(y.chunks_exact_mut(across * f.channels))
    {
        for (x, y) in y.chunks_exact_mut(f.channels).enumerate() {
            let z = &z[x * f.pool[1] * f.channels..];
            by_lanes!(f.channels, run(&f, z, y));
        }
    }
}

vectorised! {
    /// Adds Σ g and Σ g · y per channel, where g is the gradient `dy` that passes the ReLU.
    pub(crate) fn gradient_sums(relu: bool, channels: usize, y: &[f32], dy: &[f32], sum: &mut [f64], product: &mut [f64]) {
        #[inline(always)]
        fn run<const L: usize>(c: usize, relu: bool, channels: usize, y: &[f32], dy: &[f32], sum: &mut [f64], product: &mut [f64]) {
            let (mut s, mut p) = ([0.0f32; L], [0.0f32; L]);
            for (y, dy) in y.chunks_exact(channels).zip(dy.chunks_exact(channels)) {
                let (y, d) = (lanes::<L>(y, c), lanes::<L>(dy, c));
                for l in 0..L {
                    let g = if relu && y[l] <= 0.0 { 0.0 } else { d[l] };
                    s[l] += g;
                    p[l] += g * y[l];
                }
            }
            for l in 0..L {
                sum[c + l] += f64::from(s[l]);
                product[c + l] += f64::from(p[l]);
            }
        }
        let part = SHORT_SUM * channels;
        for (y, dy) in y.chunks(part).zip(dy.chunks(part)) {
            by_lanes!(channels, run(relu, channels, y, dy, sum, product));
        }
    }
}

/// The gradient of z is `dy_factor` · g + `z_factor` · z + `constant`, where g is what of `dy` reaches this pixel.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Gradient<'a> {
    /// Factor of g, per channel.
    pub dy_factor: &'a [f32],
    /// Factor of z, per channel.
    pub z_factor: &'a [f32],
    /// Constant, per channel.
    pub constant: &'a [f32],
}

vectorised! {
    /// Gradient of [`finish`] with respect to z, laid out by `place`; `height` rows of z.
    ///
    /// The first largest value of a window receives its gradient, found by comparing with `y`.
    pub(crate) fn finish_gradient(
        f: Finish<'_>, g: Gradient<'_>, height: usize, z: &[f32], y: &[f32], dy: &[f32], dz: &mut [f32], place: Placement,
    ) {
        match f.pool {
            [1, 1] => gradient_body(Finish { pool: [1, 1], ..f }, g, height, z, y, dy, dz, place),
            [2, 2] => gradient_body(Finish { pool: [2, 2], ..f }, g, height, z, y, dy, dz, place),
            _ => gradient_body(f, g, height, z, y, dy, dz, place),
        }
    }
}

#[inline(always)]
fn gradient_body(
    f: Finish<'_>,
    g: Gradient<'_>,
    height: usize,
    z: &[f32],
    y: &[f32],
    dy: &[f32],
    dz: &mut [f32],
    place: Placement,
) {
    #[inline(always)]
    fn run<const L: usize>(
        c: usize,
        f: &Finish<'_>,
        g: &Gradient<'_>,
        z: &[f32],
        y: &[f32],
        dy: &[f32],
        dz: &mut [f32],
        place: Placement,
    ) {
        let (scale, shift) = (lanes::<L>(f.scale, c), lanes::<L>(f.shift, c));
        let (a, b, k) = (
            lanes::<L>(g.dy_factor, c),
            lanes::<L>(g.z_factor, c),
            lanes::<L>(g.constant, c),
        );
        let y = lanes::<L>(y, c);
        let mut left = lanes::<L>(dy, c);
        if f.relu {
            for l in 0..L {
                left[l] = if y[l] <= 0.0 { 0.0 } else { left[l] };
            }
        }
        for ky in 0..f.pool[0] {
            for kx in 0..f.pool[1] {
                let v = lanes::<L>(z, (ky * f.width + kx) * f.channels + c);
                let mut d = [0.0; L];
                for l in 0..L {
                    let got = if f.pool == [1, 1] || v[l] * scale[l] + shift[l] == y[l] {
                        left[l]
                    } else {
                        0.0
                    };
                    left[l] -= got;
                    d[l] = got * a[l] + (v[l] * b[l] + k[l]);
                }
                let at = ky * place.row + kx * place.pixel + c;
                dz[at..at + L].copy_from_slice(&d);
            }
        }
    }
    #[inline(always)]
    fn rest<const L: usize>(c: usize, g: &Gradient<'_>, z: &[f32], dz: &mut [f32]) {
        let (b, k, v) = (
            lanes::<L>(g.z_factor, c),
            lanes::<L>(g.constant, c),
            lanes::<L>(z, c),
        );
        for l in 0..L {
            dz[c + l] = v[l] * b[l] + k[l];
        }
    }
    let [down, across] = [height / f.pool[0], f.width / f.pool[1]];
    let row = f.width * f.channels;
    for oy in 0..down {
        for ox in 0..across {
            let from = oy * f.pool[0] * row + ox * f.pool[1] * f.channels;
            let to = place.first + oy * f.pool[0] * place.row + ox * f.pool[1] * place.pixel;
            let at = (oy * across + ox) * f.channels;
            by_lanes!(
                f.channels,
                run(
                    &f,
                    &g,
                    &z[from..],
                    &y[at..],
                    &dy[at..],
                    &mut dz[to..],
                    place
                )
            );
        }
    }
    // Pixels outside of all windows.
    for zy in 0..height {
        let first = if zy < down * f.pool[0] {
            across * f.pool[1]
        } else {
            0
        };
        for zx in first..f.width {
            let to = place.first + zy * place.row + zx * place.pixel;
            by_lanes!(
                f.channels,
                rest(&g, &z[zy * row + zx * f.channels..], &mut dz[to..])
            );
        }
    }
}
