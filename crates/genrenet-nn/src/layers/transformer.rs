//! One block of a transformer encoder.

use super::{LayerNorm, SelfAttention};
use crate::{
    Initialiser, Layer, LayerSpec, NnError, Param, Pass, Scratch, SummaryRow, Tensor, build,
};

/// `x + attention(norm(x))`, then `x + dense(gelu(dense(norm(x))))` (Vaswani et al. 2017, with the normalisation first as
/// Xiong et al. 2020): `torch.nn.TransformerEncoderLayer(norm_first=True, activation="gelu")`.
#[derive(Debug)]
pub(crate) struct Transformer {
    name: String,
    output: Vec<usize>,
    halves: [Half; 2],
}

/// A chain of layers whose input is added to its output.
struct Half {
    layers: Vec<Box<dyn Layer>>,
    /// Output of each layer but the last sum.
    values: Vec<Tensor>,
    /// Gradients of those.
    gradients: [Tensor; 2],
    /// The half's input, kept for the backward pass of the second half only.
    input: Tensor,
}

impl std::fmt::Debug for Half {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list()
            .entries(self.layers.iter().map(|layer| layer.kind()))
            .finish()
    }
}

impl Half {
    fn new(layers: Vec<Box<dyn Layer>>) -> Self {
        let values = layers.iter().map(|_| Tensor::default()).collect();
        Self {
            layers,
            values,
            gradients: Default::default(),
            input: Tensor::default(),
        }
    }

    fn forward(&mut self, x: &Tensor, y: &mut Tensor, pass: &mut Pass) {
        for (i, layer) in self.layers.iter_mut().enumerate() {
            let (before, after) = self.values.split_at_mut(i);
            layer.forward(before.last().unwrap_or(x), &mut after[0], pass);
        }
        if let Some(last) = self.values.last() {
            sum(x, last, y);
        }
    }

    fn backward(&mut self, x: &Tensor, dy: &Tensor, dx: Option<&mut Tensor>) {
        let [a, b] = &mut self.gradients;
        a.copy_from(dy);
        for (i, layer) in self.layers.iter_mut().enumerate().skip(1).rev() {
            layer.backward(&self.values[i - 1], &self.values[i], a, Some(b));
            std::mem::swap(a, b);
        }
        let Some(first) = self.layers.first_mut() else {
            return;
        };
        match dx {
            Some(dx) => {
                first.backward(x, &self.values[0], a, Some(dx));
                dx.data
                    .iter_mut()
                    .zip(&dy.data)
                    .for_each(|(d, dy)| *d += dy);
            }
            None => first.backward(x, &self.values[0], a, None),
        }
    }

    fn infer(&self, x: &Tensor, y: &mut Tensor, scratch: &mut Scratch) {
        let mut now = scratch.tensor(&[0]);
        let mut next = scratch.tensor(&[0]);
        for (i, layer) in self.layers.iter().enumerate() {
            layer.infer(if i == 0 { x } else { &now }, &mut next, scratch);
            std::mem::swap(&mut now, &mut next);
        }
        sum(x, &now, y);
        scratch.give_tensor(now);
        scratch.give_tensor(next);
    }
}

/// y = a + b.
fn sum(a: &Tensor, b: &Tensor, y: &mut Tensor) {
    y.resize(&a.shape);
    for ((y, a), b) in y.data.iter_mut().zip(&a.data).zip(&b.data) {
        *y = a + b;
    }
}

