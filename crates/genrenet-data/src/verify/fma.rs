//! FMA: its tables and its folders of audio files.

use std::collections::BTreeMap;
use std::path::Path;

use super::{Check, State, audio};
use crate::error::DataError;
use crate::genre_tree::GenreTree;
use crate::layout::fma::{METADATA, Numbered, Subset, Tracks, facts, feature_rows, numbered_files};

pub(super) fn verify(
    folder: &Path,
    decode: bool,
    tell: &dyn Fn(&str),
) -> Result<Vec<Check>, DataError> {
    let metadata = folder.join(METADATA);
    let mut checks = Vec::new();
    let mut subsets = None;
    for (name, published) in facts::TABLE_ROWS {
        let path = metadata.join(name);
        if !path.is_file() {
            continue;
        }
        tell(&format!("{METADATA}/{name}: rows"));
        let rows = match name {
            "tracks.csv" => tracks(&path).map(|tracks| {
                let count = tracks.len();
                subsets = Some(tracks);
                count
            }),
            "genres.csv" => GenreTree::read(&path).map(|tree| tree.len()),
            _ => feature_rows(&path),
        };
        let subject = format!("{METADATA}/{name}: rows");
        let found = rows.map_or_else(|error| error.to_string(), |rows| rows.to_string());
        checks.push(Check::compare(subject, published, found));
    }
    for (name, subset) in Subset::FOLDERS {
        let place = folder.join(name);
        if place.is_dir() {
            tell(&format!("{name}: files"));
            checks.extend(audio_folder(name, &place, subset, subsets.as_ref(), decode));
        }
    }
    Ok(checks)
}

/// The subset of each track.
fn tracks(path: &Path) -> Result<BTreeMap<u32, Subset>, DataError> {
    let mut tracks = Tracks::open(path)?;
    let mut subsets = BTreeMap::new();
    while let Some(track) = tracks.next()? {
        subsets.insert(track.id, track.subset);
    }
    Ok(subsets)
}

fn audio_folder(
    name: &str,
    place: &Path,
    subset: Subset,
    tracks: Option<&BTreeMap<u32, Subset>>,
    decode: bool,
) -> Vec<Check> {
    let Numbered {
        files,
        unnumbered,
        repeated,
        faults,
    } = numbered_files(place);
    let published = facts::CLIPS[subset as usize];
    let mut checks = vec![Check::compare(
        format!("{name}: files"),
        published,
        files.len(),
    )];
    if let Some(tracks) = tracks {
        let of_subset = tracks.iter().filter(|(_, of)| **of <= subset);
        let missing = of_subset.filter(|(id, _)| !files.contains_key(id));
        let missing = missing.map(|(id, _)| id.to_string()).collect();
        let surplus = files.keys().filter(|id| !tracks.contains_key(id));
        let surplus = surplus.map(u32::to_string).collect();
        checks.extend(Check::listed(
            format!("{name}: tracks without a file"),
            State::Different,
            missing,
        ));
        checks.extend(Check::listed(
            format!("{name}: files without a track"),
            State::Different,
            surplus,
        ));
    }
    for (what, list) in [
        ("files without a track's number", unnumbered),
        ("second files of a track", repeated),
        ("folders that can't be read", faults),
    ] {
        checks.extend(Check::listed(
            format!("{name}: {what}"),
            State::Different,
            list,
        ));
    }
    let named: Vec<_> = files
        .iter()
        .map(|(id, file)| (id.to_string(), file))
        .collect();
    let known = |id: &str| subset != Subset::Full && id.parse().is_ok_and(facts::is_unusable);
    checks.extend(audio::verify(name, &named, decode, known));
    checks
}
