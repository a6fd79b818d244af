//! The built-in models, one feature each.

use std::path::Path;

use genrenet_models::Model;
use serde_json::{Value, json};

use crate::model::{Bundle, ModelError};

/// The name of the model that is used where none is named.
pub const DEFAULT: &str = "wide";

/// The names that [`load`] accepts, the default one first.
pub fn names() -> impl Iterator<Item = &'static str> {
    genrenet_models::all().iter().map(|model| model.name)
}

/// Whether there is a built-in model of this name.
pub fn contains(name: &str) -> bool {
    names().any(|known| known == name)
}

fn find(name: &str) -> Option<&'static Model> {
    genrenet_models::all()
        .iter()
        .find(|model| model.name == name)
}

/// The model of this name.
///
/// # Errors
/// A name that is not known, with those that are.
pub fn load(name: &str) -> Result<Bundle, ModelError> {
    let Model {
        description,
        weights,
        learned_rows,
        ..
    } = find(name).ok_or_else(|| {
        let known = names().collect::<Vec<_>>().join(", ");
        absent(name).unwrap_or_else(|| ModelError::Value {
            key: "model".to_owned(),
            found: name.to_owned(),
            expected: format!("one of {known}, or the folder of a bundle"),
        })
    })?;
    Bundle::compiled_in(description, weights, learned_rows)
}

/// Why a model of the repository is not built in: the feature that brings it is off. `None` for any other name.
pub fn absent(name: &str) -> Option<ModelError> {
    let known = genrenet_models::NAMES.contains(&name) && !contains(name);
    known.then(|| ModelError::Value {
        key: "model".to_owned(),
        found: name.to_owned(),
        expected: format!(
            "one of {}, or the folder of a bundle: this build is without the cargo feature `{name}`, which brings that model",
            names().collect::<Vec<_>>().join(", ")
        ),
    })
}

/// The model of this name, or else the bundle in this folder or in that of a run: whatever a command or a recipe may name.
///
/// A built-in model goes before a folder of the same name (`./fma8` is the folder).
///
/// # Errors
/// What is none of these, with what was found there; a bundle that can't be read.
pub fn open(name_or_folder: &Path) -> Result<Bundle, ModelError> {
    if let Some(name) = name_or_folder.to_str().filter(|name| contains(name)) {
        return load(name);
    }
    Bundle::load(name_or_folder).map_err(|error| match error {
        ModelError::NoBundle {
            path,
            expected,
            found,
        } => name_or_folder
            .to_str()
            .and_then(absent)
            .unwrap_or_else(|| ModelError::NoBundle {
                path,
                expected: format!(
                    "{expected}, or a built-in model ({})",
                    names().collect::<Vec<_>>().join(", ")
                ),
                found,
            }),
        other => other,
    })
}

/// As [`open`]; [`DEFAULT`] where nothing is named.
///
/// # Errors
/// As [`open`].
pub fn open_or_default(name_or_folder: Option<&str>) -> Result<Bundle, ModelError> {
    open(Path::new(name_or_folder.unwrap_or(DEFAULT)))
}

/// The size in bytes of the model of this name; 0 for a name that is not known.
pub fn bytes(name: &str) -> usize {
    find(name).map_or(0, |model| model.description.len() + model.weights.len())
}

/// What a model is, as JSON: `model` (the name by which it is asked for), `model_version`, whether it is the `default`, what it `reads` (`audio` or
/// `tables`, and of these which `columns`), `genres`, `parents`, `attributes`, `license`, `networks`, `weights`, and the `bytes` of a built-in one.
pub fn to_json(name: &str, model: &Bundle) -> Value {
    let attributes: Vec<&str> = model.attributes().iter().map(|a| &*a.name).collect();
    json!({
        "model": name,
        "model_version": model.card.version,
        "default": name == DEFAULT,
        "reads": match model.front_end { Some(_) => "audio", None => "tables" },
        "columns": model.columns(),
        "genres": model.genres,
        "parents": model.parents,
        "attributes": attributes,
        "license": model.card.license,
        "networks": model.members.len(),
        "weights": model.weights(),
        "bytes": bytes(name),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is not checked at each start is checked here.
    #[test]
    fn shipped_models_have_the_check_sums_that_they_name() {
        for model in genrenet_models::all() {
            let loaded = Bundle::load_bytes(model.description, model.weights, model.learned_rows);
            if let Err(error) = loaded {
                panic!("{}: {error}", model.name);
            }
        }
    }
}
