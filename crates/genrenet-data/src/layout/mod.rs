//! The sources of data sets: one file each, with how the source is recognised and how it is opened.

mod arrays;
mod audio_files;
mod build;
pub(crate) mod fma;
mod genre_folders;
pub(crate) mod gtzan;
mod ids;
mod labels;
mod manifests;
mod taggram;
mod value_archive;
mod value_table;

use std::path::Path;

use crate::dataset::{Dataset, OpenOptions};
use crate::error::DataError;

/// A kind of data set on disk.
struct Source {
    /// Whether a file or folder that exists is of this kind, from names and a few bytes.
    recognise: fn(&Path) -> bool,
    /// Opens it.
    open: fn(&Path, &OpenOptions) -> Result<Dataset, DataError>,
}

/// All sources; the first that recognises a path opens it. The last two take any folder and any file, and say what was expected.
const SOURCES: &[Source] = &[
    fma::SOURCE,
    arrays::SOURCE,
    gtzan::SOURCE,
    value_archive::SOURCE,
    manifests::SOURCE,
    genre_folders::SOURCE,
    value_table::SOURCE,
];

impl Dataset {
    /// Opens a data set of any known source.
    ///
    /// | path | source |
    /// |---|---|
    /// | folder with `fma_metadata`, or `fma_small` and the like beside it | FMA: its audio files, official split, artists and albums |
    /// | `features.csv`, `echonest.csv` of `fma_metadata` | FMA's features: the array `values` |
    /// | folder with `tracks.csv` | a table of ids and genres beside archives of arrays (`logmel.npz`, …): FMA-small, GTZAN |
    /// | folder with `genres`, `genres_original` or GTZAN's ten genre folders | GTZAN: its fault-filtered split and groups of artists |
    /// | folder of folders | one folder per genre, audio files at any depth below |
    /// | manifest: CSV, TSV, JSON lines or Parquet with `path` | audio files, with `genre`, `split`, `group`, `artist`, `album` if given |
    /// | `.csv`, `.tsv` with `genre` and columns of numbers | the array `values` |
    /// | `.npz` with an array `genre` | every other array with as many rows |
    ///
    /// # Errors
    /// If the layout is not known, a table or archive is malformed, an array does not fit its table, or no row is left.
    pub fn open(path: &Path, options: &OpenOptions) -> Result<Dataset, DataError> {
        std::fs::metadata(path).map_err(DataError::io(path))?;
        let source = SOURCES.iter().find(|source| (source.recognise)(path));
        // What is neither a file nor a folder is refused as a table.
        let open = source.map_or(value_table::SOURCE.open, |source| source.open);
        open(path, options)
    }
}
