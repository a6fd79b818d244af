//! Whether audio files can be used.

use std::path::{Path, PathBuf};

use genrenet_audio::{Input, catch_panics};
use rayon::prelude::*;

use super::{Check, State};

/// Clips that are shorter are of no use.
const SECONDS: f64 = 2.0;

/// Checks files by their names. What is known to be faulty is listed as known, whether or not it was found to be.
pub(super) fn verify(
    place: &str,
    files: &[(String, &PathBuf)],
    decode: bool,
    known: impl Fn(&str) -> bool + Sync,
) -> Vec<Check> {
    let mut faults: Vec<String> = files
        .par_iter()
        .filter(|(name, _)| !known(name))
        .filter_map(|(name, path)| Some(format!("{name} ({})", fault(path, decode)?)))
        .collect();
    faults.sort();
    let known = files
        .iter()
        .map(|(name, _)| name)
        .filter(|name| known(name));
    let known = known.cloned().collect();
    let checked = if decode { "decoded" } else { "headers" };
    [
        Check::listed(format!("{place}: known faults"), State::Known, known),
        Check::listed(
            format!("{place}: other faults ({checked})"),
            State::Different,
            faults,
        ),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// What is wrong with a file.
fn fault(path: &Path, decode: bool) -> Option<String> {
    match path.metadata() {
        Err(error) => return Some(error.to_string()),
        Ok(metadata) if metadata.len() == 0 => return Some("no bytes".to_owned()),
        Ok(_) => {}
    }
    let input = match Input::path(path) {
        Ok(input) => input,
        Err(error) => return Some(error.to_string()),
    };
    if decode {
        return match genrenet_audio::decode(input) {
            Err(error) => Some(error.to_string()),
            Ok(clip) if clip.seconds() < SECONDS => Some(format!("{:.1} s", clip.seconds())),
            Ok(_) => None,
        };
    }
    let opened = catch_panics(|| genrenet_audio::open(input).map(|_| ()));
    match opened {
        Ok(Ok(())) => None,
        Ok(Err(error)) => Some(error.to_string()),
        Err(panic) => Some(panic.to_string()),
    }
}
