//! One music file: container, tags, audio packets.

use std::io::SeekFrom;

use sha2::{Digest, Sha256};

use super::change::{Change, Options};
use super::error::TagError;
use super::layout::{Source, TagOf};
use super::splice::Splice;
use super::{aiff, flac, mp4, mpeg, ogg, wav};

/// A container whose tags can be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Container {
    /// MPEG audio (MP3, also layers I and II) with ID3v2, APE or ID3v1 tags around it.
    Mpeg,
    /// FLAC in its own container.
    Flac,
    /// Ogg with Vorbis, Opus or FLAC.
    Ogg,
    /// MP4: M4A, M4B, ALAC.
    Mp4,
    /// AIFF and AIFF-C.
    Aiff,
    /// RIFF WAVE.
    Wav,
}

/// What a music file holds, as far as a change of its tags needs it.
pub struct MusicFile {
    /// The container, recognised by content.
    pub container: Container,
    /// Its tags, in the order of precedence.
    pub tags: Vec<TagOf>,
    format: Box<dyn Format>,
}

/// What the reader of a container finds.
pub(crate) struct Contents {
    /// As [`MusicFile::tags`].
    pub tags: Vec<TagOf>,
    /// Where everything is.
    pub format: Box<dyn Format>,
}

/// What is done in the way of each container.
pub(crate) trait Format: Send {
    /// Hands the bytes of the audio packets to `each`, in order: what stays the same when tags change.
    fn audio(&self, source: &mut dyn Source, each: &mut dyn FnMut(&[u8])) -> Result<(), TagError>;

    /// The splices that make the changes, in the order of their positions.
    fn edit(
        &self,
        source: &mut dyn Source,
        changes: &[Change],
        options: &Options,
    ) -> Result<Vec<Splice>, TagError>;
}

impl MusicFile {
    /// Reads the structure of a file and its tags.
    ///
    /// # Errors
    /// A container that is none of these; a structure so damaged that a change could lose something.
    pub fn read(source: &mut dyn Source) -> Result<MusicFile, TagError> {
        type Reader = fn(&mut dyn Source) -> Result<Option<Contents>, TagError>;
        // MPEG audio last: it has no signature of its own.
        let readers: [(Container, Reader); 6] = [
            (Container::Flac, flac::read),
            (Container::Ogg, ogg::read),
            (Container::Mp4, mp4::read),
            (Container::Aiff, aiff::read),
            (Container::Wav, wav::read),
            (Container::Mpeg, mpeg::read),
        ];
        for (container, read) in readers {
            source.seek(SeekFrom::Start(0))?;
            if let Some(Contents { tags, format }) = read(source)? {
                return Ok(MusicFile {
                    container,
                    tags,
                    format,
                });
            }
        }
        Err(TagError::Container("another container".into()))
    }

    /// The genres that players show: those of the first tag that has any.
    pub fn genres(&self) -> &[String] {
        let mut with = self.tags.iter().filter(|tag| !tag.genres.is_empty());
        with.next().map_or(&[], |tag| &tag.genres)
    }

    /// SHA-256 of the audio packets alone: the same before and after any change of tags.
    ///
    /// # Errors
    /// The system's error; a file that changed since it was read.
    pub fn audio_digest(&self, source: &mut dyn Source) -> Result<[u8; 32], TagError> {
        let mut hash = Sha256::new();
        self.format.audio(source, &mut |bytes| hash.update(bytes))?;
        Ok(hash.finalize().into())
    }

    /// The splices that make the changes and nothing else; none where the file already holds the values.
    ///
    /// # Errors
    /// A tag that can't hold the values, or that can't be written without losing something.
    pub fn edit(
        &self,
        source: &mut dyn Source,
        changes: &[Change],
        options: &Options,
    ) -> Result<Vec<Splice>, TagError> {
        self.format.edit(source, changes, options)
    }
}
