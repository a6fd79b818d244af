//! What a scan asks the index.

use std::path::{Path, PathBuf};

use rusqlite::{OptionalExtension, Row, params};

use super::below::ranges;
use super::error::IndexError;
use super::file_state::FileState;
use super::open::Index;
use super::record::{FileError, FileTags, KnownFile, ModelAnswer, OldPlace, TAG_COLUMNS};
use super::stored_path::{StoredPath, path_value};

/// Rows that are read at once where all of a folder are gone through.
const PAGE: usize = 1000;

impl Index {
    /// What is known of a file.
    ///
    /// # Errors
    /// [`IndexError`].
    pub fn known(&self, path: &Path) -> Result<Option<KnownFile>, IndexError> {
        self.with_connection(|connection| {
            connection
                .prepare_cached(&format!(
                    "SELECT files.id, size, mtime_ns, ctime_ns, song, audio, {TAG_COLUMNS},
                        model, error_kind, error, program, vanished_at IS NOT NULL
                     FROM files LEFT JOIN songs ON songs.id = song WHERE path = ?1"
                ))?
                .query_row([StoredPath(path)], known_of)
                .optional()
        })
    }

    /// The row of a sound and that of the model that classified it.
    ///
    /// # Errors
    /// [`IndexError`].
    pub fn song_of(&self, audio: &str) -> Result<Option<(i64, Option<i64>)>, IndexError> {
        self.with_connection(|connection| {
            connection
                .prepare_cached("SELECT id, model FROM songs WHERE audio = ?1")?
                .query_row([audio], |row| Ok((row.get(0)?, row.get(1)?)))
                .optional()
        })
    }

    /// The row of the model that classified a song.
    ///
    /// # Errors
    /// [`IndexError`].
    pub fn model_of(&self, song: i64) -> Result<Option<i64>, IndexError> {
        self.with_connection(|connection| {
            connection
                .prepare_cached("SELECT model FROM songs WHERE id = ?1")?
                .query_row([song], |row| row.get(0))
        })
    }

