//! Batch normalisation (Ioffe and Szegedy 2015) that does not follow a convolution.

use rayon::prelude::*;

use super::norm::{Moments, Norm};
use crate::kernels::channels::{self, Finish};
use crate::kernels::conv::Placement;
use crate::threads::each_part;
use crate::{Layer, NnError, Param, Pass, Scratch, SummaryRow, Tensor};

/// Batch normalisation of images, sequences or vectors over their last axis, that does not follow a convolution.
#[derive(Debug)]
pub struct BatchNorm {
    norm: Norm,
    output: Vec<usize>,
    parts: Vec<Moments>,
}

/// Rows whose sums are formed in one chunk.
const ROWS: usize = 1024;
/// Values that are normalised by one thread at once.
const VALUES: usize = 1 << 15;

impl BatchNorm {
    /// A normalisation of items of shape `input`.
    ///
    /// # Errors
    /// [`NnError::Spec`] for an `eps` ≤ 0 or a `momentum` outside 0–1, [`NnError::Shape`] for items without channels.
    pub fn new(name: &str, input: &[usize], eps: f32, momentum: f32) -> Result<Self, NnError> {
        let channels = input.last().copied().unwrap_or(0);
        Ok(Self {
            norm: Norm::new(name, channels, eps, momentum)?,
            output: input.to_vec(),
            parts: Vec::new(),
        })
    }

    /// Scale and shift of evaluation.
    pub(super) fn folded(&self) -> (Vec<f32>, Vec<f32>) {
        self.norm.folded()
    }
}

fn affine<'a>(scale: &'a [f32], shift: &'a [f32]) -> Finish<'a> {
    Finish {
        width: 1,
        channels: scale.len(),
        scale,
        shift,
        relu: false,
        pool: [1, 1],
    }
}

fn apply(f: Finish<'_>, x: &Tensor, y: &mut Tensor) {
    y.resize(&x.shape);
    let part = VALUES.div_ceil(f.channels) * f.channels;
    each_part((&mut y.data, part), (&x.data, part), |y, x| {
        channels::finish(f, x, y);
    });
}

impl Layer for BatchNorm {
    fn kind(&self) -> &'static str {
        "batch_norm"
    }

    fn output_shape(&self) -> &[usize] {
        &self.output
    }

    fn forward(&mut self, x: &Tensor, y: &mut Tensor, pass: &mut Pass) {
        let channels = self.norm.channels();
        if pass.train && !x.is_empty() {
            let part = ROWS * channels;
            self.parts
                .resize_with(x.len().div_ceil(part), Moments::default);
            self.parts
                .par_iter_mut()
                .zip(x.data.par_chunks(part))
                .for_each(|(m, x)| m.of(x, channels));
            let values: Vec<usize> = x.data.chunks(part).map(|x| x.len() / channels).collect();
            self.norm.take_batch(&self.parts, &values);
        } else {
            self.norm.take_running();
        }
        apply(affine(&self.norm.scale, &self.norm.shift), x, y);
    }

    fn backward(&mut self, x: &Tensor, y: &Tensor, dy: &Tensor, dx: Option<&mut Tensor>) {
        let channels = self.norm.channels();
        let part = ROWS * channels;
        let pivot: Vec<f32> = self.norm.mean.iter().map(|&m| m as f32).collect();
        let sums: Vec<[Vec<f64>; 2]> = x
            .data
            .par_chunks(part)
            .zip(dy.data.par_chunks(part))
            .map(|(x, dy)| {
                let (mut sum, mut product) = (vec![0.0; channels], vec![0.0; channels]);
                for (x, dy) in x.chunks_exact(channels).zip(dy.chunks_exact(channels)) {
                    for c in 0..channels {
                        sum[c] += f64::from(dy[c]);
                        product[c] += f64::from(dy[c] * (x[c] - pivot[c]));
                    }
                }
                [sum, product]
            })
            .collect();
        let (mut sum, mut product) = (vec![0.0; channels], vec![0.0; channels]);
        for [s, p] in &sums {
            for c in 0..channels {
                sum[c] += s[c];
                product[c] += p[c];
            }
        }
        for c in 0..channels {
            product[c] = (product[c] - (self.norm.mean[c] - f64::from(pivot[c])) * sum[c])
                / self.norm.deviation[c];
        }
        let (scale, shift) = (self.norm.scale.clone(), self.norm.shift.clone());
        let gradient = self.norm.take_gradient(&sum, &product);
        if let Some(dx) = dx {
            dx.resize(&x.shape);
            let f = affine(&scale, &shift);
            let chunks = x
                .data
                .par_chunks(part)
                .zip(y.data.par_chunks(part))
                .zip(dy.data.par_chunks(part));
            dx.data
                .par_chunks_mut(part)
                .zip(chunks)
                .for_each(|(dx, ((x, y), dy))| {
                    let place = Placement::dense(1, channels);
                    channels::finish_gradient(f, gradient, x.len() / channels, x, y, dy, dx, place);
                });
        }
    }

    fn infer(&self, x: &Tensor, y: &mut Tensor, _: &mut Scratch) {
        let (mut scale, mut shift) = self.norm.folded();
        // Several pixels of few channels as one of many, which fill vectors.
        while scale.len() % 16 != 0 && x.item_len().is_multiple_of(2 * scale.len()) {
            scale.extend_from_within(..);
            shift.extend_from_within(..);
        }
        apply(affine(&scale, &shift), x, y);
    }

    fn params(&self) -> Vec<&Param> {
        vec![&self.norm.weight, &self.norm.bias]
    }

    fn params_mut(&mut self) -> Vec<&mut Param> {
        vec![&mut self.norm.weight, &mut self.norm.bias]
    }

    fn buffers(&self) -> Vec<(&str, &Tensor)> {
        self.norm.buffers()
    }

    fn buffers_mut(&mut self) -> Vec<(&str, &mut Tensor)> {
        self.norm.buffers_mut()
    }

    fn multiply_adds(&self) -> u64 {
        self.output.iter().product::<usize>() as u64
    }

    fn rows(&self) -> Vec<SummaryRow> {
        vec![self.norm.row(&self.output)]
    }
}
