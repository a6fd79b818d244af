//! What is refused before the first step, and what is passed over with a note.

use genrenet_data::{Dataset, Split};
use genrenet_model::{FeatureKind, InputSpec, Raw};
use genrenet_text::counted;

use crate::error::TrainError;
use crate::rows::raw_row;

/// Rows that are learned from and rows that the best epoch is chosen on.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TrainingRows {
    /// Training rows.
    pub training: Vec<usize>,
    /// Validation rows; may be empty.
    pub validation: Vec<usize>,
}

impl TrainingRows {
    /// The sides of the split in force.
    pub fn of(dataset: &Dataset) -> TrainingRows {
        TrainingRows {
            training: dataset.indices(Split::Training),
            validation: dataset.indices(Split::Validation),
        }
    }
}

/// Most ids that a note names.
const NAMED: usize = 6;

/// Checks labels and the arrays that `inputs` read (`optional[i]`: rows may lack input `i`), and keeps
/// the rows that can be used. Returns them with notes about the others.
///
/// # Errors
/// Fewer than two genres, a genre without a training row, one row only, an array that is missing or of
/// another shape than its rows, labels that do not fit, a value that is no number, features that are all
/// zero or all the same.
pub fn check(
    dataset: &Dataset,
    rows: &TrainingRows,
    inputs: &[InputSpec],
    optional: &[bool],
) -> Result<(TrainingRows, Vec<String>), TrainError> {
    let fault = |message: String| {
        Err(TrainError::Data {
            data: dataset.name.clone(),
            message,
        })
    };
    if dataset.genres.len() < 2 {
        return fault(format!(
            "expected two genres at least, found {}",
            dataset.genres.len()
        ));
    }
    for (index, row) in dataset.rows.iter().enumerate() {
        if let Some(genre) = row.genre
            && genre >= dataset.genres.len()
        {
            return fault(format!(
                "row {index} ({}) has the label {genre}, and there are {} genres",
                row.id,
                dataset.genres.len()
            ));
        }
    }
    check_arrays(dataset, inputs, optional)?;
    let mut notes = Vec::new();
    let training = usable(
        dataset,
        &rows.training,
        inputs,
        optional,
        "training",
        &mut notes,
    )?;
    let validation = usable(
        dataset,
        &rows.validation,
        inputs,
        optional,
        "validation",
        &mut notes,
    )?;
    if training.is_empty() {
        return fault(format!("no training row (split: {})", dataset.split));
    }
    if training.len() == 1 {
        return fault(format!(
            "one training row only ({}): expected two at least for each of {} genres",
            dataset.rows[training[0]].id,
            dataset.genres.len()
        ));
    }
    let mut counts = vec![0usize; dataset.genres.len()];
    training
        .iter()
        .filter_map(|&i| dataset.rows[i].genre)
        .for_each(|g| counts[g] += 1);
    let missing: Vec<&str> = dataset
        .genres
        .iter()
        .zip(&counts)
        .filter(|(_, n)| **n == 0)
        .map(|(name, _)| name.as_str())
        .collect();
    if !missing.is_empty() {
        return fault(format!(
            "no training row of {} among {} training rows: the split puts none there, or none can be used",
            missing.join(", "),
            training.len()
        ));
    }
    if validation.is_empty() {
        let why = match (rows.validation.len(), dataset.why_empty(Split::Validation)) {
            (0, Some(why)) => why,
            (0, None) => "all are for training".into(),
            (n, _) => format!("none of {n} can be used"),
        };
        notes.push(format!(
            "no validation rows ({why}): the last epoch is kept, and nothing is calibrated"
        ));
    }
    Ok((
        TrainingRows {
            training,
            validation,
        },
        notes,
    ))
}

