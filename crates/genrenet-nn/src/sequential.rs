//! A chain of layers, with neighbours fused where one kernel does the work of both.

use crate::layers::{ConvBlock, ConvMaximum, ConvSizes, Dense, Residual};
use crate::{
    Initialiser, Layer, LayerSpec, NnError, Param, Pass, Scratch, SummaryRow, Tensor, build,
};

/// A chain of layers that is a layer itself.
///
/// Runs of conv → batch_norm → relu → max_pool (each but the first may be missing), conv of one channel → relu → batch_norm →
/// max_pool over all positions across, residual → relu and flatten → dense become one layer each; names, weights and summary stay as without fusion.
pub struct Sequential {
    input: Vec<usize>,
    layers: Vec<Box<dyn Layer>>,
    /// The outputs between the layers, of the last forward pass.
    between: Vec<Tensor>,
    grads: [Tensor; 2],
}

impl std::fmt::Debug for Sequential {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list()
            .entries(self.layers.iter().map(|l| l.kind()))
            .finish()
    }
}

impl Sequential {
    /// Builds the layers for items of shape `input`; layer i is named `{prefix}.{i}`.
    ///
    /// # Errors
    /// The error of the first layer that cannot be built.
    pub fn new(
        specs: &[LayerSpec],
        prefix: &str,
        input: &[usize],
        first: &mut Initialiser,
    ) -> Result<Self, NnError> {
        let mut layers: Vec<Box<dyn Layer>> = Vec::new();
        let mut shape = input.to_vec();
        let mut i = 0;
        while i < specs.len() {
            let (layer, taken) = fused(&specs[i..], prefix, i, &shape, first)?;
            shape = layer.output_shape().to_vec();
            first.flows(&format!("{prefix}.{}", i + taken - 1), &shape)?;
            layers.push(layer);
            i += taken;
        }
        let between = layers.iter().skip(1).map(|_| Tensor::default()).collect();
        Ok(Self {
            input: input.to_vec(),
            layers,
            between,
            grads: Default::default(),
        })
    }

    /// Whether there is no layer.
    pub fn is_empty(&self) -> bool {
        self.layers.is_empty()
    }
}

/// The layer that starts at `specs[0]`, number `index` of its chain, and how many descriptions it takes.
fn fused(
    specs: &[LayerSpec],
    prefix: &str,
    index: usize,
    input: &[usize],
    first: &mut Initialiser,
) -> Result<(Box<dyn Layer>, usize), NnError> {
    let name = |offset: usize| format!("{prefix}.{}", index + offset);
    if let Some(layer) = ConvMaximum::of(specs, name, input, first)? {
        return Ok((Box::new(layer), 4));
    }
    match specs {
        [
            LayerSpec::Conv {
                filters,
                kernel,
                stride,
                padding,
                bias,
            },
            ..,
        ] => {
            let sizes = ConvSizes {
                filters: *filters,
                kernel: *kernel,
                stride: *stride,
                padding: *padding,
            };
            let mut block = ConvBlock::new(&name(0), input, sizes, *bias, first)?;
            let mut taken = 1;
            if let Some(LayerSpec::BatchNorm { eps, momentum }) = specs.get(taken) {
                block.set_norm(&name(taken), *eps, *momentum)?;
                taken += 1;
            }
            if let Some(LayerSpec::Relu {}) = specs.get(taken) {
                block.set_relu(&name(taken));
                taken += 1;
            }
            if let Some(LayerSpec::MaxPool { size, stride }) = specs.get(taken)
                && stride.is_none_or(|s| s == *size)
            {
                block.set_pool(&name(taken), *size)?;
                taken += 1;
            }
            Ok((Box::new(block), taken))
        }
        [
            LayerSpec::Residual { layers, shortcut },
            LayerSpec::Relu {},
            ..,
        ] => {
            let mut residual = Residual::new(&name(0), input, layers, *shortcut, first)?;
            residual.set_relu(&name(1));
            Ok((Box::new(residual), 2))
        }
        [LayerSpec::Flatten {}, LayerSpec::Dense { units, bias }, ..] => {
            let mut dense = Dense::flattened(&name(1), input, *units, *bias, first)?;
            dense.set_flatten(&name(0));
            Ok((Box::new(dense), 2))
        }
        _ => Ok((build(&specs[0], &name(0), input, first)?, 1)),
    }
}

