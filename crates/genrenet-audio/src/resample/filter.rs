//! The low-pass filter every change of rate goes through.

use std::f64::consts::PI;

/// Shape of a low-pass: a sinc in a Kaiser window.
///
/// libsoxr documents of its HQ recipe: 20 bits, linear phase, nothing left from half the lower rate on. The numbers here were
/// fitted to the impulse and frequency responses that libsoxr 0.1.3 shows (`reference/features.py --filter`).
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Shape {
    /// Cut-off (−6 dB) as a share of half the lower rate: the middle between the end of the pass band, 0.914, and 1.
    cutoff: f64,
    /// Kaiser's β: 13 is about 126 dB of stop-band attenuation.
    beta: f64,
    /// Half the window's width, in periods of the lower rate.
    pub(super) half_width: f64,
    /// What the pass band loses at 0.91 of half the lower rate, towards which it falls with a power of 12.5.
    droop: f64,
}

/// Halving, doubling, thirds: met within 3e-8 of full scale.
const WHOLE: Shape = Shape {
    cutoff: 0.956_871_826,
    beta: 13.040_03,
    half_width: 97.25,
    droop: 0.0,
};
/// Quarters and less, which libsoxr does in two steps: the pass band is met within 1e-5.
const QUARTER: Shape = Shape {
    cutoff: 0.956_872,
    beta: 13.711_4,
    half_width: 102.25,
    droop: 0.0,
};
/// All other ratios, of which libsoxr interpolates the filter: its pass band is met within 3e-4 (0.003 dB).
const BROKEN: Shape = Shape {
    cutoff: 0.956_842,
    beta: 15.75,
    half_width: 109.35,
    droop: 9.3e-4,
};

impl Shape {
    /// The one for a change of rate by `up / down`, in lowest terms.
    pub(super) fn of(up: u64, down: u64) -> Self {
        match (up.min(down), up.max(down), down > up) {
            (1, 4.., true) => QUARTER,
            (1, ..) => WHOLE,
            _ => BROKEN,
        }
    }
}

/// The filter's frequency response, real since its phase is linear.
pub(super) struct LowPass {
    /// Right half of the impulse response, sampled at twice the lower rate.
    taps: Vec<f64>,
    droop: f64,
}

impl LowPass {
    pub(super) fn new(shape: Shape) -> Self {
        let mut taps: Vec<f64> = (0..)
            .map(|n| f64::from(n) / 2.0)
            .take_while(|&t| t < shape.half_width)
            .map(|t| {
                let x = PI * shape.cutoff * t;
                let sinc = if t == 0.0 { 1.0 } else { x.sin() / x };
                sinc * bessel_i0(shape.beta * (1.0 - (t / shape.half_width).powi(2)).sqrt())
            })
            .collect();
        let sum = 2.0 * taps.iter().sum::<f64>() - taps[0];
        for tap in &mut taps {
            *tap /= sum;
        }
        Self {
            taps,
            droop: shape.droop,
        }
    }

    /// Response at `frequency`, given as a share of the lower rate (0.5 is its Nyquist frequency); 1 at 0.
    pub(super) fn response(&self, frequency: f64) -> f64 {
        // Clenshaw's recurrence for the sum of tap · cos(n · angle); the taps lie half a period apart.
        let double_cos = 2.0 * (PI * frequency).cos();
        let (mut b1, mut b2) = (0.0, 0.0);
        for &tap in self.taps[1..].iter().rev() {
            (b1, b2) = (2.0 * tap + double_cos * b1 - b2, b1);
        }
        let flat = self.taps[0] + double_cos / 2.0 * b1 - b2;
        let share = (frequency / 0.455).min(1.0);
        flat * (1.0 - self.droop * share.powf(12.5))
    }
}

/// Modified Bessel function of the first kind and order zero, by its power series.
fn bessel_i0(x: f64) -> f64 {
    let quarter = x * x / 4.0;
    let (mut term, mut sum) = (1.0, 1.0);
    for k in 1..200 {
        term *= quarter / f64::from(k * k);
        sum += term;
        if term < sum * 1e-17 {
            break;
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bessel_function_has_its_known_values() {
        assert!((bessel_i0(0.0) - 1.0).abs() < 1e-15);
        assert!((bessel_i0(1.0) - 1.266_065_877_752_008_4).abs() < 1e-14);
        assert!((bessel_i0(10.0) / 2_815.716_628_466_254 - 1.0).abs() < 1e-13);
    }

    fn decibels(shape: Shape, share: f64) -> f64 {
        let response = LowPass::new(shape).response(share / 2.0);
        20.0 * response.abs().log10()
    }

    #[test]
    fn pass_band_and_cut_off_lie_where_soxr_has_them() {
        // Measured with soxr.resample(quality="HQ"): 44 100 → 22 050, 88 200 → 22 050 and 48 000 → 22 050 Hz.
        let measured = [
            (0.30, [0.0, 0.0, 0.0]),
            (0.80, [0.0, 0.0, -0.0017]),
            (0.85, [0.0, 0.0, -0.0036]),
            (0.90, [0.0, 0.0, -0.0071]),
            (0.91, [0.0, 0.0, -0.0081]),
            (0.93, [-0.074, -0.0626, -0.0731]),
            (0.94, [-0.673, -0.6251, -0.6375]),
            (0.95, [-2.875, -2.8146, -2.8287]),
            (0.96, [-8.033, -8.0908, -8.1047]),
            (0.97, [-17.534, -17.9416, -17.9518]),
        ];
        for (share, expected) in measured {
            for (shape, expected) in [WHOLE, QUARTER, BROKEN].into_iter().zip(expected) {
                let found = decibels(shape, share);
                let pass_band = share < 0.92;
                let tolerance = if pass_band {
                    0.002
                } else {
                    0.01 - 0.003 * expected
                };
                assert!(
                    (found - expected).abs() < tolerance,
                    "{share} {shape:?}: {found} instead of {expected}"
                );
            }
        }
    }

    #[test]
    fn nothing_is_left_in_the_stop_band() {
        for shape in [WHOLE, QUARTER, BROKEN] {
            for share in [1.0, 1.05, 1.1, 1.5, 1.99] {
                let found = decibels(shape, share);
                assert!(found < -105.0, "{share} {shape:?}: {found}");
            }
        }
    }

    #[test]
    fn ratios_get_their_filter() {
        assert_eq!(Shape::of(1, 2), WHOLE);
        assert_eq!(Shape::of(1, 3), WHOLE);
        assert_eq!(Shape::of(4, 1), WHOLE);
        assert_eq!(Shape::of(1, 4), QUARTER);
        assert_eq!(Shape::of(147, 320), BROKEN);
    }
}
