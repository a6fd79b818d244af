//! A journal, undone.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use genrenet::Songs;
use genrenet::library::plan::{
    PlanError, Record, Restored, find_by_content, latest, read_journal, set_undone, undo,
};
use genrenet_text::{counted, visible_path};

use super::Tag;
use crate::exit::{CommandResult, Failure, Outcome};
use crate::output::{Page, tell, warn};
use crate::progress::Progress;

pub(super) fn run(journal: &Path, arguments: &Tag) -> CommandResult {
    let journal = match journal.as_os_str() == "last" {
        true => latest()?,
        false => journal.to_path_buf(),
    };
    let named = |error: &dyn std::fmt::Display| {
        Failure::new(format!("{}: {error}", visible_path(&journal)))
    };
    let records = read_journal(&journal).map_err(|error| named(&error))?;
    let paths = records.iter().enumerate().map(|(i, record)| {
        // The header is the first line.
        record
            .path
            .to_path()
            .map_err(|error| named(&format!("line {}: {error}", i + 2)))
    });
    let mut paths: Vec<PathBuf> = paths.collect::<Result<_, _>>()?;
    find_moved(&mut paths, &records, &arguments.paths);
    let progress = Progress::over("files", Some(records.len() as u64));
    let mut page = Page::summary();
    let (mut restored, mut already, mut failed) = (0, 0, 0);
    // The last change first: a file may have been changed twice.
    for (path, record) in paths.iter().zip(&records).rev() {
        progress.now(visible_path(path));
        match undo(path, record) {
            Ok(Restored::Before) => {
                restored += 1;
                page.line(format!("{}: restored", visible_path(path)));
            }
            Ok(Restored::Already) => already += 1,
            Err(error) => {
                failed += 1;
                warn_of(path, &error);
            }
        }
        progress.one_more();
    }
    drop(progress);
    let counts = [
        (restored, "restored"),
        (already, "as before already"),
        (failed, "failed"),
    ];
    let counts = counts.iter().filter(|(count, _)| *count > 0);
    let counts: Vec<String> = counts
        .map(|(count, what)| format!("{count} {what}"))
        .collect();
    match counts.is_empty() {
        true => tell("the journal names no files: nothing was written"),
        false => tell(format!(
            "{}: {}",
            counted(records.len(), "file", "files"),
            counts.join(", ")
        )),
    }
    if failed == 0 {
        set_undone(&journal).map_err(|error| named(&error))?;
    }
    page.end(match (restored + already, failed) {
        (_, 0) => Outcome::Done,
        (0, _) => Outcome::NothingDone,
        _ => Outcome::SomeFailed,
    })
}

/// Looks for files that are not where they were tagged.
fn find_moved(paths: &mut [PathBuf], records: &[Record], given: &[PathBuf]) {
    let missing = || paths.iter().zip(records).filter(|(path, _)| !path.exists());
    let wanted: Vec<(u64, &str)> = missing()
        .map(|(_, record)| (record.size, record.after.as_str()))
        .collect();
    if wanted.is_empty() {
        return;
    }
    let candidates = places(given, missing().map(|(path, _)| path.as_path()));
    let found = find_by_content(
        &wanted,
        Songs::new(candidates, std::io::empty()).filter_map(Result::ok),
    );
    for (path, record) in paths
        .iter_mut()
        .zip(records)
        .filter(|(path, _)| !path.exists())
    {
        if let Some(new) = found.get(&record.after) {
            tell(format!(
                "{} is now {}",
                visible_path(path),
                visible_path(new)
            ));
            *path = new.clone();
        }
    }
}

/// Where files that are missing are looked for: the paths given, or the folders where they were, as far as these are there.
pub(super) fn places<'a>(
    given: &[PathBuf],
    missing: impl Iterator<Item = &'a Path>,
) -> Vec<PathBuf> {
    match given.is_empty() {
        false => given.to_vec(),
        true => {
            let folders: BTreeSet<&Path> = missing
                .filter_map(Path::parent)
                .filter(|folder| folder.is_dir())
                .collect();
            folders.into_iter().map(Path::to_path_buf).collect()
        }
    }
}

/// Says what is wrong with a file, and how one that was moved is found.
pub(super) fn warn_of(path: &Path, error: &PlanError) {
    match path.symlink_metadata().is_ok() {
        true => warn(path, error),
        false => warn(
            path,
            format!(
                "{error}; if it was moved, name the folder where it may be at the end of the command"
            ),
        ),
    }
}
