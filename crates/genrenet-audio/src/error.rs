//! Why an audio file could not be used, by what a caller can do about it.

use std::fmt;

/// Why audio could not be read, or features not be computed.
///
/// The text never contains the path: callers that know it put it in front. Every variant concerns one file only: a
/// program that processes many files reports it and continues with the next.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AudioError {
    /// The operating system could not deliver the bytes (missing, unreadable, a folder, pipe or device, vanished while
    /// reading).
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// Zero bytes.
    #[error("empty file (0 bytes)")]
    Empty,
    /// The content is recognised, but is not audio, or is in an audio format that is not decoded here.
    #[error("{what} is not supported{cure}")]
    Unsupported {
        /// The usual name of what was found, such as "WMA" or "a PNG image".
        what: String,
        /// What can be done about it, as the end of the sentence; empty if nothing can.
        cure: &'static str,
    },
    /// The content matches no known format.
    #[error("not a known audio format (starts with {start})")]
    Unknown {
        /// The first bytes, printable ones as text, the others in hexadecimal.
        start: String,
    },
    /// The container is valid but holds no audio: only a header, only tags, no audio track.
    #[error("{format}: {reason}")]
    NoSound {
        /// The container's usual name.
        format: String,
        /// What is missing, or what is there instead of audio.
        reason: String,
    },
    /// The file breaks the rules of its format so badly that nothing can be decoded.
    #[error("damaged {format}: {reason}")]
    Damaged {
        /// The format's usual name.
        format: String,
        /// What was expected and what was found.
        reason: String,
    },
    /// A floating-point file holds NaN, infinity, or a value far beyond full scale.
    #[error("{format} holds {value} at sample frame {frame}: expected finite samples within ±1e10")]
    NotANumber {
        /// The format's usual name.
        format: String,
        /// The value.
        value: f64,
        /// Its sample frame, counted from 0.
        frame: u64,
    },
    /// Too short to be classified.
    #[error("too short: {seconds:.2} s, at least {needed} s are needed")]
    TooShort {
        /// The file's length in seconds.
        seconds: f64,
        /// The least length in seconds.
        needed: f64,
    },
    /// All samples that would be used are zero.
    #[error("digital silence")]
    Silence,
    /// The program itself failed on the file: a bug that should be reported. Other files are not affected.
    #[error("a fault of this program, please report it: {reason}")]
    Fault {
        /// What went wrong, and where in the source.
        reason: String,
    },
    /// A setting of the features or of the windowing is invalid.
    #[error("{key} = {value}: {reason}")]
    Setting {
        /// The setting's name as recipes spell it, with that of its table in front where it is known (`log_mel.fmin`).
        key: String,
        /// The value that was found.
        value: String,
        /// What was expected.
        reason: String,
    },
}

impl AudioError {
    /// The same error with the setting in a table: `fmin` becomes `log_mel.fmin`.
    pub(crate) fn in_table(self, table: &str) -> Self {
        match self {
            AudioError::Setting { key, value, reason } => AudioError::Setting {
                key: format!("{table}.{key}"),
                value,
                reason,
            },
            other => other,
        }
    }

    /// An [`AudioError::Setting`] with what was expected.
    pub(crate) fn setting(key: &str, value: impl ToString, reason: impl Into<String>) -> Self {
        AudioError::Setting {
            key: key.to_owned(),
            value: value.to_string(),
            reason: reason.into(),
        }
    }

    /// An [`AudioError::Unsupported`] that names `what`.
    pub fn unsupported(what: impl Into<String>) -> Self {
        Self::Unsupported {
            what: what.into(),
            cure: "",
        }
    }

    /// An [`AudioError::Unsupported`] that names an audio format which other programs can convert to one that is decoded here.
    pub fn to_convert(what: impl Into<String>) -> Self {
        Self::Unsupported {
            what: what.into(),
            cure: ": convert it first, for example with ffmpeg -i SONG song.flac",
        }
    }

    /// An [`AudioError::Damaged`] for `format` with what was expected and found.
    pub fn damaged(format: impl fmt::Display, reason: impl Into<String>) -> Self {
        Self::Damaged {
            format: format.to_string(),
            reason: reason.into(),
        }
    }

    /// An [`AudioError::NoSound`] for `format` with what is missing.
    pub fn no_sound(format: impl fmt::Display, reason: impl Into<String>) -> Self {
        Self::NoSound {
            format: format.to_string(),
            reason: reason.into(),
        }
    }
}
