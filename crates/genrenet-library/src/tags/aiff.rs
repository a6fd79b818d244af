//! AIFF and AIFF-C: an ID3v2 tag in a chunk.

use super::error::TagError;
use super::layout::Source;
use super::music_file::Contents;

/// Reads the file where it is of this container.
pub(crate) fn read(_source: &mut dyn Source) -> Result<Option<Contents>, TagError> {
    Ok(None)
}
