//! Checks of the data before the first step: errors, and rows that are left out with a note.

use genrenet_data::{Dataset, Split};
use genrenet_model::{FeatureKind, InputSpec, Raw};
use genrenet_text::counted;

use crate::error::TrainError;
use crate::rows::{has, raw_row};

/// Rows that are learned from and rows that the best epoch is chosen on.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TrainingRows {
    /// Training rows.
    pub training: Vec<usize>,
    /// Validation rows; may be empty.
    pub validation: Vec<usize>,
}

impl TrainingRows {
    /// The training and validation subsets of the split in force.
    pub fn of(dataset: &Dataset) -> TrainingRows {
        TrainingRows {
            training: dataset.indices(Split::Training),
            validation: dataset.indices(Split::Validation),
        }
    }
}

/// Largest number of ids that a note names.
const NAMED: usize = 6;

/// Refuses data that a classifier can't be trained on for want of genres.
///
/// # Errors
/// Fewer than two genres.
pub fn expect_two_genres(dataset: &Dataset) -> Result<(), TrainError> {
    let found = match &dataset.genres[..] {
        [] => "none".to_owned(),
        [one] => format!("only {one}"),
        _ => return Ok(()),
    };
    Err(TrainError::Data {
        data: dataset.name.clone(),
        message: format!("expected two genres at least, found {found}"),
    })
}

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
    expect_two_genres(dataset)?;
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
        Split::Training,
        &mut notes,
    )?;
    let validation = usable(
        dataset,
        &rows.validation,
        inputs,
        optional,
        Split::Validation,
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
        .flat_map(|&i| dataset.rows[i].genres())
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
    Ok((
        TrainingRows {
            training,
            validation,
        },
        notes,
    ))
}

/// Says why there are no validation rows, and what is not done without them; `given` are those before the check.
pub fn without_validation(dataset: &Dataset, given: usize) -> String {
    let why = match (given, dataset.why_empty(Split::Validation)) {
        (0, Some(why)) => why,
        (0, None) => "all are for training".into(),
        (n, _) => format!("none of {n} can be used"),
    };
    format!(
        "no validation rows ({why}): none decide which epoch is kept, and nothing is calibrated on them"
    )
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

/// Rows with a label and the arrays that `inputs` read, and no digital silence; refuses values that are not finite, and
/// training rows with an array that never varies.
fn usable(
    dataset: &Dataset,
    rows: &[usize],
    inputs: &[InputSpec],
    optional: &[bool],
    subset: Split,
    notes: &mut Vec<String>,
) -> Result<Vec<usize>, TrainError> {
    let mut sources: Vec<FeatureKind> = Vec::new();
    for source in inputs.iter().flat_map(InputSpec::reads) {
        if !sources.contains(&source) {
            sources.push(source);
        }
    }
    let mut kept = Vec::with_capacity(rows.len());
    let (mut incomplete, mut silent) = (Vec::new(), Vec::new());
    // For each source that some row has: whether it varies within any row.
    let mut varies: Vec<Option<bool>> = vec![None; sources.len()];
    for &row in rows {
        let raw = raw_row(dataset, row, &sources)?;
        if dataset.rows[row].genre.is_none() || !complete(&raw, inputs, optional) {
            incomplete.push(row);
            continue;
        }
        for (varies, &source) in varies.iter_mut().zip(&sources) {
            if let Some(array) = raw.get(source) {
                expect_finite(dataset, row, source, &array.data, subset)?;
                *varies = Some(varies.unwrap_or(false) || !constant(&array.data));
            }
        }
        let log_mel = raw.get(FeatureKind::Logmel);
        match log_mel.is_some_and(|array| constant(&array.data)) {
            true => silent.push(row),
            false => kept.push(row),
        }
    }
    let constant = varies.iter().position(|varies| *varies == Some(false));
    if let (Split::Training, Some(number)) = (subset, constant) {
        return Err(TrainError::Data {
            data: dataset.name.clone(),
            message: format!(
                "the array {} is the same value throughout every training row (all zero?): there is nothing to learn from",
                sources[number]
            ),
        });
    }
    let incomplete_are = [
        "lacks a label or an array and is",
        "lack a label or an array and are",
    ];
    let silent_are = ["is digital silence and is", "are digital silence and are"];
    notes.extend(left_out(dataset, &incomplete, subset, incomplete_are));
    notes.extend(left_out(dataset, &silent, subset, silent_are));
    Ok(kept)
}

/// Whether a row has one input at least and every input that is not optional.
fn complete(raw: &Raw, inputs: &[InputSpec], optional: &[bool]) -> bool {
    let mut each = inputs.iter().zip(optional);
    inputs.iter().any(|input| has(raw, input))
        && each.all(|(input, &optional)| optional || has(raw, input))
}

fn expect_finite(
    dataset: &Dataset,
    row: usize,
    source: FeatureKind,
    values: &[f32],
    subset: Split,
) -> Result<(), TrainError> {
    match values.iter().position(|x| !x.is_finite()) {
        None => Ok(()),
        Some(at) => Err(TrainError::Data {
            data: dataset.name.clone(),
            message: format!(
                "{subset} row {} has {} in the array {source} (value {at})",
                dataset.rows[row].id, values[at]
            ),
        }),
    }
}

/// A note about rows that are left out, with the first ids; `are` is the reason in the singular and in the plural.
fn left_out(dataset: &Dataset, rows: &[usize], subset: Split, are: [&str; 2]) -> Option<String> {
    if rows.is_empty() {
        return None;
    }
    let first = rows.iter().take(NAMED);
    let ids: Vec<&str> = first.map(|&row| dataset.rows[row].id.as_str()).collect();
    Some(format!(
        "{} left out: {}{}",
        counted(
            rows.len(),
            &format!("{subset} row {}", are[0]),
            &format!("{subset} rows {}", are[1])
        ),
        ids.join(", "),
        if rows.len() > NAMED { ", …" } else { "" }
    ))
}

/// Whether an array holds one value only; a single value other than zero is not constant.
fn constant(values: &[f32]) -> bool {
    match values {
        [] => true,
        [one] => *one == 0.0,
        [first, rest @ ..] => rest.iter().all(|x| x == first),
    }
}
