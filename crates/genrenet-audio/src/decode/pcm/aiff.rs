//! AIFF (Apple, 1989) and AIFF-C (1991).

use super::chunks::walk;
use super::sample::Sample;
use super::source::{Layout, Pcm};
use crate::decode::{Input, Source};
use crate::error::AudioError;
use crate::format::Format;

/// The `COMM` chunk. Its number of sample frames is ignored: the length of the sound chunk counts.
#[derive(Debug, Clone, Copy)]
struct Common {
    channels: u16,
    bits: u16,
    rate: u32,
    /// AIFF-C only.
    compression: [u8; 4],
}

pub(in crate::decode) fn open(mut input: Input, start: u64) -> Result<Box<dyn Source>, AudioError> {
    let mut common = None;
    let mut sound = None;
    walk(&mut input, start + 12, true, &mut |input, chunk| {
        match &chunk.name {
            b"COMM" => {
                let mut bytes = [0; 22];
                let n = bytes
                    .len()
                    .min(usize::try_from(chunk.len).unwrap_or(usize::MAX));
                let n = input.read_at(chunk.at, &mut bytes[..n])?;
                common = parse_common(&bytes[..n]);
            }
            b"SSND" => {
                let mut bytes = [0; 8];
                if input.read_at(chunk.at, &mut bytes)? == 8 {
                    let offset = bytes
                        .first_chunk::<4>()
                        .map_or(0, |b| u32::from_be_bytes(*b));
                    let skipped = 8 + u64::from(offset);
                    let whole = input.len().saturating_sub(chunk.at);
                    let len = if chunk.claimed == 0 || chunk.claimed == u32::MAX {
                        whole
                    } else {
                        chunk.len
                    };
                    sound = Some((chunk.at + skipped, len.saturating_sub(skipped)));
                }
            }
            _ => {}
        }
        Ok(common.is_some() && sound.is_some())
    })?;
    let common = common.ok_or_else(|| AudioError::no_sound(Format::Aiff, "no COMM chunk"))?;
    let (at, bytes) = sound.ok_or_else(|| AudioError::no_sound(Format::Aiff, "no SSND chunk"))?;
    let sample = sample(common)?;
    let block = u32::from(common.channels) * sample.bytes();
    Pcm::open(
        input,
        Layout {
            format: Format::Aiff,
            rate: common.rate,
            channels: common.channels,
            sample,
            block,
            start: at,
            bytes,
        },
    )
}

fn parse_common(bytes: &[u8]) -> Option<Common> {
    let u16_at = |at: usize| Some(u16::from_be_bytes(*bytes.get(at..)?.first_chunk()?));
    Some(Common {
        channels: u16_at(0)?,
        bits: u16_at(6)?,
        rate: extended(*bytes.get(8..)?.first_chunk()?),
        compression: bytes
            .get(18..)
            .and_then(|b| b.first_chunk())
            .copied()
            .unwrap_or(*b"NONE"),
    })
}

/// An IEEE 754 80-bit number as a whole sampling rate; 0 if it is not one.
fn extended(bytes: [u8; 10]) -> u32 {
    let [a, b, mantissa @ ..] = bytes;
    let exponent = i32::from(u16::from_be_bytes([a, b]));
    let mantissa = u64::from_be_bytes(mantissa);
    // Value = mantissa / 2^63 · 2^(exponent − 16383); a negative sign makes the exponent too large.
    match 16_383 + 63 - exponent {
        shift @ 32..=63 => (mantissa >> shift) as u32,
        _ => 0,
    }
}

fn sample(common: Common) -> Result<Sample, AudioError> {
    let bits = common.bits;
    let integer = |big_endian| {
        if (1..=8).contains(&bits) {
            Some(Sample::I8)
        } else {
            Sample::integer(bits, big_endian)
        }
    };
    let unsupported = |what: &str| Err(AudioError::to_convert(format!("{what} in AIFF-C")));
    let sample = match &common.compression {
        b"NONE" | b"twos" => integer(true),
        b"sowt" => integer(false),
        b"in16" => Some(Sample::I16Be),
        b"in24" => Some(Sample::I24Be),
        b"in32" => Some(Sample::I32Be),
        b"ni24" | b"42ni" => Some(Sample::I24Le),
        b"23ni" => Some(Sample::I32Le),
        b"raw " => Some(Sample::U8),
        b"fl32" | b"FL32" => Some(Sample::F32Be),
        b"fl64" | b"FL64" => Some(Sample::F64Be),
        b"ulaw" | b"ULAW" => Some(Sample::MuLaw),
        b"alaw" | b"ALAW" => Some(Sample::ALaw),
        b"ima4" => return unsupported("IMA ADPCM"),
        b"MAC3" | b"MAC6" => return unsupported("MACE"),
        b"QDM2" | b"QDMC" => return unsupported("QDesign music"),
        b"Qclp" => return unsupported("QCELP"),
        other => return unsupported(&format!("compression \"{}\"", other.escape_ascii())),
    };
    sample.ok_or_else(|| AudioError::damaged(Format::Aiff, format!("integers of {bits} bits")))
}

#[cfg(test)]
mod tests {
    use super::extended;

    #[test]
    fn rates_are_80_bit_numbers() {
        assert_eq!(extended([0x40, 0x0e, 0xac, 0x44, 0, 0, 0, 0, 0, 0]), 44_100);
        assert_eq!(extended([0x40, 0x0b, 0xfa, 0, 0, 0, 0, 0, 0, 0]), 8_000);
        assert_eq!(extended([0xc0, 0x0e, 0xac, 0x44, 0, 0, 0, 0, 0, 0]), 0);
        assert_eq!(extended([0x7f, 0xff, 0, 0, 0, 0, 0, 0, 0, 0]), 0);
    }
}
