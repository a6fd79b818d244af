//! From a data set of audio files to a data set with features, computed as for classification.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use etcetera::{BaseStrategy, base_strategy};
use genrenet_audio::{AudioError, FrontEnd, Input, WindowFeatures, song_features};
use genrenet_text::counted;
use rayon::prelude::*;

use crate::cache::{Block, Cache, Computed, Entry, Key};
use crate::collected::{self, Budget, Song};
use crate::dataset::{Dataset, summarise};
use crate::error::DataError;
use crate::fingerprint::{self, EMBEDDING};
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

/// Where computed features are kept.
#[derive(Clone, Debug, Default)]
pub struct Storage {
    /// The folder of the feature cache; without one, everything is in memory and computed again each time.
    pub cache: Option<PathBuf>,
    /// Most bytes of features in memory; what is beyond is read from the cache, window by window.
    pub memory: u64,
}

impl Storage {
    /// The memory that features take where `GENRENET_FEATURE_MEMORY` says nothing else: 1 GiB, 16 384 windows of 128 × 128.
    pub const MEMORY: u64 = 1 << 30;

    /// No cache, and the usual memory.
    pub fn in_memory() -> Storage {
        Storage {
            cache: None,
            memory: Storage::MEMORY,
        }
    }

    /// As the environment says: the cache is the folder `GENRENET_CACHE`, or `genrenet/features` in the system's folder for caches;
    /// `GENRENET_FEATURE_MEMORY` is the memory in MiB.
    ///
    /// # Errors
    /// [`DataError::Environment`] for a `GENRENET_FEATURE_MEMORY` that is no number.
    pub fn from_environment() -> Result<Storage, DataError> {
        let system = || {
            let system = base_strategy::choose_native_strategy().ok()?;
            Some(system.cache_dir().join("genrenet").join("features"))
        };
        let named = |name| std::env::var_os(name).filter(|value| !value.is_empty());
        let cache = named("GENRENET_CACHE").map(PathBuf::from).or_else(system);
        const NAME: &str = "GENRENET_FEATURE_MEMORY";
        let Some(value) = named(NAME) else {
            let memory = Storage::MEMORY;
            return Ok(Storage { cache, memory });
        };
        let number = value
            .to_str()
            .and_then(|text| text.trim().parse::<u64>().ok());
        match number.and_then(|mib| mib.checked_mul(1 << 20)) {
            Some(memory) => Ok(Storage { cache, memory }),
            None => Err(DataError::Environment {
                name: NAME,
                found: value.to_string_lossy().into_owned(),
                expected: "a number of MiB (0: everything is read from the cache)",
            }),
        }
    }
}

