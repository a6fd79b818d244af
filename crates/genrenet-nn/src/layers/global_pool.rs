//! Statistics of each channel over all positions.

use rayon::prelude::*;

use crate::threads::each_part;
use crate::{Layer, NnError, Pass, Scratch, Statistic, SummaryRow, Tensor};

/// Added to the variance, so that the deviation has a gradient where all values are equal.
const EPS: f32 = 1e-5;

/// Mean, largest value and standard deviation of each channel of an image `[H, W, C]` or sequence `[T, C]`, those that
/// are asked for joined in the asked order (statistics pooling: Snyder et al. 2018).
#[derive(Debug)]
pub struct GlobalPool {
    name: String,
    of: Vec<Statistic>,
    positions: usize,
    channels: usize,
    output: Vec<usize>,
}

impl GlobalPool {
    /// A pooling of items of shape `input`.
    ///
    /// # Errors
    /// [`NnError::Spec`] when `of` is empty, [`NnError::Shape`] for items of fewer than two axes or without values.
    pub fn new(name: &str, input: &[usize], of: &[Statistic]) -> Result<Self, NnError> {
        let label = format!("{name} (global_pool)");
        if of.is_empty() {
            return Err(NnError::spec(
                label,
                "of",
                "[]",
                "at least one of mean, max, std",
            ));
        }
        let positions = input.iter().rev().skip(1).product::<usize>();
        let channels = input.last().copied().unwrap_or(0);
        if input.len() < 2 || positions * channels == 0 {
            return Err(NnError::shape(
                label,
                "an image or a sequence",
                format!("{input:?}"),
            ));
        }
        Ok(Self {
            name: name.to_owned(),
            of: of.to_vec(),
            positions,
            channels,
            output: vec![of.len() * channels],
        })
    }

    fn mean(&self, x: &[f32]) -> Vec<f32> {
        let mut total = vec![0.0f64; self.channels];
        let mut part = vec![0.0f32; self.channels];
        for pixels in x.chunks(64 * self.channels) {
            part.fill(0.0);
            for pixel in pixels.chunks_exact(self.channels) {
                part.iter_mut().zip(pixel).for_each(|(s, v)| *s += v);
            }
            total
                .iter_mut()
                .zip(&part)
                .for_each(|(t, p)| *t += f64::from(*p));
        }
        total
            .iter()
            .map(|t| (t / self.positions as f64) as f32)
            .collect()
    }

    fn deviation(&self, x: &[f32], mean: &[f32]) -> Vec<f32> {
        let mut total = vec![0.0f64; self.channels];
        let mut part = vec![0.0f32; self.channels];
        for pixels in x.chunks(64 * self.channels) {
            part.fill(0.0);
            for pixel in pixels.chunks_exact(self.channels) {
                for c in 0..self.channels {
                    let d = pixel[c] - mean[c];
                    part[c] += d * d;
                }
            }
            total
                .iter_mut()
                .zip(&part)
                .for_each(|(t, p)| *t += f64::from(*p));
        }
        total
            .iter()
            .map(|t| ((t / self.positions as f64) as f32 + EPS).sqrt())
            .collect()
    }

    fn largest(&self, x: &[f32]) -> Vec<f32> {
        let mut best = vec![f32::NEG_INFINITY; self.channels];
        for pixel in x.chunks_exact(self.channels) {
            best.iter_mut()
                .zip(pixel)
                .for_each(|(b, v)| *b = if *v <= *b { *b } else { *v });
        }
        best
    }

    fn apply(&self, x: &Tensor, y: &mut Tensor) {
        y.resize_batch(x.batch(), &self.output);
        let item = self.positions * self.channels;
        each_part((&mut y.data, self.output[0]), (&x.data, item), |y, x| {
            for (of, y) in self.of.iter().zip(y.chunks_exact_mut(self.channels)) {
                y.copy_from_slice(&match of {
                    Statistic::Mean => self.mean(x),
                    Statistic::Max => self.largest(x),
                    Statistic::Std => self.deviation(x, &self.mean(x)),
                });
            }
        });
    }
}

impl Layer for GlobalPool {
    fn kind(&self) -> &'static str {
        "global_pool"
    }

    fn output_shape(&self) -> &[usize] {
        &self.output
    }

    fn forward(&mut self, x: &Tensor, y: &mut Tensor, _: &mut Pass) {
        self.apply(x, y);
    }

    fn backward(&mut self, x: &Tensor, y: &Tensor, dy: &Tensor, dx: Option<&mut Tensor>) {
        let Some(dx) = dx else { return };
        dx.resize(&x.shape);
        let (channels, n) = (self.channels, self.positions as f32);
        let item = self.positions * channels;
        let width = self.output[0];
        dx.data
            .par_chunks_mut(item)
            .enumerate()
            .for_each(|(i, dx)| {
                dx.fill(0.0);
                let x = &x.data[i * item..][..item];
                for (part, of) in self.of.iter().enumerate() {
                    let at = i * width + part * channels;
                    let (y, dy) = (&y.data[at..][..channels], &dy.data[at..][..channels]);
                    match of {
                        Statistic::Mean => {
                            for pixel in dx.chunks_exact_mut(channels) {
                                pixel.iter_mut().zip(dy).for_each(|(d, g)| *d += g / n);
                            }
                        }
                        Statistic::Max => {
                            let mut left = dy.to_vec();
                            for (d, v) in
                                dx.chunks_exact_mut(channels).zip(x.chunks_exact(channels))
                            {
                                for c in 0..channels {
                                    if v[c] == y[c] {
                                        d[c] += std::mem::take(&mut left[c]);
                                    }
                                }
                            }
                        }
                        Statistic::Std => {
                            let mean = self.mean(x);
                            let factor: Vec<f32> =
                                dy.iter().zip(y).map(|(g, s)| g / (n * s)).collect();
                            for (d, v) in
                                dx.chunks_exact_mut(channels).zip(x.chunks_exact(channels))
                            {
                                for c in 0..channels {
                                    d[c] += factor[c] * (v[c] - mean[c]);
                                }
                            }
                        }
                    }
                }
            });
    }

    fn infer(&self, x: &Tensor, y: &mut Tensor, _: &mut Scratch) {
        self.apply(x, y);
    }

    fn multiply_adds(&self) -> u64 {
        (self.positions * self.channels * self.of.len()) as u64
    }

    fn rows(&self) -> Vec<SummaryRow> {
        vec![SummaryRow::new(&self.name, self.kind(), &self.output).cost(0, self.multiply_adds())]
    }
}
