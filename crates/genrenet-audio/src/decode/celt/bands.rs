//! The shapes of the bands (RFC 6716, section 4.3.4): unit vectors, split by angles until a codebook fits.
//!
//! With `SOUND` they are computed; without, the bits are only read, so that the frame's remaining ones are found.

use super::allocation::Allocation;
use super::band::Fold;
use super::coder::{Coder, Shape};
use super::range::Range;
use super::tables::{BANDS, EDGES, WIDEST};

/// Bins up to which bands are folded upwards.
const FOLDED: usize = 8 * 78;
/// The spreading decision that keeps folded bands apart.
const AGGRESSIVE: i32 = 3;

/// The parameters that a frame states for all its bands.
pub(super) struct Frame<'a> {
    pub(super) allocation: &'a Allocation,
    pub(super) end: usize,
    pub(super) channels: usize,
    pub(super) log: usize,
    pub(super) short: bool,
    pub(super) spread: i32,
    /// Change of resolution of each band.
    pub(super) tf: &'a [i32; BANDS],
    /// Bits in 1/8 for the shapes and what comes before them.
    pub(super) total: i32,
}

/// Which of a band's blocks have any pulse or noise, a bit each, by band and channel.
pub(super) type Masks = [[u32; 2]; BANDS];

/// Buffers that keep nothing from one frame to the next: each value is written before it is read.
pub(super) struct Scratch {
    /// The shapes of both channels that higher bands are folded from.
    folds: [[f32; FOLDED]; 2],
    /// The part of them that one band is folded from.
    low: [f32; WIDEST],
}

impl Scratch {
    pub(super) fn new() -> Self {
        Self {
            folds: [[0.0; FOLDED]; 2],
            low: [0.0; WIDEST],
        }
    }
}

/// Reads the shapes of all bands into `x` and `y`, the channels (`y` is unused for one); returns the masks.
pub(super) fn read<const SOUND: bool>(
    range: &mut Range,
    frame: &Frame,
    x: &mut [f32],
    y: &mut [f32],
    scratch: &mut Scratch,
    seed: &mut u32,
) -> Masks {
    let m = 1 << frame.log;
    let blocks = if frame.short { m as i32 } else { 1 };
    let all = (1u32 << blocks) - 1;
    let mut masks = [[0; 2]; BANDS];
    let Scratch { folds, low: below } = scratch;
    let mut dual = frame.allocation.dual;
    let mut balance = frame.allocation.balance;
    let mut folded_from = 0;
    let mut fold_moves = true;
    for band in 0..frame.end {
        let bins = m * EDGES[band]..m * EDGES[band + 1];
        let n = bins.len();
        let tell = range.tell_eighths();
        if band > 0 {
            balance -= tell;
        }
        let remaining = frame.total - tell - 1;
        let coded = frame.allocation.coded;
        let mut bits = 0;
        if band < coded {
            let share = balance / 3.min(coded - band) as i32;
            let wanted = frame.allocation.shape[band] + share;
            bits = (remaining + 1).min(wanted).clamp(0, 16383);
        }
        let mut coder = Coder::<SOUND> {
            range,
            band,
            intensity: frame.allocation.intensity,
            spread: frame.spread,
            tf: frame.tf[band],
            remaining,
            seed: *seed,
        };
        let mut fill = [all; 2];
        let mut low = None;
        if SOUND {
            if (bins.start >= n || band == 1) && (fold_moves || folded_from == 0) {
                folded_from = band;
            }
            if folded_from != 0 && (frame.spread != AGGRESSIVE || blocks > 1 || frame.tf[band] < 0)
            {
                let at = (m * EDGES[folded_from]).saturating_sub(n);
                low = Some(at);
                fill = filled(&masks, m, folded_from, band, at, n);
            }
            if dual && band == frame.allocation.intensity {
                let [left, right] = &mut *folds;
                let shared = bins.start.min(FOLDED);
                for (left, right) in left[..shared].iter_mut().zip(right) {
                    *left = 0.5 * (*left + *right);
                }
            }
        }
        dual &= band != frame.allocation.intensity;
        let last = band + 1 == frame.end;
        let range_of = if SOUND { bins.clone() } else { 0..0 };
        let (x, y) = (
            &mut x[range_of.clone()],
            &mut y[if frame.channels == 2 { range_of } else { 0..0 }],
        );
        let shape = Shape {
            n,
            blocks,
            log: frame.log as i32,
        };
        let [left, right] = &mut *folds;
        masks[band] = if dual {
            let fold = Fold::of(left, low, &bins, last, below);
            let a = coder.band(x, shape, bits / 2, fold, 1.0, fill[0]);
            let fold = Fold::of(right, low, &bins, last, below);
            [a, coder.band(y, shape, bits / 2, fold, 1.0, fill[1])]
        } else if frame.channels == 2 {
            let fold = Fold::of(left, low, &bins, last, below);
            [coder.stereo(x, y, shape, bits, fold, fill[0] | fill[1]); 2]
        } else {
            let fold = Fold::of(left, low, &bins, last, below);
            [coder.band(x, shape, bits, fold, 1.0, fill[0]); 2]
        };
        masks[band] = masks[band].map(|mask| mask & 0xff);
        *seed = coder.seed;
        balance += frame.allocation.shape[band] + tell;
        fold_moves = bits > (n as i32) << 3;
    }
    masks
}

/// The masks of the bands that `at..at + n` of the folded spectrum was made of.
fn filled(
    masks: &Masks,
    m: usize,
    folded_from: usize,
    band: usize,
    at: usize,
    n: usize,
) -> [u32; 2] {
    let mut start = folded_from;
    while start > 0 {
        start -= 1;
        if m * EDGES[start] <= at {
            break;
        }
    }
    let mut end = folded_from;
    while end < band && m * EDGES[end] < at + n {
        end += 1;
    }
    let mut fill = [0; 2];
    for mask in &masks[start..end.max(start + 1)] {
        fill[0] |= mask[0];
        fill[1] |= mask[1];
    }
    fill
}

impl<'a> Fold<'a> {
    fn of(
        folded: &'a mut [f32; FOLDED],
        low: Option<usize>,
        bins: &std::ops::Range<usize>,
        last: bool,
        scratch: &'a mut [f32; WIDEST],
    ) -> Self {
        let n = bins.len();
        let low = low.map(|at| {
            scratch[..n].copy_from_slice(&folded[at..at + n]);
            &mut scratch[..n]
        });
        let out = (!last).then(|| &mut folded[bins.clone()]);
        Self { low, out }
    }
}
