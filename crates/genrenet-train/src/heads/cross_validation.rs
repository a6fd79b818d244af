//! Grouped cross-validation of heads: every row is predicted by a head that saw neither it nor its group.

use std::collections::BTreeSet;

use genrenet_data::assign_folds;
use genrenet_metrics as metrics;
use rayon::prelude::*;

use super::error::HeadError;
use super::examples::Examples;
use super::kind::{HeadKind, Scaling};

/// Most folds.
const FOLDS: usize = 5;

/// Rows of a fold with their probabilities.
type Predicted = Vec<(usize, Vec<f32>)>;

/// Folds of rows: whole groups, stratified by class, every class that they hold in at least two.
///
/// A class of one group can't be predicted out of fold: its rows, and all other rows of that group, are in no fold. Every
/// head learns from them.
#[derive(Clone, Debug, PartialEq)]
pub struct Folds {
    /// The fold of each row.
    of: Vec<Option<usize>>,
    count: usize,
    /// The rows that are in a fold.
    rows: Vec<usize>,
    /// The group of each of these rows; a row of which nothing is known is a group.
    groups: Vec<u32>,
    unmeasured: Vec<TooFewGroups>,
}

/// A class whose rows can't be divided among folds: they are of one group, their groups had to be put into one fold, or they
/// share them with such a class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooFewGroups {
    /// The class.
    pub class: usize,
    /// How many groups it has.
    pub groups: usize,
}

/// A kind of head with its answers out of fold.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// The kind.
    pub kind: HeadKind,
    /// The rows that are in a fold, in rising order.
    pub rows: Vec<usize>,
    /// Their probabilities, `[rows, classes]`, not calibrated.
    pub probabilities: Vec<f32>,
    /// Share of these rows whose most probable class is right.
    pub accuracy: f64,
    /// Its 95 % interval, by bootstrap over groups, and no narrower than Wilson's for as many answers as there are groups.
    pub interval: (f64, f64),
    /// The temperature that makes the probabilities most likely.
    pub temperature: f32,
    /// Mean log loss at this temperature, in nats.
    pub log_loss: f64,
    /// The log loss of each of these rows.
    pub(super) losses: Vec<f64>,
}

impl Folds {
    /// Divides rows into five folds, or fewer where there are fewer groups.
    ///
    /// `groups` names what must stay together (an artist, an album), one for each row; `None`: the row alone.
    ///
    /// # Errors
    /// The first class that can't be divided, where fewer than two can.
    ///
    /// # Panics
    /// Another number of groups than of rows.
    pub fn new(
        examples: &Examples,
        groups: &[Option<u32>],
        seed: u64,
    ) -> Result<Folds, TooFewGroups> {
        assert_eq!(groups.len(), examples.rows(), "a group for each row");
        let next = groups.iter().flatten().max().map_or(0, |&most| most + 1);
        let alone = |(row, group): (usize, &Option<u32>)| group.unwrap_or(next + row as u32);
        let groups: Vec<u32> = groups.iter().enumerate().map(alone).collect();
        let mut rows: Vec<usize> = (0..examples.rows()).collect();
        let of_class = groups_of_classes(examples, &rows, &groups);
        let mut unmeasured: Vec<TooFewGroups> = Vec::new();
        loop {
            let distinct: BTreeSet<u32> = rows.iter().map(|&row| groups[row]).collect();
            let count = FOLDS.min(distinct.len());
            let of = folds_of_rows(examples, &rows, &groups, count, seed);
            let numbers: Vec<u32> = of.iter().map(|fold| fold.unwrap_or(0) as u32).collect();
            let in_folds = groups_of_classes(examples, &rows, &numbers);
            let few: Vec<usize> = (0..examples.classes())
                .filter(|&class| in_folds[class] < 2)
                .filter(|&class| unmeasured.iter().all(|one| one.class != class))
                .collect();
            unmeasured.extend(few.iter().map(|&class| TooFewGroups {
                class,
                groups: of_class[class],
            }));
            unmeasured.sort_by_key(|one| one.class);
            if let Some(&first) = unmeasured.first()
                && unmeasured.len() + 2 > examples.classes()
            {
                return Err(first);
            }
            if few.is_empty() {
                return Ok(Folds {
                    of,
                    count,
                    groups: rows.iter().map(|&row| groups[row]).collect(),
                    rows,
                    unmeasured,
                });
            }
            let theirs: BTreeSet<u32> = rows
                .iter()
                .filter(|&&row| few.contains(&examples.labels()[row]))
                .map(|&row| groups[row])
                .collect();
            rows.retain(|&row| !theirs.contains(&groups[row]));
        }
    }

    /// How many folds there are.
    pub fn count(&self) -> usize {
        self.count
    }

    /// The fold of each row; `None` for one that all heads learn from.
    pub fn of_rows(&self) -> &[Option<usize>] {
        &self.of
    }

    /// The group of each row that is in a fold.
    pub fn groups(&self) -> &[u32] {
        &self.groups
    }

    /// The classes that are in no fold.
    pub fn unmeasured(&self) -> &[TooFewGroups] {
        &self.unmeasured
    }

