//! Which windows of a song, and which frames of each window, are used.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::error::AudioError;

/// Which windows of a song, and which frames of each window, are used.
///
/// A song is divided into as many equal parts as whole windows fit into it, at most [`windows`](Self::windows); each window
/// lies in the middle of its part, as the clips of the Free Music Archive lie in the middle of their songs: intros and
/// endings are left out. A song that is at most a second longer than a window is one window from its
/// start. Of a window's T frames, [`frames`](Self::frames) are used, spread evenly over it; a window is
/// treated as a signal of its own, with zeros before and after it, as if it had been cut out.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Windowing {
    /// Length of a window in seconds, at least 1.
    pub seconds: f32,
    /// Frames of the log-mel that are used of each window, at least 1 (128).
    #[serde(default = "frames_of_window")]
    pub frames: usize,
    /// The most windows that are used of a song, at least 1.
    pub windows: usize,
}

fn frames_of_window() -> usize {
    128
}

impl Default for Windowing {
    /// 128 frames of each of up to 5 windows of 30 s.
    fn default() -> Self {
        Self {
            seconds: 30.0,
            frames: 128,
            windows: 5,
        }
    }
}

impl Windowing {
    /// Checks the settings.
    ///
    /// # Errors
    /// [`AudioError::Setting`] with the first key that is wrong.
    pub fn check(&self) -> Result<(), AudioError> {
        if !(1.0..=3600.0).contains(&self.seconds) {
            return Err(AudioError::setting(
                "seconds",
                self.seconds,
                "expected 1 to 3600 s",
            ));
        }
        if !(1..=1 << 20).contains(&self.frames) {
            return Err(AudioError::setting(
                "frames",
                self.frames,
                "expected 1 to 1048576 frames",
            ));
        }
        if !(1..=1 << 16).contains(&self.windows) {
            return Err(AudioError::setting(
                "windows",
                self.windows,
                "expected 1 to 65536 windows",
            ));
        }
        Ok(())
    }

    /// The windows of a song of `len` samples at `rate` Hz, in samples, in order and not overlapping.
    pub fn windows(&self, len: u64, rate: u32) -> Vec<Range<u64>> {
        let rate = f64::from(rate);
        let window = ((f64::from(self.seconds) * rate).round() as u64).max(1);
        if len < window.saturating_add(rate as u64) {
            let whole = 0..len.min(window);
            return vec![whole];
        }
        let count = (len / window).clamp(1, self.windows.max(1) as u64);
        (0..count)
            .map(|part| {
                // The middle of part p of n lies at (2p + 1) / 2n of the song.
                let middle = u128::from(len) * u128::from(2 * part + 1) / u128::from(2 * count);
                let start = (middle as u64).saturating_sub(window / 2).min(len - window);
                start..start + window
            })
            .collect()
    }

    /// The frames that are used of a window of `total` frames: column j is frame `floor((j + ½) · total / frames)`.
    ///
    /// If the window has fewer frames than columns, some are used more than once.
    pub fn columns(&self, total: u64) -> Vec<u64> {
        let n = self.frames as u128;
        (0..n)
            .map(|j| ((2 * j + 1) * u128::from(total) / (2 * n.max(1))) as u64)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_clip_is_one_window_from_its_start() {
        let windowing = Windowing::default();
        let only = |len| {
            let found = windowing.windows(len, 44_100);
            assert_eq!(found.len(), 1);
            found[0].clone()
        };
        assert_eq!(only(1_321_967), 0..1_321_967);
        assert_eq!(only(1_323_119), 0..1_323_000);
        assert_eq!(only(5), 0..5);
    }

    #[test]
    fn windows_lie_in_the_middle_of_equal_parts() {
        let windowing = Windowing {
            seconds: 10.0,
            frames: 8,
            windows: 3,
        };
        assert_eq!(
            windowing.windows(1500, 10),
            [200..300, 700..800, 1200..1300]
        );
        let two = Windowing {
            windows: 2,
            ..windowing
        };
        assert_eq!(two.windows(1000, 10), [200..300, 700..800]);
        // A third window would fit into 250 samples only by overlapping.
        assert_eq!(windowing.windows(250, 10), [12..112, 137..237]);
    }

    #[test]
    fn columns_are_those_of_the_training_arrays() {
        let columns = Windowing::default().columns(2584);
        assert_eq!(columns[..3], [10, 30, 50]);
        assert_eq!(columns[127], 2573);
        let few = Windowing {
            frames: 4,
            ..Windowing::default()
        };
        assert_eq!(few.columns(2), [0, 0, 1, 1]);
    }

    proptest! {
        #[test]
        fn windows_are_sorted_inside_and_apart(
            len in 1u64..50_000_000, rate in 1u32..400_000, seconds in 1.0f32..100.0, windows in 1usize..40,
        ) {
            let windowing = Windowing { seconds, frames: 16, windows };
            let found = windowing.windows(len, rate);
            prop_assert!(!found.is_empty() && found.len() <= windows);
            let mut end = 0;
            for window in &found {
                prop_assert!(window.start >= end && window.end <= len && !window.is_empty());
                end = window.end;
            }
        }

        #[test]
        fn columns_rise_and_lie_inside(total in 1u64..100_000, frames in 1usize..500) {
            let columns = Windowing { frames, ..Windowing::default() }.columns(total);
            prop_assert_eq!(columns.len(), frames);
            prop_assert!(columns.is_sorted() && columns.iter().all(|&c| c < total));
        }
    }
}
