//! From a data set of audio files to a data set with features: the same hearing that classifies.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use etcetera::{BaseStrategy, base_strategy};
use genrenet_audio::{FrontEnd, Input, Matrix, SongFeatures, WindowFeatures, song_features};
use genrenet_text::counted;
use rayon::prelude::*;

use crate::array::Array;
use crate::cache::Cache;
use crate::dataset::{Dataset, summarise};
use crate::error::DataError;
use crate::fingerprint;

/// A file that could not be heard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadFile {
    /// The file.
    pub path: PathBuf,
    /// Why, in words, without the path.
    pub reason: String,
}

/// The usual folder of the feature cache: `$GENRENET_CACHE`, or `genrenet/features` in the system's folder for caches.
pub fn cache_folder() -> Option<PathBuf> {
    match std::env::var_os("GENRENET_CACHE") {
        Some(folder) if !folder.is_empty() => Some(folder.into()),
        _ => {
            let system = base_strategy::choose_native_strategy().ok()?;
            Some(system.cache_dir().join("genrenet").join("features"))
        }
    }
}

/// Computes the features of every file of a data set and adds the arrays `logmel` `[n_mels, frames]` and, where `front_end` wants it, `mfcc`
/// `[frames, n_mfcc]`: all windows of every song ([`Array::read`] gives the middle one, [`Array::read_window`] any).
///
/// Numbers are kept as `f32`, exactly as [`song_features`] gives them (64 kB for a window of 128 × 128). Files are heard side by side
/// on all threads; the result does not depend on their number. `progress` is told how many
/// files are done, and which one is begun.
/// With a `cache` folder, what was heard before is read instead, and what is finished survives a stop. Files that cannot be
/// heard are returned and noted, and their rows dropped; the other rows keep their sides.
///
/// # Errors
/// [`DataError::Stopped`] once `cancel` is true; [`DataError::Empty`] if no file can be heard;
/// [`DataError::Mismatch`] if the data set is not made of audio files or `front_end` is impossible.
pub fn compute(
    dataset: &mut Dataset,
    front_end: &FrontEnd,
    cache: Option<&Path>,
    progress: &(dyn Fn(usize, &Path) + Sync),
    cancel: &AtomicBool,
) -> Result<Vec<BadFile>, DataError> {
    let unusable = |expected: &str, found: String| DataError::Mismatch {
        array: "logmel".into(),
        expected: expected.into(),
        found,
    };
    front_end
        .check()
        .map_err(|e| unusable("possible settings of what is heard", e.to_string()))?;
    let paths: Option<Vec<&PathBuf>> = dataset.rows.iter().map(|r| r.path.as_ref()).collect();
    let Some(paths) = paths.filter(|p| !p.is_empty()) else {
        return Err(unusable(
            "a data set of audio files",
            format!("{} has none", dataset.name),
        ));
    };
    let cache = cache.map(|folder| Cache::new(folder, front_end));
    let done = AtomicUsize::new(0);
    let heard: Vec<Result<(SongFeatures, u64), String>> = paths
        .par_iter()
        .map(|path| {
            if cancel.load(Ordering::Relaxed) {
                return Err(String::new());
            }
            progress(done.load(Ordering::Relaxed), path);
            let heard = hear_cached(path, front_end, cache.as_ref());
            done.fetch_add(1, Ordering::Relaxed);
            heard
        })
        .collect();
    if cancel.load(Ordering::Relaxed) {
        return Err(DataError::Stopped);
    }

    let bad: Vec<BadFile> = paths
        .iter()
        .zip(&heard)
        .filter_map(|(path, h)| {
            h.as_ref().err().map(|e| BadFile {
                path: path.to_path_buf(),
                reason: e.clone(),
            })
        })
        .collect();
    let good: Vec<usize> = (0..heard.len()).filter(|&i| heard[i].is_ok()).collect();
    if good.is_empty() {
        let first = bad
            .first()
            .map(|b| format!("{}: {}", b.path.display(), b.reason));
        return Err(DataError::Empty {
            path: paths[0].parent().unwrap_or(Path::new("")).to_path_buf(),
            reason: format!(
                "none of {} can be heard, the first: {}",
                counted(bad.len(), "file", "files"),
                first.unwrap_or_default()
            ),
        });
    }
    if !bad.is_empty() {
        let names: Vec<String> = bad
            .iter()
            .map(|b| format!("{} ({})", b.path.display(), b.reason))
            .collect();
        dataset.notes.push(format!(
            "{} of {} cannot be heard: {}",
            bad.len(),
            counted(heard.len(), "file", "files"),
            summarise(&names)
        ));
        dataset.keep_rows(&good);
        leave_out_genres_without_rows(dataset)?;
    }
    let mut songs: Vec<Vec<WindowFeatures>> = Vec::with_capacity(good.len());
    for (row, (heard, file)) in dataset.rows.iter_mut().zip(heard.into_iter().flatten()) {
        row.file = Some(file);
        songs.push(heard.windows);
    }
    let mut mfcc = Vec::with_capacity(songs.len());
    let mut log_mel = Vec::with_capacity(songs.len());
    for windows in songs {
        let (m, l): (Vec<Option<Matrix>>, Vec<Matrix>) =
            windows.into_iter().map(|w| (w.mfcc, w.log_mel)).unzip();
        mfcc.push(m.into_iter().flatten().collect());
        log_mel.push(l);
    }
    dataset.add_array(array("logmel", log_mel)?)?;
    if front_end.mfcc_head.is_some() {
        dataset.add_array(array("mfcc", mfcc)?)?;
    }
    Ok(bad)
}

