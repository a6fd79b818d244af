//! Parquet tables of any columns, written row by row.

use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use genrenet_files::NewFile;

use super::column::Column;
use super::thrift::Struct;
use crate::error::DataError;

/// Rows are gathered until they take this many bytes, or are this many.
const ROW_GROUP_BYTES: usize = 16 << 20;
const ROW_GROUP_ROWS: i64 = 100_000;

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
    fn kind(&self) -> (ColumnKind, bool) {
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
    file: BufWriter<NewFile>,
    path: PathBuf,
    /// Where the next page begins in the file.
    offset: u64,
    columns: Vec<Column>,
    /// Rows of the group that is being gathered.
    rows: i64,
    total_rows: i64,
    groups: Vec<Struct>,
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
        for (i, column) in columns.iter().enumerate() {
            if columns[..i].iter().any(|other| other.name == column.name) {
                let message = format!("two columns have the name `{}`", column.name);
                return Err(DataError::Table {
                    path: path.to_path_buf(),
                    message,
                });
            }
        }
        let file = NewFile::create(path).map_err(DataError::io(path))?;
        let mut file = BufWriter::new(file);
        file.write_all(b"PAR1").map_err(DataError::io(path))?;
        Ok(Table {
            file,
            path: path.to_path_buf(),
            offset: 4,
            columns,
            rows: 0,
            total_rows: 0,
            groups: Vec::new(),
        })
    }

    /// Appends a row: one cell for each column, in their order.
    ///
    /// # Errors
    /// If the number of cells or the kind of one does not fit the columns (nothing is appended then), or it cannot be written.
    pub fn push(&mut self, cells: &[Cell]) -> Result<(), DataError> {
        self.fits(cells).map_err(|message| DataError::Table {
            path: self.path.clone(),
            message,
        })?;
        for (column, cell) in self.columns.iter_mut().zip(cells) {
            column.push(cell);
        }
        self.rows += 1;
        let size: usize = self.columns.iter().map(Column::size).sum();
        if size >= ROW_GROUP_BYTES || self.rows >= ROW_GROUP_ROWS {
            self.write_group().map_err(DataError::io(&self.path))?;
        }
        Ok(())
    }

    fn fits(&self, cells: &[Cell]) -> Result<(), String> {
        if cells.len() != self.columns.len() {
            let (expected, found) = (self.columns.len(), cells.len());
            return Err(format!("expected {expected} cells in a row, found {found}"));
        }
        for (column, (kind, null)) in self.columns.iter().zip(cells.iter().map(Cell::kind)) {
            let (name, expected) = (&column.name, column.kind);
            if kind != expected {
                return Err(format!(
                    "column `{name}`: expected a cell of the kind {expected:?}, found {kind:?}"
                ));
            }
            if null && column.required {
                return Err(format!("column `{name}`: expected a value, found null"));
            }
        }
        Ok(())
    }

    fn write_group(&mut self) -> io::Result<()> {
        if self.rows == 0 {
            return Ok(());
        }
        let start = self.offset;
        let mut chunks = Vec::new();
        for column in &mut self.columns {
            let (parts, chunk, size) = column.take_page(self.offset)?;
            for part in parts {
                self.file.write_all(&part)?;
            }
            chunks.push(chunk);
            self.offset += size;
        }
        let group = Struct::default()
            .structures(1, chunks)
            .i64(2, (self.offset - start) as i64)
            .i64(3, self.rows);
        self.groups.push(group);
        self.total_rows += self.rows;
        self.rows = 0;
        Ok(())
    }

    /// Completes and renames the file, replacing one of that name. If it is not called, no file remains.
    ///
    /// # Errors
    /// If it cannot be written (a full disk); the earlier file of that name is then unchanged.
    pub fn finish(mut self) -> Result<(), DataError> {
        let path = std::mem::take(&mut self.path);
        self.complete().map_err(DataError::io(path))
    }

    fn complete(mut self) -> io::Result<()> {
        self.write_group()?;
        let root = Struct::default()
            .text(4, "schema")
            .i32(5, self.columns.len() as i32);
        let columns = self.columns.iter().flat_map(Column::schema);
        let footer = Struct::default()
            .i32(1, 1)
            .structures(2, std::iter::once(root).chain(columns).collect())
            .i64(3, self.total_rows)
            .structures(4, self.groups)
            .text(6, concat!("genrenet ", env!("CARGO_PKG_VERSION")))
            .finish();
        self.file.write_all(&footer)?;
        self.file.write_all(&(footer.len() as u32).to_le_bytes())?;
        self.file.write_all(b"PAR1")?;
        let file = self.file.into_inner();
        file.map_err(io::IntoInnerError::into_error)?.finish()
    }
}
