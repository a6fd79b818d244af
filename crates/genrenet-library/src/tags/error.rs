//! Why a file can't be read or changed.

use std::io;

/// Why the tags of a file can't be read or changed; callers add the path.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TagError {
    /// The system's error.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// No container whose tags can be written.
    #[error("expected MP3, FLAC, Ogg (Vorbis, Opus, FLAC), MP4, AIFF or WAV, found {0}")]
    Container(String),
    /// A structure that does not follow its format: nothing is changed.
    #[error("{tag}: {reason}; the file is left as it is")]
    Malformed {
        /// The tag or container at fault, such as `ID3v2.3`.
        tag: &'static str,
        /// What was expected and what was found.
        reason: String,
    },
    /// A file that follows its format in a way that can't be written here.
    #[error("{tag}: {reason}; the file is left as it is")]
    Unsupported {
        /// The tag or container at fault.
        tag: &'static str,
        /// What stands against it.
        reason: String,
    },
}
