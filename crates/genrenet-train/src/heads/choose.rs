//! Which kind of head fits a collection, and why.

use genrenet_metrics as metrics;
use genrenet_model::Calibration;

use super::cross_validation::{Candidate, Folds, TooFewGroups};
use super::error::HeadError;
use super::examples::Examples;
use super::kind::{HeadKind, Scaling};
use super::linear::LinearHead;
use crate::calibrate;

/// With fewer rows in the median class, folds are too small to choose by.
pub const FEW_ROWS: usize = 5;

/// With fewer answers out of fold, a temperature and a threshold fitted to them would be chance.
pub const CALIBRATION_ROWS: usize = 20;

/// How a head is chosen and calibrated.
#[derive(Clone, Debug, PartialEq)]
pub struct HeadOptions {
    /// The kinds to compare; that which the number of rows suggests is compared in any case.
    pub candidates: Vec<HeadKind>,
    /// What is done to the columns.
    pub scaling: Scaling,
    /// Seed of the folds.
    pub seed: u64,
    /// Share of right answers to reach at and above the threshold of "unsure", in 0–1.
    pub precision: f32,
}

impl Default for HeadOptions {
    fn default() -> Self {
        HeadOptions {
            candidates: HeadKind::CANDIDATES.to_vec(),
            scaling: Scaling::default(),
            seed: 0,
            precision: 0.8,
        }
    }
}

/// A kind of head, and why it was chosen.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    /// The kind.
    pub kind: HeadKind,
    /// Why.
    pub reason: Reason,
    /// The number of folds; or a class that can't be divided among folds where fewer than two can: then there are no candidates.
    pub folds: Result<usize, TooFewGroups>,
    /// The classes that are in no fold, where others are: every head learned from their rows.
    pub unmeasured: Vec<TooFewGroups>,
    /// The kinds that were compared, with their answers out of fold.
    pub candidates: Vec<Candidate>,
    /// The kinds that could not be fitted to these rows.
    pub failed: Vec<(HeadKind, HeadError)>,
}

/// Why a kind of head was chosen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Reason {
    /// The median class has few rows: [`HeadKind::OF_FEW_ROWS`], whatever folds say.
    FewRows {
        /// Rows of the median class.
        median: usize,
    },
    /// The median class has enough rows for discriminants, and no other kind is better by more than a standard error.
    EnoughRows {
        /// Rows of the median class.
        median: usize,
    },
    /// Better than what the number of rows suggests: log loss lower by more than a standard error, accuracy no lower.
    Folds {
        /// What the number of rows suggests.
        over: HeadKind,
        /// By how much the mean log loss is lower, in nats.
        gain: f64,
        /// The standard error of that, by bootstrap over groups.
        standard_error: f64,
    },
    /// What the number of rows suggests can't be fitted; this kind has the lowest log loss of the others.
    OnlyOne {
        /// What the number of rows suggests.
        instead_of: HeadKind,
    },
}

/// A head fitted to all rows, with its calibration.
#[derive(Clone, Debug, PartialEq)]
pub struct FittedHead {
    /// Reads rows as they are.
    pub head: LinearHead,
    /// Its kind, and why.
    pub choice: Choice,
    /// Temperature and threshold of "unsure" by the answers out of fold; not fitted to fewer than [`CALIBRATION_ROWS`].
    pub calibration: Calibration,
}

impl Choice {
    /// The answers out of fold of the kind that was chosen; `None` where there were no folds.
    pub fn chosen(&self) -> Option<&Candidate> {
        self.candidates.iter().find(|one| one.kind == self.kind)
    }
}

