//! Manifests as Parquet.

use std::collections::VecDeque;
use std::fs::File;
use std::ops::Range;
use std::path::{Path, PathBuf};

use parquet::basic::{LogicalType, Type};
use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::data_type::{ByteArray, DataType};
use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader, SerializedFileReader};

use super::{COLUMNS, Cells, ReadRow, cell, positions};
use crate::columns::Header;
use crate::error::DataError;

/// Rows that are read at once.
const BATCH_ROWS: usize = 4096;

/// A Parquet table whose columns were found.
pub(super) struct ParquetTable {
    path: PathBuf,
    header: Header,
    /// For each of [`COLUMNS`] its position in the table.
    positions: [Option<usize>; COLUMNS.len()],
    /// Rows of each row group.
    groups: Vec<usize>,
}

fn fault(path: &Path, error: &ParquetError) -> DataError {
    let text = error.to_string();
    let reason = text.strip_prefix("Parquet error: ").unwrap_or(&text);
    DataError::Table {
        path: path.to_path_buf(),
        message: format!("expected a whole Parquet table, found a faulty one: {reason}"),
    }
}

/// Runs the reader of Parquet, which panics at some faults.
fn guarded<T>(path: &Path, read: impl FnOnce() -> Result<T, DataError>) -> Result<T, DataError> {
    genrenet_audio::catch_panics(read).unwrap_or_else(|panic| {
        let error = ParquetError::General(panic.to_string());
        Err(fault(path, &error))
    })
}

fn reader(path: &Path) -> Result<SerializedFileReader<File>, DataError> {
    let file = genrenet_files::open(path).map_err(DataError::io(path))?;
    SerializedFileReader::new(file).map_err(|error| fault(path, &error))
}

impl ParquetTable {
    pub(super) fn open(path: &Path) -> Result<ParquetTable, DataError> {
        guarded(path, || ParquetTable::of(path))
    }

    fn of(path: &Path) -> Result<ParquetTable, DataError> {
        let reader = reader(path)?;
        let metadata = reader.metadata();
        let columns = metadata.file_metadata().schema_descr().columns();
        let names = columns
            .iter()
            .map(|column| column.path().parts()[0].clone());
        let header = Header(names.collect());
        let positions = positions(path, &header)?;
        for (position, names) in positions.iter().zip(COLUMNS) {
            let Some(position) = *position else { continue };
            let column = &columns[position];
            let kind = column.physical_type();
            let nested = column.path().parts().len() > 1 || column.max_rep_level() > 0;
            let readable = matches!(
                kind,
                Type::BYTE_ARRAY | Type::INT32 | Type::INT64 | Type::DOUBLE
            );
            if nested || !readable {
                let what = if nested {
                    "a list or a structure"
                } else {
                    kind_name(kind)
                };
                return Err(DataError::Table {
                    path: path.to_path_buf(),
                    message: format!(
                        "column `{}` (`{}` of the manifest): expected text or whole numbers, found {what}",
                        column.path().string(),
                        names[0]
                    ),
                });
            }
        }
        let rows =
            |group: &parquet::file::metadata::RowGroupMetaData| usize::try_from(group.num_rows());
        let groups: Result<Vec<usize>, _> = metadata.row_groups().iter().map(rows).collect();
        Ok(ParquetTable {
            path: path.to_path_buf(),
            header,
            positions,
            groups: groups.map_err(|_| {
                let error = ParquetError::General("a row group has less than no rows".into());
                fault(path, &error)
            })?,
        })
    }

    pub(super) fn len(&self) -> usize {
        self.groups.iter().sum()
    }

    pub(super) fn header(&self) -> &Header {
        &self.header
    }

    /// The name in the table of the `c`-th of [`COLUMNS`].
    fn name(&self, c: usize) -> String {
        let own = self.positions[c].map(|position| &self.header.0[position]);
        own.map_or(COLUMNS[c][0], String::as_str).to_owned()
    }

    /// The rows of a range.
    pub(super) fn rows(&self, range: Range<usize>) -> Result<Rows<'_>, DataError> {
        let mut skipped = range.start;
        let mut group = 0;
        while group < self.groups.len() && skipped >= self.groups[group] {
            skipped -= self.groups[group];
            group += 1;
        }
        Ok(Rows {
            table: self,
            reader: guarded(&self.path, || reader(&self.path))?,
            columns: None,
            group,
            left_in_group: 0,
            skip: skipped,
            next: range.start,
            end: range.end,
            batch: VecDeque::new(),
        })
    }
}

fn kind_name(kind: Type) -> &'static str {
    match kind {
        Type::BOOLEAN => "true and false",
        Type::FLOAT | Type::DOUBLE => "fractions",
        Type::INT96 => "times",
        _ => "bytes of fixed length",
    }
}

/// Rows of a range, read [`BATCH_ROWS`] at a time.
pub(super) struct Rows<'a> {
    table: &'a ParquetTable,
    reader: SerializedFileReader<File>,
    /// The columns of the row group that is being read.
    columns: Option<[Option<Column>; COLUMNS.len()]>,
    /// The next row group.
    group: usize,
    left_in_group: usize,
    /// Rows of the next row group that come before the range.
    skip: usize,
    next: usize,
    end: usize,
    batch: VecDeque<ReadRow>,
}

impl Iterator for Rows<'_> {
    type Item = ReadRow;

    fn next(&mut self) -> Option<ReadRow> {
        if self.batch.is_empty()
            && self.next < self.end
            && let Err(error) = guarded(&self.table.path, || self.fill())
        {
            self.next = self.end;
            self.batch.clear();
            return Some(Err(error));
        }
        self.batch.pop_front()
    }
}

