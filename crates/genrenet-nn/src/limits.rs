//! Upper bounds for the numbers in a description of a network.
//!
//! Descriptions come from recipes and bundles of unknown origin. Every number is compared with its bound before any memory is allocated for
//! it; the number of weights and the size of what flows between layers are counted while the layers are built. What a layer can't
//! do with a small number (0 units), the layer itself reports.

use std::ops::RangeInclusive;

use crate::spec::Padding;
use crate::{LayerSpec, NetworkSpec, NnError};

/// Most layers of a network, those inside of blocks included: ten times as many as the deepest network of the recipes has.
pub const LAYERS: usize = 1_000;
/// Most blocks inside of one another.
pub const DEPTH: usize = 8;
/// Most branches, most heads, and most paths of a parallel layer.
pub const BRANCHES: usize = 64;
/// Largest width: units, filters, hidden values, outputs. Large language models have 16 384.
pub const WIDTH: usize = 1 << 16;
/// Largest kernel, stride, window or padding, each way: more than any spectrogram image of a window has.
pub const KERNEL: usize = 1 << 10;
/// Most weights of a network: 2²⁸ are 1 GiB, and four times that with gradients and the moments of an optimiser.
pub const WEIGHTS: usize = 1 << 28;
/// Most values of one item between two layers: 2²⁴ are 64 MiB, as of 128 × 2048 positions with 64 channels.
pub const VALUES: usize = 1 << 24;

/// The place of a number: its layer, and what reports it.
struct Place<'a>(&'a str);

impl Place<'_> {
    fn size(&self, key: &str, value: usize, bounds: RangeInclusive<usize>) -> Result<(), NnError> {
        if bounds.contains(&value) {
            return Ok(());
        }
        let reason = format!("expected {} to {}", bounds.start(), bounds.end());
        Err(NnError::spec(self.0, key, value, reason))
    }

    fn sizes(
        &self,
        key: &str,
        values: &[usize],
        bounds: RangeInclusive<usize>,
    ) -> Result<(), NnError> {
        let mut each = values.iter();
        each.try_for_each(|&value| self.size(key, value, bounds.clone()))
    }

    fn number(&self, key: &str, value: f32, bounds: RangeInclusive<f32>) -> Result<(), NnError> {
        // NaN is in no range.
        if bounds.contains(&value) {
            return Ok(());
        }
        let reason = format!("expected {} to {}", bounds.start(), bounds.end());
        Err(NnError::spec(self.0, key, value, reason))
    }

    fn layer(&self, layer: &LayerSpec) -> Result<(), NnError> {
        match layer {
            LayerSpec::Conv {
                filters,
                kernel,
                stride,
                padding,
                ..
            } => {
                self.size("filters", *filters, 0..=WIDTH)?;
                self.sizes("kernel", kernel, 0..=KERNEL)?;
                self.sizes("stride", stride, 0..=KERNEL)?;
                match padding {
                    Padding::Both(zeros) => self.size("padding", *zeros, 0..=KERNEL),
                    Padding::Each(zeros) => self.sizes("padding", zeros, 0..=KERNEL),
                    Padding::Named(_) | Padding::Default => Ok(()),
                }
            }
            LayerSpec::BatchNorm { eps, momentum } => {
                self.number("eps", *eps, 0.0..=1.0)?;
                self.number("momentum", *momentum, 0.0..=1.0)
            }
            LayerSpec::LayerNorm { eps } => self.number("eps", *eps, 0.0..=1.0),
            LayerSpec::LeakyRelu { slope } => self.number("slope", *slope, -1e3..=1e3),
            LayerSpec::MaxPool { size, stride } | LayerSpec::AvgPool { size, stride } => {
                self.sizes("size", size, 0..=KERNEL)?;
                self.sizes("stride", &stride.unwrap_or([1, 1]), 0..=KERNEL)
            }
            LayerSpec::GlobalPool { of } => self.size("of", of.len(), 1..=3),
            LayerSpec::AttentionPool { hidden, .. } => self.size("hidden", *hidden, 0..=WIDTH),
            LayerSpec::Reshape { shape } => {
                self.size("shape", shape.len(), 1..=8)?;
                self.size("shape", product(shape), 0..=VALUES)
            }
            LayerSpec::Permute { axes } | LayerSpec::Standardize { axes } => {
                self.size("axes", axes.len(), 0..=8)
            }
            LayerSpec::Dense { units, .. } => self.size("units", *units, 0..=WIDTH),
            LayerSpec::Dropout { rate, .. } => self.number("rate", *rate, 0.0..=1.0),
            LayerSpec::SqueezeExcite { reduction } => self.size("reduction", *reduction, 0..=WIDTH),
            LayerSpec::Lstm(spec) | LayerSpec::Gru(spec) | LayerSpec::Rnn(spec) => {
                self.size("units", spec.units, 0..=WIDTH)
            }
            LayerSpec::Transformer {
                heads,
                hidden,
                dropout,
            } => {
                self.size("heads", *heads, 0..=WIDTH)?;
                self.size("hidden", hidden.unwrap_or(1), 0..=WIDTH)?;
                self.number("dropout", *dropout, 0.0..=1.0)
            }
            LayerSpec::Parallel { paths } => self.size("paths", paths.len(), 0..=BRANCHES),
            // The blocks inside are counted by `chain`; what has no number has no bound.
            LayerSpec::Residual { .. }
            | LayerSpec::Relu {}
            | LayerSpec::Gelu {}
            | LayerSpec::Silu {}
            | LayerSpec::Sigmoid {}
            | LayerSpec::Tanh {}
            | LayerSpec::Softmax {}
            | LayerSpec::Flatten {}
            | LayerSpec::Sequence {}
            | LayerSpec::Positions { .. } => Ok(()),
        }
    }
}

