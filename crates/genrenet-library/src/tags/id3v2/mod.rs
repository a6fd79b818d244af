//! ID3v2 tags of the versions 2.2, 2.3 and 2.4 (id3.org): read frame by frame, and changed in one frame only.

mod body;
mod edit;
mod extended;
mod frames;
mod genres;
mod header;
mod repeat;
mod text;

use super::error::TagError;
use super::layout::{Source, TagKind, TagOf};
use super::positions::bytes_at;
use body::Body;
use extended::Extended;
use frames::{Frame, Sizes};
use header::Header;

pub(super) use edit::new_tag;
pub(super) use genres::genre_name;
pub(crate) use genres::is_read_as_text;
pub(super) use repeat::repeated;

/// One tag and where everything in it is.
pub(super) struct Id3v2 {
    /// Position of its `ID3`.
    pub at: u64,
    /// Position after it, its padding and its footer.
    pub end: u64,
    header: Header,
    extended: Extended,
    sizes: Sizes,
    frames: Vec<Frame>,
    /// Position after the last frame.
    frames_end: u64,
    /// Zero bytes from there on.
    padding: u64,
}

impl Id3v2 {
    /// The tag that begins at `at` and may reach to `limit`; none where there is none.
    ///
    /// # Errors
    /// A tag that does not follow its version.
    pub fn read(source: &mut dyn Source, at: u64, limit: u64) -> Result<Option<Id3v2>, TagError> {
        let Some(header) = Header::read(source, at, limit)? else {
            return Ok(None);
        };
        let start = at + Header::LENGTH;
        let body_end = start + u64::from(header.size);
        let end = body_end + header.footer_length();
        let wrong = |reason: String| Err(header.malformed(reason));
        if end > limit {
            return wrong(format!(
                "expected a tag of at most {} bytes, as many as there are, found one that states {}",
                limit - at,
                end - at
            ));
        }
        if header.has_footer() && bytes_at(source, body_end, 10)? != header.footer() {
            return wrong("expected a footer that repeats the header".into());
        }
        let (extended, start) = Extended::read(source, &header, start, body_end)?;
        let sizes = Sizes::of(source, &header, start, body_end)?;
        let mut body = Body::new(source, start, body_end, header.whole_unsynchronised());
        let (frames, frames_end) = frames::read(&mut body, &header, sizes)?;
        Ok(Some(Id3v2 {
            at,
            end,
            header,
            extended,
            sizes,
            frames,
            frames_end,
            padding: body_end - frames_end,
        }))
    }

    /// The tags that follow each other from `at` on.
    ///
    /// # Errors
    /// As [`Id3v2::read`].
    pub fn read_all(
        source: &mut dyn Source,
        mut at: u64,
        limit: u64,
    ) -> Result<Vec<Id3v2>, TagError> {
        let mut tags = Vec::new();
        while let Some(tag) = Id3v2::read(source, at, limit)? {
            at = tag.end;
            tags.push(tag);
            if tags.len() > MOST_TAGS {
                return Err(TagError::Malformed {
                    tag: "ID3v2",
                    reason: format!("expected at most {MOST_TAGS} tags in a row, found more"),
                });
            }
        }
        Ok(tags)
    }

    /// The tag with a footer that ends at `end` and begins at `from` or later; none where there is none.
    ///
    /// # Errors
    /// As [`Id3v2::read`].
    pub fn read_before(
        source: &mut dyn Source,
        from: u64,
        end: u64,
    ) -> Result<Option<Id3v2>, TagError> {
        let Some(at) = header::start_of_appended(source, from, end)? else {
            return Ok(None);
        };
        let tag = Id3v2::read(source, at, end)?;
        Ok(tag.filter(|tag| tag.end == end))
    }

    /// Its version and fields.
    pub fn tag_of(&self) -> TagOf {
        let genres = self.frames.iter().filter(|frame| frame.is_genre());
        TagOf {
            kind: self.kind(),
            genres: genres.flat_map(|frame| frame.values()).collect(),
            fields: self.frames.iter().map(|f| f.field.clone()).collect(),
        }
    }

    fn kind(&self) -> TagKind {
        TagKind::Id3v2(self.header.version)
    }
}

/// Of one place; real files have one, some two.
const MOST_TAGS: usize = 64;

/// Whether the bytes from `at` to `end` are all zero.
fn zeros(source: &mut dyn Source, at: u64, end: u64) -> Result<bool, TagError> {
    let mut all = true;
    super::positions::stream(source, at, end, &mut |part| {
        all &= part.iter().all(|&byte| byte == 0);
    })?;
    Ok(all)
}
