//! The angles by which vectors are split in two (RFC 6716, section 4.3.4.3).

use super::coder::{Coder, Shape};
use super::tables::LOG_WIDTH;

/// How a vector is split in two.
pub(super) struct Angle {
    /// Of 16384.
    pub(super) theta: i32,
    pub(super) middle: i32,
    pub(super) side: i32,
    /// Bits in 1/8 by which the middle should have more than the side.
    pub(super) delta: i32,
    pub(super) inverted: bool,
    pub(super) cost: i32,
}

fn cosine(x: i32) -> i32 {
    let product = |a: i32, b: i32| (16384 + a * b) >> 15;
    let square = (4096 + x * x) >> 13;
    1 + (32767 - square
        + product(
            square,
            -7651 + product(square, 8277 + product(-626, square)),
        ))
}

fn log_tangent(side: i32, middle: i32) -> i32 {
    let length = |x: i32| 32 - x.leading_zeros() as i32;
    let (lm, ls) = (length(middle), length(side));
    let (middle, side) = (middle << (15 - lm), side << (15 - ls));
    let product = |a: i32, b: i32| (a * b + 16384) >> 15;
    (ls - lm) * 2048 + product(side, product(side, -2597) + 7932)
        - product(middle, product(middle, -2597) + 7932)
}

/// Steps of an angle's quantiser.
fn steps(n: usize, bits: i32, offset: i32, most: i32, stereo: bool) -> i32 {
    const EXP2: [i32; 8] = [16384, 17866, 19483, 21247, 23170, 25267, 27554, 30048];
    let mut places = 2 * n as i32 - 1;
    if stereo && n == 2 {
        places -= 1;
    }
    let log = ((bits + places * offset) / places)
        .min(bits - most - 32)
        .min(64);
    if log < 4 {
        return 1;
    }
    ((EXP2[(log & 7) as usize] >> (14 - (log >> 3))) + 1) >> 1 << 1
}

impl<const SOUND: bool> Coder<'_, '_, SOUND> {
    /// Reads the angle of a split; `bits` and `fill` are what is left after it.
    pub(super) fn angle(
        &mut self,
        shape: Shape,
        before: i32,
        stereo: bool,
        bits: &mut i32,
        fill: &mut u32,
    ) -> Angle {
        let Shape { n, blocks, log } = shape;
        let most = LOG_WIDTH[self.band] + (log << 3);
        let offset = (most >> 1) - if stereo && n == 2 { 16 } else { 4 };
        let mut count = steps(n, *bits, offset, most, stereo);
        if stereo && self.band >= self.intensity {
            count = 1;
        }
        let tell = self.range.tell_eighths();
        let mut theta = 0;
        let mut inverted = false;
        if count != 1 {
            theta = self.theta(n, before, stereo, count) * 16384 / count;
        } else if stereo && *bits > 16 && self.remaining > 16 {
            inverted = self.range.bit(2);
        }
        let cost = self.range.tell_eighths() - tell;
        *bits -= cost;
        let half = (1u32 << blocks) - 1;
        let (middle, side, delta) = match theta {
            0 => {
                *fill &= half;
                (32767, 0, -16384)
            }
            16384 => {
                *fill &= half << blocks;
                (0, 32767, 16384)
            }
            _ => {
                let (middle, side) = (cosine(theta), cosine(16384 - theta));
                let delta = (((n as i32 - 1) << 7) * log_tangent(side, middle) + 16384) >> 15;
                (middle, side, delta)
            }
        };
        Angle {
            theta,
            middle,
            side,
            delta,
            inverted,
            cost,
        }
    }

    /// Reads an angle's step: of three distributions, as the split is.
    fn theta(&mut self, n: usize, before: i32, stereo: bool, count: i32) -> i32 {
        let half = count / 2;
        if stereo && n > 2 {
            let total = (3 * (half + 1) + half) as u32;
            let place = self.range.place(total) as i32;
            let theta = if place < (half + 1) * 3 {
                place / 3
            } else {
                half + 1 + place - (half + 1) * 3
            };
            let below = |theta: i32| {
                if theta <= half {
                    3 * theta
                } else {
                    theta - 1 - half + (half + 1) * 3
                }
            };
            let width = if theta <= half { 3 } else { 1 };
            let low = below(theta);
            self.range.take(low as u32, (low + width) as u32, total);
            theta
        } else if before > 1 || stereo {
            self.range.uniform(count as u32 + 1) as i32
        } else {
            let total = (half + 1) * (half + 1);
            let place = self.range.place(total as u32) as i32;
            let (theta, low, width) = if place < (half * (half + 1)) >> 1 {
                let theta = ((8 * place + 1).isqrt() - 1) >> 1;
                (theta, (theta * (theta + 1)) >> 1, theta + 1)
            } else {
                let theta = (2 * (count + 1) - (8 * (total - place - 1) + 1).isqrt()) >> 1;
                let width = count + 1 - theta;
                (theta, total - ((width * (width + 1)) >> 1), width)
            };
            self.range
                .take(low as u32, (low + width) as u32, total as u32);
            theta
        }
    }
}
