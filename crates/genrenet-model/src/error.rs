//! Errors of bundles and of their inputs.

use genrenet_audio::AudioError;
use genrenet_nn::NnError;
use genrenet_text::short_number;

/// What was wrong with a file, as the library that reads it says.
pub type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Why a bundle could not be read, written or used. The path is in the message where there is one.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ModelError {
    /// A file could not be read or written.
    #[error("{path}: {source}")]
    Io {
        /// The file or folder.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// A folder without a bundle.
    #[error("{path}: expected {expected}; found {found}")]
    NoBundle {
        /// The folder.
        path: String,
        /// What would have been right.
        expected: String,
        /// What is there.
        found: String,
    },
    /// `model.toml` is not TOML or has an unknown, missing or mistyped key.
    #[error("{path}: {message}")]
    Syntax {
        /// The file.
        path: String,
        /// The parser's message, which quotes the line.
        message: String,
        /// The parser's error.
        source: Cause,
    },
    /// An impossible value.
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
    #[error("weights.safetensors: {message}")]
    Weights {
        /// What is wrong.
        message: String,
        /// The error that says so, where the file can't be read as arrays.
        source: Option<Cause>,
    },
    /// The network can't be built or does not fit its weights.
    #[error("member {member}: {source}")]
    Network {
        /// The member's name.
        member: String,
        /// What the layers say.
        source: Box<NnError>,
    },
    /// An array has another shape than the network reads.
    #[error("input {input}: expected {expected}, found an array of shape {found:?}")]
    Shape {
        /// The input's name.
        input: String,
        /// The shape in words.
        expected: String,
        /// The shape found.
        found: Vec<usize>,
    },
    /// A row without the features that at least one member reads.
    #[error("the network reads {needs}, and the row has {has}")]
    MissingInput {
        /// The kinds of features that the members read.
        needs: String,
        /// The kinds of features of the row, or "none of its features".
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
    /// The network can't be written as ONNX.
    #[error("ONNX: {0}")]
    Onnx(String),
}

impl ModelError {
    /// An impossible front end, with the whole key of the setting (`front_end.log_mel.fmin`).
    pub fn of_front_end(error: AudioError) -> Self {
        match error {
            AudioError::Setting { key, value, reason } => {
                let expected = reason.strip_prefix("expected ").unwrap_or(&reason);
                ModelError::value(format!("front_end.{key}"), value, expected)
            }
            other => ModelError::value("front_end", other, "a front end that can be computed"),
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

    pub(crate) fn weights(message: impl Into<String>, source: Option<Cause>) -> Self {
        ModelError::Weights {
            message: message.into(),
            source,
        }
    }

    pub(crate) fn io(path: &std::path::Path, source: std::io::Error) -> Self {
        ModelError::Io {
            path: path.display().to_string(),
            source,
        }
    }
}
