//! Arrays of features: one block of numbers per row, kept as compactly as they came.

use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::error::DataError;

/// How stored numbers become decibels, coefficients or values: `value = stored · scale + offset`.
#[derive(Clone, Debug)]
pub(crate) enum Decode {
    /// One pair for everything.
    Same { scale: f32, offset: f32 },
    /// One pair per item (a clip's own dynamic range).
    PerItem(Vec<(f32, f32)>),
    /// One pair per position on the last axis (a coefficient's own range).
    PerColumn(Vec<(f32, f32)>),
}

/// Stored numbers.
#[derive(Clone, Debug)]
pub(crate) enum Store {
    U8(Vec<u8>),
    I8(Vec<i8>),
    F32(Vec<f32>),
}

/// One archive's block of items of equal shape.
#[derive(Debug)]
pub(crate) struct Part {
    pub(crate) store: Store,
    pub(crate) decode: Decode,
    /// Shape of one stored item.
    pub(crate) shape: Vec<usize>,
}

/// A part, and which of its columns and rows are looked at.
#[derive(Clone, Debug)]
struct View {
    part: Arc<Part>,
    /// Stored column of each column seen, where not all are.
    columns: Option<Arc<[u32]>>,
    /// Position between two stored rows (lower one, weight of the upper one) of each row seen, where rows are mapped.
    bands: Option<Arc<[(u32, f32)]>>,
}

/// Where the windows of a row lie.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Place {
    view: u32,
    first: u32,
    windows: u32,
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
    /// Names of the columns, where a table gave them; else empty.
    pub columns: Vec<String>,
    views: Vec<View>,
    index: Vec<Option<Place>>,
}

