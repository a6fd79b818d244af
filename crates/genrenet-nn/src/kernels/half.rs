//! 16-bit floats (IEEE 754 binary16) as 32-bit ones.

use super::isa::vectorised;

/// Bits that a 16-bit float's exponent moves up by in a 32-bit one.
const SHIFT: u32 = 13;
/// What the exponent's bias grows by, 127 − 15.
const BIAS: u32 = 112 << 23;

vectorised! {
    /// Widens little-endian 16-bit floats; `from` holds two bytes for each of `to`. Exact, also for subnormal numbers, which
    /// are made by a subtraction as the processor is slow at multiplying them.
    pub(crate) fn widen(from: &[u8], to: &mut [f32]) {
        for (wide, b) in to.iter_mut().zip(from.chunks_exact(2)) {
            let bits = u32::from(u16::from_le_bytes([b[0], b[1]]));
            let sign = (bits & 0x8000) << 16;
            let size = (bits & 0x7fff) << SHIFT;
            let least = BIAS + (1 << 23);
            let subnormal = (f32::from_bits(size + least) - f32::from_bits(least)).to_bits();
            let bits = if size < 0x400 << SHIFT {
                subnormal
            } else if size < 0x7c00 << SHIFT {
                size + BIAS
            } else {
                size + 2 * BIAS
            };
            *wide = f32::from_bits(sign | bits);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::widen;

    #[test]
    fn every_16_bit_float_is_widened_exactly() {
        let all: Vec<u16> = (0..=u16::MAX).collect();
        let bytes: Vec<u8> = all.iter().flat_map(|bits| bits.to_le_bytes()).collect();
        let mut wide = vec![0.0; all.len()];
        widen(&bytes, &mut wide);
        for (&bits, &found) in all.iter().zip(&wide) {
            let sign = if bits >> 15 == 1 { -1.0f64 } else { 1.0 };
            let (exponent, fraction) = (i32::from(bits >> 10 & 31), f64::from(bits & 1023));
            let expected = match exponent {
                0 => sign * fraction * 2f64.powi(-24),
                31 if fraction == 0.0 => sign * f64::INFINITY,
                31 => f64::NAN,
                _ => sign * (1024.0 + fraction) * 2f64.powi(exponent - 25),
            };
            let same = f64::from(found).to_bits() == expected.to_bits();
            let both_nan = found.is_nan() && expected.is_nan();
            assert!(same || both_nan, "{bits:#06x}: {found}, not {expected}");
        }
    }
}
