//! Sharing the items of a batch among threads in chunks of a fixed size, so that the number of threads changes no sum.

use rayon::prelude::*;

/// Calls `work(index, saved, part)` for each chunk, with its own buffers and its own `part_len` values of `out`, on
/// several threads if `shared`. An empty `out` is cut into empty parts.
pub(crate) fn each_chunk<M: Send>(
    shared: bool,
    memories: &mut [M],
    out: &mut [f32],
    part_len: usize,
    work: impl Fn(usize, &mut M, &mut [f32]) + Sync,
) {
    if !shared || memories.len() < 2 {
        let mut parts = out.chunks_mut(part_len.max(1));
        for (i, saved) in memories.iter_mut().enumerate() {
            work(i, saved, parts.next().unwrap_or_default());
        }
        return;
    }
    let mut parts = out.chunks_mut(part_len.max(1));
    let jobs: Vec<_> = memories
        .iter_mut()
        .map(|saved| (saved, parts.next().unwrap_or_default()))
        .collect();
    jobs.into_par_iter()
        .enumerate()
        .for_each(|(i, (saved, part))| work(i, saved, part));
}

/// The values of chunk `index` of chunks of `part_len` values, the last of which may be shorter.
pub(crate) fn chunk(values: &[f32], index: usize, part_len: usize) -> &[f32] {
    let from = (index * part_len).min(values.len());
    &values[from..(from + part_len).min(values.len())]
}

/// Calls `work(index, saved, part)` for each `part_len` values of `out`, with buffers that no other call uses at the time
/// but that may hold values of an earlier part; on several threads if `shared`.
pub(crate) fn each_part<M: Default>(
    shared: bool,
    out: &mut [f32],
    part_len: usize,
    work: impl Fn(usize, &mut M, &mut [f32]) + Sync,
) {
    if shared {
        out.par_chunks_mut(part_len.max(1))
            .enumerate()
            .for_each_init(M::default, |saved, (index, part)| work(index, saved, part));
    } else {
        let mut saved = M::default();
        let parts = out.chunks_mut(part_len.max(1)).enumerate();
        parts.for_each(|(index, part)| work(index, &mut saved, part));
    }
}
