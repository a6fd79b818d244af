//! The models that lie inside the program.

use std::path::Path;

use crate::model::{Bundle, ModelError};

/// A model inside the program.
struct Shipped {
    name: &'static str,
    description: &'static str,
    weights: &'static [u8],
    learned_rows: &'static [u8],
}

macro_rules! shipped {
    ($name:literal) => {
        Shipped {
            name: $name,
            description: include_str!(concat!("../../../models/", $name, "/model.toml")),
            weights: include_bytes!(concat!("../../../models/", $name, "/weights.safetensors")),
            learned_rows: include_bytes!(concat!("../../../models/", $name, "/learned_rows.bin")),
        }
    };
}

/// The default one first. A static, as a constant is copied into each part of the program that names it.
static ALL: [Shipped; 3] = [
    shipped!("fma8"),
    shipped!("gtzan10"),
    shipped!("echonest12"),
];

/// The name of the model that is used where none is named.
pub const DEFAULT: &str = "fma8";

/// The names that [`load`] knows, the default one first.
pub fn names() -> impl Iterator<Item = &'static str> {
    ALL.iter().map(|shipped| shipped.name)
}

/// Whether a model of this name lies inside the program.
pub fn knows(name: &str) -> bool {
    names().any(|known| known == name)
}

/// The model of this name.
///
/// # Errors
/// A name that is not known, with those that are.
pub fn load(name: &str) -> Result<Bundle, ModelError> {
    let shipped = ALL
        .iter()
        .find(|shipped| shipped.name == name)
        .ok_or_else(|| ModelError::Value {
            key: "model".to_owned(),
            found: name.to_owned(),
            expected: format!(
                "one of {}, or the folder of a bundle",
                names().collect::<Vec<_>>().join(", ")
            ),
        })?;
    Bundle::compiled_in(shipped.description, shipped.weights, shipped.learned_rows)
}

/// The model of this name, or else the bundle in this folder or in that of a run: whatever a command or a recipe may name.
///
/// The name of a model inside the program goes before a folder of the same name (`./fma8` is the folder).
///
/// # Errors
/// What is none of these, with what was found there; a bundle that can't be read.
pub fn open(name_or_folder: &Path) -> Result<Bundle, ModelError> {
    if let Some(name) = name_or_folder.to_str().filter(|name| knows(name)) {
        return load(name);
    }
    Bundle::load(name_or_folder).map_err(|error| match error {
        ModelError::NoBundle {
            path,
            expected,
            found,
        } => ModelError::NoBundle {
            path,
            expected: format!(
                "{expected}, or one of the models inside the program ({})",
                names().collect::<Vec<_>>().join(", ")
            ),
            found,
        },
        other => other,
    })
}

/// The size in bytes of the model of this name; 0 for a name that is not known.
pub fn bytes(name: &str) -> usize {
    ALL.iter()
        .find(|shipped| shipped.name == name)
        .map_or(0, |shipped| {
            shipped.description.len() + shipped.weights.len()
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is not checked at each start is checked here.
    #[test]
    fn shipped_models_have_the_check_sums_that_they_name() {
        for shipped in &ALL {
            if let Err(error) =
                Bundle::load_bytes(shipped.description, shipped.weights, shipped.learned_rows)
            {
                panic!("{}: {error}", shipped.name);
            }
        }
    }
}
