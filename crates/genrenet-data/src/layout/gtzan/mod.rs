//! The source of GTZAN: ten folders of a hundred clips, `blues/blues.00000.wav`, with the fault-filtered split.

pub(crate) mod facts;

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::io::Read;
use std::path::{Path, PathBuf};

use super::Source;
use super::audio_files::{describe, note_lists, walk};
use super::build::{Found, Parts};
use crate::dataset::{Dataset, OpenOptions};
use crate::error::DataError;
use facts::GENRES;

/// A folder with the ten genre folders, or with one of the folders into which the archives unpack them.
pub(super) const SOURCE: Source = Source { recognise, open };

/// Where the genre folders are below the folder that is named.
const PLACES: [&str; 4] = ["", "genres", "genres_original", "Data/genres_original"];

fn recognise(path: &Path) -> bool {
    genre_folders(path).is_some()
}

/// The folder that holds the ten genre folders and no others, with a clip named as GTZAN's are.
pub(crate) fn genre_folders(path: &Path) -> Option<PathBuf> {
    PLACES.iter().map(|place| path.join(place)).find(|folder| {
        let Ok(entries) = std::fs::read_dir(folder) else {
            return false;
        };
        let folders = entries.flatten().map(|entry| entry.path());
        let folders = folders.filter(|entry| entry.is_dir());
        let names: BTreeSet<_> = folders
            .filter_map(|entry| Some(entry.file_name()?.to_str()?.to_owned()))
            .filter(|name| !name.starts_with('.'))
            .collect();
        names.iter().eq(GENRES.iter()) && !clips(&folder.join(GENRES[0])).files.is_empty()
    })
}

/// Files below a folder by the names of their clips.
#[derive(Default)]
pub(crate) struct Clips {
    pub(crate) files: BTreeMap<String, PathBuf>,
    /// Files with other names, or with that of an earlier file.
    pub(crate) others: Vec<String>,
    /// Folders that can't be read.
    pub(crate) faults: Vec<String>,
}

/// Finds clips: `blues.00000.wav`, of any ending.
pub(crate) fn clips(folder: &Path) -> Clips {
    let mut clips = Clips::default();
    let mut files = Vec::new();
    walk(folder, &mut HashSet::new(), &mut files, &mut clips.faults);
    for file in files {
        let stem = file
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let number = stem
            .split_once('.')
            .filter(|(genre, _)| GENRES.contains(genre));
        let is_clip =
            number.is_some_and(|(_, n)| n.len() == 5 && n.bytes().all(|b| b.is_ascii_digit()));
        if is_clip && file.extension().is_some() && !clips.files.contains_key(&stem) {
            clips.files.insert(stem, file);
        } else {
            let name = file.file_name().unwrap_or_default();
            clips.others.push(name.to_string_lossy().into_owned());
        }
    }
    clips
}

fn open(path: &Path, options: &OpenOptions) -> Result<Dataset, DataError> {
    let folder = genre_folders(path).unwrap_or_else(|| path.to_path_buf());
    let Clips {
        mut files,
        others,
        faults,
    } = clips(&folder);
    let (mut rows, mut missing, mut broken, mut empty) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for clip in facts::listed() {
        let Some(file) = files.remove(&clip.name) else {
            missing.push(clip.name);
            continue;
        };
        if file.metadata().is_ok_and(|m| m.len() == 0) {
            empty.push(clip.name);
        } else if clip.name == facts::BROKEN && !is_audio(&file) {
            broken.push(clip.name);
        } else {
            rows.push(Found {
                genre: clip.genre.to_owned(),
                official: Some(clip.split),
                // The split is as it was published: one clip of the test has an artist of training, which is noted.
                group: (clip.artist_group)
                    .filter(|_| clip.name != facts::SHARED_ARTIST)
                    .map(str::to_owned),
                path: Some(file),
                id: clip.name,
                ..Found::default()
            });
        }
    }
    let shared = rows
        .iter()
        .any(|row: &Found| row.id == facts::SHARED_ARTIST);
    let unread = faults.len() + missing.len() + empty.len();
    let mut notes = faults;
    let filtered: Vec<String> = files.into_keys().collect();
    let lists = [
        (
            filtered,
            "clip is left out by the fault filter: repeated, mislabelled or distorted",
            "clips are left out by the fault filter: repeated, mislabelled or distorted",
        ),
        (
            broken,
            "clip is known to be undecodable in GTZAN's usual archive, and left out",
            "clips are known to be undecodable in GTZAN's usual archive, and left out",
        ),
        (missing, "clip has no file", "clips have no file"),
        (empty, "file has no bytes", "files have no bytes"),
        (
            others,
            "file is not named as GTZAN's clips are, and left out",
            "files are not named as GTZAN's clips are, and left out",
        ),
    ];
    note_lists(&mut notes, &lists);
    if shared {
        notes.push(format!(
            "{} of the test is by the artist of disco.00049 and disco.00073 of training, as the split was published",
            facts::SHARED_ARTIST
        ));
    }
    describe(&mut rows);
    Parts {
        path,
        rows,
        arrays: Vec::new(),
        notes,
        unread,
        parents: BTreeMap::new(),
    }
    .build(options)
}

/// Whether a file begins as WAV or AU files do; of the broken clip only.
pub(crate) fn is_audio(file: &Path) -> bool {
    let mut start = [0; 4];
    let opened = genrenet_files::open(file);
    let read = opened.and_then(|mut file| file.read_exact(&mut start));
    read.is_ok() && matches!(&start, b"RIFF" | b".snd" | b"fLaC" | b"OggS")
}
