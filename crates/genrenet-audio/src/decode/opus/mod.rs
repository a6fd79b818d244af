//! Opus (RFC 6716), always at 48 kHz, with the set-up that Ogg and MP4 files give it (RFC 7845).

mod packet;
mod stream;

pub(super) use packet::{RATE, RUN_IN, duration};

use stream::Stream;

use super::mono::Downmix;
use super::packet_stream::{PacketDecoder, PacketError};
use crate::error::AudioError;
use crate::format::Format;

/// The identification header.
#[derive(Debug, Clone)]
pub(super) struct Head {
    pub channels: u8,
    pub pre_skip: u16,
    /// Gain in dB.
    gain: f32,
    streams: u8,
    /// Of the streams, how many of the first are stereo.
    coupled: u8,
    /// For each channel: which decoded channel it is; 255: silence.
    mapping: Vec<u8>,
}

impl Head {
    pub(super) fn parse(packet: &[u8]) -> Result<Self, AudioError> {
        let damaged = |reason: &str| AudioError::damaged(Format::Opus, reason);
        if packet.len() < 19 {
            return Err(damaged("the header is cut off"));
        }
        if packet[8] >> 4 != 0 {
            return Err(damaged("a header of an unknown version"));
        }
        let channels = packet[9];
        let pre_skip = u16::from_le_bytes([packet[10], packet[11]]);
        let gain = f32::from(i16::from_le_bytes([packet[16], packet[17]])) / 256.0;
        let (streams, coupled, mapping) = match packet[18] {
            0 if channels <= 2 => (1, channels / 2, (0..channels).collect()),
            1 | 255 => {
                let table = packet
                    .get(19..21 + usize::from(channels))
                    .ok_or_else(|| damaged("no channel mapping"))?;
                (table[0], table[1], table[2..].to_vec())
            }
            family => {
                return Err(AudioError::to_convert(format!(
                    "Opus channel mapping family {family}"
                )));
            }
        };
        let decoded = u16::from(streams) + u16::from(coupled);
        let fits = |&c: &u8| c == 255 || u16::from(c) < decoded;
        if channels == 0
            || streams == 0
            || coupled > streams
            || decoded > 255
            || !mapping.iter().all(fits)
        {
            return Err(damaged("an impossible channel mapping"));
        }
        Ok(Self {
            channels,
            pre_skip,
            gain,
            streams,
            coupled,
            mapping,
        })
    }
}

/// One decoder per stream; each yields one signal.
pub(super) struct Opus {
    head: Head,
    streams: Vec<Weighted>,
    gain: f32,
}

struct Weighted {
    stream: Stream,
    /// The weight of its output in the file's.
    weight: f32,
}

/// The decoders of all streams, for the mean of the channels or one of them.
fn streams(head: &Head, downmix: Downmix) -> Result<Vec<Weighted>, PacketError> {
    let each = (0..head.streams).map(|i| {
        let stereo = i < head.coupled;
        let (first, n) = if stereo {
            (2 * i, 2)
        } else {
            (head.coupled + i, 1)
        };
        let own = first..first + n;
        let channel = match downmix {
            Downmix::Mean => None,
            Downmix::Channel(channel) => Some(head.mapping.get(usize::from(channel)).copied()),
        };
        Ok(match channel {
            None => {
                let used = head.mapping.iter().filter(|c| own.contains(c)).count();
                Weighted {
                    stream: Stream::new(),
                    weight: used as f32 / f32::from(head.channels),
                }
            }
            Some(Some(c)) if own.contains(&c) && stereo => Weighted {
                stream: Stream::of_side(usize::from(c - first))?,
                weight: 1.0,
            },
            Some(wanted) => Weighted {
                stream: Stream::new(),
                weight: f32::from(wanted.is_some_and(|c| own.contains(&c))),
            },
        })
    });
    each.collect()
}

impl Opus {
    pub(super) fn new(head: &Head) -> Result<Self, AudioError> {
        Ok(Self {
            head: head.clone(),
            streams: streams(head, Downmix::Mean)
                .map_err(|e| AudioError::damaged(Format::Opus, e.to_string()))?,
            gain: 10f32.powf(head.gain / 20.0),
        })
    }

