//! Clipping of gradients by their joint norm.

use rayon::prelude::*;

use super::BLOCK;
use crate::Param;
use crate::kernels::update;

/// Scales all gradients so that their joint norm is at most `limit`; returns the norm before.
///
/// As `torch.nn.utils.clip_grad_norm_` (the scale is `limit / (norm + 1e-6)`, never above 1). Squares are summed in `f64`,
/// block by block in order, so that the number of threads changes nothing.
pub fn clip_gradients(params: &mut [&mut Param], limit: f32) -> f32 {
    let mut sum = 0.0f64;
    for param in params.iter() {
        let grad = &param.grad.data;
        if grad.len() <= BLOCK {
            sum += update::sum_of_squares(grad);
        } else {
            let blocks: Vec<f64> = grad.par_chunks(BLOCK).map(update::sum_of_squares).collect();
            sum += blocks.iter().sum::<f64>();
        }
    }
    let norm = sum.sqrt();
    let scale = f64::from(limit) / (norm + 1e-6);
    // A gradient that is not a number must reach the caller as it is: it stops the run there.
    if scale < 1.0 {
        let scale = scale as f32;
        for param in params.iter_mut() {
            param.grad.data.iter_mut().for_each(|g| *g *= scale);
        }
    }
    norm as f32
}
