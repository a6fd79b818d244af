//! Artist and album of an audio file, from its tags.

use std::path::Path;

use lofty::config::{ParseOptions, ParsingMode};
use lofty::file::TaggedFileExt;
use lofty::probe::Probe;
use lofty::tag::{Accessor, ItemKey};

/// Who made a recording, as far as its tags tell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tags {
    /// The artist (the album's artist, where no track artist is given).
    pub artist: Option<String>,
    /// The album.
    pub album: Option<String>,
}

impl Tags {
    /// Reads tags of any kind (ID3v1, ID3v2, APE, Vorbis comments, MP4 atoms, RIFF INFO, AIFF text); the container is told by
    /// content. A file without readable tags gives none; that is no error.
    pub fn read(path: &Path) -> Tags {
        Tags::try_read(path).unwrap_or_default()
    }

    fn try_read(path: &Path) -> Option<Tags> {
        let options = ParseOptions::new()
            .read_properties(false)
            .read_cover_art(false)
            .parsing_mode(ParsingMode::Relaxed);
        let file = Probe::open(path)
            .ok()?
            .options(options)
            .guess_file_type()
            .ok()?
            .read()
            .ok()?;
        let mut tags = Tags::default();
        for tag in file.tags() {
            let artist = || {
                tag.artist()
                    .or_else(|| tag.get_string(ItemKey::AlbumArtist).map(Into::into))
            };
            let word = |w: std::borrow::Cow<'_, str>| {
                let w = w.trim();
                (!w.is_empty()).then(|| w.to_string())
            };
            tags.artist = tags.artist.or_else(|| artist().and_then(word));
            tags.album = tags.album.or_else(|| tag.album().and_then(word));
        }
        Some(tags)
    }
}
