//! Re-estimated batch-norm statistics of averaged weights.
//!
//! The running statistics of averaged weights are averages of those of other networks, not statistics of this network's
//! activations. Izmailov et al. (2018) re-estimate them with a pass over training rows.

use genrenet_nn::{Pass, Tensor};

use super::network_state::state_of;
use super::setup::{Run, TrainingParts};
use crate::batch::BatchMaker;
use crate::error::TrainError;
use crate::feeder;
use crate::recipe::{AugmentSpec, Shuffle};

/// Batches that the statistics are estimated on.
const BATCHES: usize = 100;

/// Whether a stored array is a running statistic of batch normalisation.
fn running(name: &str) -> bool {
    name.ends_with("running_mean") || name.ends_with("running_var")
}

impl Run<'_> {
    /// Re-estimates the running statistics of the network's current weights on training rows without augmentation.
    pub fn re_estimate_batch_norm(&mut self) -> Result<(), TrainError> {
        let start = state_of(&self.bundle.members[0]);
        if !start.iter().any(|(name, _)| running(name)) {
            return Ok(());
        }
        let train = &self.recipe.train;
        let batches: Vec<Vec<usize>> = feeder::order(
            &self.rows.training,
            train.batch,
            train.seed,
            train.epochs,
            Shuffle::EachEpoch,
        )
        .into_iter()
        .take(BATCHES)
        .collect();
        let epochs = train.epochs;
        let TrainingParts { maker, network, .. } = self.parts();
        let maker = BatchMaker {
            augment: AugmentSpec::default(),
            label_smoothing: 0.0,
            class_weights: None,
            partial: false,
            second: None,
            soft: None,
            ..maker
        };
        // The layers' momentum m is unknown here: a batch turns statistics of zero into m times its own, and statistics of one
        // into that plus 1 − m. Two passes over the same batch give both, and so m.
        let filled = |value: f32| -> Vec<(String, Tensor)> {
            let mut state = start.clone();
            state
                .iter_mut()
                .filter(|(name, _)| running(name))
                .for_each(|(_, tensor)| tensor.fill(value));
            state
        };
        let (zeros, ones) = (filled(0.0), filled(1.0));
        let mut sums: Vec<Vec<f64>> = start
            .iter()
            .map(|(_, tensor)| vec![0.0; tensor.len()])
            .collect();
        let mut statistics_from = |from: &[(String, Tensor)],
                                   inputs: &genrenet_nn::Inputs|
         -> Result<Vec<Tensor>, TrainError> {
            network
                .load_state(from)
                .map_err(|error| genrenet_model::ModelError::Network {
                    member: "network".into(),
                    source: error.into(),
                })?;
            network.forward(inputs, &mut Pass::training(0));
            Ok(network
                .state()
                .into_iter()
                .map(|(_, tensor)| tensor.clone())
                .collect())
        };
        let mut count = 0.0;
        feeder::feed(&maker, epochs, &batches, false, |_, batch| {
            let (low, high) = (
                statistics_from(&zeros, &batch.inputs)?,
                statistics_from(&ones, &batch.inputs)?,
            );
            for (((sum, low), high), (name, _)) in sums.iter_mut().zip(&low).zip(&high).zip(&start)
            {
                if running(name) {
                    for ((sum, &low), &high) in sum.iter_mut().zip(&low.data).zip(&high.data) {
                        let momentum = (1.0 - (high - low)).max(1e-6);
                        *sum += f64::from(low / momentum);
                    }
                }
            }
            count += 1.0;
            Ok(true)
        })?;
        let mut state = start;
        for ((name, tensor), sum) in state.iter_mut().zip(&sums) {
            if running(name) {
                tensor
                    .data
                    .iter_mut()
                    .zip(sum)
                    .for_each(|(x, sum)| *x = (sum / count) as f32);
            }
        }
        self.put(&state)
    }
}
