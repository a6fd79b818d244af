//! The index that is served, opened anew where another has taken its place (`genrenet scan --rebuild`).

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use genrenet::library::index::{Index, IndexError};

/// An index by its path.
pub struct ServedIndex {
    path: PathBuf,
    open: Mutex<(Option<Place>, Arc<Index>)>,
}

/// What tells a file from the one that was there before.
type Place = (u64, u64);

impl ServedIndex {
    /// Opens it.
    ///
    /// # Errors
    /// That of [`Index::open_read_only`].
    pub fn open(path: &Path) -> Result<ServedIndex, IndexError> {
        let place = place(path);
        let index = Arc::new(Index::open_read_only(path)?);
        Ok(ServedIndex {
            path: path.to_owned(),
            open: Mutex::new((place, index)),
        })
    }

    /// The index that is there now.
    ///
    /// # Errors
    /// That of [`Index::open_read_only`] for another one.
    pub fn now(&self) -> Result<Arc<Index>, IndexError> {
        let place = place(&self.path);
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if place.is_none() || open.0 != place {
            *open = (place, Arc::new(Index::open_read_only(&self.path)?));
        }
        Ok(open.1.clone())
    }
}

/// Device and number of a file; `None` where there is none.
#[cfg(unix)]
fn place(path: &Path) -> Option<Place> {
    use std::os::unix::fs::MetadataExt as _;
    let metadata = std::fs::metadata(path).ok()?;
    Some((metadata.dev(), metadata.ino()))
}

/// Always the same for a file: the system does not let one that is open be replaced.
#[cfg(not(unix))]
fn place(path: &Path) -> Option<Place> {
    std::fs::metadata(path).ok().map(|_| (0, 0))
}
