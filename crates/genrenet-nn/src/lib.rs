//! Small, fast neural network layers with explicit forward and backward passes.
//!
//! A network is described by a [`NetworkSpec`] and built of [`Layer`]s: each computes its output, and later, given the
//! gradient of the loss with respect to that output, adds to the gradients of its [`Param`]s and returns the gradient of
//! its input. There is no general automatic differentiation.
//!
//! # Overview
//!
//! * [`Tensor`] is the one container: a shape and row-major values. The batch comes first; images are `[N, H, W, C]`
//!   with the mel bands down and the frames across, sequences `[N, T, C]`, vectors `[N, F]`.
//! * [`LayerSpec`] names every layer that a recipe can have; [`build`] makes one layer of one description. The layers
//!   themselves are in [`layers`], one file each.
//! * [`Sequential`] chains them and fuses what belongs together: conv → batch_norm → relu → max_pool becomes one
//!   [`layers::ConvBlock`], which normalises, rectifies and pools in one sweep.
//! * [`Network`] joins branches (one per input, some of which a row may lack), a trunk and linear heads. It trains
//!   ([`Network::forward`], [`Network::backward`]), infers from many threads at once ([`Network::infer`]), stores and
//!   takes its state by name, and describes itself ([`Network::summary`]).
//! * [`loss`], [`optim`], [`schedule`] and [`WeightAverage`] are what a training loop needs beside it.
//! * [`kernels`] hold the inner loops. All products use one micro-kernel, compiled for AVX-512,
//!   AVX2, NEON and plainly, and chosen when the program runs (the environment variable `GENRENET_ISA` can select a smaller set).
//!
//! # Guarantees
//!
//! Outputs, gradients and running statistics are PyTorch's within 1e-4 (`tests/*_golden.rs`), and so are its
//! conventions (epsilon, momentum, gate order, initial values). The same seed gives the same bytes on any number of
//! threads: sums over a batch are formed in chunks whose number depends on sizes alone, and added in order. Another set
//! of vector instructions rounds differently. Shapes are checked when a network is built and by [`Network::check`];
//! passes themselves cannot fail.
//!
//! ```
//! use genrenet_nn::loss::{cross_entropy, one_hot};
//! use genrenet_nn::optim::{Optimizer, OptimizerSpec};
//! use genrenet_nn::{BranchSpec, HeadSpec, Inputs, LayerSpec, Network, NetworkSpec, Pass, Tensor};
//!
//! let spec = NetworkSpec {
//!     branches: vec![BranchSpec {
//!         input: "values".into(),
//!         layers: vec![LayerSpec::Dense { units: 8, bias: true }, LayerSpec::Relu {}],
//!         optional: false,
//!     }],
//!     trunk: vec![],
//!     heads: vec![HeadSpec { name: "genre".into(), outputs: 2, bias: true }],
//! };
//! let mut network = Network::new(&spec, &[("values".into(), vec![2])], 1)?;
//! let rows = Tensor::new(&[4, 2], vec![0.1, 0.9, 0.8, 0.2, 0.2, 0.7, 0.9, 0.4])?;
//! let inputs = Inputs::single("values", rows);
//! let targets = one_hot(&[0, 1, 0, 1], 2);
//! network.check(&inputs)?;
//!
//! let mut optimizer = Optimizer::new(&OptimizerSpec::sgd(0.5, 0.9));
//! let mut losses = Vec::new();
//! for step in 0..30 {
//!     network.zero_grad();
//!     let logits = network.forward(&inputs, &mut Pass::training(step))[0].clone();
//!     let (loss, gradient) = cross_entropy(&logits, &targets, None, None);
//!     network.backward(&[gradient]);
//!     optimizer.step(&mut network.params_mut(), 0.5);
//!     losses.push(loss);
//! }
//! assert!(losses[29] < 0.2 * losses[0]);
//! # Ok::<(), genrenet_nn::NnError>(())
//! ```
#![deny(clippy::print_stdout, clippy::print_stderr)]
#![cfg_attr(not(test), deny(clippy::disallowed_methods))]

mod average;
mod branch;
mod error;
mod factory;
mod init;
pub mod kernels;
mod layer;
pub mod layers;
pub mod limits;
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
mod values;

pub use average::{AverageSpec, WeightAverage};
pub use error::NnError;
pub use factory::build;
pub use init::Initialiser;
pub use layer::{Layer, Pass};
pub use network::{Inputs, Network};
pub use param::Param;
pub use scratch::Scratch;
pub use sequential::Sequential;
pub use spec::{
    BranchSpec, HeadSpec, LayerSpec, NamedPadding, NetworkSpec, Padding, RecurrentSpec, Shortcut,
    Statistic,
};
pub use summary::SummaryRow;
pub use tensor::Tensor;
pub use values::Values;
