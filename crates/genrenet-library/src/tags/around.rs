//! The tags around a stream that has none of its own: ID3v2 in front of it, APE, Lyrics3, ID3v1 and ID3v2 after it.

use super::ape::Ape;
use super::change::{Change, Options};
use super::error::TagError;
use super::id3v1::Id3v1;
use super::id3v2::Id3v2;
use super::layout::{Source, TagOf};
use super::positions::{bytes_at, length};
use super::splice::Splice;

/// The tags around a stream, and where the stream is.
pub(super) struct Around {
    /// Those of ID3v2, in front of the stream and after it.
    pub id3v2: Vec<Id3v2>,
    /// Those of APE.
    pub ape: Vec<Ape>,
    /// ID3v1.
    pub id3v1: Option<Id3v1>,
    /// Position of the stream.
    pub start: u64,
    /// Position after it.
    pub end: u64,
}

/// Lyrics in front of ID3v1 (version 1), at most.
const LYRICS: u64 = 5100;
/// Tags at the end of one file, at most.
const MOST_TAGS: usize = 64;

impl Around {
    /// Reads the tags at both ends of the file.
    ///
    /// # Errors
    /// A tag that does not follow its format.
    pub fn read(source: &mut dyn Source) -> Result<Around, TagError> {
        let length = length(source)?;
        let id3v2 = Id3v2::read_all(source, 0, length)?;
        let start = id3v2.last().map_or(0, |tag| tag.end);
        let id3v1 = Id3v1::read_before(source, start, length)?;
        let mut around = Around {
            end: id3v1.as_ref().map_or(length, Id3v1::start),
            id3v2,
            ape: Vec::new(),
            id3v1,
            start,
        };
        for _ in 0..MOST_TAGS {
            if let Some(tag) = Ape::read_before(source, start, around.end)? {
                around.end = tag.at;
                around.ape.push(tag);
            } else if let Some(tag) = Id3v2::read_before(source, start, around.end)? {
                around.end = tag.at;
                around.id3v2.push(tag);
            } else if let Some(at) = lyrics_before(source, start, around.end)? {
                around.end = at;
            } else {
                return Ok(around);
            }
        }
        Err(TagError::Malformed {
            tag: "APE",
            reason: format!("expected at most {MOST_TAGS} tags at the end, found more"),
        })
    }

    /// The tags in the order of precedence.
    pub fn tags(&self) -> Vec<TagOf> {
        let id3v2 = self.id3v2.iter().map(Id3v2::tag_of);
        let ape = self.ape.iter().map(Ape::tag_of);
        id3v2
            .chain(ape)
            .chain(self.id3v1.iter().map(Id3v1::tag_of))
            .collect()
    }

    /// The splices that make the changes in all tags that there are, in the order of their positions.
    ///
    /// # Errors
    /// A tag that can't be changed.
    pub fn edit(&self, changes: &[Change], options: &Options) -> Result<Vec<Splice>, TagError> {
        let mut splices = Vec::new();
        for tag in &self.id3v2 {
            splices.extend(tag.edit(changes, options)?);
        }
        for tag in &self.ape {
            splices.extend(tag.edit(changes, options)?);
        }
        if let Some(tag) = &self.id3v1 {
            splices.extend(tag.edit(changes)?);
        }
        splices.sort_by_key(|splice| splice.at);
        Ok(splices)
    }
}

/// Where lyrics begin that end at `end` (Lyrics3, version 1 or 2).
fn lyrics_before(source: &mut dyn Source, from: u64, end: u64) -> Result<Option<u64>, TagError> {
    const BEGIN: &[u8] = b"LYRICSBEGIN";
    let space = end - from;
    if space < 15 {
        return Ok(None);
    }
    let last = bytes_at(source, end - 15, 15)?;
    if last.ends_with(b"LYRICS200") {
        let size = std::str::from_utf8(&last[..6])
            .ok()
            .and_then(|size| size.parse().ok());
        let Some(at) = size.and_then(|size: u64| space.checked_sub(size + 15)) else {
            return Ok(None);
        };
        let begins = bytes_at(source, from + at, BEGIN.len())? == BEGIN;
        return Ok(begins.then_some(from + at));
    }
    if !last.ends_with(b"LYRICSEND") {
        return Ok(None);
    }
    let from = from.max(end.saturating_sub(LYRICS + 20));
    let text = bytes_at(source, from, (end - from) as usize)?;
    let at = text
        .windows(BEGIN.len())
        .rposition(|window| window == BEGIN);
    Ok(at.map(|at| from + at as u64))
}
