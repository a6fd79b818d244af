//! Manifests: tables of audio files, read row by row, however many rows they have.
//!
//! A manifest is a table with the columns `path`, `genre`, `artist`, `album`, `split` and `group`; all but `path` may be
//! missing, empty or null, and other columns are ignored. It is CSV (or separated by tabs or semicolons), JSON lines (an
//! object a line) or Parquet; the content decides which, not the file's name.
//!
//! ```
//! use genrenet_data::manifest::Manifest;
//!
//! let path = std::env::temp_dir().join(format!("genrenet-manifest-{}.jsonl", std::process::id()));
//! std::fs::write(&path, "{\"path\": \"a.mp3\", \"genre\": \"Rock\"}\n{\"path\": \"b.mp3\", \"artist\": 7}\n")?;
//! let manifest = Manifest::open(&path)?;
//! assert_eq!(manifest.len(), 2);
//! let rows = manifest.rows(1..2)?.collect::<Result<Vec<_>, _>>()?;
//! assert_eq!(rows[0].artist.as_deref(), Some("7"));
//! assert_eq!(manifest.file(&rows[0]), std::env::temp_dir().join("b.mp3"));
//! std::fs::remove_file(&path)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod bytes;
mod json_lines;
mod parquet;
mod text;

use std::ops::Range;
use std::path::{Path, PathBuf};

use crate::columns::{ALBUM, ARTIST, GENRE, GROUP, Header, PATH, SPLIT};
use crate::error::DataError;

/// The columns of a manifest, and the names by which each is found.
const COLUMNS: [&[&str]; 6] = [PATH, GENRE, ARTIST, ALBUM, SPLIT, GROUP];

/// What a row says in each of [`COLUMNS`]; never empty text.
type Cells = [Option<String>; COLUMNS.len()];

/// A table of audio files whose rows are read when they are wanted.
pub struct Manifest {
    path: PathBuf,
    table: Table,
}

/// How the rows are stored.
enum Table {
    Text(text::TextTable),
    JsonLines(json_lines::JsonLines),
    Parquet(parquet::ParquetTable),
}

/// A row of a [`Manifest`]; what is missing, empty or null in the table is `None`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ManifestRow {
    /// The audio file as the table writes it; [`Manifest::file`] gives the path to open.
    pub path: String,
    /// Name of the genre.
    pub genre: Option<String>,
    /// Name or number of the artist.
    pub artist: Option<String>,
    /// Name or number of the album.
    pub album: Option<String>,
    /// Name of the subset.
    pub split: Option<String>,
    /// Name of the group that stays in one subset.
    pub group: Option<String>,
    /// Position of the row in the table, from 0.
    pub index: usize,
    /// Line in the file, from 1; of a Parquet table, which has no lines, the row from 1.
    pub line: u64,
}

impl Manifest {
    /// Opens a manifest and counts its rows. CSV is checked as a whole: every row must have as many cells as the header.
    /// Rows of JSON lines and Parquet are checked when they are read.
    ///
    /// # Errors
    /// If the file can't be read, is none of the three kinds, or has no column `path`.
    pub fn open(path: &Path) -> Result<Manifest, DataError> {
        let head = bytes::head(path)?;
        let table = match kind(&head) {
            Kind::Parquet => Table::Parquet(parquet::ParquetTable::open(path)?),
            Kind::JsonLines => Table::JsonLines(json_lines::JsonLines::open(path, &head)?),
            Kind::Text => Table::Text(text::TextTable::open(path, &head)?),
        };
        Ok(Manifest {
            path: path.to_path_buf(),
            table,
        })
    }

    /// The number of rows.
    pub fn len(&self) -> usize {
        match &self.table {
            Table::Text(table) => table.len(),
            Table::JsonLines(table) => table.len(),
            Table::Parquet(table) => table.len(),
        }
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Rows of a range, in order; those before it are not read (at most 1 023 of text, or the range's first row group of Parquet).
    /// Memory does not grow with the number of rows. A row that can't be read is an error in its place; after a fault of
    /// the file itself, no more rows follow.
    ///
    /// # Errors
    /// If the file can't be opened.
    ///
    /// # Panics
    /// If the range ends behind the last row.
    pub fn rows(&self, range: Range<usize>) -> Result<Rows<'_>, DataError> {
        assert!(range.end <= self.len(), "{range:?} of {} rows", self.len());
        let (next, left) = (range.start, range.len());
        let rows: Box<dyn Iterator<Item = ReadRow> + '_> = match &self.table {
            _ if left == 0 => Box::new(std::iter::empty()),
            Table::Text(table) => Box::new(table.rows(next)?),
            Table::JsonLines(table) => Box::new(table.rows(next)?),
            Table::Parquet(table) => Box::new(table.rows(range)?),
        };
        Ok(Rows {
            rows,
            path: &self.path,
            next,
            left,
        })
    }

