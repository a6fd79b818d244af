//! Matroska and WebM (RFC 9559): Opus, Vorbis, AAC, FLAC, ALAC, MPEG audio and uncompressed audio in clusters of blocks.

mod blocks;
mod codec;
mod ebml;
mod tracks;

use std::ops::Range;

use blocks::{Block, Blocks, PacketPosition};
use tracks::Track;

use super::chain;
use super::packet_stream::{PacketStream, Packets, SeekPoint, StreamParameters};
use super::setup::{Lengths, Prepared};
use super::{Input, Source};
use crate::error::AudioError;

/// Most files in one: what follows is not read.
const MOST_FILES: usize = 1 << 12;

/// Opens the Matroska file at byte `start`, and those that were joined to it.
pub(super) fn open(input: Input, start: u64) -> Result<Box<dyn Source>, AudioError> {
    let len = input.len();
    let (first, followed) = open_file(&input, &(start..len))?;
    let Some(mut end) = followed else {
        return Ok(first);
    };
    drop(first);
    let (mut searched, mut from, mut places) = (input.clone(), start, Vec::new());
    while from < len && places.len() < MOST_FILES {
        places.push(from..end);
        from = end;
        end = next_file(&mut searched, from + 1)?.unwrap_or(len);
    }
    let none = AudioError::no_sound("Matroska", "no tracks");
    chain::join(
        input,
        places,
        |input, place| Ok(open_file(input, place)?.0),
        none,
    )
}

/// Where the first file begins from byte `from` on.
fn next_file(input: &mut Input, mut from: u64) -> Result<Option<u64>, AudioError> {
    let mut bytes = vec![0; 1 << 16];
    loop {
        let n = input.read_at(from, &mut bytes)?;
        let begins = blocks::EBML.to_be_bytes();
        match bytes[..n].windows(4).position(|here| here == begins) {
            Some(found) => return Ok(Some(from + found as u64)),
            None if n < bytes.len() => return Ok(None),
            None => from += n as u64 - 3,
        }
    }
}

/// Opens the first audio track that can be decoded in the file at `place`, default tracks before the
/// others. Also returns where an appended file begins, if there is one.
fn open_file(input: &Input, place: &Range<u64>) -> Result<Opened, AudioError> {
    // Positions are counted from the file's beginning.
    let mut input = input.clone().part(0, place.end);
    let segment = tracks::segment(&mut input, place.start)?
        .ok_or_else(|| AudioError::no_sound("Matroska", "no segment"))?;
    let end = segment.end(input.len());
    let mut announced = None;
    ebml::walk(&mut input, segment.at, end, &mut |_, element| {
        if element.id == 0x1654_ae6b {
            announced = Some(element);
        }
        Ok(announced.is_some())
    })?;
    let announced = announced.ok_or_else(|| AudioError::no_sound("Matroska", "no tracks"))?;
    let tracks = tracks::read(&mut input, announced, end)?;
    let mut refusal = None;
    for track in tracks {
        match prepare(&track) {
            Ok(prepared) => {
                return source(
                    Blocks::new(input, track.number, segment.at),
                    &track,
                    prepared,
                );
            }
            Err(reason) => {
                refusal.get_or_insert(reason);
            }
        }
    }
    let none = || AudioError::no_sound("Matroska", "no audio track");
    Err(refusal.unwrap_or_else(none))
}

/// A file's audio, and where an appended file begins, if there is one.
type Opened = (Box<dyn Source>, Option<u64>);

fn prepare(track: &Track) -> Result<Prepared, AudioError> {
    track.check()?;
    codec::codec(track)?.prepare()
}

fn source(blocks: Blocks, track: &Track, prepared: Prepared) -> Result<Opened, AudioError> {
    let frames = |nanoseconds: u64| {
        let scaled = u128::from(nanoseconds) * u128::from(prepared.rate) + 500_000_000;
        u64::try_from(scaled / 1_000_000_000).unwrap_or(u64::MAX)
    };
    let (packets, span) = MatroskaPackets::open(blocks, track, &prepared)?;
    // Opus states in samples what the container states in nanoseconds.
    let delay = match prepared.pre_skip {
        0 => frames(track.delay),
        pre_skip => pre_skip,
    };
    let discarded = u64::try_from(span.discarded).map_or(0, frames);
    let shape = StreamParameters {
        format: prepared.format,
        rate: prepared.rate,
        channels: prepared.channels,
        delay,
        end: Some(span.frames.saturating_sub(discarded)),
        seek_gap: 4096,
    };
    let followed = packets.blocks.followed;
    let sound = PacketStream::new(packets, prepared.decoder, shape);
    Ok((Box::new(sound), followed))
}

/// What is found by going through all headers.
struct Span {
    frames: u64,
    /// Nanoseconds to discard at the end of the last packet.
    discarded: i64,
}

/// Every so many packets, the position of a block is remembered: 16 bytes for about 20 s of audio.
const STRIDE: u64 = 1024;

