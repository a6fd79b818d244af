//! Normalisation as ONNX operators.

use genrenet_nn::layers::places_along;

use super::graph::{ADD, Graph, Value};
use super::message::{float, int};
use crate::error::ModelError;

/// Batch normalisation with running statistics, as one product and one sum per channel.
pub(super) fn batch_norm(
    g: &mut Graph<'_>,
    name: &str,
    x: Value,
    eps: f32,
) -> Result<Value, ModelError> {
    let x = g.channels_first(x);
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
    let shape = if x.channels_first {
        vec![scale.len(), 1, 1]
    } else {
        vec![scale.len()]
    };
    let (scale, offset) = (g.constant(&shape, scale), g.constant(&shape, offset));
    let scaled = g.node("Mul", &[&x.name, &scale], &[]);
    let name = g.node(ADD, &[&scaled, &offset], &[]);
    Ok(Value { name, ..x })
}

/// Layer normalisation over the last axis.
pub(super) fn layer_norm(
    g: &mut Graph<'_>,
    name: &str,
    x: Value,
    eps: f32,
) -> Result<Value, ModelError> {
    let x = g.channels_last(x);
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

/// (x − mean) / deviation, with a mean and a deviation for each position along `axes`.
pub(super) fn standardize(
    g: &mut Graph<'_>,
    name: &str,
    x: Value,
    axes: &[usize],
) -> Result<Value, ModelError> {
    let x = g.channels_last(x);
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