    /// The places of a song's files.
    ///
    /// # Errors
    /// [`IndexError`].
    pub fn places_of(&self, song: i64) -> Result<Vec<OldPlace>, IndexError> {
        self.with_connection(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT id, path FROM files WHERE song = ?1 ORDER BY vanished_at IS NOT NULL, id",
            )?;
            statement.query_map([song], place_of)?.collect()
        })
    }

    /// Calls `each` with the files at and below a path that are not marked as missing, a page at a time in the order of their names.
    ///
    /// # Errors
    /// [`IndexError`].
    pub fn files_below(
        &self,
        folder: &Path,
        mut each: impl FnMut(Vec<OldPlace>),
    ) -> Result<(), IndexError> {
        let itself = self.with_connection(|connection| {
            let query = "SELECT id, path FROM files WHERE path = ?1 AND vanished_at IS NULL";
            connection
                .prepare_cached(query)?
                .query_row([StoredPath(folder)], place_of)
                .optional()
        })?;
        if let Some(place) = itself {
            each(vec![place]);
        }
        for [mut from, to] in ranges(folder) {
            loop {
                let page: Vec<OldPlace> = self.with_connection(|connection| {
                    let mut statement = connection.prepare_cached(
                        "SELECT id, path FROM files WHERE path > ?1 AND path < ?2 AND vanished_at IS NULL ORDER BY path LIMIT ?3",
                    )?;
                    statement.query_map(params![from, to, PAGE as i64], place_of)?.collect()
                })?;
                let Some(last) = page.last() else {
                    break;
                };
                from = path_value(&last.path);
                each(page);
            }
        }
        Ok(())
    }

    /// Songs of files that are there whose answers are not of this model, and the seconds on one core that such a song takes by the mean of
    /// those that were classified.
    ///
    /// # Errors
    /// [`IndexError`].
    pub fn of_other_models(&self, model: i64) -> Result<(usize, f64), IndexError> {
        self.with_connection(|connection| {
            let songs: i64 = connection.query_row(
                "SELECT count(*) FROM songs WHERE model != ?1
                    AND EXISTS (SELECT 1 FROM files WHERE song = songs.id AND vanished_at IS NULL)",
                [model],
                |row| row.get(0),
            )?;
            let cost: Option<f64> =
                connection.query_row("SELECT avg(cost_ms) FROM songs", [], |row| row.get(0))?;
            Ok((songs as usize, cost.unwrap_or(0.0) / 1000.0))
        })
    }

    /// Calls `each` with the songs of a model with these networks, other than the one of this row, that keep their probabilities: by thousands.
    ///
    /// # Errors
    /// [`IndexError`]; those of `each`.
    pub fn songs_of_other_genres<E: From<IndexError>>(
        &self,
        fingerprint: &str,
        model: i64,
        mut each: impl FnMut(Vec<ModelAnswer>) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut after = 0;
        loop {
            let page: Vec<ModelAnswer> = self.with_connection(|connection| {
                let mut statement = connection.prepare_cached(
                    "SELECT songs.id, model_probabilities, never_sure, no_music FROM songs JOIN models ON models.id = model
                     WHERE songs.id > ?1 AND model != ?2 AND fingerprint = ?3 AND model_probabilities IS NOT NULL
                     ORDER BY songs.id LIMIT ?4",
                )?;
                statement
                    .query_map(params![after, model, fingerprint, PAGE as i64], |row| {
                        let bytes: Vec<u8> = row.get(1)?;
                        Ok(ModelAnswer {
                            song: row.get(0)?,
                            probabilities: floats_of(&bytes),
                            never_sure: row.get(2)?,
                            no_music: row.get(3)?,
                        })
                    })?
                    .collect()
            })?;
            let Some(last) = page.last() else {
                return Ok(());
            };
            after = last.song;
            each(page)?;
        }
    }

    /// The newest row of a file; 0 where there is none.
    ///
    /// # Errors
    /// [`IndexError`].
    pub fn newest_file(&self) -> Result<i64, IndexError> {
        self.with_connection(|connection| {
            let query = "SELECT coalesce(max(id), 0) FROM files";
            connection.query_row(query, [], |row| row.get(0))
        })
    }

    /// The mount points that earlier scans found at, above or below a path.
    ///
    /// # Errors
    /// [`IndexError`].
    pub fn mounts(&self) -> Result<Vec<PathBuf>, IndexError> {
        self.with_connection(|connection| {
            let mut statement = connection.prepare_cached("SELECT path FROM mounts")?;
            let rows =
                statement.query_map([], |row| Ok(row.get::<_, StoredPath<PathBuf>>(0)?.0))?;
            rows.collect()
        })
    }

    /// Adds mount points.
    ///
    /// # Errors
    /// [`IndexError`].
    pub fn add_mounts(&self, mounts: &[PathBuf]) -> Result<(), IndexError> {
        self.write(|transaction| {
            let mut statement =
                transaction.prepare_cached("INSERT OR IGNORE INTO mounts VALUES (?1)")?;
            mounts
                .iter()
                .try_for_each(|path| statement.execute([StoredPath(path)]).map(drop))
        })
    }
}

pub(super) fn floats_of(bytes: &[u8]) -> Vec<f32> {
    let values = bytes.chunks_exact(4);
    values
        .map(|bytes| f32::from_le_bytes(bytes.try_into().unwrap_or_default()))
        .collect()
}

fn place_of(row: &Row) -> rusqlite::Result<OldPlace> {
    Ok(OldPlace {
        id: row.get(0)?,
        path: row.get::<_, StoredPath<PathBuf>>(1)?.0,
    })
}

fn known_of(row: &Row) -> rusqlite::Result<KnownFile> {
    let kind: Option<String> = row.get(14)?;
    let text: Option<String> = row.get(15)?;
    Ok(KnownFile {
        id: row.get(0)?,
        state: FileState {
            size: row.get::<_, i64>(1)? as u64,
            mtime_ns: row.get(2)?,
            ctime_ns: row.get(3)?,
        },
        song: row.get(4)?,
        audio: row.get(5)?,
        tags: FileTags::of_row(row, 6)?,
        model: row.get(13)?,
        error: kind.zip(text).map(|(kind, text)| FileError { kind, text }),
        program: row.get(16)?,
        vanished: row.get(17)?,
    })
}
