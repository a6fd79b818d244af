//! Exponential, logistic function and hyperbolic tangent: of one value, inlined into vectorised loops, and of slices.
//!
//! The polynomials are those of the Cephes library (Moshier 1989) in single precision; errors stay within 2 units in the
//! last place of the exponential. Nothing branches and no float is converted to an integer, so that loops over them vectorise.

use super::isa::vectorised;

/// Adding and subtracting 1.5 · 2²³ rounds to an integer, which is then also in the low bits of the sum.
const ROUND: f32 = 12_582_912.0;

/// eˣ; about 1e-38 in place of 0 below −87.3, and 2.4e38 is the largest value, from 88.37 on. NaN stays NaN.
#[inline(always)]
pub(crate) fn exp_of(x: f32) -> f32 {
    // Not f32::clamp or max/min: those would turn NaN into a number.
    let x = if x > 88.37 { 88.37 } else { x };
    let x = if x < -87.33 { -87.33 } else { x };
    let shifted = x * std::f32::consts::LOG2_E + ROUND;
    let whole = shifted - ROUND;
    let r = x - whole * 0.693_359_4;
    let r = r - whole * -2.121_944_4e-4;
    let p = 1.987_569_1e-4;
    let p = p * r + 1.398_199_9e-3;
    let p = p * r + 8.333_452e-3;
    let p = p * r + 4.166_579_6e-2;
    let p = p * r + 0.166_666_65;
    let p = p * r + 0.5;
    let p = p * (r * r) + r + 1.0;
    let power = f32::from_bits((shifted.to_bits() << 23).wrapping_add(127 << 23));
    p * power
}

/// 1 / (1 + e⁻ˣ).
#[inline(always)]
pub(crate) fn sigmoid_of(x: f32) -> f32 {
    1.0 / (1.0 + exp_of(-x))
}

/// tanh x.
#[inline(always)]
pub(crate) fn tanh_of(x: f32) -> f32 {
    let square = x * x;
    let p = -5.704_988_7e-3;
    let p = p * square + 2.063_909e-2;
    let p = p * square + -5.373_971_6e-2;
    let p = p * square + 0.133_314_42;
    let p = p * square + -0.333_332_8;
    let small = p * square * x + x;
    let large = 1.0 - 2.0 / (1.0 + exp_of(2.0 * x));
    if x.abs() < 0.625 { small } else { large }
}

vectorised! {
    /// eˣ of every value, in place.
    pub fn exp(values: &mut [f32]) {
        for v in values {
            *v = exp_of(*v);
        }
    }
}

vectorised! {
    /// 1 / (1 + e⁻ˣ) of every value, in place.
    pub fn sigmoid(values: &mut [f32]) {
        for v in values {
            *v = sigmoid_of(*v);
        }
    }
}

vectorised! {
    /// tanh x of every value, in place.
    pub fn tanh(values: &mut [f32]) {
        for v in values {
            *v = tanh_of(*v);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn worst(f: impl Fn(f32) -> f32, reference: impl Fn(f64) -> f64) -> f64 {
        (-17_000..=17_000)
            .map(|i| i as f32 * 0.005_1)
            .map(|x| {
                ((f64::from(f(x)) - reference(f64::from(x)))
                    / reference(f64::from(x)).abs().max(1e-30))
                .abs()
            })
            .fold(0.0, f64::max)
    }

    #[test]
    fn close_to_the_functions_of_double_precision() {
        assert!(worst(exp_of, f64::exp) < 3e-7);
        assert!(worst(sigmoid_of, |x| 1.0 / (1.0 + (-x).exp())) < 4e-7);
        assert!(worst(tanh_of, f64::tanh) < 4e-7);
    }

    #[test]
    fn the_ends_neither_overflow_nor_hide_what_is_not_a_number() {
        assert!(exp_of(f32::INFINITY).is_finite() && exp_of(f32::NEG_INFINITY) < 1e-37);
        assert_eq!(
            (tanh_of(100.0), tanh_of(-100.0), tanh_of(0.0)),
            (1.0, -1.0, 0.0)
        );
        assert_eq!((sigmoid_of(100.0), sigmoid_of(0.0)), (1.0, 0.5));
        assert!(
            exp_of(f32::NAN).is_nan()
                && sigmoid_of(f32::NAN).is_nan()
                && tanh_of(f32::NAN).is_nan()
        );
    }

    #[test]
    fn slices_hold_what_single_values_give() {
        let values: Vec<f32> = (0..77).map(|i| i as f32 * 0.21 - 8.0).collect();
        let (mut e, mut s, mut t) = (values.clone(), values.clone(), values.clone());
        exp(&mut e);
        sigmoid(&mut s);
        tanh(&mut t);
        for (i, &v) in values.iter().enumerate() {
            assert!((e[i] / exp_of(v) - 1.0).abs() < 1e-6);
            assert!((s[i] / sigmoid_of(v) - 1.0).abs() < 1e-6);
            assert!((t[i] - tanh_of(v)).abs() < 1e-6);
        }
    }
}
