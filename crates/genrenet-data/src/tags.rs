//! Artist and album of an audio file, from its tags.

use std::io::BufReader;
use std::path::Path;

use genrenet_audio::catch_panics;
use lofty::config::{ParseOptions, ParsingMode};
use lofty::file::{FileType, TaggedFileExt};
use lofty::probe::Probe;
use lofty::tag::{Accessor, ItemKey};

use crate::names;

/// Title, artist and album of a recording, as far as its tags name them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tags {
    /// The track's artist, else the album's; names of unknown or various artists are ignored.
    pub artist: Option<String>,
    /// The album; names of unknown albums are ignored.
    pub album: Option<String>,
    /// The track's title.
    pub title: Option<String>,
}

impl Tags {
    /// Reads tags of any kind (ID3v1, ID3v2, APE, Vorbis comments, MP4 atoms, RIFF INFO, AIFF text); the container is recognised by
    /// content. A file without readable tags has none; that is no error, and neither is a panic of the reader.
    pub fn read(path: &Path) -> Tags {
        let read = catch_panics(|| Tags::try_read(path));
        read.ok().flatten().unwrap_or_default()
    }

    fn try_read(path: &Path) -> Option<Tags> {
        let options = ParseOptions::new()
            .read_properties(false)
            .read_cover_art(false)
            .parsing_mode(ParsingMode::Relaxed);
        let opened = BufReader::new(genrenet_files::open(path).ok()?);
        let probe = match FileType::from_path(path) {
            Some(kind) => Probe::with_file_type(opened, kind),
            None => Probe::new(opened),
        };
        let file = probe.options(options).guess_file_type().ok()?.read().ok()?;
        let mut tags = Tags::default();
        for tag in file.tags() {
            // On a compilation the track's artist is a name and the album's is "Various Artists"; elsewhere it may be the
            // other way about.
            tags.artist = tags
                .artist
                .or_else(|| tag.artist().and_then(|name| names::artist(&name)))
                .or_else(|| names::artist(tag.get_string(ItemKey::AlbumArtist)?));
            tags.album = tags
                .album
                .or_else(|| tag.album().and_then(|name| names::album(&name)));
            let title = tag.title().map(|title| title.trim().to_owned());
            tags.title = tags.title.or(title.filter(|title| !title.is_empty()));
        }
        Some(tags)
    }
}
