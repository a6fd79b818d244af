//! A FLAC frame's header (RFC 9639, section 9.1).

use crate::decode::crc::FLAC_HEADER;

/// How two channels are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stereo {
    /// Independent channels, whatever their number.
    Independent,
    LeftSide,
    SideRight,
    MidSide,
}

/// The fields of a frame's header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Header {
    /// Sample frames in this block.
    pub block: u32,
    /// Hz; `None`: as STREAMINFO states.
    pub rate: Option<u32>,
    pub channels: u8,
    pub stereo: Stereo,
    /// Bits per sample; `None`: as STREAMINFO states.
    pub bits: Option<u8>,
    /// Whether `number` counts sample frames, not blocks.
    pub variable: bool,
    pub number: u64,
    /// Length of the header in bytes.
    pub bytes: usize,
}

/// The longest header: 4 bytes, number of 7, block size and rate of 2, check sum.
pub(super) const LONGEST: usize = 16;

impl Header {
    /// The header at the start of `bytes`, if there is a valid one.
    pub(super) fn parse(bytes: &[u8]) -> Option<Self> {
        let &[sync, strategy, sizes, layout, ..] = bytes else {
            return None;
        };
        if sync != 0xff || strategy & 0xfe != 0xf8 || layout & 1 != 0 {
            return None;
        }
        let (channels, stereo) = match layout >> 4 {
            n @ 0..=7 => (n + 1, Stereo::Independent),
            8 => (2, Stereo::LeftSide),
            9 => (2, Stereo::SideRight),
            10 => (2, Stereo::MidSide),
            _ => return None,
        };
        let bits = match layout >> 1 & 7 {
            0 => None,
            1 => Some(8),
            2 => Some(12),
            4 => Some(16),
            5 => Some(20),
            6 => Some(24),
            7 => Some(32),
            _ => return None,
        };
        let (number, mut at) = coded_number(bytes)?;
        let mut big_endian = |n: usize| {
            let value = bytes
                .get(at..at + n)?
                .iter()
                .fold(0, |v, &b| v << 8 | u32::from(b));
            at += n;
            Some(value)
        };
        let block = match sizes >> 4 {
            0 => return None,
            1 => 192,
            n @ 2..=5 => 144 << n,
            6 => big_endian(1)? + 1,
            7 => big_endian(2)? + 1,
            n => 1 << n,
        };
        let rate = match sizes & 15 {
            0 => None,
            n @ 1..=11 => {
                const RATES: [u32; 11] = [
                    88_200, 176_400, 192_000, 8_000, 16_000, 22_050, 24_000, 32_000, 44_100,
                    48_000, 96_000,
                ];
                Some(RATES[usize::from(n) - 1])
            }
            12 => Some(big_endian(1)? * 1000),
            13 => Some(big_endian(2)?),
            14 => Some(big_endian(2)? * 10),
            _ => return None,
        };
        let sum = *bytes.get(at)?;
        (FLAC_HEADER.checksum(&bytes[..at]) == sum).then_some(Self {
            block,
            rate,
            channels,
            stereo,
            bits,
            variable: strategy & 1 == 1,
            number,
            bytes: at + 1,
        })
    }
}

/// The number from byte 4 on, coded as UTF-8 codes characters, but up to 36 bits; and where it ends.
fn coded_number(bytes: &[u8]) -> Option<(u64, usize)> {
    let first = *bytes.get(4)?;
    let more = match first.leading_ones() {
        0 => return Some((first.into(), 5)),
        n @ 2..=7 => n as usize - 1,
        _ => return None,
    };
    let mut number = u64::from(first) & (0x3f >> more);
    for &byte in bytes.get(5..5 + more)? {
        if byte & 0xc0 != 0x80 {
            return None;
        }
        number = number << 6 | u64::from(byte & 0x3f);
    }
    Some((number, 5 + more))
}
