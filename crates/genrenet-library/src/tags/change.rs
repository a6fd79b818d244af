//! What is to be written.

/// A field of a tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FieldName {
    /// The genre: `TCON`, `GENRE`, `©gen`, `Genre`, `IGNR`, the genre byte of ID3v1.
    Genre,
    /// A field of another name, ASCII letters, digits, `_`, `-` and spaces: `TXXX:NAME`, `NAME=`, `----:com.apple.iTunes:NAME`, an APE item. In a
    /// RIFF INFO list and in ID3v1 there is no place for it.
    Named(String),
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
