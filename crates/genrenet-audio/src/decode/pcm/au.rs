//! Sun/NeXT audio: five big-endian words, then samples.

use super::sample::Sample;
use super::source::{Layout, Pcm};
use crate::decode::{Input, Source};
use crate::error::AudioError;
use crate::format::Format;

pub(in crate::decode) fn open(mut input: Input, start: u64) -> Result<Box<dyn Source>, AudioError> {
    let mut header = [0; 24];
    if input.read_at(start, &mut header)? < header.len() {
        return Err(AudioError::no_sound(Format::Au, "the header is cut off"));
    }
    let word = |i: usize| {
        header
            .get(4 * i..)
            .and_then(|b| b.first_chunk())
            .map_or(0, |b| u32::from_be_bytes(*b))
    };
    let (offset, encoding, rate, channels) = (word(1), word(3), word(4), word(5));
    let unsupported = |what: &str| Err(AudioError::to_convert(format!("{what} in AU")));
    let sample = match encoding {
        1 => Sample::MuLaw,
        2 => Sample::I8,
        3 => Sample::I16Be,
        4 => Sample::I24Be,
        5 => Sample::I32Be,
        6 => Sample::F32Be,
        7 => Sample::F64Be,
        27 => Sample::ALaw,
        23..=26 => return unsupported("G.72x ADPCM"),
        other => return unsupported(&format!("encoding {other}")),
    };
    let channels = u16::try_from(channels)
        .map_err(|_| AudioError::damaged(Format::Au, format!("{channels} channels")))?;
    Pcm::open(
        input,
        Layout {
            format: Format::Au,
            rate,
            channels,
            sample,
            block: u32::from(channels) * sample.bytes(),
            start: start + u64::from(offset.max(24)),
            // Nothing may follow the samples, so that the size, which many writers leave unknown, is ignored.
            bytes: u64::MAX,
        },
    )
}
