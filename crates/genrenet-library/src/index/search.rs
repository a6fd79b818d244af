//! Searching an index.

use std::path::PathBuf;

use genrenet_text::spelling_key;
use rusqlite::types::Value;
use rusqlite::{Connection, Row, params_from_iter};

use super::error::IndexError;
use super::open::Index;
use super::query::{Answers, Query, TagField, Term};
use super::record::{FileError, FileTags};
use super::similar::norm;
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

/// A file whose song was compared.
pub(super) struct Ranked {
    pub similarity: f32,
    /// The song's row.
    pub song: i64,
    /// The file's row.
    pub file: i64,
}

/// Part of a query in SQL, and its values in order.
#[derive(Default)]
pub(super) struct Conditions {
    sql: Vec<String>,
    values: Vec<Value>,
    order: String,
}

impl Index {
    /// The files that a query gives: by the probability of the first genre that it names, or in the order of their paths.
    ///
    /// # Errors
    /// [`IndexError::Unknown`] for a genre, an attribute or a text that can't be searched for; [`IndexError`].
    pub fn search(&self, query: &Query) -> Result<Vec<Hit>, IndexError> {
        let conditions = self.conditions(query)?;
        let limit = query.limit.map_or(-1, |limit| limit as i64);
        let sql = format!(
            "SELECT {COLUMNS} FROM files LEFT JOIN songs ON songs.id = files.song WHERE {} ORDER BY {} LIMIT {limit}",
            conditions.sql.join(" AND "),
            conditions.order,
        );
        self.with_connection(|connection| {
            let mut statement = connection.prepare(&sql)?;
            let hits = statement.query_map(params_from_iter(&conditions.values), hit_of)?;
            hits.collect()
        })
    }

    /// The similarity, the song's row and the file's of every file that a query gives whose embedding can be compared with a direction, and how
    /// many can't, as they are of another model.
    pub(super) fn ranked(
        &self,
        fingerprint: &str,
        direction: &[f32],
        query: &Query,
    ) -> Result<(Vec<Ranked>, usize), IndexError> {
        let conditions = self.conditions(query)?;
        let sql = format!(
            "SELECT songs.id, files.id, embedding, fingerprint = ? FROM songs JOIN models ON models.id = songs.model
             JOIN files ON files.song = songs.id WHERE {}",
            conditions.sql.join(" AND "),
        );
        let length = norm(direction);
        self.with_connection(|connection| {
            let mut statement = connection.prepare(&sql)?;
            let first = [Value::Text(fingerprint.to_owned())];
            let mut rows =
                statement.query(params_from_iter(first.iter().chain(&conditions.values)))?;
            let (mut ranked, mut others) = (Vec::new(), 0);
            while let Some(row) = rows.next()? {
                let embedding = row.get_ref(2)?.as_blob().unwrap_or_default();
                if !row.get::<_, bool>(3)? || embedding.len() != 4 * direction.len() {
                    others += 1;
                    continue;
                }
                let (mut dot, mut squares) = (0.0f32, 0.0f32);
                for (bytes, x) in embedding.chunks_exact(4).zip(direction) {
                    let value = f32::from_le_bytes(bytes.try_into().unwrap_or_default());
                    dot += value * x;
                    squares += value * value;
                }
                let similarity = dot / (length * squares.sqrt().max(f32::MIN_POSITIVE));
                ranked.push(Ranked {
                    similarity,
                    song: row.get(0)?,
                    file: row.get(1)?,
                });
            }
            Ok((ranked, others))
        })
    }

