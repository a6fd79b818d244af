//! Convolutions as ONNX operators.

use genrenet_nn::Padding;

use super::graph::{Graph, Value};
use super::message::ints;
use crate::error::ModelError;

/// A convolution whose arrays are `{name}.weight` and, where it has one, `{name}.bias`; its zeros are those of the network's layer.
pub(super) fn conv(
    g: &mut Graph<'_>,
    name: &str,
    x: Value,
    kernel: [usize; 2],
    stride: [usize; 2],
    padding: Padding,
) -> Result<Value, ModelError> {
    let x = g.channels_first(x);
    let weight = g.stored(&format!("{name}.weight"))?;
    let &[kh, kw, from, to] = weight.shape.as_slice() else {
        return Err(ModelError::Onnx(format!(
            "{name}.weight has the shape {:?}",
            weight.shape
        )));
    };
    // [kh, kw, in, out] → [out, in, kh, kw]
    let mut transposed = vec![0.0; weight.data.len()];
    for (at, &w) in weight.data.iter().enumerate() {
        let (o, i, p) = (at % to, at / to % from, at / (to * from));
        transposed[(o * from + i) * kh * kw + p] = w;
    }
    let zeros = [0, 1].map(|axis| padding.around(axis, x.shape[axis], kernel[axis], stride[axis]));
    let out = [0, 1].map(|axis| {
        let [before, after] = zeros[axis];
        (x.shape[axis] + before + after - kernel[axis]) / stride[axis] + 1
    });
    let sizes = |values: [usize; 2]| values.map(|v| v as i64);
    let pads = [zeros[0][0], zeros[1][0], zeros[0][1], zeros[1][1]].map(|p| p as i64);
    let attributes = [
        ints("kernel_shape", &sizes(kernel)),
        ints("strides", &sizes(stride)),
        ints("pads", &pads),
    ];
    let weight = g.constant(&[to, from, kh, kw], transposed);
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
        channels_first: true,
    })
}
