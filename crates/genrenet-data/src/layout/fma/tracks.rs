//! FMA's `tracks.csv`: a quarter of a gigabyte with three header rows, read row by row.

use std::collections::HashMap;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use csv::ByteRecord;

use crate::error::DataError;
use crate::genre_tree::ids_in;
use crate::records::Records;
use crate::split::Split;
use crate::table::describe;

/// A part of FMA, each within the next. FMA-full has the tracks of FMA-large, uncut.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Subset {
    Small,
    Medium,
    Large,
    Full,
}

impl Subset {
    /// The folders of audio files, as the archives unpack them.
    pub(crate) const FOLDERS: [(&str, Subset); 4] = [
        ("fma_small", Subset::Small),
        ("fma_medium", Subset::Medium),
        ("fma_large", Subset::Large),
        ("fma_full", Subset::Full),
    ];

    pub(crate) fn of_folder(name: &str) -> Option<Subset> {
        let known = |(folder, _): &&(&str, Subset)| *folder == name;
        Some(Subset::FOLDERS.iter().find(known)?.1)
    }

    fn parse(word: &str) -> Option<Subset> {
        let name = format!("fma_{word}");
        Subset::of_folder(&name)
    }

    /// As the table writes it.
    pub(crate) fn name(self) -> &'static str {
        &Subset::FOLDERS[self as usize].0["fma_".len()..]
    }
}

/// One track of the table.
#[derive(Clone, Debug)]
pub(crate) struct Track {
    pub(crate) id: u32,
    pub(crate) subset: Subset,
    pub(crate) split: Option<Split>,
    /// Title of the top genre; empty: none.
    pub(crate) genre: String,
    /// Ids of all genres.
    pub(crate) genres: Vec<u32>,
    pub(crate) artist: Option<String>,
    pub(crate) album: Option<String>,
    /// Line in the table.
    pub(crate) line: u64,
}

/// The columns that are used: group and name, as the first two header rows have them, and whether a table must have them.
const COLUMNS: [(&str, &str, bool); 7] = [
    ("set", "split", true),
    ("set", "subset", true),
    ("track", "genre_top", true),
    ("artist", "id", true),
    ("album", "id", true),
    ("track", "genres_all", false),
    ("track", "genres", false),
];

/// Records of a file.
pub(super) type Reader = Records<Box<dyn Read>>;

/// The table, row by row.
pub(crate) struct Tracks {
    path: PathBuf,
    records: Reader,
    columns: [Option<usize>; COLUMNS.len()],
    lines: HashMap<u32, u64>,
}

impl Tracks {
    /// Opens a table and finds its columns by their names.
    ///
    /// # Errors
    /// A table of another version: without one of the columns that are needed.
    pub(crate) fn open(path: &Path) -> Result<Tracks, DataError> {
        let (mut records, header) = open_table(path, 2)?;
        let [groups, names] = &header[..] else {
            return Err(another_version(path, "two rows of names", "fewer"));
        };
        let position = |group: &str, name: &str| {
            let pairs = groups.iter().zip(names);
            pairs.into_iter().position(|(g, n)| g == group && n == name)
        };
        let columns = COLUMNS.map(|(group, name, _)| position(group, name));
        for ((group, name, needed), column) in COLUMNS.iter().zip(columns) {
            if *needed && column.is_none() {
                let of_group = groups.iter().zip(names).filter(|(g, _)| g == group);
                let of_group: Vec<&str> = of_group.map(|(_, n)| &n[..]).collect();
                let found = match &of_group[..] {
                    [] => format!("no column of `{group}` among {} columns", groups.len()),
                    some => format!("of `{group}` only {}", some.join(", ")),
                };
                let expected = format!("the column `{group}`, `{name}` in its first two rows");
                return Err(another_version(path, &expected, &found));
            }
        }
        // Below the names of columns stands the name of the ids.
        let third = next(path, &mut records)?;
        let id = third.as_ref().and_then(|record| record.get(0));
        if id != Some(b"track_id") {
            let found = id.map_or_else(|| "no row".into(), String::from_utf8_lossy);
            return Err(another_version(path, "`track_id` in its third row", &found));
        }
        Ok(Tracks {
            path: path.to_path_buf(),
            records,
            columns,
            lines: HashMap::new(),
        })
    }

