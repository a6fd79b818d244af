//! One stored sample: its bytes, and its value in [-1, 1].

use super::companding::{A_LAW, MU_LAW};
use crate::decode::Downmix;

/// How a sample is stored. Integers are divided by 2^(bits − 1), as libsndfile does, so full scale is [-1, 1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::decode) enum Sample {
    /// 8 bits around 128 (WAV).
    U8,
    /// 8 bits (AIFF, AU).
    I8,
    /// Little-endian integers, left-justified in 2, 3 or 4 bytes.
    I16Le,
    I24Le,
    I32Le,
    /// Big-endian integers.
    I16Be,
    I24Be,
    I32Be,
    /// IEEE floating point.
    F32Le,
    F64Le,
    F32Be,
    F64Be,
    /// ITU-T G.711.
    MuLaw,
    ALaw,
}

impl Sample {
    /// Bytes that one sample takes.
    pub(in crate::decode) fn bytes(self) -> u32 {
        match self {
            Self::U8 | Self::I8 | Self::MuLaw | Self::ALaw => 1,
            Self::I16Le | Self::I16Be => 2,
            Self::I24Le | Self::I24Be => 3,
            Self::I32Le | Self::I32Be | Self::F32Le | Self::F32Be => 4,
            Self::F64Le | Self::F64Be => 8,
        }
    }

    /// Integers of `bits` bits, left-justified in as many bytes as they need; `None` for other widths.
    pub(in crate::decode) fn integer(bits: u16, big_endian: bool) -> Option<Self> {
        Some(match (bits.div_ceil(8), big_endian) {
            (2, false) => Self::I16Le,
            (3, false) => Self::I24Le,
            (4, false) => Self::I32Le,
            (2, true) => Self::I16Be,
            (3, true) => Self::I24Be,
            (4, true) => Self::I32Be,
            _ => return None,
        })
    }

    /// IEEE floating point of `bits` bits.
    pub(in crate::decode) fn float(bits: u16, big_endian: bool) -> Option<Self> {
        Some(match (bits, big_endian) {
            (32, false) => Self::F32Le,
            (64, false) => Self::F64Le,
            (32, true) => Self::F32Be,
            (64, true) => Self::F64Be,
            _ => return None,
        })
    }

    /// Whether stored bytes can mean NaN, infinity or an absurd size.
    pub(in crate::decode) fn can_be_no_number(self) -> bool {
        matches!(self, Self::F32Le | Self::F64Le | Self::F32Be | Self::F64Be)
    }

    /// Appends each block of `block` bytes, which holds `channels`, by `downmix`.
    pub(in crate::decode) fn append(
        self,
        downmix: Downmix,
        bytes: &[u8],
        block: usize,
        channels: usize,
        out: &mut Vec<f32>,
    ) {
        let channels = Channels {
            count: channels,
            downmix,
        };
        const I16: f32 = 1.0 / 32_768.0;
        const I32: f32 = 1.0 / 2_147_483_648.0;
        match self {
            Self::U8 => mean(bytes, block, channels, out, |[b]| {
                (f32::from(b) - 128.0) / 128.0
            }),
            Self::I8 => mean(bytes, block, channels, out, |[b]| {
                f32::from(b.cast_signed()) / 128.0
            }),
            Self::I16Le => mean(bytes, block, channels, out, |b| {
                f32::from(i16::from_le_bytes(b)) * I16
            }),
            Self::I16Be => mean(bytes, block, channels, out, |b| {
                f32::from(i16::from_be_bytes(b)) * I16
            }),
            Self::I24Le => mean(bytes, block, channels, out, |[a, b, c]| {
                i32::from_le_bytes([0, a, b, c]) as f32 * I32
            }),
            Self::I24Be => mean(bytes, block, channels, out, |[a, b, c]| {
                i32::from_be_bytes([a, b, c, 0]) as f32 * I32
            }),
            Self::I32Le => mean(bytes, block, channels, out, |b| {
                i32::from_le_bytes(b) as f32 * I32
            }),
            Self::I32Be => mean(bytes, block, channels, out, |b| {
                i32::from_be_bytes(b) as f32 * I32
            }),
            Self::F32Le => mean(bytes, block, channels, out, f32::from_le_bytes),
            Self::F32Be => mean(bytes, block, channels, out, f32::from_be_bytes),
            Self::F64Le => mean(bytes, block, channels, out, |b| {
                f64::from_le_bytes(b) as f32
            }),
            Self::F64Be => mean(bytes, block, channels, out, |b| {
                f64::from_be_bytes(b) as f32
            }),
            Self::MuLaw => mean(bytes, block, channels, out, |[b]| {
                f32::from(MU_LAW[usize::from(b)]) * I16
            }),
            Self::ALaw => mean(bytes, block, channels, out, |[b]| {
                f32::from(A_LAW[usize::from(b)]) * I16
            }),
        }
    }
}

/// How many channels there are, and how they are reduced to one.
#[derive(Clone, Copy)]
struct Channels {
    count: usize,
    downmix: Downmix,
}

/// The conversion of every layout: `N` bytes at the start of each channel's slot become one number.
#[inline]
fn mean<const N: usize>(
    bytes: &[u8],
    block: usize,
    Channels { count, downmix }: Channels,
    out: &mut Vec<f32>,
    sample: impl Fn([u8; N]) -> f32,
) {
    let at = |slot: &[u8]| slot.first_chunk().map_or(0.0, |b| sample(*b));
    let slot = block / count;
    if let Downmix::Channel(channel) = downmix {
        let from = slot * usize::from(channel);
        let blocks = bytes.chunks_exact(block);
        out.extend(blocks.map(|b| b.get(from..).map_or(0.0, at)));
        return;
    }
    // Slots without padding, and their length known when compiling: whole vectors are converted at once.
    let (packed, _) = bytes.as_chunks::<N>();
    match count {
        1 if slot == N => out.extend(packed.iter().map(|b| sample(*b))),
        2 if block == 2 * N => {
            let (pairs, _) = packed.as_chunks();
            out.extend(pairs.iter().map(|[a, b]| (sample(*a) + sample(*b)) / 2.0));
        }
        1 => out.extend(bytes.chunks_exact(block).map(at)),
        2 => out.extend(
            bytes
                .chunks_exact(block)
                .map(|b| (at(b) + at(&b[slot..])) / 2.0),
        ),
        _ => {
            let n = count as f32;
            out.extend(
                bytes
                    .chunks_exact(block)
                    .map(|b| b.chunks_exact(slot).map(at).sum::<f32>() / n),
            );
        }
    }
}
