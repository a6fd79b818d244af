//! Features of the files of a part.

use std::path::Path;

use super::{CARRIED, PartDone, PartJob, Work, run};
use crate::audio::{ExtractSpec, Extracted, Input, extract};
use crate::data::DataError;
use crate::data::export::{self, Cell, ColumnKind, Identity, ResumableTable, Track};
use crate::data::manifest::ManifestRow;
use crate::{Error, Progress};

/// What is computed of each file.
#[derive(Clone, Debug)]
pub struct Extraction {
    /// Log-mel and MFCC.
    pub spec: ExtractSpec,
    /// Length of a window and of a step between two in seconds, where a song is cut into several rows.
    pub windows: Option<[f64; 2]>,
}

/// Computes features of the files of a shard of a manifest into a Parquet file, on all cores.
///
/// Its columns are those of [`export`] (`path`, `genre`, `artist` and `split` as in the manifest, empty where it has none), and behind them `album`
/// and `error`, null where there is none. In the row of a file that can't be read, or is shorter than a window, the numbers are null.
///
/// # Errors
/// A manifest that can't be read; a part that was begun differently, or can't be written.
pub fn extract_part(
    extraction: &Extraction,
    job: &PartJob,
    progress: &dyn Progress,
) -> Result<PartDone, Error> {
    run(extraction, job, progress)
}

/// The cells of a row, those of a failure with null for all that was not computed.
fn push(
    table: &mut ResumableTable,
    track: &Track,
    row: &ManifestRow,
    error: Option<&str>,
) -> Result<(), DataError> {
    let mut cells = export::cells(track).to_vec();
    if error.is_some() {
        for (cell, (name, kind)) in cells.iter_mut().zip(export::columns()) {
            *cell = match kind {
                _ if name == "path" || CARRIED.contains(&name) => continue,
                ColumnKind::Double => Cell::Double(None),
                ColumnKind::Int => Cell::Int(None),
                _ => Cell::Floats(None),
            };
        }
    }
    cells.extend([Cell::Text(row.album.as_deref()), Cell::Text(error)]);
    table.push(&cells)
}

impl Work for Extraction {
    type Made = Extracted;

    fn columns(&self) -> Vec<(String, ColumnKind)> {
        let more = [("album", ColumnKind::Text), ("error", ColumnKind::Text)];
        let all = export::columns().into_iter().chain(more);
        all.map(|(name, kind)| (name.to_owned(), kind)).collect()
    }

    fn identity(&self) -> Result<Identity, Error> {
        Ok(vec![
            ("command".to_owned(), "extract".to_owned()),
            ("features".to_owned(), format!("{:?}", self.spec)),
            ("windows".to_owned(), format!("{:?}", self.windows)),
        ])
    }

    fn compute(&self, file: &Path) -> Result<Extracted, Error> {
        Ok(extract(Input::path(file)?, &self.spec)?)
    }

    fn add(
        &self,
        table: &mut ResumableTable,
        row: &ManifestRow,
        made: Result<Extracted, String>,
    ) -> Result<Option<String>, DataError> {
        let mut track = Track {
            path: &row.path,
            genre: row.genre.as_deref().unwrap_or_default(),
            artist: row.artist.as_deref().unwrap_or_default(),
            split: row.split.as_deref().unwrap_or_default(),
            ..Track::default()
        };
        let features = match made {
            Ok(features) => features,
            Err(error) => {
                push(table, &track, row, Some(&error))?;
                return Ok(Some(error));
            }
        };
        track.seconds = features.seconds;
        track.rate = features.rate;
        track.log_mel = features.log_mel.as_ref();
        track.mfcc = features.mfcc.as_ref();
        let (Some(windows), Some(spec)) = (self.windows, &self.spec.log_mel) else {
            push(table, &track, row, None)?;
            return Ok(None);
        };
        let rate = spec.rate.hz(features.rate);
        let rows = export::each_window(&track, windows, spec.hop, rate, |window| {
            push(table, window, row, None)
        })?;
        if rows > 0 {
            return Ok(None);
        }
        let error = "shorter than a window".to_owned();
        push(table, &track, row, Some(&error))?;
        Ok(Some(error))
    }
}
