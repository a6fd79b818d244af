//! The figures of predictions, with intervals.

use genrenet_metrics as metrics;

use crate::context::Predictions;
use crate::error::ReportError;

/// Bins of the reliability diagram that is drawn (the error itself is quoted with 15).
const DRAWN_BINS: usize = 10;

/// Everything that is measured of predictions.
#[derive(Debug, Clone)]
pub struct Measured {
    /// Number of clips.
    pub n: usize,
    /// Share of right answers and its 95 % interval.
    pub top1: [f64; 3],
    /// Share of clips whose genre is among the first three, and its interval.
    pub top3: [f64; 3],
    /// Mean F1 over the genres, and its interval.
    pub macro_f1: [f64; 3],
    /// Expected calibration error over 15 bins.
    pub ece: f64,
    /// Mean negative logarithm of the probability of the true genre.
    pub log_loss: f64,
    /// `matrix[true][predicted]`.
    pub matrix: Vec<Vec<u64>>,
    /// Figures of each genre.
    pub per_class: Vec<metrics::ClassScore>,
    /// Bins of the reliability diagram.
    pub bins: Vec<metrics::ReliabilityBin>,
    /// Whether each clip's first answer was right.
    pub hits: Vec<bool>,
    /// Whether whole groups (artists, albums) were drawn for the intervals.
    pub grouped: bool,
}

/// Measures predictions over `genres` genres.
///
/// # Errors
/// [`ReportError::Metrics`] (no clips, values that are no probabilities), [`ReportError::Length`].
pub fn measure(predictions: &Predictions, genres: usize) -> Result<Measured, ReportError> {
    let Predictions {
        ids,
        labels,
        probabilities,
        groups,
        ..
    } = predictions;
    let k = genres;
    metrics::validate(probabilities, k, labels)?;
    let n = labels.len();
    for (what, found) in [
        ("names of clips", ids.len()),
        ("groups of clips", groups.as_ref().map_or(n, Vec::len)),
    ] {
        if found != n {
            return Err(ReportError::Length {
                what,
                expected: n,
                found,
            });
        }
    }
    let predicted = metrics::predictions(probabilities, k);
    let hits = metrics::hits(probabilities, k, labels);
    let in_three: Vec<bool> = (0..n)
        .map(|row| {
            metrics::top_k(
                &probabilities[row * k..(row + 1) * k],
                k,
                &labels[row..=row],
                3,
            ) > 0.5
        })
        .collect();
    let matrix = metrics::confusion(&predicted, labels, k);
    let share = |hits: &[bool], rows: &[usize]| {
        rows.iter().filter(|&&row| hits[row]).count() as f64 / rows.len() as f64
    };
    let f1 = |rows: &[usize]| {
        let pick = |from: &[usize]| rows.iter().map(|&row| from[row]).collect::<Vec<_>>();
        metrics::macro_f1(&metrics::confusion(&pick(&predicted), &pick(labels), k))
    };
    let all: Vec<usize> = (0..n).collect();
    let with_interval = |figure: &(dyn Fn(&[usize]) -> f64 + Sync)| {
        let (low, high) = match groups {
            Some(groups) => metrics::bootstrap_groups(
                groups,
                metrics::RESAMPLES,
                metrics::BOOTSTRAP_SEED,
                figure,
            ),
            None => {
                metrics::bootstrap_statistic(n, metrics::RESAMPLES, metrics::BOOTSTRAP_SEED, figure)
            }
        };
        [figure(&all), low, high]
    };
    Ok(Measured {
        n,
        top1: with_interval(&|rows| share(&hits, rows)),
        top3: with_interval(&|rows| share(&in_three, rows)),
        macro_f1: with_interval(&f1),
        ece: metrics::ece(probabilities, k, labels, metrics::ECE_BINS),
        log_loss: metrics::log_loss(probabilities, k, labels),
        per_class: metrics::per_class(&matrix),
        bins: metrics::reliability(probabilities, k, labels, DRAWN_BINS),
        matrix,
        hits,
        grouped: groups.is_some(),
    })
}

/// The clips to look at: the `each` most confidently wrong, then the `each` most confidently right, as rows of the predictions.
///
/// Empty where the predictions cannot be measured. Of equally confident clips the earlier row comes first.
pub fn worst_and_best(predictions: &Predictions, genres: usize, each: usize) -> Vec<usize> {
    let Predictions {
        labels,
        probabilities,
        ..
    } = predictions;
    if metrics::validate(probabilities, genres, labels).is_err() {
        return Vec::new();
    }
    let hits = metrics::hits(probabilities, genres, labels);
    let confidence = metrics::confidences(probabilities, genres);
    let most_sure = |right: bool| {
        let mut rows: Vec<usize> = (0..labels.len())
            .filter(|&row| hits[row] == right)
            .collect();
        rows.sort_by(|&a, &b| confidence[b].total_cmp(&confidence[a]).then(a.cmp(&b)));
        rows.truncate(each);
        rows
    };
    let mut rows = most_sure(false);
    rows.extend(most_sure(true));
    rows
}
