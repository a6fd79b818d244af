//! A file restored as a journal says that it was.

use std::path::Path;

use super::error::PlanError;
use super::journal::Record;
use super::rewrite::rewrite;
use super::song_file::content_digest;

/// What was done with a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Restored {
    /// It is the one from before again.
    Before,
    /// It was the one from before already: the change was never made, or undone.
    Already,
}

/// Restores the file at `path`: its SHA-256 is then the one from before.
///
/// # Errors
/// A file that changed since; the system's error. The file is then as it was.
pub fn undo(path: &Path, record: &Record) -> Result<Restored, PlanError> {
    let mut file = genrenet_files::open(path)?;
    let found = content_digest(&mut file)?;
    if found == record.before {
        return Ok(Restored::Already);
    }
    if found != record.after {
        return Err(PlanError::Changed(format!(
            "expected the file as it was tagged (SHA-256 {:.12}…), found it changed since ({found:.12}…)",
            record.after
        )));
    }
    let splices = record
        .undo
        .iter()
        .map(super::journal::UndoSplice::to_splice);
    let splices: Vec<_> = splices
        .collect::<Result<_, _>>()
        .map_err(PlanError::Verification)?;
    rewrite(path, file, &splices, |_, _, digest| {
        match digest == record.before {
            true => Ok(()),
            false => Err(PlanError::Verification(format!(
                "SHA-256 {:.12}… expected, {digest:.12}… found",
                record.before
            ))),
        }
    })?;
    Ok(Restored::Before)
}
