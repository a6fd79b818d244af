//! FMA's tables of features: `features.csv` (518 statistics by librosa) and `echonest.csv` (eight audio features).

use std::collections::{BTreeMap, HashMap};
use std::io::BufRead;
use std::path::Path;

use genrenet_text::counted;

use super::super::build::{Found, Parts};
use super::tracks::{another_version, cell_fault, next, open_table, text};
use super::{Tracks, build, found, genre_tree};
use crate::array::Array;
use crate::dataset::{Dataset, OpenOptions, summarise};
use crate::error::DataError;
use crate::genre_tree::GenreTree;
use crate::labels::Labels;

/// The first rows of either table, from the top: names of levels of `features.csv` and names of columns.
const HEADER_ROWS: usize = 3;

/// Whether a file is one of the tables: `features.csv` begins with the name of its first level, `echonest.csv` with that of its
/// features.
pub(super) fn recognise(path: &Path) -> bool {
    let Ok(file) = genrenet_files::open(path) else {
        return false;
    };
    let mut start = [0; 64];
    let mut reader = std::io::BufReader::with_capacity(start.len(), file);
    let Ok(head) = reader.fill_buf() else {
        return false;
    };
    start[..head.len()].copy_from_slice(head);
    start.starts_with(b"feature,") || start.starts_with(b",echonest,")
}

/// The columns of features: their positions and names.
fn columns(path: &Path, header: &[Vec<String>]) -> Result<Vec<(usize, String)>, DataError> {
    let [first, second, third] = header else {
        return Err(another_version(
            path,
            "three rows of names",
            &header.len().to_string(),
        ));
    };
    let columns: Vec<(usize, String)> = if first[0] == "feature" {
        let name = |c: usize| format!("{}_{}_{}", first[c], second[c], third[c]);
        (1..first.len()).map(|c| (c, name(c))).collect()
    } else {
        let is_feature = |c: &usize| first[*c] == "echonest" && second[*c] == "audio_features";
        let features = (1..first.len()).filter(is_feature);
        features.map(|c| (c, third[c].clone())).collect()
    };
    if columns.is_empty() {
        let found = format!("none among {} columns", first.len());
        return Err(another_version(
            path,
            "columns of `echonest`, `audio_features`",
            &found,
        ));
    }
    Ok(columns)
}

/// Opens a table of features; genre, subset, artist and album are in `tracks.csv` beside it.
pub(super) fn open(path: &Path, options: &OpenOptions) -> Result<Dataset, DataError> {
    let (mut records, header) = open_table(path, HEADER_ROWS)?;
    let columns = columns(path, &header)?;
    let tree = genre_tree(folder(path), options)?;
    let known = tracks(path, tree.as_ref(), options)?;
    let (mut rows, mut data, mut without_row) = (Vec::new(), Vec::new(), Vec::new());
    let mut seen = HashMap::new();
    while let Some(record) = next(path, &mut records)? {
        let (line, id) = (records.line(), text(&record, 0));
        if rows.is_empty() && id == "track_id" {
            continue;
        }
        let number: u32 = (id.parse())
            .map_err(|_| cell_fault(path, line, "track_id", "a track's number", &id))?;
        if let Some(first) = seen.insert(number, line) {
            let found = format!("{id}, which line {first} has too");
            return Err(cell_fault(
                path,
                line,
                "track_id",
                "an id of its own",
                &found,
            ));
        }
        let Some(row) = known.get(&number) else {
            without_row.push(id);
            continue;
        };
        let Some(row) = row else { continue };
        rows.push(row.clone());
        for (column, name) in &columns {
            let cell = text(&record, *column);
            let value = cell.parse::<f32>().ok().filter(|value| value.is_finite());
            data.push(value.ok_or_else(|| cell_fault(path, line, name, "a finite number", &cell))?);
        }
    }
    let mut notes = Vec::new();
    if !without_row.is_empty() {
        let count = counted(
            without_row.len(),
            "track is not in tracks.csv, and left out",
            "tracks are not in tracks.csv, and left out",
        );
        notes.push(format!("{count}: {}", summarise(&without_row)));
    }
    let mut array = Array::from_windows("values", &[columns.len()], &vec![1; rows.len()], data)?;
    array.columns = columns.into_iter().map(|(_, name)| name).collect();
    let parts = Parts {
        path,
        rows,
        arrays: vec![array],
        notes,
        unread: 0,
        parents: BTreeMap::new(),
    };
    build(parts, tree.as_ref(), options)
}

/// The number of rows of a table of features.
pub(crate) fn rows(path: &Path) -> Result<usize, DataError> {
    let (mut records, header) = open_table(path, HEADER_ROWS)?;
    columns(path, &header)?;
    let mut rows = 0;
    while let Some(record) = next(path, &mut records)? {
        rows += usize::from(record.get(0) != Some(b"track_id"));
    }
    Ok(rows)
}

fn folder(path: &Path) -> &Path {
    path.parent().unwrap_or(Path::new(""))
}

/// The rows of `tracks.csv` by number; `None` for those without a genre, which need no features.
fn tracks(
    path: &Path,
    tree: Option<&GenreTree>,
    options: &OpenOptions,
) -> Result<HashMap<u32, Option<Found>>, DataError> {
    let table = folder(path).join("tracks.csv");
    if !table.is_file() {
        return Err(DataError::UnknownLayout {
            path: path.to_path_buf(),
            found: format!(
                "FMA's features have their genres in another table: expected {}, found none",
                table.display()
            ),
        });
    }
    let mut tracks = Tracks::open(&table)?;
    let mut rows = HashMap::new();
    while let Some(track) = tracks.next()? {
        let labelled = match options.labels {
            Labels::Top => !track.genre.is_empty(),
            Labels::All => !track.genres.is_empty(),
        };
        let wanted = labelled || options.keep_unlabelled;
        let row = wanted.then(|| found(&tracks, &track, tree)).transpose()?;
        rows.insert(track.id, row);
    }
    Ok(rows)
}
