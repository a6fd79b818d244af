//! What a front end computes.

use crate::matrix::Matrix;

/// The features of one window.
#[derive(Debug, Clone, PartialEq)]
pub struct WindowFeatures {
    /// Where in the song the window begins, in seconds.
    pub start_seconds: f64,
    /// `[n_mels, frames]` in dB: 0 is the loudest cell that is used of this window, −`top_db` the floor; if
    /// [`FrontEnd::log_mel`](super::FrontEnd::log_mel) is set.
    pub log_mel: Option<Matrix>,
    /// `[frames, n_mfcc]` of the window's beginning, if [`FrontEnd::mfcc_head`](super::FrontEnd::mfcc_head) is set.
    pub mfcc: Option<Matrix>,
    /// The segments of the window that are not digital silence, if [`FrontEnd::segments`](super::FrontEnd::segments) is set.
    pub segments: Vec<Segment>,
}

/// Consecutive frames of a song, compressed as [`SegmentSpec`](super::SegmentSpec) says.
#[derive(Debug, Clone, PartialEq)]
pub struct Segment {
    /// Where in the song its first frame lies, in seconds.
    pub start_seconds: f64,
    /// `[frames, n_mels]`.
    pub mel: Matrix,
}

/// The features of a song.
#[derive(Debug, Clone, PartialEq)]
pub struct SongFeatures {
    /// Length of the song in seconds.
    pub seconds: f64,
    /// Its windows in order, at least one; those that are digital silence are left out.
    pub windows: Vec<WindowFeatures>,
}
