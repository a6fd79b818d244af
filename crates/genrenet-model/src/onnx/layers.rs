//! Each layer as ONNX operators.

use genrenet_nn::layers::shortcut_layers;
use genrenet_nn::{LayerSpec, Shortcut, Statistic};

use super::conv::conv;
use super::dense::{dense, gelu};
use super::graph::{ADD, Graph, Value};
use super::message::{float, int, ints};
use super::norm::{batch_norm, layer_norm, standardize};
use super::pooling::{attention_pool, global_pool, pool};
use super::{recurrent, transformer};
use crate::error::ModelError;

/// Layers one after the other; their arrays are named `{name}.{index}`.
pub(super) fn sequential(
    g: &mut Graph<'_>,
    layers: &[LayerSpec],
    name: &str,
    mut x: Value,
) -> Result<Value, ModelError> {
    for (index, layer) in layers.iter().enumerate() {
        x = single(g, layer, &format!("{name}.{index}"), x)?;
    }
    Ok(x)
}

/// One layer, whose arrays are named `{name}.…`.
pub(super) fn single(
    g: &mut Graph<'_>,
    layer: &LayerSpec,
    name: &str,
    x: Value,
) -> Result<Value, ModelError> {
    let elementwise = |g: &mut Graph<'_>, kind: &str, x: Value| {
        let name = g.node(kind, &[&x.name], &[]);
        Value { name, ..x }
    };
    Ok(match layer {
        LayerSpec::Conv {
            kernel,
            stride,
            padding,
            ..
        } => conv(g, name, x, *kernel, *stride, *padding)?,
        LayerSpec::BatchNorm { eps, .. } => batch_norm(g, name, x, *eps)?,
        LayerSpec::LayerNorm { eps } => layer_norm(g, name, x, *eps)?,
        LayerSpec::Relu {} => elementwise(g, "Relu", x),
        LayerSpec::LeakyRelu { slope } => {
            let name = g.node("LeakyRelu", &[&x.name], &[float("alpha", *slope)]);
            Value { name, ..x }
        }
        LayerSpec::Gelu {} => gelu(g, x),
        LayerSpec::Silu {} => {
            let gate = g.node("Sigmoid", &[&x.name], &[]);
            let name = g.node("Mul", &[&x.name, &gate], &[]);
            Value { name, ..x }
        }
        LayerSpec::Sigmoid {} => elementwise(g, "Sigmoid", x),
        LayerSpec::Tanh {} => elementwise(g, "Tanh", x),
        LayerSpec::Softmax {} => {
            let x = g.channels_last(x);
            let name = g.node("Softmax", &[&x.name], &[int("axis", -1)]);
            Value { name, ..x }
        }
        LayerSpec::MaxPool { size, stride } => {
            pool(g, "MaxPool", x, *size, stride.unwrap_or(*size))
        }
        LayerSpec::AvgPool { size, stride } => {
            pool(g, "AveragePool", x, *size, stride.unwrap_or(*size))
        }
        LayerSpec::GlobalPool { of } => global_pool(g, x, of),
        LayerSpec::AttentionPool { deviation, .. } => attention_pool(g, name, x, *deviation)?,
        LayerSpec::Flatten {} => g.flat(x),
        LayerSpec::Reshape { shape } => g.reshape(x, shape),
        LayerSpec::Permute { axes } => permute(g, x, axes),
        LayerSpec::Sequence {} => {
            let x = permute(g, x, &[1, 0, 2]);
            let shape = [x.shape[0], x.shape[1] * x.shape[2]];
            g.reshape(x, &shape)
        }
        LayerSpec::Dense { .. } => dense(g, name, x)?,
        LayerSpec::Dropout { .. } => x,
        LayerSpec::Residual { layers, shortcut } => residual(g, layers, *shortcut, name, x)?,
        LayerSpec::Parallel { paths } => parallel(g, paths, name, x)?,
        LayerSpec::SqueezeExcite { .. } => squeeze_excite(g, name, x)?,
        LayerSpec::Lstm(spec) => recurrent::layer(g, name, x, &recurrent::LSTM, spec)?,
        LayerSpec::Gru(spec) => recurrent::layer(g, name, x, &recurrent::GRU, spec)?,
        LayerSpec::Rnn(spec) => recurrent::layer(g, name, x, &recurrent::RNN, spec)?,
        LayerSpec::Transformer { heads, .. } => transformer::block(g, name, x, *heads)?,
        LayerSpec::Positions { learned } => transformer::positions(g, name, x, *learned)?,
        LayerSpec::Standardize { axes } => standardize(g, name, x, axes)?,
    })
}

