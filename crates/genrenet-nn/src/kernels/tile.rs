//! The micro-kernel: a tile of P × C sums held in registers.
//!
//! Every matrix product and convolution in this crate uses it. Row r of the tile is Σ a(r, s, k) · b(s, k), over `segments` runs of `len`
//! steps; `b` holds C neighbouring values per step, `a` one per row. By the choice of strides the same loop is a matrix
//! product (one segment), a row of a convolution (a segment per kernel row, rows of the tile = neighbouring pixels), and
//! the gradient of its weights (a segment per image row, rows of the tile = neighbouring taps).

#[cfg(target_arch = "aarch64")]
use std::arch::aarch64::float32x4_t;
#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::{__m256, __m512};

use super::isa::Isa;
use super::vector::{Four, Vector};

/// The strides by which the sum of a tile reads its operands. All distances are in values.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Walk {
    /// Number of runs.
    pub segments: usize,
    /// Steps per run.
    pub len: usize,
    /// Distance in `a` between runs, steps and rows of the tile.
    pub a: [usize; 3],
    /// Distance in `b` between runs and steps.
    pub b: [usize; 2],
}

/// What the sums start from.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Start<'a> {
    /// Zero.
    Zero,
    /// What the output holds.
    Output,
    /// The same C values in each row.
    Row(&'a [f32]),
}

