//! Opening the bundles that a recipe names.

use std::path::Path;

use genrenet_model::{Bundle, ModelError};

/// How the bundles that a recipe names are opened: from their folders, unless a program has others besides.
#[derive(Clone, Copy, Debug)]
pub struct OpenBundle(pub fn(&Path) -> Result<Bundle, ModelError>);

impl Default for OpenBundle {
    fn default() -> Self {
        OpenBundle(Bundle::load)
    }
}
