//! A folder or file that is watched.

use std::path::{Path, PathBuf};

pub(super) struct Root {
    pub path: PathBuf,
    /// Which folder it is; `None` while it is not there.
    pub folder: Option<Identity>,
    pub is_file: bool,
    /// Why it is searched from time to time.
    pub polled: Option<String>,
}

impl Root {
    pub fn new(path: PathBuf) -> Root {
        Root {
            folder: identity(&path),
            is_file: path.is_file(),
            polled: None,
            path,
        }
    }

    /// Whether a folder is another than it was, there again, or not there any more. Of a file that is a change like others.
    pub fn has_changed(&mut self) -> bool {
        let now = identity(&self.path);
        let before = std::mem::replace(&mut self.folder, now);
        !self.is_file && before != self.folder
    }

    pub fn is_there(&self) -> bool {
        self.is_file || self.folder.is_some()
    }
}

/// What tells a drive's folder from the empty one on which it was mounted.
type Identity = (u64, u64);

#[cfg(unix)]
fn identity(path: &Path) -> Option<Identity> {
    use std::os::unix::fs::MetadataExt;
    let metadata = std::fs::metadata(path).ok()?;
    Some((metadata.dev(), metadata.ino()))
}

#[cfg(not(unix))]
fn identity(path: &Path) -> Option<Identity> {
    std::fs::metadata(path).ok().map(|_| (0, 0))
}
