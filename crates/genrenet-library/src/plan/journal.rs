//! What was written, as far as it is needed to restore every file byte for byte.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use etcetera::BaseStrategy;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::entry::{Lines, version_checked};
use super::error::PlanError;
use super::path_text::PathText;
use crate::tags::Splice;

/// Version of journals.
pub const JOURNAL_SCHEMA: u32 = 1;

const SUFFIX: &str = "jsonl";
const UNDONE: &str = "undone";

/// A journal that is written.
pub struct Journal {
    path: PathBuf,
    /// Lines must not mix.
    writing: Mutex<()>,
}

/// One file that was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// Where it is; absolute.
    #[serde(flatten)]
    pub path: PathText,
    /// SHA-256 of the file before, in hexadecimal.
    pub before: String,
    /// SHA-256 of the file as written.
    pub after: String,
    /// Its length as written.
    pub size: u64,
    /// What restores it.
    pub undo: Vec<UndoSplice>,
}

/// A splice as JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UndoSplice {
    at: u64,
    remove: u64,
    /// Base64.
    insert: String,
}

impl From<Splice> for UndoSplice {
    fn from(splice: Splice) -> UndoSplice {
        UndoSplice {
            at: splice.at,
            remove: splice.remove,
            insert: BASE64_STANDARD.encode(splice.insert),
        }
    }
}

impl UndoSplice {
    pub(crate) fn to_splice(&self) -> Result<Splice, String> {
        Ok(Splice {
            at: self.at,
            remove: self.remove,
            insert: BASE64_STANDARD
                .decode(&self.insert)
                .map_err(|error| format!("insert: expected base64: {error}"))?,
        })
    }
}

impl Journal {
    /// Begins a journal at `path`, or in the [usual folder](journal_folder) under the time of now.
    ///
    /// # Errors
    /// A file of that name; a folder that can't be written.
    pub fn create(path: Option<PathBuf>) -> Result<Journal, PlanError> {
        let now = jiff::Timestamp::now();
        let path = match path {
            Some(path) => path,
            None => {
                let time = now.strftime("%Y-%m-%dT%H-%M-%S%.3fZ").to_string();
                let name = format!("{time}-{}.{SUFFIX}", std::process::id());
                journal_folder()
                    .map(|folder| folder.join(name))
                    .ok_or_else(|| PlanError::Journal {
                        path: "genrenet/journals".into(),
                        source: io::Error::new(
                            io::ErrorKind::NotFound,
                            "expected a home folder, found none: name a journal",
                        ),
                    })?
            }
        };
        let fault = |source| PlanError::Journal {
            path: genrenet_text::visible_path(&path),
            source,
        };
        if path.symlink_metadata().is_ok() {
            let error = io::Error::new(
                io::ErrorKind::AlreadyExists,
                "expected a new name, found a file there",
            );
            return Err(fault(error));
        }
        if let Some(folder) = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty())
        {
            std::fs::create_dir_all(folder).map_err(fault)?;
        }
        let header = json!({"genrenet_journal": JOURNAL_SCHEMA, "made": now.to_string()});
        genrenet_files::append(&path, format!("{header}\n").as_bytes()).map_err(fault)?;
        Ok(Journal {
            path,
            writing: Mutex::new(()),
        })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Adds a record and brings it to the disk: before the file is replaced.
    pub(crate) fn add(&self, record: &Record) -> Result<(), PlanError> {
        let fault = |source| PlanError::Journal {
            path: genrenet_text::visible_path(&self.path),
            source,
        };
        let line = serde_json::to_string(record).map_err(|error| fault(error.into()))?;
        let _one = self
            .writing
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        genrenet_files::append(&self.path, format!("{line}\n").as_bytes()).map_err(fault)
    }

    /// Removes a journal of nothing.
    ///
    /// # Errors
    /// The system's error.
    pub fn remove(self) -> io::Result<()> {
        std::fs::remove_file(self.path)
    }
}

/// The usual folder of journals: `$GENRENET_JOURNALS`, or `genrenet/journals` in the system's folder for data.
pub fn journal_folder() -> Option<PathBuf> {
    match std::env::var_os("GENRENET_JOURNALS") {
        Some(folder) if !folder.is_empty() => Some(folder.into()),
        _ => {
            let system = etcetera::base_strategy::choose_native_strategy().ok()?;
            Some(system.data_dir().join("genrenet").join("journals"))
        }
    }
}

/// The newest journal of the usual folder that was not undone.
///
/// # Errors
/// The system's error; no such journal.
pub fn latest() -> io::Result<PathBuf> {
    let none = || {
        io::Error::new(
            io::ErrorKind::NotFound,
            "expected a journal that was not undone, found none",
        )
    };
    let folder = journal_folder().ok_or_else(none)?;
    let entries = match std::fs::read_dir(&folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(none()),
        entries => entries?,
    };
    let journals = entries.flatten().map(|entry| entry.path());
    let journals = journals.filter(|path| path.extension().is_some_and(|suffix| suffix == SUFFIX));
    let mut journals: Vec<PathBuf> = journals.collect();
    journals.sort_unstable();
    // One without a record is of a run that was killed before it wrote anything.
    let empty = |path: &PathBuf| read_journal(path).is_ok_and(|records| records.is_empty());
    journals
        .into_iter()
        .rev()
        .find(|path| !empty(path))
        .ok_or_else(none)
}

/// Marks a journal of the usual folder as undone, so that the next `latest` is the one before.
///
/// # Errors
/// The system's error.
pub fn set_undone(path: &Path) -> io::Result<()> {
    match journal_folder().is_some_and(|folder| path.parent() == Some(&folder)) {
        true => genrenet_files::rename(path, &path.with_extension(UNDONE)),
        false => Ok(()),
    }
}

/// Reads a journal. A last line that a kill has cut is left out: its file was not replaced yet.
///
/// # Errors
/// [`PlanError::Line`] for a line that is no record of this version.
pub fn read_journal(path: &Path) -> Result<Vec<Record>, PlanError> {
    let mut records = Vec::new();
    for (number, text) in (1..).zip(Lines::of(genrenet_files::open(path)?)) {
        let text = text?;
        let at = |reason| PlanError::Line {
            line: number,
            reason,
        };
        if number == 1 {
            version_checked(&text, "genrenet_journal", JOURNAL_SCHEMA).map_err(at)?;
        } else if text.ends_with('\n') {
            records.push(serde_json::from_str(&text).map_err(|error| at(error.to_string()))?);
        }
    }
    match records.is_empty() && std::fs::metadata(path)?.len() == 0 {
        true => Err(PlanError::Line {
            line: 1,
            reason: "expected a journal, found an empty file".into(),
        }),
        false => Ok(records),
    }
}
