//! Parts: the files of a manifest, or a shard of them, classified or extracted into a Parquet file that survives kills.
//!
//! A part has rows for each row of the manifest, in its order, so that the parts 1/N to N/N one after the other are the rows of the whole,
//! whatever N is. A file that can't be read is a row with `error`. While it grows, its rows are in `OUT.partial`; the same call goes
//! on with it ([`ResumableTable`]).

mod classify;
mod extract;
mod shard;

use std::ops::{ControlFlow, Range};
use std::path::{Path, PathBuf};
use std::sync::mpsc::sync_channel;

pub use classify::classify_part;
pub use extract::{Extraction, extract_part};
pub use shard::Shard;

use crate::data::DataError;
use crate::data::export::{Cell, ColumnKind, Finished, Identity, Part, ResumableTable};
use crate::data::manifest::{Manifest, ManifestRow};
use crate::{Error, Progress, in_order};
use genrenet_text::visible_path;

/// What is read and where the part is written.
#[derive(Clone, Debug)]
pub struct PartJob {
    /// A table of files: CSV, TSV, JSON lines or Parquet, with a column `path`.
    pub manifest: PathBuf,
    /// Which rows of it.
    pub shard: Shard,
    /// The file that is written, `.parquet`.
    pub out: PathBuf,
}

/// What became of a part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartDone {
    /// Rows of the manifest, and how many of them failed; rows of the part.
    pub finished: Finished,
    /// How many rows of the manifest were done before.
    pub kept: u64,
}

/// Rows of a manifest that are read ahead.
const AHEAD: usize = 64;

/// The texts of a manifest's row that a part repeats.
const CARRIED: [&str; 4] = ["genre", "artist", "album", "split"];

fn carried(row: &ManifestRow) -> [Cell<'_>; 4] {
    [&row.genre, &row.artist, &row.album, &row.split].map(|text| Cell::Text(text.as_deref()))
}

/// What a part makes of each file.
trait Work: Sync {
    /// What is computed of a file.
    type Made: Send;

    /// The table's columns.
    fn columns(&self) -> Vec<(String, ColumnKind)>;

    /// What was asked for, as names and values: a part goes on only with the same.
    fn identity(&self) -> Result<Identity, Error>;

    fn compute(&self, file: &Path) -> Result<Self::Made, Error>;

    /// Adds the rows of a file; the reason, where it is a failure.
    fn add(
        &self,
        table: &mut ResumableTable,
        row: &ManifestRow,
        made: Result<Self::Made, String>,
    ) -> Result<Option<String>, DataError>;
}

/// Writes a part, or goes on with it, or finds it complete.
fn run(work: &impl Work, job: &PartJob, progress: &dyn Progress) -> Result<PartDone, Error> {
    let manifest = Manifest::open(&job.manifest)?;
    let mut identity = vec![
        ("program".to_owned(), env!("CARGO_PKG_VERSION").to_owned()),
        ("manifest".to_owned(), manifest.fingerprint()?),
        ("rows of it".to_owned(), manifest.len().to_string()),
        ("shard".to_owned(), job.shard.to_string()),
    ];
    identity.extend(work.identity()?);
    let mut table = match ResumableTable::open(&job.out, &work.columns(), identity)? {
        Part::Complete(finished) => {
            let kept = finished.sources;
            return Ok(PartDone { finished, kept });
        }
        Part::Unfinished(table) => table,
    };
    let rows = job.shard.rows(manifest.len());
    let kept = table.kept();
    progress.stage("", "files", rows.len() as u64);
    progress.done(kept);
    let left = rows.start + kept as usize..rows.end;
    let expected = left.len();
    let compute = |row: Result<ManifestRow, DataError>| match row {
        Ok(row) => {
            let file = manifest.file(&row);
            progress.now(&visible_path(&file));
            let made = work.compute(&file).map_err(|error| error.to_string());
            (row, made)
        }
        // A row that can't be read has no path.
        Err(error) => (ManifestRow::default(), Err(error.to_string())),
    };
    let mut seen = 0;
    each_row(&manifest, left, compute, |(row, made)| {
        let failed = work.add(&mut table, &row, made)?;
        match &failed {
            // The reason names the manifest and the line.
            Some(reason) if row.path.is_empty() => {
                let named = format!("{}, ", job.manifest.display());
                let reason = reason.strip_prefix(&named).unwrap_or(reason);
                progress.left_out(&job.manifest, reason);
            }
            Some(reason) => progress.left_out(&manifest.file(&row), reason),
            None => {}
        }
        table.end_source(failed.is_some())?;
        seen += 1;
        progress.more(1);
        Ok(())
    })?;
    progress.end();
    if seen < expected {
        return Err(Error::Table(format!(
            "{}: expected {expected} more rows, found {seen}: it was changed meanwhile",
            job.manifest.display()
        )));
    }
    let finished = table.finish()?;
    Ok(PartDone { finished, kept })
}

/// Calls `compute` for rows of a manifest on all cores and `each` with the results, in order, until it fails.
fn each_row<R: Send>(
    manifest: &Manifest,
    rows: Range<usize>,
    compute: impl Fn(Result<ManifestRow, DataError>) -> R + Sync,
    mut each: impl FnMut(R) -> Result<(), DataError>,
) -> Result<(), DataError> {
    std::thread::scope(|scope| {
        // The rows are read on a thread of their own, as they can't be passed on between threads while they are read.
        let (send, receive) = sync_channel(AHEAD);
        let reader = scope.spawn(move || {
            for row in manifest.rows(rows)? {
                if send.send(row).is_err() {
                    break; // nothing more is wanted
                }
            }
            Ok(())
        });
        let mut done = Ok(());
        in_order(receive.into_iter(), compute, |made| {
            done = each(made);
            match done {
                Ok(()) => ControlFlow::Continue(()),
                Err(_) => ControlFlow::Break(()),
            }
        });
        let read = reader.join().unwrap_or(Ok(()));
        done.and(read)
    })
}
