//! Tests of whether two classifiers differ on the same rows.

use statrs::function::beta::beta_reg;

use crate::bootstrap::resampled;
use crate::quantile::interval_95;

/// How two classifiers that answered the same rows disagree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Disagreement {
    /// Rows that only the first one got right.
    pub only_first: u64,
    /// Rows that only the second one got right.
    pub only_second: u64,
}

/// Counts the rows that only one of two classifiers got right; stops at the shorter list.
pub fn disagreement(first: &[bool], second: &[bool]) -> Disagreement {
    let mut counts = Disagreement {
        only_first: 0,
        only_second: 0,
    };
    for pair in first.iter().zip(second) {
        match pair {
            (true, false) => counts.only_first += 1,
            (false, true) => counts.only_second += 1,
            _ => {}
        }
    }
    counts
}

/// Two-sided p-value of the exact McNemar test on the hits of two classifiers over the same rows; 1 when they never disagree.
///
/// McNemar, *Psychometrika* 12 (1947); exact form: a binomial test of `only_first` out of all disagreements with
/// probability ½, as `scipy.stats.binomtest`.
pub fn mcnemar(first: &[bool], second: &[bool]) -> f64 {
    let Disagreement {
        only_first,
        only_second,
    } = disagreement(first, second);
    let (few, many) = (only_first.min(only_second), only_first.max(only_second));
    if few == many {
        return 1.0;
    }
    // P(X ≤ few) of the binomial distribution is I_½(n − few, few + 1).
    (2.0 * beta_reg(many as f64, few as f64 + 1.0, 0.5)).min(1.0)
}

/// p-value of McNemar's test by its chi-squared approximation with Edwards' continuity correction; 1 without disagreement.
///
/// `χ² = (|b − c| − 1)² / (b + c)` with one degree of freedom; [`mcnemar`] is exact and to be preferred.
pub fn mcnemar_chi_squared(first: &[bool], second: &[bool]) -> f64 {
    let Disagreement {
        only_first,
        only_second,
    } = disagreement(first, second);
    let n = (only_first + only_second) as f64;
    if n == 0.0 {
        return 1.0;
    }
    let gap = (only_first.abs_diff(only_second) as f64 - 1.0).max(0.0);
    // P(χ² > x) with one degree of freedom is erfc(√(x/2)).
    libm::erfc((0.5 * gap * gap / n).sqrt())
}

/// Difference of two accuracies on the same rows, with its 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PairedDifference {
    /// Accuracy of the first minus accuracy of the second, in −1..=1.
    pub difference: f64,
    /// Lower end of the interval.
    pub low: f64,
    /// Upper end of the interval.
    pub high: f64,
}

/// Bootstraps the difference of two accuracies, drawing each row for both at once; NaN without rows.
///
/// Pairing removes what both find hard; see [`crate::bootstrap_interval`] for `resamples` and `seed`.
pub fn paired_bootstrap(
    first: &[bool],
    second: &[bool],
    resamples: usize,
    seed: u64,
) -> PairedDifference {
    let gaps: Vec<i64> = first
        .iter()
        .zip(second)
        .map(|(&a, &b)| i64::from(a) - i64::from(b))
        .collect();
    let n = gaps.len() as f64;
    let (low, high) = interval_95(resampled(gaps.len(), resamples, seed, |rows| {
        rows.iter().map(|&row| gaps[row]).sum::<i64>() as f64 / n
    }));
    PairedDifference {
        difference: gaps.iter().sum::<i64>() as f64 / n,
        low,
        high,
    }
}
