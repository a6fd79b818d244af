//! What only the networks of the origin need (docs/ORIGIN.md): choices of the student report, kept so that its recipes give
//! its figures.
//!
//! - The hand-made MLP drew all weights from N(0, 1) ([`Initialiser::Normal`](crate::recipe::Initialiser::Normal)).
//! - The CNN read the same batches in every epoch ([`Shuffle::Once`]); [`Shuffle::Never`] is the same without a shuffle, to
//!   measure what the order is worth.
//! - The MLPs ranked each value among all rows, test rows included ([`FitRows::All`]).

use genrenet_model::inputs::FitRows;
use genrenet_model::{InputSpec, Scaling};
use genrenet_nn::Network;
use rand::seq::SliceRandom;

use crate::augment::{generator, normal};
use crate::recipe::Shuffle;

/// Draws every weight and bias of a network from N(0, 1).
pub(crate) fn draw_normal_weights(network: &mut Network, seed: u64) {
    let mut rng = generator(seed, u64::MAX, 0, 0);
    for param in network.params_mut() {
        param.value.data.fill_with(|| normal(&mut rng));
    }
}

/// Puts rows in an order that is the same in every epoch.
pub(crate) fn fixed_order(rows: &mut [usize], seed: u64, shuffle: Shuffle) {
    if shuffle == Shuffle::Once {
        rows.shuffle(&mut generator(seed, 0, u64::MAX, 0));
    }
}

/// Whether a scaling is fitted on all rows of the data set instead of the training rows.
pub(crate) fn fits_all_rows(spec: &InputSpec) -> bool {
    matches!(spec.scaling, Scaling::Rank { fit: FitRows::All })
}
