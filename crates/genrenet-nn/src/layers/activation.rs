//! Functions of single values, and softmax.

use rayon::prelude::*;

use crate::kernels::isa::vectorised;
use crate::kernels::math::{exp_of, sigmoid_of, tanh_of};
use crate::threads::each_part;
use crate::{Layer, Pass, Scratch, SummaryRow, Tensor};

/// Which function.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Function {
    /// max(x, 0).
    Relu,
    /// x where positive, else slope · x.
    LeakyRelu(f32),
    /// x · Φ(x) with the normal distribution Φ (to 1.5e-7: Abramowitz and Stegun 7.1.26).
    Gelu,
    /// x · sigmoid(x).
    Silu,
    /// 1 / (1 + e⁻ˣ).
    Sigmoid,
    /// Hyperbolic tangent.
    Tanh,
    /// eˣ / Σ eˣ over the last axis.
    Softmax,
}

/// An activation function as a layer of its own; after a convolution, ReLU is part of its block instead.
#[derive(Debug)]
pub struct Activation {
    name: String,
    function: Function,
    output: Vec<usize>,
}

/// Values per piece of work.
const PIECE: usize = 1 << 14;

/// Φ(x) and the density φ(x) of the normal distribution.
#[inline(always)]
fn normal(x: f32) -> (f32, f32) {
    let z = x.abs() * std::f32::consts::FRAC_1_SQRT_2;
    let t = 1.0 / (1.0 + 0.327_591_1 * z);
    let poly = ((((1.061_405_4 * t - 1.453_152_1) * t + 1.421_413_8) * t - 0.284_496_74) * t
        + 0.254_829_6)
        * t;
    let bell = exp_of(-z * z);
    let tail = 0.5 * poly * bell;
    (if x < 0.0 { tail } else { 1.0 - tail }, bell * 0.398_942_3)
}

vectorised! {
    fn values(function: Function, x: &[f32], y: &mut [f32]) {
        let pairs = x.iter().zip(y);
        match function {
            Function::Relu => pairs.for_each(|(x, y)| *y = if *x <= 0.0 { 0.0 } else { *x }),
            Function::LeakyRelu(slope) => pairs.for_each(|(x, y)| *y = if *x <= 0.0 { slope * *x } else { *x }),
            Function::Gelu => pairs.for_each(|(x, y)| *y = *x * normal(*x).0),
            Function::Silu => pairs.for_each(|(x, y)| *y = *x * sigmoid_of(*x)),
            Function::Sigmoid => pairs.for_each(|(x, y)| *y = sigmoid_of(*x)),
            Function::Tanh => pairs.for_each(|(x, y)| *y = tanh_of(*x)),
            Function::Softmax => {}
        }
    }
}

vectorised! {
    fn gradients(function: Function, x: &[f32], y: &[f32], dy: &[f32], dx: &mut [f32]) {
        let all = dx.iter_mut().zip(x).zip(y).zip(dy);
        match function {
            Function::Relu => all.for_each(|(((d, x), _), g)| *d = if *x <= 0.0 { 0.0 } else { *g }),
            Function::LeakyRelu(slope) => all.for_each(|(((d, x), _), g)| *d = if *x <= 0.0 { slope * *g } else { *g }),
            Function::Gelu => all.for_each(|(((d, x), _), g)| {
                let (cumulative, density) = normal(*x);
                *d = *g * (cumulative + *x * density);
            }),
            Function::Silu => all.for_each(|(((d, x), _), g)| {
                let s = sigmoid_of(*x);
                *d = *g * s * (1.0 + *x * (1.0 - s));
            }),
            Function::Sigmoid => all.for_each(|(((d, _), y), g)| *d = *g * *y * (1.0 - *y)),
            Function::Tanh => all.for_each(|(((d, _), y), g)| *d = *g * (1.0 - *y * *y)),
            Function::Softmax => {}
        }
    }
}

impl Activation {
    /// The function over items of shape `input`.
    pub fn new(name: &str, input: &[usize], function: Function) -> Self {
        Self {
            name: name.to_owned(),
            function,
            output: input.to_vec(),
        }
    }

    fn apply(&self, x: &Tensor, y: &mut Tensor) {
        y.resize(&x.shape);
        if self.function == Function::Softmax {
            y.data.copy_from_slice(&x.data);
            let width = self.output.last().copied().unwrap_or(1).max(1);
            for row in y.data.chunks_exact_mut(width) {
                let top = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
                row.iter_mut().for_each(|v| *v = exp_of(*v - top));
                let sum: f32 = row.iter().sum();
                row.iter_mut().for_each(|v| *v /= sum);
            }
            return;
        }
        let function = self.function;
        each_part((&mut y.data, PIECE), (&x.data, PIECE), |y, x| {
            values(function, x, y);
        });
    }
}

impl Layer for Activation {
    fn kind(&self) -> &'static str {
        match self.function {
            Function::Relu => "relu",
            Function::LeakyRelu(_) => "leaky_relu",
            Function::Gelu => "gelu",
            Function::Silu => "silu",
            Function::Sigmoid => "sigmoid",
            Function::Tanh => "tanh",
            Function::Softmax => "softmax",
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
        if self.function == Function::Softmax {
            let width = self.output.last().copied().unwrap_or(1).max(1);
            let rows = dx
                .data
                .chunks_exact_mut(width)
                .zip(y.data.chunks_exact(width))
                .zip(dy.data.chunks_exact(width));
            for ((dx, y), dy) in rows {
                let dot: f32 = y.iter().zip(dy).map(|(y, g)| y * g).sum();
                for j in 0..width {
                    dx[j] = y[j] * (dy[j] - dot);
                }
            }
            return;
        }
        let function = self.function;
        dx.data
            .par_chunks_mut(PIECE)
            .enumerate()
            .for_each(|(i, dx)| {
                let (at, n) = (i * PIECE, dx.len());
                gradients(
                    function,
                    &x.data[at..][..n],
                    &y.data[at..][..n],
                    &dy.data[at..][..n],
                    dx,
                );
            });
    }

    fn infer(&self, x: &Tensor, y: &mut Tensor, _: &mut Scratch) {
        self.apply(x, y);
    }

    fn rows(&self) -> Vec<SummaryRow> {
        vec![SummaryRow::new(&self.name, self.kind(), &self.output)]
    }
}
