//! Squared Euclidean distances from one point to all others.

use crate::simd;

/// Points of a tile.
const TILE: usize = simd::LANES;

/// Points stored for fast distances: tiles of 16 points, each tile `[d, 16]`, the last one filled up with zeros.
pub(crate) struct Tiles {
    tiles: Vec<[f32; TILE]>,
    n: usize,
    d: usize,
}

impl Tiles {
    /// Lays out `n` points of `d` values (row-major).
    pub(crate) fn new(data: &[f32], n: usize, d: usize) -> Tiles {
        let mut tiles = vec![[0.0; TILE]; n.div_ceil(TILE) * d];
        for (point, row) in data.chunks_exact(d).take(n).enumerate() {
            for (column, &value) in row.iter().enumerate() {
                tiles[point / TILE * d + column][point % TILE] = value;
            }
        }
        Tiles { tiles, n, d }
    }

    /// Writes the squared distances of `point` to all points to `out` (`[n]`, resized).
    pub(crate) fn all_from(&self, point: &[f32], out: &mut Vec<f32>) {
        out.clear();
        out.resize(self.n.div_ceil(TILE) * TILE, 0.0);
        simd::distances(&self.tiles, point, out);
        out.truncate(self.n);
    }

    /// Number of points.
    pub(crate) fn len(&self) -> usize {
        self.n
    }

    /// Values per point.
    pub(crate) fn width(&self) -> usize {
        self.d
    }
}
