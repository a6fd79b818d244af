//! Reading a recipe, with changes from the command line.

use std::path::Path;

use genrenet_model::{toml_fault, toml_reason};
use toml::{Table, Value};

use super::{Recipe, old_names};
use crate::error::TrainError;

/// Most bytes of a recipe: a thousand layers take a tenth of it.
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
        let wrong = |message: String| TrainError::Recipe {
            path: name.to_string(),
            message: message.trim_end().to_string(),
        };
        // Parsed as it stands first, so that messages quote the file's own lines.
        if changes.is_empty() {
            let recipe: Recipe = toml::from_str(text).map_err(|e| wrong(toml_fault(text, &e)))?;
            recipe.check()?;
            return Ok(recipe);
        }
        let own: Result<Recipe, toml::de::Error> = toml::from_str(text);
        let table: Table = toml::from_str(text).map_err(|e| wrong(toml_fault(text, &e)))?;
        let mut table = old_names::table(table);
        // What was wrong after each change: a fault is that of the first one after which it is there.
        let mut faults = Vec::new();
        let mut recipe = own.as_ref().ok().cloned();
        for change in changes {
            let (key, value) = change
                .split_once('=')
                .filter(|(key, _)| !key.trim().is_empty())
                .ok_or_else(|| wrong(format!("--set {change}: expected key=value")))?;
            set(
                &mut table,
                &old_names::key(key.trim()),
                parse_value(value.trim()),
            )
            .map_err(|reason| wrong(format!("--set {change}: {reason}")))?;
            let changed = toml::to_string(&table).map_err(|e| wrong(e.to_string()))?;
            recipe = match toml::from_str(&changed) {
                Ok(recipe) => Some(recipe),
                Err(error) => {
                    faults.push((toml_reason(&error), change));
                    None
                }
            };
        }
        let Some(recipe) = recipe else {
            let last = faults
                .last()
                .map(|(reason, _)| reason.clone())
                .unwrap_or_default();
            return Err(wrong(match own {
                // The line of the file itself: that of the changed text is in no file.
                Err(error) if toml_reason(&error) == last => toml_fault(text, &error),
                _ => {
                    let by = faults.iter().find(|(reason, _)| *reason == last);
                    let change = by.map(|(_, change)| change.as_str()).unwrap_or_default();
                    format!("--set {change}: {last}")
                }
            }));
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
        })
    }
}

/// A value as TOML writes it; what is not TOML is a string.
fn parse_value(text: &str) -> Value {
    toml::from_str::<Table>(&format!("value = {text}"))
        .ok()
        .and_then(|mut table| table.remove("value"))
        .unwrap_or_else(|| Value::String(text.to_string()))
}

/// Sets a dotted key; numbers index arrays, missing tables are made.
fn set(table: &mut Table, key: &str, value: Value) -> Result<(), String> {
    let parts: Vec<&str> = key.split('.').collect();
    let Some((first, rest)) = parts.split_first() else {
        return Err("no key".into());
    };
    if rest.is_empty() {
        table.insert((*first).to_string(), value);
        return Ok(());
    }
    let mut here = table
        .entry((*first).to_string())
        .or_insert_with(|| Value::Table(Table::new()));
    for (depth, part) in rest.iter().enumerate() {
        let last = depth + 1 == rest.len();
        here = match here {
            Value::Table(inner) if last => {
                inner.insert((*part).to_string(), value);
                return Ok(());
            }
            Value::Table(inner) => inner
                .entry((*part).to_string())
                .or_insert_with(|| Value::Table(Table::new())),
            Value::Array(list) => {
                let count = list.len();
                let slot = part
                    .parse::<usize>()
                    .ok()
                    .and_then(|index| list.get_mut(index))
                    .ok_or_else(|| {
                        format!("`{part}` is not one of the {count} places of that list")
                    })?;
                if last {
                    *slot = value;
                    return Ok(());
                }
                slot
            }
            other => {
                return Err(format!(
                    "`{}` is the value {other}, it has no keys",
                    parts[..=depth].join(".")
                ));
            }
        };
    }
    Ok(())
}
