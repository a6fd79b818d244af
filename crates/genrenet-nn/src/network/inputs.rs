//! The inputs of a network.

use crate::Tensor;

/// A batch for a network.
#[derive(Clone, Debug, Default)]
pub struct Inputs {
    /// Number of rows.
    pub batch: usize,
    /// Named arrays, each `[batch, …]`. An array that only optional branches read may be missing.
    pub arrays: Vec<(String, Tensor)>,
    /// For each array, which rows have it; `None` for all. Shorter than `arrays`: `None` for the others.
    pub present: Vec<Option<Vec<bool>>>,
}

impl Inputs {
    /// A batch of one array that all rows have.
    pub fn single(name: &str, array: Tensor) -> Self {
        Self {
            batch: array.batch(),
            arrays: vec![(name.to_owned(), array)],
            present: Vec::new(),
        }
    }

    pub(super) fn find(&self, name: &str) -> (Option<&Tensor>, Option<&Vec<bool>>) {
        match self.arrays.iter().position(|(n, _)| n == name) {
            Some(i) => (
                Some(&self.arrays[i].1),
                self.present.get(i).and_then(Option::as_ref),
            ),
            None => (None, None),
        }
    }
}
