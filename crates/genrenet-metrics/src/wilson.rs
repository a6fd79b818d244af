//! Wilson's interval of a share, which needs no resampling and is valid where every row is right.

/// The 97.5 percentile of the standard normal distribution.
const Z: f64 = 1.959_963_984_540_054;

/// 95 % interval of a share of `hits` out of `n` rows, `(low, high)` in 0..=1; NaN without rows.
///
/// With p = hits/n and z = 1.96: (p + z²/2n ± z √(p (1 − p)/n + z²/4n²)) / (1 + z²/n). Wilson, *Probable inference, the law
/// of succession, and statistical inference*, 1927; as `scipy.stats.binomtest(hits, n).proportion_ci(method="wilson")`.
///
/// ```
/// let (low, high) = genrenet_metrics::wilson_interval(20, 20);
/// assert!((low - 0.8389).abs() < 1e-4 && high == 1.0);
/// ```
pub fn wilson_interval(hits: u64, n: u64) -> (f64, f64) {
    let n = n as f64;
    let p = hits as f64 / n;
    let z2 = Z * Z / n;
    let middle = p + 0.5 * z2;
    let half = (z2 * (p * (1.0 - p) + 0.25 * z2)).sqrt();
    let bound = |side: f64| ((middle + side * half) / (1.0 + z2)).clamp(0.0, 1.0);
    (bound(-1.0), bound(1.0))
}
