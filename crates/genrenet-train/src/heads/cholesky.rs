//! Systems of linear equations with a symmetric matrix, by Cholesky's factorisation.

/// The lower triangle L of a symmetric positive definite `n × n` matrix A = L·Lᵀ, row-major.
///
/// `None` where a pivot is no more than `n` rounding errors of its diagonal element: the matrix is singular, or nearly so.
pub(super) fn factor(matrix: &[f64], n: usize) -> Option<Vec<f64>> {
    let mut lower = vec![0.0; n * n];
    for i in 0..n {
        let (above, rest) = lower.split_at_mut(i * n);
        let row = &mut rest[..n];
        for j in 0..i {
            let other = &above[j * n..];
            row[j] = (matrix[i * n + j] - dot(&row[..j], &other[..j])) / other[j];
        }
        let diagonal = matrix[i * n + i];
        let pivot = diagonal - dot(&row[..i], &row[..i]);
        if !pivot.is_finite() || pivot <= n as f64 * f64::EPSILON * diagonal {
            return None;
        }
        row[i] = pivot.sqrt();
    }
    Some(lower)
}

/// Solves L·Lᵀ·x = `x` in place.
pub(super) fn solve(lower: &[f64], n: usize, x: &mut [f64]) {
    for i in 0..n {
        let row = &lower[i * n..i * n + i];
        x[i] = (x[i] - dot(row, &x[..i])) / lower[i * n + i];
    }
    for i in (0..n).rev() {
        x[i] /= lower[i * n + i];
        let value = x[i];
        for (left, weight) in x[..i].iter_mut().zip(&lower[i * n..i * n + i]) {
            *left -= value * weight;
        }
    }
}

/// Sum of products, in four partial sums that the compiler keeps in vector registers.
pub(super) fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut sums = [0.0; 4];
    let (left, right) = (a.chunks_exact(4), b.chunks_exact(4));
    let rest: f64 = left
        .remainder()
        .iter()
        .zip(right.remainder())
        .map(|(x, y)| x * y)
        .sum();
    for (x, y) in left.zip(right) {
        for lane in 0..4 {
            sums[lane] += x[lane] * y[lane];
        }
    }
    (sums[0] + sums[1]) + (sums[2] + sums[3]) + rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn solves_what_is_positive_definite(
            n in 1usize..9,
            entries in prop::collection::vec(-2.0f64..2.0, 81),
            wanted in prop::collection::vec(-3.0f64..3.0, 9),
        ) {
            // B·Bᵀ + I.
            let at = |i: usize, j: usize| dot(&entries[i * 9..i * 9 + n], &entries[j * 9..j * 9 + n]);
            let matrix: Vec<f64> = (0..n * n)
                .map(|e| at(e / n, e % n) + f64::from(u8::from(e / n == e % n)))
                .collect();
            let mut x: Vec<f64> = (0..n).map(|i| dot(&matrix[i * n..(i + 1) * n], &wanted[..n])).collect();
            solve(&factor(&matrix, n).expect("positive definite"), n, &mut x);
            for (found, wanted) in x.iter().zip(&wanted) {
                prop_assert!((found - wanted).abs() < 1e-9, "{found} {wanted}");
            }
        }
    }

    #[test]
    fn a_singular_matrix_has_no_factor() {
        assert_eq!(factor(&[1.0, 2.0, 2.0, 4.0], 2), None);
        assert_eq!(factor(&[0.0], 1), None);
        assert_eq!(factor(&[1.0, 2.0, 2.0, 1.0], 2), None, "indefinite");
        assert_eq!(factor(&[f64::NAN], 1), None);
    }
}
