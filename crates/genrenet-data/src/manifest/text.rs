//! Manifests as CSV, or separated by tabs or semicolons.

use std::path::{Path, PathBuf};

use super::bytes::{Bytes, MARK_ROWS, Mark, not_text};
use super::{COLUMNS, Cells, ReadRow, cell, positions};
use crate::columns::Header;
use crate::error::DataError;
use crate::records::Records;
use crate::table;

/// A text table whose rows were counted.
pub(super) struct TextTable {
    path: PathBuf,
    bytes: Bytes,
    separator: u8,
    header: Header,
    positions: [Option<usize>; COLUMNS.len()],
    /// Where every [`MARK_ROWS`]-th row begins.
    marks: Vec<Mark>,
    len: usize,
}

/// The header of a text table that begins with `head`.
pub(super) fn header(path: &Path, head: &[u8]) -> Result<Header, DataError> {
    let bytes = Bytes::of(path, head)?;
    let separator = separator(path, &bytes)?;
    let reader = bytes.from(0).map_err(DataError::io(path))?;
    let mut records = Records::new(&table::separated(separator), reader);
    let fault = |message: String| DataError::Table {
        path: path.to_path_buf(),
        message,
    };
    let record = records.header().map_err(|e| fault(e.to_string()))?;
    if let Some(message) = record.iter().find_map(|name| not_text(name, 1)) {
        return Err(fault(message));
    }
    table::header(record).map_err(fault)
}

fn separator(path: &Path, bytes: &Bytes) -> Result<u8, DataError> {
    let mut reader = bytes.from(0).map_err(DataError::io(path))?;
    let line = reader.fill_buf().map_err(DataError::io(path))?;
    Ok(table::separator(line))
}

impl TextTable {
    pub(super) fn open(path: &Path, head: &[u8]) -> Result<TextTable, DataError> {
        let bytes = Bytes::of(path, head)?;
        let header = header(path, head)?;
        let separator = separator(path, &bytes)?;
        let positions = positions(path, &header)?;
        let reader = bytes.from(0).map_err(DataError::io(path))?;
        let mut records = Records::new(&table::separated(separator), reader);
        let fault = |message: String| DataError::Table {
            path: path.to_path_buf(),
            message,
        };
        let (mut marks, mut len) = (Vec::new(), 0);
        while let Some(record) = records.next_record() {
            let record = record.map_err(|e| fault(table::describe(&e, records.line())))?;
            let at = record.position();
            let line = at.map_or(0, csv::Position::line);
            if let Some(message) = record.iter().find_map(|cell| not_text(cell, line)) {
                return Err(fault(message));
            }
            if usize::is_multiple_of(len, MARK_ROWS) {
                let offset = at.map_or(0, csv::Position::byte);
                marks.push(Mark { offset, line });
            }
            len += 1;
        }
        Ok(TextTable {
            path: path.to_path_buf(),
            bytes,
            separator,
            header,
            positions,
            marks,
            len,
        })
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn header(&self) -> &Header {
        &self.header
    }

    /// The rows from `first` on.
    pub(super) fn rows(
        &self,
        first: usize,
    ) -> Result<impl Iterator<Item = ReadRow> + '_, DataError> {
        let mark = self.marks[first / MARK_ROWS];
        let reader = self
            .bytes
            .from(mark.offset)
            .map_err(DataError::io(&self.path))?;
        let mut builder = table::separated(self.separator);
        builder.has_headers(false);
        let mut records = Records::new(&builder, reader);
        let read = std::iter::from_fn(move || {
            let record = records.next_record()?;
            let line = mark.line + records.line() - 1;
            Some(record.map_err(|error| DataError::Table {
                path: self.path.clone(),
                message: table::describe(&error, line),
            }))
        });
        Ok(read.skip(first % MARK_ROWS).map(move |record| {
            let record = record?;
            let line = record.position().map_or(1, csv::Position::line);
            let cells: Cells = self.positions.map(|position| {
                let bytes = record.get(position?)?;
                cell(&String::from_utf8_lossy(bytes))
            });
            Ok((cells, mark.line + line - 1))
        }))
    }
}
