//! The low-pass filter every change of rate goes through.

use std::f64::consts::PI;

/// Cut-off (−6 dB) as a share of half the lower rate: the middle between the end of the pass band, 0.9137, and 1.
///
/// libsoxr documents its HQ recipe as 20 bits with the pass band's end where the response falls by 0.05 dB-of-3 dB.
/// Cut-off, length and β were fitted to the impulse response that libsoxr 0.1.3 shows for 44 100 → 22 050 Hz
/// (`reference/features.py`); the fit meets it within 2e-8, the rounding of its own f32 arithmetic.
const CUTOFF: f64 = 0.956_871_826;
/// Shape of the Kaiser window: about 126 dB of stop-band attenuation.
const BETA: f64 = 13.040_03;
/// Half the window's width, in periods of the lower rate.
pub(super) const HALF_WIDTH: f64 = 97.25;

/// The filter's frequency response, real since its phase is linear.
pub(super) struct LowPass {
    /// Right half of the impulse response, sampled at twice the lower rate.
    taps: Vec<f64>,
}

impl LowPass {
    pub(super) fn new() -> Self {
        let mut taps: Vec<f64> = (0..)
            .map(|n| f64::from(n) / 2.0)
            .take_while(|&t| t < HALF_WIDTH)
            .map(|t| {
                let x = PI * CUTOFF * t;
                let sinc = if t == 0.0 { 1.0 } else { x.sin() / x };
                sinc * bessel_i0(BETA * (1.0 - (t / HALF_WIDTH).powi(2)).sqrt())
            })
            .collect();
        let sum = 2.0 * taps.iter().sum::<f64>() - taps[0];
        for tap in &mut taps {
            *tap /= sum;
        }
        Self { taps }
    }

    /// Response at `frequency`, given as a share of the lower rate (0.5 is its Nyquist frequency); 1 at 0.
    pub(super) fn response(&self, frequency: f64) -> f64 {
        // Clenshaw's recurrence for the sum of tap · cos(n · angle); the taps lie half a period apart.
        let double_cos = 2.0 * (PI * frequency).cos();
        let (mut b1, mut b2) = (0.0, 0.0);
        for &tap in self.taps[1..].iter().rev() {
            (b1, b2) = (2.0 * tap + double_cos * b1 - b2, b1);
        }
        self.taps[0] + double_cos / 2.0 * b1 - b2
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

    #[test]
    fn pass_band_stop_band_and_cut_off_lie_where_soxr_has_them() {
        let filter = LowPass::new();
        let db = |share: f64| 20.0 * filter.response(share / 2.0).abs().log10();
        for share in [0.0, 0.3, 0.7, 0.9, 0.91] {
            assert!(db(share).abs() < 0.01, "{share}: {}", db(share));
        }
        // Measured with soxr.resample(quality="HQ").
        for (share, expected) in [
            (0.93, -0.07),
            (0.94, -0.67),
            (0.95, -2.87),
            (0.96, -8.04),
            (0.97, -17.54),
        ] {
            assert!(
                (db(share) - expected).abs() < 0.02,
                "{share}: {}",
                db(share)
            );
        }
        for share in [1.0, 1.1, 1.5, 1.99] {
            assert!(db(share) < -120.0, "{share}: {}", db(share));
        }
    }
}
