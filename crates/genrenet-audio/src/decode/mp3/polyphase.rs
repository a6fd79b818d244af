//! The polyphase filter bank: subband samples to audio samples (ISO/IEC 11172-3, 2.4.3.2 and table 3-B.3).
//!
//! The standard shifts 64 values into a 1 024-value buffer per slot, of which half are copies of the other half. Here only the 32
//! different ones are kept, sorted so that one vector serves an output and its mirror image:
//! with c\[n\] = Σ s\[k\] cos(π (2k+1) n / 64), a slot's `rising` values are c\[16 + j\] and its `falling` ones c\[16 − j\],
//! even j first. Sums over even and odd c need half the products, as s\[k\] ± s\[31 − k\].

use std::f64::consts::PI;

use super::bands::SUBBANDS;
use super::hybrid::{Rows, SLOTS, fma};

/// The synthesis window D\[i\] for i from 0 to 256, times 65 536; the other half mirrors it.
#[rustfmt::skip]
const WINDOW: [i32; 257] = [
    0, -1, -1, -1, -1, -1, -1, -2, -2, -2, -2, -3, -3, -4, -4, -5,
    -5, -6, -7, -7, -8, -9, -10, -11, -13, -14, -16, -17, -19, -21, -24, -26,
    -29, -31, -35, -38, -41, -45, -49, -53, -58, -63, -68, -73, -79, -85, -91, -97,
    -104, -111, -117, -125, -132, -139, -147, -154, -161, -169, -176, -183, -190, -196, -202, -208,
    213, 218, 222, 225, 227, 228, 228, 227, 224, 221, 215, 208, 200, 189, 177, 163,
    146, 127, 106, 83, 57, 29, -2, -36, -72, -111, -153, -197, -244, -294, -347, -401,
    -459, -519, -581, -645, -711, -779, -848, -919, -991, -1064, -1137, -1210, -1283, -1356, -1428, -1498,
    -1567, -1634, -1698, -1759, -1817, -1870, -1919, -1962, -2001, -2032, -2057, -2075, -2085, -2087, -2080, -2063,
    2037, 2000, 1952, 1893, 1822, 1739, 1644, 1535, 1414, 1280, 1131, 970, 794, 605, 402, 185,
    -45, -288, -545, -814, -1095, -1388, -1692, -2006, -2330, -2663, -3004, -3351, -3705, -4063, -4425, -4788,
    -5153, -5517, -5879, -6237, -6589, -6935, -7271, -7597, -7910, -8209, -8491, -8755, -8998, -9219, -9416, -9585,
    -9727, -9838, -9916, -9959, -9966, -9935, -9863, -9750, -9592, -9389, -9139, -8840, -8492, -8092, -7640, -7134,
    6574, 5959, 5288, 4561, 3776, 2935, 2037, 1082, 70, -998, -2122, -3300, -4533, -5818, -7154, -8540,
    -9975, -11455, -12980, -14548, -16155, -17799, -19478, -21189, -22929, -24694, -26482, -28289, -30112, -31947, -33791, -35640,
    -37489, -39336, -41176, -43006, -44821, -46617, -48390, -50137, -51853, -53534, -55178, -56778, -58333, -59838, -61289, -62684,
    -64019, -65290, -66494, -67629, -68692, -69679, -70590, -71420, -72169, -72835, -73415, -73908, -74313, -74630, -74856, -74992,
    75038,
];

/// Slots before the current one that a sample depends on.
pub(super) const REACH: usize = 15;

/// Constant factors of the filter bank.
struct Factors {
    /// `[k][..16]`: cosines that take s\[k\] + s\[31 − k\] to the even rising and falling values; `[k][16..]`: the odd ones.
    cosines: [[f32; 32]; 16],
    /// For each second slot of the past: factors of rising and falling values for the lower outputs, then for the upper ones.
    windows: [[[f32; 16]; 4]; 8],
    /// Factors of c\[0\], which only output 16 needs.
    middle: [f32; 8],
}

/// The filter bank with its last slots.
pub(super) struct Polyphase {
    factors: Factors,
    /// Rising, then falling values of 15 slots of the past and 18 of now; each eight even ones, eight odd ones.
    slots: [[f32; 32]; REACH + SLOTS],
    /// c\[0\] of the same slots.
    middles: [f32; REACH + SLOTS],
}

impl Factors {
    fn new() -> Self {
        let cosine =
            |n: i32, k: usize| (PI * f64::from(n) * (2 * k + 1) as f64 / 64.0).cos() as f32;
        let window = |i: usize| -> f32 {
            let value = if i <= 256 {
                WINDOW[i]
            } else if i.is_multiple_of(64) {
                WINDOW[512 - i]
            } else {
                -WINDOW[512 - i]
            };
            value as f32 / 65536.0
        };
        Self {
            cosines: std::array::from_fn(|k| {
                std::array::from_fn(|i| {
                    let j = 2 * (i as i32 % 8);
                    match i / 8 {
                        0 => cosine(16 + j, k),
                        1 => cosine(16 - j, k),
                        2 => cosine(17 + j, k),
                        _ => cosine(15 - j, k),
                    }
                })
            }),
            windows: std::array::from_fn(|i| {
                std::array::from_fn(|part| {
                    std::array::from_fn(|lane| {
                        let even = lane < 8;
                        let lower = 2 * (lane % 8) + usize::from(!even);
                        let upper = 32 - lower;
                        match part {
                            0 => window(64 * i + lower),
                            1 => -window(64 * i + 32 + lower),
                            // There is no output 32: its lane stays zero.
                            _ if lower == 0 => 0.0,
                            2 => -window(64 * i + upper),
                            _ => -window(64 * i + 32 + upper),
                        }
                    })
                })
            }),
            middle: std::array::from_fn(|i| -window(64 * i + 48)),
        }
    }
}

