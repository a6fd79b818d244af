//! Errors of data sets: each names the file, what was expected and what was found.

use crate::names::same_but_for_writing;
use std::io;
use std::path::PathBuf;

/// Why a data set cannot be used; each error names the file, what was expected and what was found.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DataError {
    /// A file or folder could not be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// The operating system's reason.
        source: io::Error,
    },
    /// The path has none of the layouts that [`Dataset::open`](crate::Dataset::open) reads.
    #[error(
        "{}: {found}. A data set is a folder with tracks.csv and logmel.npz, a folder of genre folders of audio files, a manifest (CSV, JSON lines or Parquet) with the columns path and genre, a table with the column genre and columns of numbers, or an .npz file with an array genre",
        path.display()
    )]
    UnknownLayout {
        /// What was opened.
        path: PathBuf,
        /// What was found there.
        found: String,
    },
    /// A table (CSV or TSV) is malformed or lacks a column.
    #[error("{}: {message}", path.display())]
    Table {
        /// The table.
        path: PathBuf,
        /// What is wrong, without the path.
        message: String,
    },
    /// One cell of a table holds something impossible.
    #[error("{}, line {line}, column `{column}`: expected {expected}, found `{found}`", path.display())]
    Cell {
        /// The table.
        path: PathBuf,
        /// Line in the file, from 1 (the header).
        line: u64,
        /// The column's name.
        column: String,
        /// What the column holds.
        expected: String,
        /// What the cell holds.
        found: String,
    },
    /// An id is not unique in a table or beside an array.
    #[error("{}: the id `{id}` is not unique (rows {first} and {second})", path.display())]
    DuplicateId {
        /// The table or archive.
        path: PathBuf,
        /// The id.
        id: String,
        /// Its first row, from 1.
        first: usize,
        /// Its second row, from 1.
        second: usize,
    },
    /// An array of an archive has another shape, type or range than it must have.
    #[error("{}, array `{array}`: expected {expected}, found {found}", path.display())]
    Array {
        /// The archive (.npz).
        path: PathBuf,
        /// The array's name.
        array: String,
        /// What it must be.
        expected: String,
        /// What it is.
        found: String,
    },
    /// Two data sets or arrays do not fit each other.
    #[error("array `{array}`: expected {expected}, found {found}")]
    Mismatch {
        /// The array's name.
        array: String,
        /// What is needed.
        expected: String,
        /// What is there.
        found: String,
    },
    /// No row can be used.
    #[error("{}: no usable row: {reason}", path.display())]
    Empty {
        /// The data set.
        path: PathBuf,
        /// Why the rows were left out.
        reason: String,
    },
    /// The rows cannot be split by the requested rule.
    #[error("cannot split by the rule `{rule}`: {reason}")]
    Split {
        /// The rule.
        rule: String,
        /// Why not.
        reason: String,
    },
    /// The rows cannot train a classifier.
    #[error("{name} cannot be trained on: {reason}")]
    Untrainable {
        /// The data set's name.
        name: String,
        /// Why not.
        reason: String,
    },
    /// A genre that the data set does not have.
    #[error("there is no genre `{found}` in {name}; its genres are {}{}", known.join(", "), hint(found, known))]
    UnknownGenre {
        /// The data set's name.
        name: String,
        /// The requested genre.
        found: String,
        /// The genres that exist.
        known: Vec<String>,
    },
    /// Features that were in the feature cache when the work began are not any more.
    #[error(
        "{}: {source}. The feature cache was changed while it was in use; run the command again (a training with --resume), and what is missing is computed again",
        path.display()
    )]
    CacheChanged {
        /// The entry of the cache.
        path: PathBuf,
        /// The operating system's reason.
        source: io::Error,
    },
    /// Features beyond the memory that they may take can't be stored either.
    #[error(
        "features need more than {allowed} MiB of memory, and can't be stored in the feature cache ({reason}). Make room there or name another folder with GENRENET_CACHE, or allow more memory with GENRENET_FEATURE_MEMORY (in MiB)"
    )]
    FeatureMemory {
        /// The bound, in MiB.
        allowed: u64,
        /// The folder of the cache and why nothing can be stored in it.
        reason: String,
    },
    /// An environment variable with an impossible value.
    #[error("{name}={found}: expected {expected}")]
    Environment {
        /// The variable.
        name: &'static str,
        /// Its value.
        found: String,
        /// What it must be.
        expected: &'static str,
    },
    /// A folder that is to be verified holds nothing of a data set that is known.
    #[error(
        "{}: expected FMA (fma_metadata, fma_small and the like, or their archives) or GTZAN (genres.tar.gz, or its ten genre folders), found neither",
        path.display()
    )]
    NothingToVerify {
        /// The folder.
        path: PathBuf,
    },
    /// The caller cancelled the work.
    #[error("stopped")]
    Stopped,
}

/// A hint at the genre that differs from `found` in spelling only.
fn hint(found: &str, known: &[String]) -> String {
    let similar = same_but_for_writing(found, known);
    similar.map_or_else(String::new, |genre| format!("; write `{genre}`"))
}

impl DataError {
    pub(crate) fn io(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> DataError {
        let path = path.into();
        move |source| DataError::Io { path, source }
    }
}
