//! One band: of one channel, or of both (RFC 6716, section 4.3.4).

use super::coder::{Coder, Shape};
use super::partition::Parts;
use super::shape::{deinterleave, haar, interleave, merge};

/// The lower shape that fills a band without pulses of its own, and the buffer that takes its shape for higher bands.
#[derive(Default)]
pub(super) struct Fold<'a> {
    pub(super) low: Option<&'a mut [f32]>,
    pub(super) out: Option<&'a mut [f32]>,
}

impl<const SOUND: bool> Coder<'_, '_, SOUND> {
    /// A band of one bin: its sign.
    fn sign(&mut self) -> f32 {
        if self.remaining < 8 {
            return 1.0;
        }
        self.remaining -= 8;
        if self.range.raw(1) == 1 { -1.0 } else { 1.0 }
    }

    /// A band of one channel, at the resolution in time and frequency that the frame chose for it.
    pub(super) fn band(
        &mut self,
        x: &mut [f32],
        shape: Shape,
        bits: i32,
        fold: Fold,
        gain: f32,
        mut fill: u32,
    ) -> u32 {
        let n = shape.n;
        if n == 1 {
            let sign = self.sign();
            if SOUND {
                x[0] = sign;
                if let Some(out) = fold.out {
                    out[0] = sign;
                }
            }
            return 1;
        }
        let long = shape.blocks == 1;
        let recombine = self.tf.max(0) as usize;
        let mut low = fold.low;
        for k in 0..recombine {
            const HALVED: [u32; 16] = [0, 1, 1, 1, 2, 3, 3, 3, 2, 3, 3, 3, 2, 3, 3, 3];
            if let Some(low) = &mut low {
                haar(low, 1 << k);
            }
            fill = HALVED[(fill & 15) as usize] | HALVED[(fill >> 4 & 15) as usize] << 2;
        }
        let mut blocks = shape.blocks >> recombine;
        let mut each = n / blocks as usize;
        let mut tf = self.tf;
        let mut divided = 0;
        while each & 1 == 0 && tf < 0 {
            if let Some(low) = &mut low {
                haar(low, blocks as usize);
            }
            fill |= fill << blocks;
            blocks <<= 1;
            each >>= 1;
            divided += 1;
            tf += 1;
        }
        let stride = (blocks as usize) << recombine;
        if let (Some(low), true) = (&mut low, blocks > 1) {
            deinterleave(low, stride, long);
        }
        let inner = Shape { blocks, ..shape };
        let mut mask = self.partition(x, inner, bits, low.as_deref(), gain, fill);
        if !SOUND {
            return 0;
        }
        if blocks > 1 {
            interleave(x, stride, long);
        }
        for _ in 0..divided {
            blocks >>= 1;
            mask |= mask >> blocks;
            haar(x, blocks as usize);
        }
        for k in 0..recombine {
            const DOUBLED: [u32; 16] = [
                0x00, 0x03, 0x0c, 0x0f, 0x30, 0x33, 0x3c, 0x3f, 0xc0, 0xc3, 0xcc, 0xcf, 0xf0, 0xf3,
                0xfc, 0xff,
            ];
            mask = DOUBLED[(mask & 15) as usize];
            haar(x, 1 << k);
        }
        blocks <<= recombine;
        if let Some(out) = fold.out {
            let scale = (n as f32).sqrt();
            out.iter_mut()
                .zip(&*x)
                .for_each(|(out, x)| *out = scale * x);
        }
        mask & ((1u32 << blocks) - 1)
    }

    /// A band of both channels: middle and side.
    pub(super) fn stereo(
        &mut self,
        x: &mut [f32],
        y: &mut [f32],
        shape: Shape,
        mut bits: i32,
        fold: Fold,
        fill: u32,
    ) -> u32 {
        let n = shape.n;
        if n == 1 {
            let signs = [self.sign(), self.sign()];
            if SOUND {
                [x[0], y[0]] = signs;
                if let Some(out) = fold.out {
                    out[0] = signs[0];
                }
            }
            return 1;
        }
        let mut split = fill;
        let angle = self.angle(shape, shape.blocks, true, &mut bits, &mut split);
        let (middle, side) = (angle.middle as f32 / 32768.0, angle.side as f32 / 32768.0);
        let mask;
        if n == 2 {
            let turned = if angle.theta != 0 && angle.theta != 16384 {
                8
            } else {
                0
            };
            self.remaining -= angle.cost + turned;
            let sign = if turned != 0 && self.range.raw(1) == 1 {
                -1.0
            } else {
                1.0
            };
            let swapped = angle.theta > 8192;
            let (main, other) = if swapped {
                (&mut *y, &mut *x)
            } else {
                (&mut *x, &mut *y)
            };
            mask = self.band(main, shape, bits - turned, fold, 1.0, fill);
            if SOUND {
                (other[0], other[1]) = (-sign * main[1], sign * main[0]);
                for (x, y) in x.iter_mut().zip(&mut *y) {
                    let (m, s) = (middle * *x, side * *y);
                    (*x, *y) = (m - s, m + s);
                }
            }
        } else {
            self.remaining -= angle.cost;
            let mut parts = Parts::of(bits, angle.delta);
            let mut fold = Some(fold);
            let mut both = 0;
            for first in parts.order() {
                let left = self.remaining;
                let (own, part) = if first {
                    let fold = fold.take().unwrap_or_default();
                    (
                        parts.middle,
                        self.band(x, shape, parts.middle, fold, 1.0, split),
                    )
                } else {
                    let fill = split >> shape.blocks;
                    (
                        parts.side,
                        self.band(y, shape, parts.side, Fold::default(), side, fill),
                    )
                };
                parts.rebalance(first, own - (left - self.remaining), angle.theta);
                both |= part;
            }
            mask = both;
            if SOUND {
                merge(x, y, middle);
            }
        }
        if SOUND && angle.inverted {
            y.iter_mut().for_each(|y| *y = -*y);
        }
        mask
    }
}
