//! Tables and archives of numbers with a genre per row: EchoNest values, or other features.

use std::collections::BTreeMap;
use std::path::Path;

use super::audio::PATH;
use super::build::{ALBUM, ARTIST, Columns, Found, GENRE, GROUP, Parts, SPLIT};
use crate::array::Array;
use crate::dataset::{Dataset, OpenOptions};
use crate::error::DataError;
use crate::names;
use crate::npz::{Archive, Numbers};
use crate::store::{Decode, Part, Store};
use crate::table::Table;

/// Names of the id column.
const ID: &[&str] = &["track_id", "id", "name"];
/// Columns that describe a row and are never features.
const WORDS: &[&str] = &["subset", "title", "genres"];

/// Opens a table with a genre and columns of numbers; the numbers become the array `values`.
pub(super) fn open_table(table: &Table, options: &OpenOptions) -> Result<Dataset, DataError> {
    if table.find(GENRE).is_none() {
        return Err(DataError::UnknownLayout {
            path: table.path.clone(),
            found: format!("it has {}", table.lacks(GENRE)),
        });
    }
    let columns = Columns::of(table)?;
    let id = table.find(ID);
    if let Some(id) = id {
        table.require_unique(id)?;
    }
    let described: Vec<&str> = [ID, GENRE, GROUP, ARTIST, ALBUM, SPLIT, WORDS].concat();
    let numbers: Vec<usize> = (0..table.header().len())
        .filter(|&c| {
            !described
                .iter()
                .any(|d| table.header()[c].eq_ignore_ascii_case(d))
        })
        .collect();
    if numbers.is_empty() {
        return Err(DataError::UnknownLayout {
            path: table.path.clone(),
            found: format!(
                "it has neither a column `path` nor columns of numbers, only {}",
                table.header().join(", ")
            ),
        });
    }
    if let Some(fault) = words_for_numbers(table, &numbers) {
        return Err(fault);
    }
    let mut rows = Vec::with_capacity(table.len());
    let mut data = Vec::with_capacity(table.len() * numbers.len());
    for r in 0..table.len() {
        let name = id.map_or_else(
            || format!("row {}", r + 1),
            |c| table.cell(r, Some(c)).to_string(),
        );
        rows.push(columns.read(table, r, name)?);
        for &c in &numbers {
            data.push(table.number(r, c)?);
        }
    }
    let mut array = Array::from_windows("values", &[numbers.len()], &vec![1; rows.len()], data)?;
    array.columns = numbers
        .into_iter()
        .map(|c| table.header()[c].clone())
        .collect();
    Parts {
        path: &table.path,
        rows,
        arrays: vec![array],
        notes: Vec::new(),
        unread: 0,
        parents: BTreeMap::new(),
    }
    .build(options)
}

/// The error of a table with a column of words in every row: most likely it lists files or
/// names under an unknown column name.
fn words_for_numbers(table: &Table, numbers: &[usize]) -> Option<DataError> {
    let of_words = |&column: &usize| {
        let is_word = |row| {
            let cell = table.cell(row, Some(column));
            !cell.is_empty() && cell.parse::<f64>().is_err()
        };
        (0..table.len()).all(is_word)
    };
    let nearest = table.nearest(PATH);
    if table.len() < if nearest.is_some() { 1 } else { 2 } {
        return None;
    }
    let column = *numbers.iter().find(|column| of_words(column))?;
    let nearest = match nearest {
        Some(near) => format!("; the nearest to `path` is `{}`", table.header()[near]),
        None => String::new(),
    };
    Some(DataError::UnknownLayout {
        path: table.path.clone(),
        found: format!(
            "its column `{}` holds words (`{}`). Expected the columns `{}` and `{}` of a list of audio files, or `{}` and columns of numbers; found {}{nearest}",
            table.header()[column],
            table.cell(0, Some(column)),
            PATH.join("` or `"),
            GENRE.join("` or `"),
            GENRE.join("` or `"),
            table.header().join(", "),
        ),
    })
}

/// Opens an archive with an array `genre` (words), optionally `track_id`, `split`, `group`, `artist`, and arrays of numbers
/// with one row each.
pub(super) fn open_archive(path: &Path, options: &OpenOptions) -> Result<Dataset, DataError> {
    let mut archive = Archive::open(path)?;
    let names: Vec<String> = archive.names().map(str::to_string).collect();
    let Some(genre) = first(&names, GENRE) else {
        return Err(DataError::UnknownLayout {
            path: path.to_path_buf(),
            found: format!(
                "it has no array `genre`; its arrays are {}",
                names.join(", ")
            ),
        });
    };
    let genres = archive.words(genre)?;
    let n = genres.len();
    let rows = archive_rows(path, &mut archive, &names, (genre, genres))?;
    let arrays = archive_arrays(&mut archive, &names, n, options)?;
    Parts {
        path,
        rows,
        arrays,
        notes: Vec::new(),
        unread: 0,
        parents: BTreeMap::new(),
    }
    .build(options)
}

