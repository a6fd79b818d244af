//! The table that describes a network, one line per layer.

use serde::{Deserialize, Serialize};

/// One line of a network's summary.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SummaryRow {
    /// Name of the layer in the network (`trunk.0`).
    pub name: String,
    /// Its kind, as in a recipe.
    pub kind: String,
    /// Shape of one item of its output.
    pub output_shape: Vec<usize>,
    /// Trainable values.
    pub weights: u64,
    /// Multiplications with addition per item.
    pub multiply_adds: u64,
    /// Bytes of one item's output (`f32`).
    pub activation_bytes: u64,
}

impl SummaryRow {
    /// A line of a layer that neither trains nor multiplies.
    pub fn new(name: impl Into<String>, kind: impl Into<String>, output_shape: &[usize]) -> Self {
        Self {
            name: name.into(),
            kind: kind.into(),
            output_shape: output_shape.to_vec(),
            weights: 0,
            multiply_adds: 0,
            activation_bytes: 4 * output_shape.iter().product::<usize>() as u64,
        }
    }

    /// The same line with its cost.
    #[must_use]
    pub fn cost(mut self, weights: usize, multiply_adds: u64) -> Self {
        self.weights = weights as u64;
        self.multiply_adds = multiply_adds;
        self
    }
}
