//! Band energies (RFC 6716, section 4.3.2), in units of 6 dB relative to the mode's means.

use super::range::Range;
use super::tables::{BANDS, ENERGY_MODEL, INTRA, PREDICTION, SMALL_ENERGY};

/// Energies of both channels.
pub(super) type Energies = [[f32; BANDS]; 2];

/// What later frames need of earlier ones.
pub(super) struct EnergyState {
    /// Of the last frame.
    pub(super) last: Energies,
    /// The least of the last long frame and of the short ones after it, and the same one long frame earlier.
    pub(super) quietest: [Energies; 2],
}

/// Energy of a band before any sound.
const SILENT: f32 = -28.0;

impl EnergyState {
    pub(super) fn new() -> Self {
        Self {
            last: [[0.0; BANDS]; 2],
            quietest: [[[SILENT; BANDS]; 2]; 2],
        }
    }

    /// Before a frame of one channel: it is predicted from the louder one.
    pub(super) fn merge(&mut self) {
        let [left, right] = &mut self.last;
        for (left, right) in left.iter_mut().zip(right) {
            *left = left.max(*right);
        }
    }

    /// Reads the energies in steps of 6 dB.
    pub(super) fn coarse(
        &mut self,
        range: &mut Range,
        end: usize,
        channels: usize,
        log: usize,
        intra: bool,
    ) {
        let [time, below] = if intra { [0.0, INTRA] } else { PREDICTION[log] };
        let model = &ENERGY_MODEL[log][usize::from(intra)];
        let budget = range.bits();
        let mut from_below = [0.0f32; 2];
        for band in 0..end {
            for (energies, from_below) in self.last.iter_mut().zip(&mut from_below).take(channels) {
                let left = budget - range.tell();
                let step = match left {
                    15.. => range.laplace(
                        u32::from(model[2 * band]) << 7,
                        u32::from(model[2 * band + 1]) << 6,
                    ),
                    2.. => {
                        let symbol = range.symbol(&SMALL_ENERGY, 2);
                        (symbol >> 1) ^ -(symbol & 1)
                    }
                    1.. => -i32::from(range.bit(1)),
                    _ => -1,
                } as f32;
                let energy = &mut energies[band];
                *energy = time * energy.max(-9.0) + *from_below + step;
                *from_below += step - below * step;
            }
        }
    }

    /// Reads each band's further bits.
    pub(super) fn fine(&mut self, range: &mut Range, bits: &[i32], channels: usize) {
        for (band, &bits) in bits.iter().enumerate() {
            if bits <= 0 {
                continue;
            }
            for energies in self.last.iter_mut().take(channels) {
                let step = range.raw(bits as u32) as f32;
                energies[band] += (step + 0.5) / (1 << bits) as f32 - 0.5;
            }
        }
    }

    /// Spends the bits that are left over, one a band and channel.
    pub(super) fn finish(
        &mut self,
        range: &mut Range,
        bits: &[i32],
        later: &[bool],
        channels: usize,
    ) {
        let mut left = range.bits() - range.tell();
        for pass in [false, true] {
            for band in 0..bits.len() {
                if left < channels as i32 {
                    return;
                }
                if bits[band] >= 8 || later[band] != pass {
                    continue;
                }
                for energies in self.last.iter_mut().take(channels) {
                    let up = range.raw(1) as f32 - 0.5;
                    energies[band] += up / (1 << (bits[band] + 1)) as f32;
                    left -= 1;
                }
            }
        }
    }

    /// After a frame.
    pub(super) fn keep(&mut self, end: usize, channels: usize, transient: bool) {
        if channels == 1 {
            self.last[1] = self.last[0];
        }
        if transient {
            for (quiet, last) in self.quietest[0].iter_mut().zip(&self.last) {
                quiet.iter_mut().zip(last).for_each(|(q, e)| *q = q.min(*e));
            }
        } else {
            self.quietest[1] = self.quietest[0];
            self.quietest[0] = self.last;
        }
        for channel in 0..2 {
            self.last[channel][end..].fill(0.0);
            self.quietest[0][channel][end..].fill(SILENT);
            self.quietest[1][channel][end..].fill(SILENT);
        }
    }

    /// A frame that consists of the silence flag only.
    pub(super) fn silence(&mut self, channels: usize) {
        self.last[..channels].fill([SILENT; BANDS]);
    }
}
