//! The same network for other runtimes: ONNX, opset 17.
//!
//! The file holds one member's network without its preprocessing: it reads what [`crate::Preprocessor::prepare`] gives (images
//! `[N, bands, frames, channels]`, sequences `[N, frames, features]`, vectors `[N, n]`, by the inputs' names, with `_input` where an output has that name), and for an
//! optional input its presence `[N, 1]` (1 or 0, by that name with `_present`). It gives `logits` `[N, outputs]` of the
//! first head and `probabilities`, both without the bundle's temperature, and `embedding` `[N, width]`: the last hidden layer,
//! which the head reads, or of a backbone the layer that the bundle's networks read. What the file says of itself is described in
//! docs/ONNX.md. `reference/onnx_check.py` compares it with ONNX Runtime: within 1e-5.

mod conv;
mod dense;
mod graph;
mod layers;
mod message;
mod metadata;
mod norm;
mod pooling;
mod recurrent;
mod transformer;

use crate::bundle::{Bundle, Member, Output};
use crate::error::ModelError;
use crate::inputs::EmbeddingLayer;
use graph::Graph;
use metadata::Metadata;

impl Bundle {
    /// Member `index` as an ONNX file.
    ///
    /// # Errors
    /// No such member, or an array that its description names and its weights lack.
    pub fn onnx(&self, index: usize) -> Result<Vec<u8>, ModelError> {
        match self.members.get(index) {
            Some(member) => {
                let metadata = metadata::of_member(self, member)?;
                of_member(member, EmbeddingLayer::Hidden, &metadata)
            }
            None => Err(ModelError::value(
                "member",
                index,
                format!("0 to {}", self.members.len().saturating_sub(1)),
            )),
        }
    }

    /// The backbone as an ONNX file; `None` for a bundle without one.
    ///
    /// # Errors
    /// As [`Bundle::onnx`].
    pub fn onnx_of_backbone(&self) -> Result<Option<Vec<u8>>, ModelError> {
        match &self.backbone {
            Some(backbone) => {
                let metadata = metadata::of_backbone(self, backbone)?;
                of_member(&backbone.network, backbone.layer, &metadata).map(Some)
            }
            None => Ok(None),
        }
    }
}

/// A member's network as an ONNX file with this metadata, whose output `embedding` is this layer.
///
/// # Errors
/// An array that the description names and the weights lack.
fn of_member(
    member: &Member,
    layer: EmbeddingLayer,
    metadata: &Metadata,
) -> Result<Vec<u8>, ModelError> {
    let mut graph = Graph::new(&member.network);
    let mut parts = Vec::new();
    for (number, branch) in member.spec.branches.iter().enumerate() {
        let before = member.spec.branches[..number]
            .iter()
            .filter(|other| other.input == branch.input)
            .count();
        let name = match before {
            0 => format!("branches.{}", branch.input),
            n => format!("branches.{}_{}", branch.input, n + 1),
        };
        let input = member
            .inputs
            .iter()
            .find(|input| input.spec().name == branch.input)
            .ok_or_else(|| ModelError::Onnx(format!("no input {}", branch.input)))?;
        let input_name = metadata::graph_name(&branch.input);
        let x = graph.input(&input_name, &input.shape());
        let mut y = layers::sequential(&mut graph, &branch.layers, &name, x)?;
        if branch.optional {
            y = graph.flat(y);
            let present = graph.input(&format!("{input_name}_present"), &[1]);
            let absent = graph.stored(&format!("{name}.absent"))?.data.clone();
            let absent = graph.constant(&[1, absent.len()], absent);
            // absent + present · (y − absent)
            let shape = y.shape.clone();
            let difference = graph.node("Sub", &[&y.name, &absent], &[]);
            let kept = graph.node("Mul", &[&difference, &present.name], &[]);
            y = graph.value(graph::ADD, &[&kept, &absent], &shape);
        }
        parts.push(y);
    }
    let joined = match parts.len() {
        1 => parts.remove(0),
        _ => graph.join(parts),
    };
    let pooled = (layer == EmbeddingLayer::Pooled).then(|| graph.flat(joined.clone()));
    let hidden = layers::sequential(&mut graph, &member.spec.trunk, "trunk", joined)?;
    let hidden = graph.flat(hidden);
    let head = &member.spec.heads[0];
    let logits = dense::dense(&mut graph, &format!("heads.{}", head.name), hidden.clone())?;
    let embedding = match (&pooled, layer) {
        (Some(pooled), _) => pooled,
        (None, EmbeddingLayer::Tags) => &logits,
        (None, _) => &hidden,
    };
    graph.output("embedding", &embedding.name, embedding.shape[0]);
    graph.output("logits", &logits.name, head.outputs);
    let probabilities = match member.output {
        Output::Softmax => graph.node("Softmax", &[&logits.name], &[message::int("axis", -1)]),
        Output::Sigmoid | Output::Independent => graph.node("Sigmoid", &[&logits.name], &[]),
    };
    graph.output("probabilities", &probabilities, head.outputs);
    Ok(graph.finish(&member.name, metadata))
}
