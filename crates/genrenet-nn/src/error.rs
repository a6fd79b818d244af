//! What can be wrong with a description of a network, its inputs or its stored state.

/// An error of this crate; each names the place, what was expected and what was found.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NnError {
    /// An array, or one item of it, has another shape than the layer takes.
    #[error("{layer}: expected {expected}, found {found}")]
    Shape {
        /// Name of the layer (`branches.logmel.3 (conv)`).
        layer: String,
        /// What the layer takes.
        expected: String,
        /// What it received.
        found: String,
    },
    /// A layer's description has a value that it cannot have.
    #[error("{layer}: {key} = {value} is not possible: {reason}")]
    Spec {
        /// Name of the layer.
        layer: String,
        /// The key of its description.
        key: String,
        /// The value found there.
        value: String,
        /// The values that it can have.
        reason: String,
    },
    /// Stored weights do not belong to this network.
    #[error("state {name}: expected {expected}, found {found}")]
    State {
        /// Name of the array.
        name: String,
        /// What the network has under this name.
        expected: String,
        /// What was stored.
        found: String,
    },
    /// The batch has no array of the name that a branch reads.
    #[error("input {name:?} is missing; there are {found}")]
    Input {
        /// Name that the branch reads.
        name: String,
        /// Names that the batch has.
        found: String,
    },
}

impl NnError {
    /// A [`NnError::Shape`].
    pub fn shape(layer: impl Into<String>, expected: impl ToString, found: impl ToString) -> Self {
        Self::Shape {
            layer: layer.into(),
            expected: expected.to_string(),
            found: found.to_string(),
        }
    }

    /// A [`NnError::Spec`].
    pub fn spec(
        layer: impl Into<String>,
        key: impl Into<String>,
        value: impl ToString,
        reason: impl Into<String>,
    ) -> Self {
        Self::Spec {
            layer: layer.into(),
            key: key.into(),
            value: value.to_string(),
            reason: reason.into(),
        }
    }
}
