//! Which part of a track is played: edit lists, and iTunes' note of the encoder's delay.

use super::boxes::{Box4, content, descend, u32_at, u64_at, walk};
use crate::decode::Input;
use crate::error::AudioError;

/// The part that is played, in units of the media's own time scale.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Trim {
    pub start: u64,
    /// `None`: to the end.
    pub length: Option<u64>,
}

/// The part that the edit list of a `trak` box selects; `movie_scale` and `media_scale` are units per second.
pub(super) fn edit_list(
    input: &mut Input,
    trak: Box4,
    movie_scale: u32,
    media_scale: u32,
) -> Result<Option<Trim>, AudioError> {
    let Some(elst) = descend(input, trak, &[b"edts", b"elst"])? else {
        return Ok(None);
    };
    let bytes = content(input, elst, 4096)?;
    let long = bytes.first() == Some(&1);
    let width = if long { 20 } else { 12 };
    let entries = bytes
        .get(8..)
        .unwrap_or_default()
        .chunks_exact(width)
        .take(u32_at(&bytes, 4) as usize);
    let mut trim: Option<Trim> = None;
    for entry in entries {
        let (duration, start) = if long {
            (u64_at(entry, 0), u64_at(entry, 8).cast_signed())
        } else {
            (
                u32_at(entry, 0).into(),
                i64::from(u32_at(entry, 4).cast_signed()),
            )
        };
        // An empty edit is a pause before the audio: left out.
        let Ok(start) = u64::try_from(start) else {
            continue;
        };
        match &mut trim {
            None => {
                let scaled =
                    u128::from(duration) * u128::from(media_scale) / u128::from(movie_scale.max(1));
                let length = u64::try_from(scaled).ok().filter(|&n| n > 0);
                trim = Some(Trim { start, length });
            }
            // Several edits: everything from the first one's start on is played, in stored order.
            Some(trim) => trim.length = None,
        }
    }
    Ok(trim)
}

/// The `iTunSMPB` note in a `moov` box: delay, padding and length in hexadecimal.
pub(super) fn itunes_note(input: &mut Input, moov: Box4) -> Result<Option<Trim>, AudioError> {
    let Some(meta) = descend(input, moov, &[b"udta", b"meta"])? else {
        return Ok(None);
    };
    // `meta` has version and flags before its boxes.
    let inside = Box4 {
        at: meta.at + 4,
        ..meta
    };
    if inside.at > inside.end {
        return Ok(None);
    }
    let Some(list) = descend(input, inside, &[b"ilst"])? else {
        return Ok(None);
    };
    let mut trim = None;
    walk(input, list.at, list.end, &mut |input, item| {
        if &item.kind == b"----" {
            let bytes = content(input, item, 512)?;
            if bytes.windows(8).any(|w| w == b"iTunSMPB") {
                trim = parse_note(&bytes);
            }
        }
        Ok(trim.is_some())
    })?;
    Ok(trim)
}

fn parse_note(item: &[u8]) -> Option<Trim> {
    // The text comes in a `data` box, after type and locale.
    let at = item.windows(4).position(|w| w == b"data")?;
    let text = String::from_utf8_lossy(item.get(at + 12..)?).into_owned();
    let mut numbers = text.split_whitespace().map(|n| u64::from_str_radix(n, 16));
    let (_, delay) = (numbers.next()?.ok()?, numbers.next()?.ok()?);
    let _padding = numbers.next()?.ok()?;
    let length = numbers.next().and_then(Result::ok).filter(|&n| n > 0);
    // As in other players, only a plausible delay is used.
    (delay < 16_384).then_some(Trim {
        start: delay,
        length,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn itunes_writes_its_note_in_hexadecimal() {
        let mut item = b"\0\0\0\x1cmean\0\0\0\0com.apple.iTunes\0\0\0\x14name\0\0\0\0iTunSMPB\0\0\0\x84data\0\0\0\x01\0\0\0\0".to_vec();
        item.extend(b" 00000000 00000840 000001C4 00000000000A1B3C 00000000");
        assert_eq!(
            parse_note(&item),
            Some(Trim {
                start: 2112,
                length: Some(0xa_1b3c)
            })
        );
        assert_eq!(parse_note(b"data"), None);
    }
}
