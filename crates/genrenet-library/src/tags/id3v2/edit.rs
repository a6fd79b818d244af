//! Changes of a tag: one frame is replaced, its version and everything else stays.

use super::Id3v2;
use super::body::unsynchronise;
use super::frames::{Content, Frame, Sizes};
use super::header::{Header, to_synchsafe};
use super::text::Encoding;
use super::{genres, header};
use crate::tags::change::{Change, FieldName, Options};
use crate::tags::error::TagError;
use crate::tags::splice::Splice;

/// Left behind the frames where the tag has to grow, for later changes.
const NEW_PADDING: u64 = 1024;
/// Of the content of a frame that is written.
const LONGEST: usize = 1 << 16;
/// What 28 bits hold, and one more.
const SIZE_LIMIT: u64 = 1 << 28;

impl Id3v2 {
    /// The splices that make the changes in this tag, in the order of their positions.
    ///
    /// # Errors
    /// A frame that can't be replaced, or a tag that can't hold it.
    pub fn edit(&self, changes: &[Change], options: &Options) -> Result<Vec<Splice>, TagError> {
        let mut splices = Vec::new();
        let mut appended = Vec::new();
        for change in changes {
            let is_meant = |f: &&Frame| change.field.is_called(self.kind(), &f.field.name);
            let old: Vec<&Frame> = self.frames.iter().filter(is_meant).collect();
            let texts = texts(change, self.header.version, options);
            let found: Vec<String> = old.iter().flat_map(|frame| frame.values()).collect();
            for frame in &old {
                if let Content::Locked(reason) = frame.content {
                    let name = &frame.field.name;
                    return Err(self
                        .header
                        .unsupported(format!("the frame {name} {reason}")));
                }
            }
            if found == texts {
                continue;
            }
            let mut new = match texts.is_empty() {
                true => Vec::new(),
                false => self.frame(&change.field, old.first().copied(), &texts)?,
            };
            for frame in &old {
                splices.push(Splice {
                    at: frame.at,
                    remove: frame.end - frame.at,
                    insert: std::mem::take(&mut new),
                });
            }
            appended.append(&mut new);
        }
        splices.sort_by_key(|splice| splice.at);
        match splices.is_empty() && appended.is_empty() {
            true => Ok(splices),
            false => self.resize(splices, appended),
        }
    }

    /// The splices with those of the padding and the sizes.
    fn resize(
        &self,
        mut splices: Vec<Splice>,
        mut appended: Vec<u8>,
    ) -> Result<Vec<Splice>, TagError> {
        let size = u64::from(self.header.size);
        let removed: u64 = splices.iter().map(|splice| splice.remove).sum();
        let inserted: usize = splices.iter().map(|splice| splice.insert.len()).sum();
        let inserted = (inserted + appended.len()) as u64;
        // What frames and padding have together, and what the frames leave of it.
        let space = removed + self.padding;
        let padding = match space.checked_sub(inserted) {
            _ if self.header.has_footer() => self.padding,
            Some(padding) => padding,
            // By an even number, so that chunks in which the tag may be stay aligned.
            None => NEW_PADDING + (inserted - space) % 2,
        };
        let new_size = size - space + inserted + padding;
        if new_size >= SIZE_LIMIT {
            let reason =
                format!("expected at most 256 MiB, found {new_size} bytes with the change");
            return Err(self.header.unsupported(reason));
        }
        if new_size != size {
            let new_size = to_synchsafe(new_size as u32);
            splices.insert(0, resized(self.at + 6, new_size));
            if self.header.has_footer() {
                splices.push(resized(self.end - 4, new_size));
            }
        }
        appended.extend(vec![0; padding.saturating_sub(self.padding) as usize]);
        let remove = self.padding.saturating_sub(padding);
        if remove > 0 || !appended.is_empty() {
            splices.push(Splice {
                at: self.frames_end,
                remove,
                insert: appended,
            });
        }
        splices.extend(self.extended.edit(&self.header, padding)?);
        splices.sort_by_key(|splice| splice.at);
        Ok(splices)
    }

