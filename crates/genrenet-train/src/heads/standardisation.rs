//! Columns of mean 0 and variance 1.

use super::examples::Examples;
use super::linear::LinearHead;

/// z = (x − mean) / scale, column by column, as `sklearn.preprocessing.StandardScaler`.
#[derive(Clone, Debug, PartialEq)]
pub struct Standardisation {
    /// Mean of each column.
    pub mean: Vec<f64>,
    /// Standard deviation of each column (with n in the denominator); 1 where it does not vary.
    pub scale: Vec<f64>,
}

impl Standardisation {
    /// Measures the columns of rows.
    pub fn fit(examples: &Examples) -> Standardisation {
        let (n, d) = (examples.rows() as f64, examples.columns());
        let rows = || examples.values().chunks_exact(d);
        let mut mean = vec![0.0; d];
        for row in rows() {
            mean.iter_mut()
                .zip(row)
                .for_each(|(mean, x)| *mean += x / n);
        }
        let mut variance = vec![0.0; d];
        for row in rows() {
            for ((sum, x), mean) in variance.iter_mut().zip(row).zip(&mean) {
                *sum += (x - mean).powi(2) / n;
            }
        }
        // What rounding of the mean adds to a variance of 0 (as scikit-learn's `_is_constant_feature`).
        let rounding = |mean: f64| (n * mean * f64::EPSILON).powi(2);
        let scale = variance
            .iter()
            .zip(&mean)
            .map(|(&variance, &mean)| match variance <= rounding(mean) {
                true => 1.0,
                false => variance.sqrt(),
            })
            .collect();
        Standardisation { mean, scale }
    }

    /// The rows with standardised columns.
    ///
    /// # Panics
    /// Another number of columns than it was fitted to.
    pub fn apply(&self, examples: &Examples) -> Examples {
        examples.mapped(|column, value| (value - self.mean[column]) / self.scale[column])
    }

    /// The head that reads rows as they are and has the logits that `head` has for standardised ones.
    pub fn fold_into(&self, head: &LinearHead) -> LinearHead {
        let classes = head.classes();
        let mut folded = head.clone();
        for ((weights, mean), scale) in folded
            .weights
            .chunks_exact_mut(classes)
            .zip(&self.mean)
            .zip(&self.scale)
        {
            for (weight, bias) in weights.iter_mut().zip(&mut folded.bias) {
                *weight /= scale;
                *bias -= mean * *weight;
            }
        }
        folded
    }
}
