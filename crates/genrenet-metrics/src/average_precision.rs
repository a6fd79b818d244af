//! Average precision, for rows of several classes each.

/// The average precision of each class, and its mean, for any weights of the rows.
///
/// As `sklearn.metrics.average_precision_score`: the sum over falling thresholds of precision times the gain in recall, without
/// interpolation; rows of one score are one threshold. Rows are sorted once, so that a bootstrap costs one pass for each class.
#[derive(Clone, Debug)]
pub struct AveragePrecision {
    classes: Vec<Class>,
    rows: usize,
}

/// The rows of a class by falling score.
#[derive(Clone, Debug)]
struct Class {
    order: Vec<u32>,
    /// Whether the row of the same place has the class.
    positive: Vec<bool>,
    /// Whether the row of the same place is the last of its score.
    last: Vec<bool>,
}

impl AveragePrecision {
    /// Sorts the rows of each class. Shapes: `probabilities` and `truth` row-major `[n, k]`.
    ///
    /// # Panics
    /// If `truth` has another length than `probabilities`.
    pub fn new(probabilities: &[f32], k: usize, truth: &[bool]) -> AveragePrecision {
        assert_eq!(
            probabilities.len(),
            truth.len(),
            "average precision: one truth for each probability"
        );
        let n = probabilities.len() / k.max(1);
        let class = |class: usize| {
            let score = |row: u32| probabilities[row as usize * k + class];
            let mut order: Vec<u32> = (0..n as u32).collect();
            order.sort_by(|&a, &b| score(b).total_cmp(&score(a)));
            let positive = order.iter().map(|&row| truth[row as usize * k + class]);
            let last = (0..n).map(|at| at + 1 == n || score(order[at]) != score(order[at + 1]));
            Class {
                positive: positive.collect(),
                last: last.collect(),
                order,
            }
        };
        AveragePrecision {
            classes: (0..k).map(class).collect(),
            rows: n,
        }
    }

    /// The average precision of each class, `None` for one that no row has.
    pub fn per_class(&self) -> Vec<Option<f64>> {
        self.weighted(&vec![1; self.rows])
    }

    /// The mean over the classes that some row has; NaN where none is.
    pub fn mean(&self) -> f64 {
        mean(&self.per_class())
    }

    /// The mean over the classes that some row has, where each row counts as often as it is in `rows`.
    ///
    /// # Panics
    /// If a row is out of range.
    pub fn mean_of(&self, rows: &[usize]) -> f64 {
        let mut times = vec![0; self.rows];
        rows.iter().for_each(|&row| times[row] += 1);
        mean(&self.weighted(&times))
    }

    fn weighted(&self, times: &[u32]) -> Vec<Option<f64>> {
        self.classes
            .iter()
            .map(|class| class.weighted(times))
            .collect()
    }
}

impl Class {
    fn weighted(&self, times: &[u32]) -> Option<f64> {
        let (mut seen, mut found, mut found_before, mut sum) = (0u64, 0u64, 0u64, 0.0);
        for ((&row, &positive), &last) in self.order.iter().zip(&self.positive).zip(&self.last) {
            let times = u64::from(times[row as usize]);
            seen += times;
            found += if positive { times } else { 0 };
            if last && found > found_before {
                sum += (found - found_before) as f64 * found as f64 / seen as f64;
                found_before = found;
            }
        }
        (found > 0).then(|| sum / found as f64)
    }
}

fn mean(each: &[Option<f64>]) -> f64 {
    let known: Vec<f64> = each.iter().flatten().copied().collect();
    known.iter().sum::<f64>() / known.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_that_come_twice_count_twice() {
        let p = [0.9f32, 0.1, 0.8, 0.8, 0.3, 0.8, 0.2, 0.4];
        let truth = [true, false, false, true, true, false, false, true];
        let all = AveragePrecision::new(&p, 2, &truth);
        let chosen = [0usize, 0, 2, 3, 3, 3];
        let copied: Vec<f32> = chosen
            .iter()
            .flat_map(|&r| [p[2 * r], p[2 * r + 1]])
            .collect();
        let copied_truth: Vec<bool> = chosen
            .iter()
            .flat_map(|&r| [truth[2 * r], truth[2 * r + 1]])
            .collect();
        let copied = AveragePrecision::new(&copied, 2, &copied_truth).mean();
        assert!((all.mean_of(&chosen) - copied).abs() < 1e-12);
        assert_eq!(all.mean_of(&[0, 1, 2, 3]), all.mean());
    }
}
