//! Audio files of a data set: finding them, and what is known of each.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::hash::Hasher;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use genrenet_text::counted;
use rayon::prelude::*;

use super::build::Found;
use crate::dataset::summarise;
use crate::error::DataError;
use crate::lacking::without_song;
use crate::names;
use crate::tags::Tags;
use genrenet_files::{is_companion, is_system_folder};

/// Adds tags and content hashes, in parallel.
pub(super) fn describe(rows: &mut [Found]) {
    let mut sizes = std::collections::HashMap::new();
    let size_of = |row: &Found| {
        row.path
            .as_ref()
            .and_then(|p| p.metadata().ok())
            .map_or(0, |m| m.len())
    };
    let each: Vec<u64> = rows.iter().map(size_of).collect();
    each.iter().for_each(|s| *sizes.entry(*s).or_insert(0) += 1);
    rows.par_iter_mut().zip(&each).for_each(|(row, size)| {
        let Some(path) = &row.path else { return };
        if row.group.is_none() && row.artist.is_none() && row.album.is_none() {
            let tags = Tags::read(path);
            row.artist = tags.artist;
            row.album = tags.album;
        }
        // Only files of equal size can be equal.
        if *size > 0 && sizes[size] > 1 {
            row.content = content_hash(path, *size);
        }
    });
}

/// Leaves out files with the same content and different genres, as nothing says which genre is right; a note names them all. Files
/// whose subset the data set names itself are kept: its figures are those of all its rows.
pub(super) fn leave_out_contradictions(rows: &mut Vec<Found>, notes: &mut Vec<String>) {
    let mut files: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
    for (at, row) in rows.iter().enumerate() {
        if let (Some(content), None, false) = (row.content, row.official, row.genre.is_empty()) {
            files.entry(content).or_default().push(at);
        }
    }
    let mut contradicting: Vec<Vec<usize>> = files
        .into_values()
        .filter(|files| {
            files
                .iter()
                .any(|&at| rows[at].genre != rows[files[0]].genre)
        })
        .collect();
    contradicting.sort();
    let Some(most) = contradicting.iter().map(Vec::len).max() else {
        return;
    };
    let named: Vec<String> = contradicting
        .iter()
        .map(|files| {
            files
                .iter()
                .map(|&at| &rows[at].id[..])
                .collect::<Vec<_>>()
                .join(" = ")
        })
        .collect();
    let out: HashSet<usize> = contradicting.into_iter().flatten().collect();
    notes.push(format!(
        "{}, and left out of {}: {}",
        counted(
            named.len(),
            "file is in several genres",
            "files are in several genres"
        ),
        if most == 2 { "both" } else { "all of them" },
        named.join(", ")
    ));
    let mut emptied: BTreeSet<String> = out.iter().map(|&at| rows[at].genre.clone()).collect();
    let mut at = 0..;
    rows.retain(|_| at.next().is_none_or(|at| !out.contains(&at)));
    emptied.retain(|genre| rows.iter().all(|row| row.genre != *genre));
    if !emptied.is_empty() {
        notes.push(without_song(&Vec::from_iter(emptied)));
    }
}

/// A hash of the size and of three stretches (start, middle, end): equal for copies, different for other recordings.
fn content_hash(path: &Path, size: u64) -> Option<u64> {
    const STRETCH: u64 = 32 * 1024;
    let mut file = genrenet_files::open(path).ok()?;
    let mut hash = std::hash::DefaultHasher::new();
    hash.write_u64(size);
    let mut buffer = Vec::new();
    for start in [0, size / 2, size.saturating_sub(STRETCH)] {
        buffer.clear();
        file.seek(SeekFrom::Start(start)).ok()?;
        file.by_ref().take(STRETCH).read_to_end(&mut buffer).ok()?;
        hash.write(&buffer);
    }
    Some(hash.finish())
}

/// Adds all files below a folder, in order, and folders that can't be read to `faults`; a folder that was entered before (a link to itself) is not entered again.
pub(super) fn walk(
    folder: &Path,
    entered: &mut HashSet<PathBuf>,
    files: &mut Vec<PathBuf>,
    faults: &mut Vec<String>,
) {
    match folder.canonicalize() {
        Ok(real) => {
            if !entered.insert(real) {
                return;
            }
        }
        Err(e) => return faults.push(format!("{}: {e}", folder.display())),
    }
    match sorted(folder) {
        Err(e) => faults.push(e.to_string()),
        Ok(entries) => {
            for entry in entries {
                if entry.is_dir() && is_system_folder(&entry) {
                    continue;
                } else if entry.is_dir() {
                    walk(&entry, entered, files, faults);
                } else if !is_companion(&entry) {
                    files.push(entry);
                }
            }
        }
    }
}

/// A folder's visible entries in order of their names.
pub(super) fn sorted(folder: &Path) -> Result<Vec<PathBuf>, DataError> {
    let entries = std::fs::read_dir(folder).map_err(DataError::io(folder))?;
    let mut paths: Vec<PathBuf> = entries.filter_map(|e| e.ok().map(|e| e.path())).collect();
    paths.retain(|p| {
        !p.file_name()
            .unwrap_or_default()
            .as_encoded_bytes()
            .starts_with(b".")
    });
    paths.sort();
    Ok(paths)
}

/// A path with `/` on every system, so that ids and splits are the same everywhere.
pub(super) fn slashed(path: &Path) -> String {
    let parts: Vec<_> = path.iter().map(names::exact).collect();
    parts.join("/")
}

/// Notes about lists that are not empty: each with its count, what is said of one and of many, and its first members.
pub(super) fn note_lists(notes: &mut Vec<String>, lists: &[(Vec<String>, &str, &str)]) {
    for (list, one, many) in lists.iter().filter(|(list, _, _)| !list.is_empty()) {
        let counted = counted(list.len(), one, many);
        notes.push(format!("{counted}: {}", summarise(list)));
    }
}
