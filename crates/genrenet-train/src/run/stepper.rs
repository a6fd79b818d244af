//! Single steps outside the usual loop.

use genrenet_data::Dataset;
use genrenet_nn::optim::Optimizer;

use super::RunOptions;
use super::epoch::learn;
use super::setup::{Run, TrainingParts};
use crate::error::TrainError;
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
    ///
    /// # Errors
    /// Features that can't be read.
    pub fn step(&mut self, optimizer: &mut Optimizer, rate: f32) -> Result<f32, TrainError> {
        let run = &mut self.run;
        let epoch = self.taken / run.steps;
        let index = self.taken % run.steps;
        if index == 0 {
            self.batches = run.batches(epoch);
        }
        let TrainingParts {
            maker,
            network,
            recipe,
            ..
        } = run.parts();
        let batch = maker.make(epoch, index, &self.batches[index], true)?;
        let batch_loss = learn(network, recipe, &batch, epoch, index);
        if batch_loss.loss.is_finite() {
            optimizer.step(&mut network.params_mut(), rate);
        }
        self.taken += 1;
        Ok(batch_loss.loss)
    }
}
