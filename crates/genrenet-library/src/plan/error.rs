//! Why a file can't be tagged or restored.

use std::io;

use crate::tags::TagError;

/// Why a file is left as it is, or why a plan or journal can't be followed; callers add the path.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PlanError {
    /// The system's error: a file that is gone, in use or read-only, a full disk.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// Its tags can't be read or written.
    #[error(transparent)]
    Tag(#[from] TagError),
    /// A line of a plan or journal that does not follow its format.
    #[error("line {line}: {reason}")]
    Line {
        /// Its number, from 1.
        line: usize,
        /// What was expected and what was found.
        reason: String,
    },
    /// A value that not every kind of tag can hold.
    #[error("{0}; the file is left as it is")]
    Value(String),
    /// A file that is not the one of the plan or journal any more.
    #[error("{0}; the file is left as it is")]
    Changed(String),
    /// The copy is not what it should be: the file itself is untouched.
    #[error("the copy was not as expected ({0}); the file is left as it is")]
    Verification(String),
    /// The journal can't be written: nothing more is changed.
    #[error("journal {path}: {source}")]
    Journal {
        /// Where it is.
        path: String,
        /// The system's error.
        source: io::Error,
    },
}
