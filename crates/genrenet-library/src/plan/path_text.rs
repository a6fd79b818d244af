//! Paths in JSON, whose strings can't hold every file name.

use std::path::{Path, PathBuf};

use genrenet_text::{path_text, percent};
use serde::{Deserialize, Serialize};

/// A path as JSON: as text, and percent-encoded beside it where it is not UTF-8.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PathText {
    path: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    path_bytes: Option<String>,
}

impl From<&Path> for PathText {
    fn from(path: &Path) -> PathText {
        PathText {
            path: path_text(path).into_owned(),
            path_bytes: percent(path),
        }
    }
}

impl PathText {
    /// The path.
    ///
    /// # Errors
    /// Bytes that are no percent-encoding, or that can't be a path on this system.
    pub fn to_path(&self) -> Result<PathBuf, String> {
        match &self.path_bytes {
            None => Ok(PathBuf::from(&self.path)),
            Some(text) => decoded(text).and_then(of_bytes).ok_or_else(|| {
                format!(
                    "path_bytes: expected a percent-encoded path of this system, found {text:?}"
                )
            }),
        }
    }
}

fn decoded(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let pair = [rest.next()?, rest.next()?];
                u8::from_str_radix(std::str::from_utf8(&pair).ok()?, 16).ok()?
            }
            byte => byte,
        });
    }
    Some(bytes)
}

#[cfg(unix)]
fn of_bytes(bytes: Vec<u8>) -> Option<PathBuf> {
    use std::os::unix::ffi::OsStringExt;
    Some(std::ffi::OsString::from_vec(bytes).into())
}

/// A path that is no UTF-8 has unpaired surrogates here, which no safe call accepts.
#[cfg(not(unix))]
fn of_bytes(bytes: Vec<u8>) -> Option<PathBuf> {
    String::from_utf8(bytes).ok().map(PathBuf::from)
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::ffi::OsStringExt;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_path_returns(bytes in prop::collection::vec(1u8.., 1..40)) {
            let path = PathBuf::from(std::ffi::OsString::from_vec(bytes));
            let json = serde_json::to_string(&PathText::from(&*path)).unwrap();
            let back: PathText = serde_json::from_str(&json).unwrap();
            prop_assert_eq!(back.to_path().unwrap(), path);
        }
    }
}
