//! First values of weights, as PyTorch draws them.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::Tensor;

/// Where layers take their first weights from: drawn from a seed, or all zero for a network whose weights are read from a
/// file right after (drawing two million of them costs a third of a program's start).
#[derive(Debug)]
pub struct FirstWeights {
    rng: Option<ChaCha8Rng>,
}

impl FirstWeights {
    /// Drawn; the same seed draws the same weights.
    pub fn seeded(seed: u64) -> Self {
        Self {
            rng: Some(ChaCha8Rng::seed_from_u64(seed)),
        }
    }

    /// All zero.
    pub fn zeros() -> Self {
        Self { rng: None }
    }

    /// Values drawn evenly from `[-bound, bound)`.
    pub fn uniform(&mut self, shape: &[usize], bound: f32) -> Tensor {
        let mut t = Tensor::zeros(shape);
        if let Some(rng) = &mut self.rng {
            for v in &mut t.data {
                *v = (rng.random::<f32>() * 2.0 - 1.0) * bound;
            }
        }
        t
    }

    /// PyTorch's default for convolutions and dense layers, weights and biases alike: even in ±1/√fan_in (Kaiming uniform
    /// with a = √5 has the same bound).
    pub fn fan_in(&mut self, shape: &[usize], fan_in: usize) -> Tensor {
        self.uniform(shape, 1.0 / (fan_in.max(1) as f32).sqrt())
    }
}
