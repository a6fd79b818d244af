//! Folds for cross-validation: grouped, stratified by genre, seeded.

use crate::dataset::Dataset;
use crate::split::{Rule, Split, assign};

/// Assigns rows to `k` folds of nearly equal size, stratified by genre, no group in two folds; the same for the same seed.
///
/// `rows` holds the genre and the group of each row (`None`: alone). Returns the fold of each row.
pub fn assign_folds(rows: &[(Option<usize>, Option<u32>)], k: usize, seed: u64) -> Vec<usize> {
    let k = k.max(1);
    assign(rows, &vec![1.0 / k as f64; k], seed)
}

impl Dataset {
    /// Divides rows into `k` folds of nearly equal size, stratified by genre, no group in two folds.
    ///
    /// Where the split is official or from a file, only its training rows are divided: validation and test rows stay. Otherwise all
    /// labelled rows are. Returns the row numbers of each fold in rising order; the same seed gives the same folds.
    pub fn folds(&self, k: usize, seed: u64) -> Vec<Vec<usize>> {
        let given = self.split.rule.is_given();
        let rows: Vec<usize> = (0..self.rows.len())
            .filter(|&i| {
                self.rows[i].genre.is_some() && (!given || self.rows[i].split == Split::Training)
            })
            .collect();
        self.folds_of(&rows, k, seed)
    }

    /// Divides the given rows into `k` folds as [`folds`](Dataset::folds) does; under the random rule only exact copies are
    /// kept together.
    pub fn folds_of(&self, rows: &[usize], k: usize, seed: u64) -> Vec<Vec<usize>> {
        let k = k.max(1);
        let keys: Vec<_> = rows
            .iter()
            .map(|&i| {
                (
                    self.rows[i].genre,
                    if self.split.rule == Rule::Random {
                        self.rows[i].copies
                    } else {
                        self.rows[i].group
                    },
                )
            })
            .collect();
        let mut folds = vec![Vec::new(); k];
        for (&row, bin) in rows.iter().zip(assign_folds(&keys, k, seed)) {
            folds[bin].push(row);
        }
        folds
    }

    /// Assigns the rows of fold `held_out` to validation and the other folds to training; rows in no fold
    /// stay in their subset, except validation rows, which are moved to test so that nothing is selected on them.
    pub fn hold_out(&mut self, folds: &[Vec<usize>], held_out: usize) {
        for row in &mut self.rows {
            if row.split == Split::Validation {
                row.split = Split::Test;
            }
        }
        for (k, fold) in folds.iter().enumerate() {
            for &i in fold {
                self.rows[i].split = if k == held_out {
                    Split::Validation
                } else {
                    Split::Training
                };
            }
        }
    }
}
