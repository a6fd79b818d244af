//! Rows that a bundle's networks learned are recognised by their content, and not evaluated as if they were new.

use std::collections::HashSet;

use genrenet_data::{DataError, Dataset, IDENTIFYING_ARRAYS, Provenance, Split};
use genrenet_model::{Bundle, FeatureKind, Learned};
use genrenet_text::counted;
use rayon::prelude::*;

use crate::checks::TrainingRows;
use crate::error::TrainError;

/// What is done with learned rows among those that are to be evaluated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnLearned {
    /// Validation and test subsets with such rows are refused.
    #[default]
    Refuse,
    /// Such rows are left out and counted.
    LeaveOut,
}

/// Rows that can be evaluated, with notes about the others.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Measurable {
    /// The rows.
    pub rows: Vec<usize>,
    /// What was left out, and what is unknown.
    pub notes: Vec<String>,
}

/// Which of `rows` the networks learned, by their content.
///
/// # Errors
/// Features that can't be read.
pub fn were_learned(
    learned: &Learned,
    dataset: &Dataset,
    rows: &[usize],
) -> Result<Vec<bool>, DataError> {
    if learned.is_empty() {
        return Ok(vec![false; rows.len()]);
    }
    let is_learned = |&row: &usize| {
        let fingerprints = dataset.row_fingerprints(row, &IDENTIFYING_ARRAYS)?;
        Ok(fingerprints.into_iter().any(|f| learned.holds(f)))
    };
    rows.par_iter().map(is_learned).collect()
}

/// Adds rows of a data set, identified by the arrays of `sources`; an embedding is computed from a recording that other arrays
/// identify too, so its rows are identified by all that they have.
///
/// # Errors
/// Features that can't be read.
pub fn learn(
    learned: &mut Learned,
    dataset: &Dataset,
    rows: &[usize],
    sources: &[FeatureKind],
) -> Result<(), DataError> {
    let names: Vec<&str> = match sources.contains(&FeatureKind::Embedding) {
        true => IDENTIFYING_ARRAYS.to_vec(),
        false => sources.iter().map(|source| source.name()).collect(),
    };
    let of_rows = fingerprints(dataset, rows, &names)?;
    learned.add(of_rows.into_iter().flatten());
    Ok(())
}

/// Adds the training rows to those that teachers and initial weights learned (`learned`), and removes learned rows from the
/// validation rows.
pub(crate) fn learn_rows(
    learned: &mut Learned,
    provenance: &Provenance,
    dataset: &Dataset,
    rows: &mut TrainingRows,
    sources: &[FeatureKind],
    notes: &mut Vec<String>,
) -> Result<(), TrainError> {
    // Teachers may read other arrays: their rows are added by this network's arrays too.
    let all: Vec<usize> = (0..dataset.rows.len()).collect();
    let before = were_learned(learned, dataset, &all)?;
    let before: Vec<usize> = all.into_iter().filter(|&row| before[row]).collect();
    learn(learned, dataset, &before, sources)?;
    learn(learned, dataset, &rows.training, sources)?;
    let table = toml::Table::try_from(provenance).map_err(|e| TrainError::Data {
        data: dataset.name.clone(),
        message: format!("its split can't be stored: {e}"),
    })?;
    learned.from = vec![table];
    let known = were_learned(learned, dataset, &rows.validation)?;
    let count = known.iter().filter(|&&known| known).count();
    if count > 0 {
        let mut known = known.into_iter();
        rows.validation.retain(|_| known.next() != Some(true));
        notes.push(format!(
            "{} what this network starts from or is distilled from; left out, {} remain",
            counted(
                count,
                "validation row repeats training rows exactly, or was learned by",
                "validation rows repeat training rows exactly, or were learned by"
            ),
            rows.validation.len()
        ));
    }
    Ok(())
}

/// The provenances of a bundle's learned rows, those that this version can read.
pub fn provenances(bundle: &Bundle) -> Vec<Provenance> {
    let tables = bundle.learned.from.iter().cloned();
    tables.filter_map(|table| table.try_into().ok()).collect()
}

