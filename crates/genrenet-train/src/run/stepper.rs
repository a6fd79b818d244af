//! Single steps outside the usual loop.

use genrenet_data::Dataset;
use genrenet_nn::optim::Optimizer;

use super::RunOptions;
use super::epoch::learn;
use super::setup::Run;
use crate::batch::BatchMaker;
use crate::error::TrainError;
use crate::feeder;
use crate::recipe::Recipe;

/// A network with its data, to be trained step by step (learning-rate finder, benchmarks).
pub struct Stepper<'a> {
    run: Run<'a>,
    batches: Vec<Vec<usize>>,
    taken: usize,
}

impl<'a> Stepper<'a> {
    /// Sets up a run as [`crate::train()`] does.
    ///
    /// # Errors
    /// As [`crate::train()`], before its first step.
    pub fn new(
        recipe: &Recipe,
        dataset: &'a Dataset,
        options: &RunOptions,
    ) -> Result<Stepper<'a>, TrainError> {
        Ok(Stepper {
            run: Run::new(recipe, dataset, options)?,
            batches: Vec::new(),
            taken: 0,
        })
    }

    /// Takes one step with `rate` and returns its loss.
    pub fn step(&mut self, optimizer: &mut Optimizer, rate: f32) -> f32 {
        let run = &mut self.run;
        let train = &run.recipe.train;
        let epoch = self.taken / run.steps;
        let index = self.taken % run.steps;
        if index == 0 {
            self.batches = feeder::order(
                &run.rows.training,
                train.batch,
                train.seed,
                epoch,
                train.shuffle,
            );
        }
        let member = &mut run.bundle.members[0];
        let maker = BatchMaker {
            dataset: run.dataset,
            inputs: &member.inputs,
            optional: run.optional.clone(),
            genres: run.dataset.genres.len(),
            augment: run.recipe.augment.clone(),
            label_smoothing: train.label_smoothing,
            class_weights: run.class_weights.clone(),
            partial: run
                .dataset
                .sources
                .iter()
                .any(|source| source.label_mask.contains(&false)),
            second: run.second.as_ref(),
            soft: run.soft.as_ref(),
            seed: train.seed,
        };
        let batch = maker.make(epoch, index, &self.batches[index], true);
        let batch_loss = learn(&mut member.network, &run.recipe, &batch, epoch, index);
        if batch_loss.loss.is_finite() {
            optimizer.step(&mut member.network.params_mut(), rate);
        }
        self.taken += 1;
        batch_loss.loss
    }
}
