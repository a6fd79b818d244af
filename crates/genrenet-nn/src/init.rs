//! Initial values of weights, as PyTorch draws them.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::limits::{VALUES, WEIGHTS, product};
use crate::{NnError, Tensor};

/// What draws the initial weights of layers: from a seed, or not at all for a network whose weights are read from a
/// file right after (writing two million of them, even as zeros, costs a third of a program's start).
///
/// It counts the weights of a network and refuses those beyond the bounds of [`limits`](crate::limits).
#[derive(Debug)]
pub struct Initialiser {
    rng: Option<ChaCha8Rng>,
    weights: usize,
    widest: usize,
}

impl Initialiser {
    /// Drawn; the same seed draws the same weights.
    pub fn seeded(seed: u64) -> Self {
        Self {
            rng: Some(ChaCha8Rng::seed_from_u64(seed)),
            weights: 0,
            widest: 0,
        }
    }

    /// None: tensors have their shape but no values.
    pub fn uninitialised() -> Self {
        Self {
            rng: None,
            weights: 0,
            widest: 0,
        }
    }

    /// Values drawn uniformly from `[-bound, bound)`.
    ///
    /// # Errors
    /// [`NnError::Spec`] where the network would have more than [`WEIGHTS`] weights.
    pub fn uniform(&mut self, shape: &[usize], bound: f32) -> Result<Tensor, NnError> {
        self.weights = self.weights.saturating_add(product(shape));
        if self.weights > WEIGHTS {
            let reason = format!("expected at most {WEIGHTS}");
            return Err(NnError::spec("network", "weights", self.weights, reason));
        }
        let Some(rng) = &mut self.rng else {
            return Ok(Tensor {
                shape: shape.to_vec(),
                data: Vec::new(),
            });
        };
        let mut t = Tensor::zeros(shape);
        for v in &mut t.data {
            *v = (rng.random::<f32>() * 2.0 - 1.0) * bound;
        }
        Ok(t)
    }

    /// PyTorch's default for convolutions and dense layers, weights and biases alike: uniform in ±1/√fan_in (Kaiming uniform
    /// with a = √5 has the same bound).
    ///
    /// # Errors
    /// As [`uniform`](Self::uniform).
    pub fn fan_in(&mut self, shape: &[usize], fan_in: usize) -> Result<Tensor, NnError> {
        self.uniform(shape, 1.0 / (fan_in.max(1) as f32).sqrt())
    }

    /// Notes the shape of an output item of the layer named `layer`.
    ///
    /// # Errors
    /// [`NnError::Spec`] where it has more than [`VALUES`] values.
    pub fn flows(&mut self, layer: &str, shape: &[usize]) -> Result<(), NnError> {
        self.widest = self.widest.max(product(shape));
        if product(shape) <= VALUES {
            return Ok(());
        }
        let found = format!("{shape:?}");
        let reason = format!("expected at most {VALUES} values");
        Err(NnError::spec(layer, "shape", found, reason))
    }

    /// Values of the largest item that was noted.
    pub fn widest(&self) -> usize {
        self.widest
    }
}
