//! Arrays of features: one block of numbers per row, kept in their original element type.

use sha2::{Digest, Sha256};

use crate::error::DataError;
use crate::store::{Decode, Part, Store, View};

/// The position of the windows of a row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Place {
    pub(crate) view: u32,
    pub(crate) first: u32,
    pub(crate) windows: u32,
}

/// Features of all rows of a data set under one name, decoded to `f32` when read.
///
/// Storage is shared between copies, selections and joins of data sets: cloning costs only the list of places.
#[derive(Clone, Debug)]
pub struct Array {
    /// Name: `logmel`, `mfcc`, `mfcc_stats`, `vggish`, `values`, `stats`, or an archive's own.
    pub name: String,
    /// Shape of one row: `[bands, frames]` in dB for `logmel`, `[frames, coefficients]` for `mfcc`, `[n]` for vectors.
    pub shape: Vec<usize>,
    /// Names of the columns, where a table names them; else empty.
    pub columns: Vec<String>,
    /// Of a stored log-mel: where its topmost band ends, in Hz, if that is known.
    pub highest_hz: Option<f32>,
    pub(crate) views: Vec<View>,
    pub(crate) index: Vec<Option<Place>>,
}

impl Array {
    /// Makes an array of one part; `index[row]` is the item of each row, if it has one.
    pub(crate) fn from_part(name: &str, part: Part, index: Vec<Option<u32>>) -> Array {
        Array {
            name: name.into(),
            shape: part.shape.clone(),
            columns: Vec::new(),
            highest_hz: None,
            views: vec![View::whole(part)],
            index: index
                .into_iter()
                .map(|i| {
                    i.map(|first| Place {
                        view: 0,
                        first,
                        windows: 1,
                    })
                })
                .collect(),
        }
    }

    /// Makes an array of plain numbers, one or more windows per row: `windows[row]` windows of `shape` follow each other in
    /// `data`; 0 means that the row lacks the array.
    ///
    /// # Errors
    /// If `data` does not hold exactly the numbers that `windows` and `shape` need.
    pub fn from_windows(
        name: &str,
        shape: &[usize],
        windows: &[u32],
        data: Vec<f32>,
    ) -> Result<Array, DataError> {
        let size: usize = shape.iter().product();
        let total: usize = windows.iter().map(|&w| w as usize).sum();
        if size.checked_mul(total) != Some(data.len()) {
            return Err(DataError::Mismatch {
                array: name.into(),
                expected: format!("{total} windows of {size} numbers"),
                found: format!("{} numbers", data.len()),
            });
        }
        let mut next = 0;
        let index = windows
            .iter()
            .map(|&windows| {
                let first = next;
                next += windows;
                (windows > 0).then_some(Place {
                    view: 0,
                    first,
                    windows,
                })
            })
            .collect();
        Ok(Array {
            name: name.into(),
            shape: shape.to_vec(),
            columns: Vec::new(),
            highest_hz: None,
            views: vec![View::whole(Part::plain(Store::F32(data), shape))],
            index,
        })
    }

    /// Numbers in one window of one row.
    pub fn row_len(&self) -> usize {
        self.shape.iter().product()
    }

    /// Number of rows, those without data included.
    pub fn rows(&self) -> usize {
        self.index.len()
    }

    /// Whether the row has this array.
    pub fn has(&self, row: usize) -> bool {
        self.index.get(row).is_some_and(Option::is_some)
    }

    /// Number of windows that a row has (0 where it lacks the array); one, except for computed features of long songs.
    pub fn windows(&self, row: usize) -> usize {
        self.index
            .get(row)
            .copied()
            .flatten()
            .map_or(0, |p| p.windows as usize)
    }

    /// Decodes a row (its middle window, where it has several) into `out`, row-major, [`row_len`](Array::row_len) numbers;
    /// a row without data is read as zeros.
    ///
    /// # Errors
    /// As [`read_window`](Array::read_window).
    ///
    /// # Panics
    /// If `out` is not [`row_len`](Array::row_len) long.
    pub fn read(&self, row: usize, out: &mut [f32]) -> Result<(), DataError> {
        self.read_window(row, self.windows(row) / 2, out)
    }

    /// Decodes one window of a row into `out`; a window that does not exist is read as zeros.
    ///
    /// # Errors
    /// [`DataError::CacheChanged`] where the row is in the feature cache and its entry disappeared.
    ///
    /// # Panics
    /// If `out` is not [`row_len`](Array::row_len) long.
    pub fn read_window(&self, row: usize, window: usize, out: &mut [f32]) -> Result<(), DataError> {
        assert_eq!(
            out.len(),
            self.row_len(),
            "array `{}`: length of the output",
            self.name
        );
        match self.index.get(row).copied().flatten() {
            Some(p) if window < p.windows as usize => {
                self.views[p.view as usize].read(p.first as usize + window, out)
            }
            _ => {
                out.fill(0.0);
                Ok(())
            }
        }
    }

    /// The same array for other rows: row `i` of the result is row `rows[i]` of this one.
    pub(crate) fn select(&self, rows: impl Iterator<Item = Option<usize>>) -> Array {
        Array {
            index: rows.map(|r| r.and_then(|r| self.index[r])).collect(),
            ..self.clone()
        }
    }

