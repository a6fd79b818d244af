//! Self-attention with several heads.

mod heads;

use super::share::{chunk, each_chunk, each_part};
use crate::kernels::gemm::{Packed, View, gemm_packed};
use crate::kernels::rows::add_rows;
use crate::{Initialiser, Layer, NnError, Param, Pass, Scratch, SummaryRow, Tensor};
use heads::Sizes;

/// Items of the batch per chunk of work.
const ITEMS: usize = 4;

/// Multiply-adds below which a second thread is not worth it.
const SHARED_WORK: u64 = 1 << 20;

/// Scaled dot-product self-attention over a sequence `[T, D]` (Vaswani et al. 2017; `torch.nn.MultiheadAttention`).
///
/// `weight_in` `[D, 3D]` holds queries, keys and values next to each other, each head a run of D/heads columns; `weight_out`
/// `[D, D]` mixes the heads again. First values as PyTorch's: Xavier for the one, ±1/√D for the other, biases 0.
#[derive(Debug)]
pub(crate) struct SelfAttention {
    name: String,
    output: Vec<usize>,
    heads: usize,
    weight_in: Param,
    bias_in: Param,
    weight_out: Param,
    bias_out: Param,
    chunks: Vec<Saved>,
}

/// What a chunk of items saves for the backward pass.
#[derive(Debug, Default)]
struct Saved {
    /// `[items · T, 3D]`: queries, keys, values; in the backward pass their gradients go to `d_projected`.
    projected: Vec<f32>,
    /// `[items, heads, T, T]`: the weights of attention.
    attention: Vec<f32>,
    /// `[items · T, D]`: heads next to each other, before they are mixed.
    mixed: Vec<f32>,
    d_projected: Vec<f32>,
    d_mixed: Vec<f32>,
    d_attention: Vec<f32>,
    packed: Packed,
    gradient: [Vec<f32>; 4],
}

impl SelfAttention {
    /// Over items of shape `input` = `[T, D]`.
    ///
    /// # Errors
    /// [`NnError::Shape`] when an item is no sequence, [`NnError::Spec`] when D is no multiple of `heads`.
    pub fn new(
        name: &str,
        input: &[usize],
        heads: usize,
        first: &mut Initialiser,
    ) -> Result<Self, NnError> {
        let label = format!("{name} (self_attention)");
        let &[steps, width] = input else {
            return Err(NnError::shape(
                label,
                "a sequence [steps, values]",
                format!("{input:?}"),
            ));
        };
        if steps == 0 || width == 0 {
            return Err(NnError::shape(
                label,
                "at least one step of one value",
                format!("{input:?}"),
            ));
        }
        if heads == 0 || width % heads != 0 {
            return Err(NnError::spec(
                label,
                "heads",
                heads,
                format!("a divisor of the sequence's width, {width}"),
            ));
        }
        let xavier = (6.0 / (4 * width) as f32).sqrt();
        Ok(Self {
            output: input.to_vec(),
            heads,
            weight_in: Param::new(
                format!("{name}.weight_in"),
                first.uniform(&[width, 3 * width], xavier)?,
                true,
            ),
            bias_in: Param::new(
                format!("{name}.bias_in"),
                Tensor::zeros(&[3 * width]),
                false,
            ),
            weight_out: Param::new(
                format!("{name}.weight_out"),
                first.fan_in(&[width, width], width)?,
                true,
            ),
            bias_out: Param::new(format!("{name}.bias_out"), Tensor::zeros(&[width]), false),
            chunks: Vec::new(),
            name: name.to_owned(),
        })
    }

    fn sizes(&self) -> Sizes {
        Sizes {
            steps: self.output[0],
            width: self.output[1],
            heads: self.heads,
        }
    }

    fn shared(&self, batch: usize) -> bool {
        batch as u64 * self.multiply_adds() >= SHARED_WORK
    }

    /// Forward over the items of one chunk.
    fn attend(&self, saved: &mut Saved, x: &[f32], y: &mut [f32]) {
        let sizes = self.sizes();
        let (steps, width) = (sizes.steps, sizes.width);
        let rows = x.len() / width;
        let square = steps * steps;
        saved.projected.resize(rows * 3 * width, 0.0);
        saved
            .attention
            .resize(rows / steps * sizes.heads * square, 0.0);
        saved.mixed.resize(rows * width, 0.0);
        let Saved {
            projected,
            attention,
            mixed,
            packed,
            ..
        } = saved;
        projected
            .chunks_exact_mut(3 * width)
            .for_each(|row| row.copy_from_slice(&self.bias_in.value.data));
        packed.pack(
            width,
            3 * width,
            View::rows(&self.weight_in.value.data, 3 * width),
        );
        gemm_packed(rows, View::rows(x, width), packed, projected, 3 * width);
        attention.fill(0.0);
        mixed.fill(0.0);
        let items = projected
            .chunks_exact(steps * 3 * width)
            .zip(mixed.chunks_exact_mut(steps * width));
        for ((item, mixed), attention) in
            items.zip(attention.chunks_exact_mut(sizes.heads * square))
        {
            heads::forward(sizes, item, attention, mixed, packed);
        }
        y.chunks_exact_mut(width)
            .for_each(|row| row.copy_from_slice(&self.bias_out.value.data));
        packed.pack(width, width, View::rows(&self.weight_out.value.data, width));
        gemm_packed(rows, View::rows(mixed, width), packed, y, width);
    }

