//! The source of FMA: `fma_metadata/` beside a folder of audio files (`fma_small`, `fma_medium`, `fma_large`, `fma_full`).
//!
//! Source: Defferrard, Benzi, Vandergheynst, Bresson, *FMA: A Dataset For Music Analysis*, ISMIR 2017; `mdeff/fma`.

mod audio;
pub(crate) mod facts;
mod tracks;
mod values;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::Source;
use super::build::{Found, Parts};
use crate::dataset::{Dataset, OpenOptions};
use crate::error::DataError;
use crate::genre_tree::GenreTree;
use crate::labels::Labels;
pub(crate) use audio::{Numbered, numbered_files};
use tracks::Track;
pub(crate) use tracks::{Subset, Tracks};
pub(crate) use values::rows as feature_rows;

/// The folder of tables beside the folders of audio files.
pub(crate) const METADATA: &str = "fma_metadata";

/// FMA's folder or one of its folders of audio files, and its tables of features.
pub(super) const SOURCE: Source = Source { recognise, open };

fn recognise(path: &Path) -> bool {
    if path.is_file() {
        return values::recognise(path);
    }
    has_tables(&path.join(METADATA)) || named(path).is_some_and(|(_, name)| is_known(path, &name))
}

/// Whether this folder of FMA's is opened by its own name: audio files, or tables that were unpacked.
fn is_known(path: &Path, name: &str) -> bool {
    match name {
        METADATA => has_tables(path),
        _ => Subset::of_folder(name).is_some() && !path.join("tracks.csv").is_file(),
    }
}

fn has_tables(folder: &Path) -> bool {
    folder.join("tracks.csv").is_file()
}

/// A folder's real parent and name.
fn named(folder: &Path) -> Option<(PathBuf, String)> {
    let real = folder.canonicalize().ok()?;
    let name = real.file_name()?.to_str()?.to_owned();
    Some((real.parent()?.to_path_buf(), name))
}

fn open(path: &Path, options: &OpenOptions) -> Result<Dataset, DataError> {
    if path.is_file() {
        return values::open(path, options);
    }
    let (folder, subset) = audio_folder(path)?;
    let beside = if has_tables(&path.join(METADATA)) {
        path.to_path_buf()
    } else {
        named(&folder).map_or_else(|| path.to_path_buf(), |(parent, _)| parent)
    };
    let metadata = beside.join(METADATA);
    let unknown = |found: String| DataError::UnknownLayout {
        path: path.to_path_buf(),
        found,
    };
    if !has_tables(&metadata) {
        return Err(unknown(format!(
            "FMA's tables are missing: expected {} beside the folder of audio files, found none; unpack fma_metadata.zip there",
            metadata.join("tracks.csv").display()
        )));
    }
    audio::open(path, &folder, subset, &metadata, options)
}

/// The folder of audio files and its subset: `path` itself or the only one in it.
fn audio_folder(path: &Path) -> Result<(PathBuf, Subset), DataError> {
    let unknown = |found: String| DataError::UnknownLayout {
        path: path.to_path_buf(),
        found,
    };
    if let Some((parent, name)) = named(path) {
        if name == METADATA && !has_tables(&path.join(METADATA)) {
            return Err(unknown(format!(
                "these are FMA's tables: name {} for its audio files, or features.csv or echonest.csv in it for its features",
                parent.display()
            )));
        }
        if let (Some(subset), false) = (Subset::of_folder(&name), has_tables(&path.join(METADATA)))
        {
            return Ok((path.to_path_buf(), subset));
        }
    }
    let folders = Subset::FOLDERS.into_iter();
    let mut found: Vec<(&str, Subset)> = folders
        .filter(|(name, _)| path.join(name).is_dir())
        .collect();
    match (found.pop(), found.is_empty()) {
        (Some((name, subset)), true) => Ok((path.join(name), subset)),
        (Some((last, _)), false) => {
            let names: Vec<&str> = found.iter().map(|(name, _)| *name).chain([last]).collect();
            Err(unknown(format!(
                "it holds several folders of audio files, {}: name one of them, such as {}",
                names.join(", "),
                path.join(names[0]).display()
            )))
        }
        (None, _) => Err(unknown(format!(
            "beside {METADATA} one of the folders {} is expected, found none",
            Subset::FOLDERS.map(|(name, _)| name).join(", ")
        ))),
    }
}

/// Titles of genres and their parents, where rows are to have all their genres.
fn genre_tree(metadata: &Path, options: &OpenOptions) -> Result<Option<GenreTree>, DataError> {
    match options.labels {
        Labels::Top => Ok(None),
        Labels::All => GenreTree::read(&metadata.join("genres.csv")).map(Some),
    }
}

/// What the table says of a track.
fn found(tracks: &Tracks, track: &Track, tree: Option<&GenreTree>) -> Result<Found, DataError> {
    let labels = match tree {
        None => Vec::new(),
        Some(tree) => tree.with_ancestors(&track.genres).map_err(|id| {
            let expected = format!("ids of genres.csv ({} genres)", tree.len());
            tracks.fault(track.line, "track.genres_all", &expected, &id.to_string())
        })?,
    };
    Ok(Found {
        id: track.id.to_string(),
        genre: track.genre.clone(),
        labels,
        official: track.split,
        artist: track.artist.clone(),
        album: track.album.clone(),
        ..Found::default()
    })
}

/// The data set of some rows and their arrays.
fn build(
    parts: Parts<'_>,
    tree: Option<&GenreTree>,
    options: &OpenOptions,
) -> Result<Dataset, DataError> {
    Parts {
        parents: tree.map_or_else(BTreeMap::new, GenreTree::parents),
        ..parts
    }
    .build(options)
}