    /// Eight bytes of the SHA-256 of the file, in hexadecimal: manifests of one fingerprint have the same rows.
    ///
    /// # Errors
    /// If the file can't be read.
    pub fn fingerprint(&self) -> Result<String, DataError> {
        let number = crate::fingerprint::of_file(&self.path).map_err(DataError::io(&self.path))?;
        Ok(format!("{number:016x}"))
    }

    /// The audio file of a row: a relative path begins at the manifest's folder.
    pub fn file(&self, row: &ManifestRow) -> PathBuf {
        self.path.parent().unwrap_or(Path::new("")).join(&row.path)
    }

    /// The error about one cell of a row; `column` is its usual name.
    pub(crate) fn fault(
        &self,
        row: &ManifestRow,
        column: &str,
        expected: &str,
        found: &str,
    ) -> DataError {
        DataError::Cell {
            path: self.path.clone(),
            line: row.line,
            column: column.into(),
            expected: expected.into(),
            found: found.into(),
        }
    }

    /// Why there is no column of these names; `None` where there is, or where each row decides (JSON lines).
    pub(crate) fn lacks(&self, names: &[&str]) -> Option<String> {
        let header = match &self.table {
            Table::Text(table) => table.header(),
            Table::JsonLines(_) => return None,
            Table::Parquet(table) => table.header(),
        };
        header.find(names).is_none().then(|| header.lacks(names))
    }
}

/// A row as it is stored, with its line, or why it can't be read.
type ReadRow = Result<(Cells, u64), DataError>;

/// Rows of a range of a [`Manifest`].
pub struct Rows<'a> {
    rows: Box<dyn Iterator<Item = ReadRow> + 'a>,
    path: &'a Path,
    next: usize,
    left: usize,
}

impl Iterator for Rows<'_> {
    type Item = Result<ManifestRow, DataError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.left = self.left.checked_sub(1)?;
        let index = self.next;
        self.next += 1;
        let (cells, line) = match self.rows.next()? {
            Ok(row) => row,
            Err(error) => return Some(Err(error)),
        };
        let [path, genre, artist, album, split, group] = cells;
        let Some(path) = path else {
            return Some(Err(DataError::Cell {
                path: self.path.to_path_buf(),
                line,
                column: PATH[0].into(),
                expected: "an audio file".into(),
                found: String::new(),
            }));
        };
        Some(Ok(ManifestRow {
            path,
            genre,
            artist,
            album,
            split,
            group,
            index,
            line,
        }))
    }
}

/// What a file's first bytes say of how its rows are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Parquet,
    JsonLines,
    Text,
}

fn kind(head: &[u8]) -> Kind {
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    match text.trim_ascii_start() {
        _ if head.starts_with(b"PAR1") => Kind::Parquet,
        [b'{' | b'[', ..] => Kind::JsonLines,
        _ => Kind::Text,
    }
}

/// Whether a file is a manifest, from its first bytes: Parquet, JSON lines, or text whose header has a column of audio files.
pub(crate) fn is_manifest(path: &Path) -> Result<bool, DataError> {
    let head = bytes::head(path)?;
    Ok(match kind(&head) {
        Kind::Parquet | Kind::JsonLines => true,
        Kind::Text => text::header(path, &head).is_ok_and(|header| header.find(PATH).is_some()),
    })
}

/// Text without the spaces around it; `None` where nothing is left.
fn cell(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// The position of each of [`COLUMNS`] in a header, which must have the first.
fn positions(path: &Path, header: &Header) -> Result<[Option<usize>; COLUMNS.len()], DataError> {
    if header.find(PATH).is_none() {
        return Err(DataError::Table {
            path: path.to_path_buf(),
            message: format!("it is no list of audio files: {}", header.lacks(PATH)),
        });
    }
    Ok(COLUMNS.map(|names| header.find(names)))
}
