//! Buffers that evaluation passes reuse, so that nothing is allocated twice.

use crate::Tensor;

/// A pool of buffers for [`crate::Layer::infer`]; one per thread that infers.
#[derive(Debug, Default)]
pub struct Scratch {
    free: Vec<Vec<f32>>,
}

impl Scratch {
    /// An empty pool.
    pub fn new() -> Self {
        Self::default()
    }

    /// A buffer of `len` values (unspecified: old or zero), the best fitting of the free ones or a new one.
    pub fn take(&mut self, len: usize) -> Vec<f32> {
        let fits = (0..self.free.len())
            .filter(|&i| self.free[i].capacity() >= len)
            .min_by_key(|&i| self.free[i].capacity());
        let mut buffer = match fits {
            Some(i) => self.free.swap_remove(i),
            None => self.free.pop().unwrap_or_default(),
        };
        buffer.resize(len, 0.0);
        buffer
    }

    /// Returns a buffer to the pool.
    pub fn give(&mut self, buffer: Vec<f32>) {
        self.free.push(buffer);
    }

    /// A tensor of the given shape around a pooled buffer (values unspecified).
    pub fn tensor(&mut self, shape: &[usize]) -> Tensor {
        Tensor {
            shape: shape.to_vec(),
            data: self.take(shape.iter().product()),
        }
    }

    /// Returns a tensor's buffer to the pool.
    pub fn give_tensor(&mut self, tensor: Tensor) {
        self.give(tensor.data);
    }
}
