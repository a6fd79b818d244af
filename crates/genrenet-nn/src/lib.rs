//! Small, fast neural network layers with explicit forward and backward passes.
//!
//! A network is described by a [`NetworkSpec`] and built of [`Layer`]s: each computes its output, and later, given the
//! gradient of the loss with respect to that output, adds to the gradients of its [`Param`]s and hands the gradient of
//! its input on. There is no general automatic differentiation.

mod error;
mod factory;
mod init;
pub mod kernels;
mod layer;
pub mod layers;
mod param;
mod scratch;
mod spec;
mod summary;
mod tensor;

pub use error::NnError;
pub use factory::build;
pub use layer::{Layer, Pass};
pub use param::Param;
pub use scratch::Scratch;
pub use spec::{
    BranchSpec, HeadSpec, LayerSpec, NamedPadding, NetworkSpec, Padding, Shortcut, Statistic,
};
pub use summary::SummaryRow;
pub use tensor::Tensor;
