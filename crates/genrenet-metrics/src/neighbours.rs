//! Exact nearest neighbours.

use rayon::prelude::*;

use crate::distances::Tiles;

/// The `k` nearest other points of every point, nearest first.
pub(crate) struct Neighbours {
    /// Number of neighbours per point.
    pub(crate) k: usize,
    /// Point numbers, row-major `[n, k]`.
    pub(crate) index: Vec<u32>,
    /// Their squared distances, `[n, k]`.
    pub(crate) squared: Vec<f32>,
}

/// The `k < n` nearest other points of each of `n` points of `d` values (row-major), nearest first, with their squared distances:
/// `[n, k]`. Brute force: time grows with n².
///
/// # Panics
/// If `k` is not below `n`, or `data` is shorter than `n · d`.
pub fn nearest_neighbours(data: &[f32], n: usize, d: usize, k: usize) -> Vec<(usize, f32)> {
    assert!(
        k < n && data.len() >= n * d,
        "{k} neighbours of {n} points of {d} values"
    );
    let found = nearest(data, n, d, k);
    let places = found.index.iter().map(|&at| at as usize);
    places.zip(found.squared).collect()
}

/// Finds the `k < n` nearest other points of each of `n` points of `d` values (row-major) by brute force.
///
/// In dozens of dimensions a tree visits nearly everything anyway; a straight pass is faster. Of equal distances the
/// lower point number is nearer, so the result is the same for any number of threads.
pub(crate) fn nearest(data: &[f32], n: usize, d: usize, k: usize) -> Neighbours {
    let tiles = Tiles::new(data, n, d);
    let mut found: Vec<u64> = vec![0; n * k];
    found.par_chunks_mut(k.max(1)).enumerate().for_each_init(
        || (Vec::new(), Vec::new()),
        |(distances, keys), (point, row)| {
            tiles.all_from(
                &data[point * tiles.width()..(point + 1) * tiles.width()],
                distances,
            );
            keys.clear();
            // A distance is never negative, so its bits order like its value.
            keys.extend(
                (0..tiles.len())
                    .filter(|&other| other != point)
                    .map(|other| u64::from(distances[other].to_bits()) << 32 | other as u64),
            );
            if k < keys.len() {
                keys.select_nth_unstable(k);
            }
            keys[..k].sort_unstable();
            row.copy_from_slice(&keys[..k]);
        },
    );
    Neighbours {
        k,
        index: found.iter().map(|&key| key as u32).collect(),
        squared: found
            .iter()
            .map(|&key| f32::from_bits((key >> 32) as u32))
            .collect(),
    }
}
