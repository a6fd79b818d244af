//! FLAC (RFC 9639), decoded here: lossless, in its own container or as packets of another one.

mod bits;
mod frame;
mod header;
mod info;
mod links;
#[cfg(test)]
mod md5_of_corpus;
mod metadata;
mod predict;
mod search;
mod stream;
mod window;

pub(super) use info::Info;
pub(super) use links::open;

use super::mono::Downmix;
use super::packet_stream::{PacketDecoder, PacketError};
use frame::Frame;
use header::Header;

/// Sample frames that a packet of one frame holds; 0 if it is not a frame.
pub(super) fn frames(packet: &[u8]) -> u64 {
    Header::parse(packet).map_or(0, |header| header.block.into())
}

/// A decoder of packets of one frame each, as Ogg and MP4 store them.
pub(super) struct FlacPackets {
    info: Info,
    frame: Frame,
    downmix: Downmix,
}

impl FlacPackets {
    pub(super) fn new(info: Info) -> Self {
        Self {
            info,
            frame: Frame::default(),
            downmix: Downmix::Mean,
        }
    }
}

impl PacketDecoder for FlacPackets {
    fn decode(&mut self, packet: &[u8], out: &mut Vec<f32>) -> Result<(), PacketError> {
        let Some(header) = Header::parse(packet) else {
            return Err(PacketError::Invalid("a packet is not a FLAC frame"));
        };
        match self.frame.decode(packet, &header, self.info.bits) {
            Ok(_) => {
                self.frame.append(self.downmix, out);
                Ok(())
            }
            Err(fault) => {
                out.resize(out.len() + header.block as usize, 0.0);
                Err(PacketError::refused(fault))
            }
        }
    }

    fn reset(&mut self) {}

    fn set_downmix(&mut self, downmix: Downmix) -> bool {
        self.downmix = downmix;
        true
    }
}
