//! Tests of whether two classifiers differ on the same rows.

use std::collections::BTreeMap;

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
    let gaps: Vec<f64> = first
        .iter()
        .zip(second)
        .map(|(&a, &b)| f64::from(a) - f64::from(b))
        .collect();
    paired_bootstrap_groups(&gaps, None, resamples, seed)
}

/// Bootstraps the mean of paired differences, one for each row: of hits (−1, 0 or 1), or of their means over several seeds;
/// NaN without rows.
///
/// With `groups` (the artist or album of each row) whole groups are drawn with replacement, and a resample's mean is over its
/// rows (cluster bootstrap: Field and Welsh, "Bootstrapping clustered data", *Journal of the Royal Statistical Society B* 69,
/// 2007). Rows of a group resemble each other: drawn singly, they would make the interval too narrow, and a difference that a
/// few artists cause would seem significant. The interval is the percentile interval, as in [`crate::bootstrap_interval`].
/// It may hold one value only, where all differences are equal.
pub fn paired_bootstrap_groups(
    differences: &[f64],
    groups: Option<&[u32]>,
    resamples: usize,
    seed: u64,
) -> PairedDifference {
    // Sum and number of rows of each group; of each row where there are no groups.
    let mut sums: Vec<(f64, f64)> = Vec::new();
    match groups {
        None => sums.extend(differences.iter().map(|&gap| (gap, 1.0))),
        Some(groups) => {
            let mut by_group: BTreeMap<u32, (f64, f64)> = BTreeMap::new();
            for (&group, &gap) in groups.iter().zip(differences) {
                let (sum, n) = by_group.entry(group).or_default();
                *sum += gap;
                *n += 1.0;
            }
            sums.extend(by_group.into_values());
        }
    }
    let mean = |drawn: &mut dyn Iterator<Item = usize>| {
        let (sum, n) = drawn.fold((0.0, 0.0), |(sum, n), at| {
            (sum + sums[at].0, n + sums[at].1)
        });
        sum / n
    };
    let (low, high) = match sums.len() {
        0 => (f64::NAN, f64::NAN),
        n => interval_95(resampled(n, resamples, seed, |drawn| {
            mean(&mut drawn.iter().copied())
        })),
    };
    PairedDifference {
        difference: mean(&mut (0..sums.len())),
        low,
        high,
    }
}

#[cfg(test)]
mod tests {
    use rand::Rng;
    use rand_chacha::ChaCha8Rng;
    use rand_chacha::rand_core::SeedableRng;

    use super::*;

    /// Two classifiers with the same accuracy on 40 artists of ten clips; which of them is right is decided by the artist.
    fn equal_classifiers(seed: u64) -> (Vec<f64>, Vec<u32>) {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let (mut gaps, mut groups) = (Vec::new(), Vec::new());
        for artist in 0..40 {
            let favours = rng.random_range(-1..=1);
            for _ in 0..10 {
                let follows = rng.random::<f32>() < 0.8;
                gaps.push(if follows { f64::from(favours) } else { 0.0 });
                groups.push(artist);
            }
        }
        (gaps, groups)
    }

    #[test]
    fn differences_of_single_artists_are_not_significant() {
        let mut missed = [0, 0];
        for seed in 0..200 {
            let (gaps, groups) = equal_classifiers(seed);
            for (count, groups) in missed.iter_mut().zip([Some(&*groups), None]) {
                let found = paired_bootstrap_groups(&gaps, groups, 400, seed);
                *count += usize::from(found.low > 0.0 || found.high < 0.0);
            }
        }
        // Of 200 intervals of 95 %, about ten may miss the true difference, 0.
        let [grouped, singly] = missed;
        assert!((2..=24).contains(&grouped), "{grouped} of 200");
        assert!(singly > 60, "clips drawn singly: {singly} of 200");
    }

    #[test]
    fn a_difference_that_all_artists_share_is_found() {
        let (mut gaps, groups) = equal_classifiers(1);
        gaps.iter_mut().for_each(|gap| *gap = 0.5 * *gap + 0.4);
        let found = paired_bootstrap_groups(&gaps, Some(&groups), 1000, 1);
        assert!(found.low > 0.2 && found.low < found.difference);
        assert!(found.high > found.difference && found.high < 0.65);
    }

    #[test]
    fn groups_of_one_row_are_rows_drawn_singly() {
        let (gaps, _) = equal_classifiers(3);
        let each: Vec<u32> = (0..gaps.len() as u32).collect();
        let singly = paired_bootstrap_groups(&gaps, None, 300, 5);
        assert_eq!(paired_bootstrap_groups(&gaps, Some(&each), 300, 5), singly);
        let none = paired_bootstrap_groups(&[], None, 300, 5);
        assert!(none.difference.is_nan() && none.low.is_nan());
    }
}
