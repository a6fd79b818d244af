//! Figures of a bundle on the rows of a data set.

use std::collections::BTreeMap;

use genrenet_data::audit::LeakCounts;
use genrenet_data::{Dataset, Split, same_but_for_writing};
use genrenet_metrics as metrics;
use genrenet_model::Bundle;
use genrenet_text::counted;
use serde::{Deserialize, Serialize};

use crate::error::TrainError;
use crate::learned::{Measurable, OnLearned, measurable};
use crate::predict::{Advance, predict_rows_with};
use crate::several_genres::{self, SeveralGenres};

/// Scores of one genre.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GenreScore {
    /// The genre.
    pub genre: String,
    /// Share of correct answers among the rows that were predicted as this genre.
    pub precision: f64,
    /// Share of this genre's rows that were predicted as it.
    pub recall: f64,
    /// Their harmonic mean.
    pub f1: f64,
    /// Rows of this genre.
    pub n: u64,
}

/// Metrics with their intervals, and the rows that they were computed on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    /// Description of data set, subset and split.
    pub on: String,
    /// Rows.
    pub n: usize,
    /// Share of rows whose most probable genre is correct: is one of theirs, where they have several.
    pub top1: f64,
    /// Its 95 % interval (bootstrap over groups where they are known, else over rows).
    pub top1_interval: [f64; 2],
    /// Share of rows whose genre is among the three most probable.
    pub top3: f64,
    /// Mean of the genres' F1.
    pub macro_f1: f64,
    /// Its 95 % interval.
    pub macro_f1_interval: [f64; 2],
    /// Expected calibration error, 15 bins.
    pub ece: f64,
    /// Mean of −ln of the true genre's probability.
    pub log_loss: f64,
    /// The precision that the threshold of "unsure" was chosen for; `None` where the bundle was not calibrated.
    pub target_precision: Option<f64>,
    /// Share of rows at or above the bundle's threshold.
    pub coverage: f64,
    /// Share of correct answers among those; `None` where there are none.
    pub precision_when_sure: Option<f64>,
    /// The genres, in the order of the confusion matrix.
    pub genres: Vec<String>,
    /// Row: true genre; column: predicted genre. Empty where rows have several genres.
    pub confusion: Vec<Vec<u64>>,
    /// Scores per genre.
    pub per_genre: Vec<GenreScore>,
    /// Figures that only rows of several genres have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub several: Option<SeveralGenres>,
    /// What is in several subsets of the split that was measured on.
    #[serde(default, skip_serializing_if = "LeakCounts::is_none")]
    pub leaks: LeakCounts,
    /// Rows that were left out, and why.
    pub notes: Vec<String>,
}

/// As [`evaluate_with`], silently.
///
/// # Errors
/// As there.
pub fn evaluate(
    bundle: &Bundle,
    dataset: &Dataset,
    subset: Option<Split>,
    on_learned: OnLearned,
) -> Result<Evaluation, TrainError> {
    evaluate_with(bundle, dataset, subset, on_learned, &|_| {})
}

/// Evaluates a bundle on one subset of the split in force, or on every row; validation and test rows must not be rows that
/// it learned.
///
/// # Errors
/// Learned rows, unless `on_learned` leaves them out; only genres that the bundle does not have; no rows; an array of another shape than
/// the bundle reads.
pub fn evaluate_with(
    bundle: &Bundle,
    dataset: &Dataset,
    subset: Option<Split>,
    on_learned: OnLearned,
    advance: Advance,
) -> Result<Evaluation, TrainError> {
    let rows = match subset {
        Some(split) => dataset.indices(split),
        None => (0..dataset.rows.len()).collect(),
    };
    if let Some(why) = subset.and_then(|subset| dataset.why_empty(subset)) {
        return Err(TrainError::Data {
            data: dataset.name.clone(),
            message: format!(
                "no {} rows to evaluate: {why}",
                subset.unwrap_or(Split::Test)
            ),
        });
    }
    let Measurable { rows, mut notes } = measurable(bundle, dataset, &rows, subset, on_learned)?;
    let name = subset.map_or("all".to_string(), |split| split.to_string());
    let on = dataset.provenance(false).subset(name);
    let mut evaluation = evaluate_rows(bundle, dataset, &rows, &on, advance)?;
    notes.append(&mut evaluation.notes);
    evaluation.notes = notes;
    if subset.is_some() {
        evaluation.leaks = dataset.leaks().counts();
    }
    Ok(evaluation)
}

