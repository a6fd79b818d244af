//! From lines to subband samples: alias reduction and the inverse MDCT (ISO/IEC 11172-3, 2.4.3.4.10).
//!
//! Everything is computed for many subbands side by side: a [`Spectrum`] has a row for each of a subband's 18 lines and a
//! column for each subband, so that the inner loops run along columns and become vector instructions.

use std::f64::consts::PI;

use super::bands::SUBBANDS;
use super::bands::Window;

/// Samples of one subband in a granule.
pub(super) const SLOTS: usize = 18;

/// 18 rows (lines before, time slots after the transform) of 32 subbands.
pub(super) type Rows = [[f32; SUBBANDS]; SLOTS];

/// `a·b + c`, in one instruction where the caller was compiled for a machine that has it.
#[inline(always)]
pub(super) fn fma<const FUSED: bool>(a: f32, b: f32, c: f32) -> f32 {
    if FUSED { a.mul_add(b, c) } else { a * b + c }
}

/// Window shapes with all constant factors and signs of the transform folded in.
pub(super) struct Windows {
    /// For windows 0–3 (2 unused): factors of the 18 values of the transform, in the order of output slots.
    long: [[f32; 36]; 4],
    /// For each of 12 outputs of a short transform.
    short: [f32; 12],
    /// 1/(2 cos) for the inner transform of size 9.
    inner: [f32; 9],
}

const C: [f32; 9] = [
    1.0,
    0.984_807_7,
    0.939_692_6,
    0.866_025_4,
    0.766_044_4,
    0.642_787_6,
    0.5,
    0.342_020_15,
    0.173_648_18,
];

/// The coefficients of the eight butterflies between neighbouring subbands: cs and ca of table 3-B.9.
const ALIAS: [(f32, f32); 8] = [
    (0.857_492_9, -0.514_495_73),
    (0.881_742, -0.471_731_97),
    (0.949_628_65, -0.313_377_44),
    (0.983_314_6, -0.181_913_2),
    (0.995_517_8, -0.094_574_19),
    (0.999_160_6, -0.040_965_583),
    (0.999_899_2, -0.014_198_569),
    (0.999_993_1, -0.003_699_974_6),
];

impl Windows {
    pub(super) fn new() -> Self {
        let shape = |kind: usize, n: usize| -> f64 {
            let long = (PI / 36.0 * (n as f64 + 0.5)).sin();
            let short = |n: usize| (PI / 12.0 * (n as f64 + 0.5)).sin();
            match (kind, n) {
                (1, 18..24) | (3, 12..18) => 1.0,
                (1, 24..30) => short(n - 18),
                (1, 30..) | (3, 0..6) => 0.0,
                (3, 6..12) => short(n - 6),
                _ => long,
            }
        };
        // Output n is ± value m of the DCT-IV, which is a DCT-III's over 2 cos: see `inverse_36`.
        let value = |n: usize, half: usize| -> (f64, usize) {
            let quarter = half / 2;
            if n < quarter {
                (1.0, n + quarter)
            } else if n < quarter + half {
                (-1.0, quarter + half - 1 - n)
            } else {
                (-1.0, n - quarter - half)
            }
        };
        let over_cos =
            |m: usize, half: usize| 0.5 / (PI * (2 * m + 1) as f64 / (4 * half) as f64).cos();
        Self {
            long: std::array::from_fn(|kind| {
                std::array::from_fn(|n| {
                    let (sign, m) = value(n, 18);
                    (shape(kind, n) * sign * over_cos(m, 18)) as f32
                })
            }),
            short: std::array::from_fn(|n| {
                let (sign, m) = value(n, 6);
                ((PI / 12.0 * (n as f64 + 0.5)).sin() * sign * over_cos(m, 6)) as f32
            }),
            inner: std::array::from_fn(|m| over_cos(m, 9) as f32),
        }
    }
}

/// Butterflies across the lower `boundaries` boundaries between subbands.
#[inline(always)]
fn reduce_alias<const FUSED: bool>(rows: &mut Rows, boundaries: usize) {
    let boundaries = boundaries.min(SUBBANDS - 1);
    let (below, above) = rows.split_at_mut(9);
    for (i, &(cs, ca)) in ALIAS.iter().enumerate() {
        let upper = &mut below[i][1..=boundaries];
        let lower = &mut above[8 - i][..boundaries];
        for (u, d) in lower.iter_mut().zip(upper) {
            let (a, b) = (*u, *d);
            *u = fma::<FUSED>(a, cs, -(b * ca));
            *d = fma::<FUSED>(b, cs, a * ca);
        }
    }
}

/// Nine rows on the way through the transform.
type Nine = [[f32; SUBBANDS]; 9];

