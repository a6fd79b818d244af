//! AIFF and AIFF-C: an ID3v2 tag in a chunk.

use super::change::{Change, Options};
use super::chunks::{Chunk, Chunks};
use super::error::TagError;
use super::id3v2::{self, Id3v2};
use super::layout::Source;
use super::music_file::{Contents, Format};
use super::positions::{bytes_at, length, stream};
use super::splice::Splice;

struct Aiff {
    chunks: Chunks,
    id3v2: Vec<(Chunk, Id3v2)>,
}

/// Reads the file where it is of this container.
pub(crate) fn read(source: &mut dyn Source) -> Result<Option<Contents>, TagError> {
    if length(source)? < 12 {
        return Ok(None);
    }
    let head = bytes_at(source, 0, 12)?;
    if !head.starts_with(b"FORM") || !matches!(&head[8..], b"AIFF" | b"AIFC") {
        return Ok(None);
    }
    let chunks = Chunks::read(source, "AIFF", true)?;
    if chunks.named(b"COMM").next().is_none() || chunks.named(b"SSND").next().is_none() {
        return Err(TagError::Unsupported {
            tag: "AIFF",
            reason: "expected chunks named COMM and SSND, found none".into(),
        });
    }
    let id3v2 = chunks.id3v2(source)?;
    Ok(Some(Contents {
        tags: id3v2.iter().map(|(_, tag)| tag.tag_of()).collect(),
        format: Box::new(Aiff { chunks, id3v2 }),
    }))
}

impl Format for Aiff {
    fn audio(&self, source: &mut dyn Source, each: &mut dyn FnMut(&[u8])) -> Result<(), TagError> {
        for chunk in &self.chunks.list {
            if matches!(&chunk.name, b"COMM" | b"SSND") {
                stream(source, chunk.at, chunk.end, each)?;
            }
        }
        Ok(())
    }

    fn edit(
        &self,
        _source: &mut dyn Source,
        changes: &[Change],
        options: &Options,
    ) -> Result<Vec<Splice>, TagError> {
        let splices = self.chunks.edit_id3v2(&self.id3v2, changes, options)?;
        let mut new = Vec::new();
        if self.id3v2.is_empty() {
            new.extend(id3v2::new_tag(changes, &[])?.map(|tag| (b"ID3 ", tag)));
        }
        self.chunks.finish(splices, &new)
    }
}