impl Array {
    /// Makes an array of one part; `index[row]` is the item of each row, if it has one.
    pub(crate) fn from_part(name: &str, part: Part, index: Vec<Option<u32>>) -> Array {
        Array {
            name: name.into(),
            shape: part.shape.clone(),
            columns: Vec::new(),
            views: vec![View {
                part: Arc::new(part),
                columns: None,
                bands: None,
            }],
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
    /// If `data` does not hold exactly the numbers that `windows` and `shape` ask for.
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
        let part = Part {
            store: Store::F32(data),
            decode: Decode::Same {
                scale: 1.0,
                offset: 0.0,
            },
            shape: shape.to_vec(),
        };
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
        let view = View {
            part: Arc::new(part),
            columns: None,
            bands: None,
        };
        Ok(Array {
            name: name.into(),
            shape: shape.to_vec(),
            columns: Vec::new(),
            views: vec![view],
            index,
        })
    }

    /// Makes an array of rows that each hold their own windows; `shape` is that of every window.
    pub(crate) fn from_rows(name: &str, shape: &[usize], rows: Vec<Vec<Vec<f32>>>) -> Array {
        let mut views = Vec::new();
        let mut index = Vec::with_capacity(rows.len());
        for windows in rows {
            if windows.is_empty() {
                index.push(None);
                continue;
            }
            index.push(Some(Place {
                view: views.len() as u32,
                first: 0,
                windows: windows.len() as u32,
            }));
            // One window is moved, not copied: most clips have one.
            let data = match <[Vec<f32>; 1]>::try_from(windows) {
                Ok([only]) => only,
                Err(several) => several.concat(),
            };
            let part = Part {
                store: Store::F32(data),
                decode: Decode::Same {
                    scale: 1.0,
                    offset: 0.0,
                },
                shape: shape.to_vec(),
            };
            views.push(View {
                part: Arc::new(part),
                columns: None,
                bands: None,
            });
        }
        Array {
            name: name.into(),
            shape: shape.to_vec(),
            columns: Vec::new(),
            views,
            index,
        }
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
    /// a row without data gives zeros.
    ///
    /// # Panics
    /// If `out` is not [`row_len`](Array::row_len) long.
    pub fn read(&self, row: usize, out: &mut [f32]) {
        self.read_window(row, self.windows(row) / 2, out);
    }

    /// Decodes one window of a row into `out`; a window that does not exist gives zeros.
    ///
    /// # Panics
    /// If `out` is not [`row_len`](Array::row_len) long.
    pub fn read_window(&self, row: usize, window: usize, out: &mut [f32]) {
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
            _ => out.fill(0.0),
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

    /// The same `[bands, frames]` array heard with fewer frames: column `j` is the stored column
    /// `floor((j + 0.5) · stored / frames)`, the rule by which a listening plan picks frames.
    ///
    /// # Errors
    /// If the array is not two-dimensional or has fewer frames than asked for.
    pub fn with_frames(&self, frames: usize) -> Result<Array, DataError> {
        let &[bands, stored] = self.shape.as_slice() else {
            return Err(self.not_an_image());
        };
        if frames == 0 || frames > stored {
            return Err(DataError::Mismatch {
                array: self.name.clone(),
                expected: format!("1 to {stored} frames"),
                found: frames.to_string(),
            });
        }
        let picked: Vec<u32> = (0..frames)
            .map(|j| ((2 * j + 1) * stored / (2 * frames)) as u32)
            .collect();
        let mut array = self.clone();
        array.shape = vec![bands, frames];
        for view in &mut array.views {
            let columns = match &view.columns {
                Some(old) => picked.iter().map(|&j| old[j as usize]).collect(),
                None => picked.iter().copied().collect(),
            };
            view.columns = Some(columns);
        }
        Ok(array)
    }

    /// The same `[bands, frames]` array on another set of bands: band `b` lies at `positions[b]` between the stored bands
    /// (2.25 is a quarter of the way from band 2 to band 3) and is interpolated linearly in dB.
    ///
    /// # Errors
    /// If the array is not two-dimensional, was mapped before, or a position lies outside its bands.
    pub fn with_bands(&self, positions: &[f32]) -> Result<Array, DataError> {
        let &[bands, frames] = self.shape.as_slice() else {
            return Err(self.not_an_image());
        };
        let highest = bands.saturating_sub(1) as f32;
        if let Some(p) = positions.iter().find(|p| !(0.0..=highest).contains(*p)) {
            return Err(DataError::Mismatch {
                array: self.name.clone(),
                expected: format!("band positions within 0 and {highest}"),
                found: p.to_string(),
            });
        }
        if self.views.iter().any(|v| v.bands.is_some()) {
            return Err(DataError::Mismatch {
                array: self.name.clone(),
                expected: "the bands as stored".into(),
                found: "bands mapped before".into(),
            });
        }
        let mapped: Arc<[(u32, f32)]> = positions
            .iter()
            .map(|&p| {
                let lower = (p.floor() as u32).min(bands.saturating_sub(2) as u32);
                (lower, p - lower as f32)
            })
            .collect();
        let mut array = self.clone();
        array.shape = vec![positions.len(), frames];
        for view in &mut array.views {
            view.bands = Some(mapped.clone());
        }
        Ok(array)
    }

    fn not_an_image(&self) -> DataError {
        DataError::Mismatch {
            array: self.name.clone(),
            expected: "rows of bands and frames".into(),
            found: format!("the shape {:?}", self.shape),
        }
    }

    /// Feeds name, shape and the content of every row into a digest.
    pub(crate) fn digest(&self, hash: &mut Sha256) {
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
                view.part.digest_item(item as usize, hash);
            }
        }
        for view in &self.views {
            if let Decode::Same { scale, offset } = view.part.decode {
                hash.update(scale.to_le_bytes());
                hash.update(offset.to_le_bytes());
            }
        }
    }

    /// A 64-bit hash of a row's stored content: rows with equal content have equal hashes.
    pub(crate) fn row_hash(&self, row: usize) -> Option<u64> {
        use std::hash::Hasher;
        let p = self.index.get(row).copied().flatten()?;
        let part = &self.views[p.view as usize].part;
        let size: usize = part.shape.iter().product();
        let mut hash = std::hash::DefaultHasher::new();
        let range = p.first as usize * size..(p.first + p.windows) as usize * size;
        match &part.store {
            Store::U8(v) => hash.write(&v[range]),
            Store::I8(v) => v[range].iter().for_each(|&x| hash.write_i8(x)),
            Store::F32(v) => v[range].iter().for_each(|x| hash.write_u32(x.to_bits())),
        }
        Some(hash.finish())
    }

    /// Whether all numbers of a row are equal (digital silence, for a log-mel).
    pub(crate) fn is_constant(&self, row: usize) -> bool {
        let Some(p) = self.index.get(row).copied().flatten() else {
            return false;
        };
        let part = &self.views[p.view as usize].part;
        let size: usize = part.shape.iter().product();
        let range = p.first as usize * size..(p.first + p.windows) as usize * size;
        match &part.store {
            Store::U8(v) => v[range.clone()].iter().all(|&x| x == v[range.start]),
            Store::I8(v) => v[range.clone()].iter().all(|&x| x == v[range.start]),
            Store::F32(v) => v[range.clone()].iter().all(|&x| x == v[range.start]),
        }
    }
}

impl View {
    fn read(&self, item: usize, out: &mut [f32]) {
        if self.columns.is_none() && self.bands.is_none() {
            let size = out.len();
            return self.part.decode_run(item, item * size, out);
        }
        let stored = &self.part.shape;
        let (bands, frames) = (stored[0], stored[1]);
        let start = item * bands * frames;
        let width = self.columns.as_ref().map_or(frames, |c| c.len());
        let mut whole = vec![0.0; frames];
        let mut band = |b: usize, row: &mut [f32]| {
            self.part.decode_run(item, start + b * frames, &mut whole);
            match &self.columns {
                Some(columns) => row
                    .iter_mut()
                    .zip(columns.iter())
                    .for_each(|(o, &c)| *o = whole[c as usize]),
                None => row.copy_from_slice(&whole),
            }
        };
        match &self.bands {
            None => out
                .chunks_exact_mut(width)
                .enumerate()
                .for_each(|(b, row)| band(b, row)),
            Some(mapped) => {
                let (mut lower, mut upper) = (vec![0.0; width], vec![0.0; width]);
                for (row, &(b, weight)) in out.chunks_exact_mut(width).zip(mapped.iter()) {
                    band(b as usize, &mut lower);
                    band((b as usize + 1).min(bands - 1), &mut upper);
                    for ((o, l), u) in row.iter_mut().zip(&lower).zip(&upper) {
                        *o = l + weight * (u - l);
                    }
                }
            }
        }
    }
}

impl Part {
    /// Decodes `out.len()` numbers from position `start`, which lies at the start of a run of the last axis.
    fn decode_run(&self, item: usize, start: usize, out: &mut [f32]) {
        let range = start..start + out.len();
        match (&self.store, &self.decode) {
            (Store::U8(v), Decode::PerColumn(c)) => per_column(&v[range], c, out, f32::from),
            (Store::I8(v), Decode::PerColumn(c)) => per_column(&v[range], c, out, f32::from),
            (Store::F32(v), Decode::PerColumn(c)) => per_column(&v[range], c, out, |x| x),
            (store, decode) => {
                let (scale, offset) = match decode {
                    Decode::Same { scale, offset } => (*scale, *offset),
                    Decode::PerItem(pairs) => pairs[item],
                    Decode::PerColumn(_) => (1.0, 0.0),
                };
                match store {
                    Store::U8(v) => affine(&v[range], scale, offset, out, f32::from),
                    Store::I8(v) => affine(&v[range], scale, offset, out, f32::from),
                    Store::F32(v) if scale == 1.0 && offset == 0.0 => {
                        out.copy_from_slice(&v[range])
                    }
                    Store::F32(v) => affine(&v[range], scale, offset, out, |x| x),
                }
            }
        }
    }

