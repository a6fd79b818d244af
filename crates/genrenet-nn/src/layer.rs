//! The interface of all layers.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use crate::{Param, Scratch, SummaryRow, Tensor};

/// How a forward pass is run.
#[derive(Clone, Debug)]
pub struct Pass {
    /// Whether dropout drops and batch normalisation uses (and follows) the statistics of the batch.
    pub train: bool,
    /// The random numbers of dropout.
    pub rng: ChaCha8Rng,
    /// Rows of the batch that have this input; `None` means all. Networks pass only present rows to an optional
    /// branch, so layers can ignore it.
    pub present: Option<Vec<bool>>,
}

impl Pass {
    /// A pass of training whose dropout is drawn from `seed`.
    pub fn training(seed: u64) -> Self {
        Self {
            train: true,
            rng: ChaCha8Rng::seed_from_u64(seed),
            present: None,
        }
    }

    /// A pass of evaluation: nothing is dropped, running statistics are used.
    pub fn evaluation() -> Self {
        Self {
            train: false,
            rng: ChaCha8Rng::seed_from_u64(0),
            present: None,
        }
    }
}

/// One step of a network, with an explicit forward and backward pass.
///
/// Shapes are checked when a layer is built ([`crate::build`]); during a pass only the size of the batch may vary and everything else is
/// as built, so that no pass can fail.
pub trait Layer: Send + Sync {
    /// The name of this kind of layer in a recipe (`conv`, `dense`, …).
    fn kind(&self) -> &'static str;

    /// Shape of one item of the output (without the batch).
    fn output_shape(&self) -> &[usize];

    /// Computes `y` from `x`, resizing `y`, and keeps in `self` what [`Self::backward`] needs.
    fn forward(&mut self, x: &Tensor, y: &mut Tensor, pass: &mut Pass);

    /// Given `x` and `y` of the last [`Self::forward`] and the gradient `dy` of the loss with respect to `y`, adds to
    /// the gradients of the parameters and, if requested, resizes and overwrites `dx`.
    fn backward(&mut self, x: &Tensor, y: &Tensor, dy: &Tensor, dx: Option<&mut Tensor>);

    /// Computes `y` from `x` in evaluation mode; may be called from several threads at once.
    fn infer(&self, x: &Tensor, y: &mut Tensor, scratch: &mut Scratch);

    /// The trainable arrays, in a fixed order.
    fn params(&self) -> Vec<&Param> {
        Vec::new()
    }

    /// The trainable arrays, to be changed; what the layer derived from their values is derived again.
    fn params_mut(&mut self) -> Vec<&mut Param> {
        Vec::new()
    }

    /// What is stored but not trained (running statistics), with its full name.
    fn buffers(&self) -> Vec<(&str, &Tensor)> {
        Vec::new()
    }

    /// As [`Self::buffers`], to be changed.
    fn buffers_mut(&mut self) -> Vec<(&str, &mut Tensor)> {
        Vec::new()
    }

    /// Observes training inputs, for layers with statistics that are fitted before training.
    fn observe(&mut self, _x: &Tensor) {}

    /// Ends the observation: the statistics of what was observed are used from now on.
    fn settle(&mut self) {}

    /// Multiplications with addition that one item costs in [`Self::infer`].
    fn multiply_adds(&self) -> u64 {
        0
    }

    /// The lines of this layer in a summary; a fused block has several.
    fn rows(&self) -> Vec<SummaryRow>;
}
