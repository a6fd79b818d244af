//! `--model`: a model inside the program by name, a bundle's folder, or a run's folder.

use std::path::Path;

use genrenet::model::Bundle;
use genrenet::shipped;

use crate::exit::Failure;

/// Loads the model that `choice` names; the default one if nothing is named.
///
/// A name of a model inside the program goes before a folder of the same name (write `./fma8` for the folder).
pub fn load(choice: Option<&str>) -> Result<Bundle, Failure> {
    let name = choice.unwrap_or(shipped::DEFAULT);
    if shipped::knows(name) {
        return Ok(shipped::load(name)?);
    }
    let path = Path::new(name);
    let run = path.join("bundle");
    if run.join("model.toml").is_file() {
        return Ok(Bundle::load(&run)?);
    }
    if path.is_dir() {
        return Ok(Bundle::load(path)?);
    }
    let known = shipped::names().collect::<Vec<_>>().join(", ");
    Err(Failure::new(format!(
        "--model {name}: expected the folder of a bundle or of a run, or one of {known}; found no such folder"
    )))
}
