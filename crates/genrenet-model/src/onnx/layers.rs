//! Each layer as ONNX operators.

use genrenet_nn::layers::places_along;
use genrenet_nn::{LayerSpec, NamedPadding, Padding, Statistic};

use super::graph::{ADD, Graph, Value};
use super::message::{float, int, ints};
use super::{recurrent, transformer};
use crate::error::ModelError;

/// Added to a variance before its root is taken (statistics and attention pooling).
const EPS: f32 = 1e-5;

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
    let as_it_lies = |g: &mut Graph<'_>, kind: &str, x: Value| {
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
        LayerSpec::Relu {} => as_it_lies(g, "Relu", x),
        LayerSpec::LeakyRelu { slope } => {
            let name = g.node("LeakyRelu", &[&x.name], &[float("alpha", *slope)]);
            Value { name, ..x }
        }
        LayerSpec::Gelu {} => {
            // x · (1 + erf(x / √2)) / 2
            let root = g.constant(&[], vec![std::f32::consts::FRAC_1_SQRT_2]);
            let (half, one) = (g.constant(&[], vec![0.5]), g.constant(&[], vec![1.0]));
            let scaled = g.node("Mul", &[&x.name, &root], &[]);
            let erf = g.node("Erf", &[&scaled], &[]);
            let above = g.node(ADD, &[&erf, &one], &[]);
            let gate = g.node("Mul", &[&above, &half], &[]);
            let name = g.node("Mul", &[&x.name, &gate], &[]);
            Value { name, ..x }
        }
        LayerSpec::Silu {} => {
            let gate = g.node("Sigmoid", &[&x.name], &[]);
            let name = g.node("Mul", &[&x.name, &gate], &[]);
            Value { name, ..x }
        }
        LayerSpec::Sigmoid {} => as_it_lies(g, "Sigmoid", x),
        LayerSpec::Tanh {} => as_it_lies(g, "Tanh", x),
        LayerSpec::Softmax {} => {
            let x = g.plain(x);
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
        LayerSpec::Residual { layers, .. } => residual(g, layers, name, x)?,
        LayerSpec::SqueezeExcite { .. } => squeeze_excite(g, name, x)?,
        LayerSpec::Lstm(spec) => recurrent::layer(g, name, x, &recurrent::LSTM, spec)?,
        LayerSpec::Gru(spec) => recurrent::layer(g, name, x, &recurrent::GRU, spec)?,
        LayerSpec::Rnn(spec) => recurrent::layer(g, name, x, &recurrent::RNN, spec)?,
        LayerSpec::Transformer { heads, .. } => transformer::block(g, name, x, *heads)?,
        LayerSpec::Positions { learned } => transformer::positions(g, name, x, *learned)?,
        LayerSpec::Standardize { axes } => standardize(g, name, x, axes)?,
    })
}

fn conv(
    g: &mut Graph<'_>,
    name: &str,
    x: Value,
    kernel: [usize; 2],
    stride: [usize; 2],
    padding: Padding,
) -> Result<Value, ModelError> {
    let x = g.planes(x);
    let weight = g.stored(&format!("{name}.weight"))?;
    let &[kh, kw, from, to] = weight.shape.as_slice() else {
        return Err(ModelError::Onnx(format!(
            "{name}.weight has the shape {:?}",
            weight.shape
        )));
    };
    // [kh, kw, in, out] → [out, in, kh, kw]
    let mut turned = vec![0.0; weight.data.len()];
    for (at, &w) in weight.data.iter().enumerate() {
        let (o, i, p) = (at % to, at / to % from, at / (to * from));
        turned[(o * from + i) * kh * kw + p] = w;
    }
    let mut begin = [0; 2];
    let mut end = [0; 2];
    let mut out = [0; 2];
    for axis in 0..2 {
        let (n, k, s) = (x.shape[axis], kernel[axis], stride[axis]);
        (begin[axis], end[axis]) = match padding {
            Padding::Default | Padding::Named(NamedPadding::Same) => {
                let all = ((n.div_ceil(s) - 1) * s + k).saturating_sub(n);
                (all / 2, all - all / 2)
            }
            Padding::Named(NamedPadding::Valid) => (0, 0),
            Padding::Both(p) => (p, p),
            Padding::Each(p) => (p[axis], p[axis]),
        };
        out[axis] = (n + begin[axis] + end[axis] - k) / s + 1;
    }
    let sizes = |values: [usize; 2]| values.map(|v| v as i64);
    let pads = [begin[0], begin[1], end[0], end[1]].map(|p| p as i64);
    let attributes = [
        ints("kernel_shape", &sizes(kernel)),
        ints("strides", &sizes(stride)),
        ints("pads", &pads),
    ];
    let weight = g.constant(&[to, from, kh, kw], turned);
    let bias = g
        .find(&format!("{name}.bias"))
        .map(|bias| bias.data.clone());
    let bias = bias.map(|bias| g.constant(&[to], bias));
    let mut inputs = vec![x.name.as_str(), weight.as_str()];
    inputs.extend(bias.as_deref());
    let name = g.node("Conv", &inputs, &attributes);
    Ok(Value {
        name,
        shape: vec![out[0], out[1], to],
        planes: true,
    })
}

