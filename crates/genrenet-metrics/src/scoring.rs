//! Proper scoring rules of probabilities.

use crate::validate::rows;

/// Smallest probability of which the logarithm is taken (that of `sklearn.metrics.log_loss` in double precision).
const SMALLEST: f64 = f64::EPSILON;

/// Mean negative logarithm of the probability of the true class, in nats, ≥ 0; NaN without rows.
///
/// Shapes: `probabilities` row-major `[n, k]`, `labels` `[n]`. Probabilities are kept away from 0 and 1 by 2.2e-16, as
/// in `sklearn.metrics.log_loss`.
pub fn log_loss(probabilities: &[f32], k: usize, labels: &[usize]) -> f64 {
    let mut n = 0u64;
    let mut sum = 0.0;
    for (row, label) in rows(probabilities, k, labels) {
        n += 1;
        sum -= row.get(label).map_or(f64::NAN, |&p| {
            f64::from(p).clamp(SMALLEST, 1.0 - SMALLEST).ln()
        });
    }
    sum / n as f64
}

/// Mean squared distance between the probabilities and the truth as a 0/1 vector, in 0..=2; NaN without rows.
///
/// Brier, *Monthly Weather Review* 78 (1950), in its original form over all classes
/// (`sklearn.metrics.brier_score_loss(scale_by_half=False)`).
pub fn brier(probabilities: &[f32], k: usize, labels: &[usize]) -> f64 {
    let mut n = 0u64;
    let mut sum = 0.0;
    for (row, label) in rows(probabilities, k, labels) {
        n += 1;
        for (class, &p) in row.iter().enumerate() {
            let gap = f64::from(p) - f64::from(u8::from(class == label));
            sum += gap * gap;
        }
    }
    sum / n as f64
}
