//! A convolution with the batch normalisation, ReLU and max-pooling that follow it, as one layer.
//!
//! Forward: each image is convolved and the moments of its channels taken while it is in the cache; when all images are
//! through, one sweep normalises, rectifies and pools. Only the convolution's output and the (pooled) result stay in
//! memory. Backward: sums over the result give the gradients of the normalisation; then, image by image, the gradient
//! of the convolution's output is formed in a buffer of the cache's size and used for both other gradients.

use std::sync::OnceLock;

use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use super::batch_norm::{Moments, Norm};
use super::conv::{Conv, ConvSizes};
use crate::kernels::channels::{self, Finish, Gradient};
use crate::kernels::conv::{self, Geometry, Placement};
use crate::kernels::tile::Micro;
use crate::threads::{self, Buffers, with_buffers};
use crate::{Layer, NnError, Param, Pass, Scratch, SummaryRow, Tensor};

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

/// Weights with the normalisation folded in, laid out for the kernel.
#[derive(Debug)]
struct Evaluation {
    packed: Vec<f32>,
    bias: Vec<f32>,
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
        rng: &mut ChaCha8Rng,
    ) -> Result<Self, NnError> {
        let conv = Conv::new(name, input, sizes, bias, rng)?;
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

    fn is_bare(&self) -> bool {
        self.norm.is_none() && self.relu.is_none() && self.pool.is_none()
    }

    /// Sums over the batch that the normalisation's gradients need, and its gradient's factors.
    fn norm_gradient(&mut self, y: &Tensor, dy: &Tensor) -> Option<[Vec<f32>; 3]> {
        let norm = self.norm.as_ref()?;
        let channels = norm.channels();
        let item = y.item_len();
        let relu = self.relu.is_some();
        let parts: Vec<[Vec<f64>; 2]> = y
            .data
            .par_chunks(item)
            .zip(dy.data.par_chunks(item))
            .map(|(y, dy)| {
                let (mut sum, mut product) = (vec![0.0; channels], vec![0.0; channels]);
                channels::gradient_sums(relu, channels, y, dy, &mut sum, &mut product);
                [sum, product]
            })
            .collect();
        let (mut sum, mut product) = (vec![0.0; channels], vec![0.0; channels]);
        for [s, p] in &parts {
            for c in 0..channels {
                sum[c] += s[c];
                product[c] += p[c];
            }
        }
        norm.normalise_products(&sum, &mut product);
        for c in norm.faint_channels() {
            product[c] = self.exact_product(norm, c, y, dy);
        }
        let gradient = self.norm.as_mut()?.take_gradient(&sum, &product);
        Some([
            gradient.dy_factor.to_vec(),
            gradient.z_factor.to_vec(),
            gradient.constant.to_vec(),
        ])
    }

    /// Σ g · normalised z of one channel, from the convolution's output itself.
    fn exact_product(&self, norm: &Norm, c: usize, y: &Tensor, dy: &Tensor) -> f64 {
        let f = self.finish();
        let [down, across] = [self.output[0], self.output[1]];
        let mut total = 0.0;
        for (i, z) in self
            .z
            .chunks_exact(self.conv.geometry.output_len())
            .enumerate()
            .take(y.batch())
        {
            for p in 0..down * across {
                let at = (i * down * across + p) * f.channels + c;
                if f.relu && y.data[at] <= 0.0 {
                    continue;
                }
                let (oy, ox) = (p / across, p % across);
                let window = (0..f.pool[0] * f.pool[1]).map(|k| {
                    let (zy, zx) = (
                        oy * f.pool[0] + k / f.pool[1],
                        ox * f.pool[1] + k % f.pool[1],
                    );
                    z[(zy * f.width + zx) * f.channels + c]
                });
                let winner = window
                    .into_iter()
                    .find(|v| v * f.scale[c] + f.shift[c] == y.data[at]);
                total += f64::from(dy.data[at]) * norm.normalised(c, winner.unwrap_or(0.0));
            }
        }
        total
    }

    fn evaluation(&self) -> &Evaluation {
        self.evaluation.get_or_init(|| {
            let geometry = &self.conv.geometry;
            let channels = geometry.output[2];
            let bias = self.conv.bias.as_ref();
            let (scale, shift) = match &self.norm {
                Some(norm) => norm.folded(),
                None => (self.neutral[0].clone(), self.neutral[1].clone()),
            };
            let mut folded = vec![0.0; Micro::current().padded(channels)];
            for c in 0..channels {
                folded[c] = bias.map_or(0.0, |b| b.value.data[c]) * scale[c] + shift[c];
            }
            let mut packed = Vec::new();
            conv::pack(
                &self.conv.weight.value.data,
                geometry,
                Some(&scale),
                &mut packed,
            );
            Evaluation {
                packed,
                bias: folded,
            }
        })
    }

    /// One image in evaluation mode: as many rows as a window has are convolved, finished, and forgotten.
    fn infer_item(&self, e: &Evaluation, x: &[f32], y: &mut [f32], buffers: &mut Buffers) {
        let geometry = &self.conv.geometry;
        let padded = bordered(x, geometry, &mut buffers.padded);
        let f = self.finish_with(&self.neutral[0], &self.neutral[1]);
        let [oh, ow, cout] = geometry.output;
        if f.pool == [1, 1] {
            for (row, line) in y.chunks_exact_mut(ow * cout).enumerate() {
                conv::rows_forward(
                    padded,
                    &e.packed,
                    Some(&e.bias),
                    geometry,
                    row..row + 1,
                    line,
                );
                if f.relu {
                    line.iter_mut().for_each(|v| *v = v.max(0.0));
                }
            }
            return;
        }
        let window = f.pool[0];
        buffers.rows.resize(window * ow * cout, 0.0);
        let rows = &mut buffers.rows[..window * ow * cout];
        for (i, line) in y
            .chunks_exact_mut(ow / f.pool[1] * cout)
            .enumerate()
            .take(oh / window)
        {
            conv::rows_forward(
                padded,
                &e.packed,
                Some(&e.bias),
                geometry,
                i * window..(i + 1) * window,
                rows,
            );
            channels::finish(f, rows, line);
        }
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
        conv::pack(
            &self.conv.weight.value.data,
            &geometry,
            None,
            &mut self.packed,
        );
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
        let batch = x.batch();
        if batch == 0 {
            if let Some(dx) = dx {
                dx.resize(&x.shape);
            }
            return;
        }
        let factors = self.norm_gradient(y, dy);
        let geometry = self.conv.geometry;
        let reversed = geometry.reversed();
        let [oh, ow, channels] = geometry.output;
        let (ones, zeros) = (&self.neutral[0], &self.neutral[1]);
        let gradient = match &factors {
            Some([a, b, k]) => Gradient {
                dy_factor: a,
                z_factor: b,
                constant: k,
            },
            None => Gradient {
                dy_factor: ones,
                z_factor: zeros,
                constant: zeros,
            },
        };
        let want_dx = dx.is_some();
        let place = if want_dx {
            Placement::spread(&geometry, &reversed)
        } else {
            Placement::dense(ow, channels)
        };
        let dz_len = if want_dx {
            reversed.padded_len()
        } else {
            geometry.output_len()
        };
        if want_dx {
            conv::pack_reversed(&self.conv.weight.value.data, &geometry, &mut self.packed);
        }

        let taps = self.conv.weight.value.len();
        let bias_len = if self.conv.bias.is_some() {
            channels
        } else {
            0
        };
        let chunk = batch.div_ceil(threads::chunks(taps));
        let mut chunk_grads = std::mem::take(&mut self.chunk_grads);
        chunk_grads.resize_with(batch.div_ceil(chunk), Vec::new);
        let f = self.finish();
        let z = if self.is_bare() { &y.data } else { &self.z };
        let packed = &self.packed;
        let (item_in, item_z, item_y) = (geometry.input_len(), geometry.output_len(), y.item_len());
        let micro = Micro::current();

        let per_item = |i: usize, grad: &mut [f32], dx: Option<&mut [f32]>| {
            with_buffers(|buffers| {
                let dz = &mut buffers.rows;
                dz.clear();
                dz.resize(dz_len + micro.wide, 0.0);
                let (z, y) = (&z[i * item_z..][..item_z], &y.data[i * item_y..][..item_y]);
                channels::finish_gradient(
                    f,
                    gradient,
                    oh,
                    z,
                    y,
                    &dy.data[i * item_y..][..item_y],
                    dz,
                    place,
                );
                let padded = bordered(
                    &x.data[i * item_in..][..item_in],
                    &geometry,
                    &mut buffers.padded,
                );
                let (weights, bias) = grad.split_at_mut(taps);
                conv::add_weight_gradient(padded, dz, place, &geometry, weights);
                if bias_len > 0 {
                    let mut sum = vec![0.0f64; channels];
                    channels::placed_sums(dz, place, oh, ow, channels, &mut sum);
                    bias.iter_mut().zip(sum).for_each(|(b, s)| *b += s as f32);
                }
                if let Some(dx) = dx {
                    conv::rows_forward(dz, packed, None, &reversed, 0..reversed.output[0], dx);
                }
            });
        };
        let start = |grad: &mut Vec<f32>| {
            grad.clear();
            grad.resize(taps + bias_len, 0.0);
        };
        match dx {
            Some(dx) => {
                dx.resize(&x.shape);
                chunk_grads
                    .par_iter_mut()
                    .zip(dx.data.par_chunks_mut(chunk * item_in))
                    .enumerate()
                    .for_each(|(c, (grad, dx))| {
                        start(grad);
                        for (i, dx) in dx.chunks_exact_mut(item_in).enumerate() {
                            per_item(c * chunk + i, grad, Some(dx));
                        }
                    });
            }
            None => chunk_grads
                .par_iter_mut()
                .enumerate()
                .for_each(|(c, grad)| {
                    start(grad);
                    for i in c * chunk..batch.min((c + 1) * chunk) {
                        per_item(i, grad, None);
                    }
                }),
        }
        for grad in &chunk_grads {
            self.conv
                .weight
                .grad
                .data
                .iter_mut()
                .zip(grad)
                .for_each(|(sum, g)| *sum += g);
            if let Some(b) = &mut self.conv.bias {
                b.grad
                    .data
                    .iter_mut()
                    .zip(&grad[taps..])
                    .for_each(|(sum, g)| *sum += g);
            }
        }
        self.chunk_grads = chunk_grads;
    }

    fn infer(&self, x: &Tensor, y: &mut Tensor, _: &mut Scratch) {
        let e = self.evaluation();
        let batch = x.batch();
        y.resize_batch(batch, &self.output);
        let (item_in, item_out) = (self.conv.geometry.input_len(), self.output.iter().product());
        if batch == 1 {
            return with_buffers(|buffers| self.infer_item(e, &x.data, &mut y.data, buffers));
        }
        y.data
            .par_chunks_mut(item_out)
            .zip(x.data.par_chunks(item_in))
            .for_each(|(y, x)| {
                with_buffers(|buffers| self.infer_item(e, x, y, buffers));
            });
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
