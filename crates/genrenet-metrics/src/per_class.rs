//! Precision, recall and F1 of each class, from the confusion matrix.

/// Figures of one class.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ClassScore {
    /// Of the rows predicted as this class, the share that is; 0 when it is never predicted.
    pub precision: f64,
    /// Of the rows of this class, the share that was found; 0 when it has no rows.
    pub recall: f64,
    /// Harmonic mean of precision and recall: `2·tp / (2·tp + fp + fn)`; 0 when undefined.
    pub f1: f64,
    /// Rows of this class.
    pub n: u64,
    /// Rows predicted as this class.
    pub predicted: u64,
}

/// Precision, recall and F1 of every class of a confusion matrix (`matrix[true][predicted]`).
///
/// As `sklearn.metrics.precision_recall_fscore_support` with `zero_division=0`.
pub fn per_class(matrix: &[Vec<u64>]) -> Vec<ClassScore> {
    (0..matrix.len())
        .map(|class| {
            let n: u64 = matrix[class].iter().sum();
            let predicted: u64 = matrix.iter().filter_map(|row| row.get(class)).sum();
            let right = matrix[class].get(class).copied().unwrap_or(0);
            ClassScore {
                precision: share(right, predicted),
                recall: share(right, n),
                f1: share(2 * right, n + predicted),
                n,
                predicted,
            }
        })
        .collect()
}

/// Mean F1 over the classes that occur among labels or predictions, in 0..=1; NaN when none does.
///
/// As `sklearn.metrics.f1_score(average="macro", zero_division=0)`.
pub fn macro_f1(matrix: &[Vec<u64>]) -> f64 {
    let present: Vec<f64> = per_class(matrix)
        .iter()
        .filter(|score| score.n + score.predicted > 0)
        .map(|score| score.f1)
        .collect();
    present.iter().sum::<f64>() / present.len() as f64
}

fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 {
        0.0
    } else {
        part as f64 / whole as f64
    }
}
