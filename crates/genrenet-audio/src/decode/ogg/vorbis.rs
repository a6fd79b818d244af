//! Vorbis by symphonia's decoder, placed by block sizes that are read from the setup header.

use symphonia::core::codecs::audio::well_known::CODEC_ID_VORBIS;
use symphonia::core::codecs::audio::{AudioCodecParameters, AudioDecoder, AudioDecoderOptions};
use symphonia::core::packet::PacketRef;
use symphonia::core::units::{Duration, Timestamp};
use symphonia::default::codecs::VorbisDecoder;

use super::packets::Timing;
use crate::decode::coded::PacketDecoder;
use crate::decode::mono::Mix;
use crate::error::AudioError;
use crate::format::Format;

/// The block sizes of a stream, and which of its modes are long.
#[derive(Debug, Clone)]
pub(in crate::decode) struct Blocks {
    short: u64,
    long: u64,
    /// Whether mode i has long blocks.
    modes: Vec<bool>,
    /// Length of the block before.
    previous: Option<u64>,
}

/// The identification header.
#[derive(Debug, Clone, Copy)]
pub(in crate::decode) struct Identity {
    pub rate: u32,
    pub channels: u8,
    short: u64,
    long: u64,
}

impl Identity {
    pub(in crate::decode) fn parse(packet: &[u8]) -> Option<Self> {
        if !packet.starts_with(b"\x01vorbis\0\0\0\0") || packet.len() < 30 {
            return None;
        }
        let rate = u32::from_le_bytes(*packet.get(12..)?.first_chunk()?);
        let (channels, sizes) = (packet[11], packet[28]);
        let (short, long) = (1 << (sizes & 15), 1 << (sizes >> 4));
        let possible = rate > 0 && channels > 0 && short >= 64 && long >= short && long <= 8192;
        possible.then_some(Self {
            rate,
            channels,
            short,
            long,
        })
    }
}

impl Blocks {
    /// From the two headers; `None` where the setup header is broken.
    pub(in crate::decode) fn new(identity: Identity, setup: &[u8]) -> Option<Self> {
        Some(Self {
            short: identity.short,
            long: identity.long,
            modes: modes(setup)?,
            previous: None,
        })
    }
}

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

impl Blocks {
    /// Sample frames that `packet` yields after the one before it.
    pub(in crate::decode) fn frames(&mut self, packet: &[u8]) -> u64 {
        let Some(&first) = packet.first().filter(|&&b| b & 1 == 0) else {
            return 0;
        };
        let bits = usize::BITS - (self.modes.len() - 1).leading_zeros();
        let mode = usize::from(first >> 1) & ((1 << bits) - 1);
        let Some(&long) = self.modes.get(mode) else {
            return 0;
        };
        let block = if long { self.long } else { self.short };
        let frames = self.previous.map_or(0, |previous| (previous + block) / 4);
        self.previous = Some(block);
        frames
    }

    /// Forgets the packet before.
    pub(in crate::decode) fn reset(&mut self) {
        self.previous = None;
    }
}

/// Which modes have long blocks. Modes stand at the end of the setup header, behind tables of any length, so they are read
/// backwards: a framing bit, then modes of 41 bits whose 32 middle ones are zero, then their number less one in 6 bits.
fn modes(setup: &[u8]) -> Option<Vec<bool>> {
    let bit = |i: usize| setup[i / 8] >> (i % 8) & 1;
    let number = |at: usize, n: usize| (0..n).fold(0u32, |v, i| v | u32::from(bit(at + i)) << i);
    let framing = (0..setup.len() * 8).rev().find(|&i| bit(i) == 1)?;
    let mut found = None;
    let mut at = framing;
    for count in 1..=64usize {
        // Room for the modes, their number, and the packet type in front.
        let Some(start) = at.checked_sub(41).filter(|&start| start >= 56 + 6) else {
            break;
        };
        at = start;
        if number(at + 1, 32) != 0 || number(at + 33, 8) >= 64 {
            break;
        }
        if number(at - 6, 6) as usize == count - 1 {
            // A shorter run of modes may match by accident: the longest one is right.
            found = Some((0..count).map(|i| bit(at + 41 * i) == 1).collect());
        }
    }
    found
}

/// symphonia's decoder, with silence of the right length for packets that it refuses.
pub(in crate::decode) struct Vorbis {
    decoder: VorbisDecoder,
    blocks: Blocks,
    mix: Mix,
}

impl Vorbis {
    pub(in crate::decode) fn new(
        identity: &[u8],
        setup: &[u8],
        blocks: Blocks,
    ) -> Result<Self, AudioError> {
        let mut parameters = AudioCodecParameters::new();
        parameters
            .for_codec(CODEC_ID_VORBIS)
            .with_extra_data([identity, setup].concat().into());
        let decoder = VorbisDecoder::try_new(&parameters, &AudioDecoderOptions::default())
            .map_err(|e| AudioError::damaged(Format::Vorbis, e.to_string()))?;
        Ok(Self {
            decoder,
            blocks,
            mix: Mix::Mean,
        })
    }
}

impl PacketDecoder for Vorbis {
    fn decode(&mut self, packet: &[u8], out: &mut Vec<f32>) -> Result<(), String> {
        let frames = self.blocks.frames(packet) as usize;
        let start = out.len();
        let packet = PacketRef::new(0, Timestamp::new(0), Duration::new(frames as u64), packet);
        let decoded = match self.decoder.decode_ref(&packet) {
            Ok(decoded) => {
                self.mix.append(&decoded, out);
                Ok(())
            }
            Err(e) => Err(e.to_string()),
        };
        // Whatever the decoder made of a bad packet: time goes on as the blocks say.
        out.resize(start + frames, 0.0);
        decoded
    }

    fn reset(&mut self) {
        self.decoder.reset();
        self.blocks.reset();
    }

    fn mix(&mut self, mix: Mix) -> bool {
        self.mix = mix;
        true
    }
}