/// One compiled tile: `(a, b, walk, start, output, distance between output rows)`.
type Tile = unsafe fn(&[f32], &[f32], &Walk, Start<'_>, &mut [f32], usize);

/// The tiles of one set of instructions.
#[derive(Debug)]
pub(crate) struct Micro {
    /// Most rows of a tile.
    pub rows: usize,
    /// Columns of a wide tile.
    pub wide: usize,
    /// Columns of a narrow tile.
    pub narrow: usize,
    wide_tiles: &'static [Tile],
    narrow_tiles: &'static [Tile],
}

#[inline(always)]
fn body<V: Vector, const P: usize, const W: usize>(
    a: &[f32],
    b: &[f32],
    walk: &Walk,
    start: Start<'_>,
    out: &mut [f32],
    out_row: usize,
) {
    let columns = W * V::LEN;
    assert!(
        (P - 1) * out_row + columns <= out.len(),
        "tile writes past its output"
    );
    let out = out.as_mut_ptr();
    let mut acc = [[V::zero(); W]; P];
    match start {
        Start::Zero => {}
        Start::Output => {
            for (r, row) in acc.iter_mut().enumerate() {
                for (w, sum) in row.iter_mut().enumerate() {
                    // SAFETY: row r < P ends at r * out_row + columns, which is inside `out` as asserted above.
                    *sum = unsafe { V::load(out.add(r * out_row + w * V::LEN)) };
                }
            }
        }
        Start::Row(values) => {
            assert!(columns <= values.len(), "tile reads past its start");
            for row in &mut acc {
                for (w, sum) in row.iter_mut().enumerate() {
                    // SAFETY: (w + 1) * LEN <= columns <= values.len().
                    *sum = unsafe { V::load(values.as_ptr().add(w * V::LEN)) };
                }
            }
        }
    }
    if walk.segments > 0 && walk.len > 0 {
        let (last_s, last_k) = (walk.segments - 1, walk.len - 1);
        assert!(
            last_s * walk.a[0] + last_k * walk.a[1] + (P - 1) * walk.a[2] < a.len(),
            "tile reads past its left operand"
        );
        assert!(
            last_s * walk.b[0] + last_k * walk.b[1] + columns <= b.len(),
            "tile reads past its right operand"
        );
        for s in 0..walk.segments {
            let (mut ai, mut bi) = (s * walk.a[0], s * walk.b[0]);
            for _ in 0..walk.len {
                let mut weights = [V::zero(); W];
                for (w, weight) in weights.iter_mut().enumerate() {
                    // SAFETY: bi + columns <= b.len() for the last segment and step, and bi grows with both.
                    *weight = unsafe { V::load(b.as_ptr().add(bi + w * V::LEN)) };
                }
                for (r, row) in acc.iter_mut().enumerate() {
                    // SAFETY: the index of the last segment, step and row is below a.len(), and it grows with each.
                    let x = V::splat(unsafe { *a.get_unchecked(ai + r * walk.a[2]) });
                    for (sum, weight) in row.iter_mut().zip(weights) {
                        *sum = x.mul_add(weight, *sum);
                    }
                }
                ai += walk.a[1];
                bi += walk.b[1];
            }
        }
    }
    for (r, row) in acc.iter().enumerate() {
        for (w, sum) in row.iter().enumerate() {
            // SAFETY: row r < P ends at r * out_row + columns, which is inside `out` as asserted above.
            unsafe { sum.store(out.add(r * out_row + w * V::LEN)) };
        }
    }
}

macro_rules! tile {
    ([$($feature:tt)*] $p:literal $w:literal $vector:ty) => {{
        $($feature)*
        fn tile(a: &[f32], b: &[f32], walk: &Walk, start: Start<'_>, out: &mut [f32], out_row: usize) {
            body::<$vector, $p, $w>(a, b, walk, start, out, out_row);
        }
        tile as Tile
    }};
}

macro_rules! tiles {
    ($feature:tt $w:literal of $vector:ty, rows $($p:literal)*) => {
        &[$(tile!($feature $p $w $vector)),*]
    };
}

#[cfg(target_arch = "x86_64")]
static AVX512: Micro = Micro {
    rows: 8,
    wide: 32,
    narrow: 16,
    wide_tiles: tiles!([#[target_feature(enable = "avx512f,avx512vl,avx512bw,avx512dq,avx2,fma")]] 2 of __m512, rows 1 2 3 4 5 6 7 8),
    narrow_tiles: tiles!([#[target_feature(enable = "avx512f,avx512vl,avx512bw,avx512dq,avx2,fma")]] 1 of __m512, rows 1 2 3 4 5 6 7 8),
};

#[cfg(target_arch = "x86_64")]
static AVX2: Micro = Micro {
    rows: 6,
    wide: 16,
    narrow: 8,
    wide_tiles: tiles!([#[target_feature(enable = "avx2,fma")]] 2 of __m256, rows 1 2 3 4 5 6),
    narrow_tiles: tiles!([#[target_feature(enable = "avx2,fma")]] 1 of __m256, rows 1 2 3 4 5 6),
};

#[cfg(target_arch = "aarch64")]
static NEON: Micro = Micro {
    rows: 6,
    wide: 16,
    narrow: 8,
    wide_tiles: tiles!([] 4 of float32x4_t, rows 1 2 3 4 5 6),
    narrow_tiles: tiles!([] 2 of float32x4_t, rows 1 2 3 4 5 6),
};

static PLAIN: Micro = Micro {
    rows: 4,
    wide: 8,
    narrow: 4,
    wide_tiles: tiles!([] 2 of Four, rows 1 2 3 4),
    narrow_tiles: tiles!([] 1 of Four, rows 1 2 3 4),
};

impl Micro {
    /// The tiles for this processor.
    pub fn current() -> &'static Micro {
        match Isa::current() {
            #[cfg(target_arch = "x86_64")]
            Isa::Avx512 => &AVX512,
            #[cfg(target_arch = "x86_64")]
            Isa::Avx2 => &AVX2,
            #[cfg(target_arch = "aarch64")]
            Isa::Neon => &NEON,
            _ => &PLAIN,
        }
    }

    /// Width of the panel that starts `column` of `columns`: wide as long as columns remain for a whole one, then one wide or narrow one whose
    /// rest is padding.
    pub fn panel(&self, column: usize, columns: usize) -> usize {
        if columns - column > self.narrow {
            self.wide
        } else {
            self.narrow
        }
    }

    /// Columns with padding.
    pub fn padded(&self, columns: usize) -> usize {
        let whole = columns / self.wide * self.wide;
        if whole == columns {
            columns
        } else {
            whole + self.panel(whole, columns)
        }
    }

    /// Computes a tile of `rows` × `width` sums, of which the first `valid` columns are stored.
    #[allow(
        clippy::too_many_arguments,
        reason = "the operands of a kernel; a struct would only rename them"
    )]
    #[inline]
    pub fn run(
        &self,
        shape: [usize; 3],
        a: &[f32],
        b: &[f32],
        walk: &Walk,
        start: Start<'_>,
        out: &mut [f32],
        out_row: usize,
    ) {
        let [rows, width, valid] = shape;
        let tiles = if width == self.wide {
            self.wide_tiles
        } else {
            self.narrow_tiles
        };
        if valid == width {
            // SAFETY: `current` chose this table because the processor has its features.
            unsafe { tiles[rows - 1](a, b, walk, start, out, out_row) };
            return;
        }
        let mut whole = [0.0f32; 8 * 32];
        if let Start::Output = start {
            for r in 0..rows {
                whole[r * width..][..valid].copy_from_slice(&out[r * out_row..][..valid]);
            }
        }
        // SAFETY: as above.
        unsafe { tiles[rows - 1](a, b, walk, start, &mut whole, width) };
        for r in 0..rows {
            out[r * out_row..][..valid].copy_from_slice(&whole[r * width..][..valid]);
        }
    }
}