/// Evaluates a bundle on the given rows; `on` describes them.
///
/// # Errors
/// As [`evaluate`].
pub fn evaluate_rows(
    bundle: &Bundle,
    dataset: &Dataset,
    rows: &[usize],
    on: &str,
    advance: Advance,
) -> Result<Evaluation, TrainError> {
    let fault = |message: String| TrainError::Data {
        data: dataset.name.clone(),
        message,
    };
    let place: Vec<Option<usize>> = dataset
        .genres
        .iter()
        .map(|genre| bundle.place_of(genre))
        .collect();
    let known = |row: usize| match &dataset.rows[row].labels[..] {
        [] => dataset.rows[row]
            .genre
            .is_some_and(|genre| place[genre].is_some()),
        labels => labels.iter().any(|&genre| place[genre as usize].is_some()),
    };
    let labelled: Vec<usize> = rows.iter().copied().filter(|&row| known(row)).collect();
    let mut unknown = BTreeMap::<&str, usize>::new();
    for &row in rows.iter().filter(|&&row| !known(row)) {
        let genre = dataset.rows[row]
            .genre
            .map_or("without a genre", |genre| &dataset.genres[genre]);
        *unknown.entry(genre).or_default() += 1;
    }
    if labelled.is_empty() {
        let hints: Vec<String> = unknown
            .keys()
            .filter_map(|genre| rename(genre, &bundle.genres))
            .collect();
        return Err(fault(format!(
            "no row of one of the bundle's genres ({}) on {on}{}",
            bundle.genres.join(", "),
            hints.concat()
        )));
    }
    let predicted = predict_rows_with(bundle, dataset, &labelled, true, advance)?;
    if predicted.rows.is_empty() {
        return Err(fault(format!(
            "no labelled row that the bundle can read ({on})"
        )));
    }
    let rows = predicted.rows.iter().map(|&row| &dataset.rows[row]);
    let groups: Vec<Option<u32>> = rows.clone().map(|row| row.group).collect();
    let mut evaluation = match dataset.multi_label() {
        true => {
            let truth = several_genres::truth(bundle, dataset, &predicted.rows);
            several_genres::score(&predicted.probabilities, &truth, &groups, bundle, on)
        }
        false => {
            let labels: Vec<usize> = rows.filter_map(|row| place[row.genre?]).collect();
            score(&predicted.probabilities, &labels, &groups, bundle, on)
        }
    };
    evaluation.notes = predicted.notes;
    for (genre, count) in unknown {
        evaluation.notes.push(match genre {
            "without a genre" => counted(
                count,
                "row has no genre and is left out",
                "rows have no genre and are left out",
            ),
            _ if bundle.ignores(genre) => counted(
                count,
                &format!("row is {genre}, which the taxonomy ignores, and is left out"),
                &format!("rows are {genre}, which the taxonomy ignores, and are left out"),
            ),
            _ => {
                counted(
                    count,
                    &format!("row is {genre}, which the bundle does not know, and is left out"),
                    &format!("rows are {genre}, which the bundle does not know, and are left out"),
                ) + &rename(genre, &bundle.genres).unwrap_or_default()
            }
        });
    }
    Ok(evaluation)
}

/// A hint about a genre that the bundle has in another spelling.
fn rename(genre: &str, known: &[String]) -> Option<String> {
    let same = same_but_for_writing(genre, known)?;
    Some(format!("; if {genre} is its {same}, rename it to that"))
}

