//! Layer normalisation.

use super::share::{chunk, each_chunk, each_part};
use crate::kernels::rows;
use crate::{Layer, NnError, Param, Pass, Scratch, SummaryRow, Tensor};

/// Items of the batch per chunk of work.
const ITEMS: usize = 4;

/// Values of a batch below which a second thread is not worth it.
const SHARED_VALUES: usize = 1 << 17;

/// Normalises the last axis of each item by its own mean and (population) variance, then scales and shifts it
/// (Ba, Kiros & Hinton 2016; `torch.nn.LayerNorm`).
#[derive(Debug)]
pub(crate) struct LayerNorm {
    name: String,
    output: Vec<usize>,
    eps: f32,
    gain: Param,
    shift: Param,
    chunks: Vec<Saved>,
}

/// Statistics of a chunk's rows and its own gradients.
#[derive(Debug, Default)]
struct Saved {
    stats: Vec<[f32; 2]>,
    d_gain: Vec<f32>,
    d_shift: Vec<f32>,
    d_input: Vec<f32>,
}

impl LayerNorm {
    /// Over items of shape `input`; starts as scale 1 and shift 0.
    ///
    /// # Errors
    /// [`NnError::Shape`] when an item has no value, [`NnError::Spec`] when `eps` is not positive.
    pub fn new(name: &str, input: &[usize], eps: f32) -> Result<Self, NnError> {
        let label = format!("{name} (layer_norm)");
        let Some(&len) = input.last().filter(|_| !input.contains(&0)) else {
            return Err(NnError::shape(
                label,
                "at least one value",
                format!("{input:?}"),
            ));
        };
        if eps.is_nan() || eps <= 0.0 {
            return Err(NnError::spec(label, "eps", eps, "a number above 0"));
        }
        let ones = Tensor {
            shape: vec![len],
            data: vec![1.0; len],
        };
        Ok(Self {
            name: name.to_owned(),
            output: input.to_vec(),
            eps,
            gain: Param::new(format!("{name}.weight"), ones, false),
            shift: Param::new(format!("{name}.bias"), Tensor::zeros(&[len]), false),
            chunks: Vec::new(),
        })
    }

    fn item_len(&self) -> usize {
        self.output.iter().product()
    }

    fn shared(&self, batch: usize) -> bool {
        batch * self.item_len() >= SHARED_VALUES
    }
}

impl Layer for LayerNorm {
    fn kind(&self) -> &'static str {
        "layer_norm"
    }

    fn output_shape(&self) -> &[usize] {
        &self.output
    }

    fn forward(&mut self, x: &Tensor, y: &mut Tensor, _: &mut Pass) {
        let (batch, len) = (x.batch(), self.item_len());
        y.resize(&x.shape);
        let rows_per_item = len / self.gain.value.len();
        self.chunks
            .resize_with(batch.div_ceil(ITEMS), Saved::default);
        let mut chunks = std::mem::take(&mut self.chunks);
        each_chunk(
            self.shared(batch),
            &mut chunks,
            &mut y.data,
            ITEMS * len,
            |index, saved, y| {
                let x = chunk(&x.data, index, ITEMS * len);
                saved.stats.resize(x.len() / len * rows_per_item, [0.0; 2]);
                rows::normalise(
                    x,
                    &self.gain.value.data,
                    &self.shift.value.data,
                    self.eps,
                    y,
                    &mut saved.stats,
                );
            },
        );
        self.chunks = chunks;
    }

    fn backward(&mut self, x: &Tensor, _: &Tensor, dy: &Tensor, dx: Option<&mut Tensor>) {
        let (batch, len) = (x.batch(), self.item_len());
        let width = self.gain.value.len();
        let wanted = dx.is_some();
        let mut nothing = Tensor::default();
        let dx = dx.unwrap_or(&mut nothing);
        if wanted {
            dx.resize(&x.shape);
        }
        let mut chunks = std::mem::take(&mut self.chunks);
        each_chunk(
            self.shared(batch),
            &mut chunks,
            &mut dx.data,
            ITEMS * len,
            |index, saved, dx| {
                let x = chunk(&x.data, index, ITEMS * len);
                let dy = chunk(&dy.data, index, ITEMS * len);
                for sum in [&mut saved.d_gain, &mut saved.d_shift] {
                    sum.clear();
                    sum.resize(width, 0.0);
                }
                let dx = if wanted {
                    dx
                } else {
                    saved.d_input.resize(x.len(), 0.0);
                    &mut saved.d_input
                };
                let gain = &self.gain.value.data;
                rows::normalise_back(
                    x,
                    dy,
                    gain,
                    &saved.stats,
                    &mut saved.d_gain,
                    &mut saved.d_shift,
                    dx,
                );
            },
        );
        for saved in &chunks {
            rows::add_rows(&mut self.gain.grad.data, &saved.d_gain);
            rows::add_rows(&mut self.shift.grad.data, &saved.d_shift);
        }
        self.chunks = chunks;
    }

    fn infer(&self, x: &Tensor, y: &mut Tensor, _: &mut Scratch) {
        y.resize(&x.shape);
        let width = self.gain.value.len();
        let (gain, shift) = (&self.gain.value.data, &self.shift.value.data);
        let part = ITEMS * x.item_len();
        each_part(
            self.shared(x.batch()),
            &mut y.data,
            part,
            |index, stats: &mut Vec<_>, y| {
                let x = chunk(&x.data, index, part);
                stats.resize(x.len() / width, [0.0; 2]);
                rows::normalise(x, gain, shift, self.eps, y, stats);
            },
        );
    }

    fn params(&self) -> Vec<&Param> {
        vec![&self.gain, &self.shift]
    }

    fn params_mut(&mut self) -> Vec<&mut Param> {
        vec![&mut self.gain, &mut self.shift]
    }

    fn multiply_adds(&self) -> u64 {
        2 * self.item_len() as u64
    }

    fn rows(&self) -> Vec<SummaryRow> {
        let weights = 2 * self.gain.value.len();
        vec![
            SummaryRow::new(&self.name, self.kind(), &self.output)
                .cost(weights, self.multiply_adds()),
        ]
    }
}
