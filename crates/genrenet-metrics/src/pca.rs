//! Principal components: the few directions in which points differ most.

use crate::{MetricsError, eigen, validate};

/// Points projected on their principal components.
#[derive(Debug, Clone, PartialEq)]
pub struct Pca {
    /// Mean of the points, `[d]`.
    pub mean: Vec<f64>,
    /// Unit directions, row-major `[components, d]`, the one of greatest variance first.
    pub components: Vec<f64>,
    /// Variance along each direction, with n − 1 in the denominator.
    pub explained_variance: Vec<f64>,
    /// The same as a share of the whole variance, in 0..=1 (0 when all points are equal).
    pub explained_ratio: Vec<f64>,
    /// The points along these directions, row-major `[n, components]`.
    pub projected: Vec<f64>,
}

/// Projects `n` points of `d` values (row-major) on their first `components` principal components.
///
/// As `sklearn.decomposition.PCA(svd_solver="full")`, its signs included (the largest entry of each direction is
/// positive). Costs about `n·d·min(n, d)` operations.
///
/// # Errors
/// No points, an array that is not `n × d` long, a value that is not finite, `components` outside `1..=min(n, d)`.
pub fn pca(data: &[f32], n: usize, d: usize, components: usize) -> Result<Pca, MetricsError> {
    validate::points(data, n, d)?;
    let most = n.min(d);
    if components == 0 || components > most {
        return Err(MetricsError::Components {
            found: components,
            most,
            n,
            d,
        });
    }
    let mean = mean(data, n, d);
    let centred: Vec<f64> = data
        .chunks_exact(d)
        .flat_map(|row| row.iter().zip(&mean).map(|(&v, m)| f64::from(v) - m))
        .collect();
    let (values, mut directions) = if d <= n {
        eigen::symmetric(&products(&transposed(&centred, n, d), d, n), d)
    } else {
        // Fewer points than values: the eigenvectors of X·Xᵀ, carried over by Xᵀ.
        let (values, vectors) = eigen::symmetric(&products(&centred, n, d), n);
        let directions = vectors
            .chunks_exact(n)
            .flat_map(|vector| carried_over(&centred, vector, d))
            .collect();
        (values, directions)
    };
    directions.truncate(components * d);
    for direction in directions.chunks_exact_mut(d) {
        let largest = direction
            .iter()
            .fold(0.0f64, |a, &b| if b.abs() > a.abs() { b } else { a });
        if largest < 0.0 {
            direction.iter_mut().for_each(|v| *v = -*v);
        }
    }
    let freedom = (n.max(2) - 1) as f64;
    let whole: f64 = centred.iter().map(|v| v * v).sum::<f64>() / freedom;
    let explained_variance: Vec<f64> = values
        .iter()
        .take(components)
        .map(|v| v.max(0.0) / freedom)
        .collect();
    let explained_ratio = explained_variance
        .iter()
        .map(|v| if whole > 0.0 { v / whole } else { 0.0 })
        .collect();
    let projected = centred
        .chunks_exact(d)
        .flat_map(|row| {
            directions
                .chunks_exact(d)
                .map(move |direction| dot(row, direction))
        })
        .collect();
    Ok(Pca {
        mean,
        components: directions,
        explained_variance,
        explained_ratio,
        projected,
    })
}

fn mean(data: &[f32], n: usize, d: usize) -> Vec<f64> {
    let mut mean = vec![0.0; d];
    for row in data.chunks_exact(d) {
        for (sum, &v) in mean.iter_mut().zip(row) {
            *sum += f64::from(v);
        }
    }
    mean.iter_mut().for_each(|sum| *sum /= n as f64);
    mean
}

fn transposed(rows: &[f64], n: usize, d: usize) -> Vec<f64> {
    let mut columns = vec![0.0; n * d];
    for (i, row) in rows.chunks_exact(d).enumerate() {
        for (j, &v) in row.iter().enumerate() {
            columns[j * n + i] = v;
        }
    }
    columns
}

/// All scalar products of `count` rows of `length`, as a symmetric matrix.
fn products(rows: &[f64], count: usize, length: usize) -> Vec<f64> {
    let mut matrix = vec![0.0; count * count];
    for i in 0..count {
        for j in 0..=i {
            let value = dot(
                &rows[i * length..(i + 1) * length],
                &rows[j * length..(j + 1) * length],
            );
            matrix[i * count + j] = value;
            matrix[j * count + i] = value;
        }
    }
    matrix
}

/// Scalar product in eight running sums of fixed order.
fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut sums = [0.0; 8];
    let (left, right) = (a.chunks_exact(8), b.chunks_exact(8));
    let rest: f64 = left
        .remainder()
        .iter()
        .zip(right.remainder())
        .map(|(x, y)| x * y)
        .sum();
    for (x, y) in left.zip(right) {
        for lane in 0..8 {
            sums[lane] += x[lane] * y[lane];
        }
    }
    sums.iter().sum::<f64>() + rest
}

/// The unit direction `Xᵀ·vector`, or zeros where the points do not extend that way.
fn carried_over(centred: &[f64], vector: &[f64], d: usize) -> Vec<f64> {
    let mut direction = vec![0.0; d];
    for (row, &weight) in centred.chunks_exact(d).zip(vector) {
        for (sum, &v) in direction.iter_mut().zip(row) {
            *sum += weight * v;
        }
    }
    let length = dot(&direction, &direction).sqrt();
    if length > 0.0 {
        direction.iter_mut().for_each(|v| *v /= length);
    }
    direction
}