/// A genre folder none of whose files is music is no genre.
fn leave_out_genres_without_rows(dataset: &mut Dataset) -> Result<(), DataError> {
    let has_rows = |genre: usize| dataset.rows.iter().any(|row| row.genre == Some(genre));
    let (kept, empty): (Vec<usize>, Vec<usize>) =
        (0..dataset.genres.len()).partition(|&genre| has_rows(genre));
    if empty.is_empty() {
        return Ok(());
    }
    let names = |list: &[usize]| -> Vec<String> {
        list.iter()
            .map(|&genre| dataset.genres[genre].clone())
            .collect()
    };
    let (kept, empty) = (names(&kept), names(&empty));
    dataset.notes.push(format!(
        "genres without a file that can be heard are left out: {}",
        summarise(&empty)
    ));
    // Whoever opens the data set again hears it again, and leaves them out again: nothing is noted in its selection.
    dataset.only_genres(&kept)
}

/// Features of a song and its file's fingerprint.
fn hear_cached(
    path: &Path,
    front_end: &FrontEnd,
    cache: Option<&Cache>,
) -> Result<(SongFeatures, u64), String> {
    if let Some(heard) = cache.and_then(|c| c.get(path)) {
        return Ok(heard);
    }
    let heard = Input::path(path)
        .and_then(|input| song_features(input, front_end))
        .map_err(|e| e.to_string())?;
    let file = fingerprint::of_file(path).map_err(|e| e.to_string())?;
    // A full disk must not keep anybody from training: without a cache everything is only slower.
    if let Some(cache) = cache {
        let _ = cache.put(path, &heard, file);
    }
    Ok((heard, file))
}

/// Puts the windows of all songs into one array; every window of it has the shape of the first.
fn array(name: &str, songs: Vec<Vec<Matrix>>) -> Result<Array, DataError> {
    let shape = songs
        .iter()
        .flatten()
        .next()
        .map(|m| vec![m.rows, m.cols])
        .unwrap_or_default();
    let mut rows = Vec::with_capacity(songs.len());
    for windows in songs {
        if let Some(odd) = windows.iter().find(|m| shape != [m.rows, m.cols]) {
            return Err(DataError::Mismatch {
                array: name.into(),
                expected: format!("windows of the shape {shape:?}"),
                found: format!("[{}, {}]", odd.rows, odd.cols),
            });
        }
        rows.push(windows.into_iter().map(|m| m.data).collect());
    }
    Ok(Array::from_rows(name, &shape, rows))
}