/// A packet's position: the block that it is in, and its number there.
#[derive(Debug, Clone, Copy)]
struct Spot {
    element: u64,
    index: usize,
}

/// A track's packets in order.
struct MatroskaPackets {
    blocks: Blocks,
    lengths: Lengths,
    stripped: Vec<u8>,
    run_in: u64,
    block: Block,
    index: usize,
    /// Blocks, each with the raw position of the first sample that a fresh decoder yields from there.
    marks: Vec<(u64, u64)>,
}

/// A packet longer than this is damaged.
const LONGEST: u64 = 8 << 20;

impl MatroskaPackets {
    /// Goes through all headers: times are in milliseconds, so that only counting gives the exact length and where each packet begins.
    fn open(
        blocks: Blocks,
        track: &Track,
        prepared: &Prepared,
    ) -> Result<(Self, Span), AudioError> {
        let mut packets = Self {
            blocks,
            lengths: prepared.lengths.clone(),
            stripped: track.stripped.clone(),
            run_in: prepared.run_in,
            block: Block::default(),
            index: 0,
            marks: Vec::new(),
        };
        let mut span = Span {
            frames: 0,
            discarded: 0,
        };
        let (mut passed, mut marked) = (0u64, 0u64);
        while let Some(place) = packets.take()? {
            let before = span.frames;
            span.frames += packets.frames(place)?;
            if packets.index == 1 && (packets.marks.is_empty() || passed >= marked + STRIDE) {
                let from = if packets.lengths.overlap() {
                    span.frames
                } else {
                    before
                };
                packets.marks.push((packets.block.element, from));
                marked = passed;
            }
            passed += 1;
            span.discarded = packets.block.discarded;
        }
        packets.rewind(None);
        Ok((packets, span))
    }

    /// Goes before the block at `element`, or before the first one.
    fn rewind(&mut self, element: Option<u64>) {
        self.blocks.go(element);
        self.block.packets.clear();
        self.index = 0;
        self.lengths.reset();
    }

    /// The next packet's place; `None` at the end.
    fn take(&mut self) -> Result<Option<PacketPosition>, AudioError> {
        loop {
            if let Some(&place) = self.block.packets.get(self.index) {
                self.index += 1;
                return Ok(Some(place));
            }
            match self.blocks.next()? {
                Some(block) => self.block = block,
                None => return Ok(None),
            }
            self.index = 0;
        }
    }

    /// The first bytes of a packet, with what was left out in front of it.
    fn start(
        &mut self,
        place: PacketPosition,
        most: u64,
        packet: &mut Vec<u8>,
    ) -> Result<(), AudioError> {
        packet.clear();
        packet.extend_from_slice(&self.stripped);
        let kept = packet.len();
        packet.resize(kept + place.bytes.min(most) as usize, 0);
        let got = self.blocks.input.read_at(place.at, &mut packet[kept..])?;
        packet.truncate(kept + got);
        Ok(())
    }

    /// Sample frames of the packet at `place`, after those before it.
    fn frames(&mut self, place: PacketPosition) -> Result<u64, AudioError> {
        let mut head = Vec::new();
        self.start(place, Lengths::HEAD as u64, &mut head)?;
        let bytes = place.bytes + self.stripped.len() as u64;
        Ok(self.lengths.of(&head, bytes))
    }
}

impl Packets for MatroskaPackets {
    fn next(&mut self, packet: &mut Vec<u8>) -> Result<bool, AudioError> {
        let Some(place) = self.take()? else {
            return Ok(false);
        };
        // One that is absurdly long stays empty: its decoder returns silence.
        let most = if place.bytes <= LONGEST { LONGEST } else { 0 };
        self.start(place, most, packet)?;
        Ok(true)
    }

    fn seek(&mut self, raw: u64, _here: u64) -> Result<SeekPoint, AudioError> {
        let wanted = raw.saturating_sub(self.run_in);
        let known = self.marks.partition_point(|&(_, from)| from <= wanted);
        let (element, mut at) = match known.checked_sub(1) {
            Some(i) => (Some(self.marks[i].0), self.marks[i].1),
            None => (None, 0),
        };
        self.rewind(element);
        // The last packet from which a fresh decoder yields what lies at `wanted` on.
        let mut landing = None;
        let mut end = at;
        while let Some(place) = self.take()? {
            let spot = Spot {
                element: self.block.element,
                index: self.index - 1,
            };
            let begin = end;
            end += self.frames(place)?;
            let from = if self.lengths.overlap() { end } else { begin };
            if from > wanted && landing.is_some() {
                break;
            }
            (landing, at) = (Some(spot), from);
        }
        self.rewind(landing.map(|spot| spot.element).or(element));
        if let Some(spot) = landing {
            for _ in 0..spot.index {
                self.take()?;
            }
        }
        Ok(SeekPoint { at, silent: 0 })
    }
}
