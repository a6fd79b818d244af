//! Copies with different genres: at least one of their labels is wrong.

use std::collections::BTreeMap;

use crate::dataset::Dataset;

/// The sets of exact copies whose genres differ, each with its rows in order.
pub fn label_conflicts(dataset: &Dataset) -> Vec<Vec<usize>> {
    let mut sets: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for (at, row) in dataset.rows.iter().enumerate() {
        if let (Some(copies), Some(_)) = (row.copies, row.genre) {
            sets.entry(copies).or_default().push(at);
        }
    }
    let genre = |row: usize| dataset.rows[row].genre;
    let differ = |rows: &Vec<usize>| rows.iter().any(|&row| genre(row) != genre(rows[0]));
    sets.into_values().filter(differ).collect()
}
