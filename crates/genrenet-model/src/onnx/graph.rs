//! A graph under construction: nodes, stored arrays, and the shape that each value has in the network.

use genrenet_nn::{Network, Tensor};

use super::message::{self, Message, ints};
use crate::error::ModelError;

/// The operator of a sum.
pub(super) const ADD: &str = "Add";

/// A value of the graph.
#[derive(Clone, Debug)]
pub(super) struct Value {
    /// Its name in the graph.
    pub name: String,
    /// Shape of an item as the network has it: `[H, W, C]`, `[T, C]` or `[F]`.
    pub shape: Vec<usize>,
    /// Whether an image lies as `[C, H, W]` in the graph, as ONNX's convolutions want it.
    pub channels_first: bool,
}

/// A graph under construction.
pub(super) struct Graph<'a> {
    network: &'a Network,
    body: Message,
    inputs: Vec<Message>,
    outputs: Vec<Message>,
    count: usize,
}

impl<'a> Graph<'a> {
    pub fn new(network: &'a Network) -> Self {
        Graph {
            network,
            body: Message::default(),
            inputs: Vec::new(),
            outputs: Vec::new(),
            count: 0,
        }
    }

    fn name(&mut self) -> String {
        self.count += 1;
        format!("v{}", self.count)
    }

    /// A stored array of the network.
    pub fn stored(&self, name: &str) -> Result<&'a Tensor, ModelError> {
        self.find(name)
            .ok_or_else(|| ModelError::Onnx(format!("the network has no array {name}")))
    }

    /// A stored array, where there is one.
    pub fn find(&self, name: &str) -> Option<&'a Tensor> {
        let state = self.network.state();
        state
            .into_iter()
            .find(|(n, _)| n == name)
            .map(|(_, tensor)| tensor)
    }

    /// Adds an input of items of `shape`.
    pub fn input(&mut self, name: &str, shape: &[usize]) -> Value {
        self.inputs.push(message::typed(name, shape));
        Value {
            name: name.to_string(),
            shape: shape.to_vec(),
            channels_first: false,
        }
    }

    /// Names a value as an output.
    pub fn output(&mut self, name: &str, value: &str, width: usize) {
        let node = Message::default()
            .text(1, value)
            .text(2, name)
            .text(4, "Identity");
        self.body = std::mem::take(&mut self.body).message(1, &node);
        self.outputs.push(message::typed(name, &[width]));
    }

    /// Stores an array of numbers and gives its name.
    pub fn constant(&mut self, shape: &[usize], data: Vec<f32>) -> String {
        let name = self.name();
        let tensor = message::floats(&name, shape, &data);
        self.body = std::mem::take(&mut self.body).message(5, &tensor);
        name
    }

    /// Stores integers (a shape, axes) and gives their name.
    pub fn integers(&mut self, data: &[i64]) -> String {
        let name = self.name();
        let tensor = message::integers(&name, data);
        self.body = std::mem::take(&mut self.body).message(5, &tensor);
        name
    }

    /// Adds an operator with one output and gives that one's name. An empty input name is an input left out.
    pub fn node(&mut self, kind: &str, inputs: &[&str], attributes: &[Message]) -> String {
        self.nodes(kind, inputs, attributes, 1).remove(0)
    }

    /// Adds an operator with several outputs.
    pub fn nodes(
        &mut self,
        kind: &str,
        inputs: &[&str],
        attributes: &[Message],
        outputs: usize,
    ) -> Vec<String> {
        let names: Vec<String> = (0..outputs).map(|_| self.name()).collect();
        let mut node = inputs.iter().fold(Message::default(), |m, x| m.text(1, x));
        node = names.iter().fold(node, |m, y| m.text(2, y)).text(4, kind);
        node = attributes.iter().fold(node, |m, a| m.message(5, a));
        self.body = std::mem::take(&mut self.body).message(1, &node);
        names
    }

    /// An operator whose output has items of `shape`, laid out as the network has them.
    pub fn value(&mut self, kind: &str, inputs: &[&str], shape: &[usize]) -> Value {
        let name = self.node(kind, inputs, &[]);
        Value {
            name,
            shape: shape.to_vec(),
            channels_first: false,
        }
    }

    /// An image as `[C, H, W]`.
    pub fn channels_first(&mut self, x: Value) -> Value {
        if x.channels_first || x.shape.len() != 3 {
            return x;
        }
        let name = self.node("Transpose", &[&x.name], &[ints("perm", &[0, 3, 1, 2])]);
        Value {
            name,
            channels_first: true,
            ..x
        }
    }

    /// A value as the network lays it out, images as `[H, W, C]`.
    pub fn channels_last(&mut self, x: Value) -> Value {
        if !x.channels_first {
            return x;
        }
        let name = self.node("Transpose", &[&x.name], &[ints("perm", &[0, 2, 3, 1])]);
        Value {
            name,
            channels_first: false,
            ..x
        }
    }

    /// A value under another shape, in the network's order.
    pub fn reshape(&mut self, x: Value, shape: &[usize]) -> Value {
        let x = self.channels_last(x);
        if x.shape == shape {
            return x;
        }
        let sizes: Vec<i64> = std::iter::once(-1)
            .chain(shape.iter().map(|n| *n as i64))
            .collect();
        let sizes = self.integers(&sizes);
        self.value("Reshape", &[&x.name, &sizes], shape)
    }

    /// A value as a vector.
    pub fn flat(&mut self, x: Value) -> Value {
        let len: usize = x.shape.iter().product();
        self.reshape(x, &[len])
    }

    /// Several values as one vector.
    pub fn join(&mut self, parts: Vec<Value>) -> Value {
        let parts: Vec<Value> = parts.into_iter().map(|part| self.flat(part)).collect();
        let names: Vec<&str> = parts.iter().map(|part| part.name.as_str()).collect();
        let width = parts.iter().map(|part| part.shape[0]).sum();
        let name = self.node("Concat", &names, &[message::int("axis", 1)]);
        Value {
            name,
            shape: vec![width],
            channels_first: false,
        }
    }

    /// The whole file, with metadata by name (`metadata_props`).
    pub fn finish(self, name: &str, metadata: &[(&str, String)]) -> Vec<u8> {
        let mut graph = self.body.text(2, name);
        graph = self.inputs.iter().fold(graph, |m, x| m.message(11, x));
        graph = self.outputs.iter().fold(graph, |m, y| m.message(12, y));
        let opset = Message::default().text(1, "").varint(2, 17);
        let file = Message::default()
            .varint(1, 8)
            .text(2, "genrenet")
            .text(3, env!("CARGO_PKG_VERSION"))
            .message(7, &graph)
            .message(8, &opset);
        metadata
            .iter()
            .map(|(key, value)| Message::default().text(1, key).text(2, value))
            .fold(file, |m, entry| m.message(14, &entry))
            .into_bytes()
    }
}
