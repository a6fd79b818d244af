//! Fingerprints of rows: a row is recognised by its content, whatever the name of its table and its position in it.

use std::io::{self, Read};
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::array::Array;
use crate::dataset::Dataset;
use crate::error::DataError;
use crate::store::{Decode, Numbers};

/// Arrays by which rows are identified, the most specific first.
pub const IDENTIFYING_ARRAYS: [&str; 6] = [
    "logmel",
    "mfcc",
    "mfcc_stats",
    "vggish",
    "values",
    EMBEDDING,
];

/// The name of an array of embeddings: a layer of a network that was trained before.
pub const EMBEDDING: &str = "embedding";

/// The first eight bytes of a digest.
fn shortened(hash: Sha256) -> u64 {
    let digest = hash.finalize();
    digest[..8]
        .iter()
        .fold(0, |number, &byte| number << 8 | u64::from(byte))
}

/// Fingerprint of a file: eight bytes of the SHA-256 of its content.
pub(crate) fn of_file(path: &Path) -> io::Result<u64> {
    let mut file = genrenet_files::open(path)?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 256 * 1024];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(shortened(hash)),
            n => hash.update(&buffer[..n]),
        }
    }
}

impl Dataset {
    /// The fingerprints by which a row is recognised: that of its audio file (eight bytes of the SHA-256 of the file), or
    /// one for each of the named arrays that it has (eight bytes of the SHA-256 of name, shape and numbers; the order of a
    /// table's columns does not matter). Empty for an audio file that was not decoded yet, and for silence.
    ///
    /// # Errors
    /// As [`Array::read`].
    pub fn row_fingerprints(&self, row: usize, arrays: &[&str]) -> Result<Vec<u64>, DataError> {
        match (self.rows[row].file, &self.rows[row].path) {
            (Some(file), _) => Ok(vec![file]),
            (None, Some(_)) => Ok(Vec::new()),
            (None, None) => arrays
                .iter()
                .filter_map(|name| self.array(name)?.fingerprint(row).transpose())
                .collect(),
        }
    }
}

impl Array {
    /// Fingerprint of a row's stored content, independent of the selected bands and frames; `None` where the row lacks
    /// the array, and for a spectrogram or MFCC that is constant over time, which identifies no recording.
    pub(crate) fn fingerprint(&self, row: usize) -> Result<Option<u64>, DataError> {
        let Some(place) = self.index.get(row).copied().flatten() else {
            return Ok(None);
        };
        if self.shape.len() > 1 && self.is_still(row)? {
            return Ok(None);
        }
        let mut hash = Sha256::new();
        hash.update(self.name.as_bytes());
        let part = &self.views[place.view as usize].part;
        hash.update(format!("{:?}", part.shape).as_bytes());
        if self.shape.len() < 2 {
            let mut values = vec![0.0; self.row_len()];
            self.read(row, &mut values)?;
            let mut order: Vec<usize> = (0..values.len()).collect();
            if self.columns.len() == values.len() {
                order.sort_by_key(|&at| &self.columns[at]);
            }
            order
                .into_iter()
                .for_each(|at| hash.update(values[at].to_le_bytes()));
            return Ok(Some(shortened(hash)));
        }
        for item in place.first..place.first + place.windows {
            part.digest_numbers(item as usize, &mut hash)?;
            let mut pair = |(scale, offset): (f32, f32)| {
                hash.update(scale.to_le_bytes());
                hash.update(offset.to_le_bytes());
            };
            match &part.decode {
                Decode::Same { scale, offset } => pair((*scale, *offset)),
                Decode::PerItem(pairs) => pair(pairs[item as usize]),
                Decode::PerColumn(pairs) => pairs.iter().copied().for_each(pair),
            }
        }
        Ok(Some(shortened(hash)))
    }

    /// Whether all numbers of a row are equal (digital silence, for a log-mel).
    pub(crate) fn is_constant(&self, row: usize) -> Result<bool, DataError> {
        self.stored(row, |numbers, _| numbers.all_equal())
    }

    /// Whether every line of every window of a row equals its first, or holds one number only: nothing changes over time.
    fn is_still(&self, row: usize) -> Result<bool, DataError> {
        self.stored(row, |numbers, width| numbers.lines_still(width))
    }

