//! The row groups of a Parquet file, gathered row by row and written to any target, and the footer behind them.

use std::io::{self, BufWriter, Write};

use super::column::Column;
use super::table::Cell;
use super::thrift::Struct;

/// Rows are gathered until they take this many bytes, or are this many.
const ROW_GROUP_BYTES: usize = 16 << 20;
pub(super) const ROW_GROUP_ROWS: i64 = 100_000;

/// The first and last bytes of a file.
pub(super) const MAGIC: &[u8; 4] = b"PAR1";

/// A Parquet file as it grows.
pub(super) struct RowGroups<W: Write> {
    target: BufWriter<W>,
    /// Where the next page begins in the file.
    pub(super) offset: u64,
    pub(super) columns: Vec<Column>,
    /// Rows of the group that is being gathered.
    pub(super) rows: i64,
    /// Rows of all written groups.
    pub(super) total_rows: i64,
    /// The metadata of each written group.
    pub(super) groups: Vec<Vec<u8>>,
}

impl<W: Write> RowGroups<W> {
    /// Begins a file.
    pub(super) fn begin(target: W, columns: Vec<Column>) -> io::Result<RowGroups<W>> {
        let mut target = BufWriter::new(target);
        target.write_all(MAGIC)?;
        Ok(RowGroups {
            target,
            offset: MAGIC.len() as u64,
            columns,
            rows: 0,
            total_rows: 0,
            groups: Vec::new(),
        })
    }

    /// Appends a row: one cell for each column, in their order.
    ///
    /// # Errors
    /// Why the cells don't fit the columns; nothing is appended then.
    pub(super) fn push(&mut self, cells: &[Cell]) -> Result<(), String> {
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
        for (column, cell) in self.columns.iter_mut().zip(cells) {
            column.push(cell);
        }
        self.rows += 1;
        Ok(())
    }

    /// Whether the gathered rows are a row group of the usual size, or of `rows` rows.
    pub(super) fn is_full(&self, rows: i64) -> bool {
        let size: usize = self.columns.iter().map(Column::size).sum();
        size >= ROW_GROUP_BYTES || self.rows >= rows
    }

    /// Writes the gathered rows as a group; without any, nothing.
    pub(super) fn write_group(&mut self) -> io::Result<()> {
        if self.rows == 0 {
            return Ok(());
        }
        let start = self.offset;
        let mut chunks = Vec::new();
        for column in &mut self.columns {
            let (parts, chunk, size) = column.take_page(self.offset)?;
            for part in parts {
                self.target.write_all(&part)?;
            }
            chunks.push(chunk);
            self.offset += size;
        }
        let group = Struct::default()
            .structures(1, chunks)
            .i64(2, (self.offset - start) as i64)
            .i64(3, self.rows);
        self.groups.push(group.finish());
        self.total_rows += self.rows;
        self.rows = 0;
        Ok(())
    }

    /// Hands everything to the target.
    pub(super) fn flushed(&mut self) -> io::Result<&mut W> {
        self.target.flush()?;
        Ok(self.target.get_mut())
    }

    /// Writes the rows that are left and the footer, with entries of the file's own metadata (`key_value_metadata`).
    pub(super) fn complete(mut self, metadata: &[(&str, &str)]) -> io::Result<W> {
        self.write_group()?;
        let root = Struct::default()
            .text(4, "schema")
            .i32(5, self.columns.len() as i32);
        let columns = self.columns.iter().flat_map(Column::schema);
        let footer = Struct::default()
            .i32(1, 1)
            .structures(2, std::iter::once(root).chain(columns).collect())
            .i64(3, self.total_rows)
            .encoded(4, &self.groups);
        let entry = |(key, value): &(&str, &str)| Struct::default().text(1, key).text(2, value);
        let footer = match metadata {
            [] => footer,
            entries => footer.structures(5, entries.iter().map(entry).collect()),
        };
        let footer = footer
            .text(6, concat!("genrenet ", env!("CARGO_PKG_VERSION")))
            .finish();
        self.target.write_all(&footer)?;
        self.target
            .write_all(&(footer.len() as u32).to_le_bytes())?;
        self.target.write_all(MAGIC)?;
        self.target
            .into_inner()
            .map_err(io::IntoInnerError::into_error)
    }
}

impl<W: Write> RowGroups<W> {
    /// Goes on with a file that holds `groups` with `total_rows` rows, which end at `offset`, where `target` writes next.
    pub(super) fn go_on(
        target: W,
        columns: Vec<Column>,
        (groups, total_rows, offset): (Vec<Vec<u8>>, i64, u64),
    ) -> RowGroups<W> {
        RowGroups {
            target: BufWriter::new(target),
            offset,
            columns,
            rows: 0,
            total_rows,
            groups,
        }
    }
}
