//! Searching an index.

use std::path::PathBuf;

use rusqlite::{Row, params_from_iter};

use super::error::IndexError;
use super::open::Index;
use super::query::Query;
use super::record::{FileError, FileTags, TAG_COLUMNS};
use super::stored_path::StoredPath;

/// A file that a search gives.
#[derive(Clone, Debug, PartialEq)]
pub struct Hit {
    /// The file's row.
    pub file: i64,
    /// Where it is.
    pub path: PathBuf,
    /// Its tags.
    pub tags: FileTags,
    /// What was computed of its sound; `None` for a file that could not be classified.
    pub song: Option<HitSong>,
    /// Why it could not be classified.
    pub error: Option<FileError>,
    /// How similar it is to the songs that were named, -1 to 1.
    pub similarity: Option<f32>,
}

/// What was computed of a sound.
#[derive(Clone, Debug, PartialEq)]
pub struct HitSong {
    /// Its row.
    pub id: i64,
    /// The row of the model.
    pub model: i64,
    /// Length.
    pub seconds: f64,
    /// The most probable genre.
    pub genre: String,
    /// Its probability.
    pub probability: f32,
    /// Whether the answer is unsure.
    pub unsure: bool,
    /// Whether it is taken for something other than music.
    pub no_music: bool,
}

impl Index {
    /// The files that a query gives: by the probability of the first genre that it names, or in the order of their paths.
    ///
    /// # Errors
    /// [`IndexError::Unknown`] for a genre, an attribute or a text that can't be searched for; [`IndexError`].
    pub fn search(&self, query: &Query) -> Result<Vec<Hit>, IndexError> {
        let conditions = self.conditions(query)?;
        let limit = query.limit.map_or(-1, |limit| limit as i64);
        let order = format!(" ORDER BY {} LIMIT {limit}", conditions.order);
        let sql = conditions.select(&columns(), &order);
        self.with_connection(|connection| {
            let mut statement = connection.prepare(&sql)?;
            let hits = statement.query_map(params_from_iter(conditions.values()), hit_of)?;
            hits.collect()
        })
    }
}

/// The columns of a hit.
pub(super) fn columns() -> String {
    format!(
        "files.id, files.path, {TAG_COLUMNS}, error_kind, error, songs.id, songs.model, seconds, songs.genre, songs.probability, unsure, no_music"
    )
}

pub(super) fn hit_of(row: &Row) -> rusqlite::Result<Hit> {
    let kind: Option<String> = row.get(9)?;
    let text: Option<String> = row.get(10)?;
    let model: Option<i64> = row.get(12)?;
    let song = match model {
        None => None,
        Some(model) => Some(HitSong {
            id: row.get(11)?,
            model,
            seconds: row.get(13)?,
            genre: row.get(14)?,
            probability: row.get(15)?,
            unsure: row.get(16)?,
            no_music: row.get(17)?,
        }),
    };
    Ok(Hit {
        file: row.get(0)?,
        path: row.get::<_, StoredPath<PathBuf>>(1)?.0,
        tags: FileTags::of_row(row, 2)?,
        song,
        error: kind.zip(text).map(|(kind, text)| FileError { kind, text }),
        similarity: None,
    })
}
