//! Naming the genre of the rows of a table, for models that read values instead of sound.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use crate::audio::{Input, open};
use crate::data::Records;
use crate::model::{Bundle, FeatureKind, Raw, RawArray};
use csv::StringRecord;

use crate::shipped;
use crate::{Answer, Error, Song};

/// Columns that name a row, the first that is there.
const NAMES: [&str; 4] = ["path", "track_id", "id", "name"];

/// Names the genre of every row of the tables at `paths` (CSV, or tab-separated where the name ends in `.tsv`) and hands each
/// answer, whose path is `TABLE:ROW`, to `each` until it returns [`ControlFlow::Break`].
///
/// A table that can't be read is one answer with an error.
pub fn classify_table(
    model: &Bundle,
    paths: &[PathBuf],
    mut each: impl FnMut(Answer) -> ControlFlow<()>,
) {
    for path in paths {
        let flow = match table(model, path, &mut each) {
            Ok(flow) => flow,
            Err(error) => each(Answer {
                path: path.clone(),
                result: Err(error),
            }),
        };
        if flow.is_break() {
            return;
        }
    }
}

/// Says what the model reads, and what was found instead.
fn wanted(model: &Bundle, found: impl std::fmt::Display) -> Error {
    Error::Table(format!(
        "the model {} reads a table (CSV, TSV) with the columns {}; found {found}",
        model.card.name,
        model.columns().join(", ")
    ))
}

/// Whether to go on with the next table, or why this one can't be read.
fn table(
    model: &Bundle,
    path: &Path,
    each: &mut impl FnMut(Answer) -> ControlFlow<()>,
) -> Result<ControlFlow<()>, Error> {
    if path.is_dir() {
        return Err(wanted(model, "a folder"));
    }
    if let Ok(sound) = Input::path(path).and_then(open) {
        let of_sound: Vec<&str> = shipped::names()
            .filter(|name| shipped::load(name).is_ok_and(|model| model.front_end.is_some()))
            .collect();
        return Err(Error::Table(format!(
            "{}; built-in models that read sound: {}",
            wanted(model, format_args!("{} sound", sound.format())),
            of_sound.join(", ")
        )));
    }
    let delimiter = if path
        .extension()
        .is_some_and(|e| e.eq_ignore_ascii_case("tsv"))
    {
        b'\t'
    } else {
        b','
    };
    let file = genrenet_files::open(path).map_err(|error| Error::Table(error.to_string()))?;
    let mut records = Records::new(csv::ReaderBuilder::new().delimiter(delimiter), file);
    let header = records
        .header()
        .map_err(|error| Error::Table(error.to_string()))?;
    let header = StringRecord::from_byte_record(header.clone())
        .map_err(|_| wanted(model, "a first line that is not UTF-8"))?;
    let find = |name: &str| {
        header
            .iter()
            .position(|cell| cell.trim().eq_ignore_ascii_case(name))
    };
    let mut columns = Vec::new();
    for name in model.columns() {
        match find(name) {
            Some(column) => columns.push((name, column)),
            None => {
                let found = header.iter().collect::<Vec<_>>().join(", ");
                let found = format_args!("{found}, so `{name}` is missing");
                return Err(wanted(model, found));
            }
        }
    }
    let id = NAMES.iter().find_map(|name| find(name));
    for row in 0.. {
        let Some(record) = records.next_record() else {
            break;
        };
        let record = record
            .map_err(|error| Error::Table(error.to_string()))
            .and_then(|bytes| {
                StringRecord::from_byte_record(bytes).map_err(|e| Error::Table(e.to_string()))
            });
        let id = id
            .and_then(|column| record.as_ref().ok()?.get(column))
            .filter(|cell| !cell.is_empty());
        let id = id.map_or_else(|| (row + 1).to_string(), str::to_owned);
        let answer = Answer {
            path: PathBuf::from(format!("{}:{id}", path.display())),
            result: record.and_then(|record| row_of(model, &columns, &record)),
        };
        if each(answer).is_break() {
            return Ok(ControlFlow::Break(()));
        }
    }
    Ok(ControlFlow::Continue(()))
}

fn row_of(
    model: &Bundle,
    columns: &[(&String, usize)],
    record: &StringRecord,
) -> Result<Song, Error> {
    let mut data = Vec::with_capacity(columns.len());
    for &(name, column) in columns {
        let cell = record.get(column).unwrap_or("").trim();
        match cell.parse::<f32>() {
            Ok(value) if value.is_finite() => data.push(value),
            _ => {
                return Err(Error::Table(format!(
                    "{name} = {cell:?}: expected a number"
                )));
            }
        }
    }
    let mut raw = Raw::new();
    raw.insert(
        FeatureKind::Values,
        RawArray {
            shape: vec![data.len()],
            data,
        },
    );
    let probabilities = model.predict(&[raw])?;
    Ok(Song {
        seconds: 0.0,
        prediction: model.rank(probabilities),
    })
}
