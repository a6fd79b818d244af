//! The index's own files, which may lie in the library.

use std::path::{Path, PathBuf};

/// The index, and what SQLite keeps beside it.
pub(super) struct IndexFiles {
    index: PathBuf,
}

impl IndexFiles {
    pub fn of(index: &Path) -> IndexFiles {
        IndexFiles {
            index: resolved(index),
        }
    }

    pub fn contain(&self, path: &Path) -> bool {
        let (Some(name), Some(index)) = (path.file_name(), self.index.file_name()) else {
            return false;
        };
        let rest = name
            .as_encoded_bytes()
            .strip_prefix(index.as_encoded_bytes());
        let known: [&[u8]; 4] = [b"", b"-wal", b"-shm", b"-journal"];
        rest.is_some_and(|rest| known.contains(&rest))
            && resolved(path).parent() == self.index.parent()
    }
}

/// A path whose folder is without links.
fn resolved(path: &Path) -> PathBuf {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let folder = absolute
        .parent()
        .and_then(|folder| folder.canonicalize().ok());
    match (folder, absolute.file_name()) {
        (Some(folder), Some(name)) => folder.join(name),
        _ => absolute,
    }
}
