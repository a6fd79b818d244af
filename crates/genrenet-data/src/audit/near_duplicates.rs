//! Near duplicates among log-mel spectrograms: recordings that are the same, re-encoded, louder, or shifted by some seconds.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};

use genrenet_metrics::nearest_neighbours;
use rayon::prelude::*;

use super::spectral_shape::{Pattern, Shapes};
use crate::array::Array;
use crate::error::DataError;

/// Two rows from this similarity on are near duplicates.
///
/// Chosen on copies of 16 songs, none of which is among those of the figures, and on GTZAN, whose most similar two rows
/// reach 0.47; 149 of 160 re-encoded and shifted copies are found (EXPERIMENTS.md).
pub const LEAST_SIMILARITY: f32 = 0.5;

/// Least cosine between the standardised statistics of two rows that are compared column by column.
const LEAST_COSINE: f32 = 0.85;

/// How many of the most similar rows, by statistics, are compared with each row.
const NEIGHBOURS: usize = 8;

/// Up to this many rows all pairs are compared: means and deviations of fewer rows say little of what is usual.
const FEW_ROWS: usize = 256;

/// Two rows that are the same recording or nearly so.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NearPair {
    /// The rows, the lower one first.
    pub rows: [usize; 2],
    /// Correlation of their spectrograms at the best shift, in [`LEAST_SIMILARITY`]–1.
    pub similarity: f32,
    /// By what share of the length the second begins later in the recording than the first.
    pub shift: f32,
}

/// Finds pairs of near duplicates among the log-mels of an array, most similar first.
///
/// Each row has 120 statistics of its bands over time. Of the eight rows with the most similar statistics, those with a cosine of at least
/// 0.85 are laid over it at every shift of up to half of the clip; a pair is one whose correlation is at least [`LEAST_SIMILARITY`]. Level
/// and encoder hardly matter, since each band's and each column's mean is subtracted and the highest bands are not used. Not found: a
/// copy of another length (its columns are further apart), of another sample rate (its bands are others), faster or transposed.
///
/// Rows that `leave_out` names (silence) are no one's duplicate. Time is 1–2 s for 7 200 rows on two cores and grows with the square of
/// the rows for the statistics only; memory by 480 bytes a row.
///
/// # Errors
/// [`DataError::Stopped`] once `cancel` is true; a row that is in the feature cache and can't be read from it.
pub fn near_duplicates(
    array: &Array,
    leave_out: &BTreeSet<usize>,
    cancel: &AtomicBool,
) -> Result<Vec<NearPair>, DataError> {
    let Some(shapes) = Shapes::new(array) else {
        return Ok(Vec::new());
    };
    let sounds = |row: &usize| array.has(*row) && !leave_out.contains(row);
    let rows: Vec<usize> = (0..array.rows()).filter(sounds).collect();
    let candidates = match rows.len() <= FEW_ROWS {
        true => all_pairs(rows.len()),
        false => similar_statistics(&shapes, &rows)?,
    };
    // Rows with their candidates, so that each row's transform is computed once.
    let of_row: Vec<&[(usize, usize)]> = candidates.chunk_by(|a, b| a.0 == b.0).collect();
    let known: Vec<Pattern> = match rows.len() <= FEW_ROWS {
        true => rows
            .par_iter()
            .map(|&row| shapes.pattern(row))
            .collect::<Result<_, _>>()?,
        false => Vec::new(),
    };
    let pattern = |at: usize| match known.get(at) {
        Some(pattern) => Ok(Cow::Borrowed(pattern)),
        None => shapes.pattern(rows[at]).map(Cow::Owned),
    };
    let compare = |pairs: &&[(usize, usize)]| -> Result<Vec<NearPair>, DataError> {
        if cancel.load(Ordering::Relaxed) {
            return Err(DataError::Stopped);
        }
        let own = pattern(pairs[0].0)?;
        let mut found = Vec::new();
        for &(first, second) in *pairs {
            let (similarity, shift) = shapes.similarity(&own, &*pattern(second)?);
            if similarity >= LEAST_SIMILARITY {
                found.push(NearPair {
                    rows: [rows[first], rows[second]],
                    similarity,
                    shift: shift as f32 / shapes.columns() as f32,
                });
            }
        }
        Ok(found)
    };
    let found: Result<Vec<Vec<NearPair>>, DataError> = of_row.par_iter().map(compare).collect();
    let mut pairs = found?.concat();
    pairs.sort_by(|a, b| {
        b.similarity
            .total_cmp(&a.similarity)
            .then(a.rows.cmp(&b.rows))
    });
    Ok(pairs)
}

fn all_pairs(rows: usize) -> Vec<(usize, usize)> {
    (0..rows)
        .flat_map(|first| (first + 1..rows).map(move |second| (first, second)))
        .collect()
}

/// Pairs of positions in `rows` whose statistics are similar, in order.
fn similar_statistics(
    shapes: &Shapes<'_>,
    rows: &[usize],
) -> Result<Vec<(usize, usize)>, DataError> {
    let width = shapes.width();
    let all: Result<Vec<Vec<f32>>, DataError> =
        rows.par_iter().map(|&row| shapes.statistics(row)).collect();
    let mut all = all?.concat();
    for column in 0..width {
        let places = (column..all.len()).step_by(width);
        let values = places.clone().map(|at| f64::from(all[at]));
        let mean = values.clone().sum::<f64>() / rows.len() as f64;
        let variance = values.map(|x| (x - mean).powi(2)).sum::<f64>() / rows.len() as f64;
        let factor = match variance > 0.0 {
            true => 1.0 / variance.sqrt(),
            false => 0.0,
        };
        places.for_each(|at| all[at] = ((f64::from(all[at]) - mean) * factor) as f32);
    }
    for row in all.chunks_exact_mut(width) {
        let length = row
            .iter()
            .map(|x| x * x)
            .sum::<f32>()
            .sqrt()
            .max(f32::MIN_POSITIVE);
        row.iter_mut().for_each(|x| *x /= length);
    }
    let found = nearest_neighbours(&all, rows.len(), width, NEIGHBOURS);
    let mut pairs = Vec::new();
    for (first, near) in found.chunks_exact(NEIGHBOURS).enumerate() {
        for &(second, squared) in near {
            // Of vectors of length one.
            if 1.0 - 0.5 * squared >= LEAST_COSINE {
                pairs.push((first.min(second), first.max(second)));
            }
        }
    }
    pairs.sort_unstable();
    pairs.dedup();
    Ok(pairs)
}