    fn digest_item(&self, item: usize, hash: &mut Sha256) {
        let size: usize = self.shape.iter().product();
        let range = item * size..(item + 1) * size;
        match &self.store {
            Store::U8(v) => hash.update(&v[range]),
            Store::I8(v) => hash.update(v[range].iter().map(|&x| x as u8).collect::<Vec<u8>>()),
            Store::F32(v) => hash.update(
                v[range]
                    .iter()
                    .flat_map(|x| x.to_le_bytes())
                    .collect::<Vec<u8>>(),
            ),
        }
        match &self.decode {
            Decode::PerItem(pairs) => {
                hash.update(pairs[item].0.to_le_bytes());
                hash.update(pairs[item].1.to_le_bytes());
            }
            Decode::PerColumn(pairs) if item == 0 => pairs.iter().for_each(|(scale, offset)| {
                hash.update(scale.to_le_bytes());
                hash.update(offset.to_le_bytes());
            }),
            _ => {}
        }
    }
}

fn affine<T: Copy>(
    stored: &[T],
    scale: f32,
    offset: f32,
    out: &mut [f32],
    float: impl Fn(T) -> f32,
) {
    for (o, &v) in out.iter_mut().zip(stored) {
        *o = float(v) * scale + offset;
    }
}

fn per_column<T: Copy>(
    stored: &[T],
    pairs: &[(f32, f32)],
    out: &mut [f32],
    float: impl Fn(T) -> f32,
) {
    for (row, values) in out.chunks_mut(pairs.len()).zip(stored.chunks(pairs.len())) {
        for ((o, &v), &(scale, offset)) in row.iter_mut().zip(values).zip(pairs) {
            *o = float(v) * scale + offset;
        }
    }
}
