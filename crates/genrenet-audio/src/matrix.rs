//! The matrix in which features are returned.

use serde::{Deserialize, Serialize};

/// A dense row-major matrix of f32.
///
/// Log-mel spectra are `[bands, frames]` with the lowest band first, MFCC `[coefficients, frames]`, as librosa shapes them.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Matrix {
    /// Number of rows.
    pub rows: usize,
    /// Number of columns.
    pub cols: usize,
    /// `rows · cols` values; row `r`, column `c` lies at `r · cols + c`.
    pub data: Vec<f32>,
}

impl Matrix {
    /// A matrix of zeros.
    pub fn zeros(rows: usize, cols: usize) -> Self {
        Self {
            rows,
            cols,
            data: vec![0.0; rows * cols],
        }
    }

    /// Row `row` as a slice of `cols` values, or an empty one where there is no such row.
    pub fn row(&self, row: usize) -> &[f32] {
        self.data
            .get(row * self.cols..(row + 1) * self.cols)
            .unwrap_or(&[])
    }

    /// The value in row `row` and column `col`, if it lies inside.
    pub fn get(&self, row: usize, col: usize) -> Option<f32> {
        (row < self.rows && col < self.cols).then(|| self.data[row * self.cols + col])
    }

    /// The matrix with rows and columns exchanged.
    pub fn transposed(&self) -> Self {
        let mut out = Self::zeros(self.cols, self.rows);
        transpose(&self.data, self.rows, self.cols, &mut out.data, |x| x);
        out
    }

    /// The columns `cols` in the given order; those outside are left out.
    pub fn columns(&self, cols: &[usize]) -> Self {
        let kept: Vec<usize> = cols.iter().copied().filter(|&c| c < self.cols).collect();
        let mut data = Vec::with_capacity(self.rows * kept.len());
        for row in 0..self.rows {
            let values = self.row(row);
            data.extend(kept.iter().map(|&c| values[c]));
        }
        Self {
            rows: self.rows,
            cols: kept.len(),
            data,
        }
    }
}

/// Writes `f` of every value of `from` (`rows · cols`) transposed into `to`, in square tiles that stay in the first cache.
pub(crate) fn transpose(
    from: &[f32],
    rows: usize,
    cols: usize,
    to: &mut [f32],
    f: impl Fn(f32) -> f32,
) {
    const TILE: usize = 16;
    for r0 in (0..rows).step_by(TILE) {
        let r1 = (r0 + TILE).min(rows);
        for c0 in (0..cols).step_by(TILE) {
            let c1 = (c0 + TILE).min(cols);
            for c in c0..c1 {
                let line = &mut to[c * rows + r0..c * rows + r1];
                for (r, out) in (r0..r1).zip(line) {
                    *out = f(from[r * cols + c]);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transposing_twice_changes_nothing() {
        let m = Matrix {
            rows: 37,
            cols: 19,
            data: (0..37 * 19).map(|i| i as f32).collect(),
        };
        let t = m.transposed();
        assert_eq!((t.rows, t.cols), (19, 37));
        assert_eq!(t.get(3, 30), m.get(30, 3));
        assert_eq!(t.transposed(), m);
    }

    #[test]
    fn columns_outside_are_left_out() {
        let m = Matrix {
            rows: 2,
            cols: 3,
            data: vec![0.0, 1.0, 2.0, 3.0, 4.0, 5.0],
        };
        assert_eq!(m.columns(&[2, 0, 7]).data, [2.0, 0.0, 5.0, 3.0]);
        assert!(m.row(2).is_empty());
        assert_eq!(m.get(0, 3), None);
    }
}
