//! Which rows the networks of a bundle learned, as data and not as words.

use crate::error::ModelError;

/// The labelled rows that a bundle's networks learned, each known again by its fingerprint: eight bytes of the SHA-256 of its
/// audio file or features. What they start from and what they were distilled from counts too.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Learned {
    /// All that decides which rows of a data set were learned (its selection, rule, exact shares, seeds, fold), in the
    /// trainer's terms; one for each way in which parts of the bundle were trained.
    pub from: Vec<toml::Table>,
    /// Parts of which it is not known what they learned.
    pub unknown: Vec<String>,
    /// Fingerprints, rising.
    pub(crate) rows: Vec<u64>,
}

impl Learned {
    /// Of a bundle that does not tell what it learned.
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

    /// Adds what another bundle's networks learned; how its rows were chosen is taken over where `from` says so.
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

    /// The fingerprints as a file holds them: 64-bit numbers, little-endian, rising.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        self.rows.iter().flat_map(|row| row.to_le_bytes()).collect()
    }

    /// Takes the fingerprints of a file.
    pub(crate) fn set_bytes(&mut self, bytes: &[u8]) -> Result<(), ModelError> {
        let (numbers, rest) = bytes.as_chunks::<8>();
        self.rows = numbers.iter().map(|n| u64::from_le_bytes(*n)).collect();
        if !rest.is_empty() || !self.rows.is_sorted_by(|a, b| a < b) {
            return Err(ModelError::value(
                "learned.rows",
                format!("{} bytes", bytes.len()),
                "rising numbers of 8 bytes each in learned_rows.bin",
            ));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_kept_once_in_rising_order_and_known_again() {
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
