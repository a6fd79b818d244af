//! Residues: what is left of a spectrum once its envelope is taken out (Vorbis I specification, section 8).

use super::bits::{Bits, CutOff};
use super::codebook::Codebook;
use super::codebook::book;
use super::fault::{Fault, fault};

/// Books that one class may have, one for each pass.
const PASSES: usize = 8;

/// The parameters of a residue, from the setup header.
#[derive(Debug)]
pub(super) struct Residue {
    /// 0: vectors are spread over a partition; 1: they follow each other; 2: as 1, all channels interleaved.
    kind: u8,
    begin: usize,
    end: usize,
    partition: usize,
    /// Book of the class words.
    words: u8,
    /// For each class: its book in each pass.
    classes: Vec<[Option<u8>; PASSES]>,
    /// Passes in which any class has a book.
    passes: usize,
}

/// Buffers for one residue.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    /// Class of each partition of each vector.
    classes: Vec<u8>,
}

impl Residue {
    pub(super) fn parse(bits: &mut Bits<'_>, books: &[Codebook]) -> Result<Self, Fault> {
        let kind = bits.take(16)?;
        if kind > 2 {
            return fault(format!("residue type {kind}, expected 0 to 2"));
        }
        let (begin, end) = (bits.take(24)? as usize, bits.take(24)? as usize);
        let partition = bits.take(24)? as usize + 1;
        let count = bits.take(6)? as usize + 1;
        let words = book(bits, books, false)?;
        let cascades = (0..count)
            .map(|_| {
                let low = bits.take(3)?;
                let high = if bits.flag()? { bits.take(5)? } else { 0 };
                Ok(high << 3 | low)
            })
            .collect::<Result<Vec<u32>, CutOff>>()?;
        let mut classes = Vec::with_capacity(count);
        for cascade in cascades {
            let mut class = [None; PASSES];
            for (pass, chosen) in class.iter_mut().enumerate() {
                if cascade >> pass & 1 == 1 {
                    *chosen = Some(book(bits, books, true)?);
                }
            }
            classes.push(class);
        }
        // A class word holds one class for each dimension of its book.
        let words_book = &books[usize::from(words)];
        let possible = u32::try_from(words_book.dimensions)
            .ok()
            .and_then(|dimensions| count.checked_pow(dimensions));
        if words_book.dimensions == 0 || possible.is_none_or(|n| n > words_book.entries) {
            return fault(format!(
                "class words of {} classes from a codebook of {} entries",
                words_book.dimensions, words_book.entries
            ));
        }
        let passes = (0..PASSES)
            .rev()
            .find(|&pass| classes.iter().any(|class| class[pass].is_some()))
            .map_or(0, |last| last + 1);
        Ok(Self {
            kind: kind as u8,
            begin,
            end,
            partition,
            words,
            classes,
            passes,
        })
    }

    /// Whether the channels are interleaved into one vector.
    pub(super) fn interleaves(&self) -> bool {
        self.kind == 2
    }

    /// Adds what a packet holds for `chosen` vectors of `size` values, of which vector i begins at i · `size` in `data`.
    /// Returns the position in all vectors after which nothing was added. The end of the packet is no error: what was read counts.
    pub(super) fn decode(
        &self,
        bits: &mut Bits<'_>,
        books: &[Codebook],
        chosen: &[usize],
        size: usize,
        data: &mut [f32],
        scratch: &mut Scratch,
    ) -> usize {
        let end = self.end.min(size);
        let count = end.saturating_sub(self.begin) / self.partition;
        scratch.classes.clear();
        scratch.classes.resize(count * chosen.len(), 0);
        let mut top = 0;
        let mut job = Job {
            residue: self,
            books,
            count,
            classes: &mut scratch.classes,
            top: &mut top,
        };
        // A packet that ends early is allowed: encoders cut packets to hold a bit rate.
        let _: Result<(), CutOff> = job.run(bits, chosen, size, data);
        top
    }
}

/// One residue of one packet.
struct Job<'a> {
    residue: &'a Residue,
    books: &'a [Codebook],
    /// Partitions of a vector.
    count: usize,
    classes: &'a mut [u8],
    top: &'a mut usize,
}

