//! APE tags of the versions 1 and 2 at the end of a file.

use sha2::{Digest, Sha256};

use super::change::{Change, FieldName, Options};
use super::error::TagError;
use super::layout::{Field, Source, TagKind, TagOf};
use super::positions::{bytes_at, stream};
use super::splice::Splice;

const TAG: &str = "APE";
/// Of the header and of the footer.
const LENGTH: u64 = 32;
const MOST_ITEMS: u32 = 1 << 16;
/// Of a value whose text is kept.
const LONGEST_TEXT: u64 = 1 << 16;
const MOST_TEXT: u64 = 1 << 24;
const LONGEST_KEY: usize = 255;
/// Of the items together.
const SIZE_LIMIT: u64 = 1 << 28;
const READ_ONLY: u32 = 1;
const HAS_HEADER: u32 = 1 << 31;

/// One tag and where everything in it is.
pub(super) struct Ape {
    /// Position of its header, or of its first item.
    pub at: u64,
    footer_at: u64,
    has_header: bool,
    version: u32,
    flags: u32,
    items: Vec<Item>,
}

struct Item {
    field: Field,
    at: u64,
    end: u64,
    flags: u32,
    /// Whether it holds text, all of which is in the field.
    is_text: bool,
}

impl Ape {
    /// The tag whose footer ends at `end`, and which begins at `from` or later; none where there is none.
    ///
    /// # Errors
    /// A tag that does not follow its version.
    pub fn read_before(
        source: &mut dyn Source,
        from: u64,
        end: u64,
    ) -> Result<Option<Ape>, TagError> {
        let Some(footer_at) = end.checked_sub(LENGTH).filter(|&at| at >= from) else {
            return Ok(None);
        };
        let footer = bytes_at(source, footer_at, LENGTH as usize)?;
        if !footer.starts_with(b"APETAGEX") {
            return Ok(None);
        }
        let [version, size, count, flags] = numbers(&footer);
        if !matches!(version, 1000 | 2000) {
            return Err(malformed(format!(
                "expected version 1000 or 2000, found {version}"
            )));
        }
        let items_at = u64::from(size).checked_sub(LENGTH);
        let items_at = items_at.and_then(|size| footer_at.checked_sub(size));
        let Some(items_at) = items_at.filter(|&at| at >= from) else {
            return Err(malformed(format!(
                "expected a tag inside of the file, found one of {size} bytes"
            )));
        };
        let has_header = version == 2000 && flags & HAS_HEADER != 0;
        let at = if has_header {
            items_at.saturating_sub(LENGTH)
        } else {
            items_at
        };
        if has_header {
            let header = bytes_at(source, at, LENGTH as usize)?;
            if at < from || header[..20] != footer[..20] {
                return Err(malformed(
                    "expected a header that repeats the footer".into(),
                ));
            }
        }
        if count > MOST_ITEMS {
            return Err(malformed(format!(
                "expected at most {MOST_ITEMS} items, found {count}"
            )));
        }
        let mut items = Vec::new();
        let mut next = items_at;
        let mut text_left = MOST_TEXT;
        for _ in 0..count {
            let item = Item::read(source, version, next, footer_at, &mut text_left)?;
            next = item.end;
            items.push(item);
        }
        if next != footer_at {
            return Err(malformed(format!(
                "expected the {count} items to end at byte {footer_at}, found their end at {next}"
            )));
        }
        Ok(Some(Ape {
            at,
            footer_at,
            has_header,
            version,
            flags,
            items,
        }))
    }

    /// Its items.
    pub fn tag_of(&self) -> TagOf {
        let genres = self.items.iter().filter(|item| item.is(&FieldName::Genre));
        TagOf {
            kind: TagKind::Ape,
            genres: genres.flat_map(|item| item.field.text.clone()).collect(),
            fields: self.items.iter().map(|item| item.field.clone()).collect(),
        }
    }

    /// The splices that make the changes, in the order of their positions.
    ///
    /// # Errors
    /// An item that can't be replaced, or a tag that can't hold it.
    pub fn edit(&self, changes: &[Change], options: &Options) -> Result<Vec<Splice>, TagError> {
        let mut splices = Vec::new();
        let mut appended = Vec::new();
        let mut count = self.items.len() as u32;
        for change in changes {
            let old: Vec<&Item> = self
                .items
                .iter()
                .filter(|item| item.is(&change.field))
                .collect();
            let texts = match self.version == 2000 || change.values.is_empty() {
                true => change.values.clone(),
                false => vec![change.values.join(&options.separator)],
            };
            self.check(&old)?;
            let found: Vec<&String> = old.iter().flat_map(|item| &item.field.text).collect();
            if found.iter().copied().eq(&texts) {
                continue;
            }
            let key = match (&change.field, old.first()) {
                (_, Some(item)) => &item.field.name,
                (FieldName::Named(name), None) => name,
                (FieldName::Genre, None) => "Genre",
            };
            let mut new = match texts.is_empty() {
                true => Vec::new(),
                false => self.item(key, &texts, old.first().map_or(0, |item| item.flags))?,
            };
            count = count - old.len() as u32 + u32::from(!new.is_empty());
            for item in &old {
                splices.push(Splice {
                    at: item.at,
                    remove: item.end - item.at,
                    insert: std::mem::take(&mut new),
                });
            }
            appended.append(&mut new);
        }
        if splices.is_empty() && appended.is_empty() {
            return Ok(splices);
        }
        splices.sort_by_key(|splice| splice.at);
        splices.push(Splice {
            at: self.footer_at,
            remove: 0,
            insert: appended,
        });
        self.resize(splices, count)
    }

