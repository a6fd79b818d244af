//! The formats that are decoded, by their usual names.

use std::fmt;

/// An audio format that [`open`](crate::open) can decode: codec and container under one common name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Format {
    /// MPEG-1, -2 and -2.5 audio layer III.
    Mp3,
    /// MPEG-1 and -2 audio layer II.
    Mp2,
    /// Integer or floating-point samples in Matroska.
    Pcm,
    /// RIFF, RIFX, RF64 or BW64 WAVE with integer or floating-point samples.
    Wav,
    /// FLAC in its own container, in Ogg, MP4 or Matroska.
    Flac,
    /// Vorbis in Ogg or Matroska/WebM.
    Vorbis,
    /// Opus in Ogg (RFC 7845), MP4 or Matroska/WebM.
    Opus,
    /// AAC-LC in MP4/M4A, in Matroska or as a raw ADTS stream.
    Aac,
    /// Apple Lossless in MP4/M4A or Matroska.
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
            Self::Mp2 => "MP2",
            Self::Pcm => "PCM",
            Self::Wav => "WAV",
            Self::Flac => "FLAC",
            Self::Vorbis => "Vorbis",
            Self::Opus => "Opus",
            Self::Aac => "AAC",
            Self::Alac => "ALAC",
            Self::Aiff => "AIFF",
            Self::Au => "AU",
        })
    }
}
