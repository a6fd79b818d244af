//! Paths in the index: text, or a blob of the bytes where they are not UTF-8.

use std::path::{Path, PathBuf};

use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, Value, ValueRef};

/// A path that is written to the index or read from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct StoredPath<P>(pub P);

impl<P: AsRef<Path>> ToSql for StoredPath<P> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        let path = self.0.as_ref();
        Ok(ToSqlOutput::Borrowed(match path.to_str() {
            Some(text) => ValueRef::Text(text.as_bytes()),
            None => ValueRef::Blob(path.as_os_str().as_encoded_bytes()),
        }))
    }
}

impl FromSql for StoredPath<PathBuf> {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        match value {
            ValueRef::Text(bytes) => match std::str::from_utf8(bytes) {
                Ok(text) => Ok(StoredPath(text.into())),
                Err(_) => Err(FromSqlError::InvalidType),
            },
            ValueRef::Blob(bytes) => of_bytes(bytes)
                .map(StoredPath)
                .ok_or(FromSqlError::InvalidType),
            _ => Err(FromSqlError::InvalidType),
        }
    }
}

/// A path as a value of its own.
pub(super) fn path_value(path: &Path) -> Value {
    match path.to_str() {
        Some(text) => Value::Text(text.to_owned()),
        None => Value::Blob(path.as_os_str().as_encoded_bytes().to_vec()),
    }
}

#[cfg(unix)]
fn of_bytes(bytes: &[u8]) -> Option<PathBuf> {
    use std::os::unix::ffi::OsStrExt;
    Some(std::ffi::OsStr::from_bytes(bytes).into())
}

/// A path that is no Unicode has unpaired surrogates here, which no safe call accepts: the file is named by an error instead.
#[cfg(not(unix))]
fn of_bytes(_: &[u8]) -> Option<PathBuf> {
    None
}