    /// The conditions of a query, with every name in it known.
    pub(super) fn conditions(&self, query: &Query) -> Result<Conditions, IndexError> {
        let mut all = Conditions::default();
        match query.answers {
            Answers::Music => {
                all.plain("files.error IS NULL AND songs.genre IS NOT NULL AND NOT no_music")
            }
            Answers::Unsure => all.plain(
                "files.error IS NULL AND songs.genre IS NOT NULL AND NOT no_music AND unsure",
            ),
            Answers::NoMusic => all.plain("files.error IS NULL AND no_music"),
            Answers::Failed => all.plain("files.error IS NOT NULL"),
            Answers::Vanished => {}
        }
        all.plain(match query.answers {
            Answers::Vanished => "vanished_at IS NOT NULL",
            _ => "vanished_at IS NULL",
        });
        for text in &query.texts {
            all.contains(
                "files.id IN (SELECT id FROM files WHERE instr(search, ?))",
                text,
            )?;
        }
        for (field, text) in &query.tags {
            // The tags' own texts are compared after the ones without accents have left few.
            if *field != TagField::Track {
                all.contains(
                    "files.id IN (SELECT id FROM files WHERE instr(search, ?))",
                    text,
                )?;
            }
            all.contains(
                &format!("instr(spelling_key(files.{}), ?)", field.column()),
                text,
            )?;
        }
        if let Some(seconds) = &query.seconds {
            all.with(
                "seconds BETWEEN ? AND ?",
                [Value::Real(*seconds.start()), Value::Real(*seconds.end())],
            );
        }
        if let Some(folder) = &query.below {
            all.below(folder);
        }
        all.order = "files.path".into();
        self.with_connection(|connection| {
            let genres = query
                .genres
                .iter()
                .map(|term| labels(connection, "genre", term));
            let genres: Vec<Named> = genres.collect::<rusqlite::Result<_>>()?;
            let attributes = query
                .attributes
                .iter()
                .map(|term| labels(connection, "attribute", term));
            let attributes: Vec<Named> = attributes.collect::<rusqlite::Result<_>>()?;
            Ok((genres, attributes))
        })
        .and_then(|(genres, attributes)| {
            all.genres(&query.genres, genres, query.answers)?;
            for (term, named) in query.attributes.iter().zip(attributes) {
                all.attribute(term, named)?;
            }
            Ok(all)
        })
    }
}

/// The labels of one name, or the names that there are.
struct Named {
    labels: Vec<(i64, String, Option<f64>)>,
    known: Vec<String>,
}

