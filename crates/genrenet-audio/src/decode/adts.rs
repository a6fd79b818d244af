//! AAC as a raw stream: each packet has an ADTS header of its own (ISO 13818-7, section 6.2).

use super::aac::{Aac, Config, FRAME};
use super::coded::{Coded, Landing, Packets, Shape};
use super::{Input, Source};
use crate::error::AudioError;
use crate::format::Format;

/// A packet's header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Header {
    /// Profile, sampling rate and channels, which stay the same.
    profile: u8,
    rate_index: u8,
    channels: u8,
    /// Bytes of the header, and of the whole packet.
    head: usize,
    bytes: usize,
}

const LONGEST_HEADER: usize = 9;

impl Header {
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
}

/// Every so many packets, the place of one is remembered: 8 bytes for 24 s of sound.
const STRIDE: u64 = 1024;

struct AdtsPackets {
    input: Input,
    first: Header,
    /// Where the next header should be, and which packet it is of.
    at: u64,
    packet: u64,
    /// Where packet i · STRIDE is.
    landmarks: Vec<u64>,
}

impl AdtsPackets {
    /// The place and header of the next packet; bytes that are none are searched through.
    fn find(&mut self) -> Result<Option<(u64, Header)>, AudioError> {
        let mut bytes = [0; LONGEST_HEADER];
        let n = self.input.read_at(self.at, &mut bytes)?;
        if let Some(header) = Header::parse(&bytes[..n]).filter(|h| h.same_stream(&self.first)) {
            return Ok(Some((self.at, header)));
        }
        let mut window = [0; 4096];
        let mut at = self.at;
        loop {
            let n = self.input.read_at(at, &mut window)?;
            if n < LONGEST_HEADER {
                return Ok(None);
            }
            for i in 0..=n - LONGEST_HEADER {
                if window[i] != 0xff {
                    continue;
                }
                let Some(header) =
                    Header::parse(&window[i..]).filter(|h| h.same_stream(&self.first))
                else {
                    continue;
                };
                // Lost sound is searched through with care: the packet after must be there too, or the end.
                let mut next = [0; LONGEST_HEADER];
                let here = at + i as u64;
                let n = self.input.read_at(here + header.bytes as u64, &mut next)?;
                if n == 0 || Header::parse(&next[..n]).is_some_and(|h| h.same_stream(&self.first)) {
                    return Ok(Some((here, header)));
                }
            }
            at += (n + 1 - LONGEST_HEADER) as u64;
        }
    }

    /// Passes one packet; `false` at the end.
    fn pass(&mut self) -> Result<Option<(u64, Header)>, AudioError> {
        let Some((at, header)) = self.find()? else {
            return Ok(None);
        };
        if at + header.bytes as u64 > self.input.len() {
            return Ok(None);
        }
        if self.packet == self.landmarks.len() as u64 * STRIDE {
            self.landmarks.push(at);
        }
        self.packet += 1;
        self.at = at + header.bytes as u64;
        Ok(Some((at, header)))
    }

    /// Makes packet `packet` the next one, or goes to the end.
    fn go(&mut self, packet: u64) -> Result<(), AudioError> {
        let known = (packet / STRIDE).min((self.landmarks.len() as u64).saturating_sub(1));
        if self.packet > packet || self.packet < known * STRIDE {
            self.packet = known * STRIDE;
            self.at = self.landmarks.get(known as usize).copied().unwrap_or(0);
        }
        while self.packet < packet && self.pass()?.is_some() {}
        Ok(())
    }
}

impl Packets for AdtsPackets {
    fn next(&mut self, packet: &mut Vec<u8>) -> Result<bool, AudioError> {
        let Some((at, header)) = self.pass()? else {
            return Ok(false);
        };
        packet.resize(header.bytes - header.head, 0);
        let got = self.input.read_at(at + header.head as u64, packet)?;
        packet.truncate(got);
        Ok(true)
    }

    fn seek(&mut self, raw: u64, _here: u64) -> Result<Landing, AudioError> {
        let wanted = raw / FRAME;
        let from = wanted.saturating_sub(1);
        self.go(from)?;
        Ok(Landing {
            at: wanted * FRAME,
            silent: (wanted - from) as u32,
        })
    }
}

/// Opens the stream whose first packet stands at `start`.
pub(super) fn open(mut input: Input, start: u64) -> Result<Box<dyn Source>, AudioError> {
    let mut bytes = [0; LONGEST_HEADER];
    let n = input.read_at(start, &mut bytes)?;
    let first = Header::parse(&bytes[..n])
        .ok_or_else(|| AudioError::no_sound(Format::Aac, "no ADTS header"))?;
    let config = Config::adts(first.profile, first.rate_index, first.channels)?;
    let mut packets = AdtsPackets {
        input,
        first,
        at: start,
        packet: 0,
        landmarks: Vec::new(),
    };
    // Only counting tells the length: the headers are read through once, 1 % of the work of decoding.
    while packets.pass()?.is_some() {}
    let frames = packets.packet * FRAME;
    packets.go(0)?;
    let shape = Shape {
        format: Format::Aac,
        rate: config.rate(),
        channels: config.channels.into(),
        delay: 0,
        end: Some(frames),
        seek_gap: 4096,
    };
    Ok(Box::new(Coded::new(packets, Aac::new(config)?, shape)))
}
