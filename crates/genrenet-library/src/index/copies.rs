//! The fingerprints of an index, and the files of songs that are the same.

use std::path::PathBuf;

use rusqlite::OptionalExtension;

use super::error::IndexError;
use super::open::Index;
use super::stored_path::StoredPath;
use crate::duplicates::{Fingerprint, Fingerprints};

/// Rows that are read at once: 4 MB of fingerprints.
const PAGE: i64 = 1000;

/// A file whose sound another file has as well.
#[derive(Clone, Debug, PartialEq)]
pub struct CopyFile {
    /// The row of its sound: files with the same one have the same audio packets.
    pub song: i64,
    /// Where it is.
    pub path: PathBuf,
    /// Bytes.
    pub size: u64,
    /// Length in seconds.
    pub seconds: f64,
}

/// By the rows of songs that have a file which is there.
impl Fingerprints for Index {
    type Error = IndexError;

    fn for_each(
        &self,
        each: &mut dyn FnMut(i64, f64, Fingerprint) -> Result<(), IndexError>,
    ) -> Result<(), IndexError> {
        let mut after = 0;
        loop {
            // Read in pages, as `each` may ask for other fingerprints.
            let page: Vec<(i64, f64, Vec<u8>)> = self.with_connection(|connection| {
                let mut statement = connection.prepare_cached(
                    "SELECT songs.id, seconds, items FROM fingerprints JOIN songs ON songs.id = fingerprints.song
                     WHERE songs.id > ?1 AND seconds IS NOT NULL
                        AND EXISTS (SELECT 1 FROM files WHERE files.song = songs.id AND vanished_at IS NULL AND error IS NULL)
                     ORDER BY songs.id LIMIT ?2",
                )?;
                let rows = statement.query_map([after, PAGE], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
                rows.collect()
            })?;
            let Some(last) = page.last() else {
                return Ok(());
            };
            after = last.0;
            for (song, seconds, items) in page {
                if let Some(fingerprint) = Fingerprint::from_bytes(&items) {
                    each(song, seconds, fingerprint)?;
                }
            }
        }
    }

    fn fingerprint(&self, song: i64) -> Result<Option<Fingerprint>, IndexError> {
        let items: Option<Vec<u8>> = self.with_connection(|connection| {
            let query = "SELECT items FROM fingerprints WHERE song = ?1";
            connection
                .prepare_cached(query)?
                .query_row([song], |row| row.get(0))
                .optional()
        })?;
        Ok(items.and_then(|items| Fingerprint::from_bytes(&items)))
    }
}

impl Index {
    /// Songs that several files have which are there.
    ///
    /// # Errors
    /// [`IndexError`].
    pub fn songs_of_several_files(&self) -> Result<Vec<i64>, IndexError> {
        self.with_connection(|connection| {
            let mut statement = connection.prepare(
                "SELECT song FROM files WHERE song IS NOT NULL AND vanished_at IS NULL AND error IS NULL
                 GROUP BY song HAVING count(*) > 1 ORDER BY song",
            )?;
            let rows = statement.query_map([], |row| row.get(0))?;
            rows.collect()
        })
    }

    /// The files of a song which are there, the largest first.
    ///
    /// # Errors
    /// [`IndexError`].
    pub fn files_of(&self, song: i64) -> Result<Vec<CopyFile>, IndexError> {
        self.with_connection(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT path, size, coalesce(seconds, 0) FROM files JOIN songs ON songs.id = song
                 WHERE song = ?1 AND vanished_at IS NULL AND error IS NULL ORDER BY size DESC, path",
            )?;
            let rows = statement.query_map([song], |row| {
                Ok(CopyFile {
                    song,
                    path: row.get::<_, StoredPath<PathBuf>>(0)?.0,
                    size: row.get::<_, i64>(1)? as u64,
                    seconds: row.get(2)?,
                })
            })?;
            rows.collect()
        })
    }
}
