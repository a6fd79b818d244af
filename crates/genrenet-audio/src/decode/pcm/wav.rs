//! RIFF WAVE and its 64-bit and big-endian relatives.

use super::chunks::walk;
use super::sample::Sample;
use super::source::{Layout, Pcm};
use crate::decode::{Input, Source, mp3};
use crate::error::AudioError;
use crate::format::Format;

/// The `fmt ` chunk (WAVEFORMATEXTENSIBLE, of which the older ones are the first part).
#[derive(Debug, Clone, Copy)]
struct Fmt {
    tag: u16,
    channels: u16,
    rate: u32,
    block: u16,
    bits: u16,
}

/// Bytes 2–15 of the sub-format identifiers whose first two bytes are an ordinary format tag (mmreg.h).
const TAG_GUID: [u8; 14] = [0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71];

pub(in crate::decode) fn open(mut input: Input, start: u64) -> Result<Box<dyn Source>, AudioError> {
    let mut head = [0; 12];
    input.read_at(start, &mut head)?;
    let big_endian = head.starts_with(b"RIFX");
    let mut fmt = None;
    let mut data = None;
    let mut long_data = None;
    let mut bad_fmt = None;
    walk(&mut input, start + 12, big_endian, &mut |input, chunk| {
        match &chunk.name {
            b"fmt " => {
                let mut bytes = [0; 40];
                let n = bytes
                    .len()
                    .min(usize::try_from(chunk.len).unwrap_or(usize::MAX));
                let n = input.read_at(chunk.at, &mut bytes[..n])?;
                match parse_fmt(&bytes[..n], big_endian) {
                    Ok(parsed) => fmt = Some(parsed),
                    Err(reason) => bad_fmt = Some(reason),
                }
            }
            b"ds64" => {
                let mut bytes = [0; 16];
                if input.read_at(chunk.at, &mut bytes)? == 16 {
                    let bytes = bytes.last_chunk::<8>().map(|b| u64::from_le_bytes(*b));
                    long_data = bytes.filter(|&bytes| bytes > 0);
                }
            }
            b"data" => {
                let whole = input.len() - chunk.at.min(input.len());
                // Programs that write to a pipe cannot go back to fill in the length.
                let bytes = match chunk.claimed {
                    0xffff_ffff => long_data.unwrap_or(whole).min(whole),
                    0 if fmt.is_some() => whole,
                    _ => chunk.len,
                };
                data = Some((chunk.at, bytes));
                return Ok(fmt.is_some() || bad_fmt.is_some());
            }
            _ => {}
        }
        Ok(fmt.is_some() && data.is_some())
    })?;
    if let (Some(reason), None) = (bad_fmt, fmt) {
        return Err(reason);
    }
    let fmt = fmt.ok_or_else(|| AudioError::no_sound(Format::Wav, "no fmt chunk"))?;
    let (at, bytes) = data.ok_or_else(|| AudioError::no_sound(Format::Wav, "no data chunk"))?;
    if fmt.tag == 0x55 {
        return mp3::open(input.part(at, bytes), 0);
    }
    Pcm::open(
        input,
        Layout {
            format: Format::Wav,
            rate: fmt.rate,
            channels: fmt.channels,
            sample: sample(fmt, big_endian)?,
            block: fmt.block.into(),
            start: at,
            bytes,
        },
    )
}

fn parse_fmt(bytes: &[u8], big_endian: bool) -> Result<Fmt, AudioError> {
    let damaged = |reason: String| AudioError::damaged(Format::Wav, reason);
    if bytes.len() < 14 {
        return Err(damaged(format!(
            "fmt chunk of {} bytes, at least 16 are needed",
            bytes.len()
        )));
    }
    let u16_at = |at: usize| {
        let pair = bytes
            .get(at..)
            .and_then(|b| b.first_chunk::<2>())
            .copied()
            .unwrap_or_default();
        if big_endian {
            u16::from_be_bytes(pair)
        } else {
            u16::from_le_bytes(pair)
        }
    };
    let (low, high) = if big_endian { (6, 4) } else { (4, 6) };
    let mut fmt = Fmt {
        tag: u16_at(0),
        channels: u16_at(2),
        rate: u32::from(u16_at(high)) << 16 | u32::from(u16_at(low)),
        block: u16_at(12),
        bits: u16_at(14),
    };
    if fmt.tag == 0xfffe {
        if bytes.len() < 40 {
            return Err(damaged(format!(
                "extensible fmt chunk of {} bytes, 40 are needed",
                bytes.len()
            )));
        }
        if bytes[26..40] != TAG_GUID {
            return Err(damaged(
                "a sub-format that is not a registered format tag".to_owned(),
            ));
        }
        fmt.tag = u16_at(24);
        if fmt.bits == 0 {
            // The valid bits, if those of the container are 0.
            fmt.bits = u16_at(18);
        }
    }
    Ok(fmt)
}

fn sample(fmt: Fmt, big_endian: bool) -> Result<Sample, AudioError> {
    let unsupported = |what: &str| Err(AudioError::to_convert(format!("{what} in WAV")));
    let sample = match fmt.tag {
        // A byte or less is unsigned, everything longer signed.
        1 if (1..=8).contains(&fmt.bits) => Some(Sample::U8),
        1 => Sample::integer(fmt.bits, big_endian),
        3 => Sample::float(fmt.bits, big_endian),
        6 => Some(Sample::ALaw),
        7 => Some(Sample::MuLaw),
        0x02 => return unsupported("MS ADPCM"),
        0x11 => return unsupported("IMA ADPCM"),
        0x31 => return unsupported("GSM 6.10"),
        0x50 => return unsupported("MPEG audio layer I/II"),
        0x92 | 0x2000 => return unsupported("AC-3"),
        0xff | 0x1600 | 0x1602 | 0x1610 => return unsupported("AAC"),
        0x160..=0x163 => return unsupported("WMA"),
        0x2001 => return unsupported("DTS"),
        0x5756 => return unsupported("WavPack"),
        0xf1ac => return unsupported("FLAC"),
        tag => return unsupported(&format!("format tag 0x{tag:04x}")),
    };
    let kind = if fmt.tag == 3 {
        "floating point"
    } else {
        "integers"
    };
    sample.ok_or_else(|| AudioError::damaged(Format::Wav, format!("{kind} of {} bits", fmt.bits)))
}