/// The 95 % interval of a statistic of rows. A group is resampled as a whole; a row without a known group is a group of its own.
pub(crate) fn intervals(
    groups: &[Option<u32>],
    statistic: &(dyn Fn(&[usize]) -> f64 + Sync),
) -> [f64; 2] {
    let (resamples, seed) = (metrics::RESAMPLES, metrics::BOOTSTRAP_SEED);
    let Some(most) = groups.iter().flatten().max() else {
        let (low, high) = metrics::bootstrap_statistic(groups.len(), resamples, seed, statistic);
        return [low, high];
    };
    let mut next = most.wrapping_add(1);
    let of: Vec<u32> = groups
        .iter()
        .map(|group| {
            group.unwrap_or_else(|| {
                next = next.wrapping_add(1);
                next
            })
        })
        .collect();
    let (low, high) = metrics::bootstrap_groups(&of, resamples, seed, statistic);
    [low, high]
}

/// Metrics of probabilities `[n, genres]` against labels.
pub fn score(
    probabilities: &[f32],
    labels: &[usize],
    groups: &[Option<u32>],
    bundle: &Bundle,
    on: &str,
) -> Evaluation {
    let k = bundle.genres.len();
    let predictions = metrics::predictions(probabilities, k);
    let hits = metrics::hits(probabilities, k, labels);
    let confidences = metrics::confidences(probabilities, k);
    let confusion = metrics::confusion(&predictions, labels, k);
    let macro_f1_of = |rows: &[usize]| {
        let predicted: Vec<usize> = rows.iter().map(|&i| predictions[i]).collect();
        let truth: Vec<usize> = rows.iter().map(|&i| labels[i]).collect();
        metrics::macro_f1(&metrics::confusion(&predicted, &truth, k))
    };
    let share_of = |rows: &[usize]| {
        rows.iter().filter(|&&i| hits[i]).count() as f64 / rows.len().max(1) as f64
    };
    let top1_interval = match groups.iter().any(Option::is_some) {
        true => intervals(groups, &share_of),
        false => {
            let (low, high) =
                metrics::bootstrap_interval(&hits, metrics::RESAMPLES, metrics::BOOTSTRAP_SEED);
            [low, high]
        }
    };
    let macro_f1_interval = intervals(groups, &macro_f1_of);
    // Below any threshold where what a taxonomy ignores is more probable.
    let certain: Vec<f32> = probabilities
        .chunks(k)
        .zip(&confidences)
        .map(|(row, &top)| if bundle.is_unsure(row) { -1.0 } else { top })
        .collect();
    let sure = metrics::answered_at(&certain, &hits, bundle.calibration.unsure_below);
    let per_genre = metrics::per_class(&confusion)
        .into_iter()
        .zip(&bundle.genres)
        .map(|(score, genre)| GenreScore {
            genre: genre.clone(),
            precision: score.precision,
            recall: score.recall,
            f1: score.f1,
            n: score.n,
        })
        .collect();
    Evaluation {
        on: on.to_string(),
        n: labels.len(),
        top1: metrics::accuracy(probabilities, k, labels),
        top1_interval,
        top3: metrics::top_k(probabilities, k, labels, 3.min(k)),
        macro_f1: metrics::macro_f1(&confusion),
        macro_f1_interval,
        ece: metrics::ece(probabilities, k, labels, metrics::ECE_BINS),
        log_loss: metrics::log_loss(probabilities, k, labels),
        target_precision: bundle
            .calibration
            .was_fitted()
            .then(|| f64::from(bundle.calibration.target_precision)),
        coverage: sure.coverage,
        precision_when_sure: (sure.coverage > 0.0).then_some(sure.precision),
        genres: bundle.genres.clone(),
        confusion,
        per_genre,
        several: None,
        leaks: LeakCounts::default(),
        notes: Vec::new(),
    }
}