    /// A frame with these texts, in the place of `old`.
    fn frame(
        &self,
        field: &FieldName,
        old: Option<&Frame>,
        texts: &[String],
    ) -> Result<Vec<u8>, TagError> {
        let header = &self.header;
        let (encoding, description, group) = match old.map(|frame| &frame.content) {
            Some(Content::Text {
                encoding,
                description,
                group,
            }) => (Some(*encoding), description.clone(), *group),
            _ => (None, None, None),
        };
        let own = match field {
            FieldName::Genre => None,
            FieldName::Named(name) => Some(description.unwrap_or_else(|| name.clone())),
        };
        let content = Content::encode(header, own.as_deref(), texts, encoding)?;
        let mut bytes: Vec<u8> = match (header.version, field) {
            (2, FieldName::Genre) => b"TCO".to_vec(),
            (2, FieldName::Named(_)) => b"TXX".to_vec(),
            (_, FieldName::Genre) => b"TCON".to_vec(),
            (_, FieldName::Named(_)) => b"TXXX".to_vec(),
        };
        let length = content.len() + usize::from(group.is_some());
        bytes.extend(self.sizes.write(length as u32));
        if header.version > 2 {
            let grouped = if header.version == 3 { 0x20 } else { 0x40 };
            let unsynchronised = u8::from(header.frames_unsynchronised()) << 1;
            bytes.push(old.map_or(0, |frame| frame.status));
            bytes.push(group.map_or(0, |_| grouped) | unsynchronised);
            bytes.extend(group);
        }
        bytes.extend(content);
        Ok(match header.whole_unsynchronised() {
            true => unsynchronise(&bytes),
            false => bytes,
        })
    }
}

impl Content {
    /// The content of a text frame; `old` is the encoding of the one that it replaces.
    fn encode(
        header: &Header,
        description: Option<&str>,
        texts: &[String],
        old: Option<Encoding>,
    ) -> Result<Vec<u8>, TagError> {
        let escaped: Vec<String> = match (header.version, description) {
            (2 | 3, None) => texts.iter().map(|text| genres::escaped(text)).collect(),
            _ => texts.to_vec(),
        };
        let all: Vec<&str> = description
            .into_iter()
            .chain(escaped.iter().map(|t| &**t))
            .collect();
        let encoding = match header.version {
            4 => old.filter(|old| old.holds(&all)).unwrap_or(Encoding::Utf8),
            _ if Encoding::Latin1.holds(&all) => Encoding::Latin1,
            _ => Encoding::Utf16,
        };
        let mut content = encoding.encode(&all);
        let mut encoding = encoding;
        // UTF-8 has no FF: nothing has to be unsynchronised.
        if header.frames_unsynchronised() && content.contains(&0xFF) {
            encoding = Encoding::Utf8;
            content = encoding.encode(&all);
        }
        let mut read = encoding.decode(&content);
        match description {
            Some(_) => drop(read.remove(0)),
            None => {
                read = read
                    .iter()
                    .flat_map(|text| genres::named_by(text))
                    .collect()
            }
        }
        if read != texts {
            return Err(header.unsupported(format!(
                "expected values that a reader gets as they are, found {texts:?}, which it gets as {read:?}"
            )));
        }
        content.insert(0, encoding.byte());
        if content.len() > LONGEST {
            let reason = format!("expected values of at most {LONGEST} bytes, found more");
            return Err(header.unsupported(reason));
        }
        Ok(content)
    }
}

fn resized(at: u64, size: [u8; 4]) -> Splice {
    Splice {
        at,
        remove: 4,
        insert: size.to_vec(),
    }
}

/// The texts of a frame with the values of a change.
fn texts(change: &Change, version: u8, options: &Options) -> Vec<String> {
    match version == 4 || change.values.is_empty() {
        true => change.values.clone(),
        false => vec![change.values.join(&options.separator)],
    }
}

/// A tag of version 2.4 with the values of the changes, then with frames of these names and texts; none without values.
///
/// # Errors
/// Values that a frame can't hold.
pub(in crate::tags) fn new_tag(
    changes: &[Change],
    others: &[(&str, String)],
) -> Result<Option<Vec<u8>>, TagError> {
    let tag = Id3v2 {
        at: 0,
        end: Header::LENGTH,
        header: header::empty(),
        extended: Default::default(),
        sizes: Sizes::Synchsafe,
        frames: Vec::new(),
        frames_end: Header::LENGTH,
        padding: 0,
    };
    let mut frames = Vec::new();
    for change in changes.iter().filter(|change| !change.values.is_empty()) {
        frames.extend(tag.frame(&change.field, None, &change.values)?);
    }
    if frames.is_empty() {
        return Ok(None);
    }
    for (name, text) in others {
        let mut content = vec![Encoding::Utf8.byte()];
        if *name == "COMM" {
            // Language and an empty description.
            content.extend(b"XXX\0");
        }
        content.extend(text.bytes());
        frames.extend(name.bytes());
        frames.extend(to_synchsafe(content.len() as u32));
        frames.extend([0, 0]);
        frames.extend(content);
    }
    let padding = NEW_PADDING as usize + frames.len() % 2;
    let mut bytes = b"ID3\x04\0\0".to_vec();
    bytes.extend(to_synchsafe((frames.len() + padding) as u32));
    bytes.extend(frames);
    bytes.extend(vec![0; padding]);
    Ok(Some(bytes))
}
