//! Vectors of any length: split until a codebook fits (RFC 6716, section 4.3.4.4).

use super::coder::{Coder, Shape};
use super::pulses;
use super::shape::{noise, normalise, rotate};
use super::tables::{BANDS, CACHE_BITS, CACHE_INDEX};

impl<const SOUND: bool> Coder<'_, '_, SOUND> {
    /// A vector of any length: split while no codebook is large enough for its bits.
    pub(super) fn partition(
        &mut self,
        x: &mut [f32],
        shape: Shape,
        mut bits: i32,
        low: Option<&[f32]>,
        gain: f32,
        mut fill: u32,
    ) -> u32 {
        let Shape {
            n,
            blocks: before,
            log,
        } = shape;
        let Some(costs) = costs(self.band, log) else {
            return 0;
        };
        let dearest = i32::from(costs[costs.len() - 1]);
        if log < 0 || n <= 2 || bits <= dearest + 12 {
            return self.leaf(x, shape, bits, costs, low, gain, fill);
        }
        if before == 1 {
            fill = (fill & 1) | (fill << 1);
        }
        let half = Shape {
            n: n / 2,
            blocks: (before + 1) >> 1,
            log: log - 1,
        };
        let angle = self.angle(half, before, false, &mut bits, &mut fill);
        self.remaining -= angle.cost;
        let mut delta = angle.delta;
        if before > 1 && angle.theta & 0x3fff != 0 {
            if angle.theta > 8192 {
                delta -= delta >> (4 - half.log);
            } else {
                delta = 0.min(delta + ((half.n as i32) << 3 >> (5 - half.log)));
            }
        }
        let (first, second) = x.split_at_mut(x.len() / 2);
        let (low_first, low_second) = low.map(|low| low.split_at(low.len() / 2)).unzip();
        let shift = before >> 1;
        let mut parts = Parts::of(bits, delta);
        let mut mask = 0;
        for middle in parts.order() {
            let left = self.remaining;
            let (own, part) = if middle {
                let gain = gain * angle.middle as f32 / 32768.0;
                (
                    parts.middle,
                    self.partition(first, half, parts.middle, low_first, gain, fill),
                )
            } else {
                let gain = gain * angle.side as f32 / 32768.0;
                let fill = fill >> half.blocks;
                (
                    parts.side,
                    self.partition(second, half, parts.side, low_second, gain, fill) << shift,
                )
            };
            parts.rebalance(middle, own - (left - self.remaining), angle.theta);
            mask |= part;
        }
        mask
    }

    /// A vector of one codebook, or one without pulses.
    #[expect(
        clippy::too_many_arguments,
        reason = "a vector, its bits and what it is made of without any"
    )]
    fn leaf(
        &mut self,
        x: &mut [f32],
        shape: Shape,
        bits: i32,
        costs: &[u8],
        low: Option<&[f32]>,
        gain: f32,
        fill: u32,
    ) -> u32 {
        let mut choice = cheapest(costs, bits);
        let cost = |choice: usize| {
            if choice == 0 {
                0
            } else {
                i32::from(costs[choice]) + 1
            }
        };
        self.remaining -= cost(choice);
        while self.remaining < 0 && choice > 0 {
            self.remaining += cost(choice);
            choice -= 1;
            self.remaining -= cost(choice);
        }
        if choice > 0 {
            let count = if choice < 8 {
                choice
            } else {
                (8 + (choice & 7)) << ((choice >> 3) - 1)
            };
            let number = pulses::number(self.range, shape.n, count);
            if !SOUND {
                return 0;
            }
            let squares = pulses::vector(number, count, x);
            let blocks = shape.blocks as usize;
            let mut mask = 1;
            if blocks > 1 {
                let filled = |block: &[f32]| u32::from(block.iter().any(|&x| x != 0.0));
                let each = x.chunks_exact(shape.n / blocks).take(blocks);
                mask = each.enumerate().map(|(i, block)| filled(block) << i).sum();
            }
            let scale = gain / squares.sqrt();
            x.iter_mut().for_each(|x| *x *= scale);
            rotate(x, blocks, count, self.spread);
            return mask;
        }
        if !SOUND {
            return 0;
        }
        let all = (1u32 << shape.blocks) - 1;
        let fill = fill & all;
        if fill == 0 {
            x.fill(0.0);
            return 0;
        }
        let mask = if let Some(low) = low {
            for (x, low) in x.iter_mut().zip(low) {
                self.seed = noise(self.seed);
                *x = low
                    + if self.seed & 0x8000 != 0 {
                        1.0 / 256.0
                    } else {
                        -1.0 / 256.0
                    };
            }
            fill
        } else {
            for x in x.iter_mut() {
                self.seed = noise(self.seed);
                *x = (self.seed as i32 >> 20) as f32;
            }
            all
        };
        normalise(x, gain);
        mask
    }
}

/// Bits of both parts of a split; the one with more is read first, and passes on what it does not use.
pub(super) struct Parts {
    pub(super) middle: i32,
    pub(super) side: i32,
    middle_first: bool,
}

impl Parts {
    pub(super) fn of(bits: i32, delta: i32) -> Self {
        let middle = ((bits - delta) / 2).max(0).min(bits);
        let side = bits - middle;
        Self {
            middle,
            side,
            middle_first: middle >= side,
        }
    }

    /// Whether the middle is read, in order.
    pub(super) fn order(&self) -> [bool; 2] {
        [self.middle_first, !self.middle_first]
    }

    /// After a part was read (`middle`: which), `unused` are left of its bits.
    pub(super) fn rebalance(&mut self, middle: bool, unused: i32, theta: i32) {
        if middle != self.middle_first || unused <= 24 {
            return;
        }
        if middle && theta != 0 {
            self.side += unused - 24;
        } else if !middle && theta != 16384 {
            self.middle += unused - 24;
        }
    }
}

/// Costs of 0, 1, … choices of pulses of a band, in 1/8 bit less one; `None` for a vector that has no codebook.
fn costs(band: usize, log: i32) -> Option<&'static [u8]> {
    let at = CACHE_INDEX[(log + 1) as usize * BANDS + band];
    let costs = &CACHE_BITS[usize::try_from(at).ok()?..];
    Some(&costs[..=usize::from(costs[0])])
}

/// The choice whose cost is nearest to `bits`.
fn cheapest(costs: &[u8], bits: i32) -> usize {
    let bits = bits - 1;
    let (mut low, mut high) = (0, costs.len() - 1);
    for _ in 0..6 {
        let middle = (low + high).div_ceil(2);
        if i32::from(costs[middle]) >= bits {
            high = middle;
        } else {
            low = middle;
        }
    }
    let below = if low == 0 { -1 } else { i32::from(costs[low]) };
    if bits - below <= i32::from(costs[high]) - bits {
        low
    } else {
        high
    }
}
