//! The sample description: which codec a track uses, and its set-up bytes.

use super::boxes::{Box4, content, find, u16_at, u32_at};
use crate::decode::Input;
use crate::decode::setup::Codec;
use crate::error::AudioError;

/// Most set-up bytes; a few dozen are usual.
const LONGEST: usize = 4096;

/// The codec of the first sample description in an `stsd` box.
pub(super) fn read(input: &mut Input, stsd: Box4) -> Result<Codec, AudioError> {
    let refuse = |what: &str| Err(AudioError::to_convert(format!("{what} in MP4")));
    let damaged = |what: &str| AudioError::damaged("MP4", what);
    // Version, flags, number of entries; then the entries, which are boxes.
    let mut entry = None;
    super::boxes::walk(input, stsd.at + 8, stsd.end, &mut |_, found| {
        entry = Some(found);
        Ok(true)
    })?;
    let entry = entry.ok_or_else(|| damaged("no sample description"))?;
    let fixed = content(input, entry, 64)?;
    // QuickTime's later versions have more fixed fields before the boxes inside.
    let inner = entry.at
        + 28
        + match u16_at(&fixed, 8) {
            1 => 16,
            2 => 36,
            _ => 0,
        };
    match &entry.kind {
        b"mp4a" => {
            let esds = find_setup(input, inner, entry.end, b"esds")?
                .ok_or_else(|| damaged("no esds box"))?;
            let bytes = content(input, esds, LONGEST)?;
            aac(&bytes)
        }
        b"alac" => {
            let cookie = find_setup(input, inner, entry.end, b"alac")?
                .ok_or_else(|| damaged("no ALAC cookie"))?;
            let bytes = content(input, cookie, LONGEST)?;
            // Version and flags, then the cookie of 24 bytes.
            Ok(Codec::Alac(
                bytes
                    .get(4..28)
                    .ok_or_else(|| damaged("a short ALAC cookie"))?
                    .to_vec(),
            ))
        }
        b"fLaC" => {
            let blocks =
                find(input, inner, entry.end, b"dfLa")?.ok_or_else(|| damaged("no FLAC set-up"))?;
            let bytes = content(input, blocks, LONGEST)?;
            // Version and flags, a block header, STREAMINFO.
            Ok(Codec::Flac(
                bytes
                    .get(8..)
                    .ok_or_else(|| damaged("a short FLAC set-up"))?
                    .to_vec(),
            ))
        }
        b"Opus" => {
            let setup =
                find(input, inner, entry.end, b"dOps")?.ok_or_else(|| damaged("no Opus set-up"))?;
            Ok(Codec::Opus(
                opus_head(&content(input, setup, LONGEST)?)
                    .ok_or_else(|| damaged("a short Opus set-up"))?,
            ))
        }
        b"drms" | b"enca" => Err(AudioError::unsupported("copy-protected audio in MP4")),
        b".mp3" => refuse("MP3"),
        b"ac-3" => refuse("AC-3"),
        b"ec-3" => refuse("E-AC-3"),
        b"ac-4" => refuse("AC-4"),
        b"dtsc" | b"dtse" | b"dtsh" | b"dtsl" => refuse("DTS"),
        b"mlpa" => refuse("TrueHD"),
        b"samr" | b"sawb" => refuse("AMR"),
        b"mhm1" | b"mha1" => refuse("MPEG-H"),
        b"QDM2" | b"QDMC" => refuse("QDesign music"),
        b"sowt" | b"twos" | b"lpcm" | b"ipcm" | b"fpcm" | b"raw " | b"in24" | b"in32" | b"fl32"
        | b"fl64" => refuse("uncompressed audio"),
        b"ulaw" | b"alaw" => refuse("G.711"),
        b"ima4" => refuse("IMA ADPCM"),
        other => refuse(&format!("codec \"{}\"", other.escape_ascii())),
    }
}

/// The set-up box, directly in the entry or inside QuickTime's `wave` box.
fn find_setup(
    input: &mut Input,
    from: u64,
    until: u64,
    kind: &[u8; 4],
) -> Result<Option<Box4>, AudioError> {
    if let Some(found) = find(input, from, until, kind)? {
        return Ok(Some(found));
    }
    match find(input, from, until, b"wave")? {
        Some(wave) => find(input, wave.at, wave.end, kind),
        None => Ok(None),
    }
}

/// The codec in an `esds` box: nested descriptors of a tag, a length in sevens of bits, and content (ISO 14496-1).
fn aac(esds: &[u8]) -> Result<Codec, AudioError> {
    let damaged = || AudioError::damaged("MP4", "a broken esds box");
    let refuse = |what: &str| Err(AudioError::to_convert(format!("{what} in MP4")));
    let mut rest = esds.get(4..).unwrap_or_default();
    let mut object = None;
    while let Some((&tag, after)) = rest.split_first() {
        let mut length = 0usize;
        let mut after = after;
        for _ in 0..4 {
            let (&byte, next) = after.split_first().ok_or_else(damaged)?;
            after = next;
            length = length << 7 | usize::from(byte & 0x7f);
            if byte & 0x80 == 0 {
                break;
            }
        }
        rest = match tag {
            // ES: identifier and flags, which announce three optional fields.
            3 => {
                let flags = *after.get(2).ok_or_else(damaged)?;
                let mut skip = 3;
                if flags & 0x80 != 0 {
                    skip += 2;
                }
                if flags & 0x40 != 0 {
                    skip += 1 + usize::from(*after.get(skip).ok_or_else(damaged)?);
                }
                if flags & 0x20 != 0 {
                    skip += 2;
                }
                after.get(skip..).ok_or_else(damaged)?
            }
            // Decoder: object type, stream type, sizes and rates.
            4 => {
                object = after.first().copied();
                after.get(13..).ok_or_else(damaged)?
            }
            5 => {
                let config = after
                    .get(..length.min(after.len()))
                    .unwrap_or_default()
                    .to_vec();
                return match object {
                    Some(0x40 | 0x66 | 0x67 | 0x68) => Ok(Codec::Aac(config)),
                    _ => refuse_object(object),
                };
            }
            _ => after.get(length..).unwrap_or_default(),
        };
    }
    match object {
        Some(0x40) | None => refuse("AAC without its set-up"),
        object => refuse_object(object),
    }
}

fn refuse_object(object: Option<u8>) -> Result<Codec, AudioError> {
    let name = match object {
        Some(0x69 | 0x6b) => "MP3",
        Some(0xa5) => "AC-3",
        Some(0xa6) => "E-AC-3",
        Some(0xa9..=0xac) => "DTS",
        Some(0xdd) => "Vorbis",
        Some(other) => {
            return Err(AudioError::to_convert(format!(
                "object type 0x{other:02x} in MP4"
            )));
        }
        None => "an unnamed codec",
    };
    Err(AudioError::to_convert(format!("{name} in MP4")))
}

/// An Ogg identification header from a `dOps` box, which has the same fields big-endian.
fn opus_head(setup: &[u8]) -> Option<Vec<u8>> {
    if setup.len() < 11 {
        return None;
    }
    let mut head = b"OpusHead\x01".to_vec();
    head.push(setup[1]);
    head.extend(u16_at(setup, 2).to_le_bytes());
    head.extend(u32_at(setup, 4).to_le_bytes());
    head.extend(u16_at(setup, 8).to_le_bytes());
    head.extend(&setup[10..]);
    Some(head)
}
