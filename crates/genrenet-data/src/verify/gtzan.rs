//! GTZAN: its thousand clips.

use std::path::Path;

use super::{Check, State, audio};
use crate::layout::gtzan::{Clips, clips, facts, genre_folders};

pub(super) fn verify(folder: &Path, decode: bool, tell: &dyn Fn(&str)) -> Vec<Check> {
    let Some(place) = genre_folders(folder) else {
        return Vec::new();
    };
    tell("GTZAN: files");
    let Clips {
        files,
        others,
        faults,
    } = clips(&place);
    let all = facts::GENRES.iter();
    let all = all.flat_map(|genre| (0..100).map(move |clip| format!("{genre}.{clip:05}")));
    let missing = all.filter(|name| !files.contains_key(name)).collect();
    let listed: std::collections::HashSet<String> = facts::listed().map(|clip| clip.name).collect();
    let filtered = files.keys().filter(|name| !listed.contains(*name));
    let filtered = filtered.cloned().collect();
    let mut checks = vec![Check::compare("GTZAN: clips", facts::CLIPS, files.len())];
    for (what, state, list) in [
        ("clips without a file", State::Different, missing),
        ("files not named as its clips", State::Different, others),
        ("folders that can't be read", State::Different, faults),
        (
            "repeated, mislabelled or distorted clips, outside the fault-filtered split",
            State::Known,
            filtered,
        ),
    ] {
        checks.extend(Check::listed(format!("GTZAN: {what}"), state, list));
    }
    let named: Vec<_> = files
        .iter()
        .map(|(name, file)| (name.clone(), file))
        .collect();
    checks.extend(audio::verify("GTZAN", &named, decode, |name| {
        name == facts::BROKEN
    }));
    checks
}
