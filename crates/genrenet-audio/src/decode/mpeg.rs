//! MPEG audio in another container's packets, and layers I and II, by symphonia's decoder.

use symphonia::core::codecs::audio::well_known::{CODEC_ID_MP1, CODEC_ID_MP2, CODEC_ID_MP3};
use symphonia::core::codecs::audio::{AudioCodecParameters, AudioDecoder, AudioDecoderOptions};
use symphonia::core::packet::PacketRef;
use symphonia::core::units::{Duration, Timestamp};
use symphonia::default::codecs::MpaDecoder;

use super::coded::PacketDecoder;
use super::mono::Mix;
use super::mpeg_header::{self, Layer};
use crate::error::AudioError;
use crate::format::Format;

/// What a layer is called.
pub(super) fn format(layer: Layer) -> Format {
    match layer {
        Layer::One => Format::Mp1,
        Layer::Two => Format::Mp2,
        Layer::Three | Layer::Adts => Format::Mp3,
    }
}

/// Sample frames of a packet of one frame; 0 where it is none.
pub(super) fn frames(packet: &[u8]) -> u64 {
    match mpeg_header::frame(packet) {
        Some((Layer::One, ..)) => 384,
        Some((Layer::Three, rate, _)) if rate < 32_000 => 576,
        Some(_) => 1152,
        None => 0,
    }
}

/// Sample frames that a fresh decoder must have had: for the filters one frame, in layer III also the bits that are borrowed
/// from earlier frames: 511 bytes, which are less than 32 frames at every rate but the lowest.
pub(super) fn run_in(layer: Layer) -> u64 {
    match layer {
        Layer::Three => 32 * 1152,
        _ => 1152,
    }
}

/// symphonia's decoder, with silence for packets that it refuses.
pub(super) struct Mpeg {
    decoder: MpaDecoder,
    mix: Mix,
}

impl Mpeg {
    pub(super) fn new(layer: Layer) -> Result<Self, AudioError> {
        let mut parameters = AudioCodecParameters::new();
        parameters.for_codec(match layer {
            Layer::One => CODEC_ID_MP1,
            Layer::Two => CODEC_ID_MP2,
            Layer::Three | Layer::Adts => CODEC_ID_MP3,
        });
        let decoder = MpaDecoder::try_new(&parameters, &AudioDecoderOptions::default())
            .map_err(|e| AudioError::damaged(format(layer), e.to_string()))?;
        Ok(Self {
            decoder,
            mix: Mix::Mean,
        })
    }
}

impl PacketDecoder for Mpeg {
    fn decode(&mut self, packet: &[u8], out: &mut Vec<f32>) -> Result<(), String> {
        let start = out.len();
        let frames = frames(packet);
        let packet = PacketRef::new(0, Timestamp::new(0), Duration::new(frames), packet);
        let decoded = match self.decoder.decode_ref(&packet) {
            Ok(decoded) => {
                self.mix.append(&decoded, out);
                Ok(())
            }
            Err(e) => Err(e.to_string()),
        };
        out.resize(start + frames as usize, 0.0);
        decoded
    }

    fn reset(&mut self) {
        self.decoder.reset();
    }

    fn mix(&mut self, mix: Mix) -> bool {
        self.mix = mix;
        true
    }
}