fn labels(connection: &Connection, kind: &str, term: &Term) -> rusqlite::Result<Named> {
    let key = spelling_key(&term.name);
    // Those of models whose answers were all replaced are of no use.
    let mut statement = connection.prepare_cached(
        "SELECT id, name, threshold FROM labels WHERE kind = ?1 AND model IN (SELECT DISTINCT model FROM songs) ORDER BY name",
    )?;
    let all = statement.query_map([kind], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    let all: Vec<(i64, String, Option<f64>)> = all.collect::<rusqlite::Result<_>>()?;
    let mut known: Vec<String> = all.iter().map(|(_, name, _)| name.clone()).collect();
    known.dedup();
    let labels = all
        .into_iter()
        .filter(|(_, name, _)| spelling_key(name) == key);
    Ok(Named {
        labels: labels.collect(),
        known,
    })
}

impl Conditions {
    fn plain(&mut self, sql: &str) {
        self.sql.push(sql.to_owned());
    }

    fn with(&mut self, sql: &str, values: impl IntoIterator<Item = Value>) {
        self.sql.push(sql.to_owned());
        self.values.extend(values);
    }

    fn contains(&mut self, sql: &str, text: &str) -> Result<(), IndexError> {
        let key = spelling_key(text);
        if key.is_empty() {
            return Err(IndexError::Unknown(format!(
                "expected a text with a letter or digit, found {text:?}"
            )));
        }
        self.with(sql, [Value::Text(key)]);
        Ok(())
    }

    fn below(&mut self, folder: &std::path::Path) {
        let [from, to] = super::lookup::bounds(folder);
        let path = match StoredPath(folder).0.to_str() {
            Some(text) => Value::Text(text.to_owned()),
            None => Value::Blob(folder.as_os_str().as_encoded_bytes().to_vec()),
        };
        let text = |bound: &[u8]| {
            std::str::from_utf8(bound).map_or(Value::Null, |text| Value::Text(text.to_owned()))
        };
        let texts = [text(&from), text(&to)];
        self.with(
            "(files.path = ? OR (files.path > ? AND files.path < ?) OR (files.path > ? AND files.path < ?))",
            [path].into_iter().chain(texts).chain([from, to].map(Value::Blob)),
        );
    }

    fn genres(
        &mut self,
        terms: &[Term],
        named: Vec<Named>,
        answers: Answers,
    ) -> Result<(), IndexError> {
        let mut any = Vec::new();
        for (term, named) in terms.iter().zip(named) {
            let Some((_, name, _)) = named.labels.first() else {
                return Err(unknown("genre", term, &named.known));
            };
            if self.order == "files.path" {
                self.order = format!(
                    "(SELECT max(probability) FROM probabilities WHERE song = songs.id AND label IN ({})) DESC, files.path",
                    list(&named)
                );
            }
            match &term.probability {
                None => {
                    any.push(match answers {
                        Answers::Music => "(songs.genre = ? AND NOT unsure)".to_owned(),
                        _ => "songs.genre = ?".to_owned(),
                    });
                    self.values.push(Value::Text(name.clone()));
                }
                Some(range) => {
                    any.push(within(&named));
                    self.values.extend(ends(range));
                }
            }
        }
        if !any.is_empty() {
            self.sql.push(format!("({})", any.join(" OR ")));
        }
        Ok(())
    }

    fn attribute(&mut self, term: &Term, named: Named) -> Result<(), IndexError> {
        if named.labels.is_empty() {
            return Err(unknown("attribute", term, &named.known));
        }
        let threshold = named.labels.iter().find_map(|(_, _, threshold)| *threshold);
        match (&term.probability, threshold) {
            (Some(range), _) => self.with(&within(&named), ends(range)),
            (None, Some(threshold)) => {
                self.with(&within(&named), [Value::Real(threshold), Value::Real(1.0)])
            }
            (None, None) => {
                return Err(IndexError::Unknown(format!(
                    "{}: no threshold is known from which this attribute holds; name one, such as {}=0.5..",
                    term.name, term.name
                )));
            }
        }
        Ok(())
    }
}

/// That a song has one of these labels with a probability between two values.
fn within(named: &Named) -> String {
    format!(
        "songs.id IN (SELECT song FROM probabilities WHERE label IN ({}) AND probability BETWEEN ? AND ?)",
        list(named)
    )
}

fn ends(range: &std::ops::RangeInclusive<f32>) -> [Value; 2] {
    [range.start(), range.end()].map(|&end| Value::Real(f64::from(end)))
}

fn list(named: &Named) -> String {
    let ids = named.labels.iter().map(|(id, _, _)| id.to_string());
    ids.collect::<Vec<_>>().join(", ")
}

fn unknown(what: &str, term: &Term, known: &[String]) -> IndexError {
    let known = match known.is_empty() {
        true => "none: no song is classified yet".to_owned(),
        false => known.join(", "),
    };
    IndexError::Unknown(format!(
        "expected {} {what} of the index ({known}), found {:?}",
        article(what),
        term.name
    ))
}

fn article(what: &str) -> &'static str {
    match what.starts_with('a') {
        true => "an",
        false => "a",
    }
}

pub(super) const COLUMNS: &str = "files.id, files.path, title, artist, album, album_artist, files.genre, date, track, \
    error_kind, error, songs.id, songs.model, seconds, songs.genre, probability, unsure, no_music";

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
        tags: FileTags {
            title: row.get(2)?,
            artist: row.get(3)?,
            album: row.get(4)?,
            album_artist: row.get(5)?,
            genre: row.get(6)?,
            date: row.get(7)?,
            track: row.get(8)?,
        },
        song,
        error: kind.zip(text).map(|(kind, text)| FileError { kind, text }),
        similarity: None,
    })
}
