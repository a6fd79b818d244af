//! A query as SQL.

use genrenet_text::spelling_key;
use rusqlite::Connection;
use rusqlite::types::Value;

use super::below::{BELOW, below_values};
use super::error::IndexError;
use super::open::Index;
use super::query::{Answers, Query, TagField, Term};

/// Part of a query in SQL, and its values in order.
#[derive(Default)]
pub(super) struct Conditions {
    /// `files` and `songs`, and what decides the order where it stands in an index.
    from: &'static str,
    sql: Vec<String>,
    values: Vec<Value>,
    pub order: String,
}

impl Conditions {
    /// A statement for what it selects, and more conditions, whose values follow.
    pub fn select(&self, what: &str, more: &str) -> String {
        let conditions = self.sql.join(" AND ");
        format!("SELECT {what} FROM {} WHERE {conditions}{more}", self.from)
    }

    /// The values of its conditions.
    pub fn values(&self) -> &[Value] {
        &self.values
    }
}

impl Index {
    /// The conditions of a query, with every name in it known.
    pub(super) fn conditions(&self, query: &Query) -> Result<Conditions, IndexError> {
        let mut all = Conditions {
            from: "files LEFT JOIN songs ON songs.id = files.song",
            order: "files.path".into(),
            ..Conditions::default()
        };
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
            all.with(BELOW, below_values(folder));
        }
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
        "SELECT id, name, threshold FROM labels WHERE kind = ?1 AND EXISTS (SELECT 1 FROM songs WHERE songs.model = labels.model) ORDER BY name",
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

    fn genres(
        &mut self,
        terms: &[Term],
        named: Vec<Named>,
        answers: Answers,
    ) -> Result<(), IndexError> {
        for (term, named) in terms.iter().zip(&named) {
            if named.labels.is_empty() {
                return Err(unknown("genre", term, &named.known));
            }
        }
        // Of one genre the order stands in an index, and a search with a limit need not look at all songs: a cross join keeps SQLite to it.
        match (terms, &named[..]) {
            ([], _) => {}
            (
                [
                    Term {
                        probability: Some(range),
                        ..
                    },
                ],
                [named],
            ) => {
                self.from = "probabilities AS named CROSS JOIN songs ON songs.id = named.song CROSS JOIN files ON files.song = songs.id";
                let condition = format!(
                    "named.label IN ({}) AND named.probability BETWEEN ? AND ?",
                    list(named)
                );
                self.with(&condition, ends(range));
                self.order = "named.probability DESC, files.path".into();
            }
            (
                [
                    Term {
                        probability: None, ..
                    },
                ],
                [named],
            ) => {
                self.from = "songs CROSS JOIN files ON files.song = songs.id";
                let (condition, name) = answered(named, answers);
                self.with(&condition, [name]);
                self.order = "songs.probability DESC, files.path".into();
            }
            (_, [first, ..]) => {
                self.order = format!(
                    "(SELECT max(probability) FROM probabilities WHERE song = songs.id AND label IN ({})) DESC, files.path",
                    list(first)
                );
                let mut any = Vec::new();
                for (term, named) in terms.iter().zip(&named) {
                    match &term.probability {
                        None => {
                            let (condition, name) = answered(named, answers);
                            any.push(condition);
                            self.values.push(name);
                        }
                        Some(range) => {
                            any.push(within(named));
                            self.values.extend(ends(range));
                        }
                    }
                }
                self.sql.push(format!("({})", any.join(" OR ")));
            }
            (_, []) => {}
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

/// That a genre is the answer, and sure unless others are asked for.
fn answered(named: &Named, answers: Answers) -> (String, Value) {
    let name = named
        .labels
        .first()
        .map_or(String::new(), |(_, name, _)| name.clone());
    let condition = match answers {
        Answers::Music => "(songs.genre = ? AND unsure = 0)",
        _ => "songs.genre = ?",
    };
    (condition.to_owned(), Value::Text(name))
}

/// That a song has one of these labels with a probability between two values.
fn within(named: &Named) -> String {
    format!(
        "EXISTS (SELECT 1 FROM probabilities WHERE song = songs.id AND label IN ({}) AND +probability BETWEEN ? AND ?)",
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
