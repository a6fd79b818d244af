//! Dense layers and the GELU as ONNX operators.

use super::graph::{ADD, Graph, Value};
use crate::error::ModelError;

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
    let x = g.channels_last(x);
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
        channels_first: false,
    }
}

/// x · (1 + erf(x / √2)) / 2
pub(super) fn gelu(g: &mut Graph<'_>, x: Value) -> Value {
    let root = g.constant(&[], vec![std::f32::consts::FRAC_1_SQRT_2]);
    let (half, one) = (g.constant(&[], vec![0.5]), g.constant(&[], vec![1.0]));
    let scaled = g.node("Mul", &[&x.name, &root], &[]);
    let erf = g.node("Erf", &[&scaled], &[]);
    let above = g.node(ADD, &[&erf, &one], &[]);
    let gate = g.node("Mul", &[&above, &half], &[]);
    let name = g.node("Mul", &[&x.name, &gate], &[]);
    Value { name, ..x }
}
