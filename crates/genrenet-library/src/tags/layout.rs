//! What the reader of a container finds.

use std::fmt;
use std::io::{Read, Seek};

use sha2::{Digest, Sha256};

/// A kind of tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TagKind {
    /// ID3v2 of the minor version 2, 3 or 4.
    Id3v2(u8),
    /// Vorbis comments: FLAC, Ogg.
    VorbisComment,
    /// MP4's `ilst`.
    Ilst,
    /// APE, version 1 or 2.
    Ape,
    /// RIFF's INFO list.
    RiffInfo,
    /// ID3v1.
    Id3v1,
}

impl fmt::Display for TagKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TagKind::Id3v2(minor) => write!(f, "ID3v2.{minor}"),
            TagKind::VorbisComment => f.write_str("Vorbis comments"),
            TagKind::Ilst => f.write_str("ilst"),
            TagKind::Ape => f.write_str("APE"),
            TagKind::RiffInfo => f.write_str("INFO"),
            TagKind::Id3v1 => f.write_str("ID3v1"),
        }
    }
}

/// One tag of a file, in the order of precedence: the first that holds a genre is the one that players show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TagOf {
    /// What kind it is.
    pub kind: TagKind,
    /// The genres, as text: numbers of ID3v1 (`17`, `(17)`, the byte) as names; empty where there is none.
    pub genres: Vec<String>,
    /// Every field of the tag, the genre among them, in the order of the file.
    pub fields: Vec<Field>,
}

/// One field of a tag: enough to tell whether it changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its name in the tag, such as `TCON`, `TXXX:MOOD`, `GENRE`, `©gen`.
    pub name: String,
    /// SHA-256 of its bytes as they stand in the file (with flags, without its position).
    pub digest: [u8; 32],
    /// Its values where it holds text; empty otherwise.
    pub text: Vec<String>,
}

impl Field {
    /// A field of these bytes.
    pub(crate) fn new(name: impl Into<String>, bytes: &[u8], text: Vec<String>) -> Field {
        Field {
            name: name.into(),
            digest: Sha256::digest(bytes).into(),
            text,
        }
    }
}

/// A source that is read in any order.
pub trait Source: Read + Seek {}

impl<T: Read + Seek> Source for T {}
