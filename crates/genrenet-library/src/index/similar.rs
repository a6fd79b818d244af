//! Songs that sound alike: the cosine of the angle between embeddings.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use rusqlite::{Connection, OptionalExtension, params_from_iter};

use super::conditions::Conditions;
use super::error::IndexError;
use super::lookup::floats_of;
use super::open::Index;
use super::query::Query;
use super::search::{COLUMNS, Hit, hit_of};
use super::stored_path::StoredPath;

/// What songs are compared with.
#[derive(Clone, Debug, PartialEq)]
pub struct Seed {
    /// The row of the song in the index, if it is there; it is not among the similar ones.
    pub song: Option<i64>,
    /// The fingerprint of the model.
    pub model: String,
    /// Its embedding.
    pub embedding: Vec<f32>,
}

impl Index {
    /// A file of the index as what others are compared with; `None` for a file that it does not hold or that has no answer.
    ///
    /// # Errors
    /// [`IndexError`].
    pub fn seed(&self, path: &Path) -> Result<Option<Seed>, IndexError> {
        self.with_connection(|connection| {
            let query =
                "SELECT songs.id, fingerprint, embedding FROM files JOIN songs ON songs.id = song
                JOIN models ON models.id = model WHERE path = ?1 AND embedding IS NOT NULL";
            let mut statement = connection.prepare_cached(query)?;
            statement
                .query_row([StoredPath(path)], |row| {
                    let embedding: Vec<u8> = row.get(2)?;
                    Ok(Seed {
                        song: row.get(0)?,
                        model: row.get(1)?,
                        embedding: floats_of(&embedding),
                    })
                })
                .optional()
        })
    }

    /// The files that a query gives, those most similar to the mean direction of `seeds` first, without the seeds themselves and
    /// one file of each sound. Only songs of the seeds' model can be compared; the second value is the number of songs of others.
    ///
    /// # Errors
    /// [`IndexError::Unknown`] for seeds of several models; those of [`Index::search`].
    pub fn similar(&self, seeds: &[Seed], query: &Query) -> Result<(Vec<Hit>, usize), IndexError> {
        let Some(first) = seeds.first() else {
            return Ok((Vec::new(), 0));
        };
        if seeds.iter().any(|seed| seed.model != first.model) {
            return Err(IndexError::Unknown(
                "the songs were classified by different models, whose embeddings can't be compared; `genrenet scan --reclassify LIBRARY` \
                 classifies all by one"
                    .into(),
            ));
        }
        let mut direction = vec![0.0f32; first.embedding.len()];
        for seed in seeds {
            let length = norm(&seed.embedding);
            for (sum, x) in direction.iter_mut().zip(&seed.embedding) {
                *sum += x / length;
            }
        }
        let named: HashSet<i64> = seeds.iter().filter_map(|seed| seed.song).collect();
        let (ranked, others) = self.ranked(&first.model, &direction)?;
        let conditions = self.conditions(query)?;
        let limit = query.limit.unwrap_or(usize::MAX);
        let hits = self.with_connection(|connection| {
            // Without a condition of its own a query gives nearly every song: those that are needed are looked up one by one.
            let meeting = match conditions.values().is_empty() {
                true => None,
                false => Some(files_by_song(connection, &conditions)?),
            };
            let mut of_song = connection.prepare(&conditions.select("files.id", " AND songs.id = ? ORDER BY files.path LIMIT 1"))?;
            let mut of_file = connection.prepare(&format!(
                "SELECT {COLUMNS} FROM files LEFT JOIN songs ON songs.id = files.song WHERE files.id = ?1"
            ))?;
            let mut hits: Vec<Hit> = Vec::new();
            for (similarity, song) in ranked {
                if hits.len() >= limit {
                    break;
                }
                let file = match &meeting {
                    _ if named.contains(&song) => None,
                    Some(files) => files.get(&song).copied(),
                    None => of_song.query_row([song], |row| row.get(0)).optional()?,
                };
                if let Some(file) = file {
                    hits.push(Hit {
                        similarity: Some(similarity),
                        ..of_file.query_row([file], hit_of)?
                    });
                }
            }
            Ok(hits)
        })?;
        Ok((hits, others))
    }

    /// The similarity to a direction and the row of every song that can be compared with it, the most similar first, and how many can't, as they
    /// are of another model.
    fn ranked(
        &self,
        fingerprint: &str,
        direction: &[f32],
    ) -> Result<(Vec<(f32, i64)>, usize), IndexError> {
        let length = norm(direction);
        let (mut ranked, others) = self.with_connection(|connection| {
            let mut models =
                connection.prepare_cached("SELECT id FROM models WHERE fingerprint = ?1")?;
            let models: HashSet<i64> = models
                .query_map([fingerprint], |row| row.get(0))?
                .collect::<rusqlite::Result<_>>()?;
            let mut songs = connection.prepare_cached(
                "SELECT id, model, embedding FROM songs WHERE embedding IS NOT NULL",
            )?;
            let mut rows = songs.query([])?;
            let mut ranked: Vec<(f32, i64)> = Vec::new();
            let mut others = 0;
            while let Some(row) = rows.next()? {
                let embedding = row.get_ref(2)?.as_blob().unwrap_or_default();
                if !models.contains(&row.get(1)?) || embedding.len() != 4 * direction.len() {
                    others += 1;
                    continue;
                }
                ranked.push((cosine(embedding, direction, length), row.get(0)?));
            }
            Ok((ranked, others))
        })?;
        ranked.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        Ok((ranked, others))
    }
}

/// The songs that meet conditions, each with a file that does.
fn files_by_song(
    connection: &Connection,
    conditions: &Conditions,
) -> rusqlite::Result<HashMap<i64, i64>> {
    let mut statement = connection
        .prepare(&conditions.select("songs.id, files.id", " ORDER BY files.path DESC"))?;
    let rows = statement.query_map(params_from_iter(conditions.values()), |row| {
        Ok((row.get(0)?, row.get(1)?))
    })?;
    rows.collect()
}

/// The cosine of the angle between an embedding as it is stored and a direction of this length.
fn cosine(embedding: &[u8], direction: &[f32], length: f32) -> f32 {
    let (mut dot, mut squares) = (0.0f32, 0.0f32);
    for (bytes, x) in embedding.chunks_exact(4).zip(direction) {
        let value = f32::from_le_bytes(bytes.try_into().unwrap_or_default());
        dot += value * x;
        squares += value * value;
    }
    dot / (length * squares.sqrt().max(f32::MIN_POSITIVE))
}

fn norm(vector: &[f32]) -> f32 {
    let squares: f32 = vector.iter().map(|x| x * x).sum();
    squares.sqrt().max(f32::MIN_POSITIVE)
}
