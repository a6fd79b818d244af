//! Attribution: how much each patch of a spectrogram spoke for a genre or against it, and how faithful that is.
//!
//! The spectrogram is the log-mel of a window, or a segment where the networks read only segments, by themselves or through a
//! backbone ([`Bundle::explained_feature`]).
//!
//! By occlusion (Zeiler and Fergus 2014): each patch of neighbouring bands and frames is replaced in turn by the *baseline*,
//! and the patch is attributed what the log-odds of the genre lose. The baseline is each band's mean level over the window: a
//! stationary sound of the same spectrum, which is close to the training data; silence is not, and networks assign it a genre
//! of its own. All members of a bundle are explained together, statistics of the log-mel included; other features (MFCC, a
//! table's values, beside a log-mel also segments, where it is not known how they are [aligned](Alignment)) are kept.
//!
//! [`Faithfulness`] measures how well the map predicts what the network does. EXPERIMENTS.md compares integrated gradients
//! (Sundararajan, Taly and Yan 2017), Shapley values of patches (Lundberg and Lee 2017; Castro, Gómez and Tejada 2009) and other
//! baselines.

mod beside;
mod faithfulness;
mod game;

use std::cell::Cell;
use std::ops::Range;

use genrenet_audio::Matrix;

pub use self::beside::Alignment;
pub use self::faithfulness::{Faithfulness, TRUSTED_FROM};
use self::game::{Game, log_odds};
use crate::bundle::Bundle;
use crate::error::ModelError;
use crate::inputs::{FeatureKind, Raw};

/// A patch spans one of so many parts of all bands and of all frames; patches overlap by half.
const PARTS: usize = 8;

/// How much each cell of a spectrogram moved a genre's log-odds.
#[derive(Clone, Debug, PartialEq)]
pub struct Attribution {
    /// Weight of each cell `[bands, frames]`: what the log-odds lose when its patch is replaced by the baseline, by cell, averaged
    /// over the patches that cover it. Below zero speaks against the genre.
    pub weights: Matrix,
    /// The genre's uncalibrated probability in the unchanged window.
    pub probability: f32,
    /// The same where the whole spectrogram is the baseline.
    pub baseline_probability: f32,
    /// How well the weights predict what the network does.
    pub faithfulness: Faithfulness,
}

impl Attribution {
    /// Why the weights should not be trusted, as a sentence; `None` where they can be. They can't be where held-out
    /// occlusion correlates below [`TRUSTED_FROM`], where inserting patches by weight is no better than in random order, and
    /// where the genre is at least as probable for the baseline as for the sound: then the mean spectrum decided, which no
    /// patch shows.
    pub fn caveat(&self) -> Option<String> {
        let Faithfulness {
            insertion,
            deletion,
            occlusion,
        } = self.faithfulness;
        match occlusion {
            None => Some("Low trust: no patch changes the answer.".into()),
            Some(r) if r < TRUSTED_FROM => Some(format!(
                "Low trust: held-out occlusion r = {r:.2}, below {TRUSTED_FROM}."
            )),
            _ if insertion <= deletion => Some(
                "Low trust: inserting patches by weight is no better than in random order.".into(),
            ),
            _ if self.baseline_probability >= self.probability => Some(format!(
                "Low trust: the mean spectrum alone gets {:.0} %.",
                100.0 * self.baseline_probability
            )),
            _ => None,
        }
    }
}

impl Bundle {
    /// The feature whose cells are explained: [`FeatureKind::Logmel`] where a network reads it, else [`FeatureKind::Segments`]
    /// where a network or the backbone reads them; `None` for networks of other features.
    pub fn explained_feature(&self) -> Option<FeatureKind> {
        match self.sources().contains(&FeatureKind::Logmel) {
            true => Some(FeatureKind::Logmel),
            false => self.reads_segments().then_some(FeatureKind::Segments),
        }
    }

    /// Whether a network reads segments, or what the backbone makes of them.
    pub fn reads_segments(&self) -> bool {
        let sources = self.sources();
        let embedding = sources.contains(&FeatureKind::Embedding) && self.backbone.is_some();
        embedding || sources.contains(&FeatureKind::Segments)
    }

    /// Frames of a segment as the networks or the backbone read it.
    fn segment_frames(&self) -> Option<usize> {
        let backbone = self.backbone.iter().map(|backbone| &backbone.network);
        let mut inputs = self.members.iter().chain(backbone).flat_map(|m| &m.inputs);
        let input = inputs.find(|input| input.spec().source == FeatureKind::Segments)?;
        Some(input.frames())
    }

    /// Attributes the log-odds of `genre` to the cells of the log-mel of a window, or of a segment: about 280 forward passes.
    /// The same row gives the same bytes, whatever the number of threads. A segment of fewer frames than the networks read is
    /// repeated, as a front end repeats a song that is shorter than a segment.
    ///
    /// # Errors
    /// An index that is no genre, a row without that feature, an array of another shape than the bundle reads.
    pub fn attribute(&self, row: &Raw, genre: usize) -> Result<Attribution, ModelError> {
        self.attribute_with(row, genre, None, &|_, _| {})
    }

    /// As [`Bundle::attribute`]; `advance` is called with the number of forward passes that are done, and their total. Of a row
    /// with an `alignment`, segments are replaced together with the log-mel beside them; without one, they are kept.
    ///
    /// # Errors
    /// As there; an alignment of another shape than the segments.
    pub fn attribute_with(
        &self,
        row: &Raw,
        genre: usize,
        alignment: Option<&Alignment>,
        advance: &dyn Fn(u64, u64),
    ) -> Result<Attribution, ModelError> {
        let (done, total) = (Cell::new(0), Cell::new(0));
        let more = |passes: usize| {
            if total.get() > 0 {
                done.set(done.get() + passes as u64);
                advance(done.get(), total.get());
            }
        };
        let game = Game::new(self, row, genre, alignment, &more)?;
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

/// What the log-odds lose by each cell; `whole` are those of the unchanged window.
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
