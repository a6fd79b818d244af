//! Coverage and precision: a confidence below which the prediction is "unsure".

/// A threshold of confidence, with its coverage and precision.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Threshold {
    /// Answer when the confidence is at least this.
    pub threshold: f32,
    /// Share of rows that are answered, in 0..=1.
    pub coverage: f64,
    /// Share of the answered rows that are right, in 0..=1.
    pub precision: f64,
}

/// Coverage and precision at and above a threshold: the share of rows that are answered, and the share of right answers among
/// them (NaN where none is).
pub fn answered_at(confidence: &[f32], hits: &[bool], threshold: f32) -> Threshold {
    let answered = confidence
        .iter()
        .zip(hits)
        .filter(|(c, _)| **c >= threshold);
    let (n, right) = answered.fold((0usize, 0usize), |(n, right), (_, &hit)| {
        (n + 1, right + usize::from(hit))
    });
    Threshold {
        threshold,
        coverage: n as f64 / confidence.len().max(1) as f64,
        precision: right as f64 / n as f64,
    }
}

/// The threshold that answers most rows while the answered ones are right at least as often as `target` (0..=1).
///
/// `confidence` and `hits` are the probability of each row's predicted class and whether it was right, `[n]`. Precision
/// need not rise evenly with the threshold, so all thresholds are tried and the one of greatest coverage is taken; rows of equal
/// confidence are answered together or not at all. `None` when no threshold reaches the target, or without rows.
pub fn coverage_at_precision(confidence: &[f32], hits: &[bool], target: f64) -> Option<Threshold> {
    let mut rows: Vec<(f32, bool)> = confidence
        .iter()
        .copied()
        .zip(hits.iter().copied())
        .filter(|(confidence, _)| !confidence.is_nan())
        .collect();
    rows.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut best = None;
    let (mut answered, mut right) = (0usize, 0usize);
    for tied in rows.chunk_by(|a, b| a.0 == b.0) {
        answered += tied.len();
        right += tied.iter().filter(|(_, hit)| *hit).count();
        let precision = right as f64 / answered as f64;
        if precision >= target {
            best = Some(Threshold {
                threshold: tied[0].0,
                coverage: answered as f64 / rows.len() as f64,
                precision,
            });
        }
    }
    best
}
