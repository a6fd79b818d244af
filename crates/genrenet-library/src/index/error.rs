//! Why an index can't be used.

use std::io;
use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

/// Why an index can't be opened, read or written. What was stored before stays.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IndexError {
    /// There is none.
    #[error("{}: there is no index here; `genrenet scan LIBRARY` makes one", .0.display())]
    Missing(PathBuf),
    /// It was written by a newer program.
    #[error(
        "{}: an index of format {found}, which a newer genrenet has written; this one reads formats up to {known}. It is left as it is",
        .path.display()
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its format.
        found: i64,
        /// The newest format that this program reads.
        known: i64,
    },
    /// Another file.
    #[error("{}: expected an index of genrenet, found {found}; it is left as it is", .path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
        /// What it is.
        found: String,
    },
    /// Its content is damaged.
    #[error(
        "{}: the index is damaged ({reason}); it is left as it is. `genrenet scan --rebuild LIBRARY` sets it aside and makes a new one",
        .path.display()
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What SQLite says.
        reason: String,
    },
    /// The disk is full.
    #[error("{}: no space is left; what was stored before is kept", .0.display())]
    Full(PathBuf),
    /// It, its folder or its disk can't be written.
    #[error("{}: the index can't be written (read-only)", .0.display())]
    ReadOnly(PathBuf),
    /// Another process has written to it for longer than is waited.
    #[error("{}: another process is writing to the index; try again when it has ended", .0.display())]
    Busy(PathBuf),
    /// The system's error.
    #[error("{}: {source}", .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The error.
        source: io::Error,
    },
    /// Another error of SQLite.
    #[error("{}: {reason}", .path.display())]
    Sqlite {
        /// The file.
        path: PathBuf,
        /// What SQLite says.
        reason: String,
    },
    /// A name that the index does not hold.
    #[error("{0}")]
    Unknown(String),
}

impl IndexError {
    /// Of an error of SQLite, by its code.
    pub(crate) fn of(path: &Path, error: &rusqlite::Error) -> IndexError {
        let path = path.to_owned();
        let reason = error.to_string();
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                IndexError::Damaged { path, reason }
            }
            // SQLite says no more than that; the system says why.
            Some(ErrorCode::CannotOpen) => match genrenet_files::open(&path) {
                Err(source) => IndexError::Io { path, source },
                Ok(_) => IndexError::Sqlite { path, reason },
            },
            Some(ErrorCode::ReadOnly) => IndexError::ReadOnly(path),
            Some(ErrorCode::DiskFull) => IndexError::Full(path),
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => IndexError::Busy(path),
            // A value of another type than the format says.
            None => IndexError::Damaged { path, reason },
            Some(_) => IndexError::Sqlite { path, reason },
        }
    }
}
