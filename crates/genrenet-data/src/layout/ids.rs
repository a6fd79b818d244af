//! The ids beside the arrays of an archive, by which its items are found for the rows of a table.

use std::collections::HashMap;

use genrenet_text::counted;

use crate::dataset::summarise;
use crate::error::DataError;
use crate::npz::Archive;

/// Names of the id, in the table and beside every array.
pub(super) const ID: &[&str] = &["track_id", "name", "id"];

/// The ids beside the arrays of an archive, and their name.
pub(super) fn stored_ids(archive: &mut Archive) -> Result<(&'static str, Vec<String>), DataError> {
    let Some(name) = ID.iter().find(|n| archive.shape(n).is_some()) else {
        return Err(archive.fault(
            "track_id",
            "ids beside the array",
            archive.names().collect::<Vec<_>>().join(", "),
        ));
    };
    Ok((name, archive.words(name)?))
}

/// The stored item of each row of the table, with a note about items that the table does not have.
pub(super) fn places(
    archive: &Archive,
    id_name: &str,
    stored_ids: &[String],
    ids: &HashMap<&str, usize>,
    rows: usize,
) -> Result<(Vec<Option<u32>>, Vec<String>), DataError> {
    let path = archive.path();
    let n = stored_ids.len();
    let mut index = vec![None; rows];
    let mut seen = HashMap::new();
    let mut unknown = Vec::new();
    for (item, id) in stored_ids.iter().enumerate() {
        if let Some(first) = seen.insert(id.as_str(), item) {
            return Err(DataError::DuplicateId {
                path: path.to_path_buf(),
                id: id.clone(),
                first: first + 1,
                second: item + 1,
            });
        }
        match ids.get(id.as_str()) {
            Some(&row) => index[row] = Some(item as u32),
            None => unknown.push(id.as_str()),
        }
    }
    let mut notes = Vec::new();
    if unknown.len() == n && n > 0 {
        return Err(archive.fault(
            id_name,
            "ids of tracks.csv",
            format!("none of them ({})", summarise(&unknown)),
        ));
    }
    if !unknown.is_empty() {
        let file = path.file_name().unwrap_or_default().to_string_lossy();
        notes.push(format!(
            "{} not in tracks.csv: {}",
            counted(
                unknown.len(),
                &format!("row of {file} is"),
                &format!("rows of {file} are")
            ),
            summarise(&unknown)
        ));
    }
    Ok((index, notes))
}
