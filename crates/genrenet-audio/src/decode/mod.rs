//! From bytes to mono samples: recognises a file's format and opens its decoder.

mod aac;
mod adts;
mod alac;
mod celt;
mod chain;
mod crc;
mod flac;
mod id3;
mod input;
mod joined;
mod matroska;
mod mono;
mod mp3;
mod mp4;
mod mpeg;
mod mpeg_header;
mod ogg;
mod opus;
mod packet_stream;
mod pcm;
mod raw;
mod samples;
mod setup;
mod sniff;
pub(crate) mod source;
mod vorbis;

pub use input::Input;
pub use mono::Downmix;
pub use samples::Samples;
pub use source::Source;

use crate::clip::Clip;
use crate::error::AudioError;
use crate::panics::caught;
use sniff::Kind;

/// Recognises what `input` holds, by its content only, and opens the decoder for it.
///
/// # Errors
/// [`AudioError::Unsupported`] names a format that is known but not decoded; the other variants state what is wrong.
pub fn open(mut input: Input) -> Result<Box<dyn Source>, AudioError> {
    let (kind, start) = sniff::sniff(&mut input)?;
    match kind {
        Kind::Riff => pcm::open_wav(input, start),
        Kind::Aiff => pcm::open_aiff(input, start),
        Kind::Au => pcm::open_au(input, start),
        Kind::Flac => flac::open(input, start),
        Kind::Ogg => ogg::open(input, start),
        Kind::Mp4 => mp4::open(input, start),
        Kind::Matroska => matroska::open(input, start),
        Kind::Mp3 => mp3::open(input, start),
        Kind::Mpeg => mpeg::open(input, start),
        Kind::Adts => adts::open(input, start),
    }
}

/// Decodes the whole of `input` into memory.
///
/// # Errors
/// As [`open`] and [`Source::read`].
pub fn decode(input: Input) -> Result<Clip, AudioError> {
    caught(|| {
        let mut source = open(input)?;
        let mut samples = Vec::new();
        while source.read(&mut samples)? > 0 {}
        Ok(Clip {
            samples,
            rate: source.rate(),
        })
    })
}
