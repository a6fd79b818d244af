//! Rows whose features can't be those of music.

use crate::dataset::Dataset;
use crate::error::DataError;

/// What is wrong with a row of an array.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArrayFault {
    /// The row lacks the array, which other rows have.
    Missing,
    /// All numbers of a log-mel are equal: digital silence.
    Silent,
    /// All numbers of another array with more than one are equal.
    Constant,
}

/// A row with a fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FaultyRow {
    /// The row.
    pub row: usize,
    /// The array's name.
    pub array: String,
    /// What is wrong with it.
    pub fault: ArrayFault,
}

/// The faults of all arrays of a data set, by row and array.
///
/// # Errors
/// A row that is in the feature cache and can't be read from it.
pub fn array_faults(dataset: &Dataset) -> Result<Vec<FaultyRow>, DataError> {
    let mut found = Vec::new();
    for array in &dataset.arrays {
        let equal = match array.name.as_str() {
            "logmel" => ArrayFault::Silent,
            _ => ArrayFault::Constant,
        };
        for row in 0..dataset.rows.len() {
            let fault = match array.has(row) {
                false => ArrayFault::Missing,
                true if array.row_len() > 1 && array.is_constant(row)? => equal,
                true => continue,
            };
            found.push(FaultyRow {
                row,
                array: array.name.clone(),
                fault,
            });
        }
    }
    found.sort_by(|a, b| (a.row, &a.array).cmp(&(b.row, &b.array)));
    Ok(found)
}
