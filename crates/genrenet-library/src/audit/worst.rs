//! The songs whose tag and sound disagree most.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;
use std::path::PathBuf;

/// A song whose tag and sound disagree.
#[derive(Clone, Debug, PartialEq)]
pub struct Disagreement {
    /// The file.
    pub path: PathBuf,
    /// The values of its genre tag.
    pub tags: Vec<String>,
    /// The tagged genre, in the words of the taxonomy.
    pub tagged: String,
    /// Its probability.
    pub tagged_probability: f32,
    /// The answer.
    pub genre: String,
    /// Its probability.
    pub probability: f32,
}

impl Disagreement {
    /// How much they disagree: the answer's probability minus the tagged genre's.
    pub fn score(&self) -> f32 {
        self.probability - self.tagged_probability
    }
}

/// By score; of equal ones the earlier path is the worse.
struct Ranked(Disagreement);

impl Ord for Ranked {
    fn cmp(&self, other: &Ranked) -> Ordering {
        let by_score = self.0.score().total_cmp(&other.0.score());
        by_score.then_with(|| other.0.path.cmp(&self.0.path))
    }
}

impl PartialOrd for Ranked {
    fn partial_cmp(&self, other: &Ranked) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Ranked {
    fn eq(&self, other: &Ranked) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Ranked {}

/// Keeps the worst songs of any number.
pub struct Worst {
    /// The least of them first.
    heap: BinaryHeap<Reverse<Ranked>>,
    most: usize,
}

impl Worst {
    /// Keeps up to `most`.
    pub fn new(most: usize) -> Worst {
        Worst {
            heap: BinaryHeap::new(),
            most,
        }
    }

    /// Adds a song, and forgets the least of those beyond the number.
    pub fn add(&mut self, song: Disagreement) {
        self.heap.push(Reverse(Ranked(song)));
        if self.heap.len() > self.most {
            self.heap.pop();
        }
    }

    /// The songs, the worst first.
    pub fn into_sorted(self) -> Vec<Disagreement> {
        let sorted = self.heap.into_sorted_vec();
        sorted
            .into_iter()
            .map(|Reverse(Ranked(song))| song)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_are_kept_in_order() {
        let mut worst = Worst::new(3);
        for (path, probability) in [("e", 0.5), ("d", 0.9), ("c", 0.6), ("b", 0.9), ("a", 0.4)] {
            worst.add(Disagreement {
                path: path.into(),
                tags: Vec::new(),
                tagged: String::new(),
                tagged_probability: 0.1,
                genre: String::new(),
                probability,
            });
        }
        let names: Vec<_> = worst
            .into_sorted()
            .into_iter()
            .map(|song| song.path)
            .collect();
        assert_eq!(names, ["b", "d", "c"].map(PathBuf::from));
    }
}
