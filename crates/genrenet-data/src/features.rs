//! From a data set of audio files to a data set with features, computed as for classification.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use etcetera::{BaseStrategy, base_strategy};
use genrenet_audio::{AudioError, FrontEnd, Input, Matrix, WindowFeatures, song_features};
use genrenet_text::counted;
use rayon::prelude::*;

use crate::array::Array;
use crate::cache::{Cache, Computed};
use crate::dataset::{Dataset, summarise};
use crate::error::DataError;
use crate::fingerprint;
use crate::lacking::without_song;

/// A file of which no features could be computed.
#[derive(Debug)]
pub struct BadFile {
    /// The file.
    pub path: PathBuf,
    /// Why; the message does not name the path.
    pub error: FeatureError,
}

/// Why the features of a file could not be computed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FeatureError {
    /// It can't be decoded, or is too short or too long.
    #[error(transparent)]
    Audio(#[from] AudioError),
    /// It can't be read.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// A frozen network can't read its segments.
    #[error("{0}")]
    Embedding(String),
}

/// What a frozen network makes of the segments of a window; it stands in the place of the segments.
pub struct Embedder<'a> {
    /// Distinguishes the network and its layer from all others: part of the key in the feature cache.
    pub key: String,
    /// Names of the values.
    pub columns: Vec<String>,
    /// The values of a window; the reason where there are none.
    pub embed: &'a (dyn Fn(&WindowFeatures) -> Result<Vec<f32>, String> + Sync),
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

/// Computes the features of every file of a data set and adds the arrays `logmel` `[n_mels, frames]` and `mfcc` `[frames, n_mfcc]`, those that
/// `front_end` has, and `embedding` `[n]` where `embedder` is given, else `segments` `[frames, n_mels]`: all windows of every song ([`Array::read`] returns the middle one, [`Array::read_window`] any).
///
/// Numbers are kept as `f32`, exactly as [`song_features`] returns them (64 kB for a window of 128 × 128). Files are decoded in
/// parallel; the result does not depend on the number of threads. `progress` is called with the number of files that are done and
/// the path of the file that is begun. With a `cache` folder, features computed before are read from it, and those computed now
/// survive an interruption. Files that cannot be decoded are returned and noted, and their rows dropped; the other rows stay in
/// their subsets.
///
/// # Errors
/// [`DataError::Stopped`] once `cancel` is true; [`DataError::Empty`] if no file can be decoded;
/// [`DataError::Mismatch`] if the data set is not made of audio files or `front_end` is impossible.
pub fn compute(
    dataset: &mut Dataset,
    front_end: &FrontEnd,
    embedder: Option<&Embedder<'_>>,
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
        .map_err(|e| unusable("possible settings of the front end", e.to_string()))?;
    let paths: Option<Vec<&PathBuf>> = dataset.rows.iter().map(|r| r.path.as_ref()).collect();
    let Some(paths) = paths.filter(|p| !p.is_empty()) else {
        return Err(unusable(
            "a data set of audio files",
            format!("{} has none", dataset.name),
        ));
    };
    let key = embedder.map_or("", |embedder| &embedder.key);
    let cache = cache.map(|folder| Cache::new(folder, front_end, key));
    let done = AtomicUsize::new(0);
    let results: Vec<Option<Result<Computed, FeatureError>>> = paths
        .par_iter()
        .map(|path| {
            if cancel.load(Ordering::Relaxed) {
                return None;
            }
            progress(done.load(Ordering::Relaxed), path);
            let features = cached_features(path, front_end, embedder, cache.as_ref());
            done.fetch_add(1, Ordering::Relaxed);
            Some(features)
        })
        .collect();
    if cancel.load(Ordering::Relaxed) {
        return Err(DataError::Stopped);
    }

    let total = results.len();
    let (mut bad, mut good, mut computed) = (Vec::new(), Vec::new(), Vec::new());
    for (row, (path, result)) in paths.iter().zip(results).enumerate() {
        match result {
            Some(Ok(features)) => {
                good.push(row);
                computed.push(features);
            }
            Some(Err(error)) => bad.push(BadFile {
                path: path.to_path_buf(),
                error,
            }),
            None => return Err(DataError::Stopped),
        }
    }
    if good.is_empty() {
        let first = bad
            .first()
            .map(|b| format!("{}: {}", b.path.display(), b.error));
        return Err(DataError::Empty {
            path: paths[0].parent().unwrap_or(Path::new("")).to_path_buf(),
            reason: format!(
                "none of {} can be decoded, the first: {}",
                counted(bad.len(), "file", "files"),
                first.unwrap_or_default()
            ),
        });
    }
    if !bad.is_empty() {
        let names: Vec<String> = bad
            .iter()
            .map(|b| format!("{} ({})", b.path.display(), b.error))
            .collect();
        dataset.notes.push(format!(
            "{} of {} cannot be decoded: {}",
            bad.len(),
            counted(total, "file", "files"),
            summarise(&names)
        ));
        dataset.keep_rows(&good);
        leave_out_genres_without_rows(dataset)?;
    }
    add_arrays(dataset, front_end, embedder, computed)?;
    Ok(bad)
}

