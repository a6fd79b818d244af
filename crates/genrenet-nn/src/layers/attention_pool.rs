//! Attention pooling over time.

use super::share::{chunk, each_chunk, each_part};
use crate::kernels::gemm::{Packed, View, gemm_packed};
use crate::kernels::math;
use crate::kernels::rows::{add_rows, dot, softmax, softmax_back};
use crate::{Initialiser, Layer, NnError, Param, Pass, Scratch, SummaryRow, Tensor};

/// Items of the batch per chunk of work.
const ITEMS: usize = 4;

/// Multiply-adds below which a second thread is not worth it.
const SHARED_WORK: u64 = 1 << 20;

/// Added to the weighted variance before its root is taken.
const EPS: f32 = 1e-5;

/// Weighted mean over the steps of a sequence `[T, C]`, the weights `softmax(v · tanh(W·x + b))` learned
/// (Lin et al. 2017); with `deviation` the weighted standard deviation follows it (Okabe, Koshinaka & Shinoda 2018,
/// attentive statistics pooling). An image `[H, W, C]` counts as a sequence of its H·W positions.
#[derive(Debug)]
pub(crate) struct AttentionPool {
    name: String,
    steps: usize,
    output: Vec<usize>,
    weight: Param,
    bias: Param,
    score: Param,
    chunks: Vec<Saved>,
}

/// What a chunk of items saves for the backward pass.
#[derive(Debug, Default)]
struct Saved {
    /// `[items · T, hidden]`, after tanh; in the backward pass its gradient.
    hidden: Vec<f32>,
    /// `[items, T]`.
    attention: Vec<f32>,
    d_attention: Vec<f32>,
    packed: Packed,
    gradient: [Vec<f32>; 3],
}

impl AttentionPool {
    /// Over items of shape `input`; `hidden` is the width of the scoring layer.
    ///
    /// # Errors
    /// [`NnError::Shape`] when an item is neither sequence nor image, [`NnError::Spec`] when `hidden` is 0.
    pub fn new(
        name: &str,
        input: &[usize],
        hidden: usize,
        deviation: bool,
        first: &mut Initialiser,
    ) -> Result<Self, NnError> {
        let label = format!("{name} (attention_pool)");
        let (steps, width) = match *input {
            [steps, width] => (steps, width),
            [height, columns, width] => (height * columns, width),
            _ => {
                return Err(NnError::shape(
                    label,
                    "a sequence [steps, values] or an image",
                    format!("{input:?}"),
                ));
            }
        };
        if steps == 0 || width == 0 {
            return Err(NnError::shape(
                label,
                "at least one step of one value",
                format!("{input:?}"),
            ));
        }
        if hidden == 0 {
            return Err(NnError::spec(label, "hidden", 0, "at least 1"));
        }
        Ok(Self {
            steps,
            output: vec![if deviation { 2 * width } else { width }],
            weight: Param::new(
                format!("{name}.weight"),
                first.fan_in(&[width, hidden], width)?,
                true,
            ),
            bias: Param::new(
                format!("{name}.bias"),
                first.fan_in(&[hidden], width)?,
                false,
            ),
            score: Param::new(
                format!("{name}.score"),
                first.fan_in(&[hidden], hidden)?,
                true,
            ),
            chunks: Vec::new(),
            name: name.to_owned(),
        })
    }

    fn width(&self) -> usize {
        self.weight.value.shape[0]
    }

    fn hidden(&self) -> usize {
        self.weight.value.shape[1]
    }

    fn shared(&self, batch: usize) -> bool {
        batch as u64 * self.multiply_adds() >= SHARED_WORK
    }