impl Job<'_> {
    fn run(
        &mut self,
        bits: &mut Bits<'_>,
        chosen: &[usize],
        size: usize,
        data: &mut [f32],
    ) -> Result<(), CutOff> {
        let residue = self.residue;
        let words = &self.books[usize::from(residue.words)];
        for pass in 0..residue.passes {
            let mut first = 0;
            while first < self.count {
                let last = (first + words.dimensions).min(self.count);
                if pass == 0 {
                    for vector in 0..chosen.len() {
                        let word = words.code.decode(bits)?;
                        self.split(word, words.dimensions, vector * self.count, first)?;
                    }
                }
                for partition in first..last {
                    let place = residue.begin + partition * residue.partition;
                    for (vector, &at) in chosen.iter().enumerate() {
                        let class = self.classes[vector * self.count + partition];
                        let Some(book) = residue.classes[usize::from(class)][pass] else {
                            continue;
                        };
                        *self.top = (*self.top).max(place + residue.partition);
                        let start = at * size + place;
                        let values = &mut data[start..start + residue.partition];
                        let book = &self.books[usize::from(book)];
                        if residue.kind == 0 {
                            spread(book, bits, values)?;
                        } else {
                            follow(book, bits, values)?;
                        }
                    }
                }
                first = last;
            }
        }
        Ok(())
    }

    /// Splits a class word into the classes of partitions `first` and following: digits, the highest first.
    fn split(
        &mut self,
        word: u32,
        dimensions: usize,
        start: usize,
        first: usize,
    ) -> Result<(), CutOff> {
        let base = self.residue.classes.len() as u32;
        // With one class only, all are class 0, as they were from the start.
        let digits = if base == 1 { 0 } else { dimensions };
        let mut rest = word;
        for partition in (first..first + digits).rev() {
            // The last word may hold more classes than there are partitions.
            if partition < self.count {
                self.classes[start + partition] = (rest % base) as u8;
            }
            rest /= base;
        }
        // A word beyond all combinations ends the packet, as in the reference decoder.
        if rest == 0 { Ok(()) } else { Err(CutOff) }
    }
}

/// Residue 0: value i of the vectors goes to the i-th part of the partition.
#[inline(never)]
fn spread(book: &Codebook, bits: &mut Bits<'_>, values: &mut [f32]) -> Result<(), CutOff> {
    let step = values.len() / book.dimensions;
    // All vectors are there, or none counts.
    let mut ahead = *bits;
    for _ in 0..step {
        book.code
            .decode(&mut ahead)
            .inspect_err(|_| *bits = ahead)?;
    }
    for place in 0..step {
        let vector = book.vector(bits)?;
        for (value, &v) in values[place..].iter_mut().step_by(step).zip(vector) {
            *value += v;
        }
    }
    Ok(())
}

/// Residues 1 and 2: one vector behind the other.
#[inline(never)]
fn follow(book: &Codebook, bits: &mut Bits<'_>, values: &mut [f32]) -> Result<(), CutOff> {
    // A copy, so that it stays in registers.
    let mut reader = *bits;
    let done = match book.dimensions {
        1 => vectors::<1>(book, &mut reader, values),
        2 => vectors::<2>(book, &mut reader, values),
        4 => vectors::<4>(book, &mut reader, values),
        8 => vectors::<8>(book, &mut reader, values),
        n => values.chunks_mut(n).try_for_each(|values| {
            let vector = book.vector(&mut reader)?;
            add(values, vector);
            Ok(())
        }),
    };
    *bits = reader;
    done
}

#[inline(always)]
fn vectors<const N: usize>(
    book: &Codebook,
    bits: &mut Bits<'_>,
    values: &mut [f32],
) -> Result<(), CutOff> {
    let (whole, rest) = values.as_chunks_mut::<N>();
    for values in whole {
        let vector = book.vector(bits)?;
        add(values, &vector[..N]);
    }
    if !rest.is_empty() {
        add(rest, book.vector(bits)?);
    }
    Ok(())
}

#[inline(always)]
fn add(values: &mut [f32], vector: &[f32]) {
    for (value, v) in values.iter_mut().zip(vector) {
        *value += v;
    }
}
