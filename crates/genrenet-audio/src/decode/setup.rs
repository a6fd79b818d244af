//! From the set-up bytes that a container stores for a track to the decoder of its packets.

use super::aac::{self, Aac};
use super::alac::{self, Alac};
use super::flac::{self, FlacPackets};
use super::mpeg::{self, Mpeg};
use super::mpeg_header::Layer;
use super::opus::{self, Opus};
use super::packet_stream::PacketDecoder;
use super::pcm::{PcmPackets, Sample};
use super::vorbis::{self, Vorbis};
use crate::error::AudioError;
use crate::format::Format;

/// A codec that is decoded here, with what its decoder needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Codec {
    /// An AudioSpecificConfig.
    Aac(Vec<u8>),
    /// A magic cookie.
    Alac(Vec<u8>),
    /// A STREAMINFO block.
    Flac(Vec<u8>),
    /// An identification header as Ogg has it.
    Opus(Vec<u8>),
    /// The identification and the setup header.
    Vorbis(Vec<u8>, Vec<u8>),
    /// MPEG audio, which needs none: layer, rate, channels.
    Mpeg(Layer, u32, u16),
    /// Uncompressed: how a sample is stored, rate, channels.
    Pcm(Sample, u32, u16),
}

/// How many sample frames a packet holds, by its first bytes.
#[derive(Debug, Clone)]
pub(super) enum Lengths {
    /// The same number in every packet.
    Same(u64),
    /// Every packet states how many.
    Stated(fn(&[u8]) -> u64),
    /// The same number in every packet but the last.
    Alac(u64),
    /// Sample frames have so many bytes.
    Bytes(u64),
    /// Each packet's overlap with the one before, of which a packet after a jump has none.
    Vorbis(vorbis::Blocks),
}

impl Lengths {
    /// Bytes of a packet that are needed for that.
    pub(super) const HEAD: usize = 16;

    /// Whether the first packet after a jump only prepares the second.
    pub(super) fn overlap(&self) -> bool {
        matches!(self, Self::Vorbis(_))
    }

    /// Sample frames of the packet of `bytes` bytes that starts with `head`.
    pub(super) fn of(&mut self, head: &[u8], bytes: u64) -> u64 {
        match self {
            Self::Same(frames) => *frames,
            Self::Stated(frames) => frames(head),
            Self::Alac(usual) => alac::frames(head, *usual),
            Self::Bytes(frame) => bytes.checked_div(*frame).unwrap_or(0),
            Self::Vorbis(blocks) => blocks.frames(head),
        }
    }

    /// Forgets the previous packet.
    pub(super) fn reset(&mut self) {
        if let Self::Vorbis(blocks) = self {
            blocks.reset();
        }
    }
}

/// A track's decoder, and what its set-up states about its packets.
pub(super) struct Prepared {
    pub decoder: Box<dyn PacketDecoder>,
    pub format: Format,
    pub rate: u32,
    pub channels: u16,
    pub lengths: Lengths,
    /// Sample frames that a fresh decoder needs before its output is exact.
    pub run_in: u64,
    /// Sample frames to cut in front if the container states none.
    pub pre_skip: u64,
}

impl Codec {
    /// The decoder.
    ///
    /// # Errors
    /// If the set-up bytes are invalid, or name a variant of the codec that is not decoded.
    pub(super) fn prepare(self) -> Result<Prepared, AudioError> {
        Ok(match self {
            Self::Aac(setup) => {
                let config = aac::Config::parse(&setup)?;
                Prepared {
                    decoder: Box::new(Aac::new(config)?),
                    format: Format::Aac,
                    rate: config.rate(),
                    channels: config.channels.into(),
                    lengths: Lengths::Same(aac::FRAME),
                    run_in: aac::FRAME,
                    pre_skip: 0,
                }
            }
            Self::Alac(cookie) => {
                let (decoder, cookie) = Alac::new(cookie)?;
                Prepared {
                    decoder: Box::new(decoder),
                    format: Format::Alac,
                    rate: cookie.rate,
                    channels: cookie.channels.into(),
                    lengths: Lengths::Alac(cookie.frame.into()),
                    run_in: 0,
                    pre_skip: 0,
                }
            }
            Self::Flac(setup) => {
                let info = flac::Info::parse(&setup)
                    .ok_or_else(|| AudioError::damaged(Format::Flac, "an impossible header"))?;
                Prepared {
                    decoder: Box::new(FlacPackets::new(info)),
                    format: Format::Flac,
                    rate: info.rate,
                    channels: info.channels.into(),
                    lengths: Lengths::Stated(flac::frames),
                    run_in: 0,
                    pre_skip: 0,
                }
            }
            Self::Opus(head) => {
                let head = opus::Head::parse(&head)?;
                Prepared {
                    decoder: Box::new(Opus::new(&head)?),
                    format: Format::Opus,
                    rate: opus::RATE,
                    channels: head.channels.into(),
                    lengths: Lengths::Stated(|packet| opus::duration(packet) as u64),
                    run_in: opus::RUN_IN,
                    pre_skip: head.pre_skip.into(),
                }
            }
            Self::Vorbis(first, setup) => {
                let decoder = Vorbis::new(&first, &setup)?;
                Prepared {
                    format: Format::Vorbis,
                    rate: decoder.rate(),
                    channels: decoder.channels(),
                    lengths: Lengths::Vorbis(decoder.blocks()),
                    decoder: Box::new(decoder),
                    run_in: 0,
                    pre_skip: 0,
                }
            }
            Self::Mpeg(layer, rate, channels) => Prepared {
                decoder: Box::new(Mpeg::new(layer)?),
                format: mpeg::format(layer),
                rate,
                channels,
                lengths: Lengths::Stated(mpeg::frames),
                run_in: mpeg::run_in(layer),
                pre_skip: 0,
            },
            Self::Pcm(sample, rate, channels) => {
                let decoder = PcmPackets::new(sample, channels);
                Prepared {
                    lengths: Lengths::Bytes(decoder.block() as u64),
                    decoder: Box::new(decoder),
                    format: Format::Pcm,
                    rate,
                    channels,
                    run_in: 0,
                    pre_skip: 0,
                }
            }
        })
    }
}
