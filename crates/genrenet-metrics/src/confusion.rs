//! Confusion matrices.

/// Counts how often a row of true class i was predicted as class j: `matrix[i][j]`, `k × k`.
///
/// As `sklearn.metrics.confusion_matrix`. A row whose label or prediction is not below `k` is left out.
pub fn confusion(predicted: &[usize], labels: &[usize], k: usize) -> Vec<Vec<u64>> {
    let mut matrix = vec![vec![0; k]; k];
    for (&to, &from) in predicted.iter().zip(labels) {
        if let Some(cell) = matrix.get_mut(from).and_then(|row| row.get_mut(to)) {
            *cell += 1;
        }
    }
    matrix
}

/// One kind of mistake: rows of class `from` that were predicted as class `to`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Confused {
    /// The true class.
    pub from: usize,
    /// The class that was predicted.
    pub to: usize,
    /// How many rows.
    pub count: u64,
    /// Share of all rows of class `from`, in 0..=1.
    pub share: f64,
}

/// The `top` most frequent mistakes of a confusion matrix, most frequent first.
///
/// Of equal counts the greater share comes first, then the lower classes. Mistakes that never happened are left out.
pub fn most_confused(matrix: &[Vec<u64>], top: usize) -> Vec<Confused> {
    let mut pairs = Vec::new();
    for (from, row) in matrix.iter().enumerate() {
        let n: u64 = row.iter().sum();
        for (to, &count) in row.iter().enumerate() {
            if from != to && count > 0 {
                pairs.push(Confused {
                    from,
                    to,
                    count,
                    share: count as f64 / n as f64,
                });
            }
        }
    }
    pairs.sort_by(|a, b| {
        b.count
            .cmp(&a.count)
            .then(b.share.total_cmp(&a.share))
            .then((a.from, a.to).cmp(&(b.from, b.to)))
    });
    pairs.truncate(top);
    pairs
}