fn pool(g: &mut Graph<'_>, kind: &str, x: Value, size: [usize; 2], stride: [usize; 2]) -> Value {
    let x = g.planes(x);
    let out = |axis: usize| (x.shape[axis] - size[axis]) / stride[axis] + 1;
    let shape = vec![out(0), out(1), x.shape[2]];
    let sizes = |values: [usize; 2]| values.map(|v| v as i64);
    let attributes = [
        ints("kernel_shape", &sizes(size)),
        ints("strides", &sizes(stride)),
    ];
    let name = g.node(kind, &[&x.name], &attributes);
    Value {
        name,
        shape,
        planes: true,
    }
}

/// As one product and one sum per channel.
fn batch_norm(g: &mut Graph<'_>, name: &str, x: Value, eps: f32) -> Result<Value, ModelError> {
    let x = g.planes(x);
    let [gain, shift, mean, variance] = ["weight", "bias", "running_mean", "running_var"]
        .map(|key| g.stored(&format!("{name}.{key}")));
    let (gain, shift, mean, variance) = (gain?, shift?, mean?, variance?);
    let scale: Vec<f32> = gain
        .data
        .iter()
        .zip(&variance.data)
        .map(|(w, v)| w / (v + eps).sqrt())
        .collect();
    let offset = shift
        .data
        .iter()
        .zip(&mean.data)
        .zip(&scale)
        .map(|((b, m), s)| b - m * s)
        .collect();
    let shape = if x.planes {
        vec![scale.len(), 1, 1]
    } else {
        vec![scale.len()]
    };
    let (scale, offset) = (g.constant(&shape, scale), g.constant(&shape, offset));
    let scaled = g.node("Mul", &[&x.name, &scale], &[]);
    let name = g.node(ADD, &[&scaled, &offset], &[]);
    Ok(Value { name, ..x })
}

/// Over the last axis.
pub(super) fn layer_norm(
    g: &mut Graph<'_>,
    name: &str,
    x: Value,
    eps: f32,
) -> Result<Value, ModelError> {
    let x = g.plain(x);
    let (gain, shift) = (
        g.stored(&format!("{name}.weight"))?,
        g.stored(&format!("{name}.bias"))?,
    );
    let (gain, shift) = (
        g.constant(&gain.shape, gain.data.clone()),
        g.constant(&shift.shape, shift.data.clone()),
    );
    let attributes = [int("axis", -1), float("epsilon", eps)];
    let name = g.node("LayerNormalization", &[&x.name, &gain, &shift], &attributes);
    Ok(Value { name, ..x })
}

/// (x − mean) / deviation, each place along `axes` with its own.
fn standardize(
    g: &mut Graph<'_>,
    name: &str,
    x: Value,
    axes: &[usize],
) -> Result<Value, ModelError> {
    let x = g.plain(x);
    let places = places_along(&x.shape, axes);
    let [mean, deviation] = ["mean", "deviation"].map(|key| g.stored(&format!("{name}.{key}")));
    let whole = |g: &mut Graph<'_>, of: &[f32]| {
        g.constant(&x.shape, places.iter().map(|&p| of[p]).collect())
    };
    let mean = whole(g, &mean?.data);
    let deviation = whole(g, &deviation?.data);
    let apart = g.node("Sub", &[&x.name, &mean], &[]);
    let name = g.node("Div", &[&apart, &deviation], &[]);
    Ok(Value { name, ..x })
}