/// The first of the words of `list` that is the name of an array.
fn first<'a>(names: &[String], list: &[&'a str]) -> Option<&'a str> {
    let known = |name: &&&str| names.iter().any(|other| other == **name);
    list.iter().find(known).copied()
}

/// Id, genre, subset, group, artist and album of every row; `genre` is the name of the array of genres.
fn archive_rows(
    path: &Path,
    archive: &mut Archive,
    names: &[String],
    (genre, genres): (&str, Vec<String>),
) -> Result<Vec<Found>, DataError> {
    let n = genres.len();
    let mut words = |list: &[&str]| -> Result<Option<Vec<String>>, DataError> {
        let Some(name) = first(names, list) else {
            return Ok(None);
        };
        let words = archive.words(name)?;
        if words.len() != n {
            return Err(archive.fault(
                name,
                format!("{n} rows, as `{genre}` has"),
                format!("{}", words.len()),
            ));
        }
        Ok(Some(words))
    };
    let (ids, splits, groups) = (words(ID)?, words(SPLIT)?, words(GROUP)?);
    let (artists, albums) = (words(ARTIST)?, words(ALBUM)?);
    let mut rows: Vec<Found> = Vec::with_capacity(n);
    let mut seen = std::collections::HashMap::new();
    for (r, genre) in genres.into_iter().enumerate() {
        let pick = |list: &Option<Vec<String>>| {
            list.as_ref()
                .map(|l| l[r].clone())
                .filter(|w| !w.is_empty())
        };
        let id = pick(&ids).unwrap_or_else(|| format!("row {}", r + 1));
        if let Some(first) = seen.insert(id.clone(), r) {
            return Err(DataError::DuplicateId {
                path: path.to_path_buf(),
                id,
                first: first + 1,
                second: r + 1,
            });
        }
        let official = match pick(&splits) {
            None => None,
            Some(word) => match crate::split::Split::parse(&word) {
                Some(split) => Some(split),
                None => {
                    return Err(archive.fault(
                        "split",
                        "training, validation or test",
                        format!("`{word}`"),
                    ));
                }
            },
        };
        rows.push(Found {
            id,
            genre,
            official,
            group: pick(&groups),
            artist: pick(&artists).and_then(|name| names::artist(&name)),
            album: pick(&albums).and_then(|name| names::album(&name)),
            ..Found::default()
        });
    }
    Ok(rows)
}

/// The arrays of numbers that are wanted, each with `n` rows.
fn archive_arrays(
    archive: &mut Archive,
    names: &[String],
    n: usize,
    options: &OpenOptions,
) -> Result<Vec<Array>, DataError> {
    let described = [ID, GENRE, GROUP, ARTIST, ALBUM, SPLIT, WORDS].concat();
    let wanted = |name: &str| {
        options
            .arrays
            .as_ref()
            .is_none_or(|list| list.iter().any(|w| w == name))
    };
    let mut arrays = Vec::new();
    for name in names
        .iter()
        .filter(|m| !described.contains(&m.as_str()) && wanted(m))
    {
        if !archive.is_numeric(name) {
            continue;
        }
        let (shape, numbers) = archive.numbers(name)?;
        if shape.first() != Some(&n) || shape.contains(&0) || shape.len() > 3 {
            return Err(archive.fault(
                name,
                format!("{n} rows of one or two dimensions"),
                format!("the shape {shape:?}"),
            ));
        }
        let store = match numbers {
            Numbers::U8(v) => Store::U8(v),
            Numbers::I8(v) => Store::I8(v),
            Numbers::F32(v) => {
                if let Some(bad) = v.iter().position(|x| !x.is_finite()) {
                    let row = bad * n / v.len() + 1;
                    return Err(archive.fault(
                        name,
                        "finite numbers",
                        format!("{} in row {row}", v[bad]),
                    ));
                }
                Store::F32(v)
            }
        };
        let shape = if shape.len() == 1 {
            vec![1]
        } else {
            shape[1..].to_vec()
        };
        let part = Part {
            store,
            decode: Decode::Same {
                scale: 1.0,
                offset: 0.0,
            },
            shape,
        };
        arrays.push(Array::from_part(
            name,
            part,
            (0..n as u32).map(Some).collect(),
        ));
    }
    Ok(arrays)
}
