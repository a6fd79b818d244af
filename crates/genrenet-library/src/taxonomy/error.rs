//! What is wrong with a taxonomy.

/// Why a taxonomy can't be read or used; the text begins with the file's name.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TaxonomyError {
    /// The system's error, or a file that is too large.
    #[error("{name}: {source}")]
    Io {
        /// The file as it was given.
        name: String,
        /// The error.
        source: std::io::Error,
    },
    /// Neither a file nor a preset.
    #[error(
        "{name}: expected a taxonomy file or one of the presets {presets}, found no file of this name"
    )]
    NotThere {
        /// What was given.
        name: String,
        /// The presets.
        presets: String,
    },
    /// No TOML, or a value that can't be.
    #[error("{name}: {reason}")]
    Value {
        /// The file as it was given.
        name: String,
        /// Line, key, what was expected and what was found.
        reason: String,
    },
}
