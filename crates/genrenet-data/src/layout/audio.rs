//! Audio files with a genre: a folder of genre folders, or a table `path,genre`.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::hash::Hasher;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use genrenet_text::counted;
use rayon::prelude::*;

use super::build::{Columns, Found, Parts};
use crate::companion::{is_companion, is_system_folder};
use crate::dataset::{Dataset, OpenOptions, summarise};
use crate::error::DataError;
use crate::lacking::without_song;
use crate::names;
use crate::table::Table;
use crate::tags::Tags;

/// Names of the column with the file.
pub(super) const PATH: &[&str] = &["path", "file", "filename", "file_name"];

/// Opens a folder whose sub-folders are genres, with audio files at any depth.
pub(super) fn open_folder(folder: &Path, options: &OpenOptions) -> Result<Dataset, DataError> {
    let mut notes = Vec::new();
    let mut rows = Vec::new();
    let mut faults = Vec::new();
    let mut loose = 0;
    let mut without_music = Vec::new();
    for entry in sorted(folder)? {
        if !entry.is_dir() {
            loose += usize::from(!is_companion(&entry));
            continue;
        }
        let genre = names::exact(entry.file_name().unwrap_or_default());
        let mut files = Vec::new();
        if !is_system_folder(&entry) {
            walk(&entry, &mut HashSet::new(), &mut files, &mut faults);
        }
        if files.is_empty() {
            without_music.push(genre);
            continue;
        }
        rows.extend(files.into_iter().map(|path| Found {
            id: slashed(path.strip_prefix(folder).unwrap_or(&path)),
            folder: sub_folder(&entry, &path),
            path: Some(path),
            genre: genre.clone(),
            ..Found::default()
        }));
    }
    if rows.is_empty() {
        let found = match loose {
            0 => "it holds neither tracks.csv nor folders with audio files".to_string(),
            1 => "its one file is not in a genre folder".to_string(),
            n => format!("its {n} files are not in a genre folder"),
        };
        return Err(DataError::UnknownLayout {
            path: folder.to_path_buf(),
            found,
        });
    }
    if loose > 0 {
        notes.push(format!(
            "{} left out",
            counted(
                loose,
                "file not in a genre folder is",
                "files not in a genre folder are"
            )
        ));
    }
    if !without_music.is_empty() {
        notes.push(format!(
            "folders without music are left out: {}",
            summarise(&without_music)
        ));
    }
    let unread = faults.len();
    notes.append(&mut faults);
    describe(&mut rows);
    leave_out_contradictions(&mut rows, &mut notes);
    forget_sole_folders(&mut rows);
    Parts {
        path: folder,
        rows,
        arrays: Vec::new(),
        notes,
        unread,
        parents: BTreeMap::new(),
    }
    .build(options)
}

/// Opens a table with the columns `path` and `genre`; paths are relative to the table's folder.
pub(super) fn open_table(table: &Table, options: &OpenOptions) -> Result<Dataset, DataError> {
    let path = table.require(PATH)?;
    table.require_unique(path)?;
    let columns = Columns::of(table)?;
    let base = table.path.parent().unwrap_or(Path::new(""));
    let mut rows = Vec::new();
    let (mut missing, mut others) = (Vec::new(), Vec::new());
    for r in 0..table.len() {
        let cell = table.cell(r, Some(path));
        let mut row = columns.read(table, r, cell.to_string())?;
        let file = base.join(cell);
        if !file.is_file() {
            if file.exists() {
                &mut others
            } else {
                &mut missing
            }
            .push(cell);
            continue;
        }
        row.path = Some(file);
        rows.push(row);
    }
    let unread = missing.len() + others.len();
    let mut notes = Vec::new();
    for (cells, what) in [
        (missing, ["does not exist", "do not exist"]),
        (others, ["is no regular file", "are no regular files"]),
    ] {
        if !cells.is_empty() {
            let [one, many] = what;
            notes.push(format!(
                "{}: {}",
                counted(
                    cells.len(),
                    &format!("file of the table {one}"),
                    &format!("files of the table {many}")
                ),
                summarise(&cells)
            ));
        }
    }
    describe(&mut rows);
    leave_out_contradictions(&mut rows, &mut notes);
    Parts {
        path: &table.path,
        rows,
        arrays: Vec::new(),
        notes,
        unread,
        parents: BTreeMap::new(),
    }
    .build(options)
}

/// Adds tags and content hashes, in parallel.
fn describe(rows: &mut [Found]) {
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
fn leave_out_contradictions(rows: &mut Vec<Found>, notes: &mut Vec<String>) {
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

/// Where a genre has just one sub-folder, or tags name the artist, the folder is not used.
fn forget_sole_folders(rows: &mut [Found]) {
    let mut folders: std::collections::HashMap<String, HashSet<String>> = Default::default();
    for row in rows.iter() {
        let key = row.folder.clone().unwrap_or_default();
        folders.entry(row.genre.clone()).or_default().insert(key);
    }
    for row in rows.iter_mut() {
        if folders[&row.genre].len() < 2 || row.artist.is_some() || row.album.is_some() {
            row.folder = None;
        }
    }
}

/// The first folder below the genre on the way to a file (usually the artist), with the genre's path; `None` for files that
/// are in the genre folder itself. A folder for several or unknown artists ("Compilations") is skipped: the album in it counts.
fn sub_folder(genre: &Path, file: &Path) -> Option<String> {
    let mut folder = genre.to_path_buf();
    let parts: Vec<_> = file.strip_prefix(genre).ok()?.parent()?.iter().collect();
    for part in parts {
        folder.push(part);
        if names::artist(&names::exact(part)).is_some() {
            return Some(names::exact(folder.as_os_str()));
        }
    }
    None
}

/// Adds all files below a folder, in order, and folders that can't be read to `faults`; a folder that was entered before (a link to itself) is not entered again.
fn walk(
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
fn sorted(folder: &Path) -> Result<Vec<PathBuf>, DataError> {
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
fn slashed(path: &Path) -> String {
    let parts: Vec<_> = path.iter().map(names::exact).collect();
    parts.join("/")
}
