//! A tag in front of an MP4 file that its tables do not count: the audio lies behind the positions that they list.

use super::boxes::{Box4, content, descend, find, u32_at, u64_at, walk};
use crate::decode::Input;
use crate::error::AudioError;

/// Returns the file whose positions its tables list, given that its first box starts at byte `start`, after a tag.
///
/// Positions are counted from the file's first byte. A tagger that does not know MP4 leaves them unchanged: then
/// the first packet would lie outside the media data, and the file is taken to begin after the tag.
pub(super) fn undo(mut input: Input, start: u64) -> Result<(Input, u64), AudioError> {
    if start == 0 {
        return Ok((input, 0));
    }
    let end = input.len();
    let (mut media, mut moov) = (Vec::new(), None);
    walk(&mut input, start, end, &mut |_, found| {
        match &found.kind {
            b"mdat" => media.push(found),
            b"moov" => moov = Some(found),
            _ => {}
        }
        Ok(false)
    })?;
    let first = match moov {
        Some(moov) => first_chunk(&mut input, moov)?,
        None => None,
    };
    let in_media = |at: u64| media.iter().any(|m| m.at <= at && at < m.end);
    // Fragments count from their own start, and are found either way.
    let stays =
        first.is_some_and(|first| in_media(first) || !in_media(first.saturating_add(start)));
    Ok(if stays {
        (input, start)
    } else {
        (input.part(start, end - start), 0)
    })
}

/// The lowest position of a first chunk of any track, also of video.
fn first_chunk(input: &mut Input, moov: Box4) -> Result<Option<u64>, AudioError> {
    let mut lowest: Option<u64> = None;
    walk(input, moov.at, moov.end, &mut |input, trak| {
        if &trak.kind != b"trak" {
            return Ok(false);
        }
        let Some(stbl) = descend(input, trak, &[b"mdia", b"minf", b"stbl"])? else {
            return Ok(false);
        };
        let mut first = None;
        if let Some(stco) = find(input, stbl.at, stbl.end, b"stco")? {
            let bytes = content(input, stco, 12)?;
            first = (bytes.len() == 12).then(|| u32_at(&bytes, 8).into());
        } else if let Some(co64) = find(input, stbl.at, stbl.end, b"co64")? {
            let bytes = content(input, co64, 16)?;
            first = (bytes.len() == 16).then(|| u64_at(&bytes, 8));
        }
        lowest = lowest.into_iter().chain(first).min();
        Ok(false)
    })?;
    Ok(lowest)
}