/// Number of values of a shape; the largest number where it can't be counted.
pub(crate) fn product(shape: &[usize]) -> usize {
    let mut sizes = shape.iter();
    sizes
        .try_fold(1usize, |n, &size| n.checked_mul(size))
        .unwrap_or(usize::MAX)
}

impl NetworkSpec {
    /// Compares every number of the description with its bound (see the module [`limits`](crate::limits)).
    ///
    /// # Errors
    /// [`NnError::Spec`] with layer, key and value of the first one beyond it.
    pub fn check_sizes(&self) -> Result<(), NnError> {
        let network = Place("network");
        network.size("branches", self.branches.len(), 0..=BRANCHES)?;
        network.size("heads", self.heads.len(), 0..=BRANCHES)?;
        let mut left = LAYERS;
        for branch in &self.branches {
            let name = format!("branches.{}", branch.input);
            chain(&branch.layers, &name, DEPTH, &mut left)?;
        }
        chain(&self.trunk, "trunk", DEPTH, &mut left)?;
        for head in &self.heads {
            let name = format!("heads.{}", head.name);
            // 0 means the number of genres.
            Place(&name).size("outputs", head.outputs, 0..=WIDTH)?;
        }
        Ok(())
    }
}

/// Checks the layers of a chain, of which `left` more are allowed, nested in `depth` blocks.
fn chain(layers: &[LayerSpec], name: &str, depth: usize, left: &mut usize) -> Result<(), NnError> {
    match left.checked_sub(layers.len()) {
        Some(rest) => *left = rest,
        None => {
            let reason = format!("expected at most {LAYERS} layers in the whole network");
            return Err(NnError::spec(name, "layers", layers.len(), reason));
        }
    }
    for (number, layer) in layers.iter().enumerate() {
        let name = format!("{name}.{number}");
        Place(&name).layer(layer)?;
        let (key, inside) = match layer {
            LayerSpec::Residual { layers, .. } => ("layers", std::slice::from_ref(layers)),
            LayerSpec::Parallel { paths } => ("paths", paths.as_slice()),
            _ => continue,
        };
        if depth == 0 {
            let reason = format!("expected at most {DEPTH} inside of one another");
            return Err(NnError::spec(name, key, "a block", reason));
        }
        for layers in inside {
            chain(layers, &name, depth - 1, left)?;
        }
    }
    Ok(())
}
