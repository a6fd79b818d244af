//! From the set-up bytes that a container keeps for a track to the decoder of its packets.

use super::aac::{self, Aac};
use super::alac::Alac;
use super::coded::PacketDecoder;
use super::flac::{self, FlacPackets};
use super::opus::{self, Opus};
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
}

/// A track's decoder, and what its set-up says of its packets.
pub(super) struct Prepared {
    pub decoder: Box<dyn PacketDecoder>,
    pub format: Format,
    pub rate: u32,
    pub channels: u16,
    /// Sample frames of every packet but the last; 0 where the set-up does not say.
    pub frame: u64,
    /// Sample frames that a fresh decoder must have had before its output is exact.
    pub run_in: u64,
    /// Sample frames to cut in front where the container says nothing.
    pub pre_skip: u64,
}

impl Codec {
    /// The decoder.
    ///
    /// # Errors
    /// Says what is wrong with the set-up bytes, or which variant of the codec they name that is not decoded.
    pub(super) fn prepare(self) -> Result<Prepared, AudioError> {
        Ok(match self {
            Self::Aac(setup) => {
                let config = aac::Config::parse(&setup)?;
                Prepared {
                    decoder: Box::new(Aac::new(config)?),
                    format: Format::Aac,
                    rate: config.rate(),
                    channels: config.channels.into(),
                    frame: aac::FRAME,
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
                    frame: cookie.frame.into(),
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
                    frame: 0,
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
                    frame: 0,
                    run_in: opus::RUN_IN,
                    pre_skip: head.pre_skip.into(),
                }
            }
        })
    }
}
