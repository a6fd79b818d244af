//! The bytes of a manifest that is text, from any position on.

use std::io::{self, BufRead, BufReader, Cursor, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::error::DataError;
use crate::table::TABLE_BYTES;
use crate::text;

/// Bytes at the start of a file from which its kind and its separator are recognised.
const HEAD_BYTES: u64 = 64 * 1024;

/// UTF-8: a file that is read piece by piece, or memory where it was another encoding.
pub(super) enum Bytes {
    File { path: PathBuf, start: u64 },
    Memory(Arc<[u8]>),
}

/// Where a record begins: rows from there on are read without those before.
#[derive(Clone, Copy)]
pub(super) struct Mark {
    /// Position in the bytes.
    pub(super) offset: u64,
    /// Line in the file, from 1.
    pub(super) line: u64,
}

/// A mark is kept for every so many rows.
pub(super) const MARK_ROWS: usize = 1024;

/// The first bytes of a file.
pub(crate) fn head(path: &Path) -> Result<Vec<u8>, DataError> {
    let mut head = Vec::new();
    let file = genrenet_files::open(path).map_err(DataError::io(path))?;
    file.take(HEAD_BYTES)
        .read_to_end(&mut head)
        .map_err(DataError::io(path))?;
    Ok(head)
}

impl Bytes {
    /// Of a file that begins with `head`.
    pub(super) fn of(path: &Path, head: &[u8]) -> Result<Bytes, DataError> {
        if text::is_utf_16(head) {
            let bytes = genrenet_files::read(path, TABLE_BYTES).map_err(DataError::io(path))?;
            let text = text::text(&bytes).map_err(|error| DataError::Table {
                path: path.to_path_buf(),
                message: error.to_string(),
            })?;
            return Ok(Bytes::Memory(text.as_bytes().into()));
        }
        let start = if head.starts_with(b"\xef\xbb\xbf") {
            3
        } else {
            0
        };
        Ok(Bytes::File {
            path: path.to_path_buf(),
            start,
        })
    }

    /// The bytes from a position on.
    pub(super) fn from(&self, offset: u64) -> io::Result<Box<dyn BufRead>> {
        match self {
            Bytes::File { path, start } => {
                let mut file = genrenet_files::open(path)?;
                file.seek(SeekFrom::Start(start + offset))?;
                Ok(Box::new(BufReader::new(file)))
            }
            Bytes::Memory(bytes) => {
                let mut bytes = Cursor::new(bytes.clone());
                bytes.set_position(offset);
                Ok(Box::new(bytes))
            }
        }
    }
}

/// Why bytes are not the text of line `line`.
pub(super) fn not_text(bytes: &[u8], line: u64) -> Option<String> {
    if bytes.contains(&0) {
        return Some("it is not a text table: it holds zero bytes".to_owned());
    }
    let fault = std::str::from_utf8(bytes).err()?;
    let bad = bytes[fault.valid_up_to()];
    Some(format!(
        "line {line} is not UTF-8 (byte 0x{bad:02x}): save the table as UTF-8"
    ))
}