/// A dense layer, whose arrays are `{name}.weight` and, where it has one, `{name}.bias`.
pub(super) fn dense(g: &mut Graph<'_>, name: &str, x: Value) -> Result<Value, ModelError> {
    let weight = g.stored(&format!("{name}.weight"))?;
    let bias = g.find(&format!("{name}.bias"));
    Ok(affine(
        g,
        x,
        weight.data.clone(),
        weight.shape[1],
        bias.map(|bias| bias.data.clone()),
    ))
}

/// x · W + b over the last axis, W with `units` columns.
pub(super) fn affine(
    g: &mut Graph<'_>,
    x: Value,
    weight: Vec<f32>,
    units: usize,
    bias: Option<Vec<f32>>,
) -> Value {
    let x = g.plain(x);
    let weight = g.constant(&[weight.len() / units, units], weight);
    let mut name = g.node("MatMul", &[&x.name, &weight], &[]);
    if let Some(bias) = bias {
        let bias = g.constant(&[units], bias);
        name = g.node(ADD, &[&name, &bias], &[]);
    }
    let mut shape = x.shape;
    if let Some(last) = shape.last_mut() {
        *last = units;
    }
    Value {
        name,
        shape,
        planes: false,
    }
}

fn permute(g: &mut Graph<'_>, x: Value, axes: &[usize]) -> Value {
    let x = g.plain(x);
    let perm: Vec<i64> = std::iter::once(0)
        .chain(axes.iter().map(|a| *a as i64 + 1))
        .collect();
    let name = g.node("Transpose", &[&x.name], &[ints("perm", &perm)]);
    let shape = axes.iter().map(|&a| x.shape[a]).collect();
    Value {
        name,
        shape,
        planes: false,
    }
}

fn positions_of(x: &Value) -> Vec<i64> {
    if x.planes { vec![2, 3] } else { vec![1] }
}

fn global_pool(g: &mut Graph<'_>, x: Value, of: &[Statistic]) -> Value {
    let x = g.planes(x);
    let axes = ints("axes", &positions_of(&x));
    let channels = x.shape.last().copied().unwrap_or(0);
    let mut parts = Vec::new();
    for statistic in of {
        let name = match statistic {
            Statistic::Mean => g.node(
                "ReduceMean",
                &[&x.name],
                &[axes.clone(), int("keepdims", 0)],
            ),
            Statistic::Max => g.node("ReduceMax", &[&x.name], &[axes.clone(), int("keepdims", 0)]),
            Statistic::Std => {
                let mean = g.node(
                    "ReduceMean",
                    &[&x.name],
                    &[axes.clone(), int("keepdims", 1)],
                );
                let apart = g.node("Sub", &[&x.name, &mean], &[]);
                let square = g.node("Mul", &[&apart, &apart], &[]);
                let variance = g.node(
                    "ReduceMean",
                    &[&square],
                    &[axes.clone(), int("keepdims", 0)],
                );
                let eps = g.constant(&[], vec![EPS]);
                let variance = g.node(ADD, &[&variance, &eps], &[]);
                g.node("Sqrt", &[&variance], &[])
            }
        };
        parts.push(Value {
            name,
            shape: vec![channels],
            planes: false,
        });
    }
    if parts.len() == 1 {
        parts.remove(0)
    } else {
        g.join(parts)
    }
}

