//! Vorbis packets in Ogg: a packet's length follows from its block and the previous one.

use super::timeline::Timing;
use crate::decode::vorbis::Blocks;

impl Timing for Blocks {
    const OVERLAPS: bool = true;
    const RUN_IN: u64 = 0;
    const TRIMS: bool = true;

    fn frames(&mut self, packet: &[u8]) -> u64 {
        Blocks::frames(self, packet)
    }

    fn reset(&mut self) {
        Blocks::reset(self);
    }
}
