//! The few of many.

use std::collections::BTreeMap;

/// Keeps those of any number of values whose keys are the least.
pub(super) struct Least<K, V> {
    kept: BTreeMap<K, V>,
    most: usize,
}

impl<K: Ord, V> Least<K, V> {
    /// Keeps up to `most`.
    pub fn new(most: usize) -> Least<K, V> {
        Least {
            kept: BTreeMap::new(),
            most,
        }
    }

    /// Adds a value, which is made only where it is kept; of one key the last stays.
    pub fn add(&mut self, key: K, value: impl FnOnce() -> V) {
        let full = self.kept.len() >= self.most;
        let beyond = self
            .kept
            .last_key_value()
            .is_some_and(|(last, _)| key > *last);
        if full && beyond {
            return;
        }
        self.kept.insert(key, value());
        if self.kept.len() > self.most {
            self.kept.pop_last();
        }
    }

    /// The values, that of the least key first.
    pub fn into_sorted(self) -> Vec<V> {
        self.kept.into_values().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_are_kept_whatever_their_order() {
        for most in [1, 2, 7, 100, 101, 200] {
            for step in [1, 37, 100] {
                let mut least = Least::new(most);
                let mut made = 0;
                for i in 0..101 {
                    let key = i * step % 101;
                    least.add(key, || {
                        made += 1;
                        key
                    });
                }
                let expected: Vec<usize> = (0..most.min(101)).collect();
                assert_eq!(least.into_sorted(), expected, "{step}");
                // In rising order, only what is kept is made.
                assert!(step > 1 || made == most.min(101), "{made}");
            }
        }
    }
}
