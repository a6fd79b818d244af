//! A whole network of branches, trunk and heads: its passes, parameters and summary.

mod build;
mod inputs;
mod state;

pub use self::inputs::Inputs;
use crate::branch::Branch;
use crate::layers::Dense;
use crate::{Layer, NnError, Param, Pass, Scratch, Sequential, SummaryRow, Tensor};

/// A network built from its description.
#[derive(Debug)]
pub struct Network {
    /// Values of the largest item that flows between its layers.
    widest: usize,
    branches: Vec<Branch>,
    joined_shape: Vec<usize>,
    trunk: Sequential,
    heads: Vec<(String, Dense)>,
    /// The concatenated outputs of the branches, where there are several.
    joined: Tensor,
    hidden: Tensor,
    outputs: Vec<Tensor>,
}

impl Network {
    /// Values of the largest item that flows between two of its layers: a batch takes memory in proportion.
    pub fn widest(&self) -> usize {
        self.widest
    }

    /// Whether a batch suits this network: every needed array is there, with the right shape.
    ///
    /// # Errors
    /// [`NnError::Input`] for a missing array, [`NnError::Shape`] for one of another shape.
    pub fn check(&self, inputs: &Inputs) -> Result<(), NnError> {
        for branch in &self.branches {
            let (array, present) = inputs.find(&branch.input);
            let Some(array) = array else {
                if branch.absent.is_some() {
                    continue;
                }
                let found = inputs
                    .arrays
                    .iter()
                    .map(|(n, _)| n.as_str())
                    .collect::<Vec<_>>()
                    .join(", ");
                return Err(NnError::Input {
                    name: branch.input.clone(),
                    found,
                });
            };
            let expected: Vec<usize> = std::iter::once(inputs.batch)
                .chain(branch.input_shape.iter().copied())
                .collect();
            if array.shape != expected || array.data.len() != expected.iter().product::<usize>() {
                return Err(NnError::shape(
                    &branch.name,
                    format!("{expected:?}"),
                    format!("{:?}", array.shape),
                ));
            }
            if let Some(p) = present
                && p.len() != inputs.batch
            {
                let expected = format!("{} flags of presence", inputs.batch);
                return Err(NnError::shape(&branch.name, expected, p.len()));
            }
        }
        Ok(())
    }

    /// Computes one tensor of logits `[batch, outputs]` per head and keeps what [`Self::backward`] needs.
    ///
    /// # Panics
    /// When [`Self::check`] would refuse the batch.
    pub fn forward(&mut self, inputs: &Inputs, pass: &mut Pass) -> &[Tensor] {
        for branch in &mut self.branches {
            let (array, present) = inputs.find(&branch.input);
            branch.forward(inputs.batch, array, present, pass);
        }
        let joined = match self.branches.as_slice() {
            [only] => only.output(),
            several => {
                join(
                    inputs.batch,
                    several.iter().map(Branch::output),
                    &mut self.joined,
                );
                &self.joined
            }
        };
        self.trunk.forward(joined, &mut self.hidden, pass);
        for ((_, head), y) in self.heads.iter_mut().zip(&mut self.outputs) {
            head.forward(&self.hidden, y, pass);
        }
        &self.outputs
    }

    /// Adds to all gradients, given the gradient of the loss with respect to each head's output (an empty tensor for a
    /// head without a loss).
    pub fn backward(&mut self, d_heads: &[Tensor]) {
        self.run_backward(d_heads, false);
    }

    /// As [`Self::backward`], and returns the gradient with respect to each branch's input, in the order of the branches.
    pub fn backward_to_inputs(&mut self, d_heads: &[Tensor]) -> Vec<Tensor> {
        self.run_backward(d_heads, true)
    }

