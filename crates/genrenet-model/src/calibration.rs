//! Calibration of probabilities: temperature and the threshold of "unsure".

use serde::{Deserialize, Serialize};

use crate::error::ModelError;

/// Temperature, and the threshold below which an answer is "unsure".
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calibration {
    /// Log-probabilities are divided by it (Guo et al. 2017, "On Calibration of Modern Neural
    /// Networks"); above 1 for an overconfident network.
    pub temperature: f32,
    /// A top probability below it is reported as "unsure".
    pub unsure_below: f32,
    /// The precision that the threshold was chosen for.
    pub target_precision: f32,
    /// The share of the calibration rows that lie at or above the threshold.
    pub coverage: f32,
    /// The share of right answers among those, where it was measured and there are any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub precision: Option<f32>,
    /// The rows on which it was fitted, in words; empty where it was not fitted.
    #[serde(default)]
    pub fitted_on: String,
}

impl Default for Calibration {
    fn default() -> Self {
        Calibration {
            temperature: 1.0,
            unsure_below: 0.0,
            target_precision: 0.8,
            coverage: 1.0,
            precision: None,
            fitted_on: String::new(),
        }
    }
}

impl Calibration {
    /// Whether temperature and threshold were fitted; else they have no effect.
    pub fn was_fitted(&self) -> bool {
        !self.fitted_on.is_empty()
    }

    /// Refuses impossible values.
    ///
    /// # Errors
    /// [`ModelError::Value`] with key and value of the first one found.
    pub fn check(&self) -> Result<(), ModelError> {
        if !(self.temperature.is_finite() && self.temperature > 0.0) {
            return Err(ModelError::value(
                "calibration.temperature",
                self.temperature,
                "a number above 0",
            ));
        }
        for (key, value) in [
            ("calibration.unsure_below", self.unsure_below),
            ("calibration.target_precision", self.target_precision),
            ("calibration.coverage", self.coverage),
            ("calibration.precision", self.precision.unwrap_or(1.0)),
        ] {
            if !(0.0..=1.0).contains(&value) {
                return Err(ModelError::value(key, value, "a number from 0 to 1"));
            }
        }
        Ok(())
    }

    /// Applies the temperature to one row of probabilities, in place: softmax(ln p / T).
    pub fn apply(&self, probabilities: &mut [f32]) {
        temper(probabilities, self.temperature);
    }
}

impl Calibration {
    /// Applies the temperature to independent probabilities, in place: sigmoid(ln(p / (1 − p)) / T).
    pub fn apply_to_each(&self, probabilities: &mut [f32]) {
        if self.temperature == 1.0 {
            return;
        }
        for p in probabilities {
            let bounded = p.clamp(1e-30, 1.0 - f32::EPSILON);
            let logit = (bounded / (1.0 - bounded)).ln() / self.temperature;
            *p = 1.0 / (1.0 + (-logit).exp());
        }
    }
}

/// softmax(ln p / temperature), in place; a row of zeros becomes uniform.
pub fn temper(probabilities: &mut [f32], temperature: f32) {
    let mut top = f32::NEG_INFINITY;
    for p in probabilities.iter_mut() {
        *p = p.max(1e-30).ln() / temperature;
        top = top.max(*p);
    }
    let mut sum = 0.0;
    for p in probabilities.iter_mut() {
        *p = (*p - top).exp();
        sum += *p;
    }
    for p in probabilities.iter_mut() {
        *p /= sum;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn temperature_one_changes_nothing_and_a_high_one_flattens() {
        let mut same = [0.7, 0.2, 0.1];
        temper(&mut same, 1.0);
        assert!((same[0] - 0.7).abs() < 1e-6 && (same[2] - 0.1).abs() < 1e-6);
        let mut flat = [0.7, 0.2, 0.1];
        temper(&mut flat, 2.0);
        // √0.7 / (√0.7 + √0.2 + √0.1)
        assert!((flat[0] - 0.522_88).abs() < 1e-4, "{flat:?}");
    }

    #[test]
    fn impossible_values_are_quoted() {
        let wrong = Calibration {
            temperature: 0.0,
            ..Calibration::default()
        };
        assert_eq!(
            wrong.check().unwrap_err().to_string(),
            "calibration.temperature = 0: expected a number above 0"
        );
    }
}
