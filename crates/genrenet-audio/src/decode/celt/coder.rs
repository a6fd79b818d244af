//! The state while the bands of a frame are read.

use super::range::Range;

/// A vector's size: bins, interleaved blocks, and log2 of the frame's length (−1: a half block).
#[derive(Clone, Copy)]
pub(super) struct Shape {
    pub(super) n: usize,
    pub(super) blocks: i32,
    pub(super) log: i32,
}

/// The reader of the bands of one frame.
pub(super) struct Coder<'a, 'd, const SOUND: bool> {
    pub(super) range: &'a mut Range<'d>,
    pub(super) band: usize,
    pub(super) intensity: usize,
    pub(super) spread: i32,
    pub(super) tf: i32,
    /// Bits in 1/8 that are left for this band and those above.
    pub(super) remaining: i32,
    pub(super) seed: u32,
}
