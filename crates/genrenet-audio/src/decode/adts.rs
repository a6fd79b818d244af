//! AAC as a raw stream: each packet has an ADTS header of its own (ISO 13818-7, section 6.2).

use super::aac::{Aac, Config, FRAME};
use super::packet_stream::{PacketStream, StreamParameters};
use super::raw::{self, Head, RawPackets};
use super::{Input, Source};
use crate::error::AudioError;
use crate::format::Format;

/// A packet's header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Header {
    /// Profile, sampling rate and channels, which are the same in every packet.
    profile: u8,
    rate_index: u8,
    channels: u8,
    /// Bytes of the header, and of the whole packet.
    head: usize,
    bytes: usize,
}

impl Head for Header {
    fn parse(bytes: &[u8]) -> Option<Self> {
        let &[sync, a, b, c, d, e, _, ..] = bytes else {
            return None;
        };
        if sync != 0xff || a & 0xf6 != 0xf0 {
            return None;
        }
        let header = Self {
            profile: b >> 6,
            rate_index: b >> 2 & 15,
            channels: (b & 1) << 2 | c >> 6,
            head: if a & 1 == 1 { 7 } else { 9 },
            bytes: usize::from(c & 3) << 11 | usize::from(d) << 3 | usize::from(e) >> 5,
        };
        (header.rate_index < 13 && header.bytes > header.head).then_some(header)
    }

    fn same_stream(&self, other: &Self) -> bool {
        (self.profile, self.rate_index, self.channels)
            == (other.profile, other.rate_index, other.channels)
    }

    fn bytes(&self) -> usize {
        self.bytes
    }

    fn unwanted(&self) -> usize {
        self.head
    }

    fn frames(&self) -> u64 {
        FRAME
    }

    fn source(
        &self,
        packets: RawPackets<Self>,
        frames: u64,
    ) -> Result<Box<dyn Source>, AudioError> {
        let config = Config::adts(self.profile, self.rate_index, self.channels)?;
        let shape = StreamParameters {
            format: Format::Aac,
            rate: config.rate(),
            channels: config.channels.into(),
            delay: 0,
            end: Some(frames),
            seek_gap: 4096,
        };
        Ok(Box::new(PacketStream::new(
            packets,
            Aac::new(config)?,
            shape,
        )))
    }

    fn none() -> AudioError {
        AudioError::no_sound(Format::Aac, "no ADTS header")
    }
}

/// Opens the streams from the packet at byte `start` on.
pub(super) fn open(input: Input, start: u64) -> Result<Box<dyn Source>, AudioError> {
    raw::open::<Header>(input, start)
}
