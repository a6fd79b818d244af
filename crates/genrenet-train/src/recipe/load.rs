//! Reading a recipe, with changes from the command line.

use std::path::Path;

use genrenet_model::{Cause, toml_fault, toml_reason};
use toml::{Table, Value};

use super::{Recipe, old_names};
use crate::error::{ChangeError, TrainError};

/// Largest size of a recipe in bytes: a thousand layers take a tenth of it.
const RECIPE_BYTES: u64 = 1 << 20;

impl Recipe {
    /// Reads a recipe from a file.
    ///
    /// # Errors
    /// A missing file, an unknown key, an impossible value; each names file, key and value.
    pub fn load(path: &Path) -> Result<Recipe, TrainError> {
        Recipe::load_with(path, &[])
    }

    /// Reads a recipe from a file with `key=value` changes, keys in dotted form
    /// (`train.epochs=3`, `network.trunk.0.rate=0.5`).
    ///
    /// # Errors
    /// As [`Recipe::load`], and a change that is not `key=value`.
    pub fn load_with(path: &Path, changes: &[String]) -> Result<Recipe, TrainError> {
        let text =
            genrenet_files::read_text(path, RECIPE_BYTES).map_err(|e| TrainError::io(path, e))?;
        Recipe::parse(&text, &path.display().to_string(), changes)
    }

    /// Reads a recipe from text; `name` is quoted in messages.
    ///
    /// # Errors
    /// As [`Recipe::load_with`].
    pub fn parse(text: &str, name: &str, changes: &[String]) -> Result<Recipe, TrainError> {
        let wrong = |message: String, source: Option<Cause>| TrainError::Recipe {
            path: name.to_string(),
            message: message.trim_end().to_string(),
            source,
        };
        let not_toml = |e: toml::de::Error| wrong(toml_fault(text, &e), Some(e.into()));
        // Parsed as it stands first, so that messages quote the file's own lines.
        if changes.is_empty() {
            let recipe = read(text).map_err(not_toml)?;
            recipe.check()?;
            return Ok(recipe);
        }
        let own = read(text);
        let table: Table = toml::from_str(text).map_err(not_toml)?;
        let mut table = old_names::table(table);
        // What was wrong after each change: the first change after which an error appears is the one to blame.
        let mut faults = Vec::new();
        let mut recipe = own.as_ref().ok().cloned();
        for change in changes {
            apply(&mut table, change).map_err(|source| TrainError::Change {
                path: name.to_owned(),
                change: change.clone(),
                source,
            })?;
            let changed =
                toml::to_string(&table).map_err(|e| wrong(e.to_string(), Some(e.into())))?;
            recipe = match toml::from_str(&changed) {
                Ok(recipe) => Some(recipe),
                Err(error) => {
                    faults.push((error, change));
                    None
                }
            };
        }
        let Some(recipe) = recipe else {
            let last = faults
                .last()
                .map(|(error, _)| toml_reason(error))
                .unwrap_or_default();
            return Err(match own {
                // The line of the file itself: that of the changed text is in no file.
                Err(error) if toml_reason(&error) == last => not_toml(error),
                _ => {
                    let by = faults
                        .into_iter()
                        .find(|(error, _)| toml_reason(error) == last);
                    let (error, change) = by.unzip();
                    let change = change.map(String::as_str).unwrap_or_default();
                    wrong(format!("--set {change}: {last}"), error.map(Cause::from))
                }
            });
        };
        recipe.check()?;
        Ok(recipe)
    }

    /// The recipe for folders of people's own music (`configs/own-music.toml`), with changes as in [`Recipe::load_with`].
    ///
    /// # Errors
    /// As [`Recipe::load_with`].
    pub fn own_music(changes: &[String]) -> Result<Recipe, TrainError> {
        let text = include_str!("../../own-music.toml");
        Recipe::parse(text, "configs/own-music.toml", changes)
    }

    /// The recipe of a head for folders with a few songs of each genre (`configs/few-songs.toml`), with changes as in
    /// [`Recipe::load_with`].
    ///
    /// # Errors
    /// As [`Recipe::load_with`].
    pub fn few_songs(changes: &[String]) -> Result<Recipe, TrainError> {
        let text = include_str!("../../few-songs.toml");
        Recipe::parse(text, "configs/few-songs.toml", changes)
    }

    /// The recipe with one more change.
    ///
    /// # Errors
    /// As [`Recipe::load_with`].
    pub fn set(&self, change: &str) -> Result<Recipe, TrainError> {
        Recipe::parse(&self.to_toml()?, &self.name, &[change.to_string()])
    }

    /// The recipe as TOML, every value spelled out.
    ///
    /// # Errors
    /// None that a recipe which was read can cause.
    pub fn to_toml(&self) -> Result<String, TrainError> {
        toml::to_string(self).map_err(|e| TrainError::Recipe {
            path: self.name.clone(),
            message: e.to_string(),
            source: Some(e.into()),
        })
    }
}

/// Reads a recipe; removed keys are ignored where they have no effect.
fn read(text: &str) -> Result<Recipe, toml::de::Error> {
    toml::from_str(text).or_else(|error| {
        let current = toml::from_str(text).map(old_names::table);
        current.and_then(Table::try_into).map_err(|_| error)
    })
}

/// Makes one `key=value` change.
fn apply(table: &mut Table, change: &str) -> Result<(), ChangeError> {
    let (key, value) = change
        .split_once('=')
        .filter(|(key, _)| !key.trim().is_empty())
        .ok_or(ChangeError::NoKey)?;
    let key = old_names::key(key.trim());
    set(table, "", &key, parse_value(value.trim()))
}

/// A value as TOML writes it; what is not TOML is a string.
fn parse_value(text: &str) -> Value {
    toml::from_str::<Table>(&format!("value = {text}"))
        .ok()
        .and_then(|mut table| table.remove("value"))
        .unwrap_or_else(|| Value::String(text.to_string()))
}

/// Sets the dotted key `key` of the table at `path`; numbers index lists, missing tables are made.
fn set(table: &mut Table, path: &str, key: &str, value: Value) -> Result<(), ChangeError> {
    match key.split_once('.') {
        None => {
            table.insert(key.to_owned(), value);
            Ok(())
        }
        Some((first, rest)) => {
            let below = table
                .entry(first)
                .or_insert_with(|| Value::Table(Table::new()));
            set_below(below, &joined(path, first), rest, value)
        }
    }
}

/// Sets the dotted key `key` of the table or list at `path`.
fn set_below(here: &mut Value, path: &str, key: &str, value: Value) -> Result<(), ChangeError> {
    match here {
        Value::Table(table) => set(table, path, key, value),
        Value::Array(list) => {
            let (index, rest) = match key.split_once('.') {
                Some((index, rest)) => (index, Some(rest)),
                None => (key, None),
            };
            let length = list.len();
            let element = index.parse().ok().and_then(|at: usize| list.get_mut(at));
            let element = element.ok_or_else(|| ChangeError::Index {
                list: path.to_owned(),
                found: index.to_owned(),
                length,
            })?;
            match rest {
                Some(rest) => set_below(element, &joined(path, index), rest, value),
                None => {
                    *element = value;
                    Ok(())
                }
            }
        }
        other => Err(ChangeError::NotATable {
            key: path.to_owned(),
            found: other.to_string(),
        }),
    }
}

/// A key below the one at `path`, in dotted form.
fn joined(path: &str, key: &str) -> String {
    match path {
        "" => key.to_owned(),
        _ => format!("{path}.{key}"),
    }
}
