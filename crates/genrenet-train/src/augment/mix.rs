//! Mixup and CutMix: two clips mixed into one.

use rand::Rng;
use rand_chacha::ChaCha8Rng;

/// A draw from the beta distribution with both parameters `alpha` (Jöhnk 1964).
pub fn beta(alpha: f32, rng: &mut ChaCha8Rng) -> f32 {
    let power = 1.0 / f64::from(alpha);
    // Rejection is slow for a large alpha, where the distribution is close to one half anyway.
    for _ in 0..1000 {
        let x = rng.random::<f64>().powf(power);
        let y = rng.random::<f64>().powf(power);
        if x + y > 0.0 && x + y <= 1.0 {
            return (x / (x + y)) as f32;
        }
    }
    0.5
}

/// `a ← share · a + (1 − share) · b`.
pub fn blend(a: &mut [f32], b: &[f32], share: f32) {
    for (x, &y) in a.iter_mut().zip(b) {
        *x = share * *x + (1.0 - share) * y;
    }
}

/// Puts frames `[start, end)` of image `b` (`[bands, frames, channels]`) into image `a`.
pub fn splice_image(
    a: &mut [f32],
    b: &[f32],
    frames: usize,
    channels: usize,
    start: usize,
    end: usize,
) {
    for (x, y) in a
        .chunks_exact_mut(frames * channels)
        .zip(b.chunks_exact(frames * channels))
    {
        x[start * channels..end * channels].copy_from_slice(&y[start * channels..end * channels]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::augment::generator;

    #[test]
    fn beta_has_its_mean_and_variance() {
        let mut rng = generator(7, 0, 0, 0);
        let draws: Vec<f64> = (0..20_000)
            .map(|_| f64::from(beta(0.4, &mut rng)))
            .collect();
        let mean = draws.iter().sum::<f64>() / 20_000.0;
        let variance = draws.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / 20_000.0;
        assert!((mean - 0.5).abs() < 0.01, "{mean}");
        // 1 / (4 (2α + 1))
        assert!((variance - 1.0 / 7.2).abs() < 0.005, "{variance}");
    }
}
