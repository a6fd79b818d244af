//! The chunks of RIFF (sizes little-endian) and of IFF (big-endian), and changes of their sizes.

use super::change::{Change, Options};
use super::error::TagError;
use super::id3v2::Id3v2;
use super::layout::Source;
use super::positions::{bytes_at, length};
use super::splice::Splice;

/// Of one file, at most.
const MOST_CHUNKS: usize = 1 << 16;
/// Bytes after the end that are kept: more than that is sound of which the sizes don't know.
const MOST_TRAILING: u64 = 1 << 16;

/// One chunk: its name, and where its content is.
#[derive(Clone, Copy)]
pub(super) struct Chunk {
    pub name: [u8; 4],
    /// Position of its content.
    pub at: u64,
    /// Position after it, without the byte that makes its size even.
    pub end: u64,
}

/// All chunks of a file.
pub(super) struct Chunks {
    container: &'static str,
    big_endian: bool,
    /// In the order of the file.
    pub list: Vec<Chunk>,
    /// Where another chunk can stand.
    end: u64,
    /// Whether the byte is missing that makes the last chunk's size even.
    unpadded: bool,
}

impl Chunks {
    /// Reads the chunks of a file whose first twelve bytes are known to be its header.
    ///
    /// # Errors
    /// Sizes that don't fit together.
    pub fn read(
        source: &mut dyn Source,
        container: &'static str,
        big_endian: bool,
    ) -> Result<Chunks, TagError> {
        let length = length(source)?;
        let mut chunks = Chunks {
            container,
            big_endian,
            list: Vec::new(),
            end: 12,
            unpadded: false,
        };
        let stated = 8 + chunks.size_at(source, 4)?;
        if stated > length || stated < 12 {
            return Err(chunks.malformed(format!(
                "expected {length} bytes, found a header that states {stated}"
            )));
        }
        while stated.saturating_sub(chunks.end) > 0 {
            let at = chunks.end;
            if stated - at < 8 {
                return Err(
                    chunks.malformed(format!("expected a chunk at byte {at}, found the end"))
                );
            }
            let name = bytes_at(source, at, 4)?;
            let end = at + 8 + chunks.size_at(source, at + 4)?;
            let name: [u8; 4] = name.try_into().unwrap_or_default();
            if end > stated || !name.iter().all(|byte| (0x20..0x7F).contains(byte)) {
                return Err(chunks.malformed(format!(
                    "expected a chunk that ends before byte {stated}, found {:?} that ends at {end}",
                    String::from_utf8_lossy(&name)
                )));
            }
            if chunks.list.len() == MOST_CHUNKS {
                return Err(chunks.malformed(format!("expected at most {MOST_CHUNKS} chunks")));
            }
            chunks.list.push(Chunk {
                name,
                at: at + 8,
                end,
            });
            chunks.end = end + end % 2;
        }
        chunks.check_end(source, stated, length)?;
        Ok(chunks)
    }

    /// Bytes after the last chunk stay where they are, unless they are what sizes have lost.
    fn check_end(
        &mut self,
        source: &mut dyn Source,
        stated: u64,
        length: u64,
    ) -> Result<(), TagError> {
        if self.end > stated && (stated == length || bytes_at(source, stated, 1)? != [0]) {
            self.unpadded = true;
            self.end = stated;
        }
        let trailing = length - self.end;
        let next = bytes_at(source, self.end, trailing.min(4) as usize)?;
        let lost: [&[u8]; 8] = [
            b"id3 ", b"ID3 ", b"LIST", b"data", b"fmt ", b"COMM", b"SSND", b"fact",
        ];
        if trailing > MOST_TRAILING || lost.contains(&&next[..]) {
            return Err(self.malformed(format!(
                "expected the end at byte {}, as its header states, found {trailing} bytes more",
                self.end
            )));
        }
        Ok(())
    }

    /// The chunks of this name.
    pub fn named(&self, name: &[u8; 4]) -> impl Iterator<Item = Chunk> {
        let chunks = self.list.iter().copied();
        chunks.filter(move |chunk| chunk.name.eq_ignore_ascii_case(name))
    }

