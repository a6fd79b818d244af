//! The layouts of data sets, and how each is recognised.

mod arrays;
mod audio;
mod build;
mod ids;
mod labels;
mod taggram;
mod values;

use std::path::Path;

use crate::dataset::{Dataset, OpenOptions};
use crate::error::DataError;
use crate::table::Table;

impl Dataset {
    /// Opens a data set of any known layout.
    ///
    /// | path | layout |
    /// |---|---|
    /// | folder with `tracks.csv` | a table of ids and genres beside archives of arrays (`logmel.npz`, …): FMA-small, GTZAN |
    /// | folder of folders | one folder per genre, audio files at any depth below |
    /// | `.csv`, `.tsv` with `path` and `genre` | audio files, with `split`, `group`, `artist`, `album` if given |
    /// | `.csv`, `.tsv` with `genre` and columns of numbers | the array `values` |
    /// | `.npz` with an array `genre` | every other array with as many rows |
    ///
    /// # Errors
    /// If the layout is not known, a table or archive is malformed, an array does not fit its table, or no row is left.
    pub fn open(path: &Path, options: &OpenOptions) -> Result<Dataset, DataError> {
        open(path, options)
    }
}

/// Recognises the layout of `path` and opens it.
fn open(path: &Path, options: &OpenOptions) -> Result<Dataset, DataError> {
    let meta = std::fs::metadata(path).map_err(DataError::io(path))?;
    if meta.is_dir() {
        if path.join("tracks.csv").is_file() {
            return arrays::open(path, options);
        }
        return audio::open_folder(path, options);
    }
    let mut start = [0u8; 4];
    let mut file = genrenet_files::open(path).map_err(DataError::io(path))?;
    let zip =
        std::io::Read::read_exact(&mut file, &mut start).is_ok_and(|()| start.starts_with(b"PK"));
    if zip {
        return values::open_archive(path, options);
    }
    let table = Table::read(path).map_err(|e| match e {
        DataError::Table { message, .. } => DataError::UnknownLayout {
            path: path.to_path_buf(),
            found: message,
        },
        other => other,
    })?;
    if table.find(audio::PATH).is_some() {
        return audio::open_table(&table, options);
    }
    values::open_table(&table, options)
}
