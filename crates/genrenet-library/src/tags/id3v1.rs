//! ID3v1: 128 bytes at the end of the file, of which one is the genre.

use lofty::id3::v1::GENRES;

use super::change::{Change, FieldName};
use super::error::TagError;
use super::id3v2::genre_name;
use super::layout::{Field, Source, TagKind, TagOf};
use super::positions::bytes_at;
use super::splice::Splice;

const LENGTH: u64 = 128;
/// Of the extension `TAG+` in front of the tag.
const ENHANCED: u64 = 227;
/// Fields and where they end.
const FIELDS: [(&str, usize); 6] = [
    ("title", 33),
    ("artist", 63),
    ("album", 93),
    ("year", 97),
    ("comment", 127),
    ("genre", 128),
];

/// The tag and where it is.
pub(super) struct Id3v1 {
    /// Position of its `TAG`.
    pub at: u64,
    bytes: Vec<u8>,
    enhanced: bool,
}

impl Id3v1 {
    /// The tag that ends at `end` and begins at `from` or later; none where there is none.
    ///
    /// # Errors
    /// The system's error.
    pub fn read_before(
        source: &mut dyn Source,
        from: u64,
        end: u64,
    ) -> Result<Option<Id3v1>, TagError> {
        let Some(at) = end.checked_sub(LENGTH).filter(|&at| at >= from) else {
            return Ok(None);
        };
        let bytes = bytes_at(source, at, LENGTH as usize)?;
        if !bytes.starts_with(b"TAG") {
            return Ok(None);
        }
        // The name of an APE tag's header ends so.
        if at >= from + 3 && bytes.starts_with(b"TAGEX") && bytes_at(source, at - 3, 3)? == b"APE" {
            return Ok(None);
        }
        let before = at.checked_sub(ENHANCED).filter(|&at| at >= from);
        let enhanced = match before {
            Some(at) => bytes_at(source, at, 4)? == b"TAG+",
            None => false,
        };
        Ok(Some(Id3v1 {
            at,
            bytes,
            enhanced,
        }))
    }

    /// Position of the tag with its extension.
    pub fn start(&self) -> u64 {
        match self.enhanced {
            true => self.at - ENHANCED,
            false => self.at,
        }
    }

    /// Its fields.
    pub fn tag_of(&self) -> TagOf {
        let mut start = 3;
        let fields = FIELDS.map(|(name, end)| {
            let bytes = &self.bytes[start..end];
            start = end;
            let text = match name {
                "genre" => self.genre().map(str::to_owned),
                _ => {
                    let text = bytes.split(|&byte| byte == 0).next().unwrap_or_default();
                    let text: String = text.iter().map(|&byte| char::from(byte)).collect();
                    Some(text.trim_end().to_owned()).filter(|text| !text.is_empty())
                }
            };
            Field::new(name, bytes, text.into_iter().collect())
        });
        let mut fields = fields.to_vec();
        // Version 1.1 ends the comment with a zero byte and the track's number.
        if let [0, track @ 1..=255] = self.bytes[125..127] {
            let text = vec![track.to_string()];
            fields.push(Field::new("track", &self.bytes[125..127], text));
        }
        TagOf {
            kind: TagKind::Id3v1,
            genres: self.genre().into_iter().map(str::to_owned).collect(),
            fields,
        }
    }

    fn genre(&self) -> Option<&'static str> {
        genre_name(self.bytes[127])
    }

    /// The splice that sets the genre to the first value's number, or to none.
    ///
    /// # Errors
    /// A tag with the extension that has a genre of its own.
    pub fn edit(&self, changes: &[Change]) -> Result<Vec<Splice>, TagError> {
        let Some(change) = changes
            .iter()
            .find(|change| change.field == FieldName::Genre)
        else {
            return Ok(Vec::new());
        };
        let number = change.values.first().map_or(255, |genre| number(genre));
        if number == self.bytes[127] {
            return Ok(Vec::new());
        }
        if self.enhanced {
            return Err(TagError::Unsupported {
                tag: "ID3v1",
                reason: "the extension TAG+ has a genre of its own".into(),
            });
        }
        Ok(vec![Splice {
            at: self.at + 127,
            remove: 1,
            insert: vec![number],
        }])
    }
}

/// The number of a genre in the list, 255 where it is not there.
fn number(genre: &str) -> u8 {
    let at = GENRES
        .iter()
        .position(|name| name.eq_ignore_ascii_case(genre));
    at.map_or(255, |at| at as u8)
}
