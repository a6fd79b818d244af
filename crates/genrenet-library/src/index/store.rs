//! Writing to the index: models, files, songs, what vanished.

use std::collections::BTreeMap;
use std::path::Path;

use genrenet_model::Attribute;
use rusqlite::{OptionalExtension, Transaction, TransactionBehavior, params, params_from_iter};

use super::below::{BELOW, below_values};
use super::error::IndexError;
use super::open::Index;
use super::record::{FileError, FileRecord, SongRecord, StoredAnswer};
use super::stored_path::StoredPath;

/// A model whose answers are to be stored.
#[derive(Clone, Debug)]
pub struct NewModel<'a> {
    /// That of its networks.
    pub fingerprint: &'a str,
    /// The own genres as JSON, empty for the model's.
    pub taxonomy: &'a str,
    /// Its name.
    pub name: &'a str,
    /// Its version.
    pub version: &'a str,
    /// Below this probability an answer is unsure.
    pub unsure_below: f32,
    /// The genres of its answers.
    pub genres: &'a [String],
    /// The broader genres of those that have one.
    pub parents: &'a BTreeMap<String, String>,
    /// Its attributes.
    pub attributes: &'a [Attribute],
}

/// The rows of a model and its labels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelRows {
    /// The model's.
    pub id: i64,
    /// Those of its genres, in their order.
    pub genres: Vec<i64>,
    /// Those of its attributes, in their order.
    pub attributes: Vec<i64>,
}

impl Index {
    /// Adds a model, or finds the one that is there.
    ///
    /// # Errors
    /// [`IndexError`].
    pub fn add_model(&self, model: &NewModel) -> Result<ModelRows, IndexError> {
        self.write(|transaction| {
            transaction.execute(
                "INSERT INTO models (fingerprint, taxonomy, name, version, unsure_below) VALUES (?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT DO UPDATE SET name = ?3, version = ?4, unsure_below = ?5",
                params![model.fingerprint, model.taxonomy, model.name, model.version, model.unsure_below],
            )?;
            let id = transaction.query_row(
                "SELECT id FROM models WHERE fingerprint = ?1 AND taxonomy = ?2",
                [model.fingerprint, model.taxonomy],
                |row| row.get(0),
            )?;
            let id: i64 = id;
            let mut genre = transaction.prepare(
                "INSERT INTO labels (model, kind, name, parent) VALUES (?1, 'genre', ?2, ?3)
                 ON CONFLICT DO UPDATE SET parent = ?3 RETURNING id",
            )?;
            let mut attribute = transaction.prepare(
                "INSERT INTO labels (model, kind, name, threshold, precision) VALUES (?1, 'attribute', ?2, ?3, ?4)
                 ON CONFLICT DO UPDATE SET threshold = ?3, precision = ?4 RETURNING id",
            )?;
            let genres = model.genres.iter().map(|name| {
                genre.query_row(params![id, name, model.parents.get(name)], |row| row.get(0))
            });
            let genres = genres.collect::<Result<_, _>>()?;
            let attributes = model.attributes.iter().map(|one| {
                let values = params![id, one.name, one.threshold, one.precision];
                attribute.query_row(values, |row| row.get(0))
            });
            Ok(ModelRows {
                id,
                genres,
                attributes: attributes.collect::<Result<_, _>>()?,
            })
        })
    }

    /// Stores what was read of a file, with what a model says of its sound if that was asked; an earlier answer stays otherwise.
    ///
    /// # Errors
    /// [`IndexError`]; then nothing of it is stored.
    pub fn store(&self, file: &FileRecord, song: Option<&SongRecord>) -> Result<(), IndexError> {
        self.write(|transaction| {
            let row = file
                .audio
                .map(|audio| song_row(transaction, audio))
                .transpose()?;
            if let (Some(row), Some(song)) = (row, song) {
                write_song(transaction, row, song)?;
            }
            write_file(transaction, file, row)
        })
    }

    /// Puts a model's answer in the place of an earlier one.
    ///
    /// # Errors
    /// [`IndexError`].
    pub fn reclassify(&self, song: i64, record: &SongRecord) -> Result<(), IndexError> {
        self.write(|transaction| write_song(transaction, song, record))
    }

