//! The source of genre folders: a folder for each genre, with audio files at any depth.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;

use genrenet_text::counted;

use super::Source;
use super::audio_files::{describe, leave_out_contradictions, slashed, sorted, walk};
use super::build::{Found, Parts};
use crate::dataset::{Dataset, OpenOptions, summarise};
use crate::error::DataError;
use crate::names;
use genrenet_files::{is_companion, is_system_folder};

/// Any folder that no other source knows.
pub(super) const SOURCE: Source = Source {
    recognise: Path::is_dir,
    open,
};

/// Opens a folder whose sub-folders are genres, with audio files at any depth.
fn open(folder: &Path, options: &OpenOptions) -> Result<Dataset, DataError> {
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
    if !options.keep_contradictions {
        leave_out_contradictions(&mut rows, &mut notes);
    }
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
