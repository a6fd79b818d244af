//! Mel decibels of many frames, gathered band by band.

use crate::matrix::Matrix;

/// Frames that are gathered before they are written: a cache line of every band.
const GATHERED: usize = 16;

/// A matrix `[bands, frames]` that grows by whole frames.
///
/// Frames come as columns, but the result has bands as rows. Each row is kept at a distance that leaves room for more
/// frames; sixteen columns at a time are turned into rows while they are still in the first cache.
#[derive(Debug, Clone)]
pub(crate) struct Growing {
    bands: usize,
    /// Frames that are written into `data`.
    frames: usize,
    /// Distance of two rows in `data`: how many frames there is room for.
    room: usize,
    data: Vec<f32>,
    /// Frames still to be written, one after the other.
    gathered: Vec<f32>,
}

impl Growing {
    /// An empty one of `bands` bands with room for `frames` frames.
    pub(crate) fn new(bands: usize, frames: usize) -> Self {
        Self {
            bands,
            frames: 0,
            room: frames,
            data: vec![0.0; bands * frames],
            gathered: Vec::with_capacity(bands * GATHERED),
        }
    }

    /// Adds one frame, whose bands are written by `fill`.
    pub(crate) fn push(&mut self, fill: impl FnOnce(&mut [f32])) {
        let at = self.gathered.len();
        self.gathered.resize(at + self.bands, 0.0);
        fill(&mut self.gathered[at..]);
        if self.gathered.len() >= self.bands * GATHERED {
            self.write();
        }
    }

    /// All frames as a matrix.
    pub(crate) fn finish(mut self) -> Matrix {
        self.write();
        if self.frames < self.room {
            for band in 1..self.bands {
                let row = band * self.room..band * self.room + self.frames;
                self.data.copy_within(row, band * self.frames);
            }
        }
        self.data.truncate(self.bands * self.frames);
        Matrix {
            rows: self.bands,
            cols: self.frames,
            data: self.data,
        }
    }

    fn write(&mut self) {
        let new = self.gathered.len() / self.bands.max(1);
        if self.frames + new > self.room {
            self.make_room(self.frames + new);
        }
        for band in 0..self.bands {
            let at = band * self.room + self.frames;
            let row = &mut self.data[at..at + new];
            if let Ok(row) = <&mut [f32; GATHERED]>::try_from(&mut *row) {
                *row = std::array::from_fn(|frame| self.gathered[frame * self.bands + band]);
            } else {
                for (frame, value) in row.iter_mut().enumerate() {
                    *value = self.gathered[frame * self.bands + band];
                }
            }
        }
        self.frames += new;
        self.gathered.clear();
    }

    /// Moves the rows apart so that there is room for at least `frames` frames, and for half as many again as there are.
    fn make_room(&mut self, frames: usize) {
        let room = frames.max(self.room + self.room / 2).max(4 * GATHERED);
        self.data.resize(self.bands * room, 0.0);
        for band in (1..self.bands).rev() {
            let row = band * self.room..band * self.room + self.frames;
            self.data.copy_within(row, band * room);
        }
        self.room = room;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn frames_become_columns(bands in 1usize..20, frames in 0usize..300, room in 0usize..100) {
            let mut growing = Growing::new(bands, room);
            for frame in 0..frames {
                growing.push(|column| {
                    for (band, value) in column.iter_mut().enumerate() {
                        *value = (band * 1000 + frame) as f32;
                    }
                });
            }
            let matrix = growing.finish();
            prop_assert_eq!((matrix.rows, matrix.cols), (bands, frames));
            for band in 0..bands {
                for frame in 0..frames {
                    prop_assert_eq!(matrix.get(band, frame), Some((band * 1000 + frame) as f32));
                }
            }
        }
    }
}
