//! Eigenvalues of a symmetric matrix: Householder tridiagonalisation, then QL with implicit shifts.
//!
//! The classical pair of procedures `tred2` and `tql2` of Bowdler, Martin, Reinsch and Wilkinson, *Handbook for
//! Automatic Computation* II (1971), contributions II/2 and II/3; public domain in EISPACK.

/// Eigenvalues (descending) and unit eigenvectors of a symmetric `n × n` matrix, row-major.
///
/// Row i of the returned vectors belongs to value i.
pub fn symmetric(matrix: &[f64], n: usize) -> (Vec<f64>, Vec<f64>) {
    let mut vectors = matrix.to_vec();
    let mut diagonal = vec![0.0; n];
    let mut beside = vec![0.0; n];
    tridiagonalise(&mut vectors, n, &mut diagonal, &mut beside);
    ql(&mut vectors, n, &mut diagonal, &mut beside);
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|&a, &b| diagonal[b].total_cmp(&diagonal[a]).then(a.cmp(&b)));
    let values = order.iter().map(|&i| diagonal[i]).collect();
    let rows = order
        .iter()
        .flat_map(|&i| (0..n).map(move |row| row * n + i))
        .map(|at| vectors[at])
        .collect();
    (values, rows)
}

/// Reduces `a` to tridiagonal form; `a` then holds the transformation.
fn tridiagonalise(a: &mut [f64], n: usize, diagonal: &mut [f64], beside: &mut [f64]) {
    for i in (1..n).rev() {
        let scale: f64 = a[i * n..i * n + i].iter().map(|v| v.abs()).sum();
        if i == 1 || scale == 0.0 {
            beside[i] = a[i * n + i - 1];
            diagonal[i] = 0.0;
            continue;
        }
        let mut h = 0.0;
        for v in &mut a[i * n..i * n + i] {
            *v /= scale;
            h += *v * *v;
        }
        let last = a[i * n + i - 1];
        let g = -h.sqrt().copysign(last);
        beside[i] = scale * g;
        h -= last * g;
        a[i * n + i - 1] = last - g;
        let mut f = 0.0;
        for j in 0..i {
            a[j * n + i] = a[i * n + j] / h;
            let mut g = 0.0;
            for k in 0..=j {
                g += a[j * n + k] * a[i * n + k];
            }
            for k in j + 1..i {
                g += a[k * n + j] * a[i * n + k];
            }
            beside[j] = g / h;
            f += beside[j] * a[i * n + j];
        }
        let half = f / (h + h);
        for j in 0..i {
            let f = a[i * n + j];
            let g = beside[j] - half * f;
            beside[j] = g;
            for k in 0..=j {
                a[j * n + k] -= f * beside[k] + g * a[i * n + k];
            }
        }
        diagonal[i] = h;
    }
    for i in 0..n {
        if diagonal[i] != 0.0 {
            for j in 0..i {
                let g: f64 = (0..i).map(|k| a[i * n + k] * a[k * n + j]).sum();
                for k in 0..i {
                    a[k * n + j] -= g * a[k * n + i];
                }
            }
        }
        diagonal[i] = a[i * n + i];
        a[i * n + i] = 1.0;
        for j in 0..i {
            a[j * n + i] = 0.0;
            a[i * n + j] = 0.0;
        }
    }
}

/// Diagonalises the tridiagonal matrix, applying every rotation to the columns of `z`.
fn ql(z: &mut [f64], n: usize, diagonal: &mut [f64], beside: &mut [f64]) {
    beside.rotate_left(1.min(n));
    if let Some(last) = beside.last_mut() {
        *last = 0.0;
    }
    for l in 0..n {
        for _ in 0..60 {
            let m = (l..n - 1)
                .find(|&m| {
                    let size = diagonal[m].abs() + diagonal[m + 1].abs();
                    beside[m].abs() <= f64::EPSILON * size
                })
                .unwrap_or(n - 1);
            if m == l {
                break;
            }
            let mut g = (diagonal[l + 1] - diagonal[l]) / (2.0 * beside[l]);
            let r = g.hypot(1.0);
            g = diagonal[m] - diagonal[l] + beside[l] / (g + r.copysign(g));
            let (mut s, mut c, mut p) = (1.0, 1.0, 0.0);
            let mut split = false;
            for i in (l..m).rev() {
                let f = s * beside[i];
                let b = c * beside[i];
                let r = f.hypot(g);
                beside[i + 1] = r;
                if r == 0.0 {
                    diagonal[i + 1] -= p;
                    beside[m] = 0.0;
                    split = true;
                    break;
                }
                s = f / r;
                c = g / r;
                g = diagonal[i + 1] - p;
                let r = (diagonal[i] - g) * s + 2.0 * c * b;
                p = s * r;
                diagonal[i + 1] = g + p;
                g = c * r - b;
                for row in z.chunks_exact_mut(n) {
                    let f = row[i + 1];
                    row[i + 1] = s * row[i] + c * f;
                    row[i] = c * row[i] - s * f;
                }
            }
            if split {
                continue;
            }
            diagonal[l] -= p;
            beside[l] = g;
            beside[m] = 0.0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vectors_are_orthonormal_and_rebuild_the_matrix() {
        for n in [1usize, 2, 3, 7, 20] {
            let mut matrix = vec![0.0; n * n];
            for i in 0..n {
                for j in 0..=i {
                    let value = ((i * 7 + j * 13 + i * j) % 11) as f64 - 4.0;
                    matrix[i * n + j] = value;
                    matrix[j * n + i] = value;
                }
            }
            let (values, vectors) = symmetric(&matrix, n);
            assert!(values.windows(2).all(|pair| pair[0] >= pair[1]));
            for i in 0..n {
                for j in 0..n {
                    let rebuilt: f64 = (0..n)
                        .map(|v| values[v] * vectors[v * n + i] * vectors[v * n + j])
                        .sum();
                    assert!((rebuilt - matrix[i * n + j]).abs() < 1e-10, "{n} {i} {j}");
                    let dot: f64 = (0..n)
                        .map(|c| vectors[i * n + c] * vectors[j * n + c])
                        .sum();
                    assert!((dot - f64::from(u8::from(i == j))).abs() < 1e-12);
                }
            }
        }
    }

    #[test]
    fn a_matrix_of_zeros_has_no_direction_but_a_basis() {
        let (values, vectors) = symmetric(&[0.0; 9], 3);
        assert_eq!(values, [0.0; 3]);
        assert_eq!(vectors.iter().map(|v| v * v).sum::<f64>(), 3.0);
    }
}
