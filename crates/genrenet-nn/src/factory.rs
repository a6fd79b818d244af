//! From a layer's description to the layer.

use crate::layers::*;
use crate::{Initialiser, Layer, LayerSpec, NnError};

/// Builds one layer that takes items of shape `input`; its parameters are named `{name}.…` and drawn by `first`.
///
/// # Errors
/// [`NnError::Shape`] where the layer does not take such items, [`NnError::Spec`] where its description is impossible.
pub fn build(
    spec: &LayerSpec,
    name: &str,
    input: &[usize],
    first: &mut Initialiser,
) -> Result<Box<dyn Layer>, NnError> {
    Ok(match spec {
        LayerSpec::Dense { units, bias } => {
            Box::new(Dense::new(name, input, *units, *bias, first)?)
        }
        LayerSpec::LayerNorm { eps } => Box::new(LayerNorm::new(name, input, *eps)?),
        LayerSpec::AttentionPool { hidden, deviation } => {
            Box::new(AttentionPool::new(name, input, *hidden, *deviation, first)?)
        }
        LayerSpec::Lstm(spec) => Box::new(Lstm::new(name, input, *spec, first)?),
        LayerSpec::Gru(spec) => Box::new(Gru::new(name, input, *spec, first)?),
        LayerSpec::Rnn(spec) => Box::new(Rnn::new(name, input, *spec, first)?),
        LayerSpec::Transformer {
            heads,
            hidden,
            dropout,
        } => Box::new(Transformer::new(
            name, input, *heads, *hidden, *dropout, first,
        )?),
        LayerSpec::Positions { learned } => Box::new(Positions::new(name, input, *learned, first)?),
        &LayerSpec::Conv {
            filters,
            kernel,
            stride,
            padding,
            bias,
        } => {
            let sizes = ConvSizes {
                filters,
                kernel,
                stride,
                padding,
            };
            Box::new(ConvBlock::new(name, input, sizes, bias, first)?)
        }
        &LayerSpec::BatchNorm { eps, momentum } => {
            Box::new(BatchNorm::new(name, input, eps, momentum)?)
        }
        LayerSpec::Relu {} => Box::new(Activation::new(name, input, Function::Relu)),
        &LayerSpec::LeakyRelu { slope } => {
            Box::new(Activation::new(name, input, Function::LeakyRelu(slope)))
        }
        LayerSpec::Gelu {} => Box::new(Activation::new(name, input, Function::Gelu)),
        LayerSpec::Silu {} => Box::new(Activation::new(name, input, Function::Silu)),
        LayerSpec::Sigmoid {} => Box::new(Activation::new(name, input, Function::Sigmoid)),
        LayerSpec::Tanh {} => Box::new(Activation::new(name, input, Function::Tanh)),
        LayerSpec::Softmax {} => Box::new(Activation::new(name, input, Function::Softmax)),
        &LayerSpec::MaxPool { size, stride } => {
            Box::new(Pool::new(name, PoolKind::Max, input, size, stride)?)
        }
        &LayerSpec::AvgPool { size, stride } => {
            Box::new(Pool::new(name, PoolKind::Mean, input, size, stride)?)
        }
        LayerSpec::GlobalPool { of } => Box::new(GlobalPool::new(name, input, of)?),
        LayerSpec::Flatten {} => Box::new(Reshape::flatten(name, input)),
        LayerSpec::Reshape { shape } => Box::new(Reshape::new(name, input, shape)?),
        LayerSpec::Permute { axes } => Box::new(Permute::new(name, input, axes)?),
        LayerSpec::Sequence {} => Box::new(Permute::sequence(name, input)?),
        &LayerSpec::Dropout { rate, channels } => {
            Box::new(Dropout::new(name, input, rate, channels)?)
        }
        LayerSpec::Residual { layers, shortcut } => {
            Box::new(Residual::new(name, input, layers, *shortcut, first)?)
        }
        LayerSpec::Parallel { paths } => Box::new(Parallel::new(name, input, paths, first)?),
        &LayerSpec::SqueezeExcite { reduction } => {
            Box::new(SqueezeExcite::new(name, input, reduction, first)?)
        }
        LayerSpec::Standardize { axes } => Box::new(Standardize::new(name, input, axes)?),
    })
}
