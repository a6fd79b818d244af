//! Pooling as ONNX operators.

use genrenet_nn::Statistic;

use super::dense::dense;
use super::graph::{ADD, Graph, Value};
use super::message::{int, ints};
use crate::error::ModelError;

/// Added to a variance before its root is taken.
const EPS: f32 = 1e-5;

/// Pooling of windows of `size`, without zeros around the image.
pub(super) fn pool(
    g: &mut Graph<'_>,
    kind: &str,
    x: Value,
    size: [usize; 2],
    stride: [usize; 2],
) -> Value {
    let x = g.channels_first(x);
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
        channels_first: true,
    }
}

/// The axes of an image or of a sequence without batch and channels.
fn positions_of(x: &Value) -> Vec<i64> {
    if x.channels_first {
        vec![2, 3]
    } else {
        vec![1]
    }
}

/// Statistics of each channel over all positions.
pub(super) fn global_pool(g: &mut Graph<'_>, x: Value, of: &[Statistic]) -> Value {
    let x = g.channels_first(x);
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
            channels_first: false,
        });
    }
    if parts.len() == 1 {
        parts.remove(0)
    } else {
        g.join(parts)
    }
}

/// Mean (and deviation) over positions weighted by a learned score.
pub(super) fn attention_pool(
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
        channels_first: false,
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
