//! Uncompressed samples in another container's packets.

use super::sample::Sample;
use crate::decode::Downmix;
use crate::decode::packet_stream::{PacketDecoder, PacketError};

/// Packets of whole sample frames.
pub(in crate::decode) struct PcmPackets {
    sample: Sample,
    channels: u16,
    downmix: Downmix,
}

impl PcmPackets {
    pub(in crate::decode) fn new(sample: Sample, channels: u16) -> Self {
        Self {
            sample,
            channels,
            downmix: Downmix::Mean,
        }
    }

    /// Bytes of a sample frame.
    pub(in crate::decode) fn block(&self) -> usize {
        self.sample.bytes() as usize * usize::from(self.channels)
    }
}

impl PacketDecoder for PcmPackets {
    fn decode(&mut self, packet: &[u8], out: &mut Vec<f32>) -> Result<(), PacketError> {
        let channels = self.channels.into();
        let block = self.block();
        self.sample
            .append(self.downmix, packet, block, channels, out);
        Ok(())
    }

    fn reset(&mut self) {}

    fn set_downmix(&mut self, downmix: Downmix) -> bool {
        self.downmix = downmix;
        true
    }
}
