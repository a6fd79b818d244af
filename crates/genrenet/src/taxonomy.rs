//! A person's own genres in place of a model's: taxonomy files and presets.
//!
//! ```
//! let model = genrenet::shipped::load("wide")?;
//! let model = genrenet::taxonomy::regrouped(model, Some("simple".as_ref()))?;
//! assert_eq!(model.genres.len(), 10);
//! # Ok::<(), genrenet::Error>(())
//! ```

use std::path::Path;

#[doc(inline)]
pub use genrenet_library::taxonomy::{Mapped, OwnGenre, PRESETS, Taxonomy, TaxonomyError, starter};

use crate::Error;
use crate::model::Bundle;

/// The model with the genres of a taxonomy, a preset's name or a file: all that is predicted with it is in these genres. The model as it is where none is named.
///
/// # Errors
/// Those of [`Taxonomy::open`], [`Taxonomy::map_of`] and [`Bundle::regrouped`].
pub fn regrouped(model: Bundle, name_or_path: Option<&Path>) -> Result<Bundle, Error> {
    let Some(name_or_path) = name_or_path else {
        return Ok(model);
    };
    regrouped_by(model, &Taxonomy::open(name_or_path)?)
}

/// As [`regrouped`], for a taxonomy that is open.
///
/// # Errors
/// Those of [`Taxonomy::map_of`] and [`Bundle::regrouped`].
pub fn regrouped_by(model: Bundle, taxonomy: &Taxonomy) -> Result<Bundle, Error> {
    let mapped = taxonomy.map_of(&model)?;
    Ok(model.regrouped(mapped.map)?)
}
