//! What a front end computes.

use crate::matrix::Matrix;

/// The features of one window.
#[derive(Debug, Clone, PartialEq)]
pub struct WindowFeatures {
    /// Where in the song the window begins, in seconds.
    pub start_seconds: f64,
    /// `[n_mels, frames]` in dB: 0 is the loudest cell that is used of this window, −`top_db` the floor.
    pub log_mel: Matrix,
    /// `[frames, n_mfcc]` of the window's beginning, if [`FrontEnd::mfcc_head`](super::FrontEnd::mfcc_head) is set.
    pub mfcc: Option<Matrix>,
}

/// The features of a song.
#[derive(Debug, Clone, PartialEq)]
pub struct SongFeatures {
    /// Length of the song in seconds.
    pub seconds: f64,
    /// Its windows in order, at least one; those that are digital silence are left out.
    pub windows: Vec<WindowFeatures>,
}