    /// Stores the answers that a model's probabilities give in other genres, whose rows these are; attributes stay.
    ///
    /// # Errors
    /// [`IndexError`].
    pub fn regroup(
        &self,
        answers: &[(i64, StoredAnswer)],
        rows: &ModelRows,
    ) -> Result<(), IndexError> {
        self.write(|transaction| {
            let mut attributes = transaction.prepare_cached(
                "UPDATE probabilities SET label = (SELECT now.id FROM labels AS now JOIN labels AS before USING (kind, name)
                    WHERE before.id = label AND now.model = ?2)
                 WHERE song = ?1 AND label IN (SELECT id FROM labels WHERE kind = 'attribute' AND model != ?2)",
            )?;
            let mut genres = transaction.prepare_cached(
                "DELETE FROM probabilities WHERE song = ?1 AND label IN (SELECT id FROM labels WHERE kind = 'genre')",
            )?;
            let mut song = transaction.prepare_cached(
                "UPDATE songs SET model = ?2, genre = ?3, probability = ?4, unsure = ?5 WHERE id = ?1",
            )?;
            answers.iter().try_for_each(|(id, answer)| {
                attributes.execute([*id, rows.id])?;
                genres.execute([id])?;
                let StoredAnswer { genre, probability, unsure, .. } = answer;
                song.execute(params![id, rows.id, genre, probability, unsure])?;
                write_probabilities(transaction, *id, answer)
            })
        })
    }

    /// Gives a file's row another path; what another row said of that path is dropped.
    ///
    /// # Errors
    /// [`IndexError`].
    pub fn move_file(&self, id: i64, to: &Path) -> Result<(), IndexError> {
        self.write(|transaction| {
            transaction.execute(
                "DELETE FROM files WHERE path = ?1 AND id != ?2",
                params![StoredPath(to), id],
            )?;
            transaction.execute(
                "UPDATE files SET path = ?1, vanished_at = NULL WHERE id = ?2",
                params![StoredPath(to), id],
            )?;
            Ok(())
        })
    }

    /// Marks files as missing, or as there again.
    ///
    /// # Errors
    /// [`IndexError`].
    pub fn set_vanished(&self, files: &[i64], vanished: bool) -> Result<(), IndexError> {
        self.write(|transaction| {
            let mut statement =
                transaction.prepare_cached("UPDATE files SET vanished_at = ?2 WHERE id = ?1")?;
            let at = vanished.then(now);
            files
                .iter()
                .try_for_each(|id| statement.execute(params![id, at]).map(drop))
        })
    }

    /// Removes the files at and below a path, or those of them that were found missing, and what was computed for them alone; returns their
    /// number.
    ///
    /// # Errors
    /// [`IndexError`].
    pub fn forget(&self, path: &Path, only_vanished: bool) -> Result<usize, IndexError> {
        self.write(|transaction| {
            let missing = match only_vanished {
                true => " AND vanished_at IS NOT NULL",
                false => "",
            };
            let gone = transaction.execute(
                &format!("DELETE FROM files WHERE {BELOW}{missing}"),
                params_from_iter(below_values(path)),
            )?;
            transaction.execute_batch(
                "CREATE TEMP TABLE unused AS SELECT id FROM songs WHERE NOT EXISTS (SELECT 1 FROM files WHERE song = songs.id);
                 DELETE FROM probabilities WHERE song IN (SELECT id FROM unused);
                 DELETE FROM fingerprints WHERE song IN (SELECT id FROM unused);
                 DELETE FROM songs WHERE id IN (SELECT id FROM unused);
                 DROP TABLE unused;",
            )?;
            Ok(gone)
        })
    }

    /// Notes that a file can't be read at present; what is known of it stays.
    ///
    /// # Errors
    /// [`IndexError`].
    pub fn set_error(&self, file: i64, error: &FileError) -> Result<(), IndexError> {
        self.write(|transaction| {
            let statement =
                "UPDATE files SET error = ?2, error_kind = ?3, mtime_ns = NULL WHERE id = ?1";
            let values = params![file, error.text, error.kind];
            transaction.execute(statement, values).map(drop)
        })
    }

    /// What later scans take over.
    ///
    /// # Errors
    /// [`IndexError`].
    pub fn setting(&self, name: &str) -> Result<Option<String>, IndexError> {
        self.with_connection(|connection| {
            let query = "SELECT value FROM settings WHERE name = ?1";
            connection
                .query_row(query, [name], |row| row.get(0))
                .optional()
        })
    }

    /// Sets what later scans take over.
    ///
    /// # Errors
    /// [`IndexError`].
    pub fn set_setting(&self, name: &str, value: &str) -> Result<(), IndexError> {
        self.write(|transaction| {
            let statement = "INSERT INTO settings VALUES (?1, ?2) ON CONFLICT DO UPDATE SET value = ?2 WHERE value != ?2";
            transaction.execute(statement, [name, value]).map(drop)
        })
    }

    /// A transaction that writes: it waits for other processes first, so that it never fails halfway.
    pub(super) fn write<T>(
        &self,
        work: impl FnOnce(&Transaction) -> rusqlite::Result<T>,
    ) -> Result<T, IndexError> {
        self.with_connection(|connection| {
            let transaction =
                connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let result = work(&transaction)?;
            transaction.commit()?;
            Ok(result)
        })
    }
}

