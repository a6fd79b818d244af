//! Checking a copy of FMA or GTZAN against what is published: archives, counts, and faults that everybody's copy has.
//!
//! ```
//! let empty = std::env::temp_dir().join("genrenet-verify-example");
//! std::fs::create_dir_all(&empty)?;
//! let error = genrenet_data::verify::verify(&empty, false, &|_| {}).unwrap_err();
//! assert!(error.to_string().contains("expected FMA"));
//! # Ok::<(), std::io::Error>(())
//! ```

mod archives;
mod audio;
mod fma;
mod gtzan;

use std::path::Path;

use serde::Serialize;

use crate::error::DataError;

/// What was compared, and how it came out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    /// The file or folder, and what of it: `fma_small.zip: SHA-1`.
    pub subject: String,
    /// What is published.
    pub expected: String,
    /// What is there.
    pub found: String,
    /// How the two compare.
    pub state: State,
    /// The tracks or files concerned.
    pub names: Vec<String>,
}

/// How what is there compares with what is published.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// As published.
    Same,
    /// A fault that is published too.
    Known,
    /// Not as published.
    Different,
}

impl Check {
    /// A check of two texts that should be the same.
    fn compare(subject: impl Into<String>, expected: impl ToString, found: impl ToString) -> Check {
        let (expected, found) = (expected.to_string(), found.to_string());
        let same = expected == found;
        Check {
            subject: subject.into(),
            state: if same { State::Same } else { State::Different },
            expected,
            found,
            names: Vec::new(),
        }
    }

    /// Tracks or files of which there should be none, or that are known; `None` where there are none.
    fn listed(subject: impl Into<String>, state: State, names: Vec<String>) -> Option<Check> {
        let expected = match state {
            State::Known => names.len().to_string(),
            _ => "0".to_owned(),
        };
        (!names.is_empty()).then(|| Check {
            subject: subject.into(),
            expected,
            found: names.len().to_string(),
            state,
            names,
        })
    }
}

/// Checks what a folder holds of FMA (archives, `fma_metadata`, folders of audio files) and of GTZAN (its archive, its genre
/// folders). Parts that are not there are not missed. Every file's header is read; with `decode`, every file is decoded. `tell` is
/// called with what is looked at next, as checksums and decoding take minutes.
///
/// # Errors
/// If the folder can't be read or holds nothing of either.
pub fn verify(folder: &Path, decode: bool, tell: &dyn Fn(&str)) -> Result<Vec<Check>, DataError> {
    std::fs::read_dir(folder).map_err(DataError::io(folder))?;
    let mut checks = archives::verify(folder, tell)?;
    checks.extend(fma::verify(folder, decode, tell)?);
    checks.extend(gtzan::verify(folder, decode, tell));
    if checks.is_empty() {
        return Err(DataError::NothingToVerify {
            path: folder.to_path_buf(),
        });
    }
    Ok(checks)
}