    fn run_backward(&mut self, d_heads: &[Tensor], to_inputs: bool) -> Vec<Tensor> {
        // Checked through `params` first: `params_mut` drops what layers keep for inference.
        if self.params().iter().any(|p| p.grad.is_empty()) {
            self.zero_grad();
        }
        let mut d_hidden = Tensor::default();
        let mut part = Tensor::default();
        d_hidden.resize(&self.hidden.shape);
        for (((_, head), y), dy) in self.heads.iter_mut().zip(&self.outputs).zip(d_heads) {
            if dy.is_empty() {
                continue;
            }
            head.backward(&self.hidden, y, dy, Some(&mut part));
            d_hidden
                .data
                .iter_mut()
                .zip(&part.data)
                .for_each(|(s, p)| *s += p);
        }
        let wanted = to_inputs || self.branches.iter().any(|b| !b.params().is_empty());
        let mut d_joined = wanted.then(Tensor::default);
        let joined = match self.branches.as_slice() {
            [only] => only.output(),
            _ => &self.joined,
        };
        self.trunk
            .backward(joined, &self.hidden, &d_hidden, d_joined.as_mut());
        let Some(d_joined) = d_joined else {
            return Vec::new();
        };
        let mut d_inputs = Vec::new();
        let mut at = 0;
        let several = self.branches.len() > 1;
        let width = d_joined.item_len();
        for branch in &mut self.branches {
            let mut d_input = to_inputs.then(Tensor::default);
            if several {
                let shape = branch.layers.output_shape().to_vec();
                part.resize_batch(d_joined.batch(), &shape);
                let len = part.item_len();
                for (to, from) in part
                    .data
                    .chunks_exact_mut(len.max(1))
                    .zip(d_joined.data.chunks_exact(width.max(1)))
                {
                    to.copy_from_slice(&from[at..at + len]);
                }
                at += len;
                branch.backward(&part, d_input.as_mut());
            } else {
                branch.backward(&d_joined, d_input.as_mut());
            }
            d_inputs.extend(d_input);
        }
        d_inputs
    }

    /// Sets all gradients to zero.
    pub fn zero_grad(&mut self) {
        for p in self.params_mut() {
            p.grad.resize(&p.value.shape);
            p.grad.fill(0.0);
        }
    }

    /// Computes each head's logits in evaluation mode; may be called from several threads, each with its own scratch.
    ///
    /// # Panics
    /// When [`Self::check`] would refuse the batch.
    pub fn infer(&self, inputs: &Inputs, scratch: &mut Scratch) -> Vec<Tensor> {
        self.infer_heads(&self.heads, inputs, scratch)
    }

    /// As [`Self::infer`] for the first head alone, which classifies; the others are used in training only.
    ///
    /// # Panics
    /// As [`Self::infer`].
    pub fn infer_first(&self, inputs: &Inputs, scratch: &mut Scratch) -> Tensor {
        self.infer_heads(&self.heads[..1], inputs, scratch)
            .remove(0)
    }

    fn infer_heads(
        &self,
        heads: &[(String, Dense)],
        inputs: &Inputs,
        scratch: &mut Scratch,
    ) -> Vec<Tensor> {
        let hidden = self.infer_trunk(inputs, scratch);
        let outputs = heads
            .iter()
            .map(|(_, head)| {
                let mut y = Tensor::default();
                head.infer(&hidden, &mut y, scratch);
                y
            })
            .collect();
        scratch.give_tensor(hidden);
        outputs
    }

    /// The trunk's output, the last hidden layer, as vectors `[batch, F]`.
    ///
    /// # Panics
    /// When [`Self::check`] would refuse the batch.
    pub fn embed(&self, inputs: &Inputs, scratch: &mut Scratch) -> Tensor {
        let mut hidden = self.infer_trunk(inputs, scratch);
        hidden.shape = vec![hidden.batch(), hidden.item_len()];
        hidden
    }

    /// Values of an item of [`Network::embed`].
    pub fn hidden_len(&self) -> usize {
        self.trunk.output_shape().iter().product()
    }

    /// Values of an item of [`Network::joined`].
    pub fn joined_len(&self) -> usize {
        self.joined_shape.iter().product()
    }

    /// The outputs of the branches, joined, as vectors `[batch, F]`: what the trunk reads.
    ///
    /// # Panics
    /// When [`Self::check`] would refuse the batch.
    pub fn joined(&self, inputs: &Inputs, scratch: &mut Scratch) -> Tensor {
        let mut joined = self.infer_branches(inputs, scratch);
        joined.shape = vec![joined.batch(), joined.item_len()];
        joined
    }

