//! Apple Lossless by symphonia's decoder.

use symphonia::core::codecs::audio::well_known::CODEC_ID_ALAC;
use symphonia::core::codecs::audio::{AudioCodecParameters, AudioDecoder, AudioDecoderOptions};
use symphonia::core::packet::PacketRef;
use symphonia::core::units::{Duration, Timestamp};
use symphonia::default::codecs::AlacDecoder;

use super::mono::Downmix;
use super::packet_stream::{PacketDecoder, PacketError};
use crate::error::AudioError;
use crate::format::Format;

/// The magic cookie: a stream's fixed parameters.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cookie {
    /// Sample frames of every packet but the last.
    pub frame: u32,
    pub channels: u8,
    pub rate: u32,
}

/// Sample frames of a packet; all but the last have `usual`, the last one states how many.
pub(super) fn frames(packet: &[u8], usual: u64) -> u64 {
    // Element, instance, 12 unused bits, then a flag: a number of frames follows.
    match *packet {
        [_, _, flags, a, b, c, d, e, ..] if flags & 0x10 != 0 => {
            // The number starts after three more bits.
            let number = u64::from_be_bytes([0, 0, 0, flags, a, b, c, d]) << 8 | u64::from(e);
            (number >> 9 & 0xffff_ffff).min(usual)
        }
        _ => usual,
    }
}

pub(super) struct Alac {
    decoder: AlacDecoder,
    frame: u64,
    downmix: Downmix,
}

impl Alac {
    pub(super) fn new(bytes: Vec<u8>) -> Result<(Self, Cookie), AudioError> {
        let damaged = |reason: String| AudioError::damaged(Format::Alac, reason);
        let (bits, channels) = (
            bytes.get(5).copied().unwrap_or(0),
            bytes.get(9).copied().unwrap_or(0),
        );
        let number = |at: usize| {
            let field = bytes.get(at..).and_then(|b| b.first_chunk());
            field.map_or(0, |b| u32::from_be_bytes(*b))
        };
        let cookie = Cookie {
            frame: number(0),
            channels,
            rate: number(20),
        };
        if !matches!(bits, 16 | 20 | 24 | 32) {
            return Err(damaged(format!("samples of {bits} bits")));
        }
        if cookie.frame == 0 || cookie.frame > 65_536 {
            return Err(damaged(format!("packets of {} samples", cookie.frame)));
        }
        if cookie.rate == 0 {
            return Err(damaged("sampling rate 0".to_owned()));
        }
        let mut parameters = AudioCodecParameters::new();
        parameters
            .for_codec(CODEC_ID_ALAC)
            .with_extra_data(bytes.into());
        let decoder = AlacDecoder::try_new(&parameters, &AudioDecoderOptions::default())
            .map_err(|e| damaged(e.to_string()))?;
        Ok((
            Self {
                decoder,
                frame: cookie.frame.into(),
                downmix: Downmix::Mean,
            },
            cookie,
        ))
    }
}

impl PacketDecoder for Alac {
    fn decode(&mut self, packet: &[u8], out: &mut Vec<f32>) -> Result<(), PacketError> {
        let end = out.len() + frames(packet, self.frame) as usize;
        let packet = PacketRef::new(0, Timestamp::new(0), Duration::new(self.frame), packet);
        let decoded = match self.decoder.decode_ref(&packet) {
            Ok(decoded) => {
                self.downmix.append(&decoded, out);
                Ok(())
            }
            Err(e) => Err(PacketError::refused(e)),
        };
        out.resize(end, 0.0);
        decoded
    }

    fn reset(&mut self) {
        self.decoder.reset();
    }

    fn set_downmix(&mut self, downmix: Downmix) -> bool {
        self.downmix = downmix;
        true
    }
}