/// Finds learned rows among those that are to be evaluated as `subset` (`None`: all rows of the data set, which may contain
/// learned ones). Copies of rows of another subset are left out of validation and test: official splits contain some.
///
/// # Errors
/// Learned rows that are no such copies, unless `on_learned` leaves them out.
pub fn measurable(
    bundle: &Bundle,
    dataset: &Dataset,
    rows: &[usize],
    subset: Option<Split>,
    on_learned: OnLearned,
) -> Result<Measurable, TrainError> {
    let mut found = Measurable {
        rows: rows.to_vec(),
        notes: Vec::new(),
    };
    if subset == Some(Split::Training) {
        return Ok(found);
    }
    let unknown = unknown(bundle);
    let learned = were_learned(&bundle.learned, dataset, rows)?;
    let count = learned.iter().filter(|&&learned| learned).count();
    if count == 0 {
        found.notes.extend(unknown);
        return Ok(found);
    }
    let new = rows.iter().zip(&learned).filter(|(_, learned)| !**learned);
    let new: Vec<usize> = new.map(|(&row, _)| row).collect();
    let name = &bundle.card.name;
    let [was, are, repeats] = match count {
        1 => ["was", "is", "repeats"],
        _ => ["were", "are", "repeat"],
    };
    let left_out = || {
        format!(
            "{count} of {} {was} learned by {name}",
            counted(rows.len(), "row", "rows")
        )
    };
    match (subset, on_learned) {
        (_, OnLearned::LeaveOut) => {
            found
                .notes
                .push(format!("{} and {are} left out", left_out()));
            found.rows = new;
        }
        (None, OnLearned::Refuse) => found.notes.push(format!(
            "{}: figures with them are not those of new songs",
            left_out()
        )),
        (Some(subset), OnLearned::Refuse) => {
            let copies = copies_of_others(dataset, rows, &learned, subset)?;
            if copies < count {
                return Err(TrainError::Learned {
                    name: name.clone(),
                    data: dataset.name.clone(),
                    subset,
                    learned: count,
                    of: rows.len(),
                });
            }
            found.notes.push(format!(
                "{count} of {} of another subset, which {name} learned, and {are} left out",
                counted(
                    rows.len(),
                    &format!("{subset} row {repeats} rows"),
                    &format!("{subset} rows {repeats} rows")
                )
            ));
            found.rows = new;
        }
    }
    if found.rows.is_empty() {
        return Err(TrainError::Learned {
            name: name.clone(),
            data: dataset.name.clone(),
            subset: subset.unwrap_or(Split::Test),
            learned: count,
            of: rows.len(),
        });
    }
    found.notes.extend(unknown);
    Ok(found)
}

/// A note about what the bundle's networks, or its backbone, learned before that is not known row by row.
fn unknown(bundle: &Bundle) -> Option<String> {
    let parts = match (&bundle.learned.unknown[..], &bundle.backbone) {
        ([], None) => return None,
        ([], Some(backbone)) => format!("the backbone {}", backbone.name),
        (parts, _) => parts.join(", "),
    };
    Some(format!(
        "{} learned recordings that are not known one by one ({parts}): some of these rows may be among them, and the figures \
         too good",
        bundle.card.name
    ))
}

/// How many of the learned `rows` repeat a row of another subset exactly.
fn copies_of_others(
    dataset: &Dataset,
    rows: &[usize],
    learned: &[bool],
    subset: Split,
) -> Result<usize, DataError> {
    let others: Vec<usize> = (0..dataset.rows.len())
        .filter(|&row| dataset.rows[row].split != subset)
        .collect();
    let contents = fingerprints(dataset, &others, &IDENTIFYING_ARRAYS)?;
    let contents: HashSet<u64> = contents.into_iter().flatten().collect();
    let learned = rows.iter().zip(learned).filter(|(_, learned)| **learned);
    let learned: Vec<usize> = learned.map(|(&row, _)| row).collect();
    let of_learned = fingerprints(dataset, &learned, &IDENTIFYING_ARRAYS)?;
    let copy = |of_row: &&Vec<u64>| of_row.iter().any(|f| contents.contains(f));
    Ok(of_learned.iter().filter(copy).count())
}

/// The fingerprints of each of `rows`.
fn fingerprints(
    dataset: &Dataset,
    rows: &[usize],
    arrays: &[&str],
) -> Result<Vec<Vec<u64>>, DataError> {
    rows.par_iter()
        .map(|&row| dataset.row_fingerprints(row, arrays))
        .collect()
}
