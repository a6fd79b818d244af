//! Summaries of a series of values: means, deviations, percentiles. Sums are in double precision.

/// Differences of neighbouring values: one fewer than there are values.
pub(super) fn differences(values: &[f32]) -> Vec<f32> {
    values.windows(2).map(|pair| pair[1] - pair[0]).collect()
}

/// Arithmetic mean.
pub(super) fn mean(values: &[f32]) -> f32 {
    (values.iter().map(|&value| f64::from(value)).sum::<f64>() / values.len() as f64) as f32
}

/// Mean of the absolute values.
pub(super) fn mean_magnitude(values: &[f32]) -> f32 {
    (values
        .iter()
        .map(|&value| f64::from(value.abs()))
        .sum::<f64>()
        / values.len() as f64) as f32
}

/// Population standard deviation.
pub(super) fn deviation(values: &[f32]) -> f32 {
    let centre = f64::from(mean(values));
    let squares: f64 = values
        .iter()
        .map(|&value| (f64::from(value) - centre).powi(2))
        .sum();
    (squares / values.len() as f64).sqrt() as f32
}

/// The values in ascending order.
pub(super) fn sorted(values: &[f32]) -> Vec<f32> {
    let mut values = values.to_vec();
    values.sort_unstable_by(f32::total_cmp);
    values
}

/// Percentile of sorted values with linear interpolation, as numpy's default.
pub(super) fn percentile(sorted: &[f32], share: f32) -> f32 {
    let position = share * (sorted.len() - 1) as f32;
    let below = position.floor() as usize;
    let above = (below + 1).min(sorted.len() - 1);
    sorted[below] + (sorted[above] - sorted[below]) * (position - below as f32)
}
