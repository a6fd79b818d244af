//! FLAC in its own container: metadata blocks, of which one holds Vorbis comments (RFC 9639, 8).

use super::around::Around;
use super::change::{Change, Options};
use super::error::TagError;
use super::id3v2::Id3v2;
use super::layout::Source;
use super::music_file::{Contents, Format};
use super::positions::{bytes_at, length, stream};
use super::splice::Splice;
use super::vorbis_comment::VorbisComments;

const STREAMINFO: u8 = 0;
const PADDING: u8 = 1;
const VORBIS_COMMENT: u8 = 4;
/// What 24 bits hold.
const LONGEST: usize = (1 << 24) - 1;
/// Left behind the comments where the file has to grow, for later changes.
const NEW_PADDING: usize = 4096;
/// Of one file; real ones have below ten.
const MOST_BLOCKS: usize = 1 << 16;

struct Block {
    /// Position of its header of four bytes.
    at: u64,
    kind: u8,
    last: bool,
    length: usize,
}

impl Block {
    fn end(&self) -> u64 {
        self.at + 4 + self.length as u64
    }
}

struct Flac {
    /// Tags that have no place in FLAC, as some programs write them: they are kept in step.
    around: Around,
    blocks: Vec<Block>,
    comments: Option<Comments>,
    audio: (u64, u64),
}

struct Comments {
    block: usize,
    read: VorbisComments,
    /// Bytes of the block after the comments; kept.
    rest: Vec<u8>,
}

/// Reads the file where it is of this container.
pub(crate) fn read(source: &mut dyn Source) -> Result<Option<Contents>, TagError> {
    let size = length(source)?;
    let Some(start) = start(source, size)? else {
        return Ok(None);
    };
    let around = Around::read(source)?;
    let blocks = blocks(source, start + 4, size)?;
    let frames = blocks.last().map_or(size, Block::end);
    let end = around.end;
    if around.start != start || end < frames {
        return Err(malformed(format!(
            "expected other tags before byte {start} and after byte {frames}, found them in between"
        )));
    }
    // A picture of more than 16 MiB, as some writers make it, has a wrong length: what follows is no frame then.
    if end > frames {
        let sync = bytes_at(source, frames, 2.min((end - frames) as usize))?;
        if sync.len() < 2 || sync[0] != 0xFF || sync[1] & 0xFE != 0xF8 {
            return Err(malformed(format!(
                "expected a frame after the metadata blocks at byte {frames}, found {sync:02X?}"
            )));
        }
    }
    let mut holders = blocks
        .iter()
        .enumerate()
        .filter(|(_, b)| b.kind == VORBIS_COMMENT);
    let comments = match (holders.next(), holders.next()) {
        (Some(_), Some(_)) => {
            return Err(TagError::Unsupported {
                tag: "FLAC",
                reason: "expected one block of Vorbis comments, found several, of which readers take different ones".into(),
            });
        }
        (Some((block, holder)), None) => {
            let bytes = bytes_at(source, holder.at + 4, holder.length)?;
            let (read, rest) = VorbisComments::parse(&bytes)?;
            let rest = rest.to_vec();
            Some(Comments { block, read, rest })
        }
        _ => None,
    };
    Ok(Some(Contents {
        tags: comments
            .iter()
            .map(|comments| comments.read.tag())
            .chain(around.tags())
            .collect(),
        format: Box::new(Flac {
            around,
            blocks,
            comments,
            audio: (frames, end),
        }),
    }))
}

impl Format for Flac {
    fn audio(&self, source: &mut dyn Source, each: &mut dyn FnMut(&[u8])) -> Result<(), TagError> {
        stream(source, self.audio.0, self.audio.1, each)
    }

    fn edit(
        &self,
        _source: &mut dyn Source,
        changes: &[Change],
        options: &Options,
    ) -> Result<Vec<Splice>, TagError> {
        let mut splices = self.around.edit(changes, options)?;
        splices.extend(self.edit_comments(changes)?);
        splices.sort_by_key(|splice| (splice.at, splice.remove));
        Ok(splices)
    }
}

