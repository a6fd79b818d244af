//! The inner loops that all layers share: matrix products, convolution rows, vector exponentials.

pub mod gemm;
pub mod math;
