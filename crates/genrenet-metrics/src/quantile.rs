//! Percentiles of a sample.

/// The `q`-quantile (0..=1) of values sorted ascending, interpolated linearly between neighbours; NaN without values.
///
/// As `numpy.quantile(method="linear")`.
pub(crate) fn of_sorted(sorted: &[f64], q: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else {
        return f64::NAN;
    };
    let at = q.clamp(0.0, 1.0) * last as f64;
    let below = at.floor() as usize;
    let above = (below + 1).min(last);
    sorted[below] + (sorted[above] - sorted[below]) * (at - below as f64)
}

/// The 2.5 and 97.5 percentiles of values that are not NaN.
pub(crate) fn interval_95(mut values: Vec<f64>) -> (f64, f64) {
    values.retain(|value| !value.is_nan());
    values.sort_by(f64::total_cmp);
    (of_sorted(&values, 0.025), of_sorted(&values, 0.975))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_those_of_numpy() {
        // numpy.quantile([1, 2, 4, 8], [0, .025, .5, .975, 1])
        let sorted = [1.0, 2.0, 4.0, 8.0];
        for (q, expected) in [
            (0.0, 1.0),
            (0.025, 1.075),
            (0.5, 3.0),
            (0.975, 7.7),
            (1.0, 8.0),
        ] {
            assert!((of_sorted(&sorted, q) - expected).abs() < 1e-12);
        }
        assert!(of_sorted(&[], 0.5).is_nan());
    }
}