fn permute(g: &mut Graph<'_>, x: Value, axes: &[usize]) -> Value {
    let x = g.channels_last(x);
    let perm: Vec<i64> = std::iter::once(0)
        .chain(axes.iter().map(|a| *a as i64 + 1))
        .collect();
    let name = g.node("Transpose", &[&x.name], &[ints("perm", &perm)]);
    let shape = axes.iter().map(|&a| x.shape[a]).collect();
    Value {
        name,
        shape,
        channels_first: false,
    }
}

fn squeeze_excite(g: &mut Graph<'_>, name: &str, x: Value) -> Result<Value, ModelError> {
    let x = g.channels_first(x);
    let mean = global_pool(g, x.clone(), &[Statistic::Mean]);
    let hidden = dense(g, &format!("{name}.reduce"), mean)?;
    let hidden = Value {
        name: g.node("Relu", &[&hidden.name], &[]),
        ..hidden
    };
    let gate = dense(g, &format!("{name}.expand"), hidden)?;
    let gate = g.node("Sigmoid", &[&gate.name], &[]);
    let channels = gate_shape(&x);
    let shape = g.integers(&channels);
    let gate = g.node("Reshape", &[&gate, &shape], &[]);
    let name = g.node("Mul", &[&x.name, &gate], &[]);
    Ok(Value { name, ..x })
}

fn gate_shape(x: &Value) -> Vec<i64> {
    let channels = x.shape.last().copied().unwrap_or(0) as i64;
    if x.channels_first {
        vec![-1, channels, 1, 1]
    } else {
        vec![-1, 1, channels]
    }
}

/// The outputs of several chains over one value, joined along the channels.
fn parallel(
    g: &mut Graph<'_>,
    paths: &[Vec<LayerSpec>],
    name: &str,
    x: Value,
) -> Result<Value, ModelError> {
    // Transposed once rather than by each path; images keep the order that convolutions want.
    let x = g.channels_first(x);
    let mut parts = Vec::new();
    for (index, layers) in paths.iter().enumerate() {
        let part = sequential(g, layers, &format!("{name}.paths.{index}"), x.clone())?;
        parts.push(g.channels_first(part));
    }
    let names: Vec<&str> = parts.iter().map(|part| part.name.as_str()).collect();
    let channels = parts.iter().filter_map(|part| part.shape.last()).sum();
    let axis = if x.channels_first { 1 } else { -1 };
    let name = g.node("Concat", &names, &[int("axis", axis)]);
    let mut shape = parts.swap_remove(0).shape;
    if let Some(last) = shape.last_mut() {
        *last = channels;
    }
    Ok(Value { name, shape, ..x })
}

/// A value with zeros for the channels that `wide` has beyond its own.
fn with_channels(g: &mut Graph<'_>, x: Value, wide: &Value) -> Value {
    let channels = |value: &Value| value.shape.last().copied().unwrap_or(0);
    let more = channels(wide) - channels(&x);
    if more == 0 {
        return x;
    }
    let axes = x.shape.len() + 1;
    let mut pads = vec![0; 2 * axes];
    pads[axes + if x.channels_first { 1 } else { axes - 1 }] = more as i64;
    let pads = g.integers(&pads);
    let name = g.node("Pad", &[&x.name, &pads], &[]);
    Value {
        name,
        shape: wide.shape.clone(),
        ..x
    }
}

/// The sum of a block and of its shortcut, whose layers are those that the network builds.
fn residual(
    g: &mut Graph<'_>,
    layers: &[LayerSpec],
    shortcut: Shortcut,
    name: &str,
    x: Value,
) -> Result<Value, ModelError> {
    let block = sequential(g, layers, &format!("{name}.block"), x.clone())?;
    let aside = match shortcut_layers(name, shortcut, &x.shape, &block.shape)
        .map_err(|e| ModelError::Onnx(e.to_string()))?
    {
        Some(layers) => sequential(g, &layers, &format!("{name}.shortcut"), x)?,
        None => x,
    };
    let (block, aside) = (g.channels_first(block), g.channels_first(aside));
    let aside = with_channels(g, aside, &block);
    let name = g.node(ADD, &[&block.name, &aside.name], &[]);
    Ok(Value { name, ..block })
}
