//! Parquet tables of any columns, written row by row.

use std::path::{Path, PathBuf};

use genrenet_files::NewFile;

use super::column::Column;
use super::row_groups::{ROW_GROUP_ROWS, RowGroups};
use crate::error::DataError;

/// What the cells of a column hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnKind {
    /// Text in UTF-8.
    Text,
    /// A number of 64 bits.
    Double,
    /// A number of 32 bits.
    Float,
    /// A whole number of 32 bits.
    Int,
    /// True or false.
    Bool,
    /// A list of numbers of 32 bits, of any length.
    Floats,
}

impl ColumnKind {
    /// The format's number for how a value is stored.
    pub(super) fn physical_type(self) -> i32 {
        match self {
            ColumnKind::Bool => 0,
            ColumnKind::Int => 1,
            ColumnKind::Float | ColumnKind::Floats => 4,
            ColumnKind::Double => 5,
            ColumnKind::Text => 6,
        }
    }
}

/// A value of a row; `None` is null.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Cell<'a> {
    /// Of a column of texts.
    Text(Option<&'a str>),
    /// Of a column of doubles.
    Double(Option<f64>),
    /// Of a column of floats.
    Float(Option<f32>),
    /// Of a column of whole numbers.
    Int(Option<i32>),
    /// Of a column of truth values.
    Bool(Option<bool>),
    /// Of a column of lists: null and an empty list differ.
    Floats(Option<&'a [f32]>),
}

impl Cell<'_> {
    /// Its kind, and whether it is null.
    pub(super) fn kind(&self) -> (ColumnKind, bool) {
        match self {
            Cell::Text(v) => (ColumnKind::Text, v.is_none()),
            Cell::Double(v) => (ColumnKind::Double, v.is_none()),
            Cell::Float(v) => (ColumnKind::Float, v.is_none()),
            Cell::Int(v) => (ColumnKind::Int, v.is_none()),
            Cell::Bool(v) => (ColumnKind::Bool, v.is_none()),
            Cell::Floats(v) => (ColumnKind::Floats, v.is_none()),
        }
    }
}

/// A Parquet file that grows row by row.
///
/// At most about 16 MB or 100 000 rows are in memory. The file has its name only when it is complete.
///
/// ```
/// use genrenet_data::export::{Cell, ColumnKind, Table};
///
/// let path = std::env::temp_dir().join("genrenet-songs.parquet");
/// let mut table = Table::create(&path, &[("path", ColumnKind::Text), ("bpm", ColumnKind::Double)])?;
/// table.push(&[Cell::Text(Some("a.mp3")), Cell::Double(Some(120.0))])?;
/// table.push(&[Cell::Text(Some("b.mp3")), Cell::Double(None)])?;
/// table.finish()?;
/// # Ok::<(), genrenet_data::DataError>(())
/// ```
pub struct Table {
    groups: RowGroups<NewFile>,
    path: PathBuf,
}

/// Columns of which no two have the same name.
pub(super) fn distinct(path: &Path, columns: Vec<Column>) -> Result<Vec<Column>, DataError> {
    for (i, column) in columns.iter().enumerate() {
        if columns[..i].iter().any(|other| other.name == column.name) {
            let message = format!("two columns have the name `{}`", column.name);
            return Err(DataError::Table {
                path: path.to_path_buf(),
                message,
            });
        }
    }
    Ok(columns)
}

impl Table {
    /// Begins a file with these columns, each of which may hold nulls. The name must end with `.parquet`.
    ///
    /// # Errors
    /// If the name ends otherwise, two columns have the same name, or nothing can be written there.
    pub fn create<N: AsRef<str>>(
        path: &Path,
        columns: &[(N, ColumnKind)],
    ) -> Result<Table, DataError> {
        let columns = columns.iter();
        let columns = columns.map(|(name, kind)| Column::new(name.as_ref(), *kind, false));
        Table::with_columns(path, columns.collect())
    }

    pub(super) fn with_columns(path: &Path, columns: Vec<Column>) -> Result<Table, DataError> {
        super::require_ending(path, &["parquet"])?;
        let columns = distinct(path, columns)?;
        let file = NewFile::create(path).map_err(DataError::io(path))?;
        let groups = RowGroups::begin(file, columns).map_err(DataError::io(path))?;
        let path = path.to_path_buf();
        Ok(Table { groups, path })
    }

    /// Appends a row: one cell for each column, in their order.
    ///
    /// # Errors
    /// If the number of cells or the kind of one does not fit the columns (nothing is appended then), or it cannot be written.
    pub fn push(&mut self, cells: &[Cell]) -> Result<(), DataError> {
        self.groups
            .push(cells)
            .map_err(|message| DataError::Table {
                path: self.path.clone(),
                message,
            })?;
        match self.groups.is_full(ROW_GROUP_ROWS) {
            true => self.groups.write_group().map_err(DataError::io(&self.path)),
            false => Ok(()),
        }
    }

    /// Completes and renames the file, replacing one of that name. If it is not called, no file remains.
    ///
    /// # Errors
    /// If it cannot be written (a full disk); the earlier file of that name is then unchanged.
    pub fn finish(self) -> Result<(), DataError> {
        let file = self.groups.complete(&[]);
        file.and_then(NewFile::finish)
            .map_err(DataError::io(self.path))
    }
}
