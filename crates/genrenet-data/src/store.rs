//! How features are stored: a block of numbers in its original element type, and how they are decoded.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::error::DataError;
use crate::on_disk::OnDisk;

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

/// Where the stored numbers are.
#[derive(Clone, Debug)]
pub(crate) enum Store {
    U8(Vec<u8>),
    I8(Vec<i8>),
    F32(Vec<f32>),
    /// `f32` in the feature cache.
    Disk(OnDisk),
}

/// Stored numbers of consecutive items.
pub(crate) enum Numbers<'a> {
    U8(&'a [u8]),
    I8(&'a [i8]),
    F32(Cow<'a, [f32]>),
}

/// One archive's block of items of equal shape.
#[derive(Debug)]
pub(crate) struct Part {
    pub(crate) store: Store,
    pub(crate) decode: Decode,
    /// Shape of one stored item.
    pub(crate) shape: Vec<usize>,
}

impl Part {
    /// A part of `f32` numbers that are what they say.
    pub(crate) fn plain(store: Store, shape: &[usize]) -> Part {
        Part {
            store,
            decode: Decode::Same {
                scale: 1.0,
                offset: 0.0,
            },
            shape: shape.to_vec(),
        }
    }

    /// The stored numbers of items, read from the disk where they are there.
    ///
    /// # Errors
    /// An entry of the feature cache that is no longer there.
    pub(crate) fn numbers(&self, items: Range<usize>) -> Result<Numbers<'_>, DataError> {
        let size: usize = self.shape.iter().product();
        let range = items.start * size..items.end * size;
        Ok(match &self.store {
            Store::U8(v) => Numbers::U8(&v[range]),
            Store::I8(v) => Numbers::I8(&v[range]),
            Store::F32(v) => Numbers::F32(Cow::Borrowed(&v[range])),
            Store::Disk(disk) => {
                let mut numbers = Vec::with_capacity(range.len());
                for item in items {
                    disk.read(item, size, &mut numbers)?;
                }
                Numbers::F32(Cow::Owned(numbers))
            }
        })
    }

    /// Decodes `out.len()` of an item's numbers from position `start` in it, which is the start of a run of the last axis.
    fn decode_run(&self, item: usize, numbers: &Numbers<'_>, start: usize, out: &mut [f32]) {
        let range = start..start + out.len();
        match (numbers, &self.decode) {
            (Numbers::U8(v), Decode::PerColumn(c)) => per_column(&v[range], c, out, f32::from),
            (Numbers::I8(v), Decode::PerColumn(c)) => per_column(&v[range], c, out, f32::from),
            (Numbers::F32(v), Decode::PerColumn(c)) => per_column(&v[range], c, out, |x| x),
            (numbers, decode) => {
                let (scale, offset) = match decode {
                    Decode::Same { scale, offset } => (*scale, *offset),
                    Decode::PerItem(pairs) => pairs[item],
                    Decode::PerColumn(_) => (1.0, 0.0),
                };
                match numbers {
                    Numbers::U8(v) => affine(&v[range], scale, offset, out, f32::from),
                    Numbers::I8(v) => affine(&v[range], scale, offset, out, f32::from),
                    Numbers::F32(v) if scale == 1.0 && offset == 0.0 => {
                        out.copy_from_slice(&v[range])
                    }
                    Numbers::F32(v) => affine(&v[range], scale, offset, out, |x| x),
                }
            }
        }
    }

    /// Feeds one item's stored numbers into a digest.
    pub(crate) fn digest_numbers(&self, item: usize, hash: &mut Sha256) -> Result<(), DataError> {
        match self.numbers(item..item + 1)? {
            Numbers::U8(v) => hash.update(v),
            Numbers::I8(v) => hash.update(v.iter().map(|&x| x as u8).collect::<Vec<u8>>()),
            Numbers::F32(v) => {
                hash.update(v.iter().flat_map(|x| x.to_le_bytes()).collect::<Vec<u8>>())
            }
        }
        Ok(())
    }

    /// How many songs' own parts this one stands for in a digest: features on disk are one part, those in memory one for each song.
    pub(crate) fn songs(&self) -> usize {
        match &self.store {
            Store::Disk(disk) => disk.songs(),
            _ => 1,
        }
    }

    /// Feeds one item's stored numbers and how they are decoded into a digest.
    pub(crate) fn digest_item(&self, item: usize, hash: &mut Sha256) -> Result<(), DataError> {
        self.digest_numbers(item, hash)?;
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
        Ok(())
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

/// A part, with a selection of its columns and rows.
#[derive(Clone, Debug)]
pub(crate) struct View {
    pub(crate) part: Arc<Part>,
    /// Stored column of each column of the view, if not all.
    pub(crate) columns: Option<Arc<[u32]>>,
    /// Position between two stored rows (lower one, weight of the upper one) of each row of the view, where rows are mapped.
    pub(crate) bands: Option<Arc<[(u32, f32)]>>,
}

impl View {
    /// All of a part.
    pub(crate) fn whole(part: Part) -> View {
        View {
            part: Arc::new(part),
            columns: None,
            bands: None,
        }
    }

    /// Decodes one item of the view.
    ///
    /// # Errors
    /// An entry of the feature cache that is no longer there.
    pub(crate) fn read(&self, item: usize, out: &mut [f32]) -> Result<(), DataError> {
        let numbers = self.part.numbers(item..item + 1)?;
        if self.columns.is_none() && self.bands.is_none() {
            self.part.decode_run(item, &numbers, 0, out);
            return Ok(());
        }
        let stored = &self.part.shape;
        let (bands, frames) = (stored[0], stored[1]);
        let width = self.columns.as_ref().map_or(frames, |c| c.len());
        let mut whole = vec![0.0; frames];
        let mut band = |b: usize, row: &mut [f32]| {
            self.part.decode_run(item, &numbers, b * frames, &mut whole);
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
        Ok(())
    }
}
