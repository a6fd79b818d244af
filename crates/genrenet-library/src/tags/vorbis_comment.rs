//! Vorbis comments: a vendor string and fields `KEY=value`, as FLAC and Ogg hold them
//! (<https://xiph.org/vorbis/doc/v-comment.html>).

use super::change::{Change, FieldName};
use super::error::TagError;
use super::layout::{Field, TagKind, TagOf};

const NAME: &str = "Vorbis comments";

/// The comments as they stand in the file, valid or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct VorbisComments {
    vendor: Vec<u8>,
    fields: Vec<Vec<u8>>,
}

impl VorbisComments {
    /// No comments, for a file without any.
    pub(super) fn new() -> VorbisComments {
        VorbisComments {
            vendor: b"genrenet".to_vec(),
            fields: Vec::new(),
        }
    }

    /// The comments at the start of `bytes`, and the bytes after them (framing bit, padding).
    pub(super) fn parse(bytes: &[u8]) -> Result<(VorbisComments, &[u8]), TagError> {
        let mut rest = bytes;
        let vendor = string(&mut rest, "vendor string")?;
        let count = number(&mut rest, "number of comments")?;
        if count > rest.len() / 4 {
            return Err(malformed(format!(
                "expected {count} comments, found {} bytes",
                rest.len()
            )));
        }
        let fields = (0..count).map(|_| string(&mut rest, "comment"));
        let fields = fields.collect::<Result<_, _>>()?;
        Ok((VorbisComments { vendor, fields }, rest))
    }

    /// The bytes of the comments.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = counted(&self.vendor);
        bytes.extend((self.fields.len() as u32).to_le_bytes());
        bytes.extend(self.fields.iter().flat_map(|field| counted(field)));
        bytes
    }

    /// The tag that they are.
    pub(super) fn tag(&self) -> TagOf {
        let values = self.values("GENRE").map(text);
        TagOf {
            kind: TagKind::VorbisComment,
            genres: values.filter(|genre| !genre.trim().is_empty()).collect(),
            fields: self.fields.iter().map(|field| named(field)).collect(),
        }
    }

    /// The comments with the changes; equal where they already hold the values.
    pub(super) fn changed(&self, changes: &[Change]) -> Result<VorbisComments, TagError> {
        let mut after = self.clone();
        for change in changes {
            let name = match &change.field {
                FieldName::Genre => "GENRE",
                FieldName::Named(name) => name,
            };
            if name.is_empty()
                || !name
                    .bytes()
                    .all(|b| (0x20..=0x7D).contains(&b) && b != b'=')
            {
                return Err(TagError::Unsupported {
                    tag: NAME,
                    reason: format!(
                        "expected a name of printable ASCII without '=', found {name:?}"
                    ),
                });
            }
            after.set(name, &change.values);
        }
        Ok(after)
    }

    /// The new fields take the place of the first of that name, in its spelling.
    fn set(&mut self, name: &str, values: &[String]) {
        let is = |field: &Vec<u8>| value_of(field, name).is_some();
        if self.values(name).eq(values.iter().map(String::as_bytes)) {
            return;
        }
        let first = self.fields.iter().position(is);
        let key = first.map_or(name.as_bytes(), |at| &self.fields[at][..name.len()]);
        let new = values
            .iter()
            .map(|value| [key, b"=", value.as_bytes()].concat());
        let new: Vec<Vec<u8>> = new.collect();
        let at = first.unwrap_or(self.fields.len());
        self.fields.retain(|field| !is(field));
        self.fields.splice(at..at, new);
    }

    fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
        self.fields
            .iter()
            .filter_map(move |field| value_of(field, name))
    }
}

/// The value of a field of this name, upper or lower case.
fn value_of<'a>(field: &'a [u8], name: &str) -> Option<&'a [u8]> {
    let equals = field.iter().position(|&byte| byte == b'=')?;
    let (key, value) = field.split_at(equals);
    key.eq_ignore_ascii_case(name.as_bytes())
        .then_some(&value[1..])
}

fn named(field: &[u8]) -> Field {
    match field.iter().position(|&byte| byte == b'=') {
        Some(at) => Field::new(text(&field[..at]), field, vec![text(&field[at + 1..])]),
        None => Field::new("", field, vec![text(field)]),
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn counted(string: &[u8]) -> Vec<u8> {
    [&(string.len() as u32).to_le_bytes(), string].concat()
}

fn number(rest: &mut &[u8], what: &str) -> Result<usize, TagError> {
    let Some((bytes, after)) = rest.split_first_chunk::<4>() else {
        return Err(malformed(format!("the {what} is cut off")));
    };
    *rest = after;
    Ok(u32::from_le_bytes(*bytes) as usize)
}

fn string(rest: &mut &[u8], what: &str) -> Result<Vec<u8>, TagError> {
    let length = number(rest, what)?;
    let Some((string, after)) = rest.split_at_checked(length) else {
        return Err(malformed(format!(
            "expected a {what} of {length} bytes, found {}",
            rest.len()
        )));
    };
    *rest = after;
    Ok(string.to_vec())
}

fn malformed(reason: String) -> TagError {
    TagError::Malformed { tag: NAME, reason }
}