impl Rows<'_> {
    /// Reads the next batch.
    fn fill(&mut self) -> Result<(), DataError> {
        while self.left_in_group == 0 {
            self.open_group().map_err(|e| fault(&self.table.path, &e))?;
        }
        let n = BATCH_ROWS.min(self.left_in_group).min(self.end - self.next);
        let mut cells: Vec<Cells> = vec![Cells::default(); n];
        for (c, column) in self.columns.iter_mut().flatten().enumerate() {
            let Some(column) = column else { continue };
            let read = column.read(n).map_err(|e| fault(&self.table.path, &e))?;
            for (row, value) in read.into_iter().enumerate() {
                match value {
                    Ok(text) => cells[row][c] = text,
                    Err(found) => {
                        return Err(DataError::Cell {
                            path: self.table.path.clone(),
                            line: (self.next + row + 1) as u64,
                            column: self.table.name(c),
                            expected: "text in UTF-8 or a whole number".into(),
                            found,
                        });
                    }
                }
            }
        }
        let first = self.next;
        let numbered = cells.into_iter().enumerate();
        self.batch
            .extend(numbered.map(|(row, cells)| Ok((cells, (first + row + 1) as u64))));
        self.next += n;
        self.left_in_group -= n;
        Ok(())
    }

    /// Opens the columns of the next row group and skips what comes before the range.
    fn open_group(&mut self) -> Result<(), ParquetError> {
        if self.group == self.table.groups.len() {
            return Err(ParquetError::EOF("fewer rows than the file states".into()));
        }
        let group = self.reader.get_row_group(self.group)?;
        let mut columns: [Option<Column>; COLUMNS.len()] = Default::default();
        for (column, position) in columns.iter_mut().zip(self.table.positions) {
            let Some(position) = position else { continue };
            let schema = group.metadata().column(position).column_descr();
            let logical = schema.logical_type_ref();
            let unsigned = matches!(logical, Some(LogicalType::Integer(kind)) if !kind.is_signed);
            let mut opened = Column {
                reader: group.get_column_reader(position)?,
                unsigned,
            };
            opened.skip(self.skip)?;
            *column = Some(opened);
        }
        self.columns = Some(columns);
        self.left_in_group = self.table.groups[self.group] - self.skip;
        self.skip = 0;
        self.group += 1;
        Ok(())
    }
}

/// One column of a row group.
struct Column {
    reader: ColumnReader,
    unsigned: bool,
}

/// A cell, or what it holds that is neither text nor a whole number.
type Value = Result<Option<String>, String>;

impl Column {
    fn skip(&mut self, rows: usize) -> Result<(), ParquetError> {
        let skipped = match &mut self.reader {
            ColumnReader::ByteArrayColumnReader(reader) => reader.skip_records(rows)?,
            ColumnReader::Int32ColumnReader(reader) => reader.skip_records(rows)?,
            ColumnReader::Int64ColumnReader(reader) => reader.skip_records(rows)?,
            ColumnReader::DoubleColumnReader(reader) => reader.skip_records(rows)?,
            _ => rows,
        };
        complete(skipped, rows)
    }

    /// Reads the next `rows` cells.
    fn read(&mut self, rows: usize) -> Result<Vec<Value>, ParquetError> {
        let unsigned = self.unsigned;
        match &mut self.reader {
            ColumnReader::ByteArrayColumnReader(reader) => values(reader, rows, text),
            ColumnReader::Int32ColumnReader(reader) => values(reader, rows, |v| {
                let number = if unsigned {
                    i64::from(*v as u32)
                } else {
                    i64::from(*v)
                };
                Ok(Some(number.to_string()))
            }),
            ColumnReader::Int64ColumnReader(reader) => values(reader, rows, |v| {
                let whole = if unsigned {
                    (*v as u64).to_string()
                } else {
                    v.to_string()
                };
                Ok(Some(whole))
            }),
            ColumnReader::DoubleColumnReader(reader) => values(reader, rows, |v| whole(*v)),
            _ => Err(ParquetError::General("a column changed its type".into())),
        }
    }
}

fn text(bytes: &ByteArray) -> Value {
    match std::str::from_utf8(bytes.data()) {
        Ok(text) => Ok(cell(text)),
        Err(_) => Err(String::from_utf8_lossy(bytes.data()).into_owned()),
    }
}

/// Ids beside missing ones are floats in pandas, and a missing one is NaN.
fn whole(number: f64) -> Value {
    match number {
        v if v.is_nan() => Ok(None),
        v if v == v.trunc() && v.abs() < 9e15 => Ok(Some(format!("{v:.0}"))),
        v => Err(v.to_string()),
    }
}

/// The next `rows` cells of a column, nulls among them.
fn values<T: DataType>(
    reader: &mut ColumnReaderImpl<T>,
    rows: usize,
    cell: impl Fn(&T::T) -> Value,
) -> Result<Vec<Value>, ParquetError> {
    let (mut levels, mut present) = (Vec::new(), Vec::new());
    let (read, ..) = reader.read_records(rows, Some(&mut levels), None, &mut present)?;
    complete(read, rows)?;
    if levels.is_empty() {
        return Ok(present.iter().map(cell).collect());
    }
    let mut present = present.iter();
    let value = |level: i16| match level {
        0 => Ok(None),
        _ => present.next().map_or(Ok(None), &cell),
    };
    Ok(levels.into_iter().map(value).collect())
}

fn complete(found: usize, expected: usize) -> Result<(), ParquetError> {
    if found == expected {
        return Ok(());
    }
    Err(ParquetError::EOF(format!(
        "a column ends {} rows before its row group",
        expected - found
    )))
}
