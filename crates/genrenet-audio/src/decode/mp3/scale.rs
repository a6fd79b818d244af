//! Scale factors, and the factor of each line that follows from them (ISO/IEC 11172-3, 2.4.2.7, 2.4.3.4; 13818-3, 2.4.3.2).

use super::bands::{Layout, PAIRS};
use super::bits::BitReader;
use super::header::Header;
use super::side_info::Part;

/// Scale factors of one channel in one granule, in the order of [`Layout::bands`]; with intensity stereo, the right
/// channel's are positions between left and right.
#[derive(Debug, Clone, Copy)]
pub(super) struct ScaleFactors {
    pub(super) steps: [u8; 40],
    /// Low sampling frequencies imply what MPEG-1 has a flag for.
    pub(super) preflag: bool,
}

impl Default for ScaleFactors {
    fn default() -> Self {
        Self {
            steps: [0; 40],
            preflag: false,
        }
    }
}

/// Bits of the lower and upper scale factors, by `scalefac_compress`.
const LENGTHS: [(u8, u8); 16] = [
    (0, 0),
    (0, 1),
    (0, 2),
    (0, 3),
    (3, 0),
    (1, 1),
    (1, 2),
    (1, 3),
    (2, 1),
    (2, 2),
    (2, 3),
    (3, 1),
    (3, 2),
    (3, 3),
    (4, 2),
    (4, 3),
];

/// How many scale factors each of four groups has at low sampling frequencies: long, short, mixed blocks.
const LOW_GROUPS: [[[u8; 4]; 3]; 6] = [
    [[6, 5, 5, 5], [9, 9, 9, 9], [6, 9, 9, 9]],
    [[6, 5, 7, 3], [9, 9, 12, 6], [6, 9, 12, 6]],
    [[11, 10, 0, 0], [18, 18, 0, 0], [15, 18, 0, 0]],
    [[7, 7, 7, 0], [12, 12, 12, 0], [6, 15, 12, 0]],
    [[6, 6, 6, 3], [12, 9, 9, 6], [6, 12, 9, 6]],
    [[8, 8, 5, 0], [15, 12, 9, 0], [6, 18, 9, 0]],
];

/// Added to the steps of long bands where `preflag` is set.
const PRE_EMPHASIS: [u8; 22] = [
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 3, 3, 3, 2, 0,
];

impl ScaleFactors {
    /// Reads them from the start of a granule's part; `before` are the same channel's of the granule before.
    pub(super) fn read(
        header: &Header,
        part: &Part,
        right_of_intensity: bool,
        before: &Self,
        bits: &mut BitReader<'_>,
    ) -> Self {
        let mut factors = Self {
            preflag: part.preflag,
            ..Self::default()
        };
        if header.is_low() {
            factors.read_low(part, right_of_intensity, bits);
        } else {
            factors.read_full(part, before, bits);
        }
        factors
    }

    fn read_full(&mut self, part: &Part, before: &Self, bits: &mut BitReader<'_>) {
        let (lower, upper) = LENGTHS[usize::from(part.scalefac_compress & 15)];
        if part.window.kind == 2 {
            let lower_count = if part.window.mixed { 17 } else { 18 };
            let (low, high) = self.steps.split_at_mut(lower_count);
            read_steps(low, lower, bits);
            read_steps(&mut high[..18], upper, bits);
        } else {
            for (group, (range, length)) in [
                (0..6, lower),
                (6..11, lower),
                (11..16, upper),
                (16..21, upper),
            ]
            .into_iter()
            .enumerate()
            {
                if part.shared_scale & (8 >> group) == 0 {
                    read_steps(&mut self.steps[range], length, bits);
                } else {
                    self.steps[range.clone()].copy_from_slice(&before.steps[range]);
                }
            }
        }
    }

    fn read_low(&mut self, part: &Part, right_of_intensity: bool, bits: &mut BitReader<'_>) {
        let code = u32::from(part.scalefac_compress);
        // The code is a number of mixed base: one digit for each group's length in bits.
        let (mut code, bases, row): (u32, [u32; 3], usize) = if right_of_intensity {
            match code / 2 {
                code @ 0..180 => (code, [6, 6, 1], 3),
                code @ 180..244 => (code - 180, [4, 4, 1], 4),
                code => (code - 244, [3, 1, 1], 5),
            }
        } else {
            match code {
                0..400 => (code, [5, 4, 4], 0),
                400..500 => (code - 400, [5, 4, 1], 1),
                _ => {
                    self.preflag = true;
                    (code - 500, [3, 1, 1], 2)
                }
            }
        };
        let mut lengths = [0u8; 4];
        for group in (1..4).rev() {
            let base = bases[group - 1];
            lengths[group] = (code % base) as u8;
            code /= base;
        }
        lengths[0] = code as u8;
        let kind = match (part.window.kind, part.window.mixed) {
            (2, false) => 1,
            (2, true) => 2,
            _ => 0,
        };
        let mut start = 0;
        for (&count, &length) in LOW_GROUPS[row][kind].iter().zip(&lengths) {
            let end = start + usize::from(count);
            read_steps(&mut self.steps[start..end], length, bits);
            start = end;
        }
    }

    /// The factor of each coded pair, 2^(`quarters`/4) times the standard's.
    #[inline(always)]
    pub(super) fn scales(
        &self,
        part: &Part,
        layout: &Layout,
        quarters: i32,
        out: &mut [f32; PAIRS],
    ) {
        let gain = i32::from(part.global_gain) - 210 + quarters;
        let shift = 1 + u32::from(part.coarse_scale);
        for (index, band) in layout.bands.iter().enumerate() {
            let mut steps = i32::from(self.steps[index.min(39)]);
            let mut gain = gain;
            match band.short {
                Some(window) => gain -= 8 * i32::from(part.subblock_gain[usize::from(window % 3)]),
                None if self.preflag => steps += i32::from(PRE_EMPHASIS[index.min(21)]),
                None => {}
            }
            out[usize::from(band.start)..usize::from(band.end)]
                .fill(quarter_power(gain - (steps << shift)));
        }
    }
}

fn read_steps(steps: &mut [u8], length: u8, bits: &mut BitReader<'_>) {
    if length == 0 {
        return;
    }
    for step in steps {
        *step = bits.take(u32::from(length)) as u8;
    }
}

/// 2^(n/4) for n from −500 to 500.
#[inline(always)]
fn quarter_power(n: i32) -> f32 {
    const FRACTIONS: [f32; 4] = [1.0, 1.189_207_1, std::f32::consts::SQRT_2, 1.681_792_9];
    let whole = f32::from_bits(((127 + (n >> 2)) << 23) as u32);
    FRACTIONS[(n & 3) as usize] * whole
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quarter_powers() {
        for n in -500..=500 {
            let exact = 2f64.powf(f64::from(n) / 4.0);
            assert!(
                (f64::from(quarter_power(n)) / exact - 1.0).abs() < 1e-7,
                "{n}"
            );
        }
    }
}
