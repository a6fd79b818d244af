//! Trustworthiness of a layout on a plane: whether neighbours on it are neighbours in the data.

use rayon::prelude::*;

use crate::validate;

/// Trustworthiness of a layout (`points`, `[n]`) of `data` (`[n, d]`, row-major) over `neighbours` nearest points, in 0..=1.
///
/// One minus a penalty for neighbours on the plane that are not among the nearest in `data`, by how far down they rank
/// there (Venna and Kaski, ICANN 2001); as `sklearn.manifold.trustworthiness`. NaN when the arrays do not fit, or
/// `neighbours` is not in `1..n/2`. Costs `n²·d` operations.
pub fn trustworthiness(
    data: &[f32],
    n: usize,
    d: usize,
    points: &[[f32; 2]],
    neighbours: usize,
) -> f64 {
    if validate::points(data, n, d).is_err()
        || points.len() != n
        || neighbours == 0
        || 2 * neighbours >= n
    {
        return f64::NAN;
    }
    let penalty: u64 = (0..n)
        .into_par_iter()
        .map(|own| {
            let mut near: Vec<(f64, usize)> = (0..n)
                .filter(|&other| other != own)
                .map(|other| (squared(&points[own], &points[other]), other))
                .collect();
            near.select_nth_unstable_by(neighbours - 1, |a, b| {
                a.0.total_cmp(&b.0).then(a.1.cmp(&b.1))
            });
            let row = |point: usize| &data[point * d..(point + 1) * d];
            let distances: Vec<f64> = (0..n).map(|other| squared(row(own), row(other))).collect();
            near[..neighbours]
                .iter()
                .map(|&(_, other)| {
                    let before = (0..n)
                        .filter(|&third| {
                            third != own && (distances[third], third) < (distances[other], other)
                        })
                        .count();
                    (before + 1).saturating_sub(neighbours) as u64
                })
                .sum::<u64>()
        })
        .sum();
    let (n, k) = (n as f64, neighbours as f64);
    1.0 - penalty as f64 * 2.0 / (n * k * (2.0 * n - 3.0 * k - 1.0))
}

fn squared(a: &[f32], b: &[f32]) -> f64 {
    a.iter()
        .zip(b)
        .map(|(&x, &y)| {
            let gap = f64::from(x) - f64::from(y);
            gap * gap
        })
        .sum()
}
