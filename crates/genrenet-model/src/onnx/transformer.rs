//! A transformer's block and the code of its steps, as ONNX operators.

use genrenet_nn::Tensor;
use genrenet_nn::layers::step_sines;

use super::dense::{affine, dense, gelu};
use super::graph::{ADD, Graph, Value};
use super::message::{int, ints};
use super::norm::layer_norm;
use crate::error::ModelError;

/// Added to the variance in both normalisations.
const EPS: f32 = 1e-5;

/// `x + attention(norm(x))`, then `x + dense(gelu(dense(norm(x))))`.
pub(super) fn block(
    g: &mut Graph<'_>,
    name: &str,
    x: Value,
    heads: usize,
) -> Result<Value, ModelError> {
    let within = |key: &str| format!("{name}.{key}");
    let normed = layer_norm(g, &within("norm_attention"), x.clone(), EPS)?;
    let attended = attention(g, &within("attention"), normed, heads)?;
    let x = sum(g, &x, &attended);
    let normed = layer_norm(g, &within("norm_dense"), x.clone(), EPS)?;
    let wide = dense(g, &within("widen"), normed)?;
    let wide = gelu(g, wide);
    let narrow = dense(g, &within("narrow"), wide)?;
    Ok(sum(g, &x, &narrow))
}

/// Adds the code of each step's number.
pub(super) fn positions(
    g: &mut Graph<'_>,
    name: &str,
    x: Value,
    learned: bool,
) -> Result<Value, ModelError> {
    let x = g.channels_last(x);
    let code = if learned {
        g.stored(&format!("{name}.code"))?.data.clone()
    } else {
        step_sines(x.shape[0], x.shape[1])
    };
    let code = g.constant(&x.shape, code);
    let name = g.node(ADD, &[&x.name, &code], &[]);
    Ok(Value { name, ..x })
}

/// Self-attention over a sequence `[T, D]`.
fn attention(g: &mut Graph<'_>, name: &str, x: Value, heads: usize) -> Result<Value, ModelError> {
    let (steps, width) = (x.shape[0], x.shape[1]);
    let per_head = width / heads;
    let weight = g.stored(&format!("{name}.weight_in"))?;
    let bias = g.stored(&format!("{name}.bias_in"))?;
    // Queries and values as [N, heads, T, D / heads], keys with the last two axes the other way round.
    let orders = [[0, 2, 1, 3], [0, 2, 3, 1], [0, 2, 1, 3]];
    let [queries, keys, values] = [0, 1, 2].map(|part| {
        let (weight, bias) = third(weight, bias, part);
        let projected = affine(g, x.clone(), weight, width, Some(bias));
        let apart = g.reshape(projected, &[steps, heads, per_head]);
        g.node("Transpose", &[&apart.name], &[ints("perm", &orders[part])])
    });
    let scale = g.constant(&[], vec![1.0 / (per_head as f32).sqrt()]);
    let scores = g.node("MatMul", &[&queries, &keys], &[]);
    let scores = g.node("Mul", &[&scores, &scale], &[]);
    let weights = g.node("Softmax", &[&scores], &[int("axis", -1)]);
    let mixed = g.node("MatMul", &[&weights, &values], &[]);
    let name_of_mixed = g.node("Transpose", &[&mixed], &[ints("perm", &[0, 2, 1, 3])]);
    let mixed = Value {
        name: name_of_mixed,
        shape: vec![steps, heads, per_head],
        channels_first: false,
    };
    let mixed = g.reshape(mixed, &[steps, width]);
    let weight = g.stored(&format!("{name}.weight_out"))?;
    let bias = g.stored(&format!("{name}.bias_out"))?;
    let (weight, bias) = (weight.data.clone(), bias.data.clone());
    Ok(affine(g, mixed, weight, width, Some(bias)))
}

/// The part of `[D, 3·D]` weights and their biases that gives queries (0), keys (1) or values (2).
fn third(weight: &Tensor, bias: &Tensor, part: usize) -> (Vec<f32>, Vec<f32>) {
    let width = weight.shape[0];
    let columns = part * width..(part + 1) * width;
    let rows = weight.data.chunks_exact(3 * width);
    (
        rows.flat_map(|row| row[columns.clone()].iter().copied())
            .collect(),
        bias.data[columns.clone()].to_vec(),
    )
}

fn sum(g: &mut Graph<'_>, a: &Value, b: &Value) -> Value {
    let name = g.node(ADD, &[&a.name, &b.name], &[]);
    Value { name, ..a.clone() }
}