    fn pool(&self, saved: &mut Saved, x: &[f32], y: &mut [f32]) {
        let (width, hidden, steps) = (self.width(), self.hidden(), self.steps);
        let rows = x.len() / width;
        saved.hidden.resize(rows * hidden, 0.0);
        saved.attention.resize(rows, 0.0);
        saved
            .hidden
            .chunks_exact_mut(hidden)
            .for_each(|row| row.copy_from_slice(&self.bias.value.data));
        saved
            .packed
            .pack(width, hidden, View::rows(&self.weight.value.data, hidden));
        gemm_packed(
            rows,
            View::rows(x, width),
            &saved.packed,
            &mut saved.hidden,
            hidden,
        );
        math::tanh(&mut saved.hidden);
        for (weight, hidden) in saved
            .attention
            .iter_mut()
            .zip(saved.hidden.chunks_exact(hidden))
        {
            *weight = dot(hidden, &self.score.value.data);
        }
        softmax(steps, 1.0, &mut saved.attention);
        let items = x
            .chunks_exact(steps * width)
            .zip(y.chunks_exact_mut(self.output[0]));
        for ((x, y), attention) in items.zip(saved.attention.chunks_exact(steps)) {
            let (mean, deviation) = y.split_at_mut(width);
            weighted(x, attention, mean, deviation);
        }
    }

    fn pool_backward(&self, saved: &mut Saved, x: &[f32], y: &[f32], dy: &[f32], dx: &mut [f32]) {
        let (width, hidden, steps) = (self.width(), self.hidden(), self.steps);
        let rows = x.len() / width;
        let Saved {
            hidden: active,
            attention,
            d_attention,
            packed,
            gradient,
        } = saved;
        for (values, param) in gradient.iter_mut().zip(self.params()) {
            values.clear();
            values.resize(param.value.len(), 0.0);
        }
        d_attention.resize(rows, 0.0);
        let mut dx_items = dx.chunks_exact_mut(steps * width);
        let items = x
            .chunks_exact(steps * width)
            .zip(y.chunks_exact(self.output[0]))
            .zip(dy.chunks_exact(self.output[0]));
        let weights = attention
            .chunks_exact(steps)
            .zip(d_attention.chunks_exact_mut(steps));
        for (((x, y), dy), (attention, d_attention)) in items.zip(weights) {
            weighted_back(x, attention, y, dy, d_attention, dx_items.next());
        }
        softmax_back(steps, 1.0, attention, d_attention);
        let [d_weight, d_bias, d_score] = gradient;
        let score = &self.score.value.data;
        for (row, &d) in active.chunks_exact_mut(hidden).zip(d_attention.iter()) {
            for ((value, total), s) in row.iter_mut().zip(d_score.iter_mut()).zip(score) {
                *total += d * *value;
                *value = d * s * (1.0 - *value * *value);
            }
        }
        add_rows(d_bias, active);
        packed.pack(rows, hidden, View::rows(active, hidden));
        gemm_packed(width, View::transposed(x, width), packed, d_weight, hidden);
        if !dx.is_empty() {
            packed.pack(
                hidden,
                width,
                View::transposed(&self.weight.value.data, hidden),
            );
            gemm_packed(rows, View::rows(active, hidden), packed, dx, width);
        }
    }
}

/// Weighted mean of the steps and, where `deviation` has room, their weighted standard deviation.
fn weighted(x: &[f32], attention: &[f32], mean: &mut [f32], deviation: &mut [f32]) {
    let width = mean.len();
    mean.fill(0.0);
    for (step, &a) in x.chunks_exact(width).zip(attention) {
        mean.iter_mut().zip(step).for_each(|(m, v)| *m += a * v);
    }
    if deviation.is_empty() {
        return;
    }
    deviation.fill(EPS);
    for (step, &a) in x.chunks_exact(width).zip(attention) {
        let values = deviation.iter_mut().zip(step).zip(&*mean);
        values.for_each(|((d, v), m)| *d += a * (v - m) * (v - m));
    }
    deviation.iter_mut().for_each(|d| *d = d.sqrt());
}

