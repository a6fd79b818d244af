//! The codec of a track: Matroska names it by text and stores its set-up as the codec's own container does.

use super::tracks::Track;
use crate::decode::aac;
use crate::decode::mpeg_header::Layer;
use crate::decode::pcm::Sample;
use crate::decode::setup::Codec;
use crate::error::AudioError;

/// The codec of a track, with its set-up.
pub(super) fn codec(track: &Track) -> Result<Codec, AudioError> {
    let damaged = |what: &str| AudioError::damaged("Matroska", what);
    let rate = track.rate.round() as u32;
    let channels = u16::try_from(track.channels).unwrap_or(0);
    let plain = |sample: Option<Sample>| match sample {
        Some(sample) if channels > 0 && rate > 0 => Ok(Codec::Pcm(sample, rate, channels)),
        _ => Err(damaged("impossible uncompressed sound")),
    };
    let bits = u16::try_from(track.bits).unwrap_or(0);
    let setup = &track.setup;
    match track.codec.as_str() {
        "A_OPUS" => Ok(Codec::Opus(setup.clone())),
        "A_VORBIS" => {
            let [first, last] = vorbis(setup).ok_or_else(|| damaged("no Vorbis headers"))?;
            Ok(Codec::Vorbis(first.to_vec(), last.to_vec()))
        }
        // "fLaC", a block header, STREAMINFO.
        "A_FLAC" => match setup.get(8..).filter(|_| setup.starts_with(b"fLaC")) {
            Some(info) => Ok(Codec::Flac(info.to_vec())),
            None => Err(damaged("no FLAC header")),
        },
        "A_ALAC" => match setup.get(..24) {
            Some(cookie) => Ok(Codec::Alac(cookie.to_vec())),
            None => Err(damaged("a short ALAC cookie")),
        },
        "A_AAC" => Ok(Codec::Aac(setup.clone())),
        // The old names, without a set-up.
        name if name.starts_with("A_AAC/MPEG") => {
            let setup = aac::setup_of(rate, channels).ok_or_else(|| damaged("impossible AAC"))?;
            Ok(Codec::Aac(setup.to_vec()))
        }
        "A_MPEG/L2" => Ok(Codec::Mpeg(Layer::Two, rate, channels)),
        "A_MPEG/L3" => Ok(Codec::Mpeg(Layer::Three, rate, channels)),
        "A_PCM/INT/LIT" if bits == 8 => plain(Some(Sample::U8)),
        "A_PCM/INT/LIT" => plain(Sample::integer(bits, false)),
        "A_PCM/INT/BIG" => plain(Sample::integer(bits, true)),
        "A_PCM/FLOAT/IEEE" => plain(Sample::float(bits, false)),
        name => {
            let known = [
                ("A_MPEG/L1", "MPEG audio layer I"),
                ("A_AC3", "AC-3"),
                ("A_EAC3", "E-AC-3"),
                ("A_DTS", "DTS"),
                ("A_TRUEHD", "TrueHD"),
                ("A_MLP", "MLP"),
                ("A_TTA1", "TTA (True Audio)"),
                ("A_WAVPACK4", "WavPack"),
                ("A_REAL", "RealAudio"),
                ("A_MPC", "Musepack"),
                ("A_ATRAC", "ATRAC"),
                ("A_QUICKTIME", "a QuickTime codec"),
                ("A_MS/ACM", "a Windows codec"),
            ];
            let found = known.iter().find(|(start, _)| name.starts_with(start));
            let what = found.map_or_else(
                || format!("codec \"{}\"", name.escape_debug()),
                |(_, what)| (*what).to_owned(),
            );
            Err(AudioError::to_convert(format!("{what} in Matroska")))
        }
    }
}

/// The first and the third of Vorbis' three headers: the number of packets less one, the lengths of the first two by 255s.
fn vorbis(setup: &[u8]) -> Option<[&[u8]; 2]> {
    let mut rest = setup.strip_prefix(&[2])?;
    let mut lengths = [0; 2];
    for length in &mut lengths {
        loop {
            let (&byte, after) = rest.split_first()?;
            rest = after;
            *length += usize::from(byte);
            if byte < 255 {
                break;
            }
        }
    }
    let (first, rest) = rest.split_at_checked(lengths[0])?;
    Some([first, rest.get(lengths[1]..)?])
}
