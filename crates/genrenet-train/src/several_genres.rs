//! Figures where rows have several genres each.

use genrenet_data::Dataset;
use genrenet_metrics::{self as metrics, AveragePrecision, ClassScore};
use genrenet_model::{Bundle, Calibration};
use serde::{Deserialize, Serialize};

use crate::calibrate::choose_threshold_by;
use crate::evaluate::{Evaluation, GenreScore, intervals};

/// A genre counts as an answer at or above this probability.
const ANSWERED: f32 = 0.5;

/// Figures that only rows of several genres have.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SeveralGenres {
    /// Mean over the genres that some row has of their average precision, in 0–1.
    pub mean_average_precision: f64,
    /// Its 95 % interval (bootstrap over groups where they are known, else over rows). Genres of a few rows are drawn several times or
    /// not at all, both of which raises the mean of a resample: the interval has the width of the bootstrap's and lies around the mean.
    pub mean_average_precision_interval: [f64; 2],
    /// The mean average precision of random answers: the mean share of rows of a genre.
    pub chance: f64,
    /// The average precision of each genre, in the order of [`Evaluation::genres`]; none where no row has the genre.
    pub average_precision: Vec<Option<f64>>,
    /// Genres of a row, on average.
    pub genres_per_row: f64,
}

/// Whether each row has each of the bundle's genres, `[rows, genres]`.
pub(crate) fn truth(bundle: &Bundle, dataset: &Dataset, rows: &[usize]) -> Vec<bool> {
    let k = bundle.genres.len();
    let place: Vec<Option<usize>> = dataset
        .genres
        .iter()
        .map(|genre| bundle.place_of(genre))
        .collect();
    let mut truth = vec![false; rows.len() * k];
    for (row, truth) in rows.iter().zip(truth.chunks_mut(k.max(1))) {
        let labels = dataset.rows[*row].labels.iter();
        labels
            .filter_map(|&label| place[label as usize])
            .for_each(|genre| truth[genre] = true);
    }
    truth
}

/// Each probability and its complement, as rows of two classes, and which of them is right.
fn as_pairs(probabilities: &[f32], truth: &[bool]) -> (Vec<f32>, Vec<usize>) {
    let pairs = probabilities.iter().flat_map(|&p| [1.0 - p, p]).collect();
    (
        pairs,
        truth.iter().map(|&is_so| usize::from(is_so)).collect(),
    )
}

/// Mean over rows and genres of −ln of the probability of what is so.
pub(crate) fn log_loss(probabilities: &[f32], truth: &[bool]) -> f64 {
    let (pairs, labels) = as_pairs(probabilities, truth);
    metrics::log_loss(&pairs, 2, &labels)
}

/// Share of rows one of whose `top` most probable genres is one of theirs.
pub(crate) fn top_k(probabilities: &[f32], k: usize, truth: &[bool], top: usize) -> f64 {
    let hits = hits(probabilities, k, truth, top);
    hits.iter().filter(|&&hit| hit).count() as f64 / hits.len() as f64
}

fn hits(probabilities: &[f32], k: usize, truth: &[bool], top: usize) -> Vec<bool> {
    let hit = |(row, truth): (&[f32], &[bool])| {
        let mut order: Vec<usize> = (0..k).collect();
        order.sort_by(|&a, &b| row[b].total_cmp(&row[a]));
        order.iter().take(top).any(|&genre| truth[genre])
    };
    probabilities
        .chunks(k)
        .zip(truth.chunks(k))
        .map(hit)
        .collect()
}

/// Fits a calibration to uncalibrated independent probabilities `[n, k]`: the temperature minimises the log loss of all of them, the
/// threshold is the lowest top probability at and above which `precision` of the most probable genres are right.
pub(crate) fn calibrate(
    probabilities: &[f32],
    k: usize,
    truth: &[bool],
    precision: f32,
    fitted_on: &str,
) -> Calibration {
    let mut calibration = Calibration {
        target_precision: precision,
        ..Calibration::default()
    };
    if truth.is_empty() {
        return calibration;
    }
    let bounded = |p: f32| p.clamp(1e-30, 1.0 - f32::EPSILON);
    let logit = |p: f32| (bounded(p) / (1.0 - bounded(p))).ln();
    let logits: Vec<f32> = probabilities
        .iter()
        .flat_map(|&p| [0.0, logit(p)])
        .collect();
    let labels: Vec<usize> = truth.iter().map(|&is_so| usize::from(is_so)).collect();
    let fitted = metrics::fit_temperature(&logits, 2, &labels);
    calibration.temperature = if fitted.is_finite() {
        fitted.clamp(0.05, 20.0)
    } else {
        1.0
    };
    calibration.fitted_on = fitted_on.to_string();
    let mut tempered = probabilities.to_vec();
    calibration.apply_to_each(&mut tempered);
    let confidences = metrics::confidences(&tempered, k);
    choose_threshold_by(
        &mut calibration,
        &confidences,
        &hits(&tempered, k, truth, 1),
    );
    calibration
}

