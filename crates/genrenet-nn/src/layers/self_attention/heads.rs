//! Attention of all heads inside one item.

use crate::kernels::gemm::{Packed, View, gemm_packed};
use crate::kernels::rows::{softmax, softmax_back};

/// The sizes of one call.
#[derive(Clone, Copy)]
pub(super) struct Sizes {
    pub steps: usize,
    pub width: usize,
    pub heads: usize,
}

impl Sizes {
    fn head(&self) -> usize {
        self.width / self.heads
    }

    fn scale(&self) -> f32 {
        1.0 / (self.head() as f32).sqrt()
    }
}

/// Rows `3D` wide seen as the matrix of one head's queries (0), keys (1) or values (2).
fn head_of(item: &[f32], sizes: Sizes, head: usize, what: usize) -> View<'_> {
    View {
        data: &item[what * sizes.width + head * sizes.head()..],
        row: 3 * sizes.width,
        col: 1,
    }
}

/// The same matrix transposed.
fn turned(view: View<'_>) -> View<'_> {
    View {
        data: view.data,
        row: view.col,
        col: view.row,
    }
}

/// From the projected steps `item` `[T, 3D]`: the weights of attention `[heads, T, T]` and the mixed values `[T, D]`,
/// both zero at the call.
pub(super) fn forward(
    sizes: Sizes,
    item: &[f32],
    attention: &mut [f32],
    mixed: &mut [f32],
    packed: &mut Packed,
) {
    let (steps, width, head) = (sizes.steps, sizes.width, sizes.head());
    for (h, weights) in attention.chunks_exact_mut(steps * steps).enumerate() {
        packed.pack(head, steps, turned(head_of(item, sizes, h, 1)));
        gemm_packed(steps, head_of(item, sizes, h, 0), packed, weights, steps);
        softmax(steps, sizes.scale(), weights);
        packed.pack(steps, head, head_of(item, sizes, h, 2));
        let mixed = &mut mixed[h * head..];
        gemm_packed(steps, View::rows(weights, steps), packed, mixed, width);
    }
}

/// Gradient of [`forward`]: adds to that of the projected steps, `d_item`; `d_weights` is room for one head.
pub(super) fn backward(
    sizes: Sizes,
    item: &[f32],
    attention: &[f32],
    d_mixed: &[f32],
    d_item: &mut [f32],
    d_weights: &mut Vec<f32>,
    packed: &mut Packed,
) {
    let (steps, width, head) = (sizes.steps, sizes.width, sizes.head());
    let row = 3 * width;
    for (h, weights) in attention.chunks_exact(steps * steps).enumerate() {
        let d_head = View {
            data: &d_mixed[h * head..],
            row: width,
            col: 1,
        };
        let place = |what: usize| what * width + h * head;
        // Values: the transposed weights times the gradient of what they mixed.
        packed.pack(steps, head, d_head);
        let turned_weights = View::transposed(weights, steps);
        gemm_packed(steps, turned_weights, packed, &mut d_item[place(2)..], row);
        // Weights, through the softmax.
        d_weights.clear();
        d_weights.resize(steps * steps, 0.0);
        packed.pack(head, steps, turned(head_of(item, sizes, h, 2)));
        gemm_packed(steps, d_head, packed, d_weights, steps);
        softmax_back(steps, sizes.scale(), weights, d_weights);
        // Queries from keys, keys from queries.
        packed.pack(steps, head, head_of(item, sizes, h, 1));
        let d = View::rows(d_weights, steps);
        gemm_packed(steps, d, packed, &mut d_item[place(0)..], row);
        packed.pack(steps, head, head_of(item, sizes, h, 0));
        let d = View::transposed(d_weights, steps);
        gemm_packed(steps, d, packed, &mut d_item[place(1)..], row);
    }
}
