//! A convolution with the batch normalisation, ReLU and max-pooling that follow it, as one layer.
//!
//! Forward: each image is convolved and the moments of its channels taken while it is in the cache; when all images are
//! through, one sweep normalises, rectifies and pools. Only the convolution's output and the (pooled) result stay in
//! memory. Backward: sums over the result give the gradients of the normalisation; then, image by image, the gradient
//! of the convolution's output is formed in a buffer of the cache's size and used for both other gradients.

mod backward;
mod evaluation;

use std::sync::OnceLock;

use rayon::prelude::*;

use self::evaluation::Evaluation;
use super::conv::{Conv, ConvSizes};
use super::norm::{Moments, Norm};
use crate::kernels::channels::{self, Finish};
use crate::kernels::conv::{self, Geometry};
use crate::kernels::tile::Micro;
use crate::threads::with_buffers;
use crate::{Initialiser, Layer, NnError, Param, Pass, Scratch, SummaryRow, Tensor};

/// A convolution and what is fused with it.
#[derive(Debug)]
pub struct ConvBlock {
    conv: Conv,
    norm: Option<Norm>,
    relu: Option<String>,
    pool: Option<(String, [usize; 2])>,
    output: Vec<usize>,
    packed: Vec<f32>,
    /// The convolution's output for the whole batch.
    z: Vec<f32>,
    moments: Vec<Moments>,
    chunk_grads: Vec<Vec<f32>>,
    /// Scale 1 and shift 0, where there is no normalisation.
    neutral: [Vec<f32>; 2],
    evaluation: OnceLock<Evaluation>,
}

impl ConvBlock {
    /// A convolution alone over images of shape `input`, named `name`.
    ///
    /// # Errors
    /// [`NnError::Shape`] where the image does not suit, [`NnError::Spec`] for impossible sizes.
    pub fn new(
        name: &str,
        input: &[usize],
        sizes: ConvSizes,
        bias: bool,
        first: &mut Initialiser,
    ) -> Result<Self, NnError> {
        let conv = Conv::new(name, input, sizes, bias, first)?;
        let channels = sizes.filters;
        Ok(Self {
            output: conv.geometry.output.to_vec(),
            conv,
            norm: None,
            relu: None,
            pool: None,
            packed: Vec::new(),
            z: Vec::new(),
            moments: Vec::new(),
            chunk_grads: Vec::new(),
            neutral: [vec![1.0; channels], vec![0.0; channels]],
            evaluation: OnceLock::new(),
        })
    }

    /// Puts a batch normalisation after the convolution.
    ///
    /// # Errors
    /// [`NnError::Spec`] for an impossible `eps` or `momentum`.
    pub fn set_norm(&mut self, name: &str, eps: f32, momentum: f32) -> Result<(), NnError> {
        self.norm = Some(Norm::new(
            name,
            self.conv.geometry.output[2],
            eps,
            momentum,
        )?);
        Ok(())
    }

    /// Puts a ReLU after convolution and normalisation.
    pub fn set_relu(&mut self, name: &str) {
        self.relu = Some(name.to_owned());
    }

    /// Puts a max-pooling without overlap last.
    ///
    /// # Errors
    /// [`NnError::Shape`] where the image is smaller than the window, [`NnError::Spec`] for a window of 0.
    pub fn set_pool(&mut self, name: &str, size: [usize; 2]) -> Result<(), NnError> {
        let [h, w, c] = self.conv.geometry.output;
        self.output =
            super::pool::pooled_shape(&format!("{name} (max_pool)"), &[h, w, c], size, size)?;
        self.pool = Some((name.to_owned(), size));
        Ok(())
    }

    fn finish_with<'a>(&'a self, scale: &'a [f32], shift: &'a [f32]) -> Finish<'a> {
        let [_, width, channels] = self.conv.geometry.output;
        Finish {
            width,
            channels,
            scale,
            shift,
            relu: self.relu.is_some(),
            pool: self.pool.as_ref().map_or([1, 1], |p| p.1),
        }
    }

    fn finish(&self) -> Finish<'_> {
        match &self.norm {
            Some(norm) => self.finish_with(&norm.scale, &norm.shift),
            None => self.finish_with(&self.neutral[0], &self.neutral[1]),
        }
    }

    /// The convolution itself.
    pub(super) fn conv(&self) -> &Conv {
        &self.conv
    }

    fn is_bare(&self) -> bool {
        self.norm.is_none() && self.relu.is_none() && self.pool.is_none()
    }
}

