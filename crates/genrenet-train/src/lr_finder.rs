//! The learning-rate range test: where the loss starts to fall, and where it diverges.

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
    /// Where the smoothed loss falls most steeply over the logarithm of the rate; what Lightning's finder suggests.
    pub steepest: f32,
    /// Where the smoothed loss is lowest; fastai's finder suggests a tenth of it.
    pub lowest: f32,
    /// A rate to train with: the smaller of the steepest one and a tenth of the lowest one. `None` where the loss did not
    /// fall.
    pub recommended: Option<f32>,
}

/// Raises the learning rate exponentially from `from` to `to` in `steps` steps and records the loss
/// (Smith 2017, "Cyclical learning rates for training neural networks"); what is recommended follows the finders of
/// Lightning (the steepest gradient) and fastai (a tenth of the minimum). Stops early where the loss has
/// grown to four times its lowest value or is not finite.
///
/// # Errors
/// As [`crate::train()`].
pub fn find_learning_rate(
    recipe: &Recipe,
    dataset: &Dataset,
    range: [f32; 2],
    steps: usize,
    options: &RunOptions,
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
    if recipe.train.solve.is_some() {
        return Err(TrainError::value(
            "train.solve",
            "given",
            "none: a head that is solved has no learning rate",
        ));
    }
    let mut stepper = Stepper::new(recipe, dataset, options)?;
    let mut optimizer = Optimizer::new(&recipe.train.optimizer);
    let mut found = LearningRates::default();
    let (mut smooth, mut lowest) = (0.0f64, f64::INFINITY);
    for step in 0..steps.max(2) {
        if stop.requested() {
            break;
        }
        let share = step as f64 / (steps.max(2) - 1) as f64;
        let rate = (f64::from(from) * (f64::from(to) / f64::from(from)).powf(share)) as f32;
        let loss = stepper.step(&mut optimizer, rate)?;
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
    found.recommend(from);
    Ok(found)
}

impl LearningRates {
    /// Evaluates the curve without its first steps, whose smoothed loss is over few batches.
    fn recommend(&mut self, from: f32) {
        const FIRST: usize = 5;
        let settled = &self.curve[FIRST.min(self.curve.len())..];
        let lowest = settled.iter().min_by(|a, b| a.1.total_cmp(&b.1));
        let fall = |window: &[(f32, f32)]| window[5].1 - window[0].1;
        let steepest = settled
            .windows(6)
            .min_by(|a, b| fall(a).total_cmp(&fall(b)));
        self.lowest = lowest.map_or(from, |point| point.0);
        self.steepest = steepest.map_or(from, |window| window[2].0);
        self.recommended = steepest
            .filter(|window| fall(window) < 0.0)
            .map(|_| self.steepest.min(0.1 * self.lowest));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A loss that is flat at 2, falls to 1 around 1e-3, and diverges from 1e-1 on.
    fn curve(fall: f64) -> Vec<(f32, f32)> {
        let loss = |power: f64| {
            2.0 - fall / (1.0 + (-6.0 * (power + 3.0)).exp()) + 9.0 * (power + 1.0).max(0.0).powi(2)
        };
        (0..121)
            .map(|i| -6.0 + f64::from(i) * 0.05)
            .map(|power| (10f64.powf(power) as f32, loss(power) as f32))
            .collect()
    }

    #[test]
    fn the_rate_is_where_the_loss_falls_and_well_below_where_it_diverges() {
        let mut rates = LearningRates {
            curve: curve(1.0),
            ..LearningRates::default()
        };
        rates.recommend(1e-6);
        assert!((5e-4..2e-3).contains(&rates.steepest), "{rates:?}");
        assert!((1e-2..2e-1).contains(&rates.lowest), "{rates:?}");
        assert_eq!(
            rates.recommended,
            Some(rates.steepest.min(0.1 * rates.lowest))
        );
    }

    #[test]
    fn a_loss_that_never_falls_recommends_nothing() {
        for curve in [curve(-0.5), Vec::new(), curve(1.0)[..3].to_vec()] {
            let mut rates = LearningRates {
                curve,
                ..LearningRates::default()
            };
            rates.recommend(1e-6);
            assert_eq!(rates.recommended, None, "{rates:?}");
        }
    }
}
