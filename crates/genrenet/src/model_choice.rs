//! `--model`: a model inside the program by name, a bundle's folder, or a run's folder.

use std::path::Path;

use genrenet::model::Bundle;
use genrenet::shipped;

use crate::exit::Failure;

/// Loads the model that `choice` names; the default one if nothing is named.
///
/// A name of a model inside the program goes before a folder of the same name (write `./fma8` for the folder).
pub fn load(choice: Option<&str>) -> Result<Bundle, Failure> {
    let choice = choice.unwrap_or(shipped::DEFAULT);
    Ok(shipped::open(Path::new(choice))?)
}
