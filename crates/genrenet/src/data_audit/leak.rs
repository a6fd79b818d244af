//! How much too good a random split is: one small head, measured with groups divided and kept whole.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use serde::Serialize;

use super::examples::{self, Features, SCALING};
use crate::data::audit::joined_groups;
use crate::data::{DataError, Dataset, OpenOptions, Split};
use crate::metrics;
use crate::{Error, Progress};

/// How the leak is measured.
#[derive(Clone, Debug)]
pub struct LeakSpec {
    /// How many times the folds are drawn.
    pub seeds: u64,
    /// The array that is read; all, if `None`.
    pub array: Option<String>,
}

/// An accuracy with its 95 % interval, in 0–1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct LeakFigure {
    /// The accuracy.
    pub value: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// What was measured with one kind of features.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LeakGap {
    /// The features and the head, in words.
    pub features: String,
    /// Rows that were answered under both rules.
    pub rows: usize,
    /// Top-1 in folds drawn row by row.
    pub random: LeakFigure,
    /// Top-1 in folds that keep groups whole.
    pub grouped: LeakFigure,
    /// Random less grouped, paired by row.
    pub gap: LeakFigure,
    /// Standard deviation of the gap from one draw of the folds to the next.
    pub deviation_over_seeds: f64,
    /// Top-1 on the official test rows (validation, where there are none) of a head fitted to the official training rows.
    pub official: Option<LeakFigure>,
}

/// The leak of a data set.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LeakResult {
    /// The data set's name.
    pub data: String,
    /// The criteria of the groups.
    pub grouped_by: String,
    /// Number of groups.
    pub groups: usize,
    /// Draws of the folds.
    pub seeds: u64,
    /// One for each kind of features.
    pub gaps: Vec<LeakGap>,
}

/// Measures the leak of a data set: the same head in five folds that divide groups and in five that keep them whole, drawn anew for each seed.
///
/// Every row is answered once for each seed and rule by a head that was not fitted to it; its share of right answers is the mean over
/// seeds. The gap is the mean of the differences by row; all intervals are a bootstrap over groups of these shares, so that they say what
/// other songs of other groups would give. Exact copies stay in one fold under both rules.
///
/// # Errors
/// A data set that can't be opened, has no groups, or has nothing that a head could read; a stop by `cancel`.
pub fn measure_leak(
    path: &Path,
    spec: &LeakSpec,
    cancel: &AtomicBool,
    progress: &dyn Progress,
) -> Result<LeakResult, Error> {
    let dataset = Dataset::open(path, &OpenOptions::default())?;
    let fault = |message: &str| DataError::Untrainable {
        name: dataset.name.clone(),
        reason: message.to_owned(),
    };
    let groups = joined_groups(&dataset, &[]);
    let distinct: std::collections::BTreeSet<u32> = groups.iter().flatten().copied().collect();
    let Some(by) = dataset
        .grouped_by
        .clone()
        .filter(|_| distinct.len() < dataset.rows.len())
    else {
        return Err(fault(
            "no artist, album, folder or numeric id is known: what leaks can't be measured",
        )
        .into());
    };
    let has_sounds = dataset.rows.iter().all(|row| row.path.is_some());
    let mut all = match has_sounds {
        true => vec![
            examples::of_sounds(&dataset, cancel, progress)?.map_err(|reason| fault(&reason))?,
        ],
        false => examples::of_arrays(&dataset)?,
    };
    if let Some(name) = &spec.array {
        dataset.require_array(name)?;
        all.retain(|features| features.array == *name);
    }
    if all.is_empty() {
        return Err(fault("it has no array that a head could read").into());
    }
    let copies: Vec<Option<u32>> = dataset.rows.iter().map(|row| row.copies).collect();
    let mut gaps = Vec::new();
    for features in &all {
        progress.stage(&features.array, "seeds", spec.seeds);
        gaps.push(gap(
            &dataset,
            features,
            [&copies, &groups],
            spec.seeds,
            (cancel, progress),
        )?);
        progress.end();
    }
    Ok(LeakResult {
        data: dataset.name.clone(),
        grouped_by: by,
        groups: distinct.len() + groups.iter().filter(|group| group.is_none()).count(),
        seeds: spec.seeds,
        gaps,
    })
}

