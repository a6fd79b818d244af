//! The source of value archives: `.npz` files with an array `genre` and arrays of numbers.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;

use super::Source;
use super::build::{Found, Parts};
use super::value_table::{ID, WORDS};
use crate::array::Array;
use crate::columns::{ALBUM, ARTIST, GENRE, GROUP, SPLIT};
use crate::dataset::{Dataset, OpenOptions};
use crate::error::DataError;
use crate::names;
use crate::npz::{Archive, Numbers};
use crate::store::{Decode, Part, Store};

/// Files that begin as zip archives do.
pub(super) const SOURCE: Source = Source { recognise, open };

fn recognise(path: &Path) -> bool {
    let mut start = [0u8; 4];
    let file = genrenet_files::open(path);
    file.is_ok_and(|mut file| file.read_exact(&mut start).is_ok()) && start.starts_with(b"PK")
}

/// Opens an archive with an array `genre` (words), optionally `track_id`, `split`, `group`, `artist`, and arrays of numbers
/// with one row each.
fn open(path: &Path, options: &OpenOptions) -> Result<Dataset, DataError> {
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