impl Layer for Sequential {
    fn kind(&self) -> &'static str {
        "sequential"
    }

    fn output_shape(&self) -> &[usize] {
        self.layers.last().map_or(&self.input, |l| l.output_shape())
    }

    fn forward(&mut self, x: &Tensor, y: &mut Tensor, pass: &mut Pass) {
        let Some((last, first)) = self.layers.split_last_mut() else {
            return y.copy_from(x);
        };
        for (i, layer) in first.iter_mut().enumerate() {
            let (done, rest) = self.between.split_at_mut(i);
            layer.forward(done.last().unwrap_or(x), &mut rest[0], pass);
        }
        last.forward(self.between.last().unwrap_or(x), y, pass);
    }

    fn backward(&mut self, x: &Tensor, y: &Tensor, dy: &Tensor, mut dx: Option<&mut Tensor>) {
        let count = self.layers.len();
        if count == 0 {
            if let Some(dx) = dx {
                dx.copy_from(dy);
            }
            return;
        }
        // Gradients are computed only as far down as a parameter or the caller needs them.
        let stop = if dx.is_some() {
            0
        } else {
            self.layers
                .iter()
                .position(|l| !l.params().is_empty())
                .unwrap_or(count)
        };
        let [mut above, mut below] = std::mem::take(&mut self.grads);
        for i in (stop..count).rev() {
            let x = if i == 0 { x } else { &self.between[i - 1] };
            let y = if i + 1 == count { y } else { &self.between[i] };
            let dy = if i + 1 == count { dy } else { &above };
            let down = if i == 0 {
                dx.take()
            } else if i > stop {
                Some(&mut below)
            } else {
                None
            };
            self.layers[i].backward(x, y, dy, down);
            std::mem::swap(&mut above, &mut below);
        }
        self.grads = [above, below];
    }

    fn infer(&self, x: &Tensor, y: &mut Tensor, scratch: &mut Scratch) {
        let Some((last, first)) = self.layers.split_last() else {
            return y.copy_from(x);
        };
        let Some((head, rest)) = first.split_first() else {
            return last.infer(x, y, scratch);
        };
        let mut from = scratch.tensor(&[]);
        let mut to = scratch.tensor(&[]);
        head.infer(x, &mut from, scratch);
        for layer in rest {
            layer.infer(&from, &mut to, scratch);
            std::mem::swap(&mut from, &mut to);
        }
        last.infer(&from, y, scratch);
        scratch.give_tensor(from);
        scratch.give_tensor(to);
    }

    fn params(&self) -> Vec<&Param> {
        self.layers.iter().flat_map(|l| l.params()).collect()
    }

    fn params_mut(&mut self) -> Vec<&mut Param> {
        self.layers
            .iter_mut()
            .flat_map(|l| l.params_mut())
            .collect()
    }

    fn buffers(&self) -> Vec<(&str, &Tensor)> {
        self.layers.iter().flat_map(|l| l.buffers()).collect()
    }

    fn buffers_mut(&mut self) -> Vec<(&str, &mut Tensor)> {
        self.layers
            .iter_mut()
            .flat_map(|l| l.buffers_mut())
            .collect()
    }

    fn observe(&mut self, x: &Tensor) {
        if let Some(first) = self.layers.first_mut() {
            first.observe(x);
        }
    }

    fn settle(&mut self) {
        if let Some(first) = self.layers.first_mut() {
            first.settle();
        }
    }

    fn multiply_adds(&self) -> u64 {
        self.layers.iter().map(|l| l.multiply_adds()).sum()
    }

    fn rows(&self) -> Vec<SummaryRow> {
        self.layers.iter().flat_map(|l| l.rows()).collect()
    }
}
