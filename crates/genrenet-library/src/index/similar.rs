//! Songs that sound alike: the cosine of the angle between embeddings.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, params_from_iter};

use super::conditions::Conditions;
use super::error::IndexError;
use super::lookup::floats_of;
use super::open::Index;
use super::query::Query;
use super::search::{Hit, columns, hit_of};
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
            // Most songs meet a genre or a length: the few that are needed are looked up one by one. A text has to be searched for in all, and where
            // few songs meet the conditions it is faster as well.
            let one_by_one = match query.texts.is_empty() && query.tags.is_empty() {
                true => ONE_BY_ONE,
                false => 0,
            };
            let mut meeting = None;
            let of_song = " AND songs.id = ? ORDER BY files.path LIMIT 1";
            let mut of_song = connection.prepare(&conditions.select("files.id", of_song))?;
            let mut of_file = connection.prepare(&format!(
                "SELECT {} FROM files LEFT JOIN songs ON songs.id = files.song WHERE files.id = ?1",
                columns()
            ))?;
            let mut hits: Vec<Hit> = Vec::new();
            let others = ranked.into_iter().filter(|(_, song)| !named.contains(song));
            for (place, (similarity, song)) in others.enumerate() {
                if hits.len() >= limit {
                    break;
                }
                if place == one_by_one {
                    meeting = Some(files_by_song(connection, &conditions)?);
                }
                let file: Option<i64> = match &meeting {
                    Some(files) => files.get(&song).copied(),
                    None => {
                        let song = [Value::Integer(song)];
                        let values = conditions.values().iter().chain(&song);
                        of_song
                            .query_row(params_from_iter(values), |row| row.get(0))
                            .optional()?
                    }
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

/// Songs that are looked up one by one before all that meet the conditions are read.
const ONE_BY_ONE: usize = 1000;

/// The songs that meet conditions, each with the first of the files that do.
fn files_by_song(
    connection: &Connection,
    conditions: &Conditions,
) -> rusqlite::Result<HashMap<i64, i64>> {
    let mut statement = connection.prepare(&conditions.select("songs.id, files.id", ""))?;
    let mut rows = statement.query(params_from_iter(conditions.values()))?;
    let mut files = HashMap::new();
    while let Some(row) = rows.next()? {
        let file: i64 = row.get(1)?;
        let first = files.entry(row.get(0)?).or_insert(file);
        *first = file.min(*first);
    }
    Ok(files)
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