    /// The error about one cell.
    pub(crate) fn fault(&self, line: u64, column: &str, expected: &str, found: &str) -> DataError {
        cell_fault(&self.path, line, column, expected, found)
    }

    /// The next track, `None` after the last.
    ///
    /// # Errors
    /// An id that is no number or not unique, an unknown subset, lists that are no ids.
    pub(crate) fn next(&mut self) -> Result<Option<Track>, DataError> {
        let Some(record) = next(&self.path, &mut self.records)? else {
            return Ok(None);
        };
        let line = self.records.line();
        let id = text(&record, 0);
        let id: u32 =
            (id.parse()).map_err(|_| self.fault(line, "track_id", "a track's number", &id))?;
        if let Some(first) = self.lines.insert(id, line) {
            let found = format!("{id}, which line {first} has too");
            return Err(self.fault(line, "track_id", "an id of its own", &found));
        }
        let [split, subset, genre, artist, album, all, some] = self
            .columns
            .map(|column| column.map_or_else(String::new, |c| text(&record, c)));
        let known = |id: String| (!matches!(&id[..], "" | "0" | "-1")).then_some(id);
        let list = if self.columns[5].is_some() {
            ("track.genres_all", all)
        } else {
            ("track.genres", some)
        };
        let genres =
            ids_in(&list.1).map_err(|word| self.fault(line, list.0, "ids of genres", &word))?;
        Ok(Some(Track {
            id,
            subset: Subset::parse(&subset)
                .ok_or_else(|| self.fault(line, "set.subset", "small, medium or large", &subset))?,
            split: match &split[..] {
                "" => None,
                word => Some(Split::parse(word).ok_or_else(|| {
                    self.fault(line, "set.split", "training, validation or test", word)
                })?),
            },
            genre,
            genres,
            artist: known(artist),
            album: known(album),
            line,
        }))
    }
}

/// A table without its first rows, and their cells.
pub(super) fn open_table(
    path: &Path,
    rows: usize,
) -> Result<(Reader, Vec<Vec<String>>), DataError> {
    let file = genrenet_files::open(path).map_err(DataError::io(path))?;
    let mut builder = csv::ReaderBuilder::new();
    builder.has_headers(false);
    let mut records = Records::new(&builder, Box::new(BufReader::new(file)) as Box<dyn Read>);
    let mut header = Vec::new();
    while header.len() < rows {
        let Some(record) = next(path, &mut records)? else {
            break;
        };
        header.push((0..record.len()).map(|c| text(&record, c)).collect());
    }
    Ok((records, header))
}

/// The next record of a table.
pub(super) fn next(path: &Path, records: &mut Reader) -> Result<Option<ByteRecord>, DataError> {
    let record = records.next_record().transpose();
    record.map_err(|error| DataError::Table {
        path: path.to_path_buf(),
        message: describe(&error, records.line()),
    })
}

/// A cell without the spaces around it.
pub(super) fn text(record: &ByteRecord, column: usize) -> String {
    let cell = record.get(column).unwrap_or_default();
    String::from_utf8_lossy(cell).trim().to_owned()
}

pub(super) fn cell_fault(
    path: &Path,
    line: u64,
    column: &str,
    expected: &str,
    found: &str,
) -> DataError {
    DataError::Cell {
        path: path.to_path_buf(),
        line,
        column: column.into(),
        expected: expected.into(),
        found: found.into(),
    }
}

pub(super) fn another_version(path: &Path, expected: &str, found: &str) -> DataError {
    DataError::Table {
        path: path.to_path_buf(),
        message: format!(
            "it is no table of FMA's metadata as published in May 2017 (rc1): expected {expected}, found {found}"
        ),
    }
}