impl Flac {
    fn edit_comments(&self, changes: &[Change]) -> Result<Vec<Splice>, TagError> {
        let before = self.comments.as_ref().map(|comments| &comments.read);
        let before = before.cloned().unwrap_or_else(VorbisComments::new);
        let after = before.changed(changes)?;
        if after == before {
            return Ok(Vec::new());
        }
        let mut body = after.to_bytes();
        body.extend(self.comments.iter().flat_map(|comments| &comments.rest));
        if body.len() > LONGEST {
            return Err(TagError::Unsupported {
                tag: "FLAC",
                reason: format!(
                    "expected comments of up to {LONGEST} bytes, found {}",
                    body.len()
                ),
            });
        }
        Ok(self.with_comments(&body))
    }

    /// The splices that make `body` the block of comments, at the cost of padding where there is enough.
    fn with_comments(&self, body: &[u8]) -> Vec<Splice> {
        let (at, remove, last) = match &self.comments {
            Some(Comments { block, .. }) => {
                let block = &self.blocks[*block];
                (block.at, 4 + block.length, block.last)
            }
            None => (self.blocks[0].end(), 0, self.blocks[0].last),
        };
        let grows = 4 + body.len() as i64 - remove as i64;
        let fits = |block: &&Block| {
            block.kind == PADDING && (0..=LONGEST as i64).contains(&(block.length as i64 - grows))
        };
        let mut insert = block(VORBIS_COMMENT, last, body);
        let mut splices = Vec::new();
        if let Some(padding) = self.blocks.iter().find(fits).filter(|_| grows != 0) {
            let left = (padding.length as i64 - grows) as usize;
            let mut header = block(
                PADDING,
                padding.last,
                &vec![0; left.min(left.saturating_sub(padding.length))],
            );
            header[1..4].copy_from_slice(&(left as u32).to_be_bytes()[1..]);
            splices.push(Splice {
                at: padding.at,
                remove: 4 + grows.max(0) as u64,
                insert: header,
            });
        } else if grows != 0 {
            insert[0] = VORBIS_COMMENT;
            let padding = usize::try_from(-grows - 4).unwrap_or(NEW_PADDING);
            insert.extend(block(PADDING, last, &vec![0; padding]));
        }
        if self.comments.is_none() && last {
            splices.push(Splice {
                at: self.blocks[0].at,
                remove: 1,
                insert: vec![STREAMINFO],
            });
        }
        splices.push(Splice {
            at,
            remove: remove as u64,
            insert,
        });
        // New comments stand before the padding that they are taken from.
        splices.sort_by_key(|splice| (splice.at, splice.remove));
        splices
    }
}

fn block(kind: u8, last: bool, body: &[u8]) -> Vec<u8> {
    let mut block = (body.len() as u32).to_be_bytes().to_vec();
    block[0] = kind | u8::from(last) << 7;
    block.extend(body);
    block
}

/// The metadata blocks from `at` up to the one marked as the last.
fn blocks(source: &mut dyn Source, mut at: u64, size: u64) -> Result<Vec<Block>, TagError> {
    let mut blocks: Vec<Block> = Vec::new();
    while blocks.last().is_none_or(|block| !block.last) {
        if size < at + 4 || blocks.len() == MOST_BLOCKS {
            return Err(malformed(format!(
                "expected a last metadata block, found none up to byte {at}"
            )));
        }
        let header = bytes_at(source, at, 4)?;
        let block = Block {
            at,
            kind: header[0] & 0x7F,
            last: header[0] & 0x80 != 0,
            length: u32::from_be_bytes([0, header[1], header[2], header[3]]) as usize,
        };
        let is_info = block.kind == STREAMINFO && block.length == 34;
        if block.kind == 127 || block.end() > size || is_info != blocks.is_empty() {
            return Err(malformed(format!(
                "expected STREAMINFO and then other blocks within {size} bytes, found type {} of {} bytes at byte {at}",
                block.kind, block.length
            )));
        }
        at = block.end();
        blocks.push(block);
    }
    Ok(blocks)
}

/// Where the signature stands: at the beginning, or after ID3v2 tags.
fn start(source: &mut dyn Source, size: u64) -> Result<Option<u64>, TagError> {
    let tags = match size >= 10 && bytes_at(source, 0, 3)? == b"ID3" {
        true => Id3v2::read_all(source, 0, size)?,
        false => Vec::new(),
    };
    let start = tags.last().map_or(0, |tag| tag.end);
    let is_flac = size >= start + 4 && bytes_at(source, start, 4)? == b"fLaC";
    Ok(is_flac.then_some(start))
}

fn malformed(reason: String) -> TagError {
    TagError::Malformed {
        tag: "FLAC",
        reason,
    }
}
