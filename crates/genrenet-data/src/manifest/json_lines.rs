//! Manifests as JSON lines: one object a line.

use std::fmt;
use std::io::{BufRead, Read};
use std::path::{Path, PathBuf};

use serde::de::{Deserializer, Error, IgnoredAny, MapAccess, Visitor};

use super::bytes::{Bytes, MARK_ROWS, Mark, not_text};
use super::{COLUMNS, Cells, ReadRow, cell};
use crate::error::DataError;
use crate::records::RECORD_BYTES;

/// JSON lines whose rows were counted.
pub(super) struct JsonLines {
    path: PathBuf,
    bytes: Bytes,
    marks: Vec<Mark>,
    len: usize,
}

/// Lines that are not blank, one after the other.
struct Lines {
    reader: Box<dyn BufRead>,
    /// Where the next line begins.
    next: Mark,
    line: Vec<u8>,
}

impl Lines {
    /// Reads the next line that is not blank; returns where it begins, `None` at the end.
    fn advance(&mut self, path: &Path) -> Result<Option<Mark>, DataError> {
        loop {
            self.line.clear();
            let mut bounded = (&mut self.reader).take(RECORD_BYTES as u64 + 1);
            let n = bounded.read_until(b'\n', &mut self.line);
            let n = n.map_err(DataError::io(path))?;
            if n > RECORD_BYTES {
                return Err(DataError::Table {
                    path: path.to_path_buf(),
                    message: format!(
                        "line {} is longer than {RECORD_BYTES} bytes",
                        self.next.line
                    ),
                });
            }
            let at = self.next;
            self.next.offset += n as u64;
            self.next.line += 1;
            if n == 0 {
                return Ok(None);
            }
            if !self.line.trim_ascii().is_empty() {
                return Ok(Some(at));
            }
        }
    }
}

impl JsonLines {
    pub(super) fn open(path: &Path, head: &[u8]) -> Result<JsonLines, DataError> {
        let bytes = Bytes::of(path, head)?;
        let mut table = JsonLines {
            path: path.to_path_buf(),
            bytes,
            marks: Vec::new(),
            len: 0,
        };
        let mut lines = table.lines(Mark { offset: 0, line: 1 })?;
        while let Some(at) = lines.advance(path)? {
            if table.len == 0 && lines.line.trim_ascii_start().starts_with(b"[") {
                return Err(DataError::Table {
                    path: path.to_path_buf(),
                    message: "expected JSON lines, one object a line; found an array".into(),
                });
            }
            if table.len.is_multiple_of(MARK_ROWS) {
                table.marks.push(at);
            }
            table.len += 1;
        }
        Ok(table)
    }

    fn lines(&self, next: Mark) -> Result<Lines, DataError> {
        let reader = self
            .bytes
            .from(next.offset)
            .map_err(DataError::io(&self.path))?;
        Ok(Lines {
            reader,
            next,
            line: Vec::new(),
        })
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// The rows from `first` on; a line that is no row is an error in its place.
    pub(super) fn rows(
        &self,
        first: usize,
    ) -> Result<impl Iterator<Item = ReadRow> + '_, DataError> {
        let mut lines = self.lines(self.marks[first / MARK_ROWS])?;
        let mut before = first % MARK_ROWS;
        let mut ended = false;
        Ok(std::iter::from_fn(move || {
            while !ended {
                match lines.advance(&self.path) {
                    Ok(Some(_)) if before > 0 => before -= 1,
                    Ok(Some(at)) => return Some(self.row(&lines.line, at.line)),
                    Ok(None) => ended = true,
                    Err(error) => {
                        ended = true;
                        return Some(Err(error));
                    }
                }
            }
            None
        }))
    }

    fn row(&self, bytes: &[u8], line: u64) -> ReadRow {
        let fault = |message: String| DataError::Table {
            path: self.path.clone(),
            message,
        };
        if let Some(message) = not_text(bytes, line) {
            return Err(fault(message));
        }
        let mut reader = serde_json::Deserializer::from_slice(bytes);
        let row = reader.deserialize_map(Row).and_then(|row| {
            reader.end()?;
            Ok(row)
        });
        let row = row.map_err(|error| {
            // The reader sees one line only: its own count of lines says nothing.
            let text = error.to_string();
            let reason = text.split(" at line ").next().unwrap_or_default();
            fault(format!(
                "line {line}: expected one JSON object, such as {{\"path\": \"a.mp3\", \"genre\": \"Rock\"}}; found: {reason}"
            ))
        })?;
        match row {
            Ok(cells) => Ok((cells, line)),
            Err((column, found)) => Err(DataError::Cell {
                path: self.path.clone(),
                line,
                column,
                expected: "text or a whole number".into(),
                found,
            }),
        }
    }
}

/// Takes the values of a manifest's columns out of an object, or names the first that is neither text nor a whole number.
struct Row;

impl<'de> Visitor<'de> for Row {
    type Value = Result<Cells, (String, String)>;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Self::Value, A::Error> {
        let mut cells: [Option<(usize, Option<String>)>; COLUMNS.len()] = Default::default();
        let mut fault = None;
        while let Some(key) = object.next_key::<String>()? {
            let rank = |names: &&[&str]| names.iter().position(|n| key.eq_ignore_ascii_case(n));
            let Some(column) = COLUMNS.iter().position(|names| rank(names).is_some()) else {
                object.next_value::<IgnoredAny>()?;
                continue;
            };
            let value: serde_json::Value = object.next_value()?;
            let text = match &value {
                serde_json::Value::Null => None,
                serde_json::Value::String(text) => cell(text),
                serde_json::Value::Number(number) if !number.is_f64() => Some(number.to_string()),
                other => {
                    fault.get_or_insert((key, other.to_string()));
                    continue;
                }
            };
            // Of two keys for one column, the one that is named first in the list of names counts, as in a table.
            let rank = rank(&COLUMNS[column]).ok_or_else(|| A::Error::custom("no column"))?;
            match &cells[column] {
                Some((better, _)) if *better <= rank => {}
                _ => cells[column] = Some((rank, text)),
            }
        }
        Ok(match fault {
            Some(fault) => Err(fault),
            None => Ok(cells.map(|cell| cell?.1)),
        })
    }
}