    /// Passes each stream its part of a packet.
    fn each(
        &mut self,
        packet: &[u8],
        mut give: impl FnMut(&mut Weighted, &[u8]) -> Result<(), PacketError>,
    ) -> Result<(), PacketError> {
        let frames = duration(packet);
        let mut rest = packet;
        let n = self.streams.len();
        for (i, stream) in self.streams.iter_mut().enumerate() {
            // All packets but the last of a multichannel stream state their length.
            let own;
            let this = if i + 1 < n {
                let (packet, after) = delimited(rest)
                    .ok_or(PacketError::Invalid("a packet's parts do not fit it"))?;
                rest = after;
                own = packet;
                &own[..]
            } else {
                rest
            };
            if this.is_empty() || duration(this) != frames {
                return Err(PacketError::Invalid("a packet's parts differ in length"));
            }
            give(stream, this)?;
        }
        Ok(())
    }
}

impl PacketDecoder for Opus {
    fn decode(&mut self, packet: &[u8], out: &mut Vec<f32>) -> Result<(), PacketError> {
        let start = out.len();
        out.resize(start + duration(packet), 0.0);
        let gain = self.gain;
        self.each(packet, |stream, part| {
            let weight = stream.weight * gain;
            let samples = stream.stream.decode(part)?;
            for (sum, s) in out[start..].iter_mut().zip(samples) {
                *sum += s * weight;
            }
            Ok(())
        })
    }

    fn can_skip(&self) -> bool {
        true
    }

    fn skippable_frames(&self, packet: &[u8]) -> Option<u64> {
        Some(duration(packet) as u64).filter(|&frames| frames > 0)
    }

    fn skip(&mut self, packet: &[u8]) -> Result<(), PacketError> {
        self.each(packet, |stream, part| stream.stream.skip(part))
    }

    fn reset(&mut self) {
        for stream in &mut self.streams {
            stream.stream.reset();
        }
    }

    fn set_downmix(&mut self, downmix: Downmix) -> bool {
        match streams(&self.head, downmix) {
            Ok(streams) => {
                self.streams = streams;
                true
            }
            Err(_) => false,
        }
    }
}

/// Splits a self-delimiting packet (RFC 6716, appendix B) off: as an ordinary packet, and what follows it.
fn delimited(bytes: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let (&toc, rest) = bytes.split_first()?;
    match toc & 3 {
        0 => {
            let (n, rest) = length(rest)?;
            Some((join(&[&[toc], rest.get(..n)?]), rest.get(n..)?))
        }
        1 => {
            let (n, rest) = length(rest)?;
            Some((join(&[&[toc], rest.get(..2 * n)?]), rest.get(2 * n..)?))
        }
        2 => {
            let (first, after) = length(rest)?;
            let coded = &rest[..rest.len() - after.len()];
            let (second, after) = length(after)?;
            let n = first + second;
            Some((join(&[&[toc], coded, after.get(..n)?]), after.get(n..)?))
        }
        _ => {
            let (&count, mut rest) = rest.split_first()?;
            let mut head = vec![toc, count];
            let mut padding = 0usize;
            if count & 0x40 != 0 {
                loop {
                    let (&byte, after) = rest.split_first()?;
                    head.push(byte);
                    rest = after;
                    padding += if byte == 255 { 254 } else { byte.into() };
                    if byte != 255 {
                        break;
                    }
                }
            }
            let frames = usize::from(count & 63);
            let mut total = padding;
            if count & 0x80 != 0 {
                for _ in 1..frames {
                    let (n, after) = length(rest)?;
                    head.extend(&rest[..rest.len() - after.len()]);
                    rest = after;
                    total += n;
                }
                let (last, after) = length(rest)?;
                rest = after;
                total += last;
            } else {
                let (n, after) = length(rest)?;
                rest = after;
                total += n * frames;
            }
            Some((join(&[&head, rest.get(..total)?]), rest.get(total..)?))
        }
    }
}

fn join(parts: &[&[u8]]) -> Vec<u8> {
    parts.concat()
}

/// A frame length of one or two bytes, and what follows.
fn length(bytes: &[u8]) -> Option<(usize, &[u8])> {
    match *bytes {
        [n @ 0..=251, ref rest @ ..] => Some((n.into(), rest)),
        [n, more, ref rest @ ..] => Some((usize::from(n) + 4 * usize::from(more), rest)),
        _ => None,
    }
}
