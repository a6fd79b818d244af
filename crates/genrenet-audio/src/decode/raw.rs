//! Streams without a container: each packet has a header, and the next one begins where it ends.

use std::ops::Range;

use super::chain;
use super::packet_stream::{Packets, SeekPoint};
use super::{Input, Source};
use crate::error::AudioError;

/// The header that each packet begins with.
pub(super) trait Head: Copy + Send + 'static {
    /// The header at the start of `bytes`, if there is a valid one.
    fn parse(bytes: &[u8]) -> Option<Self>;
    /// Whether both are of one stream.
    fn same_stream(&self, other: &Self) -> bool;
    /// Bytes of the whole packet: at least one.
    fn bytes(&self) -> usize;
    /// Bytes in front that the decoder does not take.
    fn unwanted(&self) -> usize;
    /// Sample frames of every packet of the stream.
    fn frames(&self) -> u64;
    /// The stream whose first packet has this header; its packets have `frames` sample frames in all.
    fn source(&self, packets: RawPackets<Self>, frames: u64)
    -> Result<Box<dyn Source>, AudioError>;
    /// The error for bytes that do not begin with such a header.
    fn none() -> AudioError;
}

/// Bytes of the longest header.
const LONGEST_HEADER: usize = 9;

/// Every so many packets, the position of one is remembered: 8 bytes for 24 s of audio.
const STRIDE: u64 = 1024;

/// Packets of another stream in a row that count as a change of the stream, not as a chance match; as in MP3.
const RUN_OF_PACKETS: usize = 4;
/// Most streams of a file; what follows is not read.
const MOST_STREAMS: usize = 1 << 16;

/// Opens the streams from the packet at byte `start` on: one, unless the headers change midway, as in concatenated files.
///
/// # Errors
/// If there is no header at `start`, or no stream can be decoded.
pub(super) fn open<H: Head>(input: Input, start: u64) -> Result<Box<dyn Source>, AudioError> {
    let packets = RawPackets::<H>::read(input.clone(), start)?;
    let (mut streams, mut from, mut change) = (Vec::new(), start, packets.change);
    while let Some(at) = change.filter(|_| streams.len() < MOST_STREAMS) {
        streams.push(from..at);
        from = at;
        change = RawPackets::<H>::read(input.clone(), from)?.change;
    }
    if streams.is_empty() {
        return packets.source();
    }
    streams.push(from..change.unwrap_or(input.len()));
    let open = |input: &Input, bytes: &Range<u64>| {
        let input = input.clone().part(bytes.start, bytes.end - bytes.start);
        RawPackets::<H>::read(input, 0)?.source()
    };
    chain::join(input, streams, open, H::none())
}

/// The header at byte `at`.
fn header_at<H: Head>(input: &mut Input, at: u64) -> Result<Option<H>, AudioError> {
    let mut bytes = [0; LONGEST_HEADER];
    let n = input.read_at(at, &mut bytes)?;
    Ok(H::parse(&bytes[..n]))
}

pub(super) struct RawPackets<H> {
    input: Input,
    first: H,
    /// Where the next header should be, and which packet it is of.
    at: u64,
    packet: u64,
    /// Where packet i · STRIDE is.
    seek_table: Vec<u64>,
    /// Where another stream begins, once this one was read up to there.
    change: Option<u64>,
}

impl<H: Head> RawPackets<H> {
    /// The packets from the one at byte `start` on, counted to the end of the stream.
    fn read(mut input: Input, start: u64) -> Result<Self, AudioError> {
        let first = header_at(&mut input, start)?.ok_or_else(H::none)?;
        let mut packets = Self {
            input,
            first,
            at: start,
            packet: 0,
            seek_table: Vec::new(),
            change: None,
        };
        // Only counting gives the length: all headers are read once, 1 % of the work of decoding.
        while packets.pass()?.is_some() {}
        Ok(packets)
    }

    /// The whole stream, whose packets were counted.
    fn source(mut self) -> Result<Box<dyn Source>, AudioError> {
        let first = self.first;
        let frames = self.packet * first.frames();
        self.go(0)?;
        first.source(self, frames)
    }

    /// The place and header of the next packet; other bytes are searched through.
    fn find(&mut self) -> Result<Option<(u64, H)>, AudioError> {
        if let Some(header) = header_at::<H>(&mut self.input, self.at)?
            && header.same_stream(&self.first)
        {
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
                let Some(header) = H::parse(&window[i..]) else {
                    continue;
                };
                // After damage, a header counts only if another packet, or the end, follows.
                let here = at + i as u64;
                let after = here + header.bytes() as u64;
                if !header.same_stream(&self.first) {
                    if self.run_at(after, &header)? {
                        self.change = Some(here);
                        return Ok(None);
                    }
                } else if after >= self.input.len()
                    || header_at::<H>(&mut self.input, after)?
                        .is_some_and(|next| next.same_stream(&header))
                {
                    return Ok(Some((here, header)));
                }
            }
            at += (n + 1 - LONGEST_HEADER) as u64;
        }
    }

    /// Whether a run of packets like `first`, which ends at byte `at`, goes on there.
    fn run_at(&mut self, mut at: u64, first: &H) -> Result<bool, AudioError> {
        for _ in 1..RUN_OF_PACKETS {
            match header_at::<H>(&mut self.input, at)? {
                Some(next) if next.same_stream(first) => at += next.bytes() as u64,
                _ => return Ok(false),
            }
        }
        Ok(true)
    }

    /// Passes one packet; `None` at the end.
    fn pass(&mut self) -> Result<Option<(u64, H)>, AudioError> {
        let Some((at, header)) = self.find()? else {
            return Ok(None);
        };
        if at + header.bytes() as u64 > self.input.len() {
            return Ok(None);
        }
        if self.packet == self.seek_table.len() as u64 * STRIDE {
            self.seek_table.push(at);
        }
        self.packet += 1;
        self.at = at + header.bytes() as u64;
        Ok(Some((at, header)))
    }

    /// Makes packet `packet` the next one, or goes to the end.
    fn go(&mut self, packet: u64) -> Result<(), AudioError> {
        let known = (packet / STRIDE).min((self.seek_table.len() as u64).saturating_sub(1));
        if self.packet > packet || self.packet < known * STRIDE {
            self.packet = known * STRIDE;
            self.at = self.seek_table.get(known as usize).copied().unwrap_or(0);
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

    fn seek(&mut self, raw: u64, _here: u64) -> Result<SeekPoint, AudioError> {
        let wanted = raw / self.first.frames().max(1);
        let from = wanted.saturating_sub(1);
        self.go(from)?;
        Ok(SeekPoint {
            at: wanted * self.first.frames(),
            silent: (wanted - from) as u32,
        })
    }
}
