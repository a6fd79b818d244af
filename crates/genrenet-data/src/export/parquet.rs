//! Songs as rows of a Parquet table: `path`, `genre`, `artist`, `split`, `start`, `seconds`, `rate`, and lists of floats `log_mel` and `mfcc`, row-major, with
//! the number of their rows in `log_mel_bands` and `mfcc_coefficients`.

use std::path::Path;

use genrenet_audio::Matrix;

use super::Track;
use super::column::Column;
use super::table::ColumnKind::{Double, Floats, Int, Text};
use super::table::{Cell, ColumnKind, Table};
use crate::error::DataError;

/// Number of columns.
pub const CELLS: usize = 11;

const COLUMNS: [(&str, ColumnKind); CELLS] = [
    ("path", Text),
    ("genre", Text),
    ("artist", Text),
    ("split", Text),
    ("start", Double),
    ("seconds", Double),
    ("rate", Int),
    ("log_mel_bands", Int),
    ("log_mel", Floats),
    ("mfcc_coefficients", Int),
    ("mfcc", Floats),
];

pub(super) fn create(path: &Path) -> Result<Table, DataError> {
    // Only a matrix can be missing.
    let column = |(name, kind)| Column::new(name, kind, kind != Floats);
    Table::with_columns(path, COLUMNS.into_iter().map(column).collect())
}

/// The names and kinds of the columns, to be used with [`cells`] in a table of more columns.
pub fn columns() -> [(&'static str, ColumnKind); CELLS] {
    COLUMNS
}

/// A row: the cell of each of [`columns`].
pub fn cells<'a>(track: &Track<'a>) -> [Cell<'a>; CELLS] {
    let rows = |matrix: Option<&Matrix>| Cell::Int(Some(matrix.map_or(0, |m| m.rows as i32)));
    let numbers = |matrix: Option<&'a Matrix>| Cell::Floats(matrix.map(|m| &m.data[..]));
    [
        Cell::Text(Some(track.path)),
        Cell::Text(Some(track.genre)),
        Cell::Text(Some(track.artist)),
        Cell::Text(Some(track.split)),
        Cell::Double(Some(track.start)),
        Cell::Double(Some(track.seconds)),
        Cell::Int(Some(track.rate.try_into().unwrap_or(i32::MAX))),
        rows(track.log_mel),
        numbers(track.log_mel),
        rows(track.mfcc),
        numbers(track.mfcc),
    ]
}
