//! `genrenet duplicates`: the same sound in several files.

use std::collections::HashSet;
use std::path::PathBuf;

use clap::Args;
use genrenet::library::duplicates::{Duplicates as Found, Pair, find};
use genrenet::library::index::{CopyFile, Index};
use genrenet_text::{counted, csv_cell, path_text, percent, visible_path};
use serde_json::{Value, json};

use crate::exit::{CommandResult, Outcome};
use crate::output::{Page, tell};

/// List songs that are in the index of a library more than once.
///
/// Each group is one recording, by the fingerprints of the first two minutes: also re-encoded, louder, with silence before it, or cut. Files with the
/// same number have the same audio packets, bit for bit, whatever their tags. Nothing is removed. `genrenet scan` makes the index.
#[derive(Args)]
pub struct Duplicates {
    /// The index; by default the one of the system's folder for data ($GENRENET_INDEX, if set).
    #[arg(long, value_name = "FILE")]
    index: Option<PathBuf>,
    /// Only groups with a file in this folder.
    #[arg(long, value_name = "FOLDER")]
    below: Option<PathBuf>,
    /// Only files with the same audio packets.
    #[arg(long)]
    exact: bool,
    /// One JSON object for each group (docs/JSON.md).
    #[arg(long, conflicts_with = "csv")]
    json: bool,
    /// A table: group, sound, seconds, size, path.
    #[arg(long)]
    csv: bool,
}

/// Files of one recording.
struct Group {
    files: Vec<CopyFile>,
    pairs: Vec<Pair>,
}

pub fn run(arguments: &Duplicates) -> CommandResult {
    let index = Index::open(&super::scan::place(arguments.index.as_deref())?)?;
    let below = arguments
        .below
        .as_deref()
        .map(genrenet::indexed_path)
        .transpose()?;
    let found = match arguments.exact {
        true => Found::default(),
        false => find(&index)?,
    };
    let mut groups = Vec::new();
    let grouped: HashSet<i64> = found.groups.iter().flatten().copied().collect();
    let alone = index.songs_of_several_files()?;
    let alone = alone
        .into_iter()
        .filter(|song| !grouped.contains(song))
        .map(|song| vec![song]);
    for songs in found.groups.iter().cloned().chain(alone) {
        let group = group_of(&index, &songs, &found.pairs)?;
        let wanted = below
            .as_ref()
            .is_none_or(|below| group.files.iter().any(|file| file.path.starts_with(below)));
        if group.files.len() > 1 && wanted {
            groups.push(group);
        }
    }
    // Libraries are looked through by folder.
    groups.sort_by(|a, b| a.files[0].path.cmp(&b.files[0].path));
    let mut page = Page::result();
    if arguments.csv {
        page.row(["group", "sound", "seconds", "size", "path"]);
    }
    for (number, group) in groups.iter().enumerate() {
        match (arguments.json, arguments.csv) {
            (true, _) => page.json(&group.to_json()),
            (_, true) => group
                .rows(number + 1)
                .into_iter()
                .for_each(|row| page.row(row)),
            _ => group.lines().into_iter().for_each(|line| page.line(line)),
        }
        if page.is_lost() {
            break;
        }
    }
    if !page.is_lost() {
        let files: usize = groups.iter().map(|group| group.files.len()).sum();
        let sizes = groups.iter().map(|group| {
            group
                .files
                .iter()
                .skip(1)
                .map(|file| file.size)
                .sum::<u64>()
        });
        tell(match groups.is_empty() {
            true => "no duplicates found".to_owned(),
            false => format!(
                "{} in {}; all but the longest of each take {}",
                counted(files, "file", "files"),
                counted(groups.len(), "group", "groups"),
                size(sizes.sum())
            ),
        });
    }
    page.end(Outcome::Done)
}