    /// Appends the rows of an array of the same shape.
    pub(crate) fn append(&mut self, other: &Array) -> Result<(), DataError> {
        if self.shape != other.shape {
            return Err(DataError::Mismatch {
                array: self.name.clone(),
                expected: format!("rows of the shape {:?}", self.shape),
                found: format!("{:?}", other.shape),
            });
        }
        let base = self.views.len() as u32;
        self.views.extend(other.views.iter().cloned());
        self.index.extend(other.index.iter().map(|p| {
            p.map(|p| Place {
                view: p.view + base,
                ..p
            })
        }));
        Ok(())
    }

    /// Appends rows that lack this array.
    pub(crate) fn append_missing(&mut self, rows: usize) {
        self.index.extend(std::iter::repeat_n(None, rows));
    }

    /// Feeds name, shape and the content of every row into a digest; wherever the numbers are, it is the same.
    pub(crate) fn digest(&self, hash: &mut Sha256) -> Result<(), DataError> {
        hash.update(self.name.as_bytes());
        hash.update(format!("{:?}", self.shape).as_bytes());
        for place in &self.index {
            let Some(p) = place else {
                hash.update([0]);
                continue;
            };
            hash.update([1]);
            let view = &self.views[p.view as usize];
            for item in p.first..p.first + p.windows {
                view.part.digest_item(item as usize, hash)?;
            }
        }
        for view in &self.views {
            if let Decode::Same { scale, offset } = view.part.decode {
                for _ in 0..view.part.songs() {
                    hash.update(scale.to_le_bytes());
                    hash.update(offset.to_le_bytes());
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two items of 3 bands and 4 frames, stored values 0..24, the second with twice the range.
    fn array() -> Array {
        let part = Part {
            store: Store::U8((0..24).collect()),
            decode: Decode::PerItem(vec![(1.0, 0.0), (2.0, 100.0)]),
            shape: vec![3, 4],
        };
        Array::from_part("logmel", part, vec![Some(1), None, Some(0)])
    }

    fn read(array: &Array, row: usize) -> Vec<f32> {
        let mut out = vec![f32::NAN; array.row_len()];
        array.read(row, &mut out).unwrap();
        out
    }

    #[test]
    fn rows_are_decoded_by_their_own_range() {
        let a = array();
        assert_eq!(read(&a, 2), (0..12).map(|v| v as f32).collect::<Vec<_>>());
        assert_eq!(
            read(&a, 0),
            (12..24).map(|v| 100.0 + 2.0 * v as f32).collect::<Vec<_>>()
        );
        assert_eq!(
            (a.has(0), a.has(1), a.has(9), a.windows(1)),
            (true, false, false, 0)
        );
        assert_eq!(read(&a, 1), [0.0; 12]);
        let columns = Part {
            store: Store::I8(vec![-1, 2, 3, -4]),
            decode: Decode::PerColumn(vec![(10.0, 0.5), (1.0, 0.0)]),
            shape: vec![2, 2],
        };
        assert_eq!(
            read(&Array::from_part("mfcc", columns, vec![Some(0)]), 0),
            [-9.5, 2.0, 30.5, -4.0]
        );
    }

    #[test]
    fn fewer_frames_and_other_bands() {
        let a = array();
        let two = a.with_frames(2).unwrap();
        // Columns floor((j + 0.5) · 4 / 2) = 1 and 3.
        assert_eq!(read(&two, 2), [1.0, 3.0, 5.0, 7.0, 9.0, 11.0]);
        let between = two.with_bands(&[0.0, 0.25, 2.0]).unwrap();
        assert_eq!(read(&between, 2), [1.0, 3.0, 2.0, 4.0, 9.0, 11.0]);
        assert_eq!(
            read(&a.with_bands(&[1.5]).unwrap(), 2),
            [6.0, 7.0, 8.0, 9.0]
        );
        assert_eq!(read(&between.with_frames(1).unwrap(), 2), [3.0, 4.0, 11.0]);
        let mut both = a.with_frames(2).unwrap();
        both.append(&two).unwrap();
        assert_eq!((both.rows(), read(&both, 5)), (6, read(&two, 2)));
        for fault in [
            a.with_frames(5),
            a.with_frames(0),
            a.with_bands(&[2.5]),
            between.with_bands(&[0.0]),
        ] {
            assert!(fault.is_err());
        }
        assert!(both.append(&a).is_err());
    }

    #[test]
    fn several_windows() {
        let a =
            Array::from_windows("x", &[2], &[3, 0, 1], (0..8).map(|v| v as f32).collect()).unwrap();
        assert_eq!((read(&a, 0), read(&a, 2)), (vec![2.0, 3.0], vec![6.0, 7.0]));
        let mut out = [0.0; 2];
        a.read_window(0, 2, &mut out).unwrap();
        assert_eq!(out, [4.0, 5.0]);
        a.read_window(0, 3, &mut out).unwrap();
        assert_eq!(out, [0.0; 2]);
        assert!(Array::from_windows("x", &[2], &[1], vec![0.0; 3]).is_err());
    }
}
