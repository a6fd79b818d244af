//! Known places of frames in the file, for seeking: a bounded number, however long the file is.

/// Most landmarks that are kept; when there are more, every second one is forgotten.
const MOST: usize = 4096;

/// Frame numbers and where they start, at even distances.
#[derive(Debug)]
pub(super) struct Landmarks {
    /// Frames from one landmark to the next.
    stride: u64,
    /// `places[i]`: byte at which frame `i * stride` starts.
    places: Vec<u64>,
}

impl Landmarks {
    pub(super) fn new() -> Self {
        Self {
            stride: 32,
            places: Vec::new(),
        }
    }

    /// Frame number `frame` starts at byte `at`. Kept where it is the next landmark.
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

    /// The last known landmark at or before `frame`, `back` landmarks earlier if there are so many: its frame and byte.
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
        let mut landmarks = Landmarks::new();
        for frame in 0..1_000_000u64 {
            landmarks.passed(frame, frame * 417 + 10);
        }
        assert!(landmarks.places.len() <= MOST + 1);
        for frame in [0, 1, 31, 32, 5_000, 999_999] {
            let (found, at) = landmarks.before(frame, 0).unwrap();
            assert!(
                found <= frame && frame - found < landmarks.stride,
                "{frame}: {found}"
            );
            assert_eq!(at, found * 417 + 10);
        }
        assert_eq!(landmarks.before(40, 7), Some((0, 10)));
    }
}
