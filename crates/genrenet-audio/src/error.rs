//! What can be wrong with a sound file, sorted by what a caller can do about it.

use std::fmt;

/// Why a sound could not be read or heard.
///
/// The text never contains the path: callers that know it put it in front. Every variant is about one file only, so a
/// program that goes through many files reports it and goes on with the next.
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
    /// The content is recognised, but it is no sound, or a sound format that is not decoded here.
    #[error("{what} is not supported{cure}")]
    Unsupported {
        /// The usual name of what was found, such as "WMA" or "a PNG picture".
        what: String,
        /// What can be done about it, as the end of the sentence; empty where nothing can.
        cure: &'static str,
    },
    /// The content matches no format that is known here.
    #[error("not a known sound format (starts with {start})")]
    Unknown {
        /// The first bytes, printable ones as text, the others in hexadecimal.
        start: String,
    },
    /// The container is right but holds nothing to hear: header only, tags only, no sound track.
    #[error("{format}: {reason}")]
    NoSound {
        /// The container's usual name.
        format: String,
        /// What is there instead of sound.
        reason: String,
    },
    /// The file breaks its format's rules so badly that no sound comes out of it.
    #[error("damaged {format}: {reason}")]
    Damaged {
        /// The format's usual name.
        format: String,
        /// What was expected and what was found.
        reason: String,
    },
    /// A floating-point file holds a value that is no number.
    #[error("{format} holds {value} at sample frame {frame}: not a sound")]
    NotANumber {
        /// The format's usual name.
        format: String,
        /// `NaN`, `inf` or `-inf`.
        value: f64,
        /// The sample frame at which it stands, counted from 0.
        frame: u64,
    },
    /// Shorter than what a genre can be heard in.
    #[error("too short: {seconds:.2} s, at least {needed} s are needed")]
    TooShort {
        /// The file's length in seconds.
        seconds: f64,
        /// The least length in seconds.
        needed: f64,
    },
    /// All samples that would be heard are zero.
    #[error("digital silence")]
    Silence,
    /// The program itself failed on the file: a fault that should be reported. Other files are not affected.
    #[error("a fault of this program, please report it: {reason}")]
    Fault {
        /// What went wrong, and where in the source.
        reason: String,
    },
    /// A setting of the features or of the listening plan is impossible.
    #[error("{key} = {value}: {reason}")]
    Setting {
        /// The setting's name as configs spell it, with its table's in front where that is known (`log_mel.fmin`).
        key: String,
        /// The value that was found.
        value: String,
        /// What was expected.
        reason: String,
    },
}

impl AudioError {
    /// The same where the setting stands in a table: `fmin` becomes `log_mel.fmin`.
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

    /// An impossible setting.
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

    /// An [`AudioError::Unsupported`] that names a sound format which other programs can turn into one that is decoded here.
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

    /// An [`AudioError::NoSound`] for `format` with what is there instead.
    pub fn no_sound(format: impl fmt::Display, reason: impl Into<String>) -> Self {
        Self::NoSound {
            format: format.to_string(),
            reason: reason.into(),
        }
    }
}
