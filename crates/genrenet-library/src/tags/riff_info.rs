//! RIFF's list of information: `LIST` chunks of the type `INFO`.

use sha2::{Digest, Sha256};

use super::change::{Change, FieldName, Options};
use super::chunks::Chunk;
use super::error::TagError;
use super::layout::{Field, Source, TagKind, TagOf};
use super::positions::{bytes_at, stream};
use super::splice::Splice;

const GENRE: &[u8; 4] = b"IGNR";
const MOST_ITEMS: usize = 1 << 16;
/// Of an item whose text is kept.
const LONGEST_TEXT: u64 = 1 << 16;
const MOST_TEXT: u64 = 1 << 24;

/// One list and where everything in it is.
pub(super) struct RiffInfo {
    /// The chunk that holds it.
    pub chunk: Chunk,
    items: Vec<Item>,
}

struct Item {
    field: Field,
    at: u64,
    /// Position after it and the byte that makes its size even.
    end: u64,
    is_text: bool,
}

impl RiffInfo {
    /// The list in a `LIST` chunk; none where that is of another type.
    ///
    /// # Errors
    /// Items whose sizes don't fit together.
    pub fn read(source: &mut dyn Source, chunk: Chunk) -> Result<Option<RiffInfo>, TagError> {
        if chunk.end - chunk.at < 4 || bytes_at(source, chunk.at, 4)? != b"INFO" {
            return Ok(None);
        }
        let mut items = Vec::new();
        let mut at = chunk.at + 4;
        let mut text_left = MOST_TEXT;
        while at < chunk.end {
            let wrong = || malformed(format!("expected an item inside of the list at byte {at}"));
            if chunk.end - at < 8 || items.len() == MOST_ITEMS {
                return Err(wrong());
            }
            let head = bytes_at(source, at, 8)?;
            let size = head
                .last_chunk()
                .map_or(0, |size| u32::from_le_bytes(*size));
            let size = u64::from(size);
            let content_end = at + 8 + size;
            if content_end > chunk.end {
                return Err(wrong());
            }
            // The last one's even size may be that of the whole list.
            let end = (content_end + size % 2).min(chunk.end);
            let is_text = size <= LONGEST_TEXT.min(text_left);
            let text = match is_text {
                true => bytes_at(source, at + 8, size as usize)?,
                false => Vec::new(),
            };
            text_left -= text.len() as u64;
            let text = text.split(|&byte| byte == 0).next().unwrap_or_default();
            let text = String::from_utf8_lossy(text).into_owned();
            let mut hash = Sha256::new();
            stream(source, at, content_end, &mut |part| hash.update(part))?;
            items.push(Item {
                field: Field {
                    name: head[..4].iter().map(|&byte| char::from(byte)).collect(),
                    digest: hash.finalize().into(),
                    text: Some(text)
                        .filter(|text| !text.is_empty())
                        .into_iter()
                        .collect(),
                },
                at,
                end,
                is_text,
            });
            at = end;
        }
        Ok(Some(RiffInfo { chunk, items }))
    }

    /// Its items.
    pub fn tag_of(&self) -> TagOf {
        TagOf {
            kind: TagKind::RiffInfo,
            genres: self
                .genres()
                .flat_map(|item| item.field.text.clone())
                .collect(),
            fields: self.items.iter().map(|item| item.field.clone()).collect(),
        }
    }

    fn genres(&self) -> impl Iterator<Item = &Item> {
        self.items
            .iter()
            .filter(|item| item.field.name.as_bytes() == GENRE)
    }

    /// The splices that set the genre; a named field has no place here.
    ///
    /// # Errors
    /// A list that ends in the middle of an item.
    pub fn edit(&self, changes: &[Change], options: &Options) -> Result<Vec<Splice>, TagError> {
        let Some(change) = changes
            .iter()
            .find(|change| change.field == FieldName::Genre)
        else {
            return Ok(Vec::new());
        };
        let text = change.values.join(&options.separator);
        let found = self.genres().flat_map(|item| &item.field.text);
        if found.eq((!text.is_empty()).then_some(&text)) {
            return Ok(Vec::new());
        }
        if self.genres().any(|item| !item.is_text) {
            return Err(malformed(
                "expected a genre of at most 64 KiB, found more".into(),
            ));
        }
        let mut new = new_item(&text);
        let mut splices = Vec::new();
        for item in self.genres() {
            splices.push(Splice {
                at: item.at,
                remove: item.end - item.at,
                insert: std::mem::take(&mut new),
            });
        }
        if !new.is_empty() {
            splices.push(Splice {
                at: self.chunk.end,
                remove: 0,
                insert: new,
            });
        }
        if !(self.chunk.end - self.chunk.at).is_multiple_of(2) {
            return Err(TagError::Unsupported {
                tag: "INFO",
                reason: "the list has an odd number of bytes".into(),
            });
        }
        Ok(splices)
    }
}

/// The content of a new list with the genre; none without a genre.
pub(super) fn new_list(changes: &[Change], options: &Options) -> Option<Vec<u8>> {
    let change = changes
        .iter()
        .find(|change| change.field == FieldName::Genre)?;
    let item = new_item(&change.values.join(&options.separator));
    (!item.is_empty()).then(|| [b"INFO", &item[..]].concat())
}

fn new_item(text: &str) -> Vec<u8> {
    let mut item = Vec::new();
    if !text.is_empty() {
        let size = text.len() + 1;
        item.extend_from_slice(GENRE);
        // As long as command lines and plans, or shorter.
        item.extend((size as u32).to_le_bytes());
        item.extend(text.bytes());
        item.extend(vec![0; 1 + size % 2]);
    }
    item
}

fn malformed(reason: String) -> TagError {
    TagError::Malformed {
        tag: "INFO",
        reason,
    }
}