/// Seconds since 1970.
fn now() -> i64 {
    jiff::Timestamp::now().as_second()
}

fn song_row(transaction: &Transaction, audio: &str) -> rusqlite::Result<i64> {
    let find = "SELECT id FROM songs WHERE audio = ?1";
    let found = transaction
        .prepare_cached(find)?
        .query_row([audio], |row| row.get(0))
        .optional()?;
    match found {
        Some(id) => Ok(id),
        None => {
            transaction
                .prepare_cached("INSERT INTO songs (audio) VALUES (?1)")?
                .execute([audio])?;
            Ok(transaction.last_insert_rowid())
        }
    }
}

fn write_song(transaction: &Transaction, id: i64, song: &SongRecord) -> rusqlite::Result<()> {
    let StoredAnswer {
        genre,
        probability,
        unsure,
        no_music,
        ..
    } = &song.answer;
    transaction
        .prepare_cached(
            "UPDATE songs SET seconds = ?2, model = ?3, genre = ?4, probability = ?5, unsure = ?6, no_music = ?7,
                never_sure = ?8, model_probabilities = ?9, embedding = ?10, cost_ms = ?11, classified_at = ?12 WHERE id = ?1",
        )?
        .execute(params![
            id,
            song.seconds,
            song.model,
            genre,
            probability,
            unsure,
            no_music,
            song.never_sure,
            bytes_of(&song.model_probabilities),
            bytes_of(&song.embedding),
            song.cost_ms,
            now()
        ])?;
    if let Some(items) = &song.fingerprint {
        transaction
            .prepare_cached(
                "INSERT INTO fingerprints VALUES (?1, ?2) ON CONFLICT DO UPDATE SET items = ?2",
            )?
            .execute(params![id, items])?;
    }
    transaction
        .prepare_cached("DELETE FROM probabilities WHERE song = ?1")?
        .execute([id])?;
    write_probabilities(transaction, id, &song.answer)
}

fn write_probabilities(
    transaction: &Transaction,
    id: i64,
    answer: &StoredAnswer,
) -> rusqlite::Result<()> {
    let mut statement =
        transaction.prepare_cached("INSERT INTO probabilities VALUES (?1, ?2, ?3)")?;
    answer
        .probabilities
        .iter()
        .try_for_each(|(label, p)| statement.execute(params![id, label, p]).map(drop))
}

fn write_file(
    transaction: &Transaction,
    file: &FileRecord,
    song: Option<i64>,
) -> rusqlite::Result<()> {
    let tags = file.tags;
    transaction
        .prepare_cached(
            "INSERT INTO files (path, size, mtime_ns, ctime_ns, song, title, artist, album, album_artist, genre, date, track,
                search, error, error_kind, program, scanned_at, vanished_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, NULL)
             ON CONFLICT (path) DO UPDATE SET size = ?2, mtime_ns = ?3, ctime_ns = ?4, song = ?5, title = ?6, artist = ?7,
                album = ?8, album_artist = ?9, genre = ?10, date = ?11, track = ?12, search = ?13, error = ?14, error_kind = ?15,
                program = ?16, scanned_at = ?17, vanished_at = NULL",
        )?
        .execute(params![
            StoredPath(file.path),
            i64::try_from(file.state.size).unwrap_or(i64::MAX),
            file.state.mtime_ns,
            file.state.ctime_ns,
            song,
            tags.title,
            tags.artist,
            tags.album,
            tags.album_artist,
            tags.genre,
            tags.date,
            tags.track,
            tags.search_text(file.path),
            file.error.map(|error| &error.text),
            file.error.map(|error| &error.kind),
            env!("CARGO_PKG_VERSION"),
            now(),
        ])
        .map(drop)
}

/// Little-endian.
fn bytes_of(values: &[f32]) -> Vec<u8> {
    values
        .iter()
        .flat_map(|value| value.to_le_bytes())
        .collect()
}
