//! What a page shows of a song's tags.

use std::path::Path;

use crate::data::Tags;
use crate::library::plan::SongFile;
use crate::library::tags::FieldName;

/// Title, artist and genres of a song, as far as its tags name them.
pub(super) struct PageTags {
    pub title: Option<String>,
    pub artist: Option<String>,
    pub genres: Vec<String>,
}

impl PageTags {
    /// Reads a file's tags; one whose tags can't be read has none.
    pub fn read(path: &Path) -> PageTags {
        let Tags { title, artist, .. } = Tags::read(path);
        let file = SongFile::open(path);
        PageTags {
            title,
            artist,
            genres: file.map_or(Vec::new(), |file| file.values(&FieldName::Genre)),
        }
    }
}