    fn check(&self, old: &[&Item]) -> Result<(), TagError> {
        if self.flags & READ_ONLY != 0 {
            return Err(unsupported("the tag is marked as read-only".into()));
        }
        for item in old {
            let name = &item.field.name;
            if item.flags & READ_ONLY != 0 {
                return Err(unsupported(format!(
                    "the item {name} is marked as read-only"
                )));
            }
            if !item.is_text {
                return Err(unsupported(format!(
                    "the item {name} is no text, or too long"
                )));
            }
        }
        Ok(())
    }

    /// The splices with those of the size and the count.
    fn resize(&self, mut splices: Vec<Splice>, count: u32) -> Result<Vec<Splice>, TagError> {
        let items_at = if self.has_header {
            self.at + LENGTH
        } else {
            self.at
        };
        let removed: u64 = splices.iter().map(|splice| splice.remove).sum();
        let inserted: usize = splices.iter().map(|splice| splice.insert.len()).sum();
        let size = self.footer_at - items_at - removed + inserted as u64 + LENGTH;
        if size >= SIZE_LIMIT || count > MOST_ITEMS {
            return Err(unsupported(
                "expected at most 256 MiB and 65536 items".into(),
            ));
        }
        let mut numbers = (size as u32).to_le_bytes().to_vec();
        numbers.extend(count.to_le_bytes());
        let changed = |at: u64| Splice {
            at: at + 12,
            remove: 8,
            insert: numbers.clone(),
        };
        if self.has_header {
            splices.insert(0, changed(self.at));
        }
        splices.push(changed(self.footer_at));
        Ok(splices)
    }

    fn item(&self, key: &str, texts: &[String], flags: u32) -> Result<Vec<u8>, TagError> {
        let reserved = ["ID3", "TAG", "OggS", "MP+"];
        let valid = (2..=LONGEST_KEY).contains(&key.len())
            && key.bytes().all(|byte| (0x20..0x7F).contains(&byte))
            && !reserved.iter().any(|name| name.eq_ignore_ascii_case(key));
        if !valid {
            return Err(unsupported(format!(
                "the name {key:?} can't be that of an item"
            )));
        }
        let text = texts.join("\0");
        let value: Vec<u8> = match self.version {
            2000 => text.into_bytes(),
            _ if text.chars().all(|char| u32::from(char) < 0x100) => {
                text.chars().map(|char| char as u8).collect()
            }
            _ => return Err(unsupported(format!("version 1 can't hold {text:?}"))),
        };
        if value.len() as u64 > LONGEST_TEXT {
            return Err(unsupported(format!(
                "expected values of at most {LONGEST_TEXT} bytes"
            )));
        }
        let mut bytes = (value.len() as u32).to_le_bytes().to_vec();
        bytes.extend(flags.to_le_bytes());
        bytes.extend(key.bytes());
        bytes.push(0);
        bytes.extend(value);
        Ok(bytes)
    }
}

impl Item {
    fn read(
        source: &mut dyn Source,
        version: u32,
        at: u64,
        limit: u64,
        text_left: &mut u64,
    ) -> Result<Item, TagError> {
        let wrong = || malformed(format!("expected an item at byte {at}, found none"));
        let most = (limit - at).min(8 + LONGEST_KEY as u64 + 1) as usize;
        let start = bytes_at(source, at, most)?;
        let (head, key) = start.split_first_chunk::<8>().ok_or_else(wrong)?;
        let [size, flags] =
            [[0, 1, 2, 3], [4, 5, 6, 7]].map(|i| u32::from_le_bytes(i.map(|i: usize| head[i])));
        let length = key.iter().position(|&byte| byte == 0).ok_or_else(wrong)?;
        let key = std::str::from_utf8(&key[..length]).map_err(|_| wrong())?;
        let value_at = at + 8 + length as u64 + 1;
        let end = value_at + u64::from(size);
        if end > limit || key.is_empty() {
            return Err(wrong());
        }
        let is_text = flags >> 1 & 3 == 0 && u64::from(size) <= LONGEST_TEXT.min(*text_left);
        let mut hash = Sha256::new();
        let mut value = Vec::new();
        stream(source, at, end, &mut |part| hash.update(part))?;
        if is_text {
            value = bytes_at(source, value_at, size as usize)?;
            *text_left -= u64::from(size);
        }
        let text = match version {
            2000 => String::from_utf8_lossy(&value).into_owned(),
            _ => value.iter().map(|&byte| char::from(byte)).collect(),
        };
        let texts = text.split('\0').filter(|text| !text.is_empty());
        Ok(Item {
            field: Field {
                name: key.to_owned(),
                digest: hash.finalize().into(),
                text: texts.map(str::to_owned).collect(),
            },
            at,
            end,
            flags,
            is_text,
        })
    }

    fn is(&self, field: &FieldName) -> bool {
        field.is_called(TagKind::Ape, &self.field.name)
    }
}

/// Version, size, count and flags of a header or footer.
fn numbers(bytes: &[u8]) -> [u32; 4] {
    [8, 12, 16, 20].map(|at| {
        let number = bytes[at..].first_chunk();
        number.map_or(0, |number| u32::from_le_bytes(*number))
    })
}

fn malformed(reason: String) -> TagError {
    TagError::Malformed { tag: TAG, reason }
}

fn unsupported(reason: String) -> TagError {
    TagError::Unsupported { tag: TAG, reason }
}
