//! The inner loops that all layers share: matrix products, convolution rows, vector exponentials.

pub(crate) mod channels;
pub(crate) mod conv;
pub(crate) mod gates;
pub mod gemm;
pub(crate) mod half;
pub mod isa;
pub mod math;
pub(crate) mod negacyclic;
pub(crate) mod positions;
pub(crate) mod rows;
pub(crate) mod tile;
pub(crate) mod update;
mod vector;
