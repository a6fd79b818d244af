//! Which rows the networks of a bundle learned.

use crate::error::ModelError;

/// The labelled rows that a bundle's networks learned, as fingerprints: eight bytes of the SHA-256 of an audio file or of
/// features. Rows of the bundles that they start from or are distilled from are included.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Learned {
    /// How the learned rows of a data set were selected (selection, rule, exact shares, seeds, fold), as the trainer writes
    /// it; one for each training of parts of the bundle.
    pub from: Vec<toml::Table>,
    /// Parts whose learned rows are not known.
    pub unknown: Vec<String>,
    /// Fingerprints, in ascending order.
    pub(crate) rows: Vec<u64>,
}

impl Learned {
    /// Of a bundle that does not record what it learned.
    pub fn unknown(name: &str) -> Learned {
        Learned {
            unknown: vec![name.to_owned()],
            ..Learned::default()
        }
    }

    /// Adds rows by their fingerprints.
    pub fn add(&mut self, fingerprints: impl IntoIterator<Item = u64>) {
        self.rows.extend(fingerprints);
        self.rows.sort_unstable();
        self.rows.dedup();
    }

    /// Adds what another bundle's networks learned, and with `from` also how its rows were selected.
    pub fn unite(&mut self, other: &Learned, from: bool) {
        self.add(other.rows.iter().copied());
        for name in &other.unknown {
            if !self.unknown.contains(name) {
                self.unknown.push(name.clone());
            }
        }
        for table in other.from.iter().filter(|_| from) {
            if !self.from.contains(table) {
                self.from.push(table.clone());
            }
        }
    }

    /// Whether a row of this fingerprint was learned.
    pub fn holds(&self, fingerprint: u64) -> bool {
        self.rows.binary_search(&fingerprint).is_ok()
    }

    /// Number of fingerprints.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether no row is known to have been learned.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The fingerprints as a file holds them: 64-bit numbers, little-endian, ascending.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        self.rows.iter().flat_map(|row| row.to_le_bytes()).collect()
    }

    /// Reads the fingerprints of a file.
    pub(crate) fn set_bytes(&mut self, bytes: &[u8]) -> Result<(), ModelError> {
        let (numbers, rest) = bytes.as_chunks::<8>();
        self.rows = numbers.iter().map(|n| u64::from_le_bytes(*n)).collect();
        if !rest.is_empty() || !self.rows.is_sorted_by(|a, b| a < b) {
            return Err(ModelError::value(
                "learned.rows",
                format!("{} bytes", bytes.len()),
                "ascending numbers of 8 bytes each in learned_rows.bin",
            ));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_unique_and_ascending_and_are_found_again() {
        let mut one = Learned::default();
        one.add([7, 3, u64::MAX, 3]);
        let mut other = Learned::unknown("old");
        other.add([5, 7]);
        one.unite(&other, true);
        assert_eq!((one.len(), &*one.unknown), (4, &["old".to_owned()][..]));
        assert!(one.holds(5) && one.holds(u64::MAX) && !one.holds(4));
        let mut again = Learned::unknown("old");
        again.set_bytes(&one.to_bytes()).unwrap();
        assert_eq!(again, one);
        for wrong in [&[1u8; 9][..], &[0; 16]] {
            assert!(again.set_bytes(wrong).is_err(), "{wrong:?}");
        }
    }
}
