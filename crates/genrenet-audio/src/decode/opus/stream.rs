//! One stream of Opus packets to one signal: our CELT decoder as long as a stream is CELT only, as music is, and the port of libopus for
//! speech and hybrid packets.

use std::collections::VecDeque;
use std::ops::Range;

use opus_pure::OpusDecoder;

use super::packet::{LONGEST, RATE, RUN_IN, duration};
use crate::decode::celt::{Celt, Frame, Pitch, pitch_of};
use crate::decode::packet_stream::PacketError;

/// A decoder of one stream.
pub(super) struct Stream {
    decoder: Decoder,
    /// The last packets, as many as a fresh decoder needs before its output is used.
    recent: VecDeque<Vec<u8>>,
    /// Sample frames in them.
    recent_frames: u64,
    /// How many of the last of them are not decoded yet.
    waiting: usize,
    samples: Vec<f32>,
}

enum Decoder {
    Celt(Box<Celt>),
    Any(Any),
}

impl Stream {
    pub(super) fn new() -> Self {
        Self {
            decoder: Decoder::Celt(Box::new(Celt::new())),
            recent: VecDeque::new(),
            recent_frames: 0,
            waiting: 0,
            samples: Vec::new(),
        }
    }

    /// A decoder of one of two channels.
    pub(super) fn of_side(side: usize) -> Result<Self, PacketError> {
        Ok(Self {
            decoder: Decoder::Any(Any::new(Some(side))?),
            ..Self::new()
        })
    }

    /// The samples of a packet.
    pub(super) fn decode(&mut self, packet: &[u8]) -> Result<&[f32], PacketError> {
        self.samples.clear();
        if let Decoder::Celt(celt) = &mut self.decoder {
            if let Some(frames) = Frames::of(packet) {
                let waiting = self.recent.len() - self.waiting..;
                let start = first_needed(self.recent.range(waiting.clone()), &frames);
                for (index, packet) in self.recent.range(waiting).enumerate() {
                    let Some(frames) = Frames::of(packet) else {
                        continue;
                    };
                    for data in frames.data() {
                        if index < start {
                            celt.skip(data, frames.frame);
                        } else {
                            celt.decode(data, frames.frame, &mut self.samples);
                        }
                    }
                }
                self.waiting = 0;
                self.samples.clear();
                for data in frames.data() {
                    celt.decode(data, frames.frame, &mut self.samples);
                }
                self.remember(packet);
                return Ok(&self.samples);
            }
            self.take_over()?;
        }
        if let Decoder::Any(decoder) = &mut self.decoder {
            decoder.decode(packet, &mut self.samples)?;
        }
        Ok(&self.samples)
    }

    /// Takes a packet whose samples are not used.
    pub(super) fn skip(&mut self, packet: &[u8]) -> Result<(), PacketError> {
        if matches!(self.decoder, Decoder::Celt(_)) && Frames::of(packet).is_some() {
            self.waiting += 1;
            self.remember(packet);
            return Ok(());
        }
        self.decode(packet).map(|_| ())
    }

    /// Forgets all earlier packets.
    pub(super) fn reset(&mut self) {
        match &mut self.decoder {
            Decoder::Celt(celt) => celt.reset(),
            Decoder::Any(any) => any.reset(),
        }
        self.recent.clear();
        self.recent_frames = 0;
        self.waiting = 0;
    }

    fn remember(&mut self, packet: &[u8]) {
        self.recent.push_back(packet.to_vec());
        self.recent_frames += duration(packet) as u64;
        while let Some(first) = self.recent.front() {
            let rest = self.recent_frames - duration(first) as u64;
            if rest < RUN_IN {
                return;
            }
            if self.waiting == self.recent.len() {
                self.waiting -= 1;
                if let (Decoder::Celt(celt), Some(frames)) = (&mut self.decoder, Frames::of(first))
                {
                    frames.data().for_each(|data| celt.skip(data, frames.frame));
                }
            }
            self.recent_frames = rest;
            self.recent.pop_front();
        }
    }

    /// The stream is not CELT only: the other decoder takes over, starting with the packets in its memory.
    fn take_over(&mut self) -> Result<(), PacketError> {
        let mut any = Any::new(None)?;
        for packet in self.recent.drain(..) {
            // Errors in these packets were reported when they came.
            let _ = any.decode(&packet, &mut self.samples);
        }
        self.samples.clear();
        self.recent_frames = 0;
        self.waiting = 0;
        self.decoder = Decoder::Any(any);
        Ok(())
    }
}

/// The decoder of any Opus packet.
struct Any {
    decoder: Box<OpusDecoder>,
    /// The one of two channels that is decoded; `None`: the mean.
    side: Option<usize>,
}

impl Any {
    fn new(side: Option<usize>) -> Result<Self, PacketError> {
        let outputs = if side.is_some() { 2 } else { 1 };
        let decoder = OpusDecoder::new(RATE as i32, outputs).map_err(PacketError::refused)?;
        Ok(Self {
            decoder: Box::new(decoder),
            side,
        })
    }

    /// Replaces `samples` by those of `packet`.
    fn decode(&mut self, packet: &[u8], samples: &mut Vec<f32>) -> Result<(), PacketError> {
        samples.resize(2 * LONGEST, 0.0);
        let frames = duration(packet);
        let got = self.decoder.decode(packet, frames, samples);
        let got = got.map_err(PacketError::refused)?.min(frames);
        if let Some(side) = self.side {
            for i in 0..got {
                samples[i] = samples[2 * i + side];
            }
        }
        samples.truncate(got);
        Ok(())
    }