/// The image with its border; itself where it needs none.
fn bordered<'a>(x: &'a [f32], geometry: &Geometry, buffer: &'a mut Vec<f32>) -> &'a [f32] {
    if geometry.padded == [geometry.input[0], geometry.input[1]] {
        return x;
    }
    conv::pad(x, geometry, buffer);
    &buffer[..geometry.padded_len()]
}

impl Layer for ConvBlock {
    fn kind(&self) -> &'static str {
        "conv"
    }

    fn output_shape(&self) -> &[usize] {
        &self.output
    }

    fn forward(&mut self, x: &Tensor, y: &mut Tensor, pass: &mut Pass) {
        let geometry = self.conv.geometry;
        let (item_in, item_out) = (geometry.input_len(), geometry.output_len());
        let channels = geometry.output[2];
        let batch = x.batch();
        y.resize_batch(batch, &self.output);
        conv::pack(&self.conv.weight.value, &geometry, None, &mut self.packed);
        let mut padded_bias = vec![0.0; Micro::current().padded(channels)];
        let bias = self.conv.bias.as_ref().map(|b| {
            padded_bias[..channels].copy_from_slice(&b.value.data);
            padded_bias.as_slice()
        });
        let bare = self.is_bare();
        let z = if bare { &mut y.data } else { &mut self.z };
        z.resize(batch * item_out, 0.0);
        let statistics = pass.train && self.norm.is_some() && batch > 0;
        if statistics {
            self.evaluation.take();
        }
        self.moments.resize_with(batch, Moments::default);
        let packed = &self.packed;
        z.par_chunks_mut(item_out)
            .zip(x.data.par_chunks(item_in))
            .zip(&mut self.moments)
            .for_each(|((z, x), moments)| {
                with_buffers(|buffers| {
                    let padded = bordered(x, &geometry, &mut buffers.padded);
                    conv::rows_forward(padded, packed, bias, &geometry, 0..geometry.output[0], z);
                    if statistics {
                        moments.of(z, channels);
                    }
                });
            });
        if let Some(norm) = &mut self.norm {
            if statistics {
                norm.take_batch(&self.moments, &vec![item_out / channels; batch]);
            } else {
                norm.take_running();
            }
        }
        if bare {
            return;
        }
        let f = self.finish();
        let pooled: usize = self.output.iter().product();
        y.data
            .par_chunks_mut(pooled)
            .zip(self.z.par_chunks(item_out))
            .for_each(|(y, z)| channels::finish(f, z, y));
    }

    fn backward(&mut self, x: &Tensor, y: &Tensor, dy: &Tensor, dx: Option<&mut Tensor>) {
        self.run_backward(x, y, dy, dx);
    }

    fn infer(&self, x: &Tensor, y: &mut Tensor, _: &mut Scratch) {
        self.evaluate(x, y);
    }

    fn params(&self) -> Vec<&Param> {
        let norm = self.norm.iter().flat_map(|n| [&n.weight, &n.bias]);
        std::iter::once(&self.conv.weight)
            .chain(&self.conv.bias)
            .chain(norm)
            .collect()
    }

    fn params_mut(&mut self) -> Vec<&mut Param> {
        self.evaluation.take();
        let norm = self
            .norm
            .iter_mut()
            .flat_map(|n| [&mut n.weight, &mut n.bias]);
        std::iter::once(&mut self.conv.weight)
            .chain(&mut self.conv.bias)
            .chain(norm)
            .collect()
    }

    fn buffers(&self) -> Vec<(&str, &Tensor)> {
        self.norm.iter().flat_map(Norm::buffers).collect()
    }

    fn buffers_mut(&mut self) -> Vec<(&str, &mut Tensor)> {
        self.evaluation.take();
        self.norm.iter_mut().flat_map(Norm::buffers_mut).collect()
    }

    fn multiply_adds(&self) -> u64 {
        self.conv.multiply_adds()
    }

    fn rows(&self) -> Vec<SummaryRow> {
        let image = self.conv.geometry.output;
        let norm = self.norm.iter().map(|n| SummaryRow {
            multiply_adds: 0,
            ..n.row(&image)
        });
        let relu = self
            .relu
            .iter()
            .map(|name| SummaryRow::new(name, "relu", &image));
        let pool = self
            .pool
            .iter()
            .map(|(name, _)| SummaryRow::new(name, "max_pool", &self.output));
        std::iter::once(self.conv.row())
            .chain(norm)
            .chain(relu)
            .chain(pool)
            .collect()
    }
}
