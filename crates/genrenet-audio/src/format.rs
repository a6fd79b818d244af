//! The formats that are decoded, under their usual names.

use std::fmt;

/// A sound format that [`open`](crate::open) can decode: codec and container in one word, as people say it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Format {
    /// MPEG-1, -2 and -2.5 audio layer III.
    Mp3,
    /// RIFF, RIFX, RF64 or BW64 WAVE with integer or floating-point samples.
    Wav,
    /// FLAC in its own container, in Ogg or in MP4.
    Flac,
    /// Vorbis in Ogg.
    Vorbis,
    /// Opus in Ogg (RFC 7845).
    Opus,
    /// AAC-LC in MP4/M4A or as a raw ADTS stream.
    Aac,
    /// Apple Lossless in MP4/M4A.
    Alac,
    /// AIFF and AIFF-C.
    Aiff,
    /// Sun/NeXT audio (`.au`, `.snd`).
    Au,
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Mp3 => "MP3",
            Self::Wav => "WAV",
            Self::Flac => "FLAC",
            Self::Vorbis => "Ogg Vorbis",
            Self::Opus => "Opus",
            Self::Aac => "AAC",
            Self::Alac => "ALAC",
            Self::Aiff => "AIFF",
            Self::Au => "AU",
        })
    }
}
