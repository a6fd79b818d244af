//! How often the right class comes first, or among the first few.

use crate::validate::rows;

/// The class with the highest probability of each row of `probabilities` (row-major `[n, k]`).
///
/// The lowest class wins a tie, as in `numpy.argmax`.
pub fn predictions(probabilities: &[f32], k: usize) -> Vec<usize> {
    probabilities
        .chunks_exact(k.max(1))
        .map(|row| {
            let mut best = 0;
            for (class, &p) in row.iter().enumerate() {
                if p > row[best] {
                    best = class;
                }
            }
            best
        })
        .collect()
}

/// The probability of the predicted class of each row of `probabilities` (row-major `[n, k]`).
pub fn confidences(probabilities: &[f32], k: usize) -> Vec<f32> {
    probabilities
        .chunks_exact(k.max(1))
        .map(|row| row.iter().copied().fold(f32::NEG_INFINITY, f32::max))
        .collect()
}

/// Whether the predicted class of each row is its label.
///
/// Shapes: `probabilities` row-major `[n, k]`, `labels` `[n]`, result `[n]`.
pub fn hits(probabilities: &[f32], k: usize, labels: &[usize]) -> Vec<bool> {
    predictions(probabilities, k)
        .into_iter()
        .zip(labels)
        .map(|(predicted, &label)| predicted == label)
        .collect()
}

/// Share of rows whose most probable class is the label, in 0..=1; NaN without rows.
///
/// Shapes: `probabilities` row-major `[n, k]`, `labels` `[n]`. As `sklearn.metrics.accuracy_score`.
///
/// ```
/// let p = [0.7, 0.3, 0.4, 0.6];
/// assert_eq!(genrenet_metrics::accuracy(&p, 2, &[0, 0]), 0.5);
/// ```
pub fn accuracy(probabilities: &[f32], k: usize, labels: &[usize]) -> f64 {
    top_k(probabilities, k, labels, 1)
}

/// Share of rows whose label is among the `top` most probable classes, in 0..=1; NaN without rows.
///
/// Of equal probabilities the lower class counts as the better one. As `sklearn.metrics.top_k_accuracy_score`, which
/// breaks ties the other way round.
pub fn top_k(probabilities: &[f32], k: usize, labels: &[usize], top: usize) -> f64 {
    let mut n = 0u64;
    let mut found = 0u64;
    for (row, label) in rows(probabilities, k, labels) {
        n += 1;
        if rank(row, label) < top {
            found += 1;
        }
    }
    found as f64 / n as f64
}

/// How many classes of `row` rank before `label`; `usize::MAX` for a label that is not a class or whose probability is NaN.
fn rank(row: &[f32], label: usize) -> usize {
    match row.get(label) {
        Some(&own) if !own.is_nan() => row
            .iter()
            .enumerate()
            .filter(|&(class, &p)| p > own || (p == own && class < label))
            .count(),
        _ => usize::MAX,
    }
}