/// Figures of independent probabilities `[n, k]` against the genres that each row has.
pub(crate) fn score(
    probabilities: &[f32],
    truth: &[bool],
    groups: &[Option<u32>],
    bundle: &Bundle,
    on: &str,
) -> Evaluation {
    let k = bundle.genres.len();
    let n = groups.len();
    let hits = hits(probabilities, k, truth, 1);
    let scores = |rows: &[usize]| per_genre(probabilities, truth, k, rows);
    let share_of = |rows: &[usize]| {
        rows.iter().filter(|&&row| hits[row]).count() as f64 / rows.len().max(1) as f64
    };
    let macro_f1_of = |rows: &[usize]| macro_f1(&scores(rows));
    let precision = AveragePrecision::new(probabilities, k, truth);
    let all: Vec<usize> = (0..n).collect();
    let each = scores(&all);
    let interval = |statistic: &(dyn Fn(&[usize]) -> f64 + Sync)| intervals(groups, statistic);
    let confidences = metrics::confidences(probabilities, k);
    let sure = metrics::answered_at(&confidences, &hits, bundle.calibration.unsure_below);
    let (pairs, labels) = as_pairs(probabilities, truth);
    let positives = truth.iter().filter(|&&is_so| is_so).count() as f64;
    let average_precision = precision.per_class();
    let known = average_precision.iter().flatten().count().max(1) as f64;
    Evaluation {
        on: on.to_string(),
        n,
        top1: share_of(&all),
        top1_interval: interval(&share_of),
        top3: top_k(probabilities, k, truth, 3.min(k)),
        macro_f1: macro_f1(&each),
        macro_f1_interval: interval(&macro_f1_of),
        ece: metrics::ece(&pairs, 2, &labels, metrics::ECE_BINS),
        log_loss: log_loss(probabilities, truth),
        target_precision: (bundle.calibration.was_fitted())
            .then(|| f64::from(bundle.calibration.target_precision)),
        coverage: sure.coverage,
        precision_when_sure: (sure.coverage > 0.0).then_some(sure.precision),
        genres: bundle.genres.clone(),
        confusion: Vec::new(),
        per_genre: (each.into_iter().zip(&bundle.genres))
            .map(|(score, genre)| GenreScore {
                genre: genre.clone(),
                precision: score.precision,
                recall: score.recall,
                f1: score.f1,
                n: score.n,
            })
            .collect(),
        leaks: Default::default(),
        several: Some(SeveralGenres {
            mean_average_precision: precision.mean(),
            mean_average_precision_interval: {
                let [low, high] = interval(&|rows| precision.mean_of(rows));
                let (mean, half) = (precision.mean(), (high - low) / 2.0);
                [(mean - half).max(0.0), (mean + half).min(1.0)]
            },
            chance: positives / (n as f64 * known),
            average_precision,
            genres_per_row: positives / n as f64,
        }),
        notes: Vec::new(),
    }
}

/// Precision, recall and F1 of each genre among some rows, a genre being answered at 0.5; 0 where they are not defined.
fn per_genre(probabilities: &[f32], truth: &[bool], k: usize, rows: &[usize]) -> Vec<ClassScore> {
    let mut counts = vec![[0u64; 3]; k];
    for &row in rows {
        for (genre, [both, answered, so]) in counts.iter_mut().enumerate() {
            let is_so = truth[row * k + genre];
            let is_answered = probabilities[row * k + genre] >= ANSWERED;
            *both += u64::from(is_so && is_answered);
            *answered += u64::from(is_answered);
            *so += u64::from(is_so);
        }
    }
    let share = |part: u64, of: u64| {
        if of == 0 {
            0.0
        } else {
            part as f64 / of as f64
        }
    };
    let score = |[both, answered, so]: [u64; 3]| ClassScore {
        precision: share(both, answered),
        recall: share(both, so),
        f1: share(2 * both, answered + so),
        n: so,
        predicted: answered,
    };
    counts.into_iter().map(score).collect()
}

/// The mean F1 of the genres that some row has.
fn macro_f1(scores: &[ClassScore]) -> f64 {
    let known: Vec<f64> = scores
        .iter()
        .filter(|score| score.n > 0)
        .map(|score| score.f1)
        .collect();
    known.iter().sum::<f64>() / known.len().max(1) as f64
}
