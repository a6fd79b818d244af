//! Probabilities of tags in the windows of each clip, as musicnn gives them: `musicnn_taggram.npz`.
//!
//! | array | content |
//! |---|---|
//! | `name` (or `track_id`, `id`) `[clips]` | the ids of the clips |
//! | `first_row`, `rows` `[clips]` | the clip's first window and the number of its windows in `probability` |
//! | `tag` `[tags]` | the tags |
//! | `probability` `[windows, tags]` | in 0–1, stored in 16 bits |

use std::collections::HashMap;
use std::path::Path;

use super::ids::{places, stored_ids};
use crate::array::Array;
use crate::error::DataError;
use crate::fingerprint::EMBEDDING;
use crate::npz::Archive;

/// The file beside `tracks.csv`.
pub(super) const FILE: &str = "musicnn_taggram.npz";

/// The name of the array that it becomes: the mean over a clip's windows of the tags' logits, ln(p / (1 − p)).
pub(super) const ARRAY: &str = EMBEDDING;

/// Half a step below the smallest and the largest probability between 0 and 1 that 16-bit floats hold (2⁻²⁴ and 1 − 2⁻¹¹): where
/// 0 and 1, which have no logit, are read.
const LEAST: f64 = 1.0 / (1 << 25) as f64;
const MOST: f64 = 1.0 - 1.0 / (1 << 12) as f64;

/// Reads the file; columns of the array are the tags, and rows are ordered as in the table.
pub(super) fn read(
    path: &Path,
    ids: &HashMap<&str, usize>,
    rows: usize,
) -> Result<(Array, Vec<String>), DataError> {
    let mut archive = Archive::open(path)?;
    let (id_name, stored) = stored_ids(&mut archive)?;
    let tags = archive.words("tag")?;
    let (shape, probabilities) = archive.floats("probability")?;
    let &[windows, columns] = &shape[..] else {
        let found = format!("the shape {shape:?}");
        return Err(archive.fault("probability", "two dimensions", found));
    };
    if columns != tags.len() || columns == 0 {
        let expected = format!("a column for each of the {} of `tag`", tags.len());
        return Err(archive.fault("probability", expected, format!("{columns} columns")));
    }
    if let Some(bad) = probabilities.iter().find(|p| !(0.0..=1.0).contains(*p)) {
        return Err(archive.fault("probability", "numbers from 0 to 1", bad.to_string()));
    }
    let mut count = |name: &str| -> Result<Vec<usize>, DataError> {
        let words = archive.words(name)?;
        if words.len() != stored.len() {
            let expected = format!("{} numbers, as `{id_name}` has", stored.len());
            return Err(archive.fault(name, expected, words.len().to_string()));
        }
        let read = |word: &String| word.parse::<usize>();
        let numbers: Result<Vec<usize>, _> = words.iter().map(read).collect();
        numbers.map_err(|_| archive.fault(name, "whole numbers, 0 or more", "another"))
    };
    let (first, of_clip) = (count("first_row")?, count("rows")?);
    let (index, notes) = places(&archive, id_name, &stored, ids, rows)?;
    let logit = |p: f32| {
        let p = f64::from(p).clamp(LEAST, MOST);
        (p / (1.0 - p)).ln()
    };
    let mut values = Vec::with_capacity(rows * columns);
    for clip in index.iter().flatten().map(|&clip| clip as usize) {
        let (start, n) = (first[clip], of_clip[clip]);
        let end = start.saturating_add(n);
        if n == 0 || end > windows {
            let expected = format!("one window at least, within the {windows} of `probability`");
            let found = format!("{n} from {start} on, of {}", stored[clip]);
            return Err(archive.fault("rows", expected, found));
        }
        let clip = &probabilities[start * columns..end * columns];
        values.extend((0..columns).map(|tag| {
            let of_tag = clip.iter().skip(tag).step_by(columns);
            (of_tag.map(|&p| logit(p)).sum::<f64>() / n as f64) as f32
        }));
    }
    let has: Vec<u32> = index.iter().map(|clip| u32::from(clip.is_some())).collect();
    let mut array = Array::from_windows(ARRAY, &[columns], &has, values)?;
    array.columns = tags;
    Ok((array, notes))
}
