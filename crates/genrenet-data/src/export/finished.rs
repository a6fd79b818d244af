//! What a finished table says of itself: its identity, in the file's own metadata.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::resumable::Identity;
use super::row_groups::MAGIC;
use crate::error::DataError;

/// The key of the entry of the metadata.
pub(super) const KEY: &str = "genrenet.part";
/// Most bytes of a footer that is searched.
const FOOTER_BYTES: u64 = 1 << 30;

/// What is known of a table that was finished.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finished {
    /// Sources that it was made from.
    pub sources: u64,
    /// Those of them that failed.
    pub failed: u64,
    /// Its rows.
    pub rows: u64,
    /// What it was made from and how.
    pub identity: Identity,
}

/// Reads what a Parquet file says of itself; `None` where it is no file of a [`ResumableTable`](super::ResumableTable).
///
/// # Errors
/// If it can't be read.
pub(super) fn read(path: &Path) -> Result<Option<Finished>, DataError> {
    let footer = footer(path).map_err(DataError::io(path))?;
    Ok(footer.and_then(|bytes| find(&bytes)))
}

/// The bytes of the footer; `None` for what is no Parquet file.
fn footer(path: &Path) -> io::Result<Option<Vec<u8>>> {
    let mut file: File = genrenet_files::open(path)?;
    let size = file.metadata()?.len();
    let Some(end) = size.checked_sub(8) else {
        return Ok(None);
    };
    file.seek(SeekFrom::Start(end))?;
    let mut tail = [0; 8];
    file.read_exact(&mut tail)?;
    let [a, b, c, d, magic @ ..] = tail;
    let length = u64::from(u32::from_le_bytes([a, b, c, d]));
    let Some(start) = end.checked_sub(length) else {
        return Ok(None);
    };
    if magic != *MAGIC || length > FOOTER_BYTES {
        return Ok(None);
    }
    file.seek(SeekFrom::Start(start))?;
    let mut bytes = Vec::new();
    file.take(length).read_to_end(&mut bytes)?;
    Ok(Some(bytes))
}

/// Finds the value of [`KEY`] in a footer that this program wrote: in Thrift's compact protocol it follows the key as the next field
/// (`0x18`), with its length in groups of seven bits.
fn find(footer: &[u8]) -> Option<Finished> {
    let at = footer
        .windows(KEY.len())
        .position(|bytes| bytes == KEY.as_bytes())?;
    let mut rest = footer[at + KEY.len()..].strip_prefix(&[0x18])?;
    let mut length = 0usize;
    for shift in [0, 7, 14, 21] {
        let (&byte, tail) = rest.split_first()?;
        rest = tail;
        length |= usize::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            break;
        }
    }
    serde_json::from_slice(rest.get(..length)?).ok()
}
