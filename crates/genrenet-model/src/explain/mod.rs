//! Attribution: which patches of a log-mel spoke for a genre or against it, and how far that can be trusted.
//!
//! By occlusion (Zeiler and Fergus 2014): one patch of neighbouring bands and frames after the other is replaced by the
//! *baseline*, and what the log-odds of the genre lose is the patch's. The baseline is each band's mean level over the window: the
//! same spectrum with nothing happening in it, so that it stays a sound that the network could have met; silence is not, and
//! networks answer it with a genre of their own. Every network that reads a log-mel is explained so, with all members of a bundle,
//! statistics of the log-mel included. Other arrays (MFCC, a table's values) stay as they were heard.
//!
//! [`Faithfulness`] says how well the map foretells what the network does. EXPERIMENTS.md tells what integrated gradients
//! (Sundararajan, Taly and Yan 2017), Shapley values of patches (Lundberg and Lee 2017; Castro, Gómez and Tejada 2009) and other
//! baselines gave.

mod faithfulness;
mod game;

use std::cell::Cell;
use std::ops::Range;

use genrenet_audio::Matrix;

pub use self::faithfulness::{Faithfulness, TRUSTED_FROM};
use self::game::{Game, log_odds};
use crate::bundle::Bundle;
use crate::error::ModelError;
use crate::inputs::Raw;

/// A patch's sides are this part of all bands and of all frames; patches overlap by half.
const PARTS: usize = 8;

/// How much each cell of a window's log-mel moved a genre's log-odds.
#[derive(Clone, Debug, PartialEq)]
pub struct Attribution {
    /// Weight of each cell `[bands, frames]`: what the log-odds lose when its patch is replaced by the baseline, by cell, averaged
    /// over the patches that cover it. Below zero speaks against the genre.
    pub weights: Matrix,
    /// The genre's uncalibrated probability in the window as it was heard.
    pub probability: f32,
    /// The same when all of the log-mel is the baseline.
    pub baseline_probability: f32,
    /// How well the weights foretell what the network does.
    pub faithfulness: Faithfulness,
}

impl Attribution {
    /// Why the weights should not be read as what decided, in words; `None` where they can be trusted. They can't where
    /// held-out occlusion correlates below [`TRUSTED_FROM`], where putting patches in by weight is no better than in any order,
    /// and where the baseline is given the genre at least as surely as the sound: then it lies in the mean spectrum, of
    /// which no patch tells.
    pub fn caveat(&self) -> Option<String> {
        let Faithfulness {
            insertion,
            deletion,
            occlusion,
        } = self.faithfulness;
        match occlusion {
            None => Some("Low trust: no part moves the answer.".into()),
            Some(r) if r < TRUSTED_FROM => Some(format!(
                "Low trust: held-out occlusion r = {r:.2}, below {TRUSTED_FROM}."
            )),
            _ if insertion <= deletion => {
                Some("Low trust: its order is no better than any.".into())
            }
            _ if self.baseline_probability >= self.probability => Some(format!(
                "Low trust: the mean spectrum alone is given {:.0} %.",
                100.0 * self.baseline_probability
            )),
            _ => None,
        }
    }
}

impl Bundle {
    /// Attributes the log-odds of `genre` in a window to the cells of its log-mel: about 280 forward passes. The same row gives
    /// the same bytes, whatever the number of threads.
    ///
    /// # Errors
    /// A genre that is none, a row without a log-mel, an array of another shape than the bundle hears.
    pub fn attribute(&self, row: &Raw, genre: usize) -> Result<Attribution, ModelError> {
        self.attribute_with(row, genre, &|_, _| {})
    }

    /// As [`Bundle::attribute`]; `advance` is told how many forward passes with occluded parts are done, and of how many.
    ///
    /// # Errors
    /// As there.
    pub fn attribute_with(
        &self,
        row: &Raw,
        genre: usize,
        advance: &dyn Fn(u64, u64),
    ) -> Result<Attribution, ModelError> {
        let (done, total) = (Cell::new(0), Cell::new(0));
        let more = |passes: usize| {
            if total.get() > 0 {
                done.set(done.get() + passes as u64);
                advance(done.get(), total.get());
            }
        };
        let game = Game::new(self, row, genre, &more)?;
        let ends = game.probabilities(2, |variant, _, _| variant == 1)?;
        let [baseline, whole] = [ends[0], ends[1]];
        let [bands, frames] = game.shape();
        let patches = spans(bands).len() * spans(frames).len();
        total.set((patches + faithfulness::PASSES) as u64);
        advance(0, total.get());
        let weights = occlusion(&game, log_odds(whole))?;
        let faithfulness = faithfulness::measure(&game, &weights, [baseline, whole])?;
        Ok(Attribution {
            weights,
            probability: whole,
            baseline_probability: baseline,
            faithfulness,
        })
    }
}

/// What the log-odds lose by each cell; `whole` are those of the window as it was heard.
fn occlusion(game: &Game<'_>, whole: f32) -> Result<Matrix, ModelError> {
    let [bands, frames] = game.shape();
    let along_time = spans(frames);
    let patches: Vec<(Range<usize>, Range<usize>)> = spans(bands)
        .into_iter()
        .flat_map(|low| {
            along_time
                .iter()
                .map(move |from| (low.clone(), from.clone()))
        })
        .collect();
    let left = game.probabilities(patches.len(), |patch, band, frame| {
        let (rows, columns) = &patches[patch];
        !(rows.contains(&band) && columns.contains(&frame))
    })?;
    let mut weights = Matrix::zeros(bands, frames);
    let mut count = vec![0.0f32; bands * frames];
    for ((rows, columns), left) in patches.iter().zip(left) {
        let lost = (whole - log_odds(left)) / (rows.len() * columns.len()) as f32;
        for cell in rows
            .clone()
            .flat_map(|band| columns.clone().map(move |frame| band * frames + frame))
        {
            weights.data[cell] += lost;
            count[cell] += 1.0;
        }
    }
    weights
        .data
        .iter_mut()
        .zip(&count)
        .for_each(|(sum, count)| *sum /= count.max(1.0));
    Ok(weights)
}

/// Half overlapping spans that cover `0..len`, each a [`PARTS`]th of it.
fn spans(len: usize) -> Vec<Range<usize>> {
    let width = len.div_ceil(PARTS);
    let step = width.div_ceil(2);
    let last = len - width;
    (0..last)
        .step_by(step)
        .chain([last])
        .map(|start| start..start + width)
        .collect()
}