impl Polyphase {
    pub(super) fn new() -> Self {
        Self {
            factors: Factors::new(),
            slots: [[0.0; 32]; REACH + SLOTS],
            middles: [0.0; REACH + SLOTS],
        }
    }

    /// Forgets earlier slots, as if silence had come before.
    pub(super) fn reset(&mut self) {
        self.slots = [[0.0; 32]; REACH + SLOTS];
        self.middles = [0.0; REACH + SLOTS];
    }

    /// Takes a granule's subband samples from slot `from` on and writes the audio samples of slots `sound`, 32 each, to the
    /// same positions of `out`. Earlier slots must not be needed: not by `sound`, nor by later granules.
    #[inline(always)]
    pub(super) fn run<const FUSED: bool>(
        &mut self,
        rows: &Rows,
        from: usize,
        sound: std::ops::Range<usize>,
        out: &mut [[f32; SUBBANDS]; SLOTS],
    ) {
        // Slots go in pairs, which share each load of a factor.
        for pair in from / 2..SLOTS / 2 {
            self.analyse::<FUSED>(rows, 2 * pair);
        }
        // The sums of all slots before any is sorted: mixed, compilers shuffle in the inner loop.
        let mut sums = [[0f32; SUBBANDS]; SLOTS];
        for pair in sound.start / 2..sound.end.div_ceil(2).min(SLOTS / 2) {
            let (two, _) = sums[2 * pair..].as_chunks_mut::<2>();
            self.sum::<FUSED>(2 * pair, &mut two[0]);
        }
        for slot in sound {
            sort(&sums[slot], &mut out[slot]);
            let mut middle = 0.0;
            for (i, factor) in self.factors.middle.iter().enumerate() {
                middle = fma::<FUSED>(self.middles[REACH + slot - 1 - 2 * i], *factor, middle);
            }
            out[slot][16] = middle;
        }
        self.slots.copy_within(SLOTS.., 0);
        self.middles.copy_within(SLOTS.., 0);
    }

    /// The different values of the cosine transform of slots `slot` and `slot + 1`.
    #[inline(always)]
    fn analyse<const FUSED: bool>(&mut self, rows: &Rows, slot: usize) {
        let mut sums = [[0f32; 16]; 2];
        let mut differences = [[0f32; 16]; 2];
        for two in 0..2 {
            let row = &rows[slot + two];
            for k in 0..16 {
                sums[two][k] = row[k] + row[31 - k];
                differences[two][k] = row[k] - row[31 - k];
            }
            self.middles[REACH + slot + two] = sums[two].iter().sum();
        }
        let mut even = [[0f32; 16]; 2];
        let mut odd = [[0f32; 16]; 2];
        for (k, cosines) in self.factors.cosines.iter().enumerate() {
            for two in 0..2 {
                for i in 0..16 {
                    even[two][i] = fma::<FUSED>(sums[two][k], cosines[i], even[two][i]);
                    odd[two][i] = fma::<FUSED>(differences[two][k], cosines[16 + i], odd[two][i]);
                }
            }
        }
        for two in 0..2 {
            let slot = &mut self.slots[REACH + slot + two];
            slot[..8].copy_from_slice(&even[two][..8]);
            slot[8..16].copy_from_slice(&odd[two][..8]);
            slot[16..24].copy_from_slice(&even[two][8..]);
            slot[24..].copy_from_slice(&odd[two][8..]);
        }
    }

    /// The audio samples of slots `slot` and `slot + 1`, in the order of the factors: lower outputs, then upper ones.
    #[inline(always)]
    fn sum<const FUSED: bool>(&self, slot: usize, sums: &mut [[f32; SUBBANDS]; 2]) {
        let mut lower = [[0f32; 16]; 2];
        let mut upper = [[0f32; 16]; 2];
        for (i, windows) in self.factors.windows.iter().enumerate() {
            for two in 0..2 {
                let now = REACH + slot + two - 2 * i;
                let rising = &self.slots[now][..16];
                // Its slot before the first is never needed: the fifteenth of the past is the last one read.
                let falling = &self.slots[now - 1][16..];
                for lane in 0..16 {
                    let (rising, falling) = (rising[lane], falling[lane]);
                    lower[two][lane] = fma::<FUSED>(rising, windows[0][lane], lower[two][lane]);
                    upper[two][lane] = fma::<FUSED>(rising, windows[2][lane], upper[two][lane]);
                    lower[two][lane] = fma::<FUSED>(falling, windows[1][lane], lower[two][lane]);
                    upper[two][lane] = fma::<FUSED>(falling, windows[3][lane], upper[two][lane]);
                }
            }
        }
        for two in 0..2 {
            sums[two][..16].copy_from_slice(&lower[two]);
            sums[two][16..].copy_from_slice(&upper[two]);
        }
    }
}

/// Sorts a slot's sums into its samples, but for sample 16.
#[inline(always)]
fn sort(sums: &[f32; SUBBANDS], out: &mut [f32; SUBBANDS]) {
    for q in 0..8 {
        out[2 * q] = sums[q];
        out[2 * q + 1] = sums[8 + q];
        out[31 - 2 * q] = sums[24 + q];
    }
    for q in 1..8 {
        out[32 - 2 * q] = sums[16 + q];
    }
}
