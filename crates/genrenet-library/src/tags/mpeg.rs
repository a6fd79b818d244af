//! MPEG audio: ID3v2 before it, APE and ID3v1 after it.

use super::error::TagError;
use super::layout::Source;
use super::music_file::Contents;

/// Reads the file where it is of this container.
pub(crate) fn read(_source: &mut dyn Source) -> Result<Option<Contents>, TagError> {
    Ok(None)
}
