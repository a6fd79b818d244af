//! The source of manifests: tables of audio files.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use super::Source;
use super::audio_files::{describe, leave_out_contradictions, note_lists};
use super::build::{Found, Parts};
use crate::columns::GENRE;
use crate::dataset::{Dataset, OpenOptions};
use crate::error::DataError;
use crate::manifest::{Manifest, ManifestRow, is_manifest};
use crate::names;
use crate::split::Split;

/// Tables with a column of audio files.
pub(super) const SOURCE: Source = Source { recognise, open };

fn recognise(path: &Path) -> bool {
    is_manifest(path).unwrap_or(false)
}

/// Opens a manifest; rows whose file is missing are counted and named.
fn open(path: &Path, options: &OpenOptions) -> Result<Dataset, DataError> {
    let manifest = Manifest::open(path)?;
    if let (false, Some(message)) = (options.keep_unlabelled, manifest.lacks(GENRE)) {
        return Err(DataError::Table {
            path: path.to_path_buf(),
            message: format!("it has {message}"),
        });
    }
    let mut rows = Vec::new();
    let (mut missing, mut others) = (Vec::new(), Vec::new());
    let mut left_out = Vec::new();
    let mut first_of = HashMap::with_capacity(manifest.len());
    for row in manifest.rows(0..manifest.len())? {
        let row = row?;
        if let Some(first) = first_of.insert(row.path.clone(), row.index) {
            return Err(DataError::DuplicateId {
                path: path.to_path_buf(),
                id: row.path,
                first: first + 1,
                second: row.index + 1,
            });
        }
        let file = manifest.file(&row);
        if !file.is_file() {
            let (list, reason) = match file.exists() {
                true => (&mut others, "it is no regular file"),
                false => (&mut missing, "it does not exist"),
            };
            list.push(row.path);
            left_out.push((file, reason));
            continue;
        }
        rows.push(Found {
            path: Some(file),
            ..found(&manifest, row)?
        });
    }
    drop(first_of);
    let unread = missing.len() + others.len();
    let mut notes = Vec::new();
    let lists = [
        (
            missing,
            "file of the table does not exist",
            "files of the table do not exist",
        ),
        (
            others,
            "file of the table is no regular file",
            "files of the table are no regular files",
        ),
    ];
    note_lists(&mut notes, &lists);
    describe(&mut rows);
    if !options.keep_contradictions {
        leave_out_contradictions(&mut rows, &mut notes);
    }
    let dataset = Parts {
        path,
        rows,
        arrays: Vec::new(),
        notes,
        unread,
        parents: BTreeMap::new(),
    }
    .build(options)?;
    Ok(Dataset {
        left_out,
        ..dataset
    })
}

/// What a row says of its file.
fn found(manifest: &Manifest, row: ManifestRow) -> Result<Found, DataError> {
    let official =
        match &row.split {
            None => None,
            Some(word) => Some(Split::parse(word).ok_or_else(|| {
                manifest.fault(&row, "split", "training, validation or test", word)
            })?),
        };
    Ok(Found {
        id: row.path,
        genre: row.genre.unwrap_or_default(),
        official,
        group: row.group,
        artist: row.artist.and_then(|name| names::artist(&name)),
        album: row.album.and_then(|name| names::album(&name)),
        ..Found::default()
    })
}