/// The files of these songs, each once: links to one file are one.
fn group_of(
    index: &Index,
    songs: &[i64],
    pairs: &[Pair],
) -> Result<Group, genrenet::library::index::IndexError> {
    let mut seen = HashSet::new();
    let mut files = Vec::new();
    for song in songs {
        let of_song = index.files_of(*song)?;
        files.extend(
            of_song
                .into_iter()
                .filter(|file| seen.insert(identity(&file.path))),
        );
    }
    let within = |song: i64| songs.contains(&song);
    let pairs = pairs
        .iter()
        .filter(|pair| within(pair.first) && within(pair.second));
    Ok(Group {
        files,
        pairs: pairs.copied().collect(),
    })
}

/// What links to one file have in common.
#[cfg(unix)]
fn identity(path: &std::path::Path) -> Result<(u64, u64), PathBuf> {
    use std::os::unix::fs::MetadataExt;
    match std::fs::metadata(path) {
        Ok(metadata) => Ok((metadata.dev(), metadata.ino())),
        Err(_) => Err(path.to_owned()),
    }
}

#[cfg(not(unix))]
fn identity(path: &std::path::Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

impl Group {
    /// The number of each file's sound in the group, from 1.
    fn sounds(&self) -> Vec<usize> {
        let mut songs: Vec<i64> = Vec::new();
        let number = |file: &CopyFile| {
            let place = songs.iter().position(|song| *song == file.song);
            1 + place.unwrap_or_else(|| {
                songs.push(file.song);
                songs.len() - 1
            })
        };
        self.files.iter().map(number).collect()
    }

    fn lines(&self) -> Vec<String> {
        let what = match self
            .files
            .iter()
            .all(|file| file.song == self.files[0].song)
        {
            true => "the same sound",
            false => "the same recording",
        };
        let mut lines = vec![format!(
            "{what}, {}:",
            counted(self.files.len(), "file", "files")
        )];
        for (file, sound) in self.files.iter().zip(self.sounds()) {
            lines.push(format!(
                "  {sound}  {:>7}  {:>9}  {}",
                super::search::clock(file.seconds),
                size(file.size),
                visible_path(&file.path)
            ));
        }
        lines
    }

    fn rows(&self, number: usize) -> Vec<Vec<String>> {
        let sounds = self.sounds();
        let rows = self.files.iter().zip(sounds).map(|(file, sound)| {
            vec![
                number.to_string(),
                sound.to_string(),
                format!("{:.3}", file.seconds),
                file.size.to_string(),
                csv_cell(&visible_path(&file.path)).into_owned(),
            ]
        });
        rows.collect()
    }

    fn to_json(&self) -> Value {
        let sounds = self.sounds();
        let sound_of = |song: i64| {
            let place = self.files.iter().position(|file| file.song == song);
            place.map(|place| sounds[place])
        };
        let files = self.files.iter().zip(&sounds).map(|(file, sound)| {
            let mut one = json!({
                "path": path_text(&file.path),
                "sound": sound,
                "seconds": (file.seconds * 1000.0).round() / 1000.0,
                "size": file.size,
            });
            if let Some(bytes) = percent(&file.path) {
                one["path_bytes"] = json!(bytes);
            }
            one
        });
        let rounded = |value: f64| (value * 1000.0).round() / 1000.0;
        let pairs = self.pairs.iter().map(|pair| {
            json!({
                "sounds": [sound_of(pair.first), sound_of(pair.second)],
                "offset": rounded(pair.offset),
                "overlap": rounded(pair.overlap),
                "equal_bits": rounded(pair.equal_bits),
            })
        });
        json!({
            "schema": genrenet::JSON_SCHEMA,
            "files": files.collect::<Value>(),
            "pairs": pairs.collect::<Value>(),
        })
    }
}

/// Bytes, as people say them.
fn size(bytes: u64) -> String {
    match bytes as f64 {
        b if b < 1e3 => format!("{b:.0} B"),
        b if b < 1e6 => format!("{:.0} kB", b / 1e3),
        b if b < 1e9 => format!("{:.1} MB", b / 1e6),
        b => format!("{:.1} GB", b / 1e9),
    }
}