/// Chooses a kind of head for rows, by their number and by grouped folds.
///
/// With fewer than [`FEW_ROWS`] rows in the median class it is [`HeadKind::OF_FEW_ROWS`], else discriminant analysis, unless one
/// of the candidates has a log loss (each at its best temperature) that is lower by more than a standard error, and no lower
/// accuracy.
///
/// # Errors
/// A class without rows, or that no kind can be fitted.
///
/// # Panics
/// Another number of groups than of rows.
pub fn choose(
    examples: &Examples,
    groups: &[Option<u32>],
    options: &HeadOptions,
) -> Result<Choice, HeadError> {
    examples.require_all_classes()?;
    let median = examples.median_count();
    let (usual, reason) = match median < FEW_ROWS {
        true => (HeadKind::OF_FEW_ROWS, Reason::FewRows { median }),
        false => (HeadKind::Discriminant, Reason::EnoughRows { median }),
    };
    let mut choice = Choice {
        kind: usual,
        reason,
        folds: Ok(0),
        unmeasured: Vec::new(),
        candidates: Vec::new(),
        failed: Vec::new(),
    };
    let folds = match Folds::new(examples, groups, options.seed) {
        Ok(folds) => folds,
        Err(refused) => {
            choice.folds = Err(refused);
            return Ok(choice);
        }
    };
    choice.folds = Ok(folds.count());
    choice.unmeasured = folds.unmeasured().to_vec();
    let mut kinds = options.candidates.clone();
    if !kinds.contains(&usual) {
        kinds.push(usual);
    }
    let compared = folds.compare(examples, &kinds, options.scaling);
    for (&kind, compared) in kinds.iter().zip(compared) {
        match compared {
            Ok(candidate) => choice.candidates.push(candidate),
            Err(error) => choice.failed.push((kind, error)),
        }
    }
    if let (HeadKind::Discriminant, Some(better)) = (usual, other_than_usual(&choice, &folds)) {
        (choice.kind, choice.reason) = better;
    } else if let (None, Some((_, error))) = (choice.chosen(), choice.failed.first()) {
        return Err(error.clone());
    }
    Ok(choice)
}

/// The kind that folds prefer to discriminants, if there is one.
fn other_than_usual(choice: &Choice, folds: &Folds) -> Option<(HeadKind, Reason)> {
    let best = choice
        .candidates
        .iter()
        .min_by(|a, b| a.log_loss.total_cmp(&b.log_loss))?;
    let Some(usual) = choice.chosen() else {
        let instead_of = choice.kind;
        return Some((best.kind, Reason::OnlyOne { instead_of }));
    };
    let gains: Vec<f64> = usual
        .losses
        .iter()
        .zip(&best.losses)
        .map(|(usual, best)| usual - best)
        .collect();
    let found = metrics::paired_bootstrap_groups(
        &gains,
        Some(folds.groups()),
        metrics::RESAMPLES,
        metrics::BOOTSTRAP_SEED,
    );
    // A 95 % interval is 3.92 standard errors wide.
    let standard_error = (found.high - found.low) / 3.92;
    let reason = Reason::Folds {
        over: usual.kind,
        gain: found.difference,
        standard_error,
    };
    let better = found.difference > standard_error && best.accuracy >= usual.accuracy;
    (better && best.kind != usual.kind).then_some((best.kind, reason))
}

/// Chooses a kind of head, fits it to all rows, and calibrates it on the answers out of fold.
///
/// # Errors
/// As [`choose`] and [`HeadKind::fit`].
///
/// # Panics
/// Another number of groups than of rows.
pub fn fit_head(
    examples: &Examples,
    groups: &[Option<u32>],
    options: &HeadOptions,
) -> Result<FittedHead, HeadError> {
    let choice = choose(examples, groups, options)?;
    let head = choice.kind.fit(examples, options.scaling)?;
    let calibration = match (choice.chosen(), choice.folds) {
        (Some(chosen), Ok(folds)) if chosen.rows.len() >= CALIBRATION_ROWS => calibrate::fit(
            &chosen.probabilities,
            examples.classes(),
            &(chosen.rows.iter())
                .map(|&row| examples.labels()[row])
                .collect::<Vec<_>>(),
            options.precision,
            &format!(
                "out of fold, {folds} grouped folds of {} rows",
                chosen.rows.len()
            ),
        ),
        _ => Calibration {
            target_precision: options.precision,
            ..Calibration::default()
        },
    };
    Ok(FittedHead {
        head,
        choice,
        calibration,
    })
}
