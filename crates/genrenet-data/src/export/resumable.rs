//! A Parquet table that several runs of a program may write, one after the other: what was written before a kill or a power cut is
//! kept.
//!
//! While it grows, the rows are in `NAME.partial`, and `NAME.resume` has a line for each row group: what is behind the last one is
//! cut off by the next run. At the end the first gets the name, and the other is removed.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use genrenet_files::LockError;
use serde::{Deserialize, Serialize};

use super::column::Column;
use super::finished::{self, Finished};
use super::row_groups::RowGroups;
use super::table::{Cell, ColumnKind, distinct};
use crate::dataset::hex;
use crate::error::DataError;

/// Rows of a group: what a kill loses at most. Fewer would make the file larger, by the description of each group.
const ROWS: i64 = 512;
/// Most bytes of the list of groups: a million of them.
const LIST_BYTES: u64 = 4 << 30;

/// What a table is made from and how, as names and values: a table goes on only where all are the same.
pub type Identity = Vec<(String, String)>;

/// A table that was found complete, or one to be written.
pub enum Part {
    /// It was finished before.
    Complete(Finished),
    /// It is to be begun, or to go on.
    Unfinished(Box<ResumableTable>),
}

/// A Parquet table that grows source by source (a song, of which there may be several rows), over several runs.
pub struct ResumableTable {
    groups: RowGroups<File>,
    path: PathBuf,
    identity: Identity,
    /// Sources that are done.
    sources: u64,
    /// Those of them that failed.
    failed: u64,
    /// Sources that were done when it was opened.
    kept: u64,
}

/// A line of the list of row groups, behind the first, which is the [`Identity`].
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Line {
    /// Sources that are done.
    sources: u64,
    failed: u64,
    /// Rows of all groups so far.
    rows: i64,
    /// Where they end in the file.
    end: u64,
    /// The group's description, in hexadecimal.
    group: String,
}

impl ResumableTable {
    /// Begins the table `path` (`.parquet`), goes on with it, or finds it complete.
    ///
    /// # Errors
    /// If it was begun from something else or with other options, if another process writes it, or if it can't be written.
    pub fn open<N: AsRef<str>>(
        path: &Path,
        columns: &[(N, ColumnKind)],
        identity: Identity,
    ) -> Result<Part, DataError> {
        super::require_ending(path, &["parquet"])?;
        let columns = columns.iter();
        let columns = columns.map(|(name, kind)| Column::new(name.as_ref(), *kind, false));
        let columns = distinct(path, columns.collect())?;
        if let Some(finished) = complete(path, &identity)? {
            return Ok(Part::Complete(finished));
        }
        let (partial, list) = (partial(path), list(path));
        let file = locked(path, &partial)?;
        // Another process may have finished it before the lock was taken, and the file at hand is new.
        if let Some(finished) = complete(path, &identity)? {
            if file.metadata().is_ok_and(|meta| meta.len() == 0) {
                let _ = std::fs::remove_file(&partial);
            }
            return Ok(Part::Complete(finished));
        }
        let size = file.metadata().map_err(DataError::io(&partial))?.len();
        let mut lines = read_list(path, &list, &identity)?;
        lines.truncate(lines.iter().take_while(|line| line.end <= size).count());
        write_list(&list, &identity, &lines).map_err(DataError::io(&list))?;
        let last = lines.last().cloned().unwrap_or_default();
        let groups = begin(file, columns, lines).map_err(DataError::io(&partial))?;
        Ok(Part::Unfinished(Box::new(ResumableTable {
            groups,
            path: path.to_path_buf(),
            identity,
            sources: last.sources,
            failed: last.failed,
            kept: last.sources,
        })))
    }

    /// Sources whose rows it has.
    pub fn sources(&self) -> u64 {
        self.sources
    }

    /// Those of them that it had when it was opened.
    pub fn kept(&self) -> u64 {
        self.kept
    }

    /// Appends a row: one cell for each column, in their order.
    ///
    /// # Errors
    /// If the cells do not fit the columns.
    pub fn push(&mut self, cells: &[Cell]) -> Result<(), DataError> {
        let fits = self.groups.push(cells);
        fits.map_err(|message| fault(&self.path, message))
    }

    /// Ends a source, all of whose rows were pushed. From time to time what was gathered is written and survives a kill.
    ///
    /// # Errors
    /// If it can't be written (a full disk); what was written before is kept.
    pub fn end_source(&mut self, failed: bool) -> Result<(), DataError> {
        self.sources += 1;
        self.failed += u64::from(failed);
        if !self.groups.is_full(ROWS) {
            return Ok(());
        }
        let partial = partial(&self.path);
        self.written().map_err(DataError::io(partial))?;
        let line = Line {
            sources: self.sources,
            failed: self.failed,
            rows: self.groups.total_rows,
            end: self.groups.offset,
            group: self
                .groups
                .groups
                .last()
                .map_or_else(String::new, |group| hex(group)),
        };
        let list = list(&self.path);
        genrenet_files::append(&list, &line_of(&line)).map_err(DataError::io(&list))
    }

    fn written(&mut self) -> io::Result<()> {
        self.groups.write_group()?;
        // On the disk before its line: the line counts.
        self.groups.flushed()?.sync_data()
    }

