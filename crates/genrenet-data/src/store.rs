//! How features are stored: a block of numbers in its original element type, and how they are decoded.

use std::sync::Arc;

use sha2::{Digest, Sha256};

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

impl Part {
    /// Decodes `out.len()` numbers from position `start`, which is the start of a run of the last axis.
    pub(crate) fn decode_run(&self, item: usize, start: usize, out: &mut [f32]) {
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

    /// Feeds one item's stored numbers into a digest.
    pub(crate) fn digest_numbers(&self, item: usize, hash: &mut Sha256) {
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
    }

    /// Feeds one item's stored numbers and how they are decoded into a digest.
    pub(crate) fn digest_item(&self, item: usize, hash: &mut Sha256) {
        self.digest_numbers(item, hash);
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
    /// Decodes one item of the view.
    pub(crate) fn read(&self, item: usize, out: &mut [f32]) {
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
