//! A one-channel convolution with ReLU, batch normalisation and the maximum over all positions across, as one layer.
//!
//! It trains as the layers it is made of. In evaluation mode the normalisation of a maximum is the maximum of the normalised
//! values, or their minimum where the scale is negative: the sign is put into the weights, and only the largest sum of
//! each row is kept.

use std::sync::OnceLock;

use super::{BatchNorm, ConvBlock, ConvSizes, Pool, PoolKind};
use crate::kernels::conv::Geometry;
use crate::kernels::{conv, negacyclic, positions};
use crate::threads::{Buffers, aligned, each_part, with_buffers};
use crate::{Initialiser, Layer, LayerSpec, NnError, Param, Pass, Scratch, SummaryRow, Tensor};

/// The layers of which it is made, and how it computes what they do in evaluation mode.
#[derive(Debug)]
pub(crate) struct ConvMaximum {
    conv: ConvBlock,
    norm: BatchNorm,
    pool: Pool,
    /// Outputs of convolution and normalisation of the last forward pass.
    between: [Tensor; 2],
    grads: [Tensor; 2],
    evaluation: OnceLock<Evaluation>,
}

/// Weights laid out for evaluation, and what follows the largest sum, per filter.
#[derive(Debug)]
struct Evaluation {
    kernels: Kernels,
    /// The sum's sign, what is added to it, then the factor and the sum of the normalisation.
    finish: Vec<[f32; 4]>,
}

#[derive(Debug)]
enum Kernels {
    Sums(Vec<f32>),
    Transformed(Box<negacyclic::Spectra>),
}

/// Whether the transform costs less than sums of products: about 1100 operations and four for each of the 48 values of each
/// of the kernel's rows. Measured: at 7 × 38 it takes a fifth of the time.
fn transforms(geometry: &Geometry) -> bool {
    let [kh, kw] = geometry.kernel;
    let direct = kh * kw * geometry.output[1].next_multiple_of(16);
    geometry.padded[1] <= negacyclic::ROW && direct > 1100 + 4 * 48 * kh
}

impl ConvMaximum {
    /// The layer that the first four descriptions are, where they are such a chain over items of shape `input`; layer i
    /// is named `name(i)`.
    ///
    /// # Errors
    /// Those of the layers.
    pub fn of(
        specs: &[LayerSpec],
        name: impl Fn(usize) -> String,
        input: &[usize],
        first: &mut Initialiser,
    ) -> Result<Option<Self>, NnError> {
        let &[
            LayerSpec::Conv {
                filters,
                kernel,
                stride: [1, 1],
                padding,
                bias,
            },
            LayerSpec::Relu {},
            LayerSpec::BatchNorm { eps, momentum },
            LayerSpec::MaxPool { size, stride },
            ..,
        ] = specs
        else {
            return Ok(None);
        };
        let sizes = ConvSizes {
            filters,
            kernel,
            stride: [1, 1],
            padding,
        };
        let &[_, _, 1] = input else { return Ok(None) };
        let output = sizes.geometry(&name(0), input)?.output;
        if size != [1, output[1]] || stride.is_some_and(|stride| stride != size) {
            return Ok(None);
        }
        let mut conv = ConvBlock::new(&name(0), input, sizes, bias, first)?;
        conv.set_relu(&name(1));
        Ok(Some(Self {
            norm: BatchNorm::new(&name(2), &output, eps, momentum)?,
            pool: Pool::new(&name(3), PoolKind::Max, &output, size, stride)?,
            conv,
            between: Default::default(),
            grads: Default::default(),
            evaluation: OnceLock::new(),
        }))
    }

