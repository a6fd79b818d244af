//! The gradients of a convolution's block.

use rayon::prelude::*;

use super::{ConvBlock, bordered};
use crate::Tensor;
use crate::kernels::channels::{self, Gradient};
use crate::kernels::conv::{self, Placement};
use crate::kernels::tile::Micro;
use crate::layers::norm::Norm;
use crate::threads::{self, with_buffers};

impl ConvBlock {
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

    /// See [`crate::Layer::backward`].
    pub(super) fn run_backward(
        &mut self,
        x: &Tensor,
        y: &Tensor,
        dy: &Tensor,
        dx: Option<&mut Tensor>,
    ) {
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
        let gradient = factors_of(&factors, &self.neutral);
        // With the room around it that the input's gradient needs, where that is asked for.
        let (place, dz_len) = if dx.is_some() {
            conv::pack_reversed(&self.conv.weight.value.data, &geometry, &mut self.packed);
            let place = Placement::spread(&geometry, &reversed);
            (place, reversed.padded_len())
        } else {
            (Placement::dense(ow, channels), geometry.output_len())
        };

        let taps = self.conv.weight.value.len();
        let bias_len = self.conv.bias.as_ref().map_or(0, |_| channels);
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
                conv::clear_around(&geometry, place, dz_len, micro.wide, dz);
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
        let dx = dx.map(|dx| {
            dx.resize(&x.shape);
            (dx.data.as_mut_slice(), item_in)
        });
        for_each_item(
            &mut chunk_grads,
            taps + bias_len,
            dx,
            chunk,
            batch,
            per_item,
        );
        self.add_gradients(&chunk_grads, taps);
        self.chunk_grads = chunk_grads;
    }

    /// Adds the gradients of the chunks, in order: the weights' first, then the biases'.
    fn add_gradients(&mut self, chunk_grads: &[Vec<f32>], taps: usize) {
        for grad in chunk_grads {
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
    }
}

/// The normalisation's factors, or those that change nothing where there is none.
fn factors_of<'a>(
    factors: &'a Option<[Vec<f32>; 3]>,
    [ones, zeros]: &'a [Vec<f32>; 2],
) -> Gradient<'a> {
    let [dy_factor, z_factor, constant] = match factors {
        Some([dy, z, constant]) => [dy, z, constant],
        None => [ones, zeros, zeros],
    };
    Gradient {
        dy_factor,
        z_factor,
        constant,
    }
}

/// Runs `per_item` for every item of a batch, in parallel over chunks of `chunk` items; each chunk sums up its own gradient of
/// `len` values. `dx` holds the gradient with respect to the input and the length of one item of it.
fn for_each_item(
    chunk_grads: &mut [Vec<f32>],
    len: usize,
    dx: Option<(&mut [f32], usize)>,
    chunk: usize,
    batch: usize,
    per_item: impl Fn(usize, &mut [f32], Option<&mut [f32]>) + Sync,
) {
    let start = |grad: &mut Vec<f32>| {
        grad.clear();
        grad.resize(len, 0.0);
    };
    match dx {
        Some((dx, item)) => chunk_grads
            .par_iter_mut()
            .zip(dx.par_chunks_mut(chunk * item))
            .enumerate()
            .for_each(|(c, (grad, dx))| {
                start(grad);
                for (i, dx) in dx.chunks_exact_mut(item).enumerate() {
                    per_item(c * chunk + i, grad, Some(dx));
                }
            }),
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
}
