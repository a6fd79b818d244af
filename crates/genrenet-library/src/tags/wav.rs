//! RIFF WAVE: an ID3v2 tag in a chunk, and the INFO list.

use super::change::{Change, Options};
use super::chunks::{Chunk, Chunks};
use super::error::TagError;
use super::id3v2::{self, Id3v2};
use super::layout::Source;
use super::music_file::{Contents, Format};
use super::positions::{bytes_at, length, stream};
use super::riff_info::{self, RiffInfo};
use super::splice::Splice;

struct Wav {
    chunks: Chunks,
    id3v2: Vec<(Chunk, Id3v2)>,
    info: Vec<RiffInfo>,
}

/// Reads the file where it is of this container.
pub(crate) fn read(source: &mut dyn Source) -> Result<Option<Contents>, TagError> {
    if length(source)? < 12 {
        return Ok(None);
    }
    let head = bytes_at(source, 0, 12)?;
    if !head.ends_with(b"WAVE") {
        return Ok(None);
    }
    let unsupported = |reason: &str| {
        Err(TagError::Unsupported {
            tag: "WAV",
            reason: reason.into(),
        })
    };
    match &head[..4] {
        b"RIFF" => {}
        b"RF64" | b"BW64" => return unsupported("expected RIFF, found RF64, for files over 4 GiB"),
        b"RIFX" => return unsupported("expected RIFF, found RIFX, with big-endian numbers"),
        _ => return Ok(None),
    }
    let chunks = Chunks::read(source, "WAV", false)?;
    if chunks.named(b"fmt ").next().is_none() || chunks.named(b"data").next().is_none() {
        return unsupported("expected chunks named fmt and data, found none");
    }
    let id3v2 = chunks.id3v2(source)?;
    let mut info = Vec::new();
    for chunk in chunks.named(b"LIST") {
        info.extend(RiffInfo::read(source, chunk)?);
    }
    let tags = id3v2.iter().map(|(_, tag)| tag.tag_of());
    Ok(Some(Contents {
        tags: tags.chain(info.iter().map(RiffInfo::tag_of)).collect(),
        format: Box::new(Wav {
            chunks,
            id3v2,
            info,
        }),
    }))
}

impl Format for Wav {
    fn audio(&self, source: &mut dyn Source, each: &mut dyn FnMut(&[u8])) -> Result<(), TagError> {
        for chunk in &self.chunks.list {
            if matches!(&chunk.name, b"fmt " | b"data") {
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
        let mut splices = self.chunks.edit_id3v2(&self.id3v2, changes, options)?;
        for info in &self.info {
            splices.extend(
                self.chunks
                    .resized(info.chunk, info.edit(changes, options)?)?,
            );
        }
        let mut new = Vec::new();
        // Some programs read the one only, some the other.
        if self.info.is_empty() && self.id3v2.is_empty() {
            let list = riff_info::new_list(changes, options);
            new.extend(list.map(|list| (b"LIST", list)));
        }
        if self.id3v2.is_empty() {
            let old: Vec<_> = self.info.iter().map(RiffInfo::tag_of).collect();
            let old = id3v2::repeated(&old, changes);
            new.extend(id3v2::new_tag(changes, &old)?.map(|tag| (b"id3 ", tag)));
        }
        self.chunks.finish(splices, &new)
    }
}
