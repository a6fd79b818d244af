//! FLAC (RFC 9639) by a decoder of our own: lossless, in its own container or as packets of another one.

mod bits;
mod frame;
mod header;
mod info;
mod links;
#[cfg(test)]
mod md5_of_zoo;
mod metadata;
mod predict;
mod search;
mod stream;
mod window;

pub(super) use info::Info;
pub(super) use links::open;

use super::coded::PacketDecoder;
use super::mono::Mix;
use frame::Frame;
use header::Header;

/// Sample frames that a packet of one frame holds; 0 where it is none.
pub(super) fn frames(packet: &[u8]) -> u64 {
    Header::parse(packet).map_or(0, |header| header.block.into())
}

/// A decoder of packets of one frame each, as Ogg and MP4 store them.
pub(super) struct FlacPackets {
    info: Info,
    frame: Frame,
    /// Length of the last good frame: that of a bad one.
    block: usize,
    mix: Mix,
}

impl FlacPackets {
    pub(super) fn new(info: Info) -> Self {
        Self {
            info,
            frame: Frame::default(),
            block: 0,
            mix: Mix::Mean,
        }
    }
}

impl PacketDecoder for FlacPackets {
    fn decode(&mut self, packet: &[u8], out: &mut Vec<f32>) -> Result<(), String> {
        let decoded = match Header::parse(packet) {
            Some(header) => {
                self.block = header.block as usize;
                self.frame
                    .decode(packet, &header, self.info.bits)
                    .map_err(|fault| fault.to_string())
            }
            None => Err("a packet is no FLAC frame".to_owned()),
        };
        match decoded {
            Ok(_) => {
                self.frame.append(self.mix, out);
                Ok(())
            }
            Err(reason) => {
                out.resize(out.len() + self.block, 0.0);
                Err(reason)
            }
        }
    }

    fn reset(&mut self) {}

    fn mix(&mut self, mix: Mix) -> bool {
        self.mix = mix;
        true
    }
}
