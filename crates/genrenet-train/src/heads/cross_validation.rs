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

/// Folds of rows: whole groups, stratified by class, every class in at least two.
#[derive(Clone, Debug, PartialEq)]
pub struct Folds {
    /// The fold of each row.
    of: Vec<usize>,
    count: usize,
    /// The group of each row; a row of which nothing is known is a group.
    groups: Vec<u32>,
}

/// A class whose rows can't be divided among folds: they are of one group, or their groups had to be put into one fold.
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
    /// The probabilities of each row, `[rows, classes]`, not calibrated.
    pub probabilities: Vec<f32>,
    /// Share of rows whose most probable class is right.
    pub accuracy: f64,
    /// Its 95 % interval, by bootstrap over groups.
    pub interval: (f64, f64),
    /// The temperature that makes the probabilities most likely.
    pub temperature: f32,
    /// Mean log loss at this temperature, in nats.
    pub log_loss: f64,
    /// The log loss of each row.
    pub(super) losses: Vec<f64>,
}

impl Folds {
    /// Divides rows into five folds, or fewer where there are fewer groups.
    ///
    /// `groups` names what must stay together (an artist, an album), one for each row; `None`: the row alone.
    ///
    /// # Errors
    /// The class whose rows are of one group, or all in one fold.
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
        let of_class = groups_of_classes(examples, &groups);
        let refusal = |class: usize| TooFewGroups {
            class,
            groups: of_class[class],
        };
        if let Some(class) = of_class.iter().position(|&groups| groups < 2) {
            return Err(refusal(class));
        }
        let keys: Vec<_> = examples.labels().iter().zip(&groups).collect();
        let keys: Vec<_> = keys.iter().map(|&(&c, &g)| (Some(c), Some(g))).collect();
        let distinct: BTreeSet<u32> = groups.iter().copied().collect();
        let count = FOLDS.min(distinct.len());
        let of = assign_folds(&keys, count, seed);
        let in_folds: Vec<u32> = of.iter().map(|&fold| fold as u32).collect();
        let in_one = |&folds: &usize| folds < 2;
        if let Some(class) = groups_of_classes(examples, &in_folds)
            .iter()
            .position(in_one)
        {
            return Err(refusal(class));
        }
        Ok(Folds { of, count, groups })
    }

    /// How many folds there are.
    pub fn count(&self) -> usize {
        self.count
    }

    /// The fold of each row.
    pub fn of_rows(&self) -> &[usize] {
        &self.of
    }

    /// The group of each row.
    pub fn groups(&self) -> &[u32] {
        &self.groups
    }

    /// Predicts every row out of fold by a head of each kind.
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
            (0..examples.rows()).partition(|&row| self.of[row] == fold);
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
        let mut probabilities = vec![0.0; examples.rows() * classes];
        for fold in folds {
            for (row, p) in fold.as_ref().map_err(Clone::clone)? {
                probabilities[row * classes..(row + 1) * classes].copy_from_slice(p);
            }
        }
        let labels = examples.labels();
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
        Ok(Candidate {
            kind,
            accuracy: metrics::accuracy(&probabilities, classes, labels),
            interval: metrics::bootstrap_groups(
                &self.groups,
                metrics::RESAMPLES,
                metrics::BOOTSTRAP_SEED,
                share,
            ),
            temperature,
            log_loss: losses.iter().sum::<f64>() / losses.len() as f64,
            losses,
            probabilities,
        })
    }
}

/// Of how many groups the rows of each class are.
fn groups_of_classes(examples: &Examples, groups: &[u32]) -> Vec<usize> {
    let mut of_class = vec![BTreeSet::new(); examples.classes()];
    for (&label, &group) in examples.labels().iter().zip(groups) {
        of_class[label].insert(group);
    }
    of_class.iter().map(BTreeSet::len).collect()
}
