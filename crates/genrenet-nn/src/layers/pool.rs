//! Largest value or mean of windows of an image.

use rayon::prelude::*;

use crate::kernels::channels::{self, Finish, Gradient};
use crate::kernels::conv::Placement;
use crate::{Layer, NnError, Pass, Scratch, SummaryRow, Tensor};

/// Shape after pooling images `[H, W, C]`; windows that would reach over the edge are dropped.
pub(crate) fn pooled_shape(
    label: &str,
    input: &[usize],
    size: [usize; 2],
    stride: [usize; 2],
) -> Result<Vec<usize>, NnError> {
    let &[h, w, c] = input else {
        return Err(NnError::shape(
            label,
            "an image [height, width, channels]",
            format!("{input:?}"),
        ));
    };
    for (key, value) in [("size", size), ("stride", stride)] {
        if value.contains(&0) {
            return Err(NnError::spec(
                label,
                key,
                format!("{value:?}"),
                "at least 1 each way",
            ));
        }
    }
    if h < size[0] || w < size[1] || c == 0 {
        return Err(NnError::shape(
            label,
            format!("an image of at least {} × {}", size[0], size[1]),
            format!("{input:?}"),
        ));
    }
    Ok(vec![
        (h - size[0]) / stride[0] + 1,
        (w - size[1]) / stride[1] + 1,
        c,
    ])
}

/// What a pooling keeps of a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PoolKind {
    /// The largest value; its gradient goes to the first that is largest.
    Max,
    /// The mean.
    Mean,
}

/// Pooling of images by windows, which may overlap.
#[derive(Debug)]
pub struct Pool {
    name: String,
    of: PoolKind,
    input: [usize; 3],
    output: Vec<usize>,
    size: [usize; 2],
    stride: [usize; 2],
}

impl Pool {
    /// A pooling of images of shape `input` by windows of `size`, every `stride`.
    ///
    /// # Errors
    /// [`NnError::Shape`] where the image is no image or smaller than the window, [`NnError::Spec`] for zeros.
    pub fn new(
        name: &str,
        of: PoolKind,
        input: &[usize],
        size: [usize; 2],
        stride: Option<[usize; 2]>,
    ) -> Result<Self, NnError> {
        let stride = stride.unwrap_or(size);
        let kind = if of == PoolKind::Max {
            "max_pool"
        } else {
            "avg_pool"
        };
        let output = pooled_shape(&format!("{name} ({kind})"), input, size, stride)?;
        Ok(Self {
            name: name.to_owned(),
            of,
            input: [input[0], input[1], input[2]],
            output,
            size,
            stride,
        })
    }

    /// Offsets of the window's pixels below an output pixel, in scan order.
    fn window(&self, oy: usize, ox: usize) -> impl Iterator<Item = usize> {
        let [_, w, c] = self.input;
        let (y, x, across) = (oy * self.stride[0], ox * self.stride[1], self.size[1]);
        (0..self.size[0] * across).map(move |k| ((y + k / across) * w + x + k % across) * c)
    }

    /// Whether windows neither overlap nor leave gaps, so that the fused kernel does it.
    fn is_simple_max(&self) -> bool {
        self.of == PoolKind::Max && self.size == self.stride
    }

    fn finish<'a>(&self, ones: &'a [f32], zeros: &'a [f32]) -> Finish<'a> {
        let [_, width, channels] = self.input;
        Finish {
            width,
            channels,
            scale: ones,
            shift: zeros,
            relu: false,
            pool: self.size,
        }
    }

    fn apply(&self, x: &Tensor, y: &mut Tensor) {
        y.resize_batch(x.batch(), &self.output);
        if self.is_simple_max() {
            let (ones, zeros) = (vec![1.0; self.input[2]], vec![0.0; self.input[2]]);
            let f = self.finish(&ones, &zeros);
            let items = x.data.par_chunks(self.input.iter().product());
            let pooled = y.data.par_chunks_mut(self.output.iter().product());
            return pooled
                .zip(items)
                .for_each(|(y, x)| channels::finish(f, x, y));
        }
        let (item_in, item_out) = (
            self.input.iter().product::<usize>(),
            self.output.iter().product::<usize>(),
        );
        let (across, c) = (self.output[1], self.output[2]);
        let share = 1.0 / (self.size[0] * self.size[1]) as f32;
        y.data
            .par_chunks_mut(item_out)
            .zip(x.data.par_chunks(item_in))
            .for_each(|(y, x)| {
                for (p, out) in y.chunks_exact_mut(c).enumerate() {
                    out.fill(if self.of == PoolKind::Max {
                        f32::NEG_INFINITY
                    } else {
                        0.0
                    });
                    for at in self.window(p / across, p % across) {
                        let values = out.iter_mut().zip(&x[at..at + c]);
                        match self.of {
                            PoolKind::Max => {
                                values.for_each(|(o, v)| *o = if *v <= *o { *o } else { *v })
                            }
                            PoolKind::Mean => values.for_each(|(o, v)| *o += v),
                        }
                    }
                    if self.of == PoolKind::Mean {
                        out.iter_mut().for_each(|o| *o *= share);
                    }
                }
            });
    }
}

impl Layer for Pool {
    fn kind(&self) -> &'static str {
        if self.of == PoolKind::Max {
            "max_pool"
        } else {
            "avg_pool"
        }
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
        let (item_in, item_out) = (
            self.input.iter().product::<usize>(),
            self.output.iter().product::<usize>(),
        );
        let (across, c) = (self.output[1], self.output[2]);
        if self.is_simple_max() {
            let (ones, zeros) = (vec![1.0; c], vec![0.0; c]);
            let f = self.finish(&ones, &zeros);
            let g = Gradient {
                dy_factor: &ones,
                z_factor: &zeros,
                constant: &zeros,
            };
            let place = Placement::dense(self.input[1], c);
            let items = x
                .data
                .par_chunks(item_in)
                .zip(y.data.par_chunks(item_out))
                .zip(dy.data.par_chunks(item_out));
            return dx
                .data
                .par_chunks_mut(item_in)
                .zip(items)
                .for_each(|(dx, ((x, y), dy))| {
                    channels::finish_gradient(f, g, self.input[0], x, y, dy, dx, place);
                });
        }
        let share = 1.0 / (self.size[0] * self.size[1]) as f32;
        dx.data
            .par_chunks_mut(item_in)
            .enumerate()
            .for_each(|(i, dx)| {
                dx.fill(0.0);
                let x = &x.data[i * item_in..][..item_in];
                let (y, dy) = (
                    &y.data[i * item_out..][..item_out],
                    &dy.data[i * item_out..][..item_out],
                );
                let mut left = vec![0.0; c];
                for p in 0..item_out / c {
                    let (y, dy) = (&y[p * c..][..c], &dy[p * c..][..c]);
                    left.copy_from_slice(dy);
                    for at in self.window(p / across, p % across) {
                        let (x, dx) = (&x[at..at + c], &mut dx[at..at + c]);
                        for j in 0..c {
                            match self.of {
                                PoolKind::Max if x[j] == y[j] => {
                                    dx[j] += std::mem::take(&mut left[j])
                                }
                                PoolKind::Max => {}
                                PoolKind::Mean => dx[j] += dy[j] * share,
                            }
                        }
                    }
                }
            });
    }

    fn infer(&self, x: &Tensor, y: &mut Tensor, _: &mut Scratch) {
        self.apply(x, y);
    }

    fn rows(&self) -> Vec<SummaryRow> {
        vec![SummaryRow::new(&self.name, self.kind(), &self.output)]
    }
}
