//! Uncompressed samples in another container's packets.

use super::Sample;
use crate::decode::Mix;
use crate::decode::packet_stream::PacketDecoder;

/// Packets of whole sample frames.
pub(in crate::decode) struct PcmPackets {
    sample: Sample,
    channels: u16,
    mix: Mix,
}

impl PcmPackets {
    pub(in crate::decode) fn new(sample: Sample, channels: u16) -> Self {
        Self {
            sample,
            channels,
            mix: Mix::Mean,
        }
    }

    /// Bytes of a sample frame.
    pub(in crate::decode) fn block(&self) -> usize {
        self.sample.bytes() as usize * usize::from(self.channels)
    }
}

impl PacketDecoder for PcmPackets {
    fn decode(&mut self, packet: &[u8], out: &mut Vec<f32>) -> Result<(), String> {
        let channels = self.channels.into();
        let block = self.block();
        self.sample.append(self.mix, packet, block, channels, out);
        Ok(())
    }

    fn reset(&mut self) {}

    fn mix(&mut self, mix: Mix) -> bool {
        self.mix = mix;
        true
    }
}
