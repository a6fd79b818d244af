//! Decibels, as `librosa.power_to_db`.

use crate::vector::{mul_add, vectorised};

/// The smallest power that is distinguished from silence: `amin` of `librosa.power_to_db`.
pub const AMIN: f32 = 1e-10;

/// Decibels of the 10 log10 of `power` in place, floored at [`AMIN`] (−100 dB): `power_to_db(ref=1, top_db=None)`.
///
/// The logarithm is a polynomial on [√½, √2) (Cephes' `logf`), exact to 2 units in the last place, so that whole vectors of
/// values are computed at once. NaN counts as silence.
pub fn power_to_db(power: &mut [f32]) {
    decibels(power);
}

/// Coefficients of the logarithm's polynomial, from the seventh-last power down.
const LOGARITHM: [f32; 8] = [
    -0.115_146_1,
    0.116_769_99,
    -0.124_201_41,
    0.142_493_23,
    -0.166_680_57,
    0.200_007_14,
    -0.249_999_94,
    0.333_333_3,
];

vectorised! {
    fn decibels(power: &mut [f32]) {
        for p in power.iter_mut() {
            let x = if *p > AMIN { *p } else { AMIN };
            // x = 2^exponent · m with m in [√½, √2).
            let bits = x.to_bits().wrapping_sub(0x3f35_04f3);
            let exponent = ((bits as i32) >> 23) as f32;
            let m = f32::from_bits((bits & 0x007f_ffff).wrapping_add(0x3f35_04f3)) - 1.0;
            let mut y = 0.070_376_84;
            for c in LOGARITHM {
                y = mul_add::<FUSED, _>(y, m, c);
            }
            let square = m * m;
            let ln = mul_add::<FUSED, _>(y * m, square, mul_add::<FUSED, _>(-0.5, square, m));
            *p = mul_add::<FUSED, _>(ln, 4.342_944_8, exponent * 3.010_3);
        }
    }
}

/// The largest of `values`, or minus infinity where there are none; NaN is left out.
pub(crate) fn maximum(values: &[f32]) -> f32 {
    let mut lanes = [f32::NEG_INFINITY; 16];
    let mut chunks = values.chunks_exact(16);
    for chunk in &mut chunks {
        for (lane, &v) in lanes.iter_mut().zip(chunk) {
            *lane = if v > *lane { v } else { *lane };
        }
    }
    lanes
        .iter()
        .chain(chunks.remainder())
        .fold(f32::NEG_INFINITY, |a, &b| a.max(b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decibels_are_those_of_the_logarithm() {
        let mut x = 1.3e-10f64;
        while x < 1e9 {
            let mut p = [x as f32];
            power_to_db(&mut p);
            let exact = 10.0 * f64::from(x as f32).log10();
            assert!(
                (f64::from(p[0]) - exact).abs() < 1e-5,
                "{x}: {} {exact}",
                p[0]
            );
            x *= 1.000_37;
        }
    }

    #[test]
    fn silence_and_nan_are_the_floor() {
        let mut p = [0.0, -1.0, f32::NAN, 1e-12, 1e-10, 1.0];
        power_to_db(&mut p);
        for v in &p[..5] {
            assert!((v + 100.0).abs() < 1e-4, "{v}");
        }
        assert_eq!(p[5], 0.0);
    }

    #[test]
    fn the_maximum_leaves_out_nan() {
        let mut v: Vec<f32> = (0..50).map(|i| -(i as f32)).collect();
        v[3] = f32::NAN;
        v[49] = 7.0;
        assert_eq!(maximum(&v), 7.0);
        assert_eq!(maximum(&[]), f32::NEG_INFINITY);
    }
}
