//! The genres of rows: one each or several, and rows without any.

use std::path::Path;

use genrenet_text::counted;

use super::build::Found;
use crate::array::Array;
use crate::dataset::OpenOptions;
use crate::error::DataError;
use crate::labels::Labels;

/// Rows have one genre each, or several; of several, one is the genre by which the row is split.
pub(super) fn choose_labels(
    path: &Path,
    found: &mut [Found],
    labels: Labels,
) -> Result<(), DataError> {
    if labels == Labels::Top {
        found.iter_mut().for_each(|row| row.labels.clear());
        return Ok(());
    }
    if found.iter().all(|row| row.labels.is_empty()) {
        return Err(DataError::Table {
            path: path.to_path_buf(),
            message: "expected a column with all genres of each row, as labels = \"all\" needs; found one genre a row"
                .into(),
        });
    }
    for row in found {
        match (row.labels.first(), row.genre.is_empty()) {
            (None, false) => row.labels = vec![row.genre.clone()],
            (Some(first), true) => row.genre = first.clone(),
            _ => {}
        }
        if !row.labels.is_empty() && !row.labels.contains(&row.genre) {
            row.labels.push(row.genre.clone());
        }
    }
    Ok(())
}

/// Rising positions of some genres in the sorted list of all.
pub(super) fn positions(genres: &[String], some: &[String]) -> Vec<u32> {
    let mut at: Vec<u32> = (some.iter())
        .filter_map(|genre| Some(genres.binary_search(genre).ok()? as u32))
        .collect();
    at.sort_unstable();
    at.dedup();
    at
}

/// Leaves out rows without a genre, unless they are wanted, and notes how many there are.
pub(super) fn labelled(
    path: &Path,
    found: Vec<Found>,
    arrays: &mut [Array],
    notes: &mut Vec<String>,
    options: &OpenOptions,
) -> Result<Vec<Found>, DataError> {
    let total = found.len();
    let kept: Vec<usize> = (0..total)
        .filter(|&i| options.keep_unlabelled || !found[i].genre.is_empty())
        .collect();
    let unlabelled = found.iter().filter(|r| r.genre.is_empty()).count();
    if unlabelled > 0 {
        let what = if options.keep_unlabelled {
            "kept for training without labels"
        } else {
            "left out"
        };
        notes.push(format!(
            "{unlabelled} of {}: {what}",
            counted(total, "row has no genre", "rows have no genre")
        ));
    }
    if kept.is_empty() {
        let reason = match total {
            0 => notes
                .last()
                .cloned()
                .unwrap_or_else(|| "it has no rows".into()),
            _ => "no row has a genre".into(),
        };
        return Err(DataError::Empty {
            path: path.to_path_buf(),
            reason,
        });
    }
    if kept.len() < total {
        arrays
            .iter_mut()
            .for_each(|a| *a = a.select(kept.iter().map(|&i| Some(i))));
    }
    Ok(kept.into_iter().map(|i| found[i].clone()).collect())
}
