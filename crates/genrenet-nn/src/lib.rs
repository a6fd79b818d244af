//! Small, fast neural network layers with explicit forward and backward passes.
//!
//! A network is described by a [`NetworkSpec`] and built of [`Layer`]s: each computes its output, and later, given the
//! gradient of the loss with respect to that output, adds to the gradients of its [`Param`]s and hands the gradient of
//! its input on. There is no general automatic differentiation.

mod average;
mod branch;
mod error;
mod factory;
mod init;
pub mod kernels;
mod layer;
pub mod layers;
pub mod loss;
mod network;
pub mod optim;
mod param;
pub mod schedule;
mod scratch;
mod sequential;
mod spec;
mod summary;
mod tensor;
mod threads;

pub use average::{AverageSpec, WeightAverage};
pub use error::NnError;
pub use factory::build;
pub use layer::{Layer, Pass};
pub use network::{Inputs, Network};
pub use param::Param;
pub use scratch::Scratch;
pub use sequential::Sequential;
pub use spec::{
    BranchSpec, HeadSpec, LayerSpec, NamedPadding, NetworkSpec, Padding, Shortcut, Statistic,
};
pub use summary::SummaryRow;
pub use tensor::Tensor;