fn check_arrays(
    dataset: &Dataset,
    inputs: &[InputSpec],
    optional: &[bool],
) -> Result<(), TrainError> {
    for (input, &optional) in inputs.iter().zip(optional) {
        for source in input.reads() {
            match dataset.array(source.name()) {
                Some(array) if array.rows() != dataset.rows.len() => {
                    return Err(TrainError::Data {
                        data: dataset.name.clone(),
                        message: format!(
                            "the array {source} has {} rows and the labels have {}",
                            array.rows(),
                            dataset.rows.len()
                        ),
                    });
                }
                Some(array) if array.shape.len() != source.dimensions() => {
                    return Err(TrainError::Data {
                        data: dataset.name.clone(),
                        message: format!(
                            "the array {source} has rows of shape {:?}: expected {} dimensions",
                            array.shape,
                            source.dimensions()
                        ),
                    });
                }
                None if !optional => {
                    let known: Vec<&str> = dataset
                        .arrays
                        .iter()
                        .map(|array| array.name.as_str())
                        .collect();
                    return Err(TrainError::Data {
                        data: dataset.name.clone(),
                        message: format!(
                            "input {} needs the array {source}; the data set has {}",
                            input.name,
                            if known.is_empty() {
                                "none".into()
                            } else {
                                known.join(", ")
                            }
                        ),
                    });
                }
                _ => {}
            }
        }
    }
    Ok(())
}

/// Rows with a label and every array that is not optional; refuses values that are no numbers.
fn usable(
    dataset: &Dataset,
    rows: &[usize],
    inputs: &[InputSpec],
    optional: &[bool],
    side: &str,
    notes: &mut Vec<String>,
) -> Result<Vec<usize>, TrainError> {
    let fault = |message: String| {
        Err(TrainError::Data {
            data: dataset.name.clone(),
            message,
        })
    };
    let mut sources: Vec<FeatureKind> = Vec::new();
    for source in inputs.iter().flat_map(InputSpec::reads) {
        if !sources.contains(&source) {
            sources.push(source);
        }
    }
    let mut kept = Vec::with_capacity(rows.len());
    let mut lacking = Vec::new();
    let mut silent = Vec::new();
    let mut lively = vec![false; sources.len()];
    let mut seen = vec![false; sources.len()];
    for &row in rows {
        let raw = raw_row(dataset, row, &sources);
        let there = |input: &InputSpec| {
            input
                .reads()
                .into_iter()
                .all(|source| raw.get(source).is_some())
        };
        let complete = inputs
            .iter()
            .zip(optional)
            .all(|(input, &optional)| optional || there(input));
        if dataset.rows[row].genre.is_none() || !complete || !inputs.iter().any(there) {
            lacking.push(row);
            continue;
        }
        for (number, &source) in sources.iter().enumerate() {
            let Some(array) = raw.get(source) else {
                continue;
            };
            seen[number] = true;
            if let Some(at) = array.data.iter().position(|x| !x.is_finite()) {
                return fault(format!(
                    "{side} row {} has {} in the array {source} (value {at})",
                    dataset.rows[row].id, array.data[at]
                ));
            }
            lively[number] |= !flat(&raw, source);
        }
        if sources.contains(&FeatureKind::Logmel)
            && flat(&raw, FeatureKind::Logmel)
            && raw.get(FeatureKind::Logmel).is_some()
        {
            silent.push(row);
            continue;
        }
        kept.push(row);
    }
    for (number, &source) in sources.iter().enumerate() {
        if seen[number] && !lively[number] && side == "training" {
            return fault(format!(
                "the array {source} is the same value throughout every training row (all zero?): there is nothing to learn from"
            ));
        }
    }
    for (rows, what) in [
        (
            lacking,
            [
                "lacks a label or an array and is",
                "lack a label or an array and are",
            ],
        ),
        (
            silent,
            ["is digital silence and is", "are digital silence and are"],
        ),
    ] {
        if !rows.is_empty() {
            let named: Vec<&str> = rows
                .iter()
                .take(NAMED)
                .map(|&row| dataset.rows[row].id.as_str())
                .collect();
            let more = if rows.len() > NAMED { ", …" } else { "" };
            notes.push(format!(
                "{} left out: {}{more}",
                counted(
                    rows.len(),
                    &format!("{side} row {}", what[0]),
                    &format!("{side} rows {}", what[1])
                ),
                named.join(", ")
            ));
        }
    }
    Ok(kept)
}

/// Whether an array holds one value only; a single value is not flat.
fn flat(raw: &Raw, source: FeatureKind) -> bool {
    raw.get(source).is_none_or(|array| {
        let one_zero = array.data.len() == 1 && array.data[0] == 0.0;
        one_zero || (array.data.len() > 1 && array.data.iter().all(|x| *x == array.data[0]))
    })
}
