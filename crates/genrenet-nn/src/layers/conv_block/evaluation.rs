//! A convolution's block in evaluation mode: only the result is written to memory.

use rayon::prelude::*;

use super::{ConvBlock, bordered};
use crate::Tensor;
use crate::kernels::channels;
use crate::kernels::conv;
use crate::kernels::tile::Micro;
use crate::threads::{Buffers, with_buffers};

/// Weights with the normalisation folded in, laid out for the kernel.
#[derive(Debug)]
pub(super) struct Evaluation {
    packed: Vec<f32>,
    bias: Vec<f32>,
}

impl ConvBlock {
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
            conv::pack(&self.conv.weight.value, geometry, Some(&scale), &mut packed);
            Evaluation {
                packed,
                bias: folded,
            }
        })
    }

    /// One image in evaluation mode: as many rows as a window has are convolved, finished and overwritten.
    fn infer_item(&self, e: &Evaluation, x: &[f32], y: &mut [f32], buffers: &mut Buffers) {
        let geometry = &self.conv.geometry;
        let padded = bordered(x, geometry, &mut buffers.padded);
        let f = self.finish_with(&self.neutral[0], &self.neutral[1]);
        let [oh, ow, cout] = geometry.output;
        if f.pool == [1, 1] {
            // Tiles of narrow images extend down, so all rows are done at once; those of others only as far as the
            // ReLU finds them in the cache.
            let rows = if ow < Micro::current().rows { oh } else { 1 };
            for (i, line) in y.chunks_exact_mut(rows * ow * cout).enumerate() {
                conv::rows_forward(
                    padded,
                    &e.packed,
                    Some(&e.bias),
                    geometry,
                    i * rows..(i + 1) * rows,
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

    /// See [`crate::Layer::infer`].
    pub(super) fn evaluate(&self, x: &Tensor, y: &mut Tensor) {
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
}
