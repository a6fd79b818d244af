//! Matrix products that add to their result: C += A · B.
//!
//! Every element of C is summed by one thread in an order that depends on the sizes alone.

use std::cell::Cell;

use rayon::prelude::*;

use super::tile::{Micro, Start, Walk};

/// Steps of one pass over a panel: 256 × 32 columns are 32 kB, the first cache level.
pub(crate) const K_BLOCK: usize = 256;
/// Columns packed at once: 256 × 512 values are 512 kB, half the second cache level.
const N_BLOCK: usize = 512;
/// Most rows of A for which B is not packed.
const IN_PLACE_ROWS: usize = 64;
/// Multiplications from which a product is shared among threads (about 20 µs of work).
const PARALLEL_FROM: usize = 1 << 20;

/// A matrix inside a slice: element (i, j) is at `i * row + j * col`.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    /// The values.
    pub data: &'a [f32],
    /// Distance between rows.
    pub row: usize,
    /// Distance between columns.
    pub col: usize,
}

impl<'a> View<'a> {
    /// A row-major matrix of `cols` columns.
    pub fn rows(data: &'a [f32], cols: usize) -> Self {
        Self {
            data,
            row: cols,
            col: 1,
        }
    }

    /// The transpose of a row-major matrix that is stored with `cols` columns.
    pub fn transposed(data: &'a [f32], cols: usize) -> Self {
        Self {
            data,
            row: 1,
            col: cols,
        }
    }
}

/// The right-hand side of a product, laid out for the kernel; pack once, multiply often.
///
/// Columns are cut into panels as wide as a register tile; each panel holds its rows one after the other, the last one
/// filled up with zeros.
#[derive(Clone, Debug, Default)]
pub struct Packed {
    k: usize,
    n: usize,
    data: Vec<f32>,
}

impl Packed {
    /// Lays out the k × n matrix `b`, keeping the allocation.
    ///
    /// # Panics
    /// When the view's slice is too short.
    pub fn pack(&mut self, k: usize, n: usize, b: View<'_>) {
        let micro = Micro::current();
        self.k = k;
        self.n = n;
        self.data.resize(k * micro.padded(n), 0.0);
        let mut at = 0;
        let mut j = 0;
        while j < n {
            let width = micro.panel(j, n);
            let valid = width.min(n - j);
            for (i, row) in self.data[at..at + k * width]
                .chunks_exact_mut(width)
                .enumerate()
            {
                let from = i * b.row + j * b.col;
                if b.col == 1 {
                    row[..valid].copy_from_slice(&b.data[from..from + valid]);
                } else {
                    for (v, value) in row[..valid].iter_mut().enumerate() {
                        *value = b.data[from + v * b.col];
                    }
                }
                row[valid..].fill(0.0);
            }
            at += k * width;
            j += width;
        }
    }

    /// Rows.
    pub fn k(&self) -> usize {
        self.k
    }

    /// Columns.
    pub fn n(&self) -> usize {
        self.n
    }
}

/// C += A · B with B packed; A is m × k, row i of C starts at `c[i * c_row]`.
///
/// # Panics
/// When a slice is too short.
pub fn gemm_packed(m: usize, a: View<'_>, b: &Packed, c: &mut [f32], c_row: usize) {
    in_row_blocks(m, b.n * b.k, a, c, c_row, |rows, a, c| {
        packed_block(rows, a, b, c, c_row)
    });
}

