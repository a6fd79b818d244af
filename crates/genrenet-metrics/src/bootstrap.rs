//! Percentile bootstrap: how much a figure varies with the rows that are drawn.

use rand::Rng;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use rayon::prelude::*;

use crate::quantile::interval_95;
use crate::wilson::wilson_interval;

/// Number of resamples by default.
pub const RESAMPLES: usize = 2000;

/// Seed of the bootstrap by default.
pub const BOOTSTRAP_SEED: u64 = 20_230_401;

/// 95 % interval of an accuracy from its hits, `(low, high)` in 0..=1; NaN without rows.
///
/// Rows are drawn with replacement `resamples` times; the interval runs from the 2.5th to the 97.5th percentile (Efron
/// and Tibshirani, *An Introduction to the Bootstrap*, 1993, section 13.3). Resample i draws from its own stream of
/// `seed`, so the result does not depend on threads.
///
/// Where all rows are right, or all wrong, all resamples are equal, and the bootstrap interval would have no width.
/// The interval is then [`wilson_interval`]'s: twenty of twenty right are 83.9 to 100 %.
pub fn bootstrap_interval(hits: &[bool], resamples: usize, seed: u64) -> (f64, f64) {
    bootstrap_statistic(hits.len(), resamples, seed, |rows| {
        rows.iter().filter(|&&row| hits[row]).count() as f64 / rows.len() as f64
    })
}

/// 95 % interval of a share (accuracy, top-k, F1: a figure in 0..=1) of `n` rows: `statistic` gets the drawn row numbers
/// (with repetitions).
///
/// As [`bootstrap_interval`], also where the figure is 0 or 1 however rows are drawn; a resample for which `statistic`
/// returns NaN is left out.
pub fn bootstrap_statistic(
    n: usize,
    resamples: usize,
    seed: u64,
    statistic: impl Fn(&[usize]) -> f64 + Sync,
) -> (f64, f64) {
    if n == 0 {
        return (f64::NAN, f64::NAN);
    }
    let figures = resampled(n, resamples, seed, &statistic);
    for (certain, hits) in [(0.0, 0), (1.0, n as u64)] {
        if !figures.is_empty() && figures.iter().all(|&figure| figure == certain) {
            let rows: Vec<usize> = (0..n).collect();
            if statistic(&rows) == certain {
                return wilson_interval(hits, n as u64);
            }
        }
    }
    interval_95(figures)
}

/// 95 % interval of a share where rows of one group (artist, album) belong together: whole groups are drawn.
///
/// `groups` names the group of each row. Rows of one artist resemble each other, so drawing single rows makes the
/// interval too narrow. Where all rows are right or all wrong, Wilson's interval of the number of groups is used.
pub fn bootstrap_groups(
    groups: &[u32],
    resamples: usize,
    seed: u64,
    statistic: impl Fn(&[usize]) -> f64 + Sync,
) -> (f64, f64) {
    let mut members: Vec<(u32, usize)> = groups.iter().copied().zip(0..).collect();
    members.sort_unstable();
    let members: Vec<Vec<usize>> = members
        .chunk_by(|a, b| a.0 == b.0)
        .map(|group| group.iter().map(|&(_, row)| row).collect())
        .collect();
    bootstrap_statistic(members.len(), resamples, seed, |drawn| {
        let rows: Vec<usize> = drawn
            .iter()
            .flat_map(|&group| members[group].iter().copied())
            .collect();
        statistic(&rows)
    })
}

/// The figure of each resample, in order.
pub(crate) fn resampled(
    n: usize,
    resamples: usize,
    seed: u64,
    statistic: impl Fn(&[usize]) -> f64 + Sync,
) -> Vec<f64> {
    (0..resamples)
        .into_par_iter()
        .map_init(
            || vec![0; n],
            |rows, resample| {
                let mut rng = ChaCha8Rng::seed_from_u64(seed);
                rng.set_stream(resample as u64);
                for row in rows.iter_mut() {
                    *row = rng.random_range(0..n);
                }
                statistic(rows)
            },
        )
        .collect()
}
