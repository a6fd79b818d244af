//! How faithful an attribution is, measured by further occlusion of the network's input.

use genrenet_audio::Matrix;
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use super::game::{Game, log_odds};
use crate::error::ModelError;

/// Steps in which blocks are inserted and deleted.
const STEPS: usize = 10;

/// Blocks along frequency and along time that are inserted and deleted: half a patch each way.
const BLOCKS: usize = 16;

/// Rectangles that are occluded to test what the weights predict, and the seed that draws them.
const RECTANGLES: usize = 32;
const SEED: u64 = 0;

/// Least and greatest extent of a rectangle, as shares of all bands and of all frames: from half a patch to two and a half.
const EXTENTS: [f64; 2] = [1.0 / 16.0, 5.0 / 16.0];

/// Least correlation with held-out occlusion of an attribution that is trusted: below it, the weights explain less than half
/// of the variance (0.7² ≈ 0.5).
pub const TRUSTED_FROM: f32 = 0.7;

/// How well an attribution predicts what the network does when parts of the sound are replaced by the baseline.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Faithfulness {
    /// Area under the insertion curve (Petsiuk, Das and Saenko 2018, RISE): the genre's mean probability while blocks of the sound
    /// are inserted into the baseline, those of the greatest weight first. Higher is better.
    pub insertion: f32,
    /// Area under the deletion curve: the same while they are deleted from the sound, those of the greatest weight first. Lower is
    /// better; in random order both areas have the same expectation.
    pub deletion: f32,
    /// Held-out occlusion: the correlation (Pearson) of what the log-odds lose when a rectangle is replaced by the baseline with the
    /// sum of the weights in it, over rectangles of other sizes and positions than those of the weights (Bhatt, Weller and
    /// Moura 2020, faithfulness correlation). `None` where one of both is constant.
    pub occlusion: Option<f32>,
}

/// Forward passes of [`measure`].
pub(super) const PASSES: usize = 2 * (STEPS - 1) + RECTANGLES;

/// Measures all three; `ends` are the genre's probabilities for the baseline and for the whole sound.
pub(super) fn measure(
    game: &Game<'_>,
    weights: &Matrix,
    ends: [f32; 2],
) -> Result<Faithfulness, ModelError> {
    let [bands, frames] = game.shape();
    let rank = block_ranks(weights);
    let n = rank.iter().max().map_or(1, |last| last + 1);
    let curves = game.probabilities(2 * (STEPS - 1), |variant, band, frame| {
        let (step, inserting) = (variant % (STEPS - 1) + 1, variant < STEPS - 1);
        (rank[band * frames + frame] < n * step / STEPS) == inserting
    })?;
    let (insertion, deletion) = curves.split_at(STEPS - 1);
    let area =
        |inner: &[f32]| (inner.iter().sum::<f32>() + 0.5 * (ends[0] + ends[1])) / STEPS as f32;

    let mut rng = ChaCha8Rng::seed_from_u64(SEED);
    let mut extent = |len: usize| {
        let [least, most] = EXTENTS.map(|share| ((share * len as f64) as usize).max(1));
        let width = rng.random_range(least..=most);
        let from = rng.random_range(0..=len - width);
        from..from + width
    };
    let rectangles: Vec<_> = (0..RECTANGLES)
        .map(|_| (extent(bands), extent(frames)))
        .collect();
    let left = game.probabilities(RECTANGLES, |at, band, frame| {
        !(rectangles[at].0.contains(&band) && rectangles[at].1.contains(&frame))
    })?;
    let lost: Vec<f32> = left
        .iter()
        .map(|&p| log_odds(ends[1]) - log_odds(p))
        .collect();
    let predicted: Vec<f32> = rectangles
        .iter()
        .map(|(rows, columns)| {
            let rows = rows.clone().map(|band| &weights.row(band)[columns.clone()]);
            rows.flatten().sum()
        })
        .collect();
    Ok(Faithfulness {
        insertion: area(insertion),
        deletion: area(deletion),
        occlusion: correlation(&predicted, &lost),
    })
}

/// The rank of each cell's block by weight, greatest first; each axis is cut into at most [`BLOCKS`] blocks.
fn block_ranks(weights: &Matrix) -> Vec<usize> {
    let (bands, frames) = (weights.rows, weights.cols);
    let [rows, columns] = [bands.min(BLOCKS), frames.min(BLOCKS)];
    let block =
        |cell: usize| (cell / frames * rows / bands) * columns + (cell % frames) * columns / frames;
    let mut sums = vec![0.0f32; rows * columns];
    for (cell, weight) in weights.data.iter().enumerate() {
        sums[block(cell)] += weight;
    }
    let mut order: Vec<usize> = (0..sums.len()).collect();
    order.sort_by(|&a, &b| sums[b].total_cmp(&sums[a]).then(a.cmp(&b)));
    let mut rank = vec![0; sums.len()];
    for (at, &block) in order.iter().enumerate() {
        rank[block] = at;
    }
    (0..bands * frames).map(|cell| rank[block(cell)]).collect()
}

/// Pearson's correlation; `None` where one of both is constant.
fn correlation(a: &[f32], b: &[f32]) -> Option<f32> {
    let centred = |values: &[f32]| -> Vec<f64> {
        let mean = values.iter().map(|&x| f64::from(x)).sum::<f64>() / values.len() as f64;
        values.iter().map(|&x| f64::from(x) - mean).collect()
    };
    let (a, b) = (centred(a), centred(b));
    let product = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let scale = (product(&a, &a) * product(&b, &b)).sqrt();
    (scale > 0.0).then(|| (product(&a, &b) / scale) as f32)
}
