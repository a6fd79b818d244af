//! All that a model said of a song.

use rusqlite::OptionalExtension;

use super::error::IndexError;
use super::open::Index;

/// A model whose answers are in the index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelRow {
    /// Its row.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// That of its networks.
    pub fingerprint: String,
    /// The own genres as JSON, empty for the model's.
    pub taxonomy: String,
}

/// The probability of a genre.
#[derive(Clone, Debug, PartialEq)]
pub struct GenreRow {
    /// Its name.
    pub name: String,
    /// The broader genre.
    pub parent: Option<String>,
    /// Its probability.
    pub probability: f32,
}

/// The probability of an attribute.
#[derive(Clone, Debug, PartialEq)]
pub struct AttributeRow {
    /// Its name.
    pub name: String,
    /// Its probability.
    pub probability: f32,
    /// The probability from which it holds.
    pub threshold: Option<f32>,
    /// How often it is true then.
    pub precision: Option<f32>,
}

/// All probabilities of a song.
#[derive(Clone, Debug, PartialEq)]
pub struct SongDetails {
    /// Falling.
    pub genres: Vec<GenreRow>,
    /// In the model's order.
    pub attributes: Vec<AttributeRow>,
}

impl Index {
    /// A model of the index.
    ///
    /// # Errors
    /// [`IndexError`].
    pub fn model(&self, id: i64) -> Result<Option<ModelRow>, IndexError> {
        self.with_connection(|connection| {
            let query = "SELECT id, name, version, fingerprint, taxonomy FROM models WHERE id = ?1";
            let mut statement = connection.prepare_cached(query)?;
            statement
                .query_row([id], |row| {
                    Ok(ModelRow {
                        id: row.get(0)?,
                        name: row.get(1)?,
                        version: row.get(2)?,
                        fingerprint: row.get(3)?,
                        taxonomy: row.get(4)?,
                    })
                })
                .optional()
        })
    }

    /// All that the model said of a song.
    ///
    /// # Errors
    /// [`IndexError`].
    pub fn details(&self, song: i64) -> Result<SongDetails, IndexError> {
        self.with_connection(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT kind, name, parent, probability, threshold, precision FROM probabilities JOIN labels ON labels.id = label
                 WHERE song = ?1 ORDER BY label",
            )?;
            let mut rows = statement.query([song])?;
            let mut details = SongDetails {
                genres: Vec::new(),
                attributes: Vec::new(),
            };
            while let Some(row) = rows.next()? {
                let (name, probability) = (row.get(1)?, row.get(3)?);
                match row.get_ref(0)?.as_str()? {
                    "genre" => details.genres.push(GenreRow {
                        name,
                        parent: row.get(2)?,
                        probability,
                    }),
                    _ => details.attributes.push(AttributeRow {
                        name,
                        probability,
                        threshold: row.get(4)?,
                        precision: row.get(5)?,
                    }),
                }
            }
            details.genres.sort_by(|a, b| b.probability.total_cmp(&a.probability));
            Ok(details)
        })
    }
}