fn gap(
    dataset: &Dataset,
    features: &Features,
    rules: [&[Option<u32>]; 2],
    seeds: u64,
    (cancel, progress): (&AtomicBool, &dyn Progress),
) -> Result<LeakGap, Error> {
    let examples = features.examples(dataset)?;
    let n = examples.rows();
    let kind = features.kind();
    // Right answers of each row under each rule, and how often it was answered.
    let mut right = [vec![0.0; n], vec![0.0; n]];
    let mut answers = [vec![0.0; n], vec![0.0; n]];
    let mut of_seeds = Vec::new();
    let fault = |message: String| DataError::Untrainable {
        name: dataset.name.clone(),
        reason: message,
    };
    for seed in 1..=seeds {
        if cancel.load(Ordering::Relaxed) {
            return Err(DataError::Stopped.into());
        }
        let mut accuracy = [0.0; 2];
        for (rule, groups) in rules.into_iter().enumerate() {
            let folds = examples::folds(&examples, features, groups, seed).map_err(fault)?;
            let answered = folds.compare(&examples, &[kind], SCALING).pop();
            let answered = answered
                .ok_or_else(|| fault("no head was fitted".into()))?
                .map_err(|error| fault(error.to_string()))?;
            accuracy[rule] = answered.accuracy;
            let labels: Vec<usize> = answered
                .rows
                .iter()
                .map(|&row| examples.labels()[row])
                .collect();
            let hits = metrics::hits(&answered.probabilities, examples.classes(), &labels);
            for (&row, hit) in answered.rows.iter().zip(hits) {
                right[rule][row] += f64::from(u8::from(hit));
                answers[rule][row] += 1.0;
            }
        }
        of_seeds.push(accuracy[0] - accuracy[1]);
        progress.done(seed);
    }
    let both: Vec<usize> = (0..n)
        .filter(|&row| answers[0][row] > 0.0 && answers[1][row] > 0.0)
        .collect();
    let share = |rule: usize, row: usize| right[rule][row] / answers[rule][row];
    let groups = numbered(features, rules[1], &both);
    let figure = |values: Vec<f64>| {
        let found = metrics::paired_bootstrap_groups(
            &values,
            Some(&groups),
            metrics::RESAMPLES,
            metrics::BOOTSTRAP_SEED,
        );
        LeakFigure {
            value: found.difference,
            low: found.low,
            high: found.high,
        }
    };
    let mean = of_seeds.iter().sum::<f64>() / of_seeds.len().max(1) as f64;
    let variance = of_seeds.iter().map(|x| (x - mean).powi(2)).sum::<f64>()
        / (of_seeds.len() as f64 - 1.0).max(1.0);
    Ok(LeakGap {
        features: format!("{kind} on {}", features.words),
        rows: both.len(),
        random: figure(both.iter().map(|&row| share(0, row)).collect()),
        grouped: figure(both.iter().map(|&row| share(1, row)).collect()),
        gap: figure(
            both.iter()
                .map(|&row| share(0, row) - share(1, row))
                .collect(),
        ),
        deviation_over_seeds: variance.sqrt(),
        official: official(dataset, features, rules[1])?,
    })
}

/// The groups of some examples as numbers; one that is alone has its own.
fn numbered(features: &Features, groups: &[Option<u32>], examples: &[usize]) -> Vec<u32> {
    let next = groups.iter().flatten().max().map_or(0, |most| most + 1);
    let number = |&at: &usize| groups[features.rows[at]].unwrap_or(next + at as u32);
    examples.iter().map(number).collect()
}

/// Fitted to the official training rows, measured on the test rows or, where there are none, the validation rows.
fn official(
    dataset: &Dataset,
    features: &Features,
    groups: &[Option<u32>],
) -> Result<Option<LeakFigure>, Error> {
    let examples = features.examples(dataset)?;
    let of = |subset: Split| -> Vec<usize> {
        let is = |&at: &usize| dataset.rows[features.rows[at]].official == Some(subset);
        (0..examples.rows()).filter(is).collect()
    };
    let training = of(Split::Training);
    let measured = [Split::Test, Split::Validation]
        .map(of)
        .into_iter()
        .find(|rows| !rows.is_empty());
    let Some(measured) = measured.filter(|_| !training.is_empty()) else {
        return Ok(None);
    };
    let Ok(head) = features.kind().fit(&examples.select(&training), SCALING) else {
        return Ok(None);
    };
    let right = |&at: &usize| {
        let answer = head.probabilities(examples.row(at));
        let best = (0..answer.len()).max_by(|&a, &b| answer[a].total_cmp(&answer[b]));
        f64::from(u8::from(best == Some(examples.labels()[at])))
    };
    let hits: Vec<f64> = measured.iter().map(right).collect();
    let groups = numbered(features, groups, &measured);
    let found = metrics::paired_bootstrap_groups(
        &hits,
        Some(&groups),
        metrics::RESAMPLES,
        metrics::BOOTSTRAP_SEED,
    );
    Ok(Some(LeakFigure {
        value: found.difference,
        low: found.low,
        high: found.high,
    }))
}