    /// Each ID3v2 tag in a chunk of its own, and that chunk.
    ///
    /// # Errors
    /// A chunk without a tag, or a tag that does not follow its version.
    pub fn id3v2(&self, source: &mut dyn Source) -> Result<Vec<(Chunk, Id3v2)>, TagError> {
        let mut tags = Vec::new();
        for chunk in self.named(b"ID3 ") {
            let tag = Id3v2::read(source, chunk.at, chunk.end)?;
            let tag =
                tag.ok_or_else(|| self.malformed("expected a tag in the ID3 chunk".into()))?;
            tags.push((chunk, tag));
        }
        Ok(tags)
    }

    /// The splices that make the changes in those tags.
    ///
    /// # Errors
    /// A tag that can't be changed.
    pub fn edit_id3v2(
        &self,
        tags: &[(Chunk, Id3v2)],
        changes: &[Change],
        options: &Options,
    ) -> Result<Vec<Splice>, TagError> {
        let mut splices = Vec::new();
        for (chunk, tag) in tags {
            splices.extend(self.resized(*chunk, tag.edit(changes, options)?)?);
        }
        Ok(splices)
    }

    /// Splices inside of a chunk, with that of its size.
    ///
    /// # Errors
    /// A size that can't be written.
    pub fn resized(&self, chunk: Chunk, mut splices: Vec<Splice>) -> Result<Vec<Splice>, TagError> {
        let old = chunk.end - chunk.at;
        let new = self.grown(old, &splices)?;
        if old % 2 != new % 2 {
            return Err(TagError::Unsupported {
                tag: self.container,
                reason: "the chunk of the tag would have to grow by an odd number of bytes".into(),
            });
        }
        if new != old {
            splices.insert(0, self.size(chunk.at - 4, new)?);
        }
        Ok(splices)
    }

    /// All splices of a change, with new chunks at the end and the size in the header.
    ///
    /// # Errors
    /// A file that would get more than 4 GiB.
    pub fn finish(
        &self,
        mut splices: Vec<Splice>,
        new: &[(&[u8; 4], Vec<u8>)],
    ) -> Result<Vec<Splice>, TagError> {
        let mut appended = Vec::new();
        if self.unpadded && !new.is_empty() {
            appended.push(0);
        }
        for (name, content) in new {
            appended.extend_from_slice(*name);
            appended.extend(self.size_bytes(content.len() as u64)?);
            appended.extend(content);
            appended.extend(vec![0; content.len() % 2]);
        }
        if !appended.is_empty() {
            splices.push(Splice {
                at: self.end,
                remove: 0,
                insert: appended,
            });
        }
        let size = self.grown(self.end - 8, &splices)?;
        if size != self.end - 8 {
            splices.push(self.size(4, size)?);
        }
        splices.sort_by_key(|splice| splice.at);
        Ok(splices)
    }

    /// A size after splices.
    fn grown(&self, size: u64, splices: &[Splice]) -> Result<u64, TagError> {
        let removed: u64 = splices.iter().map(|splice| splice.remove).sum();
        let inserted: usize = splices.iter().map(|splice| splice.insert.len()).sum();
        let size = (size + inserted as u64).checked_sub(removed);
        size.ok_or_else(|| self.malformed("expected tags inside of their chunks".into()))
    }

    fn size(&self, at: u64, size: u64) -> Result<Splice, TagError> {
        let insert = self.size_bytes(size)?.to_vec();
        Ok(Splice {
            at,
            remove: 4,
            insert,
        })
    }

    fn size_bytes(&self, size: u64) -> Result<[u8; 4], TagError> {
        let Ok(size) = u32::try_from(size) else {
            return Err(TagError::Unsupported {
                tag: self.container,
                reason: "the file would get more than 4 GiB".into(),
            });
        };
        Ok(match self.big_endian {
            true => size.to_be_bytes(),
            false => size.to_le_bytes(),
        })
    }

    fn size_at(&self, source: &mut dyn Source, at: u64) -> Result<u64, TagError> {
        let bytes = bytes_at(source, at, 4)?.try_into().unwrap_or_default();
        Ok(u64::from(match self.big_endian {
            true => u32::from_be_bytes(bytes),
            false => u32::from_le_bytes(bytes),
        }))
    }

    fn malformed(&self, reason: String) -> TagError {
        let tag = self.container;
        TagError::Malformed { tag, reason }
    }
}
