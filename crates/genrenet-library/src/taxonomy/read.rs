//! Reading a taxonomy file.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::ops::Range;
use std::path::Path;

use genrenet_model::toml_fault;
use genrenet_text::{is_control, spelling_key};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::nearest::nearest;
use super::presets::PRESETS;
use super::{OwnGenre, Taxonomy, TaxonomyError};

/// Largest size of a taxonomy file in bytes; a thousand genres take a tenth of it.
const FILE_BYTES: u64 = 1 << 20;
/// Most genres, as in a bundle.
const GENRES: usize = 4096;
/// Most characters of a name.
const NAME_LENGTH: usize = 200;
/// The version of the format that is read.
const VERSION: &str = "1";
/// The keys of a file.
const KEYS: [&str; 4] = ["version", "ignore", "genres", "parents"];

impl Taxonomy {
    /// The preset of this name, or else the taxonomy in this file (`./simple` is the file).
    ///
    /// # Errors
    /// What is neither; a file of over a megabyte; as [`Taxonomy::parse`].
    pub fn open(name_or_path: &Path) -> Result<Taxonomy, TaxonomyError> {
        let preset = name_or_path.to_str().and_then(Taxonomy::preset);
        preset.unwrap_or_else(|| Taxonomy::read(name_or_path))
    }

    /// The taxonomy in a file.
    ///
    /// # Errors
    /// As [`Taxonomy::open`].
    pub fn read(path: &Path) -> Result<Taxonomy, TaxonomyError> {
        let name = path.display().to_string();
        match genrenet_files::read_text(path, FILE_BYTES) {
            Ok(text) => Taxonomy::parse(&text, &name),
            Err(source) if source.kind() == io::ErrorKind::NotFound => {
                Err(TaxonomyError::NotThere {
                    name,
                    presets: PRESETS.join(", "),
                })
            }
            Err(source) => Err(TaxonomyError::Io { name, source }),
        }
    }

    /// The taxonomy of a text; `name` is quoted in messages.
    ///
    /// # Errors
    /// No TOML; an unknown key; a name that is empty, too long or holds control characters, or stands twice; a model's genre in two
    /// places; a parent that is no genre, or above itself.
    pub fn parse(text: &str, name: &str) -> Result<Taxonomy, TaxonomyError> {
        let fault = |reason| TaxonomyError::Value {
            name: name.to_owned(),
            reason,
        };
        let table = DeTable::parse(text).map_err(|error| fault(toml_fault(text, &error)))?;
        let reader = Reader { text };
        let (genres, parents, ignore) = reader.file(table.get_ref()).map_err(fault)?;
        Ok(Taxonomy {
            name: name.to_owned(),
            genres,
            parents,
            ignore,
        })
    }
}

type Value<'a> = Spanned<DeValue<'a>>;
type Contents = (Vec<OwnGenre>, BTreeMap<String, String>, Vec<String>);

/// Reads values and says on which line they are wrong.
struct Reader<'a> {
    text: &'a str,
}

