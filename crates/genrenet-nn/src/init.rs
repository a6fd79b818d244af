//! First values of weights, as PyTorch draws them.

use rand::Rng;
use rand_chacha::ChaCha8Rng;

use crate::Tensor;

/// Values drawn evenly from `[-bound, bound)`.
pub fn uniform(shape: &[usize], bound: f32, rng: &mut ChaCha8Rng) -> Tensor {
    let mut t = Tensor::zeros(shape);
    for v in &mut t.data {
        *v = (rng.random::<f32>() * 2.0 - 1.0) * bound;
    }
    t
}

/// PyTorch's default for convolutions and dense layers, weights and biases alike: even in ±1/√fan_in (Kaiming uniform
/// with a = √5 has the same bound).
pub fn fan_in(shape: &[usize], fan_in: usize, rng: &mut ChaCha8Rng) -> Tensor {
    uniform(shape, 1.0 / (fan_in.max(1) as f32).sqrt(), rng)
}