    /// Completes the file and gives it its name.
    ///
    /// # Errors
    /// If it can't be written (a full disk); what was written before is kept.
    pub fn finish(self) -> Result<Finished, DataError> {
        let finished = Finished {
            sources: self.sources,
            failed: self.failed,
            rows: (self.groups.total_rows + self.groups.rows) as u64,
            identity: self.identity,
        };
        let partial = partial(&self.path);
        let about = serde_json::to_string(&finished).unwrap_or_default();
        let file = self.groups.complete(&[(finished::KEY, &about)]);
        file.and_then(|file| file.sync_all())
            .map_err(DataError::io(&partial))?;
        genrenet_files::rename(&partial, &self.path).map_err(DataError::io(&self.path))?;
        let _ = std::fs::remove_file(list(&self.path));
        Ok(finished)
    }
}

fn partial(path: &Path) -> PathBuf {
    beside(path, ".partial")
}

fn list(path: &Path) -> PathBuf {
    beside(path, ".resume")
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = OsString::from(path.as_os_str());
    name.push(ending);
    name.into()
}

fn fault(path: &Path, message: String) -> DataError {
    DataError::Table {
        path: path.to_path_buf(),
        message,
    }
}

/// What the file at `path` says of itself, if it is complete.
fn complete(path: &Path, identity: &Identity) -> Result<Option<Finished>, DataError> {
    if std::fs::symlink_metadata(path).is_err() {
        return Ok(None);
    }
    let Some(found) = finished::read(path)? else {
        let message =
            "it is there and was not written by this command; remove it, or name another file";
        return Err(fault(path, message.into()));
    };
    if let Some(difference) = difference(&found.identity, identity) {
        let message = format!(
            "it is complete, and was made differently: {difference}. Remove it to make it anew, or name another file"
        );
        return Err(fault(path, message));
    }
    // Left where the process was killed between its last two steps.
    let _ = std::fs::remove_file(list(path));
    Ok(Some(found))
}

/// In which values two identities differ, in words.
fn difference(before: &Identity, now: &Identity) -> Option<String> {
    let value = |of: &Identity, name: &str| {
        let found = of.iter().find(|(other, _)| other == name);
        found.map_or_else(|| "not given".to_owned(), |(_, value)| value.clone())
    };
    let mut names: Vec<&String> = before.iter().chain(now).map(|(name, _)| name).collect();
    names.dedup();
    let mut differing: Vec<String> = Vec::new();
    for name in names {
        let (then, now) = (value(before, name), value(now, name));
        let words = format!("{name} was {then} and is {now}");
        if then != now && !differing.contains(&words) {
            differing.push(words);
        }
    }
    (!differing.is_empty()).then(|| differing.join("; "))
}

/// Opens the file of the rows, for this process alone.
fn locked(path: &Path, partial: &Path) -> Result<File, DataError> {
    genrenet_files::open_alone(partial).map_err(|error| match error {
        LockError::Held(_) => fault(
            path,
            "another process writes it: wait for that one, or name another file".into(),
        ),
        error => DataError::io(partial)(error.into()),
    })
}

/// The lines of the list up to the first that is not whole; none without a list.
fn read_list(path: &Path, list: &Path, identity: &Identity) -> Result<Vec<Line>, DataError> {
    let bytes = match genrenet_files::read(list, LIST_BYTES) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(DataError::io(list)(error)),
    };
    let mut lines = bytes.split_inclusive(|&byte| byte == b'\n');
    let Some(before) = lines
        .next()
        .and_then(|line| serde_json::from_slice::<Identity>(line).ok())
    else {
        return Ok(Vec::new());
    };
    if let Some(difference) = difference(&before, identity) {
        let message = format!(
            "it was begun differently: {difference}. Remove {} and {} to begin anew, or name another file",
            partial(path).display(),
            list.display()
        );
        return Err(fault(path, message));
    }
    let whole = lines.map_while(|line| serde_json::from_slice(line.strip_suffix(b"\n")?).ok());
    Ok(whole.collect())
}

fn line_of(value: &impl Serialize) -> Vec<u8> {
    let mut line = serde_json::to_vec(value).unwrap_or_default();
    line.push(b'\n');
    line
}

fn write_list(list: &Path, identity: &Identity, lines: &[Line]) -> io::Result<()> {
    let mut bytes = line_of(identity);
    lines.iter().for_each(|line| bytes.extend(line_of(line)));
    genrenet_files::write_whole(list, &bytes)
}

/// Cuts off what is behind the last line.
fn begin(mut file: File, columns: Vec<Column>, lines: Vec<Line>) -> io::Result<RowGroups<File>> {
    let Some(last) = lines.last() else {
        file.set_len(0)?;
        return RowGroups::begin(file, columns);
    };
    let (rows, end) = (last.rows, last.end);
    file.set_len(end)?;
    file.seek(SeekFrom::Start(end))?;
    let groups: Option<Vec<Vec<u8>>> = lines.iter().map(|line| bytes_of(&line.group)).collect();
    let groups =
        groups.ok_or_else(|| io::Error::other("a description of a row group is damaged"))?;
    Ok(RowGroups::go_on(file, columns, (groups, rows, end)))
}

/// The bytes of a text in hexadecimal.
fn bytes_of(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes().chunks(2);
    digits
        .map(|two| u8::from_str_radix(std::str::from_utf8(two).ok()?, 16).ok())
        .collect()
}
