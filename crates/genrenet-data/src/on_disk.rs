//! Windows of features that stay in the entries of the feature cache and are read one by one.

use std::io::{Read, Seek, SeekFrom};
use std::path::PathBuf;
use std::sync::Arc;

use crate::cache::{Key, entry_path};
use crate::error::DataError;

/// The entries of the feature cache that a data set reads from; shared by its arrays.
#[derive(Debug)]
pub(crate) struct Entries {
    /// The folder of the cache.
    pub(crate) folder: PathBuf,
    /// One for each song.
    pub(crate) keys: Vec<Key>,
}

/// Where the numbers of one window are: eight bytes, as a data set may have millions of windows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Item {
    /// Position in [`Entries::keys`].
    pub(crate) entry: u32,
    /// First byte in the entry.
    pub(crate) offset: u32,
}

/// Windows in entries that were verified when they were found or written.
#[derive(Clone, Debug)]
pub(crate) struct OnDisk {
    pub(crate) entries: Arc<Entries>,
    pub(crate) items: Vec<Item>,
}

impl OnDisk {
    /// Adds the `size` numbers of one window to `out`.
    ///
    /// # Errors
    /// An entry that disappeared or was cut since it was verified.
    pub(crate) fn read(
        &self,
        item: usize,
        size: usize,
        out: &mut Vec<f32>,
    ) -> Result<(), DataError> {
        let Item { entry, offset } = self.items[item];
        let path = entry_path(&self.entries.folder, &self.entries.keys[entry as usize]);
        let mut bytes = vec![0; size * 4];
        genrenet_files::open(&path)
            .and_then(|mut file| {
                file.seek(SeekFrom::Start(offset.into()))?;
                file.read_exact(&mut bytes)
            })
            .map_err(|source| DataError::CacheChanged { path, source })?;
        let numbers = bytes.as_chunks().0.iter();
        out.extend(numbers.map(|number| f32::from_le_bytes(*number)));
        Ok(())
    }

    /// Number of songs that have a window here.
    pub(crate) fn songs(&self) -> usize {
        self.items.chunk_by(|a, b| a.entry == b.entry).count()
    }
}
