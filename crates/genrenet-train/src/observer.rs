//! Progress of a training, and how it is stopped.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// One epoch, a line of `history.jsonl`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EpochReport {
    /// From 1.
    pub epoch: usize,
    /// Mean training loss, with augmentation and smoothing.
    pub loss: f64,
    /// Share of training rows whose top genre is the target's top genre, with augmentation.
    pub accuracy: f64,
    /// Log loss of validation; absent without validation rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validation_loss: Option<f64>,
    /// Top-1 of validation; where rows have several genres, the share whose most probable one is theirs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validation_accuracy: Option<f64>,
    /// Macro-F1 of validation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validation_macro_f1: Option<f64>,
    /// Mean average precision of validation, where rows have several genres.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validation_mean_average_precision: Option<f64>,
    /// Learning rate at the last step.
    pub learning_rate: f64,
    /// Whether this is the best epoch so far.
    pub best: bool,
    /// Wall time of the epoch.
    pub seconds: f64,
    /// Share of the time of its steps, 0 to 1, that was spent waiting for batches; absent in histories of earlier versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiting: Option<f64>,
}

/// Callbacks of a training; every method does nothing by default.
pub trait Observer {
    /// Before the first step: how many epochs and steps each, and the notes of the checks.
    fn begin(&mut self, _epochs: usize, _steps: usize, _notes: &[String]) {}
    /// After each step: epoch and step from 1, and the step's loss.
    fn step(&mut self, _epoch: usize, _step: usize, _loss: f32) {}
    /// After each epoch, with the estimated time left.
    fn epoch(&mut self, _report: &EpochReport, _left: Duration) {}
    /// Before one of several runs ("seed 2 of 3", "fold 4 of 5").
    fn part(&mut self, _name: &str) {}
}

/// An observer that does nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Quiet;

impl Observer for Quiet {}

/// A flag that stops a training after the current step; clones share it.
#[derive(Clone, Debug, Default)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// A flag that is not set.
    pub fn new() -> Stop {
        Stop::default()
    }

    /// Sets the flag.
    pub fn request(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether it is set.
    pub fn requested(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
