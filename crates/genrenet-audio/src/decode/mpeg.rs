//! MPEG audio layers II and III in another container's packets, and layer II by itself, by symphonia's decoder.

use symphonia::core::codecs::audio::well_known::{CODEC_ID_MP2, CODEC_ID_MP3};
use symphonia::core::codecs::audio::{AudioCodecParameters, AudioDecoder, AudioDecoderOptions};
use symphonia::core::packet::PacketRef;
use symphonia::core::units::{Duration, Timestamp};
use symphonia::default::codecs::MpaDecoder;

use super::mono::Downmix;
use super::mpeg_header::{self, Layer};
use super::packet_stream::{PacketDecoder, PacketError, PacketStream, StreamParameters};
use super::raw::{self, Head, RawPackets};
use super::{Input, Source};
use crate::error::AudioError;
use crate::format::Format;

/// The format of a layer.
pub(super) fn format(layer: Layer) -> Format {
    match layer {
        Layer::Two => Format::Mp2,
        _ => Format::Mp3,
    }
}

/// Sample frames of a packet of one frame; 0 if it is not a frame.
pub(super) fn frames(packet: &[u8]) -> u64 {
    match mpeg_header::frame(packet) {
        Some((Layer::Three, rate, _)) if rate < 32_000 => 576,
        Some((Layer::Two | Layer::Three, ..)) => 1152,
        _ => 0,
    }
}

/// Sample frames that a fresh decoder needs before: for the filters one frame, in layer III also the bits that are borrowed
/// from earlier frames: 511 bytes, which are less than 32 frames at every rate but the lowest.
pub(super) fn run_in(layer: Layer) -> u64 {
    match layer {
        Layer::Three => 32 * 1152,
        _ => 1152,
    }
}

/// symphonia's decoder; packets that it refuses become silence.
pub(super) struct Mpeg {
    decoder: MpaDecoder,
    downmix: Downmix,
}

impl Mpeg {
    pub(super) fn new(layer: Layer) -> Result<Self, AudioError> {
        let mut parameters = AudioCodecParameters::new();
        parameters.for_codec(match layer {
            Layer::Two => CODEC_ID_MP2,
            _ => CODEC_ID_MP3,
        });
        let decoder = MpaDecoder::try_new(&parameters, &AudioDecoderOptions::default())
            .map_err(|e| AudioError::damaged(format(layer), e.to_string()))?;
        Ok(Self {
            decoder,
            downmix: Downmix::Mean,
        })
    }
}

impl PacketDecoder for Mpeg {
    fn decode(&mut self, packet: &[u8], out: &mut Vec<f32>) -> Result<(), PacketError> {
        let start = out.len();
        let frames = frames(packet);
        let packet = PacketRef::new(0, Timestamp::new(0), Duration::new(frames), packet);
        let decoded = match self.decoder.decode_ref(&packet) {
            Ok(decoded) => {
                self.downmix.append(&decoded, out);
                Ok(())
            }
            Err(e) => Err(PacketError::refused(e)),
        };
        out.resize(start + frames as usize, 0.0);
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

/// The header of a frame of layer II.
#[derive(Debug, Clone, Copy)]
struct Header {
    family: u32,
    rate: u32,
    channels: u16,
    bytes: usize,
}

impl Head for Header {
    fn parse(bytes: &[u8]) -> Option<Self> {
        let (family, length) = mpeg_header::family(bytes)?;
        let (layer, rate, channels) = mpeg_header::frame(bytes)?;
        (layer == Layer::Two).then_some(Self {
            family,
            rate,
            channels,
            bytes: length,
        })
    }

    fn same_stream(&self, other: &Self) -> bool {
        self.family == other.family
    }

    fn bytes(&self) -> usize {
        self.bytes
    }

    fn unwanted(&self) -> usize {
        0
    }

    fn frames(&self) -> u64 {
        1152
    }

    fn source(
        &self,
        packets: RawPackets<Self>,
        frames: u64,
    ) -> Result<Box<dyn Source>, AudioError> {
        let shape = StreamParameters {
            format: Format::Mp2,
            rate: self.rate,
            channels: self.channels,
            delay: 0,
            end: Some(frames),
            seek_gap: 4096,
        };
        Ok(Box::new(PacketStream::new(
            packets,
            Mpeg::new(Layer::Two)?,
            shape,
        )))
    }

    fn none() -> AudioError {
        AudioError::to_convert("MPEG audio layer II of free format")
    }
}

/// Opens the streams of layer II from the frame at byte `start` on.
pub(super) fn open(input: Input, start: u64) -> Result<Box<dyn Source>, AudioError> {
    raw::open::<Header>(input, start)
}
