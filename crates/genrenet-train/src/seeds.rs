//! The same recipe with several seeds: a mean with its interval.

use genrenet_data::Dataset;
use genrenet_metrics::mean_interval_within;
use serde::{Deserialize, Serialize};

use crate::error::TrainError;
use crate::evaluate::Evaluation;
use crate::observer::{Observer, Stop};
use crate::recipe::Recipe;
use crate::run::{RunOptions, RunResult, lock, train};

/// A mean of shares over runs with its 95 % interval (Student's t, within 0..=1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Mean {
    /// The mean.
    pub mean: f64,
    /// Lower end of the interval.
    pub low: f64,
    /// Upper end of the interval.
    pub high: f64,
}

impl Mean {
    /// Computes it; for a single value, both ends are the mean.
    pub fn of(values: &[f64]) -> Mean {
        match values {
            [] => Mean {
                mean: f64::NAN,
                low: f64::NAN,
                high: f64::NAN,
            },
            [one] => Mean {
                mean: *one,
                low: *one,
                high: *one,
            },
            _ => {
                let (mean, low, high) = mean_interval_within(values, [0.0, 1.0]);
                Mean { mean, low, high }
            }
        }
    }
}

/// Means of the figures of several runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Means {
    /// Top-1.
    pub top1: Mean,
    /// Top-3.
    pub top3: Mean,
    /// Macro-F1.
    pub macro_f1: Mean,
    /// Expected calibration error.
    pub ece: Mean,
}

impl Means {
    /// Computes them.
    pub fn of(evaluations: &[&Evaluation]) -> Means {
        let mean = |value: fn(&Evaluation) -> f64| {
            Mean::of(&evaluations.iter().map(|e| value(e)).collect::<Vec<_>>())
        };
        Means {
            top1: mean(|e| e.top1),
            top3: mean(|e| e.top3),
            macro_f1: mean(|e| e.macro_f1),
            ece: mean(|e| e.ece),
        }
    }
}

/// The runs of all seeds.
pub struct SeedsResult {
    /// One per seed, in the recipe's order.
    pub runs: Vec<RunResult>,
    /// Means over the runs' validation figures.
    pub validation: Means,
}

/// Trains once per seed of `train.seeds` (or once with `train.seed`), each in a folder `seed-N` of the run folder.
///
/// # Errors
/// As [`train`].
pub fn train_seeds(
    recipe: &Recipe,
    dataset: &Dataset,
    options: &RunOptions,
    observer: &mut dyn Observer,
    stop: &Stop,
) -> Result<SeedsResult, TrainError> {
    let seeds = if recipe.train.seeds.is_empty() {
        vec![recipe.train.seed]
    } else {
        recipe.train.seeds.clone()
    };
    let lock = lock(options)?;
    let mut runs = Vec::new();
    for (number, &seed) in seeds.iter().enumerate() {
        let mut one = recipe.clone();
        one.train.seed = seed;
        one.train.seeds.clear();
        if seeds.len() > 1 {
            observer.part(&format!("seed {seed} ({} of {})", number + 1, seeds.len()));
        }
        let mut options = options.clone();
        options.lock = lock.clone();
        if seeds.len() > 1 {
            options.folder = options
                .folder
                .map(|folder| folder.join(format!("seed-{seed}")));
            options.lock = None; // each folder has its own beside that of them all
        }
        let run = train(&one, dataset, &options, observer, stop)?;
        let stopped = run.stopped;
        runs.push(run);
        if stopped {
            break;
        }
    }
    let evaluations: Vec<&Evaluation> = runs
        .iter()
        .filter_map(|run| run.validation.as_ref())
        .collect();
    let validation = Means::of(&evaluations);
    Ok(SeedsResult { runs, validation })
}
