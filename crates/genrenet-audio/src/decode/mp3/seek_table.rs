//! Known positions of frames in the file, for seeking: a bounded number, however long the file is.

/// Most entries; when there are more, every second one is dropped.
const MOST: usize = 4096;

/// Frame numbers and where they start, at even distances.
#[derive(Debug)]
pub(super) struct SeekTable {
    /// Frames from one entry to the next.
    stride: u64,
    /// `places[i]`: byte at which frame `i * stride` starts.
    places: Vec<u64>,
}

impl SeekTable {
    pub(super) fn new() -> Self {
        Self {
            stride: 32,
            places: Vec::new(),
        }
    }

    /// Frame number `frame` starts at byte `at`. Kept if it is the next entry.
    #[inline]
    pub(super) fn passed(&mut self, frame: u64, at: u64) {
        if frame == self.places.len() as u64 * self.stride {
            self.places.push(at);
            if self.places.len() > MOST {
                let mut index = 0;
                self.places.retain(|_| {
                    index += 1;
                    index % 2 == 1
                });
                self.stride *= 2;
            }
        }
    }

    /// The last entry at or before `frame`, or `back` entries earlier if there are so many: its frame and byte.
    pub(super) fn before(&self, frame: u64, back: u64) -> Option<(u64, u64)> {
        let last = (self.places.len() as u64).checked_sub(1)?;
        let index = (frame / self.stride).min(last).saturating_sub(back);
        Some((index * self.stride, self.places[index as usize]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stays_small_and_right() {
        let mut seek_table = SeekTable::new();
        for frame in 0..1_000_000u64 {
            seek_table.passed(frame, frame * 417 + 10);
        }
        assert!(seek_table.places.len() <= MOST + 1);
        for frame in [0, 1, 31, 32, 5_000, 999_999] {
            let (found, at) = seek_table.before(frame, 0).unwrap();
            assert!(
                found <= frame && frame - found < seek_table.stride,
                "{frame}: {found}"
            );
            assert_eq!(at, found * 417 + 10);
        }
        assert_eq!(seek_table.before(40, 7), Some((0, 10)));
    }
}