    fn infer_trunk(&self, inputs: &Inputs, scratch: &mut Scratch) -> Tensor {
        let joined = self.infer_branches(inputs, scratch);
        if self.trunk.is_empty() {
            return joined;
        }
        let mut hidden = scratch.tensor(&[]);
        self.trunk.infer(&joined, &mut hidden, scratch);
        scratch.give_tensor(joined);
        hidden
    }

    fn infer_branches(&self, inputs: &Inputs, scratch: &mut Scratch) -> Tensor {
        let mut outputs: Vec<Tensor> = self
            .branches
            .iter()
            .map(|branch| {
                let (array, present) = inputs.find(&branch.input);
                branch.infer(inputs.batch, array, present, scratch)
            })
            .collect();
        if outputs.len() == 1 {
            outputs.remove(0)
        } else {
            let mut joined = scratch.tensor(&[]);
            join(inputs.batch, outputs.iter(), &mut joined);
            outputs.into_iter().for_each(|t| scratch.give_tensor(t));
            joined
        }
    }

    /// Passes training inputs to layers whose statistics are fitted before training (`standardize` at the start of a
    /// branch); call [`Self::settle`] after all inputs.
    ///
    /// # Panics
    /// When [`Self::check`] would refuse the batch.
    pub fn observe(&mut self, inputs: &Inputs) {
        for branch in &mut self.branches {
            let (Some(array), present) = inputs.find(&branch.input) else {
                continue;
            };
            match present {
                None => branch.layers.observe(array),
                Some(flags) => {
                    let len = array.item_len();
                    for row in (0..inputs.batch).filter(|&i| flags[i]) {
                        let mut shape = array.shape.clone();
                        shape[0] = 1;
                        branch.layers.observe(&Tensor {
                            shape,
                            data: array.data[row * len..][..len].to_vec(),
                        });
                    }
                }
            }
        }
    }

    /// Ends [`Self::observe`].
    pub fn settle(&mut self) {
        self.branches.iter_mut().for_each(|b| b.layers.settle());
    }

    /// Names of the heads, in order.
    pub fn heads(&self) -> Vec<&str> {
        self.heads.iter().map(|(n, _)| n.as_str()).collect()
    }

    /// All trainable arrays, in a fixed order: branches, trunk, heads.
    pub fn params(&self) -> Vec<&Param> {
        let mut all: Vec<&Param> = self.branches.iter().flat_map(Branch::params).collect();
        all.extend(self.trunk.params());
        all.extend(self.heads.iter().flat_map(|(_, h)| h.params()));
        all
    }

    /// As [`Self::params`], to be changed.
    pub fn params_mut(&mut self) -> Vec<&mut Param> {
        let mut all: Vec<&mut Param> = self
            .branches
            .iter_mut()
            .flat_map(Branch::params_mut)
            .collect();
        all.extend(self.trunk.params_mut());
        all.extend(self.heads.iter_mut().flat_map(|(_, h)| h.params_mut()));
        all
    }

    fn buffers(&self) -> Vec<(&str, &Tensor)> {
        self.branches
            .iter()
            .flat_map(|b| b.layers.buffers())
            .chain(self.trunk.buffers())
            .collect()
    }

    fn buffers_mut(&mut self) -> Vec<(&str, &mut Tensor)> {
        self.branches
            .iter_mut()
            .flat_map(|b| b.layers.buffers_mut())
            .chain(self.trunk.buffers_mut())
            .collect()
    }

    /// One line per input, layer and head.
    pub fn summary(&self) -> Vec<SummaryRow> {
        let mut rows: Vec<SummaryRow> = self.branches.iter().flat_map(Branch::summary).collect();
        if self.branches.len() > 1 {
            rows.push(SummaryRow::new("join", "join", &self.joined_shape));
        }
        rows.extend(self.trunk.rows());
        rows.extend(self.heads.iter().flat_map(|(_, h)| h.rows()));
        rows
    }
}

fn join<'a>(batch: usize, parts: impl Iterator<Item = &'a Tensor> + Clone, joined: &mut Tensor) {
    let width = parts.clone().map(Tensor::item_len).sum();
    joined.resize_batch(batch, &[width]);
    for (row, to) in joined.data.chunks_exact_mut(width.max(1)).enumerate() {
        let mut at = 0;
        for part in parts.clone() {
            to[at..at + part.item_len()].copy_from_slice(part.item(row));
            at += part.item_len();
        }
    }
}