/// DCT-III of size nine along the lower `n` columns: y\[m\] = Σ x\[j\] cos(π (2m+1) j / 18).
///
/// Plain scalars in one loop: that is what compilers turn into vectors of columns.
#[inline(always)]
fn dct_9<const FUSED: bool>(x: &Nine, y: &mut Nine, n: usize) {
    let f = fma::<FUSED>;
    for c in 0..n.min(SUBBANDS) {
        let (x0, x1, x2, x3, x4) = (x[0][c], x[1][c], x[2][c], x[3][c], x[4][c]);
        let (x5, x6, x7, x8) = (x[5][c], x[6][c], x[7][c], x[8][c]);
        // C[i] is the cosine of i·10°.
        let a = f(x6, C[6], x0);
        let b = x0 - x6;
        let d = x2 - x4 - x8;
        let e0 = f(x8, C[8], f(x4, C[4], f(x2, C[2], a)));
        let e1 = f(d, C[6], b);
        let e2 = f(x8, C[4], f(x4, -C[2], f(x2, -C[8], a)));
        let e3 = f(x8, -C[2], f(x4, C[8], f(x2, -C[4], a)));
        let g = x3 * C[3];
        let o0 = f(x7, C[7], f(x5, C[5], f(x1, C[1], g)));
        let o1 = (x1 - x5 - x7) * C[3];
        let o2 = f(x7, C[1], f(x5, -C[7], f(x1, C[5], -g)));
        let o3 = f(x7, -C[5], f(x5, C[1], f(x1, C[7], -g)));
        y[0][c] = e0 + o0;
        y[1][c] = e1 + o1;
        y[2][c] = e2 + o2;
        y[3][c] = e3 + o3;
        y[4][c] = b - d;
        y[5][c] = e3 - o3;
        y[6][c] = e2 - o2;
        y[7][c] = e1 - o1;
        y[8][c] = e0 - o0;
    }
}

/// Inverse MDCT with long windows of the lower `n` subbands: overlap-adds into `out`, leaves the new overlap.
///
/// 18 lines X give a DCT-IV u\[m\] = Σ X\[k\] cos(π/72 (2m+1)(2k+1)), of which the 36 outputs are copies. With neighbours added,
/// it becomes a DCT-III over 2 cos(π/72 (2m+1)); its even terms are a DCT-III of size 9, its odd ones a DCT-IV of size 9, which
/// becomes another DCT-III in the same way.
#[inline(always)]
fn inverse_36<const FUSED: bool>(
    windows: &Windows,
    kind: usize,
    lines: &Rows,
    n: usize,
    overlap: &mut Rows,
    out: &mut Rows,
) {
    let n = n.min(SUBBANDS);
    let shape = &windows.long[kind & 3];
    let mut even: Nine = [[0.0; SUBBANDS]; 9];
    let mut odd: Nine = [[0.0; SUBBANDS]; 9];
    even[0] = lines[0];
    for c in 0..n {
        odd[0][c] = lines[1][c] + lines[0][c];
    }
    for j in 1..9 {
        // The odd neighbour sum of before is half of this one's.
        let (before, here) = lines.split_at(2 * j);
        let before = &before[2 * j - 2..];
        for c in 0..n {
            even[j][c] = here[0][c] + before[1][c];
            odd[j][c] = (here[1][c] + here[0][c]) + (before[1][c] + before[0][c]);
        }
    }
    let mut even_out: Nine = [[0.0; SUBBANDS]; 9];
    let mut odd_out: Nine = [[0.0; SUBBANDS]; 9];
    dct_9::<FUSED>(&even, &mut even_out, n);
    dct_9::<FUSED>(&odd, &mut odd_out, n);
    for m in 0..9 {
        let inner = windows.inner[m];
        let (even, odd) = (&even_out[m], &odd_out[m]);
        for slot in [8 - m, 9 + m] {
            let (w1, w2) = (shape[slot], shape[18 + slot]);
            let (out, overlap) = (&mut out[slot], &mut overlap[slot]);
            // Odd slots of odd subbands change their sign: the filter bank's frequency inversion.
            let signs = if slot % 2 == 1 { &SIGNS } else { &ONES };
            for c in 0..n {
                let odd = odd[c] * inner;
                out[c] = fma::<FUSED>((even[c] - odd) * signs[c], w1, overlap[c]);
                overlap[c] = (even[c] + odd) * signs[c] * w2;
            }
        }
    }
}

const ONES: [f32; SUBBANDS] = [1.0; SUBBANDS];

/// 1 for even subbands, −1 for odd ones.
const SIGNS: [f32; SUBBANDS] = {
    let mut signs = [1.0; SUBBANDS];
    let mut i = 1;
    while i < SUBBANDS {
        signs[i] = -1.0;
        i += 2;
    }
    signs
};

