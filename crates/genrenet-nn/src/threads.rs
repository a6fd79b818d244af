//! How a batch is shared among threads without changing a result.
//!
//! Work on single items writes to places of its own, so any thread may do it. Sums over items are formed in
//! chunks whose number depends on the sizes alone, and the chunks are added up in order.

use std::cell::Cell;

use rayon::prelude::*;

/// Buffers of one thread for one item at a time.
#[derive(Default)]
pub(crate) struct Buffers {
    /// An input with its border.
    pub padded: Vec<f32>,
    /// A gradient with its border, or rows of a convolution.
    pub rows: Vec<f32>,
    /// Transformed rows of an input.
    pub transformed: crate::kernels::negacyclic::Work,
}

thread_local! {
    static BUFFERS: Cell<Buffers> = Cell::default();
}

/// Calls `run` with the buffers of this thread.
pub(crate) fn with_buffers<R>(run: impl FnOnce(&mut Buffers) -> R) -> R {
    BUFFERS.with(|cell| {
        let mut buffers = cell.take();
        let result = run(&mut buffers);
        cell.set(buffers);
        result
    })
}

/// Calls `work` for each `y_part` values of `y` with the `x_part` values of `x` that belong to them, on several threads. A
/// single part is done on this one: to wake another takes longer than many a layer's work on one item.
pub(crate) fn each_part(
    (y, y_part): (&mut [f32], usize),
    (x, x_part): (&[f32], usize),
    work: impl Fn(&mut [f32], &[f32]) + Sync,
) {
    if y.is_empty() {
        return;
    }
    if y.len() <= y_part {
        return work(y, x);
    }
    y.par_chunks_mut(y_part)
        .zip(x.par_chunks(x_part))
        .for_each(|(y, x)| work(y, x));
}

/// The first `len` values of a buffer, which grows where it must, from a line of the cache on: a row of 16 n values starts
/// with one as well.
pub(crate) fn aligned(buffer: &mut Vec<f32>, len: usize) -> &mut [f32] {
    if buffer.len() < len + 16 {
        buffer.resize(len + 16, 0.0);
    }
    let at = buffer.as_ptr().align_offset(64).min(16);
    &mut buffer[at..at + len]
}

/// In how many chunks a batch is cut whose chunks each sum `weights` gradients of their own.
///
/// Eight keep two to eight threads busy; fewer where the sums would take more memory than the batch.
pub(crate) fn chunks(weights: usize) -> usize {
    match weights {
        0..=1_000_000 => 8,
        1_000_001..=4_000_000 => 4,
        _ => 2,
    }
}
