//! What training changes: a value and its gradient.

use crate::{Tensor, Values};

/// A trainable array of a layer.
#[derive(Clone, Debug)]
pub struct Param {
    /// Its name in the whole network (`branches.logmel.3.weight`), unique and stable: the key in a weights file.
    pub name: String,
    /// The current values.
    pub value: Values,
    /// The gradient that [`crate::Layer::backward`] adds to; same shape as the value, or empty in a network that
    /// was made without gradients until one is wanted.
    pub grad: Tensor,
    /// Whether weight decay applies (weights of convolutions, dense and recurrent layers: yes; biases and
    /// normalisation: no).
    pub decay: bool,
}

impl Param {
    /// A parameter with a gradient of zeros; without one where the value has a shape but no values yet.
    pub fn new(name: impl Into<String>, value: Tensor, decay: bool) -> Self {
        let grad = match value.is_empty() {
            true => Tensor::default(),
            false => Tensor::zeros(&value.shape),
        };
        Self {
            name: name.into(),
            value: value.into(),
            grad,
            decay,
        }
    }
}
