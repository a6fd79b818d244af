//! The learning rate at which a network starts to learn, and the one at which it breaks.

use genrenet_data::Dataset;
use genrenet_nn::optim::Optimizer;

use crate::error::TrainError;
use crate::observer::{Observer, Stop};
use crate::recipe::Recipe;
use crate::run::{RunOptions, Stepper};

/// The curve of loss against learning rate.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LearningRates {
    /// Learning rate and smoothed loss of each step.
    pub curve: Vec<(f32, f32)>,
    /// Where the smoothed loss falls most steeply: a base rate to start from.
    pub steepest: f32,
    /// Where the loss is lowest: for a one-cycle schedule, a tenth to a third of it is a safe peak.
    pub lowest: f32,
}

/// Raises the learning rate exponentially from `from` to `to` in `steps` steps and watches the loss
/// (Smith 2017, "Cyclical learning rates for training neural networks"). Stops early where the loss has
/// grown to four times its lowest value or is no number any more.
///
/// # Errors
/// As [`crate::train()`], before its first step.
pub fn find_learning_rate(
    recipe: &Recipe,
    dataset: &Dataset,
    range: [f32; 2],
    steps: usize,
    observer: &mut dyn Observer,
    stop: &Stop,
) -> Result<LearningRates, TrainError> {
    let [from, to] = range;
    if !(from > 0.0 && to > from && to.is_finite()) {
        return Err(TrainError::value(
            "range",
            format!("[{from}, {to}]"),
            "two rising numbers above 0",
        ));
    }
    let mut stepper = Stepper::new(recipe, dataset, &RunOptions::default())?;
    let mut optimizer = Optimizer::new(&recipe.train.optimizer);
    let mut found = LearningRates::default();
    let (mut smooth, mut lowest) = (0.0f64, f64::INFINITY);
    for step in 0..steps.max(2) {
        if stop.asked() {
            break;
        }
        let share = step as f64 / (steps.max(2) - 1) as f64;
        let rate = (f64::from(from) * (f64::from(to) / f64::from(from)).powf(share)) as f32;
        let loss = stepper.step(&mut optimizer, rate);
        if !loss.is_finite() {
            break;
        }
        smooth = 0.95 * smooth + 0.05 * f64::from(loss);
        let unbiased = smooth / (1.0 - 0.95f64.powi(step as i32 + 1));
        found.curve.push((rate, unbiased as f32));
        observer.step(1, step + 1, loss);
        lowest = lowest.min(unbiased);
        if step > 10 && unbiased > 4.0 * lowest {
            break;
        }
    }
    found.lowest = found
        .curve
        .iter()
        .min_by(|a, b| a.1.total_cmp(&b.1))
        .map_or(from, |point| point.0);
    found.steepest = found
        .curve
        .windows(6)
        .skip(5)
        .min_by(|a, b| (a[5].1 - a[0].1).total_cmp(&(b[5].1 - b[0].1)))
        .map_or(from, |window| window[2].0);
    Ok(found)
}