    /// Predicts every row of a fold by a head of each kind that was fitted to the other rows.
    ///
    /// Returns one result for each kind: an error where one of its heads can't be fitted.
    pub fn compare(
        &self,
        examples: &Examples,
        kinds: &[HeadKind],
        scaling: Scaling,
    ) -> Vec<Result<Candidate, HeadError>> {
        let tasks: Vec<(HeadKind, usize)> = kinds
            .iter()
            .flat_map(|&kind| (0..self.count).map(move |fold| (kind, fold)))
            .collect();
        let predicted: Vec<Result<Predicted, HeadError>> = tasks
            .into_par_iter()
            .map(|(kind, fold)| self.predict(examples, (kind, scaling), fold))
            .collect();
        kinds
            .iter()
            .zip(predicted.chunks(self.count))
            .map(|(&kind, folds)| self.measure(examples, kind, folds))
            .collect()
    }

    /// The rows of a fold with their probabilities, by a head fitted to the other folds.
    fn predict(
        &self,
        examples: &Examples,
        (kind, scaling): (HeadKind, Scaling),
        fold: usize,
    ) -> Result<Predicted, HeadError> {
        let (held_out, training): (Vec<usize>, Vec<usize>) =
            (0..examples.rows()).partition(|&row| self.of[row] == Some(fold));
        let head = kind.fit(&examples.select(&training), scaling)?;
        Ok(held_out
            .into_iter()
            .map(|row| {
                let probabilities = head.probabilities(examples.row(row));
                (row, probabilities.into_iter().map(|p| p as f32).collect())
            })
            .collect())
    }

    fn measure(
        &self,
        examples: &Examples,
        kind: HeadKind,
        folds: &[Result<Predicted, HeadError>],
    ) -> Result<Candidate, HeadError> {
        let classes = examples.classes();
        let mut predicted: Vec<&(usize, Vec<f32>)> = Vec::new();
        for fold in folds {
            predicted.extend(fold.as_ref().map_err(Clone::clone)?);
        }
        predicted.sort_by_key(|(row, _)| *row);
        let probabilities: Vec<f32> = predicted.iter().flat_map(|(_, p)| p.clone()).collect();
        let labels: Vec<usize> = (self.rows.iter())
            .map(|&row| examples.labels()[row])
            .collect();
        let labels = &labels[..];
        let hits = metrics::hits(&probabilities, classes, labels);
        let share = |rows: &[usize]| {
            rows.iter().filter(|&&row| hits[row]).count() as f64 / rows.len() as f64
        };
        let logits: Vec<f32> = probabilities.iter().map(|p| p.max(1e-30).ln()).collect();
        let temperature = metrics::fit_temperature(&logits, classes, labels);
        let tempered = metrics::softmax_with_temperature(&logits, classes, temperature);
        let losses: Vec<f64> = tempered
            .chunks_exact(classes)
            .zip(labels)
            .map(|(p, label)| metrics::log_loss(p, classes, &[*label]))
            .collect();
        let accuracy = metrics::accuracy(&probabilities, classes, labels);
        Ok(Candidate {
            kind,
            rows: self.rows.clone(),
            accuracy,
            interval: self.interval(accuracy, share),
            temperature,
            log_loss: losses.iter().sum::<f64>() / losses.len() as f64,
            losses,
            probabilities,
        })
    }

    /// The interval of an accuracy by bootstrap over groups, at least as wide as Wilson's for as many answers as there are groups:
    /// answers that are all right, or all wrong, have a bootstrap without width.
    fn interval(&self, accuracy: f64, share: impl Fn(&[usize]) -> f64 + Sync) -> (f64, f64) {
        let seed = metrics::BOOTSTRAP_SEED;
        let (low, high) = metrics::bootstrap_groups(&self.groups, metrics::RESAMPLES, seed, share);
        let groups = self.groups.iter().collect::<BTreeSet<_>>().len();
        let right = (accuracy * groups as f64).round() as u64;
        let wilson = metrics::wilson_interval(right, groups as u64);
        (low.min(wilson.0), high.max(wilson.1))
    }
}

/// Assigns rows to folds, whole groups, stratified by class; the fold of each row of `examples`, `None` for one that is not given.
fn folds_of_rows(
    examples: &Examples,
    rows: &[usize],
    groups: &[u32],
    count: usize,
    seed: u64,
) -> Vec<Option<usize>> {
    let key = |&row: &usize| (Some(examples.labels()[row]), Some(groups[row]));
    let keys: Vec<_> = rows.iter().map(key).collect();
    let mut of = vec![None; examples.rows()];
    let assigned = assign_folds(&keys, count, seed);
    rows.iter()
        .zip(assigned)
        .for_each(|(&row, fold)| of[row] = Some(fold));
    of
}

/// Of how many groups the given rows of each class are.
fn groups_of_classes(examples: &Examples, rows: &[usize], groups: &[u32]) -> Vec<usize> {
    let mut of_class = vec![BTreeSet::new(); examples.classes()];
    for &row in rows {
        of_class[examples.labels()[row]].insert(groups[row]);
    }
    of_class.iter().map(BTreeSet::len).collect()
}