    /// Backward over the items of one chunk; `dx` is empty where it is not wanted.
    fn attend_backward(&self, saved: &mut Saved, x: &[f32], dy: &[f32], dx: &mut [f32]) {
        let sizes = self.sizes();
        let (steps, width) = (sizes.steps, sizes.width);
        let rows = x.len() / width;
        let square = steps * steps;
        let Saved {
            projected,
            attention,
            mixed,
            d_projected,
            d_mixed,
            d_attention,
            packed,
            gradient,
        } = saved;
        let zero = |values: &mut Vec<f32>, len: usize| {
            values.clear();
            values.resize(len, 0.0);
        };
        for (values, param) in gradient.iter_mut().zip(self.params()) {
            zero(values, param.value.len());
        }
        zero(d_projected, rows * 3 * width);
        zero(d_mixed, rows * width);
        let [d_weight_in, d_bias_in, d_weight_out, d_bias_out] = gradient;
        add_rows(d_bias_out, dy);
        packed.pack(rows, width, View::rows(dy, width));
        gemm_packed(
            width,
            View::transposed(mixed, width),
            packed,
            d_weight_out,
            width,
        );
        packed.pack(
            width,
            width,
            View::transposed(&self.weight_out.value.data, width),
        );
        gemm_packed(rows, View::rows(dy, width), packed, d_mixed, width);
        let items = projected
            .chunks_exact(steps * 3 * width)
            .zip(d_projected.chunks_exact_mut(steps * 3 * width));
        let weights = attention
            .chunks_exact(sizes.heads * square)
            .zip(d_mixed.chunks_exact(steps * width));
        for ((item, d_item), (attention, d_mixed)) in items.zip(weights) {
            heads::backward(sizes, item, attention, d_mixed, d_item, d_attention, packed);
        }
        add_rows(d_bias_in, d_projected);
        packed.pack(rows, 3 * width, View::rows(d_projected, 3 * width));
        gemm_packed(
            width,
            View::transposed(x, width),
            packed,
            d_weight_in,
            3 * width,
        );
        if !dx.is_empty() {
            dx.fill(0.0);
            packed.pack(
                3 * width,
                width,
                View::transposed(&self.weight_in.value.data, 3 * width),
            );
            gemm_packed(rows, View::rows(d_projected, 3 * width), packed, dx, width);
        }
    }
}

impl Layer for SelfAttention {
    fn kind(&self) -> &'static str {
        "self_attention"
    }

    fn output_shape(&self) -> &[usize] {
        &self.output
    }

    fn forward(&mut self, x: &Tensor, y: &mut Tensor, _: &mut Pass) {
        let batch = x.batch();
        let part = ITEMS * x.item_len();
        y.resize(&x.shape);
        let mut chunks = std::mem::take(&mut self.chunks);
        chunks.resize_with(batch.div_ceil(ITEMS), Saved::default);
        each_chunk(
            self.shared(batch),
            &mut chunks,
            &mut y.data,
            part,
            |index, saved, y| {
                self.attend(saved, chunk(&x.data, index, part), y);
            },
        );
        self.chunks = chunks;
    }

    fn backward(&mut self, x: &Tensor, _: &Tensor, dy: &Tensor, dx: Option<&mut Tensor>) {
        let part = ITEMS * x.item_len();
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
                self.attend_backward(
                    saved,
                    chunk(&x.data, index, part),
                    chunk(&dy.data, index, part),
                    dx,
                );
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
        let part = ITEMS * x.item_len();
        y.resize(&x.shape);
        each_part(
            self.shared(x.batch()),
            &mut y.data,
            part,
            |index, saved, y| {
                self.attend(saved, chunk(&x.data, index, part), y);
            },
        );
    }

    fn params(&self) -> Vec<&Param> {
        vec![
            &self.weight_in,
            &self.bias_in,
            &self.weight_out,
            &self.bias_out,
        ]
    }

    fn params_mut(&mut self) -> Vec<&mut Param> {
        vec![
            &mut self.weight_in,
            &mut self.bias_in,
            &mut self.weight_out,
            &mut self.bias_out,
        ]
    }

    fn multiply_adds(&self) -> u64 {
        let Sizes { steps, width, .. } = self.sizes();
        (steps * width * (4 * width + 2 * steps)) as u64
    }

    fn rows(&self) -> Vec<SummaryRow> {
        let weights = self.params().iter().map(|p| p.value.len()).sum();
        vec![
            SummaryRow::new(&self.name, self.kind(), &self.output)
                .cost(weights, self.multiply_adds()),
        ]
    }
}