/// Computes the features of every file of a data set and adds the arrays `logmel` `[n_mels, frames]` and `mfcc` `[frames, n_mfcc]`, those that
/// `front_end` has, and `embedding` `[n]` where `embedder` is given, else `segments` `[frames, n_mels]`: all windows of every song ([`Array::read`](crate::Array::read) returns the middle one, [`Array::read_window`](crate::Array::read_window) any).
///
/// Numbers are kept as `f32`, exactly as [`song_features`] returns them (64 kB for a window of 128 × 128). Files are decoded in
/// parallel; the result does not depend on the number of threads, nor on what of it is in memory. `progress` is called with the number
/// of files that are done and the path of the file that is begun. With a cache, features computed before are read from it, and those
/// computed now survive an interruption; several processes may use it at once. Files that cannot be decoded are returned and noted, and their rows dropped; the other rows stay in
/// their subsets.
///
/// # Errors
/// [`DataError::Stopped`] once `cancel` is true; [`DataError::Empty`] if no file can be decoded;
/// [`DataError::Mismatch`] if the data set is not made of audio files or `front_end` is impossible;
/// [`DataError::FeatureMemory`] where the memory does not suffice and the cache can't be written.
pub fn compute(
    dataset: &mut Dataset,
    front_end: &FrontEnd,
    embedder: Option<&Embedder<'_>>,
    storage: &Storage,
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
    let computer = Computer {
        front_end,
        embedder,
        cache: (storage.cache.as_ref()).map(|folder| Cache::new(folder, front_end, key)),
        budget: Budget::new(storage.memory),
        allowed: storage.memory,
        not_stored: Mutex::new(None),
    };
    let done = AtomicUsize::new(0);
    let results: Result<Vec<Result<Song, FeatureError>>, DataError> = paths
        .par_iter()
        .map(|path| {
            if cancel.load(Ordering::Relaxed) {
                return Err(DataError::Stopped);
            }
            progress(done.load(Ordering::Relaxed), path);
            let features = computer.song(path);
            done.fetch_add(1, Ordering::Relaxed);
            features
        })
        .collect();
    let results = results?;

    let total = results.len();
    let (mut bad, mut good, mut computed) = (Vec::new(), Vec::new(), Vec::new());
    for (row, (path, result)) in paths.iter().zip(results).enumerate() {
        match result {
            Ok(features) => {
                good.push(row);
                computed.push(features);
            }
            Err(error) => bad.push(BadFile {
                path: path.to_path_buf(),
                error,
            }),
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
    if let Some(reason) = computer.why_not_stored() {
        dataset.notes.push(format!(
            "features are not kept for the next time: the feature cache can't be written ({reason})"
        ));
    }
    for (row, song) in dataset.rows.iter_mut().zip(&computed) {
        row.file = Some(song.file);
    }
    let folder = storage.cache.clone().unwrap_or_default();
    for array in collected::arrays(&computer.names(), EMBEDDING, computed, folder)? {
        dataset.add_array(array)?;
    }
    Ok(bad)
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

/// Computes or finds the features of one file after the other; shared by threads.
struct Computer<'a> {
    front_end: &'a FrontEnd,
    embedder: Option<&'a Embedder<'a>>,
    cache: Option<Cache>,
    budget: Budget,
    /// The budget at first, in bytes.
    allowed: u64,
    /// Why the first entry that could not be stored was not.
    not_stored: Mutex<Option<String>>,
}

impl Computer<'_> {
    /// The arrays of the front end, in order.
    fn names(&self) -> Vec<&'static str> {
        let mut names = Vec::new();
        names.extend(self.front_end.log_mel.as_ref().map(|_| "logmel"));
        names.extend(self.front_end.mfcc_head.map(|_| "mfcc"));
        match self.embedder {
            Some(_) => names.push(EMBEDDING),
            None => names.extend(self.front_end.segments.as_ref().map(|_| "segments")),
        }
        names
    }

    /// The windows of these arrays in an entry.
    fn blocks<'e>(&self, entry: &'e Entry) -> Vec<&'e [Block]> {
        let of = |name| match name {
            "logmel" => &entry.log_mel[..],
            "mfcc" => &entry.mfcc,
            "segments" => &entry.segments,
            _ => &entry.embeddings,
        };
        self.names().into_iter().map(of).collect()
    }

    /// The features of a file, from the cache or computed, or why it has none.
    ///
    /// # Errors
    /// No room in memory, and none in the cache.
    fn song(&self, path: &Path) -> Result<Result<Song, FeatureError>, DataError> {
        let cache = self.cache.as_ref();
        let key = cache.and_then(|cache| cache.key(path));
        let found = cache.zip(key).and_then(|(cache, key)| cache.get(&key));
        let (entry, stored) = match found {
            Some(entry) => (entry, key),
            None => match self.computed(path) {
                Err(error) => return Ok(Err(error)),
                Ok(entry) => {
                    // What was computed belongs to the key only if the file stayed the same meanwhile.
                    if let Some(cache) = cache
                        && cache.key(path) != key
                    {
                        let changed = "it changed while it was read";
                        return Ok(Err(std::io::Error::other(changed).into()));
                    }
                    let stored = self.store(&entry, key);
                    (entry, stored)
                }
            },
        };
        match Song::new(&entry, &self.blocks(&entry), &self.budget, stored) {
            Some(song) => Ok(Ok(song)),
            None => Err(DataError::FeatureMemory {
                allowed: self.allowed >> 20,
                reason: self
                    .why_not_stored()
                    .unwrap_or_else(|| "no folder for it is known".into()),
            }),
        }
    }

    /// Computes the features of a file.
    fn computed(&self, path: &Path) -> Result<Entry, FeatureError> {
        let input = Input::path(path)?;
        let mut features = song_features(input, self.front_end)?;
        let mut embeddings = vec![Vec::new(); features.windows.len()];
        if let Some(embedder) = self.embedder {
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
        let too_large = || std::io::Error::from(std::io::ErrorKind::FileTooLarge);
        Ok(Entry::of(&computed).ok_or_else(too_large)?)
    }

    /// Stores an entry in the cache; its key, if it is there now. A full disk must not prevent training: while there is memory, it is
    /// only slower.
    fn store(&self, entry: &Entry, key: Option<Key>) -> Option<Key> {
        let (cache, key) = (self.cache.as_ref()?, key?);
        let error = match cache.put(&key, entry) {
            Ok(()) => return Some(key),
            Err(error) => error,
        };
        self.first_not_stored()
            .get_or_insert_with(|| format!("{}: {error}", cache.folder.display()));
        None
    }

    fn first_not_stored(&self) -> MutexGuard<'_, Option<String>> {
        // A panic elsewhere leaves a valid text.
        self.not_stored
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn why_not_stored(&self) -> Option<String> {
        self.first_not_stored().clone()
    }
}
