//! Probabilities of a bundle for the rows of a data set.

use genrenet_data::Dataset;
use genrenet_model::{Bundle, Raw};
use genrenet_text::counted;
use rayon::prelude::*;

use crate::backbone::check_embeddings;
use crate::data::match_front_end;
use crate::error::TrainError;
use crate::rows::raw_windows;

/// Probabilities of a bundle for rows of a data set, with notes about rows that were left out.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Predicted {
    /// The rows that were predicted.
    pub rows: Vec<usize>,
    /// `[rows, genres]`.
    pub probabilities: Vec<f32>,
    /// Rows that no member could read, with the reason of the first.
    pub notes: Vec<String>,
}

/// A callback of progress, called with the number of rows that were just finished.
pub type Advance<'a> = &'a (dyn Fn(usize) + Sync);

/// Rows per parallel task.
const CHUNK: usize = 32;

/// As [`predict_rows_with`], silently.
///
/// # Errors
/// As there.
pub fn predict_rows(
    bundle: &Bundle,
    dataset: &Dataset,
    rows: &[usize],
    calibrated: bool,
) -> Result<Predicted, TrainError> {
    predict_rows_with(bundle, dataset, rows, calibrated, &|_| {})
}

/// Predicts rows of a data set; a row of several windows gets the mean of their probabilities.
/// `calibrated` says whether the bundle's temperature is applied; `advance` is called with the number of rows just finished.
///
/// # Errors
/// An array of another shape than the bundle reads, embeddings of another backbone.
pub fn predict_rows_with(
    bundle: &Bundle,
    dataset: &Dataset,
    rows: &[usize],
    calibrated: bool,
    advance: Advance,
) -> Result<Predicted, TrainError> {
    check_embeddings(bundle.backbone.as_ref(), dataset)?;
    let sources = bundle.sources();
    let k = bundle.genres.len();
    // Arrays are views: the copy shares their values.
    let mut matched = dataset.clone();
    if let Some(front_end) = &bundle.front_end {
        match_front_end(&mut matched, front_end)?;
    }
    let dataset = &matched;
    let pieces: Vec<Result<Predicted, TrainError>> = rows
        .par_chunks(CHUNK)
        .map(|chunk| {
            let mut piece = Predicted::default();
            let mut all: Vec<Raw> = Vec::new();
            let mut counts = Vec::new();
            for &row in chunk {
                let windows = raw_windows(dataset, row, &sources)?;
                if windows
                    .iter()
                    .any(|raw| bundle.members.iter().any(|member| member.accepts(raw)))
                {
                    piece.rows.push(row);
                    counts.push(windows.len());
                    all.extend(windows);
                } else {
                    piece.notes.push(dataset.rows[row].id.clone());
                }
            }
            let each = if calibrated {
                bundle.predict(&all)?
            } else {
                bundle.uncalibrated(&all)?
            };
            let mut at = 0;
            for count in counts {
                let mut mean = vec![0.0f32; k];
                for row in each[at * k..(at + count) * k].chunks(k) {
                    mean.iter_mut()
                        .zip(row)
                        .for_each(|(m, p)| *m += p / count as f32);
                }
                at += count;
                piece.probabilities.extend(mean);
            }
            advance(chunk.len());
            Ok(piece)
        })
        .collect();
    let mut whole = Predicted::default();
    let mut lacking = Vec::new();
    for piece in pieces {
        let piece = piece?;
        whole.rows.extend(piece.rows);
        whole.probabilities.extend(piece.probabilities);
        lacking.extend(piece.notes);
    }
    if !lacking.is_empty() {
        let more = if lacking.len() > 6 { ", …" } else { "" };
        whole.notes.push(format!(
            "{} left out: {}{more}",
            counted(
                lacking.len(),
                "row lacks what the network reads and is",
                "rows lack what the network reads and are"
            ),
            lacking[..lacking.len().min(6)].join(", ")
        ));
    }
    Ok(whole)
}