/// Adds what was computed for each row as arrays.
fn add_arrays(
    dataset: &mut Dataset,
    front_end: &FrontEnd,
    embedder: Option<&Embedder<'_>>,
    rows: Vec<Computed>,
) -> Result<(), DataError> {
    let mut mfcc = Vec::with_capacity(rows.len());
    let mut log_mel = Vec::with_capacity(rows.len());
    let mut segments = Vec::with_capacity(rows.len());
    let mut embeddings = Vec::with_capacity(rows.len());
    for (row, computed) in dataset.rows.iter_mut().zip(rows) {
        row.file = Some(computed.file);
        let windows = computed.features.windows;
        let mut of_song = [Vec::new(), Vec::new(), Vec::new()];
        for window in windows {
            of_song[0].extend(window.mfcc);
            of_song[1].extend(window.log_mel);
            of_song[2].extend(window.segments.into_iter().map(|segment| segment.mel));
        }
        let [m, l, s] = of_song;
        mfcc.push(m);
        log_mel.push(l);
        segments.push(s);
        embeddings.push(computed.embeddings);
    }
    if front_end.log_mel.is_some() {
        dataset.add_array(array("logmel", log_mel)?)?;
    }
    if front_end.mfcc_head.is_some() {
        dataset.add_array(array("mfcc", mfcc)?)?;
    }
    match embedder {
        Some(embedder) => dataset.add_array(Array::from_rows(
            "embedding",
            &[embedder.columns.len()],
            embeddings,
        ))?,
        None if front_end.segments.is_some() => {
            dataset.add_array(array("segments", segments)?)?;
        }
        None => {}
    }
    Ok(())
}

/// Leaves out genres whose folders have no file that can be decoded.
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
    dataset.notes.push(without_song(&empty));
    // Not part of the selection: the same genres are left out each time the features of the data set are computed.
    dataset.only_genres(&kept)
}

/// Features of a song and its file's fingerprint, from the cache or computed.
fn cached_features(
    path: &Path,
    front_end: &FrontEnd,
    embedder: Option<&Embedder<'_>>,
    cache: Option<&Cache>,
) -> Result<Computed, FeatureError> {
    if let Some(computed) = cache.and_then(|c| c.get(path)) {
        return Ok(computed);
    }
    let mut features = Input::path(path).and_then(|input| song_features(input, front_end))?;
    let mut embeddings = vec![Vec::new(); features.windows.len()];
    if let Some(embedder) = embedder {
        for (window, embedding) in features.windows.iter_mut().zip(&mut embeddings) {
            *embedding = (embedder.embed)(window).map_err(FeatureError::Embedding)?;
            window.segments.clear();
        }
    }
    let computed = Computed {
        features,
        embeddings,
        file: fingerprint::of_file(path)?,
    };
    // A full disk must not prevent training: without a cache it is only slower.
    if let Some(cache) = cache {
        let _ = cache.put(path, &computed);
    }
    Ok(computed)
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
