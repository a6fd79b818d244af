//! Mean over runs with other seeds.

use statrs::distribution::{ContinuousCDF, StudentsT};

/// Mean of `values` with its 95 % interval by Student's t, `(mean, low, high)`.
///
/// `mean ± t(0.975, n − 1) · s / √n` with the unbiased standard deviation s. One value has no interval (NaN), none has
/// no mean. As `scipy.stats.t.interval(0.95, n - 1, mean, scipy.stats.sem(values))`.
pub fn mean_interval(values: &[f64]) -> (f64, f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    if values.len() < 2 {
        return (mean, f64::NAN, f64::NAN);
    }
    let variance = values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / (n - 1.0);
    let quantile = StudentsT::new(0.0, 1.0, n - 1.0).map_or(f64::NAN, |t| t.inverse_cdf(0.975));
    let half = quantile * (variance / n).sqrt();
    (mean, mean - half, mean + half)
}

/// As [`mean_interval`], of figures that can't lie outside of `[lowest, highest]` (a share: `[0.0, 1.0]`): the interval ends
/// where they do.
///
/// # Panics
/// If `lowest` is above `highest`.
pub fn mean_interval_within(values: &[f64], [lowest, highest]: [f64; 2]) -> (f64, f64, f64) {
    let (mean, low, high) = mean_interval(values);
    // `clamp` keeps the NaN of an end that is not known.
    (
        mean,
        low.clamp(lowest, highest),
        high.clamp(lowest, highest),
    )
}
