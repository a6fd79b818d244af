//! What is searched for.

use std::ops::RangeInclusive;
use std::path::PathBuf;

/// Which songs a search gives: those that meet every condition. [`Query::default`] gives all that have an answer.
#[derive(Clone, Debug, Default)]
pub struct Query {
    /// Words or phrases, each of which stands in a tag or in the file's name, in any case, with or without accents.
    pub texts: Vec<String>,
    /// Genres, of which one must be the answer or have a probability in the range.
    pub genres: Vec<Term>,
    /// Attributes, all of which must hold or have a probability in their range.
    pub attributes: Vec<Term>,
    /// Texts that must stand in a field.
    pub tags: Vec<(TagField, String)>,
    /// Length in seconds.
    pub seconds: Option<RangeInclusive<f64>>,
    /// Where the file is: at or below this path.
    pub below: Option<PathBuf>,
    /// Which answers count.
    pub answers: Answers,
    /// The most songs.
    pub limit: Option<usize>,
}

/// A genre or an attribute that is searched for.
#[derive(Clone, Debug, PartialEq)]
pub struct Term {
    /// Its name, in any spelling.
    pub name: String,
    /// Its probability; `None` for a genre that is the answer, an attribute that holds.
    pub probability: Option<RangeInclusive<f32>>,
}

/// Which answers count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Answers {
    /// Of music, sure or unsure; where a genre has to be the answer, the sure ones.
    #[default]
    Music,
    /// Only the unsure ones.
    Unsure,
    /// What is no music.
    NoMusic,
    /// Files that could not be classified.
    Failed,
    /// Files that were found missing.
    Vanished,
}

/// A field of a file's tags.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TagField {
    /// The song's title.
    Title,
    /// Who performs it.
    Artist,
    /// The album.
    Album,
    /// The artist of the album.
    AlbumArtist,
    /// The genre tag.
    Genre,
    /// The date or year.
    Date,
    /// The number in the album.
    Track,
}

impl TagField {
    /// All fields, with the names by which people and the index call them.
    pub const ALL: [(TagField, &'static str); 7] = [
        (TagField::Title, "title"),
        (TagField::Artist, "artist"),
        (TagField::Album, "album"),
        (TagField::AlbumArtist, "album_artist"),
        (TagField::Genre, "genre"),
        (TagField::Date, "date"),
        (TagField::Track, "track"),
    ];

    /// Its column.
    pub(super) fn column(self) -> &'static str {
        let mut all = TagField::ALL.into_iter();
        all.find(|(field, _)| *field == self)
            .map_or("", |(_, name)| name)
    }
}