/// Inverse MDCT with three short windows of the lower `n` subbands; rows of `lines` are six lines of each window.
#[inline(always)]
fn inverse_12<const FUSED: bool>(
    windows: &Windows,
    lines: &Rows,
    n: usize,
    overlap: &mut Rows,
    out: &mut Rows,
) {
    const C15: f32 = 0.965_925_8;
    const C45: f32 = std::f32::consts::FRAC_1_SQRT_2;
    const C75: f32 = 0.258_819_04;
    let n = n.min(SUBBANDS);
    let f = fma::<FUSED>;
    let mut samples = [[0f32; SUBBANDS]; 36];
    for window in 0..3 {
        let mut values = [[0f32; SUBBANDS]; 6];
        let lines = &lines[6 * window..6 * window + 6];
        for c in 0..n {
            let x0 = lines[0][c];
            let x1 = lines[1][c] + lines[0][c];
            let x2 = lines[2][c] + lines[1][c];
            let x3 = lines[3][c] + lines[2][c];
            let x4 = lines[4][c] + lines[3][c];
            let x5 = lines[5][c] + lines[4][c];
            let a = f(x4, 0.5, x0);
            let (e0, e1, e2) = (f(x2, C[3], a), x0 - x4, f(x2, -C[3], a));
            let b = x3 * C45;
            let o0 = f(x1, C15, f(x5, C75, b));
            let o1 = (x1 - x3 - x5) * C45;
            let o2 = f(x1, C75, f(x5, C15, -b));
            values[0][c] = e0 + o0;
            values[1][c] = e1 + o1;
            values[2][c] = e2 + o2;
            values[3][c] = e2 - o2;
            values[4][c] = e1 - o1;
            values[5][c] = e0 - o0;
        }
        for i in 0..12 {
            let m = match i {
                0..3 => i + 3,
                3..9 => 8 - i,
                _ => i - 9,
            };
            let (w, value) = (windows.short[i], &values[m]);
            let samples = &mut samples[6 + 6 * window + i];
            for c in 0..n {
                samples[c] = f(value[c], w, samples[c]);
            }
        }
    }
    for slot in 0..SLOTS {
        let signs = if slot % 2 == 1 { &SIGNS } else { &ONES };
        let (out, overlap) = (&mut out[slot], &mut overlap[slot]);
        for c in 0..n {
            out[c] = f(samples[slot][c], signs[c], overlap[c]);
            overlap[c] = samples[18 + slot][c] * signs[c];
        }
    }
}

/// The inputs and outputs of a granule's transform.
pub(super) struct Transform<'a> {
    pub(super) windows: &'a Windows,
    pub(super) window: Window,
    /// The lines; used up.
    pub(super) lines: &'a mut Rows,
    /// How many subbands have lines that are not zero.
    pub(super) subbands: usize,
    /// The second half of the granule before; becomes this one's.
    pub(super) overlap: &'a mut Rows,
    /// How many subbands of the overlap are not zero.
    pub(super) overlapping: &'a mut usize,
    /// Subband samples.
    pub(super) out: &'a mut Rows,
}

/// Transforms a granule of one channel (or of the mean of two channels with the same window).
#[inline(always)]
pub(super) fn transform<const FUSED: bool>(job: &mut Transform<'_>) {
    let Window { kind, mixed } = job.window;
    let boundaries = match (kind, mixed) {
        (2, false) => 0,
        (2, true) => 1,
        _ => job.subbands.min(SUBBANDS - 1),
    };
    reduce_alias::<FUSED>(job.lines, boundaries);
    // Alias reduction reaches one subband further. Whole vectors of eight subbands are computed.
    let reached = (job.subbands + usize::from(boundaries > 0))
        .next_multiple_of(8)
        .min(SUBBANDS);
    let reached = if mixed { reached.max(8) } else { reached };
    let before = *job.overlapping;
    if mixed {
        // The two lowest subbands have the normal window: computed for eight, two are kept.
        let mut overlap = *job.overlap;
        let mut out = [[0f32; SUBBANDS]; SLOTS];
        inverse_36::<FUSED>(job.windows, 0, job.lines, 8, &mut overlap, &mut out);
        blocks::<FUSED>(job, usize::from(kind), reached);
        for slot in 0..SLOTS {
            job.out[slot][..2].copy_from_slice(&out[slot][..2]);
            job.overlap[slot][..2].copy_from_slice(&overlap[slot][..2]);
        }
    } else {
        blocks::<FUSED>(job, usize::from(kind), reached);
    }
    // Above, there is only the overlap of the previous granule.
    for slot in 0..SLOTS {
        let above = &mut job.overlap[slot][reached..];
        job.out[slot][reached..].copy_from_slice(above);
        if before > reached {
            above.fill(0.0);
        }
    }
    *job.overlapping = reached;
}

#[inline(always)]
fn blocks<const FUSED: bool>(job: &mut Transform<'_>, kind: usize, reached: usize) {
    if kind == 2 {
        inverse_12::<FUSED>(job.windows, job.lines, reached, job.overlap, job.out);
    } else {
        inverse_36::<FUSED>(job.windows, kind, job.lines, reached, job.overlap, job.out);
    }
}
