//! All files of an index, one after the other.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use rusqlite::{OptionalExtension, params};

use super::error::IndexError;
use super::lookup::floats_of;
use super::open::Index;
use super::search::{Hit, columns, hit_of};
use super::stored_path::StoredPath;

/// Rows that are read at once.
const PAGE: i64 = 500;

impl Index {
    /// Calls `each` with every file at and below these paths which is there and has an answer or an error, in the order of the paths.
    ///
    /// # Errors
    /// [`IndexError`].
    pub fn visit(
        &self,
        below: &[PathBuf],
        mut each: impl FnMut(Hit) -> Result<(), IndexError>,
    ) -> Result<(), IndexError> {
        let within: HashSet<&Path> = below.iter().map(PathBuf::as_path).collect();
        let mut after: Option<PathBuf> = None;
        loop {
            let page: Vec<Hit> = self.with_connection(|connection| {
                let mut statement = connection.prepare_cached(&format!(
                    "SELECT {} FROM files LEFT JOIN songs ON songs.id = files.song
                     WHERE vanished_at IS NULL AND (?1 IS NULL OR path > ?1)
                        AND (error IS NOT NULL OR songs.genre IS NOT NULL) ORDER BY path LIMIT ?2",
                    columns()
                ))?;
                let rows =
                    statement.query_map(params![after.as_ref().map(StoredPath), PAGE], hit_of)?;
                rows.collect()
            })?;
            let Some(last) = page.last() else {
                return Ok(());
            };
            after = Some(last.path.clone());
            for hit in page {
                if hit.path.ancestors().any(|folder| within.contains(folder)) {
                    each(hit)?;
                }
            }
        }
    }

    /// The embedding of a song; empty where there is none.
    ///
    /// # Errors
    /// [`IndexError`].
    pub fn embedding(&self, song: i64) -> Result<Vec<f32>, IndexError> {
        let bytes: Option<Option<Vec<u8>>> = self.with_connection(|connection| {
            let query = "SELECT embedding FROM songs WHERE id = ?1";
            connection
                .prepare_cached(query)?
                .query_row([song], |row| row.get(0))
                .optional()
        })?;
        Ok(bytes
            .flatten()
            .map_or(Vec::new(), |bytes| floats_of(&bytes)))
    }
}
