//! Gates on channels, computed from all channels' means (Hu et al. 2018).

use rayon::prelude::*;

use super::{Dense, GlobalPool};
use crate::kernels::math::sigmoid_of;
use crate::{Initialiser, Layer, NnError, Param, Pass, Scratch, Statistic, SummaryRow, Tensor};

/// y = x · sigmoid(expand(relu(reduce(mean over positions)))), per channel of an image or a sequence.
#[derive(Debug)]
pub struct SqueezeExcite {
    name: String,
    output: Vec<usize>,
    pool: GlobalPool,
    reduce: Dense,
    expand: Dense,
    mean: Tensor,
    hidden: Tensor,
    gate: Tensor,
    grads: [Tensor; 3],
}

impl SqueezeExcite {
    /// A gate over items of shape `input`, whose hidden layer has channels / `reduction` units, at least one.
    ///
    /// # Errors
    /// [`NnError::Spec`] for a reduction of 0, [`NnError::Shape`] for items that are neither image nor sequence.
    pub fn new(
        name: &str,
        input: &[usize],
        reduction: usize,
        first: &mut Initialiser,
    ) -> Result<Self, NnError> {
        let channels = input.last().copied().unwrap_or(0);
        let Some(hidden) = channels.checked_div(reduction) else {
            return Err(NnError::spec(
                format!("{name} (squeeze_excite)"),
                "reduction",
                0,
                "at least 1",
            ));
        };
        let hidden = hidden.max(1);
        Ok(Self {
            name: name.to_owned(),
            output: input.to_vec(),
            pool: GlobalPool::new(name, input, &[Statistic::Mean])?,
            reduce: Dense::new(&format!("{name}.reduce"), &[channels], hidden, true, first)?,
            expand: Dense::new(&format!("{name}.expand"), &[hidden], channels, true, first)?,
            mean: Tensor::default(),
            hidden: Tensor::default(),
            gate: Tensor::default(),
            grads: Default::default(),
        })
    }

    fn scale(&self, x: &Tensor, gate: &Tensor, y: &mut Tensor) {
        y.resize(&x.shape);
        let (item, channels) = (x.item_len().max(1), gate.item_len());
        y.data
            .par_chunks_mut(item)
            .zip(x.data.par_chunks(item))
            .zip(gate.data.par_chunks(channels))
            .for_each(|((y, x), gate)| {
                for (y, x) in y.chunks_exact_mut(channels).zip(x.chunks_exact(channels)) {
                    for c in 0..channels {
                        y[c] = x[c] * gate[c];
                    }
                }
            });
    }
}

fn rectify(t: &mut Tensor) {
    t.data
        .iter_mut()
        .for_each(|v| *v = if *v <= 0.0 { 0.0 } else { *v });
}

fn squash(t: &mut Tensor) {
    t.data.iter_mut().for_each(|v| *v = sigmoid_of(*v));
}

impl Layer for SqueezeExcite {
    fn kind(&self) -> &'static str {
        "squeeze_excite"
    }

    fn output_shape(&self) -> &[usize] {
        &self.output
    }

    fn forward(&mut self, x: &Tensor, y: &mut Tensor, pass: &mut Pass) {
        self.pool.forward(x, &mut self.mean, pass);
        self.reduce.forward(&self.mean, &mut self.hidden, pass);
        rectify(&mut self.hidden);
        self.expand.forward(&self.hidden, &mut self.gate, pass);
        squash(&mut self.gate);
        self.scale(x, &self.gate, y);
    }

    fn backward(&mut self, x: &Tensor, _: &Tensor, dy: &Tensor, dx: Option<&mut Tensor>) {
        let (item, channels) = (x.item_len().max(1), self.gate.item_len());
        let [dgate, dhidden, dmean] = &mut self.grads;
        dgate.resize(&self.gate.shape);
        let items = x.data.par_chunks(item).zip(dy.data.par_chunks(item));
        dgate
            .data
            .par_chunks_mut(channels)
            .zip(items)
            .for_each(|(d, (x, dy))| {
                d.fill(0.0);
                for (x, dy) in x.chunks_exact(channels).zip(dy.chunks_exact(channels)) {
                    for c in 0..channels {
                        d[c] += x[c] * dy[c];
                    }
                }
            });
        dgate
            .data
            .iter_mut()
            .zip(&self.gate.data)
            .for_each(|(d, g)| *d *= g * (1.0 - g));
        self.expand
            .backward(&self.hidden, &self.gate, dgate, Some(dhidden));
        dhidden
            .data
            .iter_mut()
            .zip(&self.hidden.data)
            .for_each(|(d, h)| *d = if *h <= 0.0 { 0.0 } else { *d });
        self.reduce.backward(
            &self.mean,
            &self.hidden,
            dhidden,
            dx.is_some().then_some(dmean),
        );
        let Some(dx) = dx else { return };
        dx.resize(&x.shape);
        let share = channels as f32 / item as f32;
        let gates = self
            .gate
            .data
            .par_chunks(channels)
            .zip(self.grads[2].data.par_chunks(channels));
        dx.data
            .par_chunks_mut(item)
            .zip(dy.data.par_chunks(item))
            .zip(gates)
            .for_each(|((dx, dy), (gate, dmean))| {
                for (dx, dy) in dx.chunks_exact_mut(channels).zip(dy.chunks_exact(channels)) {
                    for c in 0..channels {
                        dx[c] = dy[c] * gate[c] + dmean[c] * share;
                    }
                }
            });
    }

    fn infer(&self, x: &Tensor, y: &mut Tensor, scratch: &mut Scratch) {
        let [mut mean, mut hidden, mut gate] = [(); 3].map(|()| scratch.tensor(&[]));
        self.pool.infer(x, &mut mean, scratch);
        self.reduce.infer(&mean, &mut hidden, scratch);
        rectify(&mut hidden);
        self.expand.infer(&hidden, &mut gate, scratch);
        squash(&mut gate);
        self.scale(x, &gate, y);
        [mean, hidden, gate]
            .into_iter()
            .for_each(|t| scratch.give_tensor(t));
    }

    fn params(&self) -> Vec<&Param> {
        [self.reduce.params(), self.expand.params()].concat()
    }

    fn params_mut(&mut self) -> Vec<&mut Param> {
        self.reduce
            .params_mut()
            .into_iter()
            .chain(self.expand.params_mut())
            .collect()
    }

    fn multiply_adds(&self) -> u64 {
        self.pool.multiply_adds()
            + self.reduce.multiply_adds()
            + self.expand.multiply_adds()
            + self.output.iter().product::<usize>() as u64
    }

    fn rows(&self) -> Vec<SummaryRow> {
        let weights = self.params().iter().map(|p| p.value.len()).sum();
        vec![
            SummaryRow::new(&self.name, self.kind(), &self.output)
                .cost(weights, self.multiply_adds()),
        ]
    }
}
