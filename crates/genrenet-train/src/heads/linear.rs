//! A fitted head: a dense layer.

/// A linear classifier: softmax(x·W + b).
#[derive(Clone, Debug, PartialEq)]
pub struct LinearHead {
    /// Row-major `[inputs, classes]`.
    pub weights: Vec<f64>,
    /// `[classes]`.
    pub bias: Vec<f64>,
}

impl LinearHead {
    /// Number of values that it reads.
    pub fn inputs(&self) -> usize {
        self.weights.len() / self.bias.len().max(1)
    }

    /// Number of classes.
    pub fn classes(&self) -> usize {
        self.bias.len()
    }

    /// x·W + b of one row of [`inputs`](LinearHead::inputs) values.
    pub fn logits(&self, row: &[f64]) -> Vec<f64> {
        let mut logits = self.bias.clone();
        for (value, weights) in row.iter().zip(self.weights.chunks_exact(self.classes())) {
            for (logit, weight) in logits.iter_mut().zip(weights) {
                *logit += value * weight;
            }
        }
        logits
    }

    /// The probability of each class for one row; they add up to 1.
    pub fn probabilities(&self, row: &[f64]) -> Vec<f64> {
        let mut probabilities = self.logits(row);
        let largest = probabilities
            .iter()
            .copied()
            .fold(f64::NEG_INFINITY, f64::max);
        let mut sum = 0.0;
        for p in &mut probabilities {
            *p = (*p - largest).exp();
            sum += *p;
        }
        probabilities.iter_mut().for_each(|p| *p /= sum);
        probabilities
    }
}