impl Transformer {
    /// Over items of shape `input` = `[T, D]`; `hidden` is the width of the inner dense layer, 4·D where not given.
    ///
    /// # Errors
    /// Those of the layers inside, named `{name}.attention`, `{name}.widen` and so on.
    pub fn new(
        name: &str,
        input: &[usize],
        heads: usize,
        hidden: Option<usize>,
        dropout: f32,
        weights: &mut Initialiser,
    ) -> Result<Self, NnError> {
        let &[steps, width] = input else {
            return Err(NnError::shape(
                format!("{name} (transformer)"),
                "a sequence [steps, values]",
                format!("{input:?}"),
            ));
        };
        let hidden = hidden.unwrap_or(4 * width);
        let wide = [steps, hidden];
        let within = |key: &str| format!("{name}.{key}");
        let norm = |key: &str| LayerNorm::new(&within(key), input, 1e-5);
        let mut first: Vec<Box<dyn Layer>> = vec![
            Box::new(norm("norm_attention")?),
            Box::new(SelfAttention::new(
                &within("attention"),
                input,
                heads,
                weights,
            )?),
        ];
        let dense = |units| LayerSpec::Dense { units, bias: true };
        let mut second: Vec<Box<dyn Layer>> = vec![
            Box::new(norm("norm_dense")?),
            build(&dense(hidden), &within("widen"), input, weights)?,
            build(&LayerSpec::Gelu {}, &within("gelu"), &wide, weights)?,
        ];
        if dropout > 0.0 {
            let drop = LayerSpec::Dropout {
                rate: dropout,
                channels: false,
            };
            first.push(build(&drop, &within("dropout_attention"), input, weights)?);
            second.push(build(&drop, &within("dropout_hidden"), &wide, weights)?);
        }
        second.push(build(&dense(width), &within("narrow"), &wide, weights)?);
        if dropout > 0.0 {
            let drop = LayerSpec::Dropout {
                rate: dropout,
                channels: false,
            };
            second.push(build(&drop, &within("dropout_dense"), input, weights)?);
        }
        Ok(Self {
            name: name.to_owned(),
            output: input.to_vec(),
            halves: [Half::new(first), Half::new(second)],
        })
    }

    fn layers(&self) -> impl Iterator<Item = &Box<dyn Layer>> {
        self.halves.iter().flat_map(|half| &half.layers)
    }
}

impl Layer for Transformer {
    fn kind(&self) -> &'static str {
        "transformer"
    }

    fn output_shape(&self) -> &[usize] {
        &self.output
    }

    fn forward(&mut self, x: &Tensor, y: &mut Tensor, pass: &mut Pass) {
        let [first, second] = &mut self.halves;
        let mut between = std::mem::take(&mut second.input);
        first.forward(x, &mut between, pass);
        second.forward(&between, y, pass);
        second.input = between;
    }

    fn backward(&mut self, x: &Tensor, _: &Tensor, dy: &Tensor, dx: Option<&mut Tensor>) {
        let [first, second] = &mut self.halves;
        let between = std::mem::take(&mut second.input);
        let mut d_between = std::mem::take(&mut first.input);
        second.backward(&between, dy, Some(&mut d_between));
        first.backward(x, &d_between, dx);
        second.input = between;
        first.input = d_between;
    }

    fn infer(&self, x: &Tensor, y: &mut Tensor, scratch: &mut Scratch) {
        let mut between = scratch.tensor(&x.shape);
        self.halves[0].infer(x, &mut between, scratch);
        self.halves[1].infer(&between, y, scratch);
        scratch.give_tensor(between);
    }

    fn params(&self) -> Vec<&Param> {
        self.layers().flat_map(|layer| layer.params()).collect()
    }

    fn params_mut(&mut self) -> Vec<&mut Param> {
        self.halves
            .iter_mut()
            .flat_map(|half| &mut half.layers)
            .flat_map(|layer| layer.params_mut())
            .collect()
    }

    fn multiply_adds(&self) -> u64 {
        self.layers().map(|layer| layer.multiply_adds()).sum()
    }

    fn rows(&self) -> Vec<SummaryRow> {
        let weights = self.params().iter().map(|p| p.value.len()).sum();
        vec![
            SummaryRow::new(&self.name, self.kind(), &self.output)
                .cost(weights, self.multiply_adds()),
        ]
    }
}
