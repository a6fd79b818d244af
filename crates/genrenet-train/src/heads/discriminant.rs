//! Linear discriminant analysis with Ledoit–Wolf shrinkage.

use super::cholesky::{self, dot};
use super::error::HeadError;
use super::examples::Examples;
use super::linear::LinearHead;
use super::standardisation::Standardisation;

/// Linear discriminant analysis: classes of normal distributions with one covariance.
///
/// As `sklearn.discriminant_analysis.LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto")`, also with two classes: the
/// covariance is the mean of those of the classes, weighted by the priors; each is shrunk towards a diagonal one by the formula
/// of Ledoit and Wolf ("A well-conditioned estimator for large-dimensional covariance matrices", *Journal of Multivariate
/// Analysis* 88, 2004) in standardised columns. A class with one row adds nothing to the covariance. The scale of columns changes
/// nothing (scikit-learn leaves out a column whose variance is 4e15 times smaller than another's).
#[derive(Clone, Debug, PartialEq)]
pub struct Discriminant {
    /// How probable each class is before anything is known of a row.
    pub priors: Priors,
}

/// The prior probabilities of classes.
#[derive(Clone, Debug, PartialEq)]
pub enum Priors {
    /// The shares of the rows (scikit-learn's default).
    Shares,
    /// All the same.
    Uniform,
    /// One for each class, each above 0; they are divided by their sum.
    Given(Vec<f64>),
}

impl Discriminant {
    /// Fits the head.
    ///
    /// Where the covariance is singular, columns along which nothing varies within classes are left out (the solution of least
    /// norm), as in scikit-learn.
    ///
    /// # Errors
    /// Priors that can't be, a class without rows, no class whose rows differ, values whose squares overflow.
    pub fn fit(&self, examples: &Examples) -> Result<LinearHead, HeadError> {
        examples.require_all_classes()?;
        let priors = self.priors.of(examples)?;
        let (d, classes) = (examples.columns(), examples.classes());
        let mut covariance = vec![0.0; d * d];
        let mut means = Vec::with_capacity(classes * d);
        for (class, prior) in priors.iter().enumerate() {
            let of_class = |&row: &usize| examples.labels()[row] == class;
            let rows: Vec<usize> = (0..examples.rows()).filter(of_class).collect();
            let (mean, shrunk) = shrunk_covariance(&examples.select(&rows));
            for (sum, value) in covariance.iter_mut().zip(&shrunk) {
                *sum += prior * value;
            }
            means.extend(mean);
        }
        if covariance.iter().any(|value| !value.is_finite()) {
            let largest = examples.largest();
            return Err(HeadError::NotFinite { largest });
        }
        if covariance.iter().all(|&value| value == 0.0) {
            let rows = examples.rows();
            return Err(HeadError::NoVariation { rows });
        }
        let solved = solve(&covariance, d, &means);
        let bias = solved
            .chunks_exact(d)
            .zip(means.chunks_exact(d))
            .zip(&priors)
            .map(|((weights, mean), prior)| prior.ln() - 0.5 * dot(weights, mean))
            .collect();
        let weights = (0..d)
            .flat_map(|column| (0..classes).map(move |class| (class, column)))
            .map(|(class, column)| solved[class * d + column])
            .collect();
        Ok(LinearHead { weights, bias })
    }
}

impl Priors {
    fn of(&self, examples: &Examples) -> Result<Vec<f64>, HeadError> {
        let classes = examples.classes();
        let shares = match self {
            Priors::Shares => examples.counts().iter().map(|&n| n as f64).collect(),
            Priors::Uniform => vec![1.0; classes],
            Priors::Given(given) => given.clone(),
        };
        if shares.len() != classes {
            return Err(HeadError::Length {
                what: "priors",
                expected: classes,
                found: shares.len(),
            });
        }
        let sum: f64 = shares.iter().sum();
        let faulty = |prior: &f64| !(prior.is_finite() && *prior > 0.0 && sum.is_finite());
        match shares.iter().position(faulty) {
            Some(class) => Err(HeadError::Number {
                what: format!("prior of class {class}"),
                expected: "a number above 0",
                found: shares[class],
            }),
            None => Ok(shares.iter().map(|prior| prior / sum).collect()),
        }
    }
}

/// Mean and shrunk covariance `[d, d]` of the rows of one class.
fn shrunk_covariance(rows: &Examples) -> (Vec<f64>, Vec<f64>) {
    let d = rows.columns();
    let standard = Standardisation::fit(rows);
    let mut covariance = ledoit_wolf(standard.apply(rows).values(), d);
    for (row, a) in covariance.chunks_exact_mut(d).zip(&standard.scale) {
        for (value, b) in row.iter_mut().zip(&standard.scale) {
            *value *= a * b;
        }
    }
    (standard.mean, covariance)
}

/// The Ledoit–Wolf estimate from centred rows `[n, d]`: (1 − s)·S + s·μ·I, where S is the covariance of the rows (divided by n)
/// and μ the mean of its diagonal. A single column is not shrunk.
fn ledoit_wolf(rows: &[f64], d: usize) -> Vec<f64> {
    let n = (rows.len() / d) as f64;
    let mut covariance = vec![0.0; d * d];
    let mut fourth = 0.0;
    for row in rows.chunks_exact(d) {
        for (i, value) in row.iter().enumerate() {
            for (sum, other) in covariance[i * d..=i * d + i].iter_mut().zip(row) {
                *sum += value * other / n;
            }
        }
        fourth += dot(row, row).powi(2) / n;
    }
    for i in 0..d {
        for j in 0..i {
            covariance[j * d + i] = covariance[i * d + j];
        }
    }
    let trace: f64 = covariance.iter().step_by(d + 1).sum();
    let mean = trace / d as f64;
    let squares = dot(&covariance, &covariance);
    // How far the covariance lies from μ·I, and how much of that is due to the number of rows.
    let distance = squares - trace * mean;
    let error = ((fourth - squares) / n).clamp(0.0, distance.max(0.0));
    // Up to rounding nothing: two rows, or one column.
    let shrinkage = if d == 1 || error <= 1e-14 * squares {
        0.0
    } else {
        error / distance
    };
    for (at, value) in covariance.iter_mut().enumerate() {
        *value *= 1.0 - shrinkage;
        if at % (d + 1) == 0 {
            *value += shrinkage * mean;
        }
    }
    covariance
}

/// Solves `matrix` · x = each row of `right` `[k, d]`: exactly, or where the matrix is singular with the least norm.
fn solve(matrix: &[f64], d: usize, right: &[f64]) -> Vec<f64> {
    let mut solved = right.to_vec();
    if let Some(lower) = cholesky::factor(matrix, d) {
        solved
            .chunks_exact_mut(d)
            .for_each(|x| cholesky::solve(&lower, d, x));
        return solved;
    }
    let (values, vectors) = genrenet_metrics::symmetric_eigen(matrix, d);
    let smallest = d as f64 * f64::EPSILON * values[0];
    for (x, wanted) in solved.chunks_exact_mut(d).zip(right.chunks_exact(d)) {
        x.fill(0.0);
        for (value, vector) in values.iter().zip(vectors.chunks_exact(d)) {
            if *value > smallest {
                let share = dot(vector, wanted) / value;
                x.iter_mut().zip(vector).for_each(|(x, v)| *x += share * v);
            }
        }
    }
    solved
}