    /// Applies a test to a row's stored numbers and the length of their last axis; false where the row lacks the array.
    fn stored(
        &self,
        row: usize,
        test: impl Fn(Numbers<'_>, usize) -> bool,
    ) -> Result<bool, DataError> {
        let Some(p) = self.index.get(row).copied().flatten() else {
            return Ok(false);
        };
        let part = &self.views[p.view as usize].part;
        let width = part.shape.last().copied().unwrap_or(1).max(1);
        let items = p.first as usize..(p.first + p.windows) as usize;
        Ok(test(part.numbers(items)?, width))
    }
}

impl Numbers<'_> {
    fn all_equal(&self) -> bool {
        fn of<T: PartialEq>(v: &[T]) -> bool {
            v.iter().all(|x| *x == v[0])
        }
        match self {
            Numbers::U8(v) => of(v),
            Numbers::I8(v) => of(v),
            Numbers::F32(v) => of(v),
        }
    }

    fn lines_still(&self, width: usize) -> bool {
        fn of<T: PartialEq>(v: &[T], width: usize) -> bool {
            let mut lines = v.chunks_exact(width);
            lines.clone().all(|line| line == &v[..width])
                || lines.all(|line| line.iter().all(|x| *x == line[0]))
        }
        match self {
            Numbers::U8(v) => of(v, width),
            Numbers::I8(v) => of(v, width),
            Numbers::F32(v) => of(v, width),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{Part, Store};

    fn mel(items: Vec<u8>, rows: &[Option<u32>]) -> Array {
        let part = Part {
            store: Store::U8(items),
            decode: Decode::Same {
                scale: 2.5,
                offset: -78.75,
            },
            shape: vec![2, 3],
        };
        Array::from_part("logmel", part, rows.to_vec())
    }

    #[test]
    fn a_spectrogram_has_one_fingerprint_at_any_position_and_in_any_view() {
        let many = mel((0..18).collect(), &[Some(2), None, Some(0), Some(1)]);
        let alone = mel((6..12).collect(), &[Some(0)]);
        assert_eq!(many.fingerprint(3).unwrap(), alone.fingerprint(0).unwrap());
        assert_eq!(many.fingerprint(1).unwrap(), None);
        assert_ne!(many.fingerprint(0).unwrap(), many.fingerprint(2).unwrap());
        let fewer = many.with_frames(2).unwrap().with_bands(&[0.5]).unwrap();
        assert_eq!(fewer.fingerprint(3).unwrap(), alone.fingerprint(0).unwrap());
        let chosen = many.select([Some(3), Some(0)].into_iter());
        assert_eq!(
            chosen.fingerprint(0).unwrap(),
            alone.fingerprint(0).unwrap()
        );
        // Other numbers in dB are another recording.
        let mut louder = alone.clone();
        louder.views[0].part = std::sync::Arc::new(Part {
            store: Store::U8((6..12).collect()),
            decode: Decode::Same {
                scale: 3.0,
                offset: -78.75,
            },
            shape: vec![2, 3],
        });
        assert_ne!(
            louder.fingerprint(0).unwrap(),
            alone.fingerprint(0).unwrap()
        );
    }

    #[test]
    fn constant_arrays_have_no_fingerprint() {
        assert_eq!(mel(vec![4; 6], &[Some(0)]).fingerprint(0).unwrap(), None);
        assert_eq!(
            mel(vec![1, 2, 3, 1, 2, 3], &[Some(0)])
                .fingerprint(0)
                .unwrap(),
            None
        );
        assert_eq!(
            mel(vec![1, 1, 1, 2, 2, 2], &[Some(0)])
                .fingerprint(0)
                .unwrap(),
            None
        );
        let values = Array::from_windows("values", &[2], &[1], vec![0.0; 2]).unwrap();
        assert!(
            values.fingerprint(0).unwrap().is_some(),
            "zeros of a table are a row"
        );
    }

    #[test]
    fn the_order_of_a_tables_columns_does_not_matter() {
        let table = |names: [&str; 2], values: [f32; 2]| {
            let mut array = Array::from_windows("values", &[2], &[1], values.to_vec()).unwrap();
            array.columns = names.map(String::from).to_vec();
            array.fingerprint(0).unwrap().unwrap()
        };
        let one = table(["tempo", "energy"], [120.0, 0.5]);
        assert_eq!(one, table(["energy", "tempo"], [0.5, 120.0]));
        assert_ne!(one, table(["tempo", "energy"], [0.5, 120.0]));
    }
}
