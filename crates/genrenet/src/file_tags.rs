//! The tags of a file of any container.

use std::path::Path;

use crate::data::Tags;
use crate::library::index::FileTags;
use crate::library::plan::SongFile;

/// The tags that people search by, from the containers that `genrenet tag` writes; of others as many as lofty reads. None where there are none.
pub(crate) fn file_tags(path: &Path) -> FileTags {
    SongFile::open(path).map_or_else(|_| other_tags(path), |file| FileTags::of(&file))
}

/// The tags of a container that `genrenet tag` does not write.
pub(crate) fn other_tags(path: &Path) -> FileTags {
    let Tags {
        title,
        artist,
        album,
        ..
    } = Tags::read(path);
    FileTags {
        title,
        artist,
        album,
        ..FileTags::default()
    }
}