fn attention_pool(
    g: &mut Graph<'_>,
    name: &str,
    x: Value,
    deviation: bool,
) -> Result<Value, ModelError> {
    let x = match x.shape[..] {
        [h, w, c] => g.reshape(x, &[h * w, c]),
        _ => x,
    };
    let channels = x.shape[1];
    let score = g.stored(&format!("{name}.score"))?.data.clone();
    let hidden = dense(g, name, x.clone())?;
    let hidden = g.node("Tanh", &[&hidden.name], &[]);
    let score = g.constant(&[score.len(), 1], score);
    let score = g.node("MatMul", &[&hidden, &score], &[]);
    let weights = g.node("Softmax", &[&score], &[int("axis", 1)]);
    let weights = g.node("Transpose", &[&weights], &[ints("perm", &[0, 2, 1])]);
    let mean = g.node("MatMul", &[&weights, &x.name], &[]);
    let flat = |g: &mut Graph<'_>, name: &str| Value {
        name: g.node("Flatten", &[name], &[int("axis", 1)]),
        shape: vec![channels],
        planes: false,
    };
    let first = flat(g, &mean);
    if !deviation {
        return Ok(first);
    }
    let apart = g.node("Sub", &[&x.name, &mean], &[]);
    let square = g.node("Mul", &[&apart, &apart], &[]);
    let variance = g.node("MatMul", &[&weights, &square], &[]);
    let eps = g.constant(&[], vec![EPS]);
    let variance = g.node(ADD, &[&variance, &eps], &[]);
    let root = g.node("Sqrt", &[&variance], &[]);
    let second = flat(g, &root);
    Ok(g.join(vec![first, second]))
}

fn squeeze_excite(g: &mut Graph<'_>, name: &str, x: Value) -> Result<Value, ModelError> {
    let x = g.planes(x);
    let mean = global_pool(g, x.clone(), &[Statistic::Mean]);
    let hidden = dense(g, &format!("{name}.reduce"), mean)?;
    let hidden = Value {
        name: g.node("Relu", &[&hidden.name], &[]),
        ..hidden
    };
    let gate = dense(g, &format!("{name}.expand"), hidden)?;
    let gate = g.node("Sigmoid", &[&gate.name], &[]);
    let channels = gate_shape(&x);
    let shape = g.whole(&channels);
    let gate = g.node("Reshape", &[&gate, &shape], &[]);
    let name = g.node("Mul", &[&x.name, &gate], &[]);
    Ok(Value { name, ..x })
}

fn gate_shape(x: &Value) -> Vec<i64> {
    let channels = x.shape.last().copied().unwrap_or(0) as i64;
    if x.planes {
        vec![-1, channels, 1, 1]
    } else {
        vec![-1, 1, channels]
    }
}

fn residual(
    g: &mut Graph<'_>,
    layers: &[LayerSpec],
    name: &str,
    x: Value,
) -> Result<Value, ModelError> {
    let block = sequential(g, layers, &format!("{name}.block"), x.clone())?;
    let shortcut = format!("{name}.shortcut");
    let conv_at = (0..2).find(|i| {
        g.find(&format!("{shortcut}.{i}.weight"))
            .is_some_and(|w| w.shape.len() == 4)
    });
    let aside = match (conv_at, g.find(&format!("{shortcut}.0.weight"))) {
        (Some(at), _) => {
            let mut aside = x;
            let mut stride = [1, 1];
            let by = [0, 1].map(|axis| (aside.shape[axis], block.shape[axis]));
            if at == 1 {
                let size = by.map(|(n, o)| (1..=n).find(|s| n / s == o).unwrap_or(1));
                aside = pool(g, "AveragePool", aside, size, size);
            } else {
                stride = by.map(|(n, o)| (1..=n).find(|s| n.div_ceil(*s) == o).unwrap_or(1));
            }
            let aside = conv(
                g,
                &format!("{shortcut}.{at}"),
                aside,
                [1, 1],
                stride,
                Padding::Both(0),
            )?;
            batch_norm(g, &format!("{shortcut}.{}", at + 1), aside, EPS)?
        }
        (None, Some(_)) => {
            let aside = dense(g, &format!("{shortcut}.0"), x)?;
            batch_norm(g, &format!("{shortcut}.1"), aside, EPS)?
        }
        (None, None) => x,
    };
    let (block, aside) = (g.planes(block), g.planes(aside));
    let name = g.node(ADD, &[&block.name, &aside.name], &[]);
    Ok(Value { name, ..block })
}
