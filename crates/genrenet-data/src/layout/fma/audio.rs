//! The audio files of FMA, found by the numbers in their names.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};

use super::super::audio_files::{describe, note_lists, walk};
use super::super::build::Parts;
use super::{Subset, Tracks, build, facts, found, genre_tree};
use crate::dataset::{Dataset, OpenOptions};
use crate::error::DataError;

/// Files below a folder by their tracks' numbers.
#[derive(Default)]
pub(crate) struct Numbered {
    pub(crate) files: BTreeMap<u32, PathBuf>,
    /// Files whose name is no number.
    pub(crate) unnumbered: Vec<String>,
    /// Files whose number an earlier file has.
    pub(crate) repeated: Vec<String>,
    /// Folders that can't be read.
    pub(crate) faults: Vec<String>,
}

/// Finds the files of an audio folder: `000/000002.mp3`, `2.mp3` and `00002.MP3` are track 2.
pub(crate) fn numbered_files(folder: &Path) -> Numbered {
    let mut numbered = Numbered::default();
    let mut files = Vec::new();
    walk(
        folder,
        &mut HashSet::new(),
        &mut files,
        &mut numbered.faults,
    );
    for file in files {
        let stem = file
            .file_stem()
            .and_then(|stem| stem.to_str())
            .unwrap_or_default();
        let name = || {
            file.file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned()
        };
        let digits = stem.bytes().all(|b| b.is_ascii_digit()) && file.extension().is_some();
        match stem.parse::<u32>().ok().filter(|_| digits) {
            // The archives hold a list of checksums beside the folders.
            None if stem == "checksums" => {}
            None => numbered.unnumbered.push(name()),
            Some(number) if numbered.files.contains_key(&number) => numbered.repeated.push(name()),
            Some(number) => {
                numbered.files.insert(number, file);
            }
        }
    }
    numbered
}

/// Opens the audio files of `folder`; `path` is what was named.
pub(super) fn open(
    path: &Path,
    folder: &Path,
    subset: Subset,
    metadata: &Path,
    options: &OpenOptions,
) -> Result<Dataset, DataError> {
    let Numbered {
        mut files,
        unnumbered,
        repeated,
        faults,
    } = numbered_files(folder);
    let tree = genre_tree(metadata, options)?;
    let mut tracks = Tracks::open(&metadata.join("tracks.csv"))?;
    let (mut rows, mut unusable, mut missing, mut empty) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    while let Some(track) = tracks.next()? {
        let id = track.id.to_string();
        let Some(file) = files.remove(&track.id) else {
            let expected = track.subset <= subset && !is_unusable(track.id, subset);
            missing.extend(expected.then_some(id));
            continue;
        };
        if is_unusable(track.id, subset) {
            unusable.push(id);
        } else if file.metadata().is_ok_and(|m| m.len() == 0) {
            empty.push(id);
        } else {
            let mut row = found(&tracks, &track, tree.as_ref())?;
            row.path = Some(file);
            rows.push(row);
        }
    }
    let unread = faults.len() + missing.len() + empty.len();
    let mut notes = faults;
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    let without_row: Vec<String> = files.keys().map(u32::to_string).collect();
    let of_subset = format!("of the subset {} has no file in {name}", subset.name());
    let of_subset_many = format!("of the subset {} have no file in {name}", subset.name());
    let lists = [
        (
            unusable,
            "clip is known to be too short or undecodable in every copy of FMA, and left out",
            "clips are known to be too short or undecodable in every copy of FMA, and left out",
        ),
        (
            missing,
            &format!("track {of_subset}"),
            &format!("tracks {of_subset_many}"),
        ),
        (empty, "file has no bytes", "files have no bytes"),
        (
            without_row,
            "file has no row in tracks.csv, and is left out",
            "files have no row in tracks.csv, and are left out",
        ),
        (
            repeated,
            "file has the number of another, and is left out",
            "files have the number of another, and are left out",
        ),
        (
            unnumbered,
            "file has no track's number as its name, and is left out",
            "files have no track's number as their name, and are left out",
        ),
    ];
    note_lists(&mut notes, &lists);
    describe(&mut rows);
    let parts = Parts {
        path,
        rows,
        arrays: Vec::new(),
        notes,
        unread,
        parents: BTreeMap::new(),
    };
    build(parts, tree.as_ref(), options)
}

/// Whether this clip is of no use in every copy; FMA-full has whole songs instead.
fn is_unusable(track: u32, subset: Subset) -> bool {
    subset != Subset::Full && facts::is_unusable(track)
}
