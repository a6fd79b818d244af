//! The source of value tables: a genre and columns of numbers in each row, such as EchoNest's values.

use std::collections::BTreeMap;
use std::path::Path;

use super::Source;
use super::build::{Columns, Parts};
use crate::array::Array;
use crate::columns::{ALBUM, ARTIST, GENRE, GROUP, PATH, SPLIT};
use crate::dataset::{Dataset, OpenOptions};
use crate::error::DataError;
use crate::table::Table;

/// Any file that no other source knows.
pub(super) const SOURCE: Source = Source {
    recognise: Path::is_file,
    open,
};

/// Names of the id column.
pub(super) const ID: &[&str] = &["track_id", "id", "name"];
/// Columns that describe a row and are never features.
pub(super) const WORDS: &[&str] = &["subset", "title", "genres"];

/// Opens a table with a genre and columns of numbers; the numbers become the array `values`.
fn open(path: &Path, options: &OpenOptions) -> Result<Dataset, DataError> {
    let table = &Table::read(path).map_err(|e| match e {
        DataError::Table { message, .. } => DataError::UnknownLayout {
            path: path.to_path_buf(),
            found: message,
        },
        other => other,
    })?;
    if table.find(GENRE).is_none() {
        return Err(DataError::UnknownLayout {
            path: table.path.clone(),
            found: format!("it has {}", table.lacks(GENRE)),
        });
    }
    let columns = Columns::of(table)?;
    let id = table.find(ID);
    if let Some(id) = id {
        table.require_unique(id)?;
    }
    let described: Vec<&str> = [ID, GENRE, GROUP, ARTIST, ALBUM, SPLIT, WORDS].concat();
    let numbers: Vec<usize> = (0..table.header().len())
        .filter(|&c| {
            !described
                .iter()
                .any(|d| table.header()[c].eq_ignore_ascii_case(d))
        })
        .collect();
    if numbers.is_empty() {
        return Err(DataError::UnknownLayout {
            path: table.path.clone(),
            found: format!(
                "it has neither a column `path` nor columns of numbers, only {}",
                table.header().join(", ")
            ),
        });
    }
    if let Some(fault) = words_for_numbers(table, &numbers) {
        return Err(fault);
    }
    let mut rows = Vec::with_capacity(table.len());
    let mut data = Vec::with_capacity(table.len() * numbers.len());
    for r in 0..table.len() {
        let name = id.map_or_else(
            || format!("row {}", r + 1),
            |c| table.cell(r, Some(c)).to_string(),
        );
        rows.push(columns.read(table, r, name)?);
        for &c in &numbers {
            data.push(table.number(r, c)?);
        }
    }
    let mut array = Array::from_windows("values", &[numbers.len()], &vec![1; rows.len()], data)?;
    array.columns = numbers
        .into_iter()
        .map(|c| table.header()[c].clone())
        .collect();
    Parts {
        path: &table.path,
        rows,
        arrays: vec![array],
        notes: Vec::new(),
        unread: 0,
        parents: BTreeMap::new(),
    }
    .build(options)
}

/// The error of a table with a column of words in every row: most likely it lists files or
/// names under an unknown column name.
fn words_for_numbers(table: &Table, numbers: &[usize]) -> Option<DataError> {
    let of_words = |&column: &usize| {
        let is_word = |row| {
            let cell = table.cell(row, Some(column));
            !cell.is_empty() && cell.parse::<f64>().is_err()
        };
        (0..table.len()).all(is_word)
    };
    let nearest = table.nearest(PATH);
    if table.len() < if nearest.is_some() { 1 } else { 2 } {
        return None;
    }
    let column = *numbers.iter().find(|column| of_words(column))?;
    let nearest = match nearest {
        Some(near) => format!("; the nearest to `path` is `{}`", table.header()[near]),
        None => String::new(),
    };
    Some(DataError::UnknownLayout {
        path: table.path.clone(),
        found: format!(
            "its column `{}` holds words (`{}`). Expected the columns `{}` and `{}` of a list of audio files, or `{}` and columns of numbers; found {}{nearest}",
            table.header()[column],
            table.cell(0, Some(column)),
            PATH.join("` or `"),
            GENRE.join("` or `"),
            GENRE.join("` or `"),
            table.header().join(", "),
        ),
    })
}
