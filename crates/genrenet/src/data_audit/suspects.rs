//! Labels that are probably wrong, by confident learning.
//!
//! Every row is answered by a head that was fitted to rows of other groups. For each genre, the mean probability that rows labelled so
//! get for it is its threshold; a row whose probability of another genre reaches that genre's threshold, and is the highest that does,
//! is suspected (Northcutt, Jiang & Chuang 2021, "Confident learning", section 3.1). Suspects are ordered by how much more probable the
//! suggested genre is than the given one.

use std::collections::BTreeSet;
use std::sync::atomic::AtomicBool;

use super::AuditOptions;
use super::examples::{self, Features, SCALING};
use super::found::{Suspect, Suspects};
use crate::data::Dataset;
use crate::metrics;
use crate::{Error, Progress};
use genrenet_text::path_text;

/// Finds suspected labels; rows of one of `groups` are answered by one head.
pub(super) fn find(
    dataset: &Dataset,
    groups: &[Option<u32>],
    unusable: &BTreeSet<usize>,
    options: &AuditOptions,
    cancel: &AtomicBool,
    progress: &dyn Progress,
) -> Result<Suspects, Error> {
    let none = |reason: String| Suspects {
        none: Some(reason),
        ..Suspects::default()
    };
    if dataset.genres.len() < 2 {
        return Ok(none("it has one genre only".into()));
    }
    let has_sounds = dataset.rows.iter().all(|row| row.path.is_some());
    let features = match has_sounds {
        true => {
            // A file that was decoded may still be too short for a model; one that was not needs no second try.
            let mut usable = dataset.clone();
            let rows: Vec<usize> = (0..dataset.rows.len())
                .filter(|row| !unusable.contains(row))
                .collect();
            if rows.is_empty() {
                return Ok(none("no file can be used".into()));
            }
            usable.keep_rows(&rows);
            match examples::of_sounds(&usable, cancel, progress)? {
                Ok(mut features) => {
                    features.rows.iter_mut().for_each(|row| *row = rows[*row]);
                    features
                }
                Err(reason) => return Ok(none(reason)),
            }
        }
        false => match examples::of_arrays(dataset)?.into_iter().next() {
            Some(features) => features,
            None => return Ok(none("it has no array that a head could read".into())),
        },
    };
    let examples = features.examples(dataset)?;
    let folds = match examples::folds(&examples, &features, groups, options.seed) {
        Ok(folds) => folds,
        Err(reason) => return Ok(none(reason)),
    };
    progress.stage("labels", "folds", folds.count() as u64);
    let kind = features.kind();
    let answered = folds.compare(&examples, &[kind], SCALING).pop();
    progress.end();
    let answered = match answered {
        Some(Ok(answered)) => answered,
        Some(Err(error)) => return Ok(none(error.to_string())),
        None => return Ok(none("no head was fitted".into())),
    };
    let genres = dataset.genres.len();
    let logits: Vec<f32> = answered
        .probabilities
        .iter()
        .map(|p| p.max(1e-30).ln())
        .collect();
    let probabilities = metrics::softmax_with_temperature(&logits, genres, answered.temperature);
    let labels: Vec<usize> = answered
        .rows
        .iter()
        .map(|&at| examples.labels()[at])
        .collect();
    let thresholds = thresholds(&probabilities, &labels, genres);
    let mut all: Vec<Suspect> = Vec::new();
    for ((&at, &given), answer) in answered
        .rows
        .iter()
        .zip(&labels)
        .zip(probabilities.chunks_exact(genres))
    {
        let suggested = confident(answer, &thresholds).filter(|&genre| genre != given);
        let Some(suggested) = suggested.filter(|&genre| answer[genre] > answer[given]) else {
            continue;
        };
        all.push(suspect(
            dataset,
            features.rows[at],
            answer,
            [given, suggested],
        ));
    }
    let margin = |one: &Suspect| one.suggested_probability - one.given_probability;
    all.sort_by(|a, b| margin(b).total_cmp(&margin(a)).then(a.row.cmp(&b.row)));
    let suspected = all.len();
    all.truncate(options.suspects);
    Ok(Suspects {
        features: words(&features, kind.to_string()),
        none: None,
        measured: labels.len(),
        accuracy: answered.accuracy,
        interval: [answered.interval.0, answered.interval.1],
        suspected,
        worst: all,
    })
}

fn words(features: &Features, kind: String) -> String {
    format!("{kind} on {}", features.words)
}

/// The mean probability of each genre over the rows labelled so; no answer reaches that of a genre without rows.
fn thresholds(probabilities: &[f32], labels: &[usize], genres: usize) -> Vec<f32> {
    let mut sums = vec![(0.0f64, 0usize); genres];
    for (answer, &label) in probabilities.chunks_exact(genres).zip(labels) {
        sums[label].0 += f64::from(answer[label]);
        sums[label].1 += 1;
    }
    let mean = |&(sum, count): &(f64, usize)| match count {
        0 => f32::INFINITY,
        _ => (sum / count as f64) as f32,
    };
    sums.iter().map(mean).collect()
}

/// The most probable of the genres whose threshold is reached.
fn confident(answer: &[f32], thresholds: &[f32]) -> Option<usize> {
    let reached = (0..answer.len()).filter(|&genre| answer[genre] >= thresholds[genre]);
    reached.max_by(|&a, &b| answer[a].total_cmp(&answer[b]))
}

fn suspect(
    dataset: &Dataset,
    row: usize,
    answer: &[f32],
    [given, suggested]: [usize; 2],
) -> Suspect {
    let one = &dataset.rows[row];
    Suspect {
        id: one.id.clone(),
        row,
        path: one.path.as_deref().map(|path| path_text(path).to_string()),
        file: one.path.clone(),
        artist: one.artist.clone(),
        given: dataset.genres[given].clone(),
        given_probability: f64::from(answer[given]),
        suggested: dataset.genres[suggested].clone(),
        suggested_probability: f64::from(answer[suggested]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_genre_is_suggested_where_its_own_threshold_is_reached() {
        // Two genres: the first is answered with 0.9 and 0.7, the second with 0.6.
        let probabilities = [0.9, 0.1, 0.7, 0.3, 0.4, 0.6];
        let found = thresholds(&probabilities, &[0, 0, 1], 3 - 1);
        assert!((found[0] - 0.8).abs() < 1e-6 && (found[1] - 0.6).abs() < 1e-6);
        assert_eq!(confident(&[0.5, 0.5], &found), None);
        assert_eq!(confident(&[0.35, 0.65], &found), Some(1));
        assert_eq!(confident(&[0.85, 0.15], &found), Some(0));
        assert_eq!(thresholds(&[1.0, 0.0], &[0], 2)[1], f32::INFINITY);
    }
}
