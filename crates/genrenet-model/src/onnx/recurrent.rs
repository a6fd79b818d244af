//! LSTM, GRU and the plain recurrent layer: ONNX has them, with the gates in another order.

use genrenet_nn::{RecurrentSpec, Tensor};

use super::graph::{Graph, Value};
use super::message::{int, ints, string};
use crate::error::ModelError;

/// A recurrent operator: its name, and for each of its gates which of PyTorch's it is.
pub(super) struct Kind {
    operator: &'static str,
    gates: &'static [usize],
}

/// i, o, f, c of i, f, g, o.
pub(super) const LSTM: Kind = Kind {
    operator: "LSTM",
    gates: &[0, 3, 1, 2],
};
/// z, r, h of r, z, n.
pub(super) const GRU: Kind = Kind {
    operator: "GRU",
    gates: &[1, 0, 2],
};
/// One gate only.
pub(super) const RNN: Kind = Kind {
    operator: "RNN",
    gates: &[0],
};

/// A recurrent layer over `[N, T, C]`.
pub(super) fn layer(
    g: &mut Graph<'_>,
    name: &str,
    x: Value,
    kind: &Kind,
    &RecurrentSpec {
        units,
        bidirectional,
        sequences,
        ..
    }: &RecurrentSpec,
) -> Result<Value, ModelError> {
    let x = g.channels_last(x);
    let (steps, width) = (x.shape[0], x.shape[1]);
    let directions = if bidirectional { 2 } else { 1 };
    let columns = kind.gates.len() * units;
    let (mut of_input, mut of_state, mut biases) = (Vec::new(), Vec::new(), Vec::new());
    for direction in 0..directions {
        let name = if direction == 0 {
            name.to_string()
        } else {
            format!("{name}.reverse")
        };
        of_input.extend(reordered(
            g.stored(&format!("{name}.weight_input"))?,
            kind,
            units,
        ));
        of_state.extend(reordered(
            g.stored(&format!("{name}.weight_state"))?,
            kind,
            units,
        ));
        for keys in [["bias_input", "bias"], ["bias_state", ""]] {
            let found = keys.iter().find_map(|key| g.find(&format!("{name}.{key}")));
            match found {
                Some(bias) => biases.extend(reordered(
                    &Tensor {
                        shape: vec![1, columns],
                        data: bias.data.clone(),
                    },
                    kind,
                    units,
                )),
                None => biases.extend(vec![0.0; columns]),
            }
        }
    }
    let time_first = g.node("Transpose", &[&x.name], &[ints("perm", &[1, 0, 2])]);
    let of_input = g.constant(&[directions, columns, width], of_input);
    let of_state = g.constant(&[directions, columns, units], of_state);
    let biases = g.constant(&[directions, 2 * columns], biases);
    let mut attributes = vec![int("hidden_size", units as i64)];
    attributes.push(string(
        "direction",
        if bidirectional {
            "bidirectional"
        } else {
            "forward"
        },
    ));
    if kind.operator == "GRU" {
        attributes.push(int("linear_before_reset", 1));
    }
    let outputs = g.nodes(
        kind.operator,
        &[&time_first, &of_input, &of_state, &biases],
        &attributes,
        2,
    );
    if sequences {
        // [T, directions, N, H] → [N, T, directions · H]
        let y = g.node("Transpose", &[&outputs[0]], &[ints("perm", &[2, 0, 1, 3])]);
        let shape = [steps, directions * units];
        let sizes = g.integers(&[-1, shape[0] as i64, shape[1] as i64]);
        return Ok(g.value("Reshape", &[&y, &sizes], &shape));
    }
    let y = g.node("Transpose", &[&outputs[1]], &[ints("perm", &[1, 0, 2])]);
    let sizes = g.integers(&[-1, (directions * units) as i64]);
    Ok(g.value("Reshape", &[&y, &sizes], &[directions * units]))
}

/// `[rows, gates · units]` in PyTorch's order as `[gates · units, rows]` in ONNX's.
fn reordered(weight: &Tensor, kind: &Kind, units: usize) -> Vec<f32> {
    let (rows, columns) = (weight.shape[0], kind.gates.len() * units);
    let mut out = Vec::with_capacity(rows * columns);
    for &gate in kind.gates {
        for unit in 0..units {
            out.extend((0..rows).map(|row| weight.data[row * columns + gate * units + unit]));
        }
    }
    out
}
