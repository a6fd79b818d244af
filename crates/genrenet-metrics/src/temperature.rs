//! Temperature scaling: one number that calibrates the confidence of a network without changing its predictions.

use crate::validate::rows;

/// The temperatures that are considered: no network is over- or underconfident by a factor of 50.
const LOWEST: f64 = 0.02;
const HIGHEST: f64 = 50.0;

/// Softmax of `logits / temperature` for each row of `logits` (row-major `[n, k]`).
pub fn softmax_with_temperature(logits: &[f32], k: usize, temperature: f32) -> Vec<f32> {
    let mut probabilities = Vec::with_capacity(logits.len());
    for row in logits.chunks_exact(k.max(1)) {
        let largest = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let start = probabilities.len();
        probabilities.extend(row.iter().map(|&z| ((z - largest) / temperature).exp()));
        let sum: f32 = probabilities[start..].iter().sum();
        for p in &mut probabilities[start..] {
            *p /= sum;
        }
    }
    probabilities
}

/// The temperature T that makes `softmax(logits / T)` most likely for `labels`, within 0.02..=50; 1 without rows.
///
/// Shapes: `logits` row-major `[n, k]`, `labels` `[n]`. Guo et al., *On Calibration of Modern Neural Networks*, ICML
/// 2017, section 4.2. In 1/T the loss is convex, so Newton's method kept inside a shrinking bracket always converges; when
/// every answer is right the likelihood has no maximum and the lowest temperature is returned.
pub fn fit_temperature(logits: &[f32], k: usize, labels: &[usize]) -> f32 {
    if rows(logits, k, labels).next().is_none() {
        return 1.0;
    }
    let (mut low, mut high) = (1.0 / HIGHEST, 1.0 / LOWEST);
    let mut beta = 1.0;
    for _ in 0..200 {
        let (slope, curvature) = derivatives(logits, k, labels, beta);
        if !slope.is_finite() {
            return 1.0;
        }
        if slope > 0.0 {
            high = beta;
        } else {
            low = beta;
        }
        let step = beta - slope / curvature;
        let next = if step > low && step < high {
            step
        } else {
            0.5 * (low + high)
        };
        if (next - beta).abs() <= 1e-12 * beta {
            break;
        }
        beta = next;
    }
    (1.0 / beta) as f32
}

/// First and second derivative of the summed log loss by β = 1/T.
fn derivatives(logits: &[f32], k: usize, labels: &[usize], beta: f64) -> (f64, f64) {
    let mut slope = 0.0;
    let mut curvature = 0.0;
    for (row, label) in rows(logits, k, labels) {
        let largest = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let (mut sum, mut first, mut second) = (0.0, 0.0, 0.0);
        for &z in row {
            let z = f64::from(z - largest);
            let weight = (beta * z).exp();
            sum += weight;
            first += weight * z;
            second += weight * z * z;
        }
        let mean = first / sum;
        let own = row.get(label).map_or(f64::NAN, |&z| f64::from(z - largest));
        slope += mean - own;
        curvature += second / sum - mean * mean;
    }
    (slope, curvature)
}
