//! One epoch: steps in a fixed order, then validation.

use std::time::Instant;

use genrenet_metrics as metrics;
use genrenet_model::ModelError;
use genrenet_nn::Pass;
use rand::RngCore;

use super::network_state::state_of;
use super::setup::{Run, TrainingParts};
use crate::augment::generator;
use crate::batch::Batch;
use crate::error::TrainError;
use crate::feeder;
use crate::objective::{BatchLoss, compute_loss};
use crate::observer::{EpochReport, Observer, Stop};
use crate::predict::predict_rows;
use crate::recipe::{Monitor, Recipe};
use crate::several_genres;

/// Sums over the steps of an epoch.
struct Steps {
    loss: f64,
    hits: usize,
    rows: usize,
    learning_rate: f32,
    /// Share of their time that was spent waiting for batches.
    waiting: f64,
}

/// Log loss, top-1 and macro-F1 of validation rows.
struct Validated {
    loss: f64,
    accuracy: f64,
    macro_f1: f64,
    /// Only where rows have several genres, which have no macro-F1 here.
    mean_average_precision: Option<f64>,
}

impl Run<'_> {
    /// Runs the next epoch; `None` when it was stopped before its end. Its steps are then undone by resuming from the last
    /// checkpoint; the network in memory has the weights from before the epoch.
    pub fn epoch(
        &mut self,
        observer: &mut dyn Observer,
        stop: &Stop,
    ) -> Result<Option<EpochReport>, TrainError> {
        if stop.requested() {
            return Ok(None);
        }
        let began = Instant::now();
        let before = state_of(&self.bundle.members[0]);
        let Some(steps) = self.take_steps(observer, stop)? else {
            self.put(&before)?;
            return Ok(None);
        };
        self.progress.epoch += 1;
        let validated = self.validate()?;
        let best = self.remember_best(validated.as_ref())?;
        Ok(Some(EpochReport {
            epoch: self.progress.epoch,
            loss: steps.loss / steps.rows.max(1) as f64,
            accuracy: steps.hits as f64 / steps.rows.max(1) as f64,
            validation_loss: validated.as_ref().map(|v| v.loss),
            validation_accuracy: validated.as_ref().map(|v| v.accuracy),
            validation_macro_f1: (validated.as_ref())
                .filter(|v| v.mean_average_precision.is_none())
                .map(|v| v.macro_f1),
            validation_mean_average_precision: validated
                .as_ref()
                .and_then(|v| v.mean_average_precision),
            learning_rate: f64::from(steps.learning_rate),
            best,
            seconds: began.elapsed().as_secs_f64(),
            waiting: Some(steps.waiting),
        }))
    }

    /// Takes the steps of an epoch; `None` when they were stopped.
    fn take_steps(
        &mut self,
        observer: &mut dyn Observer,
        stop: &Stop,
    ) -> Result<Option<Steps>, TrainError> {
        let epoch = self.progress.epoch;
        let mut step = self.progress.step;
        let train = self.recipe.train.clone();
        let total = (train.epochs * self.steps) as u64;
        let clean = (self.recipe.augment.clean_end * train.epochs as f32) as usize;
        let mixing = epoch < train.epochs - clean.min(train.epochs);
        let batches = self.batches(epoch);
        let TrainingParts {
            maker,
            network,
            optimizer,
            mut average,
            recipe,
        } = self.parts();
        let mut sums = Steps {
            loss: 0.0,
            hits: 0,
            rows: 0,
            learning_rate: 0.0,
            waiting: 0.0,
        };
        let mut stopped = false;
        let began = Instant::now();
        let waited = feeder::feed(&maker, epoch, &batches, mixing, |index, batch| {
            if stop.requested() {
                stopped = true;
                return Ok(false);
            }
            let batch_loss = learn(network, recipe, &batch, epoch, index);
            if !batch_loss.loss.is_finite() {
                return Err(not_a_number(batch_loss.loss, step + 1, epoch));
            }
            sums.learning_rate = train.schedule.lr(train.optimizer.lr(), step, total);
            optimizer.set_momentum(train.schedule.momentum(step, total));
            optimizer.step(&mut network.params_mut(), sums.learning_rate);
            step += 1;
            if let Some(average) = average.as_mut()
                && average.follows(step, total)
            {
                average.update(network.state().into_iter().map(|(_, tensor)| tensor));
            }
            sums.loss += f64::from(batch_loss.loss) * batch.inputs.batch as f64;
            sums.hits += batch_loss.hits;
            sums.rows += batch.inputs.batch;
            observer.step(epoch + 1, index + 1, batch_loss.loss);
            Ok(true)
        })?;
        // To a millionth: as exact as it can be measured.
        let share = waited.as_secs_f64() / began.elapsed().as_secs_f64().max(1e-9);
        sums.waiting = (share * 1e6).round() / 1e6;
        if stopped {
            return Ok(None);
        }
        // The last step may have left non-finite weights, and no loss is computed after it.
        let finite = |tensor: &genrenet_nn::Tensor| tensor.data.iter().all(|x| x.is_finite());
        if !network.state().iter().all(|(_, tensor)| finite(tensor)) {
            return Err(not_a_number(f32::NAN, step, epoch));
        }
        self.progress.step = step;
        Ok(Some(sums))
    }

    /// Weights as they would be kept now: the average's where there is one.
    pub fn weights_to_keep(&self) -> Vec<(String, genrenet_nn::Tensor)> {
        let mut state = state_of(&self.bundle.members[0]);
        if let Some(average) = &self.average {
            for ((_, tensor), averaged) in state.iter_mut().zip(average.tensors()) {
                tensor.copy_from(averaged);
            }
        }
        state
    }

    /// Puts weights into the network.
    pub fn put(&mut self, state: &[(String, genrenet_nn::Tensor)]) -> Result<(), TrainError> {
        let member = &mut self.bundle.members[0];
        member
            .network
            .load_state(state)
            .map_err(|e| ModelError::Network {
                member: member.name.clone(),
                source: e.into(),
            })?;
        Ok(())
    }

    fn validate(&mut self) -> Result<Option<Validated>, TrainError> {
        if self.rows.validation.is_empty() {
            return Ok(None);
        }
        let current = state_of(&self.bundle.members[0]);
        let averaged = self
            .average
            .as_ref()
            .is_some_and(|average| average.updates() > 0);
        if averaged {
            let state = self.weights_to_keep();
            self.put(&state)?;
        }
        let predicted = predict_rows(&self.bundle, self.dataset, &self.rows.validation, false)?;
        if averaged {
            self.put(&current)?;
        }
        let k = self.dataset.genres.len();
        if self.dataset.multi_label() {
            let truth = several_genres::truth(&self.bundle, self.dataset, &predicted.rows);
            let p = &predicted.probabilities;
            return Ok(Some(Validated {
                loss: several_genres::log_loss(p, &truth),
                accuracy: several_genres::top_k(p, k, &truth, 1),
                macro_f1: 0.0,
                mean_average_precision: Some(metrics::AveragePrecision::new(p, k, &truth).mean()),
            }));
        }
        let labels: Vec<usize> = predicted
            .rows
            .iter()
            .filter_map(|&row| self.dataset.rows[row].genre)
            .collect();
        let predictions = metrics::predictions(&predicted.probabilities, k);
        Ok(Some(Validated {
            loss: metrics::log_loss(&predicted.probabilities, k, &labels),
            accuracy: metrics::accuracy(&predicted.probabilities, k, &labels),
            macro_f1: metrics::macro_f1(&metrics::confusion(&predictions, &labels, k)),
            mean_average_precision: None,
        }))
    }

    /// Whether this epoch is the best so far; keeps its weights.
    fn remember_best(&mut self, validated: Option<&Validated>) -> Result<bool, TrainError> {
        let Some(validated) = validated else {
            return Ok(false);
        };
        let measure = match self.recipe.train.monitor {
            Monitor::Accuracy => validated.accuracy,
            Monitor::Loss => -validated.loss,
            Monitor::MacroF1 => validated.macro_f1,
            Monitor::MeanAveragePrecision => validated.mean_average_precision.unwrap_or(0.0),
        };
        // Before averaging begins, the weights that would be kept are not those that are measured later.
        let not_averaged_yet = self
            .average
            .as_ref()
            .is_some_and(|average| average.updates() == 0);
        // With few validation rows many epochs have the same measure: the loss decides between them.
        let better = measure > self.progress.best_measure
            || measure == self.progress.best_measure && validated.loss < self.progress.best_loss;
        if not_averaged_yet || !better {
            return Ok(false);
        }
        self.progress.best_measure = measure;
        self.progress.best_loss = validated.loss;
        self.progress.best_epoch = self.progress.epoch;
        self.best = Some(self.weights_to_keep());
        Ok(true)
    }
}

/// The error of a loss or weight that is not finite.
fn not_a_number(loss: f32, step: u64, epoch: usize) -> TrainError {
    TrainError::NotANumber {
        loss,
        step,
        epoch: epoch + 1,
        kept: match epoch {
            0 => "nothing was finished before".into(),
            _ => format!("the checkpoint of epoch {epoch} is kept"),
        },
    }
}

/// Forward and backward of one batch; the gradients are in the network afterwards.
pub(crate) fn learn(
    network: &mut genrenet_nn::Network,
    recipe: &Recipe,
    batch: &Batch,
    epoch: usize,
    index: usize,
) -> BatchLoss {
    let seed = generator(recipe.train.seed, epoch as u64, index as u64, u64::MAX - 1).next_u64();
    let mut pass = Pass::training(seed);
    network.zero_grad();
    let batch_loss = compute_loss(recipe, network.forward(&batch.inputs, &mut pass), batch);
    network.backward(&batch_loss.gradients);
    batch_loss
}
