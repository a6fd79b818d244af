//! What can be wrong with a bundle or with what it is given.

use genrenet_audio::AudioError;
use genrenet_text::short_number;

/// Why a bundle could not be read, written or used. The path is in the message where there is one.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// A file could not be read or written.
    #[error("{path}: {source}")]
    Io {
        /// The file or folder.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// A folder that holds no bundle.
    #[error("{path}: expected {expected}; found {found}")]
    NoBundle {
        /// The folder.
        path: String,
        /// What would have been right.
        expected: String,
        /// What lies there.
        found: String,
    },
    /// `model.toml` is not TOML or has an unknown, missing or mistyped key.
    #[error("{path}: {message}")]
    Syntax {
        /// The file.
        path: String,
        /// The parser's message, which quotes the line.
        message: String,
    },
    /// A value that can't be.
    #[error("{key} = {found}: expected {expected}")]
    Value {
        /// The key in dotted form.
        key: String,
        /// The value that was found.
        found: String,
        /// What would have been right.
        expected: String,
    },
    /// The weights are not the ones that `model.toml` names.
    #[error(
        "{key} = {expected}: found {found} (the bundle was changed after it was saved, or is incomplete)"
    )]
    Checksum {
        /// `weights.sha256`, `weights.bytes` or `sha256`.
        key: String,
        /// What `model.toml` says.
        expected: String,
        /// What was found.
        found: String,
    },
    /// The weights file does not hold what the network needs.
    #[error("weights.safetensors: {0}")]
    Weights(String),
    /// The network can't be built or does not fit its weights.
    #[error("member {member}: {message}")]
    Network {
        /// The member's name.
        member: String,
        /// The layer library's message.
        message: String,
    },
    /// An array that is given has not the shape that the network hears.
    #[error("input {input}: expected {expected}, found an array of shape {found:?}")]
    Shape {
        /// The input's name.
        input: String,
        /// The shape in words.
        expected: String,
        /// The shape found.
        found: Vec<usize>,
    },
    /// Nothing that any member can read was given.
    #[error("the network needs {needs}, and only {has} is there")]
    MissingInput {
        /// The sources that the members need.
        needs: String,
        /// The sources at hand.
        has: String,
    },
    /// An input can't be fitted to the training rows.
    #[error("input {input}: {message}")]
    Fit {
        /// The input's name.
        input: String,
        /// Why.
        message: String,
    },
    /// The network has something that ONNX can't say here.
    #[error("ONNX: {0}")]
    Onnx(String),
}

impl ModelError {
    /// What can't be heard, with the whole key of the setting (`hears.log_mel.fmin`).
    pub fn of_hears(error: AudioError) -> Self {
        match error {
            AudioError::Setting { key, value, reason } => {
                let expected = reason.strip_prefix("expected ").unwrap_or(&reason);
                ModelError::value(format!("front_end.{key}"), value, expected)
            }
            other => ModelError::value("front_end", other, "what can be heard"),
        }
    }

    pub(crate) fn value(
        key: impl Into<String>,
        found: impl ToString,
        expected: impl Into<String>,
    ) -> Self {
        ModelError::Value {
            key: key.into(),
            found: short_number(found.to_string()),
            expected: expected.into(),
        }
    }

    pub(crate) fn io(path: &std::path::Path, source: std::io::Error) -> Self {
        ModelError::Io {
            path: path.display().to_string(),
            source,
        }
    }
}
