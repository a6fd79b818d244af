//! Checks of arrays before they are measured.

use crate::MetricsError;

/// How far the sum of a row's probabilities may be from one.
const SUM_TOLERANCE: f64 = 1e-3;

/// Checks that `probabilities` (row-major `[n, k]`) and `labels` (`[n]`, each below `k`) can be measured.
///
/// Call it once for new predictions; the metrics themselves return plain numbers. Without it they still never
/// panic: a figure that is not defined is NaN.
///
/// # Errors
/// No rows, no classes, lengths that do not fit, a label out of range, a probability that is NaN or outside 0..=1, a
/// row whose probabilities do not add up to one (within 0.001); each with row, class and value.
pub fn validate(probabilities: &[f32], k: usize, labels: &[usize]) -> Result<(), MetricsError> {
    if k == 0 {
        return Err(MetricsError::NoClasses);
    }
    if labels.is_empty() {
        return Err(MetricsError::Empty);
    }
    let rows = labels.len();
    if rows.checked_mul(k) != Some(probabilities.len()) {
        return Err(MetricsError::Probabilities {
            rows,
            classes: k,
            expected: rows.saturating_mul(k),
            found: probabilities.len(),
        });
    }
    if let Some((row, &label)) = labels.iter().enumerate().find(|&(_, &label)| label >= k) {
        return Err(MetricsError::Label {
            row,
            label,
            classes: k,
        });
    }
    for (row, values) in probabilities.chunks_exact(k).enumerate() {
        for (class, &value) in values.iter().enumerate() {
            if !(-1e-6..=1.0 + 1e-6).contains(&value) {
                return Err(MetricsError::Probability { row, class, value });
            }
        }
        let sum: f64 = values.iter().map(|&v| f64::from(v)).sum();
        if (sum - 1.0).abs() > SUM_TOLERANCE {
            return Err(MetricsError::Sum { row, sum });
        }
    }
    Ok(())
}

/// Checks that `data` is `n` points of `d` finite values, row-major.
pub(crate) fn points(data: &[f32], n: usize, d: usize) -> Result<(), MetricsError> {
    if n == 0 || d == 0 {
        return Err(MetricsError::Empty);
    }
    if n.checked_mul(d) != Some(data.len()) {
        return Err(MetricsError::Points {
            n,
            d,
            expected: n.saturating_mul(d),
            found: data.len(),
        });
    }
    match data.iter().position(|value| !value.is_finite()) {
        None => Ok(()),
        Some(at) => Err(MetricsError::Coordinate {
            row: at / d,
            column: at % d,
            value: data[at],
        }),
    }
}

/// Rows of `[n, k]` that have a label, as pairs; stops at the shorter of both, so that nothing is indexed out of range.
pub(crate) fn rows<'a>(
    values: &'a [f32],
    k: usize,
    labels: &'a [usize],
) -> impl Iterator<Item = (&'a [f32], usize)> {
    values.chunks_exact(k.max(1)).zip(labels.iter().copied())
}