/// Shares rows of C among the threads where the product is worth it; each element's sum is the same however they are shared.
fn in_row_blocks(
    m: usize,
    cost: usize,
    a: View<'_>,
    c: &mut [f32],
    c_row: usize,
    run: impl Fn(usize, View<'_>, &mut [f32]) + Sync,
) {
    if m == 0 || cost == 0 {
        return;
    }
    let unit = Micro::current().rows;
    let threads = if m * cost < PARALLEL_FROM {
        1
    } else {
        rayon::current_num_threads()
    };
    if threads == 1 || m <= unit {
        return run(m, a, c);
    }
    let block = m.div_ceil(threads * unit) * unit;
    c.par_chunks_mut(block * c_row)
        .enumerate()
        .for_each(|(i, c)| {
            let first = i * block;
            if first < m {
                run(
                    block.min(m - first),
                    View {
                        data: &a.data[first * a.row..],
                        ..a
                    },
                    c,
                );
            }
        });
}

fn packed_block(m: usize, a: View<'_>, b: &Packed, c: &mut [f32], c_row: usize) {
    let micro = Micro::current();
    for k0 in (0..b.k).step_by(K_BLOCK) {
        let k_len = K_BLOCK.min(b.k - k0);
        let (mut j, mut at) = (0, 0);
        while j < b.n {
            let width = micro.panel(j, b.n);
            let valid = width.min(b.n - j);
            let walk = Walk {
                segments: 1,
                len: k_len,
                a: [0, a.col, a.row],
                b: [0, width],
            };
            let panel = &b.data[at + k0 * width..][..k_len * width];
            for i in (0..m).step_by(micro.rows) {
                let rows = micro.rows.min(m - i);
                let from = &a.data[i * a.row + k0 * a.col..];
                micro.run(
                    [rows, width, valid],
                    from,
                    panel,
                    &walk,
                    Start::Output,
                    &mut c[i * c_row + j..],
                    c_row,
                );
            }
            at += b.k * width;
            j += width;
        }
    }
}

/// C += A · B, all row-major: A is m × k, B is k × n, C is m × n.
///
/// # Panics
/// When a slice is too short.
pub fn gemm(m: usize, n: usize, k: usize, a: &[f32], b: &[f32], c: &mut [f32]) {
    gemm_view(m, n, k, View::rows(a, k), View::rows(b, n), c, n);
}

/// C += A · Bᵀ: A is m × k, B is stored n × k.
///
/// # Panics
/// When a slice is too short.
pub fn gemm_nt(m: usize, n: usize, k: usize, a: &[f32], b: &[f32], c: &mut [f32]) {
    gemm_view(m, n, k, View::rows(a, k), View::transposed(b, k), c, n);
}

/// C += Aᵀ · B: A is stored k × m, B is k × n.
///
/// # Panics
/// When a slice is too short.
pub fn gemm_tn(m: usize, n: usize, k: usize, a: &[f32], b: &[f32], c: &mut [f32]) {
    gemm_view(m, n, k, View::transposed(a, m), View::rows(b, n), c, n);
}

/// C += A · B for any layout; row i of C starts at `c[i * c_row]`.
///
/// # Panics
/// When a slice is too short.
pub fn gemm_view(
    m: usize,
    n: usize,
    k: usize,
    a: View<'_>,
    b: View<'_>,
    c: &mut [f32],
    c_row: usize,
) {
    in_row_blocks(m, n * k, a, c, c_row, |rows, a, c| {
        // A large right-hand side is packed piece by piece, so that it is never in memory twice; for few rows it
        // is read in place except for the columns that fill no panel.
        let in_place = if b.col == 1 && rows <= IN_PLACE_ROWS {
            whole_panels(n)
        } else {
            0
        };
        PACKED.with(|cell| {
            let mut packed = cell.take();
            for p in (0..k).step_by(K_BLOCK) {
                let k_len = K_BLOCK.min(k - p);
                let a = View {
                    data: &a.data[p * a.col..],
                    ..a
                };
                if in_place > 0 {
                    block_in_place(
                        rows,
                        in_place,
                        k_len,
                        a,
                        &b.data[p * b.row..],
                        b.row,
                        c,
                        c_row,
                    );
                }
                for j in (in_place..n).step_by(N_BLOCK) {
                    let n_len = N_BLOCK.min(n - j);
                    let b = View {
                        data: &b.data[p * b.row + j * b.col..],
                        ..b
                    };
                    packed.pack(k_len, n_len, b);
                    packed_block(rows, a, &packed, &mut c[j..], c_row);
                }
            }
            cell.set(packed);
        });
    });
}

/// Columns that fill wide panels.
fn whole_panels(n: usize) -> usize {
    let wide = Micro::current().wide;
    n / wide * wide
}

/// C += A · B where B is row-major and its `n` columns fill wide panels.
#[allow(
    clippy::too_many_arguments,
    reason = "the operands of a product and their distances"
)]
fn block_in_place(
    m: usize,
    n: usize,
    k: usize,
    a: View<'_>,
    b: &[f32],
    b_row: usize,
    c: &mut [f32],
    c_row: usize,
) {
    let micro = Micro::current();
    let walk = Walk {
        segments: 1,
        len: k,
        a: [0, a.col, a.row],
        b: [0, b_row],
    };
    for j in (0..n).step_by(micro.wide) {
        for i in (0..m).step_by(micro.rows) {
            let rows = micro.rows.min(m - i);
            let shape = [rows, micro.wide, micro.wide];
            let out = &mut c[i * c_row + j..];
            micro.run(
                shape,
                &a.data[i * a.row..],
                &b[j..],
                &walk,
                Start::Output,
                out,
                c_row,
            );
        }
    }
}

thread_local! {
    static PACKED: Cell<Packed> = const { Cell::new(Packed { k: 0, n: 0, data: Vec::new() }) };
}