    fn reset(&mut self) {
        // If the reset fails, the next samples are at worst inexact for a moment.
        let _ = self.decoder.reset_state();
    }
}

/// The frames of a packet that is CELT only and lacks none.
struct Frames<'a> {
    packet: &'a [u8],
    frame: Frame,
    places: Vec<Range<usize>>,
}

impl<'a> Frames<'a> {
    fn of(packet: &'a [u8]) -> Option<Self> {
        let frame = Frame::of(*packet.first()?)?;
        let places = places(packet)?;
        // Frames of a byte are gaps to be concealed.
        let whole = places.iter().all(|place| (2..=1275).contains(&place.len()));
        let fits = frame.len() * places.len() <= LONGEST;
        (whole && fits && !places.is_empty()).then_some(Self {
            packet,
            frame,
            places,
        })
    }

    fn data(&self) -> impl Iterator<Item = &'a [u8]> {
        let packet = self.packet;
        self.places.iter().map(move |place| &packet[place.clone()])
    }
}

/// Where a packet's frames lie (RFC 6716, section 3.2).
fn places(packet: &[u8]) -> Option<Vec<Range<usize>>> {
    let length = |at: usize| match *packet.get(at)? {
        first @ 0..=251 => Some((usize::from(first), at + 1)),
        first => Some((
            usize::from(first) + 4 * usize::from(*packet.get(at + 1)?),
            at + 2,
        )),
    };
    let mut end = packet.len();
    let (mut at, mut sizes) = (1, Vec::new());
    let mut count = 1;
    match packet.first()? & 3 {
        0 => {}
        1 => count = 2,
        2 => {
            let (first, next) = length(1)?;
            at = next;
            sizes = vec![first, end.checked_sub(next + first)?];
        }
        _ => {
            let flags = *packet.get(1)?;
            count = usize::from(flags & 63);
            at = 2;
            if flags & 0x40 != 0 {
                loop {
                    let byte = *packet.get(at)?;
                    at += 1;
                    end = end.checked_sub(usize::from(byte) - usize::from(byte == 255))?;
                    if byte != 255 {
                        break;
                    }
                }
            }
            if flags & 0x80 != 0 {
                for _ in 1..count {
                    let (size, next) = length(at)?;
                    at = next;
                    sizes.push(size);
                }
                let used: usize = sizes.iter().sum();
                sizes.push(end.checked_sub(at + used)?);
            }
        }
    }
    if sizes.is_empty() {
        let all = end.checked_sub(at)?;
        if count == 0 || all % count != 0 {
            return None;
        }
        sizes = vec![all / count; count];
    }
    let places = sizes.iter().map(|size| {
        let place = at..at + size;
        at += size;
        place
    });
    Some(places.collect())
}

/// Below this share (−80 dB), earlier samples are neglected.
const FADED: f32 = 1e-4;
/// Samples after which overlap and de-emphasis no longer depend on earlier ones.
const SETTLED: usize = 480;

/// The first of the waiting packets on whose samples those of a packet with the frames `next` depend: each frame's
/// pitch filter passes on a share of earlier samples.
fn first_needed<'a>(waiting: impl Iterator<Item = &'a Vec<u8>>, next: &Frames) -> usize {
    let mut filters = Vec::new();
    for (index, packet) in waiting.enumerate() {
        if let Some(frames) = Frames::of(packet) {
            let frame = frames.frame;
            filters.extend(
                frames
                    .data()
                    .map(|data| (pitch_of(data, frame), frame.len(), index)),
            );
        }
    }
    let mut later = next
        .data()
        .next()
        .map_or(Pitch::OFF, |data| pitch_of(data, next.frame));
    let (mut share, mut samples) = (1.0, 0);
    for (at, &(pitch, len, index)) in filters.iter().enumerate().rev() {
        let before = at.checked_sub(1).map(|at| filters[at]);
        let reach = reach(stronger(pitch, later));
        let filter = before.map_or(pitch, |(before, _, _)| stronger(before, pitch));
        share *= passed_on(filter, reach, len);
        samples += len;
        later = pitch;
        let first_of_packet = before.is_none_or(|(_, _, other)| other != index);
        if first_of_packet && samples >= SETTLED && share <= FADED {
            return index;
        }
    }
    0
}

/// Both filters of a frame as one that is at least as strong and as long.
fn stronger(a: Pitch, b: Pitch) -> Pitch {
    let mut both = a;
    both.period = a.period.max(b.period);
    both.gain = a.gain.max(b.gain);
    both
}

fn reach(pitch: Pitch) -> usize {
    if pitch.gain > 0.0 {
        pitch.period + 2
    } else {
        0
    }
}

/// The share of an error before a frame of `len` samples that is left in its last `reach` samples.
fn passed_on(filter: Pitch, reach: usize, len: usize) -> f32 {
    if filter.gain == 0.0 {
        // The overlap at its beginning depends on the frame before.
        return if reach + 120 <= len { 0.0 } else { 1.0 };
    }
    if reach > len {
        // The next frame's filter reaches past this frame.
        return 1.0;
    }
    let times = (len - reach) / (filter.period + 2);
    filter.gain.powi(1 + times as i32)
}

#[cfg(test)]
mod tests;
