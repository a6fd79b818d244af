//! What is to be written.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::layout::TagKind;

/// A field of a tag.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum FieldName {
    /// The genre: `TCON`, `GENRE`, `©gen`, `Genre`, `IGNR`, the genre byte of ID3v1.
    Genre,
    /// A field of another name, ASCII letters, digits, `_`, `-` and spaces: `TXXX:NAME`, `NAME=`, `----:com.apple.iTunes:NAME`, an APE item. In a
    /// RIFF INFO list and in ID3v1 there is no place for it.
    Named(String),
}

impl FieldName {
    /// Whether a field of this name in a tag of this kind is the one that is meant.
    pub fn is_called(&self, kind: TagKind, name: &str) -> bool {
        let any_of = |names: &[&str]| names.iter().any(|one| one.eq_ignore_ascii_case(name));
        match (self, kind) {
            (FieldName::Genre, TagKind::Id3v2(_)) => any_of(&["TCON", "TCO"]),
            (FieldName::Genre, TagKind::VorbisComment | TagKind::Ape | TagKind::Id3v1) => {
                any_of(&["GENRE"])
            }
            (FieldName::Genre, TagKind::Ilst) => any_of(&["©gen", "gnre"]),
            (FieldName::Genre, TagKind::RiffInfo) => any_of(&["IGNR"]),
            (FieldName::Named(own), TagKind::Id3v2(_)) => {
                any_of(&[&format!("TXXX:{own}"), &format!("TXX:{own}")])
            }
            (FieldName::Named(own), TagKind::VorbisComment | TagKind::Ape) => any_of(&[own]),
            (FieldName::Named(own), TagKind::Ilst) => {
                any_of(&[&format!("----:com.apple.iTunes:{own}")])
            }
            (FieldName::Named(_), TagKind::Id3v1 | TagKind::RiffInfo) => false,
        }
    }
}

/// Fields that tags have for other things than genres, without spaces, `_` and `-`: in Vorbis comments a field of that name would be overwritten.
const STANDARD: [&str; 24] = [
    "album",
    "albumartist",
    "artist",
    "bpm",
    "comment",
    "composer",
    "conductor",
    "copyright",
    "cover",
    "date",
    "description",
    "disc",
    "discnumber",
    "encoder",
    "isrc",
    "label",
    "language",
    "lyrics",
    "metadatablockpicture",
    "performer",
    "title",
    "track",
    "tracknumber",
    "year",
];

impl FromStr for FieldName {
    type Err = String;

    /// `genre` in any case, or a name of one's own that every tag with named fields can hold.
    fn from_str(name: &str) -> Result<FieldName, String> {
        if name.eq_ignore_ascii_case("genre") {
            return Ok(FieldName::Genre);
        }
        let plain: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
        if STANDARD.iter().any(|one| one.eq_ignore_ascii_case(&plain)) {
            return Err(format!(
                "expected genre or a name of one's own, found {name:?}, which every kind of tag holds in a field of its own"
            ));
        }
        let allowed = |c: char| c.is_ascii_alphanumeric() || "_- ".contains(c);
        match name.len() {
            // APE's items have at least two characters.
            2..=60 if name.chars().all(allowed) && name.trim() == name => {
                Ok(FieldName::Named(name.to_owned()))
            }
            _ => Err(format!(
                "expected 2 to 60 ASCII letters, digits, _, - or spaces, found {name:?}"
            )),
        }
    }
}

impl fmt::Display for FieldName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            FieldName::Genre => "genre",
            FieldName::Named(name) => name,
        })
    }
}

impl TryFrom<String> for FieldName {
    type Error = String;

    fn try_from(name: String) -> Result<FieldName, String> {
        name.parse()
    }
}

impl From<FieldName> for String {
    fn from(name: FieldName) -> String {
        name.to_string()
    }
}

/// One field and the values that it gets; none removes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The field.
    pub field: FieldName,
    /// Its values, in order, none empty and none with a NUL.
    pub values: Vec<String>,
}

/// How values are written where formats leave a choice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Between several values where a tag holds one text only: ID3v2.2, ID3v2.3, RIFF INFO.
    pub separator: String,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            separator: "; ".into(),
        }
    }
}
