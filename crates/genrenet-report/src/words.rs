//! Words of a picture that may be cut where there is no room for them.

/// What is shown, and all of it where that is not the whole: a pointer over the words shows the rest.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Words {
    /// As much as has room.
    pub(crate) shown: String,
    /// All of it, where `shown` is cut.
    pub(crate) whole: Option<String>,
}

impl<T: Into<String>> From<T> for Words {
    fn from(words: T) -> Words {
        Words {
            shown: words.into(),
            whole: None,
        }
    }
}