    fn evaluation(&self) -> &Evaluation {
        self.evaluation.get_or_init(|| {
            let conv = self.conv.conv();
            let (scale, shift) = self.norm.folded();
            let sign: Vec<f32> = scale.iter().map(|s| 1f32.copysign(*s)).collect();
            let weight = &conv.weight.value.data;
            let kernel = conv.geometry.kernel;
            let kernels = if transforms(&conv.geometry) {
                let spectra = negacyclic::Spectra::new(weight, kernel, &sign);
                Kernels::Transformed(Box::new(spectra))
            } else {
                Kernels::Sums(positions::pack(weight, kernel, &sign))
            };
            let bias = |c: usize| conv.bias.as_ref().map_or(0.0, |bias| bias.value.data[c]);
            let finish = (0..scale.len()).map(|c| [sign[c], bias(c), scale[c], shift[c]]);
            Evaluation {
                kernels,
                finish: finish.collect(),
            }
        })
    }

    fn infer_item(&self, e: &Evaluation, x: &[f32], y: &mut [f32], buffers: &mut Buffers) {
        let geometry = &self.conv.conv().geometry;
        let padded = aligned(&mut buffers.padded, positions::image_len(geometry));
        let (image, rest) = padded.split_at_mut(geometry.padded_len());
        conv::pad_into(x, geometry, image);
        rest.fill(0.0);
        match &e.kernels {
            Kernels::Sums(packed) => {
                positions::largest(geometry, padded, packed, &mut buffers.rows, y)
            }
            Kernels::Transformed(spectra) => {
                negacyclic::largest(geometry, spectra, padded, &mut buffers.transformed, y);
            }
        }
        for row in y.chunks_exact_mut(e.finish.len()) {
            for (y, [sign, bias, scale, shift]) in row.iter_mut().zip(&e.finish) {
                let sum = sign * *y + bias;
                *y = if sum <= 0.0 {
                    *shift
                } else {
                    sum * scale + shift
                };
            }
        }
    }
}

impl Layer for ConvMaximum {
    fn kind(&self) -> &'static str {
        "conv"
    }

    fn output_shape(&self) -> &[usize] {
        self.pool.output_shape()
    }

    fn forward(&mut self, x: &Tensor, y: &mut Tensor, pass: &mut Pass) {
        if pass.train {
            self.evaluation.take();
        }
        let [sums, normal] = &mut self.between;
        self.conv.forward(x, sums, pass);
        self.norm.forward(sums, normal, pass);
        self.pool.forward(normal, y, pass);
    }

    fn backward(&mut self, x: &Tensor, y: &Tensor, dy: &Tensor, dx: Option<&mut Tensor>) {
        let [sums, normal] = &self.between;
        let [dsums, dnormal] = &mut self.grads;
        self.pool.backward(normal, y, dy, Some(dnormal));
        self.norm.backward(sums, normal, dnormal, Some(dsums));
        self.conv.backward(x, sums, dsums, dx);
    }

    fn infer(&self, x: &Tensor, y: &mut Tensor, _: &mut Scratch) {
        let e = self.evaluation();
        let (batch, item_in) = (x.batch(), x.item_len());
        y.resize_batch(batch, self.output_shape());
        let item_out = y.item_len();
        each_part((&mut y.data, item_out), (&x.data, item_in), |y, x| {
            with_buffers(|buffers| self.infer_item(e, x, y, buffers));
        });
    }

    fn params(&self) -> Vec<&Param> {
        [self.conv.params(), self.norm.params()].concat()
    }

    fn params_mut(&mut self) -> Vec<&mut Param> {
        self.evaluation.take();
        let mut params = self.conv.params_mut();
        params.extend(self.norm.params_mut());
        params
    }

    fn buffers(&self) -> Vec<(&str, &Tensor)> {
        self.norm.buffers()
    }

    fn buffers_mut(&mut self) -> Vec<(&str, &mut Tensor)> {
        self.evaluation.take();
        self.norm.buffers_mut()
    }

    fn multiply_adds(&self) -> u64 {
        self.conv.multiply_adds() + self.norm.multiply_adds()
    }

    fn rows(&self) -> Vec<SummaryRow> {
        [self.conv.rows(), self.norm.rows(), self.pool.rows()].concat()
    }
}
