//! The kinds of copies.

/// A stretch of a song in a copy of it, in seconds.
#[derive(Clone, Copy)]
pub struct Stretch {
    /// Where it begins in the copy.
    pub at: f64,
    /// Where it begins in the song.
    pub from: f64,
    /// Where it ends in the song, if not with the song.
    pub to: Option<f64>,
}

/// How a copy is made.
pub struct Kind {
    pub name: &'static str,
    pub suffix: &'static str,
    /// FFmpeg's options of the output.
    pub options: &'static [&'static str],
    /// FFmpeg's filters, beside those that shift and cut.
    pub filters: &'static str,
    pub cut: Cut,
}

/// What is left of a song, or comes before it.
#[derive(Clone, Copy)]
pub enum Cut {
    Whole,
    /// Silence in front, in seconds.
    Silence(f64),
    /// The beginning is left out, in seconds.
    Head(f64),
    /// Only the beginning is left, in seconds.
    First(f64),
    /// A stretch from the middle of the first two minutes, in seconds.
    Middle(f64),
}

impl Cut {
    /// The stretches of a song of this many seconds.
    pub fn stretch(self, seconds: f64) -> Stretch {
        let stretch = |at, from, to| Stretch { at, from, to };
        match self {
            Self::Whole => stretch(0.0, 0.0, None),
            Self::Silence(silence) => stretch(silence, 0.0, None),
            Self::Head(head) => stretch(0.0, head, None),
            Self::First(first) => stretch(0.0, 0.0, Some(first)),
            Self::Middle(middle) => {
                let from = (0.4 * (seconds.min(120.0) - middle)).max(0.0);
                stretch(0.0, from, Some(from + middle))
            }
        }
    }
}

const MP3_128: &[&str] = &["-c:a", "libmp3lame", "-b:a", "128k"];
const MP3_64: &[&str] = &["-c:a", "libmp3lame", "-b:a", "64k"];
const OPUS_48: &[&str] = &["-c:a", "libopus", "-b:a", "48k", "-ar", "48000"];
const AAC_64: &[&str] = &["-c:a", "aac", "-b:a", "64k"];
const VORBIS: &[&str] = &["-c:a", "libvorbis", "-q:a", "4"];
const FLAC: &[&str] = &["-c:a", "flac"];

const fn kind(
    name: &'static str,
    (suffix, options): (&'static str, &'static [&'static str]),
    filters: &'static str,
    cut: Cut,
) -> Kind {
    Kind {
        name,
        suffix,
        options,
        filters,
        cut,
    }
}

/// Every kind.
pub const KINDS: [Kind; 26] = [
    kind("MP3, 64 kbit/s", ("mp3", MP3_64), "", Cut::Whole),
    kind("MP3, 128 kbit/s", ("mp3", MP3_128), "", Cut::Whole),
    kind("Opus, 48 kbit/s", ("opus", OPUS_48), "", Cut::Whole),
    kind(
        "Vorbis, quality 0",
        ("ogg", &["-c:a", "libvorbis", "-q:a", "0"]),
        "",
        Cut::Whole,
    ),
    kind("AAC, 64 kbit/s", ("m4a", AAC_64), "", Cut::Whole),
    kind("FLAC", ("flac", FLAC), "", Cut::Whole),
    kind(
        "0.06 s of silence in front",
        ("mp3", MP3_128),
        "",
        Cut::Silence(0.062),
    ),
    kind(
        "0.5 s of silence in front",
        ("ogg", VORBIS),
        "",
        Cut::Silence(0.48),
    ),
    kind(
        "5 s of silence in front",
        ("mp3", MP3_128),
        "",
        Cut::Silence(5.31),
    ),
    kind(
        "30 s of silence in front",
        ("opus", OPUS_48),
        "",
        Cut::Silence(30.06),
    ),
    kind(
        "first 0.03 s left out",
        ("mp3", MP3_64),
        "",
        Cut::Head(0.03),
    ),
    kind("first 1.7 s left out", ("m4a", AAC_64), "", Cut::Head(1.67)),
    kind("first 10 s left out", ("mp3", MP3_128), "", Cut::Head(9.99)),
    kind("first 30 s left out", ("ogg", VORBIS), "", Cut::Head(30.2)),
    kind(
        "first 45 s left out",
        ("mp3", MP3_128),
        "",
        Cut::Head(45.07),
    ),
    kind("first 60 s alone", ("mp3", MP3_128), "", Cut::First(60.0)),
    kind("first 30 s alone", ("m4a", AAC_64), "", Cut::First(30.0)),
    kind(
        "30 s of the middle",
        ("mp3", MP3_128),
        "",
        Cut::Middle(30.0),
    ),
    kind(
        "60 s of the middle",
        ("opus", OPUS_48),
        "",
        Cut::Middle(60.0),
    ),
    kind("12 dB quieter", ("ogg", VORBIS), "volume=-12dB", Cut::Whole),
    kind(
        "6 dB louder, clipped",
        ("mp3", MP3_128),
        "volume=6dB,aformat=sample_fmts=s16",
        Cut::Whole,
    ),
    kind(
        "mono",
        ("mp3", MP3_64),
        "aformat=channel_layouts=mono",
        Cut::Whole,
    ),
    kind("8 kHz", ("flac", FLAC), "aresample=8000", Cut::Whole),
    kind(
        "MP3 of 48 kbit/s, mono, 22 kHz, 6 dB quieter, first 7 s left out",
        ("mp3", &["-c:a", "libmp3lame", "-b:a", "48k"]),
        "volume=-6dB,aformat=channel_layouts=mono,aresample=22050",
        Cut::Head(7.33),
    ),
    kind(
        "Opus of 32 kbit/s, 6 dB louder and clipped, 2 s of silence in front",
        ("opus", &["-c:a", "libopus", "-b:a", "32k", "-ar", "48000"]),
        "volume=6dB,aformat=sample_fmts=s16",
        Cut::Silence(2.12),
    ),
    kind(
        "AAC of 48 kbit/s, 32 kHz, 45 s of the middle",
        ("m4a", &["-c:a", "aac", "-b:a", "48k"]),
        "aresample=32000",
        Cut::Middle(45.0),
    ),
];
