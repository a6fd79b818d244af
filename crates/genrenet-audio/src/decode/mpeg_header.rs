//! Frame headers of MPEG audio and ADTS, as far as is needed to recognise raw streams.

use std::io;

use super::Input;

/// The kind of frames of a raw stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Layer {
    One,
    Two,
    Three,
    Adts,
}

/// A frame header: the fields that are the same in every frame, and the frame's length in bytes (free format: unknown).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Header {
    layer: Layer,
    /// Version, layer and sampling rate bits.
    family: u32,
    length: Option<usize>,
}

/// kbit/s by bit rate index, for MPEG-1 layers I–III and MPEG-2/2.5 layers I and II/III (ISO 11172-3, 13818-3).
#[rustfmt::skip]
const KBITS: [[u16; 15]; 5] = [
    [0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448],
    [0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384],
    [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
    [0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256],
    [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
];

impl Header {
    fn parse(bytes: &[u8]) -> Option<Self> {
        let word = u32::from_be_bytes(*bytes.first_chunk()?);
        if word >> 20 != 0xfff && word >> 21 != 0x7ff {
            return None;
        }
        let layer_bits = word >> 17 & 3;
        if layer_bits == 0 {
            return Self::adts(bytes, word);
        }
        let version = word >> 19 & 3;
        let (rate_index, bit_rate_index) = (word >> 10 & 3, (word >> 12 & 15) as usize);
        if version == 1 || rate_index == 3 || bit_rate_index == 15 || word & 3 == 2 {
            return None;
        }
        let rate = [44_100, 48_000, 32_000][rate_index as usize]
            >> match version {
                3 => 0,
                2 => 1,
                _ => 2,
            };
        let one = version == 3;
        let (layer, row) = match layer_bits {
            3 => (Layer::One, if one { 0 } else { 3 }),
            2 => (Layer::Two, if one { 1 } else { 4 }),
            _ => (Layer::Three, if one { 2 } else { 4 }),
        };
        let bit_rate = usize::from(KBITS[row][bit_rate_index]) * 1000;
        let padding = (word >> 9 & 1) as usize;
        let length = match layer {
            Layer::One => (12 * bit_rate / rate + padding) * 4,
            Layer::Three if !one => 72 * bit_rate / rate + padding,
            _ => 144 * bit_rate / rate + padding,
        };
        Some(Self {
            layer,
            family: word & 0xfffe_0c00,
            length: (bit_rate > 0).then_some(length),
        })
    }

    fn adts(bytes: &[u8], word: u32) -> Option<Self> {
        let rate_index = word >> 10 & 15;
        if word >> 20 != 0xfff || rate_index > 12 || bytes.len() < 7 {
            return None;
        }
        let length = usize::from(bytes[3] & 3) << 11
            | usize::from(bytes[4]) << 3
            | usize::from(bytes[5]) >> 5;
        let header = if word >> 16 & 1 == 0 { 9 } else { 7 };
        (length > header).then_some(Self {
            layer: Layer::Adts,
            family: word & 0xfffe_3c00,
            length: Some(length),
        })
    }
}

/// Whether `bytes` start with a frame header.
pub(super) fn starts_with_header(bytes: &[u8]) -> bool {
    Header::parse(bytes).is_some()
}

/// The MPEG audio frame at the start of `bytes`: layer, sample frames per second, channels; `None` without one.
pub(super) fn frame(bytes: &[u8]) -> Option<(Layer, u32, u16)> {
    let header = Header::parse(bytes).filter(|header| header.layer != Layer::Adts)?;
    let (version, rate) = (bytes[1] >> 3 & 3, bytes[2] >> 2 & 3);
    let rate = [44_100, 48_000, 32_000][usize::from(rate)];
    let rate = match version {
        3 => rate,
        2 => rate / 2,
        _ => rate / 4,
    };
    let channels = if bytes[3] >> 6 == 3 { 1 } else { 2 };
    Some((header.layer, rate, channels))
}

/// The fields that are the same in every frame, and the length of the frame at the start of `bytes`; `None` without one, and for
/// frames that do not state their length (free format).
pub(super) fn family(bytes: &[u8]) -> Option<(u32, usize)> {
    let header = Header::parse(bytes).filter(|header| header.layer != Layer::Adts)?;
    Some((header.family, header.length.filter(|&n| n > 4)?))
}

/// Looks for the first MPEG audio or ADTS frame in `searched` bytes from byte `start` on.
///
/// At `start` itself one valid layer III header is enough (the rest may be damaged); elsewhere, and for the other formats, the
/// headers of the following frames must agree: two more, or as many as there are bytes for.
pub(super) fn find(
    input: &mut Input,
    start: u64,
    searched: u64,
) -> io::Result<Option<(Layer, u64)>> {
    const STEP: usize = 1 << 16;
    let mut window = vec![0; STEP + 4096 * 4];
    let mut from = start;
    while from < start + searched {
        let n = input.read_at(from, &mut window)?;
        let bytes = &window[..n];
        let at_end = n < window.len();
        for at in 0..n.min(STEP) {
            if bytes[at] != 0xff {
                continue;
            }
            let Some(header) = Header::parse(&bytes[at..]) else {
                continue;
            };
            let first = from == start && at == 0;
            if (first && header.layer == Layer::Three)
                || agrees(&bytes[at..], header, at_end, first)
            {
                return Ok(Some((header.layer, from + at as u64)));
            }
        }
        if n <= STEP {
            break;
        }
        from += STEP as u64;
    }
    Ok(None)
}

/// Whether the headers after the frame at the start of `bytes` go on with its stream; `lone`: a single whole one is enough.
fn agrees(bytes: &[u8], first: Header, at_end: bool, lone: bool) -> bool {
    let mut at = 0;
    let mut header = first;
    for agreed in 0..2 {
        let Some(length) = header.length else {
            return false;
        };
        at += length.max(4);
        let Some(next) = bytes.get(at..).filter(|b| b.len() >= 7) else {
            return at_end && at <= bytes.len() && (lone || agreed > 0);
        };
        match Header::parse(next) {
            Some(next) if next.family == first.family => header = next,
            _ => return false,
        }
    }
    true
}
