//! Ogg: Vorbis, Opus and FLAC in pages. Chained streams are decoded one after another.

mod links;
mod logical;
mod packets;
mod page;
mod timeline;
mod vorbis;

use std::ops::Range;

use logical::{Ended, Logical};
use packets::OggPackets;
use page::Page;
use timeline::Timing;

use super::chain;
use super::flac::{self, FlacPackets};
use super::opus;
use super::packet_stream::{PacketDecoder, PacketStream, StreamParameters};
use super::vorbis::Vorbis;
use super::{Input, Source};
use crate::error::AudioError;
use crate::format::Format;

/// The codec that a stream's first packet names.
enum Codec {
    Vorbis,
    Opus,
    Flac,
    /// Known but not decoded.
    Other(&'static str),
}

fn codec(packet: &[u8]) -> Option<Codec> {
    let starts: [(&[u8], Codec); 12] = [
        (b"\x01vorbis", Codec::Vorbis),
        (b"OpusHead", Codec::Opus),
        (b"\x7fFLAC", Codec::Flac),
        (b"fLaC", Codec::Flac),
        (b"Speex   ", Codec::Other("Speex")),
        (b"PCM     ", Codec::Other("PCM in Ogg")),
        (b"CELT    ", Codec::Other("CELT")),
        (b"\x80theora", Codec::Other("Theora video without audio")),
        (b"BBCD\0", Codec::Other("Dirac video without audio")),
        (b"OVP80", Codec::Other("VP8 video without audio")),
        (b"\x80kate", Codec::Other("Kate subtitles without audio")),
        (b"\x01video", Codec::Other("video without audio")),
    ];
    starts
        .into_iter()
        .find(|(start, _)| packet.starts_with(start))
        .map(|(_, codec)| codec)
}

/// Opens the Ogg file at byte `start`: the first audio stream, or that of each link of a chained file.
pub(super) fn open(mut input: Input, start: u64) -> Result<Box<dyn Source>, AudioError> {
    let links = links::find(&mut input, start)?;
    if let [only] = &links[..] {
        return open_link(&input, only);
    }
    let none = AudioError::no_sound("Ogg", "no stream of a known kind");
    chain::join(input, links, open_link, none)
}

/// Opens the first audio stream of a link.
fn open_link(input: &Input, link: &Range<u64>) -> Result<Box<dyn Source>, AudioError> {
    let mut input = input.clone().part(link.start, link.end - link.start);
    let mut page = Page::default();
    let mut at = 0;
    let mut refused = None;
    for _ in 0..links::MOST_STREAMS {
        let until = input.len();
        if !page::read(&mut input, at, until, &mut page)? || !page.begins {
            break;
        }
        at = page.end();
        let stream = (page.serial, page.at);
        match codec(&page.body) {
            Some(Codec::Other(name)) => {
                refused.get_or_insert(name);
            }
            Some(codec) => {
                let stream = Logical::new(input, stream.0, stream.1);
                return open_stream(stream, &codec);
            }
            None => {}
        }
    }
    Err(match refused {
        Some(name) if name.ends_with("without audio") => AudioError::unsupported(name),
        Some(name) => AudioError::to_convert(name),
        None => AudioError::no_sound("Ogg", "no stream of a known kind"),
    })
}

fn open_stream(mut stream: Logical, codec: &Codec) -> Result<Box<dyn Source>, AudioError> {
    let mut first = Vec::new();
    stream.next(&mut first)?;
    match codec {
        Codec::Vorbis => {
            let damaged = |reason: &str| AudioError::damaged(Format::Vorbis, reason);
            // Comments in between may be missing if they were too long to be read.
            let mut setup = Vec::new();
            loop {
                if stream.next(&mut setup)?.is_none() {
                    return Err(AudioError::no_sound(
                        Format::Vorbis,
                        "the headers are not complete",
                    ));
                }
                if setup.starts_with(b"\x05vorbis") {
                    break;
                }
                if setup.first().is_none_or(|b| b & 1 == 0) {
                    return Err(damaged("no setup header"));
                }
            }
            let decoder = Vorbis::new(&first, &setup)?;
            let shape = StreamParameters {
                format: Format::Vorbis,
                rate: decoder.rate(),
                channels: decoder.channels(),
                delay: 0,
                end: None,
                seek_gap: 4096,
            };
            source(stream, None, decoder.blocks(), decoder, shape)
        }
        Codec::Opus => {
            let head = opus::Head::parse(&first)?;
            let mut tags = Vec::new();
            // A comment packet that is too long is skipped: then this is the first audio packet.
            let sound = stream
                .next(&mut tags)?
                .filter(|_| !tags.starts_with(b"OpusTags"));
            let shape = StreamParameters {
                format: Format::Opus,
                rate: opus::RATE,
                channels: head.channels.into(),
                delay: head.pre_skip.into(),
                end: None,
                seek_gap: 32 * 1024,
            };
            source(stream, sound, OpusDurations, opus::Opus::new(&head)?, shape)
        }
        Codec::Flac | Codec::Other(_) => {
            let damaged = || AudioError::damaged(Format::Flac, "an impossible header");
            // "\x7fFLAC", version, count, "fLaC", block header; old files begin with "fLaC".
            let info_at = if first.starts_with(b"\x7f") { 17 } else { 8 };
            let info = first
                .get(info_at..)
                .and_then(flac::Info::parse)
                .ok_or_else(damaged)?;
            let shape = StreamParameters {
                format: Format::Flac,
                rate: info.rate,
                channels: info.channels.into(),
                delay: 0,
                end: None,
                seek_gap: 4096,
            };
            // Metadata packets begin with their type, audio with the sync code.
            let mut packet = Vec::new();
            let mut sound = stream.next(&mut packet)?;
            while sound.is_some() && packet.first() != Some(&0xff) {
                sound = stream.next(&mut packet)?;
            }
            source(stream, sound, FlacFrames, FlacPackets::new(info), shape)
        }
    }
}

/// Opus packets state their length.
struct OpusDurations;

impl Timing for OpusDurations {
    const OVERLAPS: bool = false;
    const RUN_IN: u64 = opus::RUN_IN;
    const TRIMS: bool = true;

    fn frames(&mut self, packet: &[u8]) -> u64 {
        opus::duration(packet) as u64
    }

    fn reset(&mut self) {}
}

/// FLAC frames are independent and state their length.
struct FlacFrames;

impl Timing for FlacFrames {
    const OVERLAPS: bool = false;
    const RUN_IN: u64 = 0;
    const TRIMS: bool = false;

    fn frames(&mut self, packet: &[u8]) -> u64 {
        flac::frames(packet)
    }

    fn reset(&mut self) {}
}

fn source<T: Timing + 'static, D: PacketDecoder + 'static>(
    stream: Logical,
    read: Option<Ended>,
    timing: T,
    decoder: D,
    mut shape: StreamParameters,
) -> Result<Box<dyn Source>, AudioError> {
    let (packets, span) = OggPackets::new(stream, timing, read, shape.delay)?;
    shape.delay += span.start;
    shape.end = Some(span.end);
    Ok(Box::new(PacketStream::new(packets, decoder, shape)))
}
