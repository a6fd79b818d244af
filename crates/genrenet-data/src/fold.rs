//! Folds for cross-validation: grouped, stratified by genre, seeded.

use crate::dataset::Dataset;
use crate::split::{Rule, Split, assign};

impl Dataset {
    /// Cuts rows into `k` folds of nearly equal size, stratified by genre, no group in two folds.
    ///
    /// Where the split is official, only its training rows are cut: validation and test keep their meaning. Otherwise all
    /// labelled rows are. Returns the row numbers of each fold in rising order; the same seed gives the same folds.
    pub fn folds(&self, k: usize, seed: u64) -> Vec<Vec<usize>> {
        let official = self.split.rule == Rule::Official;
        let rows: Vec<usize> = (0..self.rows.len())
            .filter(|&i| {
                self.rows[i].genre.is_some() && (!official || self.rows[i].split == Split::Training)
            })
            .collect();
        self.folds_of(&rows, k, seed)
    }

    /// Cuts the given rows into `k` folds as [`folds`](Dataset::folds) does; under the random rule only exact copies are
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
        for (&row, bin) in rows
            .iter()
            .zip(assign(&keys, &vec![1.0 / k as f64; k], seed))
        {
            folds[bin].push(row);
        }
        folds
    }

    /// Puts the rows of fold `held_out` on the validation side and the other folds on the training side; rows in no fold
    /// keep their side, except validation rows, which go to the test side so that nothing is chosen on them.
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
