//! Streams without a container: each packet has a header of its own, and the next one begins where it ends.

use super::Input;
use super::coded::{Landing, Packets};
use crate::error::AudioError;

/// The header that each packet begins with.
pub(super) trait Head: Copy + Send {
    /// The header at the start of `bytes`, if there is a valid one.
    fn parse(bytes: &[u8]) -> Option<Self>;
    /// Whether both are of one stream.
    fn same_stream(&self, other: &Self) -> bool;
    /// Bytes of the whole packet: at least one.
    fn bytes(&self) -> usize;
    /// Bytes in front that the decoder does not want.
    fn unwanted(&self) -> usize;
    /// Sample frames of every packet of the stream.
    fn frames(&self) -> u64;
}

/// Bytes of the longest header.
pub(super) const LONGEST_HEADER: usize = 9;

/// Every so many packets, the place of one is remembered: 8 bytes for 24 s of sound.
const STRIDE: u64 = 1024;

pub(super) struct RawPackets<H> {
    input: Input,
    first: H,
    /// Where the next header should be, and which packet it is of.
    at: u64,
    packet: u64,
    /// Where packet i · STRIDE is.
    landmarks: Vec<u64>,
}

impl<H: Head> RawPackets<H> {
    /// The packets from the one at byte `start` on, which has the header `first`, and the sample frames of them all.
    pub(super) fn open(input: Input, first: H, start: u64) -> Result<(Self, u64), AudioError> {
        let mut packets = Self {
            input,
            first,
            at: start,
            packet: 0,
            landmarks: Vec::new(),
        };
        // Only counting tells the length: the headers are read through once, 1 % of the work of decoding.
        while packets.pass()?.is_some() {}
        let frames = packets.packet * first.frames();
        packets.go(0)?;
        Ok((packets, frames))
    }

    /// The place and header of the next packet; bytes that are none are searched through.
    fn find(&mut self) -> Result<Option<(u64, H)>, AudioError> {
        let mut bytes = [0; LONGEST_HEADER];
        let n = self.input.read_at(self.at, &mut bytes)?;
        if let Some(header) = H::parse(&bytes[..n]).filter(|h| h.same_stream(&self.first)) {
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
                let Some(header) = H::parse(&window[i..]).filter(|h| h.same_stream(&self.first))
                else {
                    continue;
                };
                // Lost sound is searched through with care: the packet after must be there too, or the end.
                let mut next = [0; LONGEST_HEADER];
                let here = at + i as u64;
                let n = self
                    .input
                    .read_at(here + header.bytes() as u64, &mut next)?;
                if n == 0 || H::parse(&next[..n]).is_some_and(|h| h.same_stream(&self.first)) {
                    return Ok(Some((here, header)));
                }
            }
            at += (n + 1 - LONGEST_HEADER) as u64;
        }
    }

    /// Passes one packet; `false` at the end.
    fn pass(&mut self) -> Result<Option<(u64, H)>, AudioError> {
        let Some((at, header)) = self.find()? else {
            return Ok(None);
        };
        if at + header.bytes() as u64 > self.input.len() {
            return Ok(None);
        }
        if self.packet == self.landmarks.len() as u64 * STRIDE {
            self.landmarks.push(at);
        }
        self.packet += 1;
        self.at = at + header.bytes() as u64;
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

impl<H: Head> Packets for RawPackets<H> {
    fn next(&mut self, packet: &mut Vec<u8>) -> Result<bool, AudioError> {
        let Some((at, header)) = self.pass()? else {
            return Ok(false);
        };
        let head = header.unwanted();
        packet.resize(header.bytes() - head, 0);
        let got = self.input.read_at(at + head as u64, packet)?;
        packet.truncate(got);
        Ok(true)
    }

    fn seek(&mut self, raw: u64, _here: u64) -> Result<Landing, AudioError> {
        let wanted = raw / self.first.frames().max(1);
        let from = wanted.saturating_sub(1);
        self.go(from)?;
        Ok(Landing {
            at: wanted * self.first.frames(),
            silent: (wanted - from) as u32,
        })
    }
}
