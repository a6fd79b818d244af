//! Tables with a header line: CSV, TSV and semicolon-separated files.

use std::path::{Path, PathBuf};

use csv::StringRecord;

use crate::columns::Header;
use crate::error::DataError;
use crate::records::Records;
use crate::text;

/// Most bytes of a table: 512 MiB are some ten million rows, and take a few times as much memory.
pub(crate) const TABLE_BYTES: u64 = 512 << 20;

/// A table in memory, with the line of each record for error messages.
pub(crate) struct Table {
    pub(crate) path: PathBuf,
    header: Header,
    records: Vec<StringRecord>,
}

impl Table {
    /// Reads a table; the separator is tab, semicolon or comma, whichever is most frequent in the header.
    pub(crate) fn read(path: &Path) -> Result<Table, DataError> {
        let bytes = genrenet_files::read(path, TABLE_BYTES).map_err(DataError::io(path))?;
        let fault = |message: String| DataError::Table {
            path: path.to_path_buf(),
            message,
        };
        let text = text::text(&bytes).map_err(|error| fault(error.to_string()))?;
        let bytes = text.as_bytes();
        let builder = separated(separator(bytes));
        let mut reader = Records::new(&builder, bytes);
        let header = reader.header().map_err(|e| fault(e.to_string()))?;
        let header = self::header(header).map_err(fault)?;
        let mut records = Vec::new();
        while let Some(record) = reader.next_record() {
            let record = record.map_err(|e| fault(describe(&e, reader.line())))?;
            records.push(StringRecord::from_byte_record_lossy(record));
        }
        Ok(Table {
            path: path.to_path_buf(),
            header,
            records,
        })
    }

    /// The columns' names.
    pub(crate) fn header(&self) -> &[String] {
        &self.header.0
    }

    /// Number of rows below the header.
    pub(crate) fn len(&self) -> usize {
        self.records.len()
    }

    /// Position of the first of these columns that exists (case does not matter).
    pub(crate) fn find(&self, names: &[&str]) -> Option<usize> {
        self.header.find(names)
    }

    /// Position of a column that must exist.
    pub(crate) fn require(&self, names: &[&str]) -> Result<usize, DataError> {
        self.find(names).ok_or_else(|| DataError::Table {
            path: self.path.clone(),
            message: self.header.lacks(names),
        })
    }

    /// A message that none of these columns exists, with the nearest one and the list of columns.
    pub(crate) fn lacks(&self, names: &[&str]) -> String {
        self.header.lacks(names)
    }

    /// Position of the column whose name is nearest to one of these.
    pub(crate) fn nearest(&self, names: &[&str]) -> Option<usize> {
        self.header.nearest(names)
    }

    /// A cell's text; a missing column is read as empty.
    pub(crate) fn cell(&self, row: usize, column: Option<usize>) -> &str {
        column.and_then(|c| self.records[row].get(c)).unwrap_or("")
    }

    /// A cell as a finite number.
    pub(crate) fn number(&self, row: usize, column: usize) -> Result<f32, DataError> {
        let text = self.cell(row, Some(column));
        match text.parse::<f64>() {
            Ok(v) if v.is_finite() && (v as f32).is_finite() => Ok(v as f32),
            _ => Err(self.fault(row, column, "a finite number", text)),
        }
    }

    /// An error about one cell.
    pub(crate) fn fault(
        &self,
        row: usize,
        column: usize,
        expected: &str,
        found: &str,
    ) -> DataError {
        DataError::Cell {
            path: self.path.clone(),
            line: self.records[row]
                .position()
                .map_or(row as u64 + 2, csv::Position::line),
            column: self.header.0[column].clone(),
            expected: expected.into(),
            found: found.into(),
        }
    }

    /// Fails if an id is not unique; `column` holds ids.
    pub(crate) fn require_unique(&self, column: usize) -> Result<(), DataError> {
        let mut seen = std::collections::HashMap::new();
        for row in 0..self.len() {
            let id = self.cell(row, Some(column));
            if id.is_empty() {
                return Err(self.fault(row, column, "an id", ""));
            }
            if let Some(first) = seen.insert(id, row) {
                return Err(DataError::DuplicateId {
                    path: self.path.clone(),
                    id: id.into(),
                    first: first + 1,
                    second: row + 1,
                });
            }
        }
        Ok(())
    }
}

/// The separator of a table: tab, semicolon or comma, whichever is most frequent in its first line.
pub(crate) fn separator(table: &[u8]) -> u8 {
    let first = table.split(|&b| b == b'\n').next().unwrap_or_default();
    let count = |separator: u8| first.iter().filter(|&&b| b == separator).count();
    let most = [b',', b';', b'\t'].into_iter().max_by_key(|&s| count(s));
    most.filter(|&s| count(s) > 0).unwrap_or(b',')
}

/// How records with this separator are read: cells without the spaces around them.
pub(crate) fn separated(separator: u8) -> csv::ReaderBuilder {
    let mut builder = csv::ReaderBuilder::new();
    builder
        .delimiter(separator)
        .trim(csv::Trim::All)
        .comment(None);
    builder
}

/// The names in a table's first record, or what is wrong with them.
pub(crate) fn header(record: &csv::ByteRecord) -> Result<Header, String> {
    let names = record
        .iter()
        .map(|h| String::from_utf8_lossy(h).into_owned());
    let header = Header(names.collect());
    if header.0.iter().all(String::is_empty) {
        return Err("it is empty: expected a header line and rows".into());
    }
    match header.repeated() {
        Some(name) => Err(format!("the column `{name}` is twice in its header")),
        None => Ok(header),
    }
}

/// What is wrong with a record of this line, without the path.
pub(crate) fn describe(error: &csv::Error, line: u64) -> String {
    match error.kind() {
        csv::ErrorKind::UnequalLengths {
            expected_len, len, ..
        } => format!("line {line}: expected {expected_len} cells as in its header, found {len}"),
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(text: &str) -> Result<Table, DataError> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        Table::read(file.path())
    }

    #[test]
    fn separators_marks_and_quotes() {
        for text in [
            "path,genre\na.mp3,Rock\n",
            "path\tgenre\r\na.mp3\tRock\r\n",
            "\u{feff}path;genre\n\"a.mp3\"; Rock",
        ] {
            let t = table(text).unwrap();
            assert_eq!(t.header(), ["path", "genre"]);
            assert_eq!(
                (t.cell(0, t.find(&["PATH"])), t.cell(0, Some(1))),
                ("a.mp3", "Rock")
            );
        }
    }

    #[test]
    fn faults_name_line_and_column() {
        let message = |r: Result<Table, DataError>| r.err().unwrap().to_string();
        assert!(
            message(table("a,b\n1,2\n1\n"))
                .ends_with("line 3: expected 2 cells as in its header, found 1")
        );
        assert!(message(table("")).contains("it is empty"));
        assert!(message(table("a,a\n1,2\n")).contains("is twice in its header"));
        let t = table("id,x\n1,2\n2,NaN\n2,7\n").unwrap();
        let fault = t.number(1, 1).unwrap_err().to_string();
        assert!(
            fault.ends_with("line 3, column `x`: expected a finite number, found `NaN`"),
            "{fault}"
        );
        let fault = t.require_unique(0).unwrap_err().to_string();
        assert!(
            fault.ends_with("the id `2` is not unique (rows 2 and 3)"),
            "{fault}"
        );
        assert!(
            t.require(&["genre"])
                .err()
                .unwrap()
                .to_string()
                .ends_with("its columns are id, x")
        );
    }
}
