//! What a page consists of: the same blocks become HTML and Markdown, so both tell the same facts.

use crate::drawing::Drawing;
use crate::genre_mark::GenreMark;

/// A cell of a table.
#[derive(Debug, Clone, Default)]
pub(crate) struct Cell {
    /// The words, not escaped.
    pub(crate) words: String,
    /// The genre's mark before them.
    pub(crate) mark: Option<GenreMark>,
    /// Whether it is a number, which stands at the right.
    pub(crate) number: bool,
}

impl Cell {
    /// A cell of words.
    pub(crate) fn words(words: impl Into<String>) -> Cell {
        Cell {
            words: words.into(),
            ..Cell::default()
        }
    }

    /// A cell of a number.
    pub(crate) fn number(words: impl Into<String>) -> Cell {
        Cell {
            words: words.into(),
            number: true,
            ..Cell::default()
        }
    }

    /// A genre's name with its mark.
    pub(crate) fn genre(name: &str, mark: GenreMark) -> Cell {
        Cell {
            words: name.into(),
            mark: Some(mark),
            number: false,
        }
    }
}

/// A table.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    /// What it shows.
    pub(crate) caption: String,
    /// Names of the columns; those of numbers are recognised by the first row.
    pub(crate) head: Vec<String>,
    /// The rows.
    pub(crate) rows: Vec<Vec<Cell>>,
    /// Whether it is folded away under its caption: long ones that few read.
    pub(crate) folded: bool,
}

/// A picture with its file name and the words below it.
#[derive(Debug, Clone)]
pub(crate) struct Picture {
    /// File name without ending, unique within the report.
    pub(crate) name: String,
    /// The words below it.
    pub(crate) caption: String,
    /// The picture.
    pub(crate) drawing: Drawing,
}

/// A figure in large digits.
#[derive(Debug, Clone)]
pub(crate) struct Tile {
    /// What it is.
    pub(crate) name: String,
    /// The figure.
    pub(crate) value: String,
    /// Its interval or explanation.
    pub(crate) note: String,
}

/// A piece of a page.
#[derive(Debug, Clone)]
pub(crate) enum Block {
    /// Heading of level 2 to 4.
    Heading(u8, String),
    /// A paragraph.
    Words(String),
    /// Sentences as a list.
    List(Vec<String>),
    /// A note that something is not there, and why.
    Missing(String, String),
    /// Figures in large digits.
    Tiles(Vec<Tile>),
    /// A table.
    Table(Table),
    /// Pictures side by side where there is room.
    Pictures(Vec<Picture>),
    /// Text as it is, folded away under a heading.
    Folded(String, String),
}

/// A page before it is HTML or Markdown.
#[derive(Debug, Clone)]
pub(crate) struct Page {
    /// Its title.
    pub(crate) title: String,
    /// Its blocks from top to bottom.
    pub(crate) blocks: Vec<Block>,
}

impl Page {
    /// All pictures of the page.
    pub(crate) fn pictures(&self) -> impl Iterator<Item = &Picture> {
        self.blocks.iter().flat_map(|block| match block {
            Block::Pictures(pictures) => &pictures[..],
            _ => &[],
        })
    }
}
