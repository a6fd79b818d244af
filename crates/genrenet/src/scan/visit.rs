//! What is to be done with a file that was found: nothing, where it is as it was.

use std::io::ErrorKind;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::Ordering;
use std::time::SystemTime;

use super::Counts;
use super::drives::Drives;
use crate::library::index::{FileState, Index, KnownFile};
use crate::{Error, Found};

/// What a thread is to do with a file.
pub(super) enum Job {
    /// It can't be read.
    Fault(PathBuf, Error),
    /// It was missing, and is as it was.
    Returned(PathBuf),
    /// It is as it was; its sound, of this row, is to be classified by another model.
    Reclassify(PathBuf, i64),
    /// It is new, or not as it was.
    Read(PathBuf, Option<Box<KnownFile>>),
}

/// Looks at files as they are found.
pub(super) struct Visit<'a> {
    pub index: &'a Index,
    /// The row of the model that is asked.
    pub model: i64,
    pub reclassify: bool,
    pub counts: &'a Counts,
    pub drives: &'a Mutex<Drives>,
}

impl Visit<'_> {
    /// `None` for a file that is as it was.
    pub fn job(&self, found: Found) -> Option<Job> {
        let path = match found {
            Ok(path) => path,
            Err((path, reason)) => {
                if let Ok(mut faulty) = self.counts.faulty.lock() {
                    faulty.push(path.clone());
                }
                return Some(Job::Fault(path, Error::Search(reason)));
            }
        };
        self.look(path.clone())
            .unwrap_or_else(|error| Some(Job::Fault(path, error)))
    }

    fn look(&self, path: PathBuf) -> Result<Option<Job>, Error> {
        let metadata = match std::fs::metadata(&path) {
            Ok(metadata) => metadata,
            Err(error) if error.kind() == ErrorKind::NotFound && !path.is_symlink() => {
                return Err(Error::Gone);
            }
            Err(error) => return Err(Error::Audio(error.into())),
        };
        if let Ok(mut drives) = self.drives.lock() {
            drives.see(&path, &metadata);
        }
        if cfg!(not(unix)) && path.to_str().is_none() {
            return Err(Error::Search("its name is not Unicode; rename it".into()));
        }
        let state = FileState::of(&metadata, SystemTime::now());
        let Some(known) = self.index.known(&path)? else {
            return Ok(Some(Job::Read(path, None)));
        };
        if !known.state.is_same(&state) {
            return Ok(Some(Job::Read(path, Some(Box::new(known)))));
        }
        if known.vanished {
            self.index.set_vanished(&[known.id], false)?;
            return Ok(Some(Job::Returned(path)));
        }
        match &known.error {
            Some(error) if error.kind == "io" || known.program != env!("CARGO_PKG_VERSION") => {
                Ok(Some(Job::Read(path, Some(Box::new(known)))))
            }
            Some(_) => {
                self.counts.failed_before.fetch_add(1, Ordering::Relaxed);
                Ok(None)
            }
            None => match (known.song, known.model) {
                // Killed between two steps of another program's version, or a row edited by hand.
                (None, _) | (_, None) => Ok(Some(Job::Read(path, Some(Box::new(known))))),
                (Some(song), Some(model)) if self.reclassify && model != self.model => {
                    Ok(Some(Job::Reclassify(path, song)))
                }
                _ => {
                    self.counts.unchanged.fetch_add(1, Ordering::Relaxed);
                    Ok(None)
                }
            },
        }
    }
}
