//! Tables with a header line: CSV, TSV and semicolon-separated files.

use std::path::{Path, PathBuf};

use csv::StringRecord;

use crate::error::DataError;
use crate::records::Records;
use crate::text;

/// Most bytes of a table: 512 MiB are some ten million rows, and take a few times as much memory.
const TABLE_BYTES: u64 = 512 << 20;

/// A table in memory, with the line of each record for error messages.
pub(crate) struct Table {
    pub(crate) path: PathBuf,
    header: Vec<String>,
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
        let first = bytes.split(|&b| b == b'\n').next().unwrap_or_default();
        let count = |separator: u8| first.iter().filter(|&&b| b == separator).count();
        let separator = *[b',', b';', b'\t']
            .iter()
            .max_by_key(|&&s| count(s))
            .unwrap_or(&b',');
        let separator = if count(separator) == 0 {
            b','
        } else {
            separator
        };
        let mut builder = csv::ReaderBuilder::new();
        builder
            .delimiter(separator)
            .trim(csv::Trim::All)
            .comment(None);
        let mut reader = Records::new(&builder, bytes);
        let header = reader.header().map_err(|e| fault(e.to_string()))?;
        let header: Vec<String> = header
            .iter()
            .map(|h| String::from_utf8_lossy(h).into_owned())
            .collect();
        if header.iter().all(String::is_empty) {
            return Err(fault("it is empty: expected a header line and rows".into()));
        }
        for (i, name) in header.iter().enumerate() {
            if !name.is_empty() && header[..i].contains(name) {
                return Err(fault(format!("the column `{name}` is twice in its header")));
            }
        }
        let mut records = Vec::new();
        while let Some(record) = reader.next_record() {
            let record = record.map_err(|e| fault(describe(&e)))?;
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
        &self.header
    }

    /// Number of rows below the header.
    pub(crate) fn len(&self) -> usize {
        self.records.len()
    }

    /// Position of the first of these columns that exists (case does not matter).
    pub(crate) fn find(&self, names: &[&str]) -> Option<usize> {
        names
            .iter()
            .find_map(|n| self.header.iter().position(|h| h.eq_ignore_ascii_case(n)))
    }

    /// Position of a column that must exist.
    pub(crate) fn require(&self, names: &[&str]) -> Result<usize, DataError> {
        self.find(names).ok_or_else(|| DataError::Table {
            path: self.path.clone(),
            message: self.lacks(names),
        })
    }

    /// A message that none of these columns exists, with the nearest one and the list of columns.
    pub(crate) fn lacks(&self, names: &[&str]) -> String {
        let nearest = self.nearest(names).map_or_else(String::new, |column| {
            format!(", the nearest being `{}`", self.header[column])
        });
        format!(
            "no column `{}`; its columns are {}{nearest}",
            names.join("` or `"),
            self.header.join(", ")
        )
    }

    /// Position of the column whose name is nearest to one of these: it contains one (`filepath`), or differs in at most
    /// two letters (`gener`).
    pub(crate) fn nearest(&self, names: &[&str]) -> Option<usize> {
        let header: Vec<String> = self.header.iter().map(|h| h.to_lowercase()).collect();
        header
            .iter()
            .position(|h| names.iter().any(|name| h.contains(name)))
            .or_else(|| {
                let distance = |h: &String| names.iter().map(|name| edits(h, name)).min();
                (0..header.len())
                    .filter(|&c| distance(&header[c]).is_some_and(|edits| edits <= 2))
                    .min_by_key(|&c| distance(&header[c]))
            })
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
            column: self.header[column].clone(),
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

/// Letters to insert, drop or replace to get from one word to another (Levenshtein's distance).
fn edits(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (i, letter) in from.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, other) in to.iter().enumerate() {
            let replaced = diagonal + usize::from(letter != *other);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[to.len()]
}

fn describe(error: &csv::Error) -> String {
    match error.kind() {
        csv::ErrorKind::UnequalLengths {
            pos,
            expected_len,
            len,
        } => {
            let line = pos.as_ref().map_or(0, csv::Position::line);
            format!("line {line}: expected {expected_len} cells as in its header, found {len}")
        }
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

    #[test]
    fn the_nearest_column_is_named() {
        let nearest = |header: &str| {
            let t = table(&format!("{header}\n1,2\n")).unwrap();
            t.nearest(&["path", "file"]).map(|c| t.header()[c].clone())
        };
        assert_eq!(nearest("x,Filepath").as_deref(), Some("Filepath"));
        assert_eq!(nearest("x,song_file").as_deref(), Some("song_file"));
        assert_eq!(nearest("tempo,pth").as_deref(), Some("pth"));
        assert_eq!(nearest("tempo,energy"), None);
        assert_eq!(edits("kitten", "sitting"), 3);
    }
}
