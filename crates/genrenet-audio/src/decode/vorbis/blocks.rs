//! The length of packets, from their first bits.

use super::bits::Bits;
use super::identity::Identity;
use super::setup::{Setup, mode_bits};

/// The block sizes of a stream, and which of its modes are long.
#[derive(Debug, Clone)]
pub(in crate::decode) struct Blocks {
    /// Samples of a short and of a long block.
    sizes: [u64; 2],
    /// Whether mode i has long blocks.
    long: Vec<bool>,
    /// Samples of the previous block.
    previous: Option<u64>,
}

impl Blocks {
    pub(super) fn new(identity: &Identity, setup: &Setup) -> Self {
        Self {
            sizes: identity.sizes.map(|size| size as u64),
            long: setup.modes.iter().map(|mode| mode.long).collect(),
            previous: None,
        }
    }

    /// Takes the header of a packet: its mode, or `None` if it is not an audio packet.
    pub(super) fn mode(&self, bits: &mut Bits<'_>) -> Option<usize> {
        if bits.flag().ok()? {
            return None;
        }
        let mode = bits.take(mode_bits(self.long.len())).ok()? as usize;
        if *self.long.get(mode)? {
            // The sizes of both neighbours, which are not needed.
            bits.take(2).ok()?;
        }
        Some(mode)
    }

    /// Sample frames that `packet` yields after the ones before it: from the middle of the previous block to that of its own.
    pub(in crate::decode) fn frames(&mut self, packet: &[u8]) -> u64 {
        let Some(mode) = self.mode(&mut Bits::new(packet)) else {
            return 0;
        };
        let block = self.sizes[usize::from(self.long[mode])];
        let frames = self.previous.map_or(0, |previous| (previous + block) / 4);
        self.previous = Some(block);
        frames
    }

    /// Forgets earlier packets.
    pub(in crate::decode) fn reset(&mut self) {
        self.previous = None;
    }
}