/// Gradient of [`weighted`]: overwrites that of the weights and the part of `dx` that does not go through them.
fn weighted_back(
    x: &[f32],
    attention: &[f32],
    y: &[f32],
    dy: &[f32],
    d_attention: &mut [f32],
    mut dx: Option<&mut [f32]>,
) {
    let width = x.len() / attention.len();
    let (mean, deviation) = y.split_at(width);
    let (d_mean, d_deviation) = dy.split_at(width);
    for (t, (step, &a)) in x.chunks_exact(width).zip(attention).enumerate() {
        let mut weight = dot(d_mean, step);
        // d σ / d a = (x − m)² / 2σ: the change of the mean with a adds nothing, since Σ a·(x − m) = 0.
        for (i, (d, s)) in d_deviation.iter().zip(deviation).enumerate() {
            weight += d * (step[i] - mean[i]) * (step[i] - mean[i]) / (2.0 * s);
        }
        d_attention[t] = weight;
        if let Some(dx) = &mut dx {
            let to = &mut dx[t * width..][..width];
            to.iter_mut().zip(d_mean).for_each(|(to, d)| *to = a * d);
            for (i, (d, s)) in d_deviation.iter().zip(deviation).enumerate() {
                to[i] += a * d * (step[i] - mean[i]) / s;
            }
        }
    }
}

impl Layer for AttentionPool {
    fn kind(&self) -> &'static str {
        "attention_pool"
    }

    fn output_shape(&self) -> &[usize] {
        &self.output
    }

    fn forward(&mut self, x: &Tensor, y: &mut Tensor, _: &mut Pass) {
        let batch = x.batch();
        y.resize_batch(batch, &self.output);
        let mut chunks = std::mem::take(&mut self.chunks);
        chunks.resize_with(batch.div_ceil(ITEMS), Saved::default);
        each_chunk(
            self.shared(batch),
            &mut chunks,
            &mut y.data,
            ITEMS * self.output[0],
            |index, saved, y| {
                self.pool(saved, chunk(&x.data, index, ITEMS * x.item_len()), y);
            },
        );
        self.chunks = chunks;
    }

    fn backward(&mut self, x: &Tensor, y: &Tensor, dy: &Tensor, dx: Option<&mut Tensor>) {
        let (part, out) = (ITEMS * x.item_len(), ITEMS * self.output[0]);
        let mut nothing = Tensor::default();
        let dx = dx.map_or(&mut nothing, |dx| {
            dx.resize(&x.shape);
            dx
        });
        let mut chunks = std::mem::take(&mut self.chunks);
        each_chunk(
            self.shared(x.batch()),
            &mut chunks,
            &mut dx.data,
            part,
            |index, saved, dx| {
                let (y, dy) = (chunk(&y.data, index, out), chunk(&dy.data, index, out));
                self.pool_backward(saved, chunk(&x.data, index, part), y, dy, dx);
            },
        );
        for saved in &chunks {
            for (param, gradient) in self.params_mut().into_iter().zip(&saved.gradient) {
                add_rows(&mut param.grad.data, gradient);
            }
        }
        self.chunks = chunks;
    }

    fn infer(&self, x: &Tensor, y: &mut Tensor, _: &mut Scratch) {
        y.resize_batch(x.batch(), &self.output);
        let (part, out) = (ITEMS * x.item_len(), ITEMS * self.output[0]);
        each_part(
            self.shared(x.batch()),
            &mut y.data,
            out,
            |index, saved, y| {
                self.pool(saved, chunk(&x.data, index, part), y);
            },
        );
    }

    fn params(&self) -> Vec<&Param> {
        vec![&self.weight, &self.bias, &self.score]
    }

    fn params_mut(&mut self) -> Vec<&mut Param> {
        vec![&mut self.weight, &mut self.bias, &mut self.score]
    }

    fn multiply_adds(&self) -> u64 {
        (self.steps * (self.width() * self.hidden() + self.hidden() + self.output[0])) as u64
    }

    fn rows(&self) -> Vec<SummaryRow> {
        let weights = self.params().iter().map(|p| p.value.len()).sum();
        vec![
            SummaryRow::new(&self.name, self.kind(), &self.output)
                .cost(weights, self.multiply_adds()),
        ]
    }
}
