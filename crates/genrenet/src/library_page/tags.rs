//! What a page shows of a song's tags.

use std::path::Path;

use crate::library::plan::SongFile;
use crate::library::tags::{CommonField, FieldName};

/// Title, artist and genres of a song, as far as its tags name them.
#[derive(Default)]
pub(super) struct PageTags {
    pub title: Option<String>,
    pub artist: Option<String>,
    pub genres: Vec<String>,
}

impl PageTags {
    /// Reads a file's tags; one whose tags can't be read has none.
    pub fn read(path: &Path) -> PageTags {
        match SongFile::open(path) {
            Ok(file) => PageTags {
                title: file.text(CommonField::Title),
                artist: file.text(CommonField::Artist),
                genres: file.values(&FieldName::Genre),
            },
            Err(_) => PageTags::default(),
        }
    }
}