impl Reader<'_> {
    fn file(&self, table: &DeTable<'_>) -> Result<Contents, String> {
        for (key, value) in in_order(table) {
            if !KEYS.contains(&key) {
                let near = nearest(key, KEYS);
                let meant = near.map_or(String::new(), |near| format!("; the nearest is {near}"));
                let expected = format!("one of the keys {}{meant}", KEYS.join(", "));
                return Err(self.wrong(value, key, &expected, "an unknown key"));
            }
        }
        match table.get("version").map(|value| (value, value.get_ref())) {
            None => return Err("version: expected `version = 1`, found nothing".into()),
            Some((_, DeValue::Integer(version))) if version.as_str() == VERSION => {}
            Some((value, _)) => {
                return Err(self.wrong(value, "version", VERSION, self.source(value)));
            }
        }
        let mut ignore = Vec::new();
        if let Some(value) = table.get("ignore") {
            ignore = self.names(value, "ignore")?;
        }
        let genres = self.genres(table, &ignore)?;
        let parents = self.parents(table, &genres)?;
        Ok((genres, parents, ignore))
    }

    /// `[genres]`: each name with a list.
    fn genres(&self, table: &DeTable<'_>, ignore: &[String]) -> Result<Vec<OwnGenre>, String> {
        let expected = "a table with a line NAME = [\"MODEL GENRE\", …] for each genre";
        let Some(value) = table.get("genres") else {
            return Err(format!("genres: expected {expected}, found nothing"));
        };
        let rows = self.table(value, "genres", expected)?;
        if rows.is_empty() || rows.len() > GENRES {
            let expected = format!("from 1 to {GENRES} genres");
            return Err(self.wrong(value, "genres", &expected, &rows.len().to_string()));
        }
        let mut genres: Vec<OwnGenre> = Vec::with_capacity(rows.len());
        let mut names = BTreeMap::<String, &str>::new();
        // Where each of a model's genres stands.
        let mut placed: BTreeMap<String, String> = BTreeMap::new();
        for name in ignore {
            placed.insert(spelling_key(name), "ignore".into());
        }
        for (name, value) in rows {
            let key = format!("genres.{}", quoted(name));
            self.name(value, &key, name)?;
            if let Some(other) = names.insert(spelling_key(name), name) {
                let expected =
                    format!("each genre once ({other} is the same but for its spelling)");
                return Err(self.wrong(value, &key, &expected, name));
            }
            let from = self.names(value, &key)?;
            for one in &from {
                if let Some(other) = placed.insert(spelling_key(one), key.clone()) {
                    let expected =
                        format!("each of a model's genres in one place ({one} is in {other})");
                    return Err(self.wrong(value, &key, &expected, &format!("{one} again")));
                }
            }
            genres.push(OwnGenre {
                name: name.to_owned(),
                from,
            });
        }
        Ok(genres)
    }

    /// `[parents]`: each genre with its broader one.
    fn parents(
        &self,
        table: &DeTable<'_>,
        genres: &[OwnGenre],
    ) -> Result<BTreeMap<String, String>, String> {
        let mut parents = BTreeMap::new();
        let Some(value) = table.get("parents") else {
            return Ok(parents);
        };
        let known: BTreeMap<String, &str> = genres
            .iter()
            .map(|genre| (spelling_key(&genre.name), &*genre.name))
            .collect();
        let expected = "a table with a line GENRE = \"BROADER GENRE\" for each that has one";
        let rows = self.table(value, "parents", expected)?;
        for (name, value) in &rows {
            let key = format!("parents.{}", quoted(name));
            let DeValue::String(parent) = value.get_ref() else {
                return Err(self.wrong(value, &key, "a genre's name", self.source(value)));
            };
            let mut found = Vec::new();
            for wanted in [name, &**parent] {
                let Some(genre) = known.get(&spelling_key(wanted)) else {
                    let near = nearest(wanted, known.values().copied());
                    let near =
                        near.map_or(String::new(), |near| format!("; the nearest is {near}"));
                    let expected = format!("a genre of [genres]{near}");
                    return Err(self.wrong(value, &key, &expected, wanted));
                };
                found.push((*genre).to_owned());
            }
            let (child, parent) = (found.swap_remove(0), found.swap_remove(0));
            if parents.insert(child, parent).is_some() {
                return Err(self.wrong(value, &key, "one broader genre", "another line for it"));
            }
        }
        for (name, value) in rows {
            let Some(genre) = known.get(&spelling_key(name)) else {
                continue;
            };
            if let Some(circle) = circle(&parents, genre) {
                let key = format!("parents.{}", quoted(name));
                let expected = "a broader genre that is not below it";
                return Err(self.wrong(value, &key, expected, &format!("the circle {circle}")));
            }
        }
        Ok(parents)
    }

    fn table<'t>(
        &self,
        value: &'t Value<'_>,
        key: &str,
        expected: &str,
    ) -> Result<Vec<(&'t str, &'t Value<'t>)>, String> {
        match value.get_ref() {
            DeValue::Table(table) => Ok(in_order(table)),
            _ => Err(self.wrong(value, key, expected, self.source(value))),
        }
    }

    /// A list of names, each once.
    fn names(&self, value: &Value<'_>, key: &str) -> Result<Vec<String>, String> {
        let expected = match value.get_ref() {
            // Rock.Metal = [] makes a table.
            DeValue::Table(_) => "a list of a model's genres (a name with a dot stands in quotes)",
            _ => "a list of a model's genres, such as [\"House\", \"Techno\"]",
        };
        let DeValue::Array(list) = value.get_ref() else {
            return Err(self.wrong(value, key, expected, self.source(value)));
        };
        let mut names = Vec::with_capacity(list.len());
        let mut seen = BTreeSet::new();
        for item in list.iter() {
            let DeValue::String(name) = item.get_ref() else {
                return Err(self.wrong(item, key, expected, self.source(item)));
            };
            self.name(item, key, name)?;
            if !seen.insert(spelling_key(name)) {
                return Err(self.wrong(item, key, "each name once", name));
            }
            names.push(name.to_string());
        }
        Ok(names)
    }

    /// Refuses what is no name.
    fn name(&self, at: &Value<'_>, key: &str, name: &str) -> Result<(), String> {
        let found = match name {
            _ if name.trim().is_empty() => "an empty name",
            _ if name.trim() != name => "spaces around it",
            _ if name.chars().any(is_control) => "a control character",
            _ if name.chars().count() > NAME_LENGTH => "a longer one",
            _ => return Ok(()),
        };
        let expected = format!("a genre's name of up to {NAME_LENGTH} characters");
        Err(self.wrong(at, key, &expected, found))
    }

    fn wrong(&self, at: &Value<'_>, key: &str, expected: &str, found: &str) -> String {
        let line = self.text[..at.span().start.min(self.text.len())]
            .matches('\n')
            .count()
            + 1;
        format!("line {line}, {key}: expected {expected}, found {found}")
    }

    /// A value as it stands in the file.
    fn source(&self, value: &Value<'_>) -> &str {
        let Range { start, end } = value.span();
        let source = self.text.get(start..end).unwrap_or_default();
        source.lines().next().unwrap_or_default()
    }
}

/// Keys and values in the order of the file.
fn in_order<'t>(table: &'t DeTable<'_>) -> Vec<(&'t str, &'t Value<'t>)> {
    let mut rows: Vec<_> = table.iter().collect();
    rows.sort_by_key(|(key, _)| key.span().start);
    rows.into_iter()
        .map(|(key, value)| (&**key.get_ref(), value))
        .collect()
}

/// A key as TOML writes it.
pub(super) fn quoted(name: &str) -> String {
    let bare = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    match !name.is_empty() && name.chars().all(bare) {
        true => name.to_owned(),
        false => toml::Value::String(name.to_owned()).to_string(),
    }
}

/// The way from a genre upwards back to itself: "Rock → Metal → Rock".
fn circle(parents: &BTreeMap<String, String>, genre: &str) -> Option<String> {
    let mut way = vec![genre];
    let mut above = genre;
    while way.len() <= parents.len() {
        above = parents.get(above)?;
        way.push(above);
        if above == genre {
            return Some(way.join(" → "));
        }
    }
    None
}
