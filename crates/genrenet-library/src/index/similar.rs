//! Songs that sound alike: the cosine of the angle between embeddings.

use std::collections::HashSet;
use std::path::Path;

use rusqlite::OptionalExtension;

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
        let (mut ranked, others) = self.ranked(&first.model, &direction, query)?;
        ranked.retain(|one| !named.contains(&one.song));
        let limit = query.limit.unwrap_or(usize::MAX);
        // Several files of one sound stand together: one of them is taken.
        ranked.sort_unstable_by(|a, b| {
            b.similarity
                .total_cmp(&a.similarity)
                .then(a.file.cmp(&b.file))
        });
        let mut seen = HashSet::new();
        ranked.retain(|one| seen.insert(one.song));
        ranked.truncate(limit);
        let hits = self.with_connection(|connection| {
            let mut statement = connection.prepare_cached(&format!(
                "SELECT {COLUMNS} FROM files LEFT JOIN songs ON songs.id = files.song WHERE files.id = ?1"
            ))?;
            let hits = ranked.iter().map(|one| {
                let hit = statement.query_row([one.file], hit_of)?;
                Ok(Hit {
                    similarity: Some(one.similarity),
                    ..hit
                })
            });
            hits.collect()
        })?;
        Ok((hits, others))
    }
}

pub(super) fn norm(vector: &[f32]) -> f32 {
    let squares: f32 = vector.iter().map(|x| x * x).sum();
    squares.sqrt().max(f32::MIN_POSITIVE)
}
