//! Fields that every kind of tag has, each under a name of its own.

use super::layout::{TagKind, TagOf};

/// A field that people know a song by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CommonField {
    /// The song's title.
    Title,
    /// Who performs it.
    Artist,
    /// The album.
    Album,
    /// The artist of the album.
    AlbumArtist,
    /// The date or year of release.
    Date,
    /// The number in the album, often with that of all ("3/12").
    Track,
}

impl CommonField {
    /// Its names in a kind of tag, the most usual first. Source: ID3v2.2–2.4, section 4; Xiph's field recommendations; mp4ra.org; the APE tag
    /// item keys of Hydrogenaudio; Microsoft's RIFF INFO chunks.
    fn names(self, kind: TagKind) -> &'static [&'static str] {
        use CommonField as F;
        match (kind, self) {
            (TagKind::Id3v2(2), F::Title) => &["TT2"],
            (TagKind::Id3v2(2), F::Artist) => &["TP1"],
            (TagKind::Id3v2(2), F::Album) => &["TAL"],
            (TagKind::Id3v2(2), F::AlbumArtist) => &["TP2"],
            (TagKind::Id3v2(2), F::Date) => &["TYE"],
            (TagKind::Id3v2(2), F::Track) => &["TRK"],
            (TagKind::Id3v2(_), F::Title) => &["TIT2"],
            (TagKind::Id3v2(_), F::Artist) => &["TPE1"],
            (TagKind::Id3v2(_), F::Album) => &["TALB"],
            (TagKind::Id3v2(_), F::AlbumArtist) => &["TPE2"],
            (TagKind::Id3v2(_), F::Date) => &["TDRC", "TYER", "TDRL"],
            (TagKind::Id3v2(_), F::Track) => &["TRCK"],
            (TagKind::Ilst, F::Title) => &["©nam"],
            (TagKind::Ilst, F::Artist) => &["©ART"],
            (TagKind::Ilst, F::Album) => &["©alb"],
            (TagKind::Ilst, F::AlbumArtist) => &["aART"],
            (TagKind::Ilst, F::Date) => &["©day"],
            // A number of 16 bits there, not a text.
            (TagKind::Ilst, F::Track) => &[],
            (TagKind::RiffInfo, F::Title) => &["INAM"],
            (TagKind::RiffInfo, F::Artist) => &["IART"],
            (TagKind::RiffInfo, F::Album) => &["IPRD"],
            (TagKind::RiffInfo, F::AlbumArtist) => &[],
            (TagKind::RiffInfo, F::Date) => &["ICRD"],
            (TagKind::RiffInfo, F::Track) => &["ITRK", "IPRT"],
            (_, F::Title) => &["title"],
            (_, F::Artist) => &["artist"],
            (_, F::Album) => &["album"],
            (_, F::AlbumArtist) => &["albumartist", "album artist"],
            (_, F::Date) => &["date", "year"],
            (_, F::Track) => &["tracknumber", "track"],
        }
    }

    /// Its value in a tag, several joined by "; "; `None` where there is none, or only spaces.
    pub fn of(self, tag: &TagOf) -> Option<String> {
        self.names(tag.kind).iter().find_map(|name| {
            let mut fields = tag.fields.iter();
            let field = fields.find(|field| field.name.eq_ignore_ascii_case(name))?;
            let values = field.text.iter().map(|value| value.trim());
            let values: Vec<&str> = values.filter(|value| !value.is_empty()).collect();
            (!values.is_empty()).then(|| values.join("; "))
        })
    }
}
